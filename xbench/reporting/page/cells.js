// Cells of the table of scores: a number, and the line beneath it.

/** A mark of degenerate fits. */
const dagger = (is) => (is ? h("sup", { class: "mark" }, "†") : null);

/** `14 of 15`, in a warning colour if it is not the whole. */
function countOf(have, should, ...before) {
  return h(
    "small",
    { class: "count" },
    ...before,
    h("span", { class: have === should ? "" : "part" }, `${have} of ${should}`),
  );
}

/** A warning where scores of a column are of one seed. */
function seedsOf(column) {
  const single = [...column.asked].filter(column.single).length;
  if (!single) return null;
  return h(
    "small",
    { class: "warning" },
    single === column.asked.size ? "1 seed" : `1 seed in ${plural(single, "language")}`,
  );
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
  return cellOf(
    about,
    { class: "strip", style: strip(cell) },
    digits(cell.score),
    dagger(cell.status === "degenerate"),
  );
}

function differenceCell({ column, other }, language) {
  const result = compared(column, other, language);
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
  const about = () => aboutAverage(field.column, average, title, onBoard);
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
    dagger(average.degenerate),
    alone && whole ? null : countOf(average.over.length, average.asked.length),
  );
}

function storedCell(column, panel) {
  const stored = column.averages.get(panel);
  if (!stored) return h("td", { class: "none" }, "–");
  const about = () => aboutStored(column, panel, stored);
  if (stored.cell.score === null) return cellOf(about, { class: "none lost" }, "–");
  return cellOf(
    about,
    {},
    digits(stored.cell.score),
    dagger(stored.cell.status === "degenerate"),
    stored.count && countOf(...stored.count),
  );
}
