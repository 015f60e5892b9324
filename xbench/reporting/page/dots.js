// The rows of the table as a picture: a dot with its interval for every checkpoint, on one board.

// Okabe and Ito's colours, which readers with any colour vision tell apart; shapes say it again.
const SHAPES = [
  (x, y) => s("circle", { cx: x, cy: y, r: 3.4 }),
  (x, y) => s("rect", { x: x - 3, y: y - 3, width: 6, height: 6 }),
  (x, y) => s("path", { d: `M${x} ${y - 4}l4 7h-8z` }),
  (x, y) => s("path", { d: `M${x} ${y - 4.4}l4.4 4.4l-4.4 4.4l-4.4 -4.4z` }),
  (x, y) => s("path", { d: `M${x} ${y + 4}l4 -7h-8z` }),
  (x, y) => s("path", { d: `M${x - 3.4} ${y - 3.4}l6.8 6.8m0 -6.8l-6.8 6.8`, class: "open" }),
  (x, y) => s("path", { d: `M${x - 4} ${y}h8m-4 -4v8`, class: "open" }),
];
const LINE = 17; // height of a row
const STACK = 64; // rows that stand above each other
const [LEFT, ACROSS] = [150, 270]; // widths of the names and of the scores
const LETTERS = 24; // of a name

/** The number of a shown contender's colour and shape; null for those of whom there are too many. */
function styleOf(contender) {
  const place = shownContenders().indexOf(contender);
  return place >= 0 && place < SHAPES.length ? place : null;
}

/** A contender's mark and name. */
function marked(contender) {
  const style = styleOf(contender);
  const mark =
    style === null ? null : s("svg", { viewBox: "0 0 12 12", class: `swatch tone-${style}`, "aria-hidden": "true" });
  mark?.append(SHAPES[style](6, 6));
  const short = contender.label.length <= LETTERS;
  return h("span", { class: short ? "short" : "" }, mark, h("span", { dir: "auto" }, breakable(contender.label)));
}

const picture = { board: null };

function drawDots(order, shownBoards, shown) {
  const drawable = shownBoards.filter((board) => shown.some((one) => columnOf(board, one)));
  if (!drawable.length || !order.length) {
    byId("dots-picture").replaceChildren(
      h("p", { class: "empty" }, "Nothing to draw: no language or no checkpoint is left."),
    );
    return;
  }
  if (!drawable.includes(picture.board)) picture.board = drawable[0];
  const all = shown.map((one) => columnOf(picture.board, one)).filter(Boolean);
  const own = all.filter((column) => styleOf(column.contender) !== null);
  const rows = order.map((row) => ({
    ...row,
    cells: own.map((column) => [column, row.cellOf(column)]).filter(([, cell]) => cell?.score != null),
  }));
  const scale = scaleOf(rows.flatMap(({ cells }) => cells.map(([, cell]) => cell)));
  const stacks = [];
  // Of equal height, so that none has a few rows only.
  const height = Math.ceil(rows.length / Math.ceil(rows.length / STACK));
  for (let from = 0; from < rows.length; from += height) stacks.push(rows.slice(from, from + height));
  byId("dots-picture").replaceChildren(
    boardChoice(drawable),
    h(
      "ul",
      { class: "legend" },
      own.map((column) => h("li", {}, marked(column.contender))),
    ),
    h(
      "div",
      { class: "stacks" },
      stacks.map((stack) => drawStack(stack, scale, boardName(picture.board))),
    ),
    h(
      "p",
      { class: "note" },
      "In the order of the table. Lines: 95 % intervals. Dashed: what guessing scores.",
      all.length > own.length
        ? ` Only the first ${SHAPES.length} checkpoints are drawn: choose fewer to see the others.`
        : "",
    ),
  );
}

const boardName = (board) => [board.task, board.protocol, board.metric, board.difference].filter(Boolean).join(" · ");

function boardChoice(drawable) {
  const change = (value) => {
    picture.board = boards[Number(value)];
    draw();
    byId("dots-board").focus();
  };
  const options = drawable.map((board) => [String(board.number), boardName(board)]);
  const [label, select] = choice({
    id: "dots-board",
    title: "Of",
    options,
    value: () => String(picture.board.number),
    change,
  });
  select.refresh();
  return label;
}

/** From and to which score an axis goes, in which steps: round numbers around all that is drawn. */
function scaleOf(cells) {
  const values = cells
    .flatMap((cell) => [cell.score, cell.low, cell.high, cell.chance])
    .filter((value) => value !== null);
  const [least, most] = values.length ? [Math.min(...values), Math.max(...values)] : [0, 100];
  const step = most - least > 40 ? 20 : most - least > 20 ? 10 : 5;
  const within = (value) => Math.min(100, Math.max(0, value));
  const [from, to] = [within(step * Math.floor(least / step)), within(step * Math.ceil(most / step))];
  return from < to ? { from, to, step } : { from: Math.max(0, to - step), to: Math.max(step, to), step };
}

function drawStack(stack, { from, to, step }, name) {
  const height = stack.length * LINE + 34;
  const said = `${name}: ${stack.length} rows from ${stack[0].label} to ${stack.at(-1).label}; all numbers are in the table above`;
  const root = s("svg", {
    viewBox: `0 0 ${LEFT + ACROSS + 14} ${height}`,
    class: "stack",
    role: "img",
    "aria-label": said,
  });
  const across = (score) => LEFT + Math.min(1, Math.max(0, (score - from) / (to - from))) * ACROSS;
  const upright = (score, top, bottom, kind) =>
    s("line", { x1: across(score), x2: across(score), y1: top, y2: bottom, class: kind });
  for (let score = from; score <= to; score += step) {
    root.append(upright(score, 18, height - 14, "rule"), s("text", { x: across(score), y: 12, class: "tick" }, score));
  }
  stack.forEach((row, place) => {
    const middle = 18 + (place + 0.5) * LINE;
    const name = row.label.length > LETTERS ? `${row.label.slice(0, LETTERS - 1)}…` : row.label;
    root.append(s("text", { x: LEFT - 8, y: middle + 3.5, class: "line" }, name));
    if (!row.cells.length) root.append(s("text", { x: LEFT + 4, y: middle + 3.5, class: "gone" }, "no score"));
    const chance = row.cells.map(([, cell]) => cell.chance).find((level) => level !== null);
    if (chance !== undefined) root.append(upright(chance, middle - LINE / 2, middle + LINE / 2, "chance"));
    const spread = Math.min(8, 3 * row.cells.length);
    row.cells.forEach(([column, cell], index) => {
      const y = middle + (row.cells.length > 1 ? (index / (row.cells.length - 1) - 0.5) * spread : 0);
      const style = styleOf(column.contender);
      const mark = s("g", { class: `tone-${style}`, "data-about": "" });
      if (cell.low !== null)
        mark.append(s("line", { x1: across(cell.low), x2: across(cell.high), y1: y, y2: y, class: "interval" }));
      mark.append(SHAPES[style](across(cell.score), y));
      described.set(mark, () => row.about(column));
      root.append(mark);
    });
  });
  return root;
}
