// What was tested between two columns: languages one by one, and averages over groups of them.

/** Readers of packed tests: row → test. */
function testReader(packed) {
  const score = Object.fromEntries(["low", "high", "p", "seeds", "detectable"].map((name) => [name, unpacked(packed[name])]));
  const [verdict, how] = [unpacked(packed.verdict), unpacked(packed.how)];
  const part = (name, row) => (score[name](row) === null ? null : score[name](row) / UNIT);
  return (row) => ({
    low: part("low", row),
    high: part("high", row),
    p: part("p", row),
    /** Of the test over seeds, null where there are too few. */
    seeds: part("seeds", row),
    /** The smallest difference that would have been told, null where one was. */
    detectable: part("detectable", row),
    /** "better", "worse" or "not told apart". */
    verdict: raw.verdicts[verdict(row)],
    how: raw.texts[how(row)],
  });
}

/** Numbers of languages as a key. */
const setOf = (numbers) => numbers.join(" ");

function testsOfPair(packed) {
  const rows = new Map(raw.sets[packed.languages].map((language, row) => [language, row]));
  // Groups that have the same languages are told of as the first of them: panels stand before scripts.
  const groups = new Map(packed.groups.map((set, row) => [setOf(raw.sets[set]), row]).reverse());
  const [of, over] = [testReader(packed.of), testReader(packed.over)];
  return {
    language: (number) => (rows.has(number) ? of(rows.get(number)) : null),
    average: (numbers) => (groups.has(setOf(numbers)) ? over(groups.get(setOf(numbers))) : null),
  };
}

const tests = new Map(raw.tests.map((one) => [`${one.column} ${one.against}`, testsOfPair(one)]));

/** Contenders that any test is about. */
const testedContenders = new Set(raw.tests.flatMap(({ column, against }) => [columns[column].contender, columns[against].contender]));

const OPPOSITE = { better: "worse", worse: "better" };

/** A test read from its other side. */
const turned = (test) =>
  test && { ...test, low: -test.high, high: -test.low, verdict: OPPOSITE[test.verdict] ?? test.verdict };

/**
 * What was tested between a column and the one that it is compared with.
 *
 * Returns: {language, average}: number of a language, or numbers of those that an average is over, in their order → test,
 * null where there was none; or null where nothing was tested.
 */
function testsOf(column, other) {
  const back = tests.get(`${other.number} ${column.number}`);
  return (
    tests.get(`${column.number} ${other.number}`) ??
    (back
      ? {
          language: (number) => turned(back.language(number)),
          average: (numbers) => turned(back.average(numbers)),
        }
      : null)
  );
}
