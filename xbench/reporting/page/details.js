// The panel about one number: it follows the pointer and the focus, and stays where a click put it.

/** Cell of a table or mark of a picture → a function that makes the content of the panel. */
const described = new WeakMap();

const details = { pinned: null, current: null };

function row(name, ...value) {
  return h("div", {}, h("dt", {}, name), h("dd", {}, ...value));
}

/** Content of the panel: a title, a large number, facts as rows, and a signature. */
function card({ title, place, number, rows, signature }) {
  return [
    h("p", { class: "where" }, ...place),
    h("h2", {}, ...title),
    h("p", { class: "large" }, number),
    h("dl", {}, rows),
    signature
      ? h(
          "details",
          { class: "signature", open: true },
          h("summary", {}, "Signature"),
          h(
            "ul",
            {},
            [...parts(signature)].map(([key, value]) => h("li", {}, h("span", {}, key), " ", foreign(value))),
          ),
          h("code", { class: "whole", title: "A click selects it" }, foreign(signature)),
        )
      : null,
  ];
}

const interval = (cell) => (cell.low === null ? "none" : `${digits(cell.low, 2)} to ${digits(cell.high, 2)}`);

/** Facts about a cell of scores.csv. */
function factsOf(cell) {
  const seeds = cell.seeds ? plural(cell.seeds, "seed") : "no seeds: nothing was left to chance";
  return [
    row("95 % interval", interval(cell)),
    cell.sd === null ? null : row("± over seeds", digits(cell.sd, 2)),
    row("Examples", cell.examples === null ? "not counted" : `n = ${cell.examples.toLocaleString("en")}`),
    row("Runs", seeds + (cell.seeds === 1 ? ": noise of the seed is not known" : "")),
    cell.chance === null ? null : row("Chance", digits(cell.chance, 1)),
    cell.status === "ok" && !cell.reason
      ? null
      : row(
          cell.status === "ok" ? "Remark" : "Status",
          cell.status === "ok" ? "" : `${cell.status}: `,
          foreign(cell.reason),
        ),
    cell.note ? row("Data", foreign(cell.note)) : null,
  ];
}

function factsOfLanguage(language) {
  const traits = [language.script, language.family, language.branch].filter((text) => text !== "unknown").join(", ");
  return [
    row(
      "Language",
      language.own && language.own !== language.name ? h("bdi", { lang: language.tag }, language.own) : language.name,
      ` (${language.tag})`,
    ),
    row("Script, family", traits || "unknown"),
    row("Resources", language.class === "unknown" ? "unknown" : `class ${language.class} (0 least, 5 most)`),
  ];
}

function whereOf(board) {
  return [
    foreign(board.task),
    " · ",
    foreign(board.protocol),
    " · ",
    foreign(board.metric || "no metric"),
    board.difference ? ` · ${board.difference}` : "",
  ];
}

const SEEN_WORDS = new Map([
  [1, "seen in pretraining"],
  [0, "not seen in pretraining"],
  [null, "unknown"],
]);

/** About a score of one language. */
function aboutScore(column, language) {
  const cell = column.cell(language.number);
  return card({
    place: whereOf(column.board),
    title: [language.name, " · ", foreign(column.contender.label)],
    number: cell?.score == null ? "–" : digits(cell.score, 2) + (cell.status === "degenerate" ? " †" : ""),
    rows: [
      cell ? factsOf(cell) : row("Status", "not asked for in this run"),
      againstRows(column, language),
      row("Pretraining", SEEN_WORDS.get(column.contender.seen(language.number))),
      factsOfLanguage(language),
    ],
    signature: cell?.signature,
  });
}

function againstRows(column, language) {
  const base = state.against === null ? null : contenders[state.against];
  if (!base || base === column.contender) return null;
  const other = columnOf(column.board, base);
  const result = other ? compared(column, other, language) : { difference: null };
  if (result.difference === null) return row("Difference", "none: one of the two has no score");
  return differenceRows(result, base, "Welch, Holm");
}

/** A difference, and what was tested; `overSeeds` names the test over seeds. */
function differenceRows(result, base, overSeeds) {
  const { test } = result;
  return [
    row("Difference", signed(result.difference, 2), " to ", foreign(base.label), `: ${verdict(result).words}`),
    test && row("Its interval", `${signed(test.low, 2)} to ${signed(test.high, 2)}`),
    test && row("Test", test.how),
    test?.detectable ? row("Would show", `${digits(test.detectable)} points (power 80 %)`) : null,
    test && test.seeds !== null ? row("Over seeds", `${probability(test.seeds)} (${overSeeds})`) : null,
  ];
}

/** About an average over the languages that are chosen; `title` names them, `onBoard` has those of other columns. */
function aboutAverage(column, average, title, onBoard) {
  const { stored, missing } = average;
  const against = averageAgainst(column, average, onBoard);
  return card({
    place: whereOf(column.board),
    title: [title, " · ", foreign(column.contender.label)],
    number: digits(average.mean, 2),
    rows: [
      row(
        "Over",
        `${average.over.length} of ${average.asked.length} languages` +
          (state.common ? " (those that every shown checkpoint has)" : ""),
      ),
      missing.length ? row("Missing", missingText(missing)) : null,
      factsOfAverage(column, average),
      against ? differenceRows(against, contenders[state.against], "Welch") : null,
    ],
    signature: stored?.signature ?? column.series,
  });
}

function factsOfAverage(column, { sd, low, high, seeds, over, stored, degenerate }) {
  const examples = over.reduce((sum, { number }) => sum + (column.cell(number).examples ?? NaN), 0);
  const unknown = "none: it is over examples here, and languages of a parallel test share these";
  return [
    row("95 % interval", low === null ? unknown : `${interval({ low, high })}${sd === null ? "" : " (t over seeds)"}`),
    sd === null ? null : row("± over seeds", digits(sd, 2)),
    over.length && !Number.isNaN(examples) ? row("Examples", `n = ${examples.toLocaleString("en")} in all`) : null,
    seeds ? row("Runs", plural(seeds, "seed")) : null,
    degenerate
      ? row("Status", "degenerate: ", foreign(stored?.reason || "some fits learned nothing; they count"))
      : null,
  ];
}

function missingText(missing) {
  const who = new Map();
  for (const [language, labels] of missing) {
    const key = labels.join(", ");
    who.set(key, [...(who.get(key) ?? []), `${language.name} (${language.tag})`]);
  }
  return [...who].flatMap(([labels, names], place) => [
    place ? "; " : "",
    names.join(", "),
    " – not in ",
    foreign(labels),
  ]);
}

/** About an average as it stands in scores.csv. */
function aboutStored(column, panel, { cell, count }) {
  return card({
    place: whereOf(column.board),
    title: [`Average: ${panel}`, " · ", foreign(column.contender.label)],
    number: digits(cell.score, 2),
    rows: [row("Over", count ? `${count[0]} of ${count[1]} languages` : "nobody counted"), factsOf(cell)],
    signature: cell.signature,
  });
}

/** Shows what a target is about, or leaves the panel as it is. */
function showDetails(target) {
  const about = described.get(target);
  if (!about || details.current === target) return;
  details.current = target;
  const panel = byId("details");
  const keep = details.pinned === target;
  panel.replaceChildren(
    h("button", { type: "button", class: "close", onclick: closeDetails, "aria-label": "Close" }, "×"),
    ...about().filter(Boolean),
  );
  panel.classList.remove("idle");
  panel.classList.toggle("pinned", keep);
}

/** The panel with nothing to tell: where there is room for it, how to use it. */
function idle() {
  unpin();
  details.current = null;
  byId("details").classList.add("idle");
  byId("details").replaceChildren(
    h(
      "p",
      {},
      "Point at a number, or walk through a table with the arrow keys: here stand its interval, its number of examples and its signature. A click, or Enter, keeps it here.",
    ),
  );
}

function closeDetails() {
  const back = details.pinned ?? details.current;
  idle();
  back?.focus();
}

function unpin() {
  details.pinned?.classList.remove("pinned");
  details.pinned = null;
  byId("details").classList.remove("pinned");
}

/** Keeps the panel at a target until another one is clicked, or Escape. */
function pin(target) {
  const again = details.pinned === target;
  unpin();
  if (again) return;
  showDetails(target);
  details.pinned = target;
  target.classList.add("pinned");
  byId("details").classList.add("pinned");
}

/** Follows pointer and focus in an element. */
function followed(root) {
  const target = (event) => event.target.closest?.("[data-about]");
  root.addEventListener(
    "pointerover",
    (event) => event.pointerType !== "touch" && !details.pinned && target(event) && showDetails(target(event)),
  );
  root.addEventListener("focusin", (event) => {
    const cell = target(event);
    if (!cell) return;
    if (details.pinned !== cell) unpin();
    showDetails(cell);
    cell.setAttribute("aria-describedby", "details");
  });
  root.addEventListener("click", (event) => target(event) && pin(target(event)));
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && details.current) closeDetails();
    else if (event.key === "Enter" && target(event)) pin(target(event));
  });
}
