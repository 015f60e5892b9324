// Averages over whatever languages are chosen, each with what it is over and what is missing.

/**
 * The columns of a board over some languages.
 *
 * With `state.common` all of them are averaged over the languages that each of them has, as far as it has any at all:
 * otherwise a checkpoint would gain by failing on its hard languages.
 *
 * Returns: column → {mean, sd, low, high, seeds, over, asked, missing, degenerate, stored}. `missing` holds [language,
 * labels of those who lack it]; `stored` is the average of scores.csv over exactly these languages, or null. Spread and
 * interval are over seeds, as everywhere; without several seeds they are those that `stored` has.
 */
function averages(own, kept) {
  const scored = own.filter((column) => members(column, kept).some(({ number }) => column.whole(number)));
  const result = new Map();
  for (const column of own) {
    const judges = state.common && scored.includes(column) ? scored : [column];
    const asked = members(column, kept);
    const over = [];
    const missing = [];
    for (const language of asked) {
      const lacking = judges.filter((other) => !other.whole(language.number));
      if (lacking.length) missing.push([language, lacking.map((other) => other.contender.label)]);
      else over.push(language);
    }
    const degenerate = over.some(({ number }) => column.degenerate(number));
    const stored = storedAverage(column, over, asked);
    result.set(column, { ...spread(column, over, stored), over, asked, missing, degenerate, stored });
  }
  return result;
}

/** Mean of the means of each seed, and how they spread: Student's t over the seeds. */
function spread(column, over, stored) {
  if (!over.length) return { mean: null, sd: null, low: null, high: null, seeds: 0 };
  const scores = over.map(({ number }) => column.seeds(number));
  const means = scores[0].map((_, seed) => scores.reduce((sum, one) => sum + one[seed], 0) / over.length / UNIT);
  const mean = means.reduce((sum, one) => sum + one, 0) / means.length;
  if (column.t === null) {
    return { mean, sd: null, low: stored?.low ?? null, high: stored?.high ?? null, seeds: stored?.seeds ?? null };
  }
  const sd = Math.sqrt(means.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (means.length - 1));
  const half = (column.t * sd) / Math.sqrt(means.length);
  return { mean, sd, low: mean - half, high: mean + half, seeds: means.length };
}

/** The average of scores.csv, if it is over these very languages. */
function storedAverage(column, over, asked) {
  const every = [...column.asked].filter((number) => !(state.panel === "target" && column.sources.has(number)));
  const stored = column.averages.get(state.panel);
  const whole = asked.length === every.length && stored?.count?.[0] === over.length && stored.cell.score !== null;
  return whole ? stored.cell : null;
}

/**
 * Means of the shown contenders over the boards that all of them have.
 *
 * A contender that shares no board with any other has no mean. Limited runs are no results.
 *
 * Returns: {means: contender → mean or null, shared: boards}.
 */
function overall(shown, onBoards) {
  const has = (board, one) => (onBoards.get(board)?.get(columnOf(board, one))?.mean ?? null) !== null;
  const open = [...onBoards.keys()].filter((board) => !board.unranked);
  const met = open.filter((board) => shown.filter((one) => has(board, one)).length > 1);
  const ranked = shown.length > 1 ? shown.filter((one) => met.some((board) => has(board, one))) : shown;
  const shared = open.filter((board) => ranked.length && ranked.every((one) => has(board, one)));
  const means = new Map();
  for (const one of shown) {
    const scores = shared.map((board) => onBoards.get(board).get(columnOf(board, one))?.mean ?? null);
    const whole = ranked.includes(one) && scores.length;
    means.set(one, whole ? scores.reduce((sum, score) => sum + score, 0) / scores.length : null);
  }
  return { means, shared };
}
