// The bar that says what is shown: search, filters, checkpoints, what they are compared with.

const refreshers = [];

function controls() {
  const search = h("input", {
    type: "search",
    id: "query",
    placeholder: "de, Swahili, हिन्दी …",
    autocomplete: "off",
    spellcheck: "false",
    dir: "auto",
    oninput: () => {
      state.query = search.value;
      draw();
    },
  });
  refreshers.push(() => {
    if (search.value !== state.query) search.value = state.query;
  });
  byId("filters").append(
    h("label", { class: "choice query" }, h("span", {}, "Languages"), search),
    filter(
      "task",
      "Task",
      tally(boards, (board) => board.task),
      false,
    ),
    filter(
      "protocol",
      "Protocol",
      tally(boards, (board) => board.protocol),
      false,
    ),
    checkpoints(),
    ...Object.entries(TRAITS).map(([name, [title, value]]) =>
      filter(name, title, name === "seen" ? Object.values(SEEN).map((one) => [one, null]) : tally(languages, value)),
    ),
    ...[panels(), against(), rows()].map(([label, select]) => {
      refreshers.push(select.refresh);
      return label;
    }),
    common(),
  );
  const [board, only] = tabled();
  byId("scores-choice").append(board);
  refreshers.push(only.refresh);
  byId("reset").addEventListener("click", () => {
    clear();
    draw();
    byId("query").focus();
  });
  byId("controls").hidden = false;
  closing();
}

/** Values and how often they occur: the most frequent first, unknown last. */
function tally(things, value) {
  const counts = new Map();
  for (const thing of things) counts.set(value(thing), (counts.get(value(thing)) ?? 0) + 1);
  return [...counts];
}

function filter(name, title, counts, counted = true) {
  const order = counted
    ? [...counts].sort(([a, m], [b, n]) => (a === "unknown") - (b === "unknown") || n - m || collator.compare(a, b))
    : counts;
  const sorted = name === "class" ? [...counts].sort(([a], [b]) => collator.compare(a, b)) : order;
  const set = () => state.picked.get(name) ?? state.picked.set(name, new Set()).get(name);
  const options = sorted.map(([value, count]) => [value, value, counted ? count : null]);
  return remembered(picker({ id: `pick-${name}`, title, options, chosen: set, change: draw, all: [] }));
}

function checkpoints() {
  const options = contenders.map((one) => [String(one.number), one.label, null]);
  // Boxes have texts for values, the state has numbers.
  const chosen = () => ({
    has: (value) => state.shown.has(Number(value)),
    add: (value) => state.shown.add(Number(value)),
    delete: (value) => state.shown.delete(Number(value)),
    clear: () => state.shown.clear(),
  });
  return remembered(
    picker({
      id: "pick-checkpoint",
      title: "Checkpoints",
      options,
      chosen,
      change: draw,
      all: options.map(([value]) => value),
    }),
  );
}

function remembered(box) {
  refreshers.push(box.refresh);
  return box;
}

const panels = () =>
  choice({
    id: "panel",
    title: "Panel",
    options: [
      ["all", "all"],
      ["target", "target: without those trained on"],
    ],
    value: () => state.panel,
    change: (value) => {
      state.panel = value;
      draw();
    },
  });

const against = () =>
  choice({
    id: "against",
    title: "Compare with",
    options: [["", "nothing"], ...contenders.map((one) => [String(one.number), one.label])],
    value: () => (state.against === null ? "" : String(state.against)),
    change: (value) => {
      state.against = value === "" ? null : Number(value);
      if (state.against !== null) state.shown.add(state.against);
      draw();
    },
  });

/** Which boards the table of scores has: one of them, or all. */
const tabled = () =>
  choice({
    id: "board",
    title: "Table of",
    options: [["", "every task and protocol"], ...boards.map((board) => [String(board.number), boardName(board)])],
    value: () => (keptBoards().some((board) => board.number === state.board) ? String(state.board) : ""),
    change: (value) => {
      state.board = value === "" ? null : Number(value);
      draw();
    },
  });

const rows = () =>
  choice({
    id: "rows",
    title: "Rows",
    options: [
      ["language", "languages"],
      ["script", "scripts"],
      ["family", "families"],
      ["branch", "branches"],
      ["class", "resource classes"],
      ["seen", "seen in pretraining"],
    ],
    value: () => state.rows,
    change: (value) => {
      state.rows = value;
      state.sorted.scores = { key: "name", down: false };
      draw();
    },
  });

function common() {
  const box = h("input", {
    type: "checkbox",
    id: "common",
    onchange: () => {
      state.common = box.checked;
      draw();
    },
  });
  refreshers.push(() => {
    box.checked = state.common;
  });
  return h("label", { class: "check" }, box, h("span", {}, "average only over languages that every one shown has"));
}
