// A row per checkpoint, a column per board: averages over the languages that are chosen.

function drawOverview(kept, shownBoards, shown) {
  const onBoards = new Map(
    shownBoards.map((board) => [board, averages(shown.map((one) => columnOf(board, one)).filter(Boolean), kept)]),
  );
  const { means, shared } = overall(shown, onBoards);
  const value = (one, key) => {
    if (key === "name") return one.label;
    if (key === "mean") return means.get(one);
    const board = boards[Number(key)];
    return onBoards.get(board)?.get(columnOf(board, one))?.mean ?? null;
  };
  // A board that is not shown any more orders nothing.
  const { key } = state.sorted.overview;
  if (!["name", "mean"].includes(key) && !shownBoards.includes(boards[Number(key)]))
    state.sorted.overview = { key: "mean", down: true };
  const order = inOrder("overview", shown, value);
  const fields = byTask(shownBoards).flatMap(([, own]) => own.map((board, place) => ({ board, first: !place })));
  const head = h(
    "thead",
    {},
    h(
      "tr",
      { class: "boards" },
      h("td", { colspan: 3 }),
      byTask(shownBoards).map(([task, own]) =>
        h("th", { scope: "colgroup", colspan: own.length, class: "board", dir: "auto" }, breakable(task)),
      ),
    ),
    h(
      "tr",
      {},
      h("th", { scope: "col", class: "rank" }, h("abbr", { title: "by the mean" }, "#")),
      sortable("overview", "name", "Checkpoint", { down: false, class: "name" }),
      sortable("overview", "mean", "Mean", {
        beneath: h(
          "small",
          {},
          `of ${shared.length === shownBoards.length ? "" : `${shared.length} of `}${plural(shownBoards.length, "column")}`,
        ),
      }),
      across(fields, ({ board }) =>
        sortable("overview", String(board.number), h("span", { dir: "auto" }, board.protocol), {
          beneath: boardNotes(board),
        }),
      ),
    ),
  );
  const best = new Map(
    shownBoards.map((board) => [board, Math.max(...shown.map((one) => value(one, String(board.number)) ?? -Infinity))]),
  );
  const body = h(
    "tbody",
    {},
    order.map((one) =>
      h(
        "tr",
        {},
        h("td", { class: "rank" }, rankOf(one, means)),
        h("th", { scope: "row", class: "name" }, marked(one)),
        h("td", { class: "mean" }, digits(means.get(one))),
        across(fields, ({ board }) =>
          overviewCell(
            board,
            one,
            onBoards.get(board),
            shown.length > 1 && value(one, String(board.number)) === best.get(board),
          ),
        ),
      ),
    ),
  );
  const table = h("table", {}, h("caption", { class: "unseen" }, "Averages by checkpoint"), head, body);
  byId("overview-table").replaceChildren(table);
  walkable(table);
  byId("overview-lead").replaceChildren(...overviewLead(shared, shown, onBoards));
}

/** Boards of the same task that stand side by side: [task, boards]. */
function byTask(shownBoards) {
  const groups = [];
  for (const board of shownBoards) {
    if (groups.at(-1)?.[0] === board.task) groups.at(-1)[1].push(board);
    else groups.push([board.task, [board]]);
  }
  return groups;
}

/** Metric of a board, what sets it apart, and whether it is no result. */
function boardNotes(board) {
  return [
    board.metric ? h("small", { dir: "auto" }, board.metric) : null,
    board.difference ? h("small", { class: "apart", dir: "auto" }, board.difference) : null,
    board.unranked ? h("small", { class: "warning" }, board.unranked) : null,
  ];
}

/** Task and protocol of a board, and its notes. */
function boardHeading(board) {
  return [
    h(
      "span",
      { class: "task", dir: "auto" },
      breakable(board.task),
      " ",
      h("span", { class: "protocol" }, breakable(board.protocol)),
    ),
    boardNotes(board),
  ];
}

function rankOf(one, means) {
  const mine = means.get(one);
  if (mine === null || means.size < 2) return "–";
  return String(1 + [...means.values()].filter((other) => other !== null && other > mine).length);
}

function overviewCell(board, one, onBoard, best) {
  const column = columnOf(board, one);
  const average = column && onBoard.get(column);
  if (!average) {
    return cellOf(
      () => card({ place: whereOf(board), title: [foreign(one.label)], number: "–", rows: [row("Status", "not run")] }),
      { class: "none" },
      "–",
    );
  }
  const about = () => aboutAverage(column, average, selectionName(), onBoard);
  if (average.mean === null) return cellOf(about, { class: average.asked.length ? "none lost" : "none" }, "–");
  const spread = average.sd === null ? "" : `±${digits(average.sd)} · `;
  return cellOf(
    about,
    { class: best ? "best" : "" },
    h("span", { class: "value" }, digits(average.mean)),
    dagger(average.degenerate),
    countOf(average.over.length, average.asked.length, spread),
    againstAverage(board, one, average, onBoard),
  );
}

/** The difference of two averages, over the same languages only. */
function againstAverage(board, one, average, onBoard) {
  const result = averageAgainst(columnOf(board, one), average, onBoard);
  if (result === undefined) return null;
  if (result === null) return h("small", { class: "difference" }, "other languages");
  const { mark, kind, words } = verdict(result);
  return h("small", { class: `difference ${kind}`, title: words }, `${mark} ${signed(result.difference)}`);
}

/** An average against that of the checkpoint that is compared with; undefined where that has none here. */
function averageAgainst(column, average, onBoard) {
  const base = state.against === null ? null : contenders[state.against];
  const other = base && base !== column.contender ? columnOf(column.board, base) : null;
  const theirs = other && onBoard.get(other);
  return theirs && theirs.mean !== null ? comparedAverages(column, average, other, theirs) : undefined;
}

/** What averages are over, for a heading. */
function selectionName() {
  return anyFilter() ? "Languages chosen" : "All languages";
}

function overviewLead(shared, shown, onBoards) {
  const missing = new Set(
    [...onBoards.values()].flatMap((one) =>
      [...one.values()].flatMap(({ missing }) => missing.map(([language]) => language)),
    ),
  );
  const names = [...missing].map((language) => language.name);
  const over = state.common
    ? "Each column is over the languages that every checkpoint shown has in it."
    : "Each number is over the languages that its checkpoint has: look at how many.";
  const told =
    shown.length < 2
      ? ""
      : shared.length
        ? ` Ranked by the mean of ${shared.length === onBoards.size ? "all columns" : `the ${plural(shared.length, "column")} that all of them have`}.`
        : " Not ranked: there is no column that all of them have.";
  const lacking = names.length
    ? ` Missing somewhere: ${names.slice(0, 12).join(", ")}${names.length > 12 ? ` and ${names.length - 12} more` : ""}.`
    : "";
  return [over, told, lacking];
}
