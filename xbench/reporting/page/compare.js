// Differences between two checkpoints on a board, where nothing else differs. A rough sign only: tests from examples come
// from `xbench compare`.

/**
 * A cell against that of another checkpoint.
 *
 * Returns: {difference, sign}: null where one of the two has no score; `sign` is "apart" or "overlap" of their intervals,
 * or "" where one has none.
 */
function compared(cell, other) {
  if (cell?.score == null || other?.score == null) return { difference: null, sign: "" };
  return { difference: cell.score - other.score, sign: overlap(cell, other) };
}

/** Whether two intervals overlap. */
function overlap(cell, other) {
  if ([cell.low, cell.high, other.low, other.high].includes(null)) return "";
  return cell.low <= other.high && other.low <= cell.high ? "overlap" : "apart";
}

const SIGNS = { overlap: "intervals overlap", apart: "intervals lie apart", "": "no interval to compare" };

/** A difference for a reader: mark, class and words. */
function verdict({ difference, sign }) {
  if (sign === "overlap") return { mark: "≈", kind: "alike", words: SIGNS[sign] };
  const kind = difference > 0 ? "more-than" : "less-than";
  return { mark: sign && difference ? (difference > 0 ? "▲" : "▼") : "", kind: sign ? kind : "", words: SIGNS[sign] };
}
