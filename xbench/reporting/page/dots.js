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
const LINE = 17;
const STACK = 64; // rows that stand above each other
const LEFT = 150;
const RIGHT = 270;

/** The number of a shown contender's colour and shape; null for those of whom there are too many. */
function styleOf(contender) {
  const place = shownContenders().indexOf(contender);
  return place >= 0 && place < SHAPES.length ? place : null;
}

/** A contender's mark, to stand before its name. */
function swatch(contender) {
  const style = styleOf(contender);
  if (style === null) return null;
  const made = s("svg", { viewBox: "0 0 12 12", class: `swatch tone-${style}`, "aria-hidden": "true" });
  made.append(SHAPES[style](6, 6));
  return made;
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
  const own = shown
    .map((one) => columnOf(picture.board, one))
    .filter((column) => column && styleOf(column.contender) !== null);
  const stacks = [];
  for (let from = 0; from < order.length; from += STACK) stacks.push(order.slice(from, from + STACK));
  const name = (board) => [board.task, board.protocol, board.metric, board.difference].filter(Boolean).join(" · ");
  const [label, select] = choice({
    id: "dots-board",
    title: "Of",
    options: drawable.map((board) => [String(board.number), name(board)]),
    value: () => String(picture.board.number),
    change: (value) => {
      picture.board = boards[Number(value)];
      draw();
      byId("dots-board").focus();
    },
  });
  select.refresh();
  const left = shown.filter((one) => columnOf(picture.board, one)).length - own.length;
  byId("dots-picture").replaceChildren(
    label,
    h(
      "ul",
      { class: "legend" },
      own.map((column) => h("li", {}, swatch(column.contender), h("span", { dir: "auto" }, column.contender.label))),
    ),
    left
      ? h(
          "p",
          { class: "note" },
          `Only the first ${SHAPES.length} checkpoints are drawn: choose fewer to see the others.`,
        )
      : (null ?? ""),
    h(
      "div",
      { class: "stacks" },
      stacks.map((stack) => drawStack(stack, own, name(picture.board))),
    ),
    h("p", { class: "note" }, "In the order of the table. Lines: 95 % intervals. Dashed: what guessing scores."),
  );
}

function drawStack(stack, own, name) {
  const height = stack.length * LINE + 34;
  const root = s("svg", {
    viewBox: `0 0 ${LEFT + RIGHT + 12} ${height}`,
    class: "stack",
    role: "img",
    "aria-label": `${name}: ${stack.length} rows from ${stack[0].label} to ${stack.at(-1).label}; all numbers are in the table above`,
  });
  const across = (score) => LEFT + (Math.min(100, Math.max(0, score)) / 100) * RIGHT;
  for (let score = 0; score <= 100; score += 20) {
    root.append(
      s("line", { x1: across(score), x2: across(score), y1: 18, y2: height - 12, class: "rule" }),
      s("text", { x: across(score), y: 12, class: "tick" }, score),
    );
  }
  stack.forEach((one, place) => {
    const middle = 18 + (place + 0.5) * LINE;
    root.append(
      s(
        "text",
        { x: LEFT - 8, y: middle + 3.5, class: "line" },
        one.label.length > 24 ? `${one.label.slice(0, 23)}…` : one.label,
      ),
    );
    const found = own.map((column) => [column, one.cellOf(column)]).filter(([, cell]) => cell?.score != null);
    if (!found.length) root.append(s("text", { x: LEFT + 4, y: middle + 3.5, class: "gone" }, "no score"));
    const chance = found.map(([, cell]) => cell.chance).find((level) => level !== null);
    if (chance != null)
      root.append(
        s("line", {
          x1: across(chance),
          x2: across(chance),
          y1: middle - LINE / 2,
          y2: middle + LINE / 2,
          class: "chance",
        }),
      );
    found.forEach(([column, cell], index) => {
      const y = middle + (found.length > 1 ? (index / (found.length - 1) - 0.5) * Math.min(8, 3 * found.length) : 0);
      const mark = s("g", { class: `tone-${styleOf(column.contender)}`, "data-about": "" });
      if (cell.low !== null)
        mark.append(s("line", { x1: across(cell.low), x2: across(cell.high), y1: y, y2: y, class: "interval" }));
      mark.append(SHAPES[styleOf(column.contender)](across(cell.score), y));
      described.set(mark, () => one.about(column));
      root.append(mark);
    });
  });
  return root;
}
