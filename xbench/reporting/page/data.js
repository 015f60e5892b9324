// The data of the page, unpacked: arrays as Python wrote them, and a cell as an object when it is asked for.

const raw = JSON.parse(byId("data").textContent);
const UNIT = 10 ** raw.digits;
const ARRAYS = {
  u1: [Uint8Array, 0xff],
  u2: [Uint16Array, 0xffff],
  i4: [Int32Array, -(2 ** 31)],
};

/** A packed column as a function from row to whole number, null where it is missing. */
function unpacked(packed) {
  if (packed === null || typeof packed === "number") return () => packed;
  const [[name, text]] = Object.entries(packed);
  const [Type, missing] = ARRAYS[name];
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const values = new Type(bytes.buffer);
  const get = (row) => (values[row] === missing ? null : values[row]);
  get.rows = values.length;
  return get;
}

/** A reader of packed cells: row → cell. */
function cells(packed) {
  const score = Object.fromEntries(
    ["score", "sd", "low", "high", "chance"].map((name) => {
      const get = unpacked(packed[name]);
      return [name, (row) => (get(row) === null ? null : get(row) / UNIT)];
    }),
  );
  const whole = Object.fromEntries(
    ["seeds", "examples", "status", "reason", "note", "form", "own"].map((name) => [name, unpacked(packed[name])]),
  );
  const read = (row) => ({
    score: score.score(row),
    sd: score.sd(row),
    low: score.low(row),
    high: score.high(row),
    chance: score.chance(row),
    seeds: whole.seeds(row),
    examples: whole.examples(row),
    status: raw.statuses[whole.status(row)],
    reason: raw.texts[whole.reason(row)],
    note: raw.texts[whole.note(row)],
    get signature() {
      const own = raw.texts[whole.own(row)].split("\n");
      return raw.texts[whole.form(row)].replaceAll("\0", () => own.shift());
    },
  });
  return { read, score: score.score, seeds: whole.seeds, status: (row) => raw.statuses[whole.status(row)] };
}

const SCRIPTS = new Intl.DisplayNames("en", { type: "script" });
// CLDR calls these two "Simplified" and "Traditional", which says too little by itself.
const HAN = { Hans: "Simplified Han", Hant: "Traditional Han" };

const languages = raw.languages.tag.map((tag, number) => ({
  number,
  tag,
  name: raw.languages.name[number],
  also: raw.languages.also[number],
  script: scriptName(raw.languages.script[number]),
  family: raw.languages.family[number] || "unknown",
  branch: raw.languages.branch[number] || "unknown",
  class: raw.languages.class[number] === null ? "unknown" : String(raw.languages.class[number]),
  own: ownName(tag),
}));

/** What a language calls itself, where the browser knows; null otherwise. */
function ownName(tag) {
  try {
    const names = new Intl.DisplayNames([tag], { type: "language", fallback: "none" });
    // A browser that does not know a language answers in the reader's instead.
    return names.resolvedOptions().locale.split("-")[0] === tag.split("-")[0] ? (names.of(tag) ?? null) : null;
  } catch {
    return null;
  }
}

/** The English name of a script where the browser knows it, else its code. */
function scriptName(code) {
  if (!code) return "unknown";
  return HAN[code] ?? SCRIPTS.of(code) ?? code;
}

const contenders = raw.contenders.map((one, number) => ({
  number,
  name: one.name,
  label: one.revision ? `${one.name} · ${one.revision}` : one.name,
  /** Whether it was pretrained on a language: 1, 0, or null where nobody said. */
  seen: unpacked(one.seen),
}));

/** What stands for itself: task, protocol, metric, what sets it apart, why it is not ranked. */
const boards = raw.boards.map((board, number) => ({ number, ...board }));

/** A checkpoint on a board. */
const columns = raw.columns.map((packed, number) => {
  const get = unpacked(packed.languages);
  const place = new Int32Array(languages.length).fill(-1);
  for (let row = 0; row < (get.rows ?? 1); row++) place[get(row)] = row;
  const { read, score, seeds, status } = cells(packed);
  const bySeed = packed.by_seed.map(unpacked);
  return {
    number,
    board: boards[packed.board],
    contender: contenders[packed.contender],
    /** What all signatures of its cells share. */
    series: packed.series,
    sources: new Set(packed.sources),
    asked: new Set(raw.sets[packed.asked]),
    /** The score of a language, null where there is none. */
    score: (language) => (place[language] < 0 ? null : score(place[language])),
    /** Scores of each seed in ten-thousandths; the score itself as the only one where nobody has them one by one. */
    seeds: (language) =>
      bySeed.length ? bySeed.map((of) => of(place[language])) : [Math.round(score(place[language]) * UNIT)],
    /** Whether every seed has a score in a language: averages are over these. */
    whole: (language) =>
      place[language] >= 0 && score(place[language]) !== null && bySeed.every((of) => of(place[language]) !== null),
    /** Quantile of Student's t for an interval over its seeds, null where there are fewer than two. */
    t: packed.t,
    degenerate: (language) => place[language] >= 0 && status(place[language]) === "degenerate",
    /** Whether the score of a language is of one seed, so that nobody knows its noise. */
    single: (language) => place[language] >= 0 && score(place[language]) !== null && seeds(place[language]) === 1,
    /** The whole cell of a language, null where nobody asked for it. */
    cell: (language) => (place[language] < 0 ? null : read(place[language])),
    /** Panel → the average that is in scores.csv, and [languages it is over, should be over], null if nobody counted. */
    averages: new Map(packed.averages.map((one) => [one.panel, { cell: cells(one).read(0), count: one.count }])),
  };
});

const standing = new Map(columns.map((column) => [`${column.board.number} ${column.contender.number}`, column]));

/** The column of a contender on a board; undefined where it was not run. */
const columnOf = (board, contender) => standing.get(`${board.number} ${contender.number}`);

/** `key:value|key:value` as a map. */
function parts(signature) {
  return new Map(
    signature.split("|").flatMap((part) => {
      const colon = part.indexOf(":");
      return colon < 0 ? [] : [[part.slice(0, colon), part.slice(colon + 1)]];
    }),
  );
}
