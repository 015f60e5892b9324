// Differences between two checkpoints. A rough sign only: tests from examples come from `xbench compare`.

// Of a signature: what two scores may differ in and still be compared cell by cell.
const APART = new Set(["checkpoint", "seeds", "ci", "xbench", "languages"]);

/**
 * A cell against that of another checkpoint.
 *
 * Returns: {difference, sign, why}: `sign` is "apart" or "overlap" of their intervals, or "" where one has none; without
 * a difference `why` says the reason.
 */
function compared(cell, other) {
  if (cell?.score == null || other?.score == null)
    return { difference: null, sign: "", why: "one of the two has no score" };
  const unlike = differing(cell.signature, other.signature);
  if (unlike.length) return { difference: null, sign: "", why: `not comparable: they differ in ${unlike.join(", ")}` };
  return { difference: cell.score - other.score, sign: overlap(cell, other), why: "" };
}

/** Whether two intervals overlap. */
function overlap(cell, other) {
  if ([cell.low, cell.high, other.low, other.high].includes(null)) return "";
  return cell.low <= other.high && other.low <= cell.high ? "overlap" : "apart";
}

function differing(one, other) {
  const [mine, theirs] = [parts(one), parts(other)];
  return [...new Set([...mine.keys(), ...theirs.keys()])].filter(
    (key) => !APART.has(key) && mine.get(key) !== theirs.get(key),
  );
}

const SIGNS = { overlap: "intervals overlap", apart: "intervals lie apart", "": "no interval to compare" };

/** A difference for a reader: mark, class and words. */
function verdict({ difference, sign }) {
  if (difference === null) return { mark: "", kind: "none", words: "" };
  if (sign === "overlap") return { mark: "≈", kind: "alike", words: SIGNS[sign] };
  const kind = difference > 0 ? "more-than" : "less-than";
  return { mark: sign && difference ? (difference > 0 ? "▲" : "▼") : "", kind: sign ? kind : "", words: SIGNS[sign] };
}
