// Cells of the table of scores: a number, and the line beneath it.

/** A warning where every score of a column is of one seed. */
function seedsOf(column) {
  const cells = [...column.asked].map((number) => column.cell(number)).filter((cell) => cell?.score != null);
  return cells.length && cells.every((cell) => cell.seeds === 1) ? h("small", { class: "warning" }, "1 seed") : null;
}

const percent = (value) => `${Math.min(100, Math.max(0, value))}%`;

/** The line beneath a number: its interval, its score, what guessing scores. */
function strip(cell) {
  const [low, high] = [percent(cell.low ?? cell.score), percent(cell.high ?? cell.score)];
  const chance = cell.chance === null ? "" : `;--c:${percent(cell.chance)}`;
  return `--s:${percent(cell.score)};--a:${low};--b:${high}${chance}`;
}

function scoreCell(column, language) {
  const cell = column.cell(language.number);
  const about = () => aboutScore(column, language);
  if (cell === null) return cellOf(about, { class: "none" }, "–");
  if (cell.score === null) return cellOf(about, { class: "none lost" }, "–");
  const mark = cell.status === "degenerate" ? h("sup", { class: "mark" }, "†") : null;
  return cellOf(about, { class: "strip", style: strip(cell) }, digits(cell.score), mark);
}

function differenceCell({ column, other }, language) {
  const result = compared(column.cell(language.number), other.cell(language.number));
  const about = () => aboutScore(column, language);
  if (result.difference === null) return cellOf(about, { class: "difference none" }, "–");
  const { mark, kind, words } = verdict(result);
  return cellOf(
    about,
    { class: `difference ${kind}`, "aria-label": `${signed(result.difference)}, ${words}` },
    h("span", { class: "mark" }, mark),
    signed(result.difference),
  );
}

/** An average over the chosen languages, or its difference to the one that it is compared with. */
function averageCell(field, onBoard, title, alone = false) {
  const average = onBoard.get(field.column);
  const about = () => aboutAverage(field.column, average, title);
  if (field.kind === "difference") {
    return h(
      "td",
      { class: "difference" },
      againstAverage(field.column.board, field.column.contender, average, onBoard),
    );
  }
  if (average.mean === null) return cellOf(about, { class: average.asked.length ? "none lost" : "none" }, "–");
  const whole = average.over.length === average.asked.length;
  return cellOf(
    about,
    alone ? { class: "strip", style: strip({ score: average.mean, low: null, high: null, chance: null }) } : {},
    digits(average.mean),
    alone && whole ? null : h("small", { class: whole ? "count" : "count part" }, counted(average)),
  );
}

function storedCell(column, panel) {
  const stored = column.averages.get(panel);
  if (!stored) return h("td", { class: "none" }, "–");
  const about = () => aboutStored(column, panel, stored);
  if (stored.cell.score === null) return cellOf(about, { class: "none lost" }, "–");
  const count = stored.count
    ? h(
        "small",
        { class: stored.count[0] === stored.count[1] ? "count" : "count part" },
        `${stored.count[0]} of ${stored.count[1]}`,
      )
    : null;
  return cellOf(
    about,
    {},
    digits(stored.cell.score),
    stored.cell.status === "degenerate" ? h("sup", { class: "mark" }, "†") : null,
    count,
  );
}
