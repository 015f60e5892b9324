// Headings that sort, and the order of rows.

/**
 * A heading with a button that sorts by its column.
 *
 * Args: `table` is "overview" or "scores"; `beneath` are further lines of the label; `down` is whether the first press
 * puts the largest on top.
 */
function sortable(table, key, label, { down = true, beneath = [], ...properties } = {}) {
  const now = state.sorted[table];
  const order = now.key !== key ? undefined : now.down ? "descending" : "ascending";
  const press = () => {
    state.sorted[table] = { key, down: now.key === key ? !now.down : down };
    draw();
    byId(`${table}-table`)
      .querySelector(`[data-sort="${CSS.escape(key)}"]`)
      ?.focus();
  };
  return h(
    "th",
    { scope: "col", "aria-sort": order, ...properties },
    h(
      "button",
      { type: "button", class: "sort", onclick: press, "data-sort": key },
      h("span", { class: "label" }, label, h("span", { class: "arrow", "aria-hidden": "true" })),
      beneath,
    ),
  );
}

/** Rows in the chosen order; what has no value comes last, whichever way. `value` is of a row, by the key. */
function inOrder(table, rows, value) {
  const { key, down } = state.sorted[table];
  const compare = (a, b) => (typeof a === "string" ? collator.compare(a, b) : a - b);
  const valued = rows.map((row) => [row, value(row, key)]);
  const there = valued.filter(([, of]) => of !== null && of !== undefined);
  const gone = valued.filter(([, of]) => of === null || of === undefined);
  // The sort is stable, so that equal rows keep the alphabet's order both ways.
  there.sort(([, a], [, b]) => (down ? compare(b, a) : compare(a, b)));
  return [...there, ...gone].map(([row]) => row);
}

const collator = new Intl.Collator("en", { numeric: true });
