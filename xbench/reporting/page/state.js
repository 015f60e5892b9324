// What the reader chose, and what follows from it: languages, boards, checkpoints.

// What is shown before anybody chose: so many checkpoints, and so many columns of scores, else one board of them.
const MOST = 8;
const WIDEST = 30;

const state = {
  query: "",
  /** Name of a property → chosen values; none chosen means that all are meant. */
  picked: new Map(),
  /** Numbers of the contenders that are shown. */
  shown: new Set(),
  /** "all", or "target": without the languages that were trained on. */
  panel: "all",
  /** Number of the contender that the others are compared with; null for none. */
  against: raw.baseline,
  /** Whether averages are over the languages that every shown checkpoint has. */
  common: true,
  /** Number of the only board in the table of scores; null for all that are shown. */
  board: null,
  /** What a row of the scores is: "language" or a property of languages. */
  rows: "language",
  sorted: { overview: { key: "mean", down: true }, scores: { key: "name", down: false } },
};

/** What languages are chosen by: name → heading and value of a language. */
const TRAITS = {
  script: ["Script", (language) => language.script],
  family: ["Family", (language) => language.family],
  branch: ["Branch", (language) => language.branch],
  class: ["Class", (language) => language.class],
  seen: ["Pretraining", (language) => seenByShown(language)],
};

const SEEN = { true: "seen", false: "unseen", differs: "differs", unknown: "unknown" };

/** Whether the shown checkpoints were pretrained on a language: as one of them, if they agree. */
function seenByShown(language) {
  const said = new Set([...state.shown].map((number) => contenders[number].seen(language.number)));
  if (said.size !== 1) return said.has(null) || !said.size ? SEEN.unknown : SEEN.differs;
  const [only] = said;
  return only === null ? SEEN.unknown : SEEN[Boolean(only)];
}

const chosen = (name, value) => !state.picked.get(name)?.size || state.picked.get(name).has(value);

/** Texts that a search looks at: names, the language's own name, tags. */
const searched = languages.map((language) =>
  [language.name, ...language.also, language.own ?? "", language.tag].map(folded),
);

function folded(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();
}

/** Whether a language is meant by a search: any of its words, between commas; a tag as a whole, a name from any part. */
function found(language, words) {
  const texts = searched[language.number];
  const tag = texts.at(-1);
  return words.some(
    (word) =>
      tag === word ||
      (word.length > 1 && tag.startsWith(`${word}-`)) ||
      (word.length > 2 && texts.some((text) => text.includes(word))) ||
      texts.some((text) => text.startsWith(word)),
  );
}

/** Languages that the filters leave, in the alphabet's order. */
function keptLanguages() {
  const words = state.query
    .split(/[,;،、]/)
    .map(folded)
    .filter(Boolean);
  return languages.filter(
    (language) =>
      (!words.length || found(language, words)) &&
      Object.entries(TRAITS).every(([name, [, value]]) => chosen(name, value(language))),
  );
}

const keptBoards = () => boards.filter((board) => chosen("task", board.task) && chosen("protocol", board.protocol));

/** Boards of the table of scores. */
const tabledBoards = () => {
  const kept = keptBoards();
  const only = kept.filter((board) => board.number === state.board);
  return only.length ? only : kept;
};

const shownContenders = () => contenders.filter((one) => state.shown.has(one.number));

/** Of these languages, those that a column was asked for, in the panel that was chosen. */
function members(column, kept) {
  return kept.filter(
    ({ number }) => column.asked.has(number) && !(state.panel === "target" && column.sources.has(number)),
  );
}

function anyFilter() {
  return Boolean(state.query.trim()) || state.panel !== "all" || [...state.picked.values()].some((set) => set.size);
}

function clear() {
  state.query = "";
  state.panel = "all";
  state.picked.clear();
  state.shown = firstShown();
  state.board = firstBoard();
}

/** The first board where all of them make too wide a table. */
const firstBoard = () => (boards.length * state.shown.size > WIDEST ? 0 : null);

/** All contenders, or, of many, the baseline, those tested against it, and the best; what nothing compares comes last. */
function firstShown() {
  const mean = (one) => {
    const scores = columns
      .filter((column) => column.contender === one && !column.board.unranked)
      .map((column) => column.averages.get("all")?.cell.score ?? null)
      .filter((score) => score !== null);
    return scores.length ? scores.reduce((sum, score) => sum + score, 0) / scores.length : -Infinity;
  };
  const known = contenders.map((one) => ({
    number: one.number,
    part: one.number === raw.baseline ? 2 : Number(testedContenders.has(one)),
    mean: mean(one),
  }));
  known.sort((a, b) => b.part - a.part || (b.mean > a.mean) - (b.mean < a.mean) || a.number - b.number);
  return new Set(known.slice(0, contenders.length > MOST ? MOST : contenders.length).map(({ number }) => number));
}
