// Averages over whatever languages are chosen, each with what it is over and what is missing.

/**
 * The columns of a board over some languages.
 *
 * With `state.common` all of them are averaged over the languages that each of them has, as far as it has any at all:
 * otherwise a checkpoint would gain by failing on its hard languages.
 *
 * Returns: column → {mean, over, asked, missing, degenerate, stored}. `missing` holds [language, labels of those who lack it];
 * `stored` is the average of scores.csv over exactly these languages, which knows its interval, or null.
 */
function averages(own, kept) {
  const scored = own.filter((column) => members(column, kept).some(({ number }) => column.score(number) !== null));
  const result = new Map();
  for (const column of own) {
    const judges = state.common && scored.includes(column) ? scored : [column];
    const asked = members(column, kept);
    const over = [];
    const missing = [];
    for (const language of asked) {
      const lacking = judges.filter((other) => other.score(language.number) === null);
      if (lacking.length) missing.push([language, lacking.map((other) => other.contender.label)]);
      else over.push(language);
    }
    const sum = over.reduce((total, { number }) => total + column.score(number), 0);
    const mean = over.length ? sum / over.length : null;
    const degenerate = over.some(({ number }) => column.degenerate(number));
    result.set(column, { mean, over, asked, missing, degenerate, stored: storedAverage(column, over, asked) });
  }
  return result;
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
  const open = [...onBoards.keys()].filter((board) => !board.limit);
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
