// Differences between two checkpoints on a board, where nothing else differs: tested where `xbench report --baseline` tested
// them, and else with no more than a rough sign.

/**
 * A language of one column against another.
 *
 * Returns: {difference, sign, test}: `difference` is null where one of the two has no score; `sign` is "apart" or "overlap"
 * of their intervals, or "" where one has none; `test` is null where nothing was tested.
 */
function compared(column, other, language) {
  const [cell, base] = [column.cell(language.number), other.cell(language.number)];
  if (cell?.score == null || base?.score == null) return { difference: null, sign: "", test: null };
  return {
    difference: cell.score - base.score,
    sign: overlap(cell, base),
    test: testsOf(column, other)?.language(language.number) ?? null,
  };
}

/** Likewise two averages; null where they are not over the same languages. */
function comparedAverages(column, average, other, base) {
  const same = (language, place) => language === base.over[place];
  if (average.over.length !== base.over.length || !average.over.every(same)) return null;
  const numbers = average.over.map(({ number }) => number);
  return {
    difference: average.mean - base.mean,
    sign: overlap(average, base),
    test: testsOf(column, other)?.average(numbers) ?? null,
  };
}

/** Whether two intervals overlap. */
function overlap(cell, other) {
  if ([cell.low, cell.high, other.low, other.high].includes(null)) return "";
  return cell.low <= other.high && other.low <= cell.high ? "overlap" : "apart";
}

const SIGNS = { overlap: "intervals overlap", apart: "intervals lie apart", "": "no intervals to compare" };

/** Verdict of a test → mark and class: full marks are tests, hollow ones are none. */
const TESTED = {
  better: { mark: "▲", kind: "more-than" },
  worse: { mark: "▼", kind: "less-than" },
  "not told apart": { mark: "≈", kind: "alike" },
};

/** A difference for a reader: mark, class and words. */
function verdict({ difference, sign, test }) {
  if (test) return { ...TESTED[test.verdict], words: `${test.verdict}, ${probability(test.p)}` };
  const words = `not tested; ${SIGNS[sign]}`;
  if (sign === "overlap") return { mark: "~", kind: "alike", words };
  const kind = difference > 0 ? "more-than" : "less-than";
  return { mark: sign && difference ? (difference > 0 ? "△" : "▽") : "", kind: sign ? kind : "", words };
}

/** `p = 0.012`, `p < 0.0001`. */
function probability(p) {
  return p < 0.0001 ? "p < 0.0001" : `p = ${p.toFixed(p < 0.001 ? 4 : p < 0.1 ? 3 : 2)}`;
}
