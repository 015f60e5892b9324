// A row per language, or per group of languages, and a column per checkpoint on each board.

function drawScores(kept, shownBoards, shown) {
  const spans = shownBoards
    .map((board) => ({ board, own: shown.map((one) => columnOf(board, one)).filter(Boolean) }))
    .filter(({ own }) => own.length);
  const base = state.against === null ? null : contenders[state.against];
  const fields = spans.flatMap(({ board, own }) => {
    const found = own.flatMap((column) => fieldsOf(board, column, base));
    found[0].first = true;
    return found;
  });
  const asked = kept.filter(({ number }) => spans.some(({ own }) => own.some((column) => column.asked.has(number))));
  const table = state.rows === "language" ? languageRows(asked, spans, fields) : groupRows(asked, spans, fields);
  byId("scores-table").replaceChildren(table.element);
  walkable(table.element);
  byId("scores-lead").replaceChildren(scoresLead(spans, base));
  return table.order;
}

/** The columns of a checkpoint on a board: its score, and its difference to the one that it is compared with. */
function fieldsOf(board, column, base) {
  const other = base && columnOf(board, base);
  const score = { kind: "score", key: `score ${column.number}`, column };
  return other && other !== column
    ? [score, { kind: "difference", key: `difference ${column.number}`, column, other }]
    : [score];
}

/** A cell per column of the table; a rule stands before each board. */
function across(fields, make) {
  return fields.map((field) => {
    const made = make(field);
    if (field.first) made.classList.add("first");
    return made;
  });
}

const META = ["script", "family", "class"];

function languageRows(asked, spans, fields) {
  const byKey = new Map(fields.map((field) => [field.key, field]));
  checkSort([...byKey.keys(), "name", ...META]);
  const order = inOrder("scores", asked, (language, key) => {
    if (key === "name") return language.name;
    if (META.includes(key)) return language[key] === "unknown" ? null : language[key];
    const { kind, column, other } = byKey.get(key);
    if (kind === "score") return column.score(language.number);
    return compared(column, other, language).difference;
  });
  const body = order.map((language) =>
    h(
      "tr",
      {},
      h(
        "th",
        { scope: "row", class: "name" },
        h("span", { dir: "auto" }, language.name),
        " ",
        h("small", {}, language.tag),
      ),
      META.map((name) =>
        h("td", { class: `meta ${name}`, title: language[name] }, language[name] === "unknown" ? "–" : language[name]),
      ),
      across(fields, (field) =>
        field.kind === "score" ? scoreCell(field.column, language) : differenceCell(field, language),
      ),
    ),
  );
  const onBoards = new Map(spans.map(({ board, own }) => [board, averages(own, asked)]));
  const means = h(
    "tr",
    { class: "means" },
    h("th", { scope: "row", class: "name" }, anyFilter() ? "Average of these" : "Average"),
    META.map((name) => h("td", { class: `meta ${name}` })),
    across(fields, (field) => averageCell(field, onBoards.get(field.column.board), selectionName())),
  );
  const foot = storedPanels(spans).map((panel) =>
    h(
      "tr",
      {},
      h("th", { scope: "row", class: "name" }, `scores.csv: ${panel}`),
      META.map((name) => h("td", { class: `meta ${name}` })),
      across(fields, (field) =>
        field.kind === "score" ? storedCell(field.column, panel) : h("td", { class: "difference" }),
      ),
    ),
  );
  const empty = asked.length ? [] : [emptyRow(fields.length + META.length + 1)];
  const element = h(
    "table",
    { class: "grid" },
    h("caption", { class: "unseen" }, "Scores by language"),
    heads("Language", spans, fields, true),
    h("tbody", { class: "pinned" }, asked.length ? means : null),
    h("tbody", {}, body, empty),
    h("tfoot", {}, foot),
  );
  return {
    element,
    order: order.map((language) => ({
      label: language.name,
      tag: language.tag,
      cellOf: (column) => column.cell(language.number),
      about: (column) => aboutScore(column, language),
    })),
  };
}

function groupRows(asked, spans, fields) {
  const [title, value] = TRAITS[state.rows];
  const groups = new Map();
  for (const language of asked) groups.set(value(language), [...(groups.get(value(language)) ?? []), language]);
  const rows = [...groups].map(([name, members]) => ({
    name,
    members,
    onBoards: new Map(spans.map(({ board, own }) => [board, averages(own, members)])),
  }));
  const byKey = new Map(fields.map((field) => [field.key, field]));
  checkSort([...byKey.keys(), "name", "size"]);
  const mean = (group, column) => group.onBoards.get(column.board).get(column).mean;
  rows.sort((a, b) => collator.compare(a.name, b.name));
  const order = inOrder("scores", rows, (group, key) => {
    if (key === "name") return group.name;
    if (key === "size") return group.members.length;
    const { kind, column, other } = byKey.get(key);
    const [mine, theirs] = [mean(group, column), kind === "score" ? 0 : mean(group, other)];
    return mine === null || theirs === null ? null : mine - theirs;
  });
  const body = order.map((group) =>
    h(
      "tr",
      {},
      h(
        "th",
        { scope: "row", class: "name" },
        h("span", { dir: "auto" }, group.name),
        " ",
        h("small", {}, plural(group.members.length, "language")),
      ),
      across(fields, (field) =>
        averageCell(field, group.onBoards.get(field.column.board), `${title}: ${group.name}`, true),
      ),
    ),
  );
  const empty = asked.length ? [] : [emptyRow(fields.length + 1)];
  const element = h(
    "table",
    { class: "grid" },
    h("caption", { class: "unseen" }, `Averages by ${title.toLowerCase()}`),
    heads(title, spans, fields, false),
    h("tbody", {}, body, empty),
  );
  const picture = (group) => ({
    label: group.name,
    tag: String(group.members.length),
    cellOf: (column) => ({ score: mean(group, column), low: null, high: null, chance: null, status: "ok" }),
    about: (column) => {
      const onBoard = group.onBoards.get(column.board);
      return aboutAverage(column, onBoard.get(column), `${title}: ${group.name}`, onBoard);
    },
  });
  return { element, order: order.map(picture) };
}

/** A column that is gone orders nothing. */
function checkSort(keys) {
  if (!keys.includes(state.sorted.scores.key)) state.sorted.scores = { key: "name", down: false };
}

function heads(first, spans, fields, meta) {
  const titles = { script: "Script", family: "Family", class: "Class" };
  return h(
    "thead",
    {},
    h(
      "tr",
      { class: "boards" },
      h("td", { class: "name" }),
      meta ? META.map((name) => h("td", { class: `meta ${name}` })) : null,
      spans.map(({ board }) =>
        h(
          "th",
          { scope: "colgroup", colspan: fields.filter((field) => field.column.board === board).length, class: "board" },
          boardHeading(board),
        ),
      ),
    ),
    h(
      "tr",
      {},
      sortable("scores", "name", first, { down: false, class: "name" }),
      meta ? META.map((name) => sortable("scores", name, titles[name], { down: false, class: `meta ${name}` })) : null,
      across(fields, (field) =>
        field.kind === "score"
          ? sortable("scores", field.key, marked(field.column.contender), { beneath: seedsOf(field.column) })
          : sortable(
              "scores",
              field.key,
              [
                "Δ",
                h("span", { class: "unseen" }, ` of ${field.column.contender.label} to ${field.other.contender.label}`),
              ],
              { class: "difference", beneath: testedNote(field) },
            ),
      ),
    ),
  );
}

/** Whether the differences of a column were tested. */
const testedNote = ({ column, other }) =>
  testsOf(column, other) ? h("small", {}, "tested") : h("small", { class: "warning" }, "not tested");

const emptyRow = (wide) =>
  h(
    "tr",
    {},
    h(
      "td",
      { class: "empty", colspan: wide },
      "No language is left. Change the search or a filter, or press “Show everything again”.",
    ),
  );

/** Panels that scores.csv has an average over. */
function storedPanels(spans) {
  const found = new Set(spans.flatMap(({ own }) => own.flatMap((column) => [...column.averages.keys()])));
  return ["all", "target", ...[...found].sort()].filter(
    (panel, place, every) => found.has(panel) && every.indexOf(panel) === place,
  );
}

function scoresLead(spans, base) {
  if (!base) return "Choose a checkpoint to compare with, and every other gets a column of differences (Δ).";
  const pairs = spans.flatMap(({ board, own }) => {
    const other = columnOf(board, base);
    return other ? own.filter((column) => column !== other).map((column) => testsOf(column, other)) : [];
  });
  return h(
    "span",
    {},
    "Δ: difference to ",
    foreign(base.label),
    ".",
    pairs.some((tests) => tests) ? " Tested: ▲ better, ▼ worse, ≈ not told apart (5 %, by Holm over the languages)." : "",
    pairs.some((tests) => !tests)
      ? " Not tested: △ ▽ the intervals lie apart, ~ they overlap, a rough sign; “xbench report --baseline” tests."
      : "",
  );
}
