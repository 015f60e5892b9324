// Tables whose numbers are walked with the arrow keys: one stop of the Tab key each, as a grid should be.

/** A number in a table: its text, and what the panel says about it. */
function cellOf(about, properties, ...children) {
  const made = h("td", { tabindex: -1, "data-about": true, ...properties }, ...children);
  described.set(made, about);
  return made;
}

/** Makes a table's cells reachable; called again whenever its rows are new. */
function walkable(table) {
  const numbers = [...table.querySelectorAll("[data-about]")];
  if (numbers.length) numbers[0].tabIndex = 0;
  table.addEventListener("focusin", ({ target }) => {
    if (!target.matches("[data-about]")) return;
    table.querySelector("[data-about][tabindex='0']")?.setAttribute("tabindex", -1);
    target.tabIndex = 0;
  });
  table.addEventListener("keydown", (event) => {
    const to = event.target.matches("[data-about]") && !event.altKey && !event.metaKey ? next(event) : null;
    if (!to) return;
    event.preventDefault();
    to.focus();
  });
}

const numbersOf = (row) => [...row.querySelectorAll("[data-about]")];

/** Where a key leads from a cell; null if it leads nowhere. */
function next({ key, ctrlKey, target }) {
  const rows = [...target.closest("table").querySelectorAll("tr")].filter((row) => numbersOf(row).length);
  const row = rows.indexOf(target.closest("tr"));
  const across = numbersOf(rows[row]);
  const column = across.indexOf(target);
  const steps = {
    ArrowRight: () => across[column + 1],
    ArrowLeft: () => across[column - 1],
    ArrowDown: () => below(row + 1),
    ArrowUp: () => below(row - 1),
    PageDown: () => below(Math.min(row + 10, rows.length - 1)),
    PageUp: () => below(Math.max(row - 10, 0)),
    Home: () => (ctrlKey ? numbersOf(rows[0]) : across)[0],
    End: () => (ctrlKey ? numbersOf(rows.at(-1)) : across).at(-1),
  };
  const below = (place) => rows[place] && numbersOf(rows[place])[Math.min(column, numbersOf(rows[place]).length - 1)];
  return (Object.hasOwn(steps, key) && steps[key]()) || null;
}
