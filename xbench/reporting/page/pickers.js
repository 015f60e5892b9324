// A box of choices that opens beneath its name: native elements, so that the keyboard works as everywhere.

/**
 * A list of check boxes in a box that opens.
 *
 * Args: `options` are [value, label, count]; `chosen` is the set that the boxes show; `change` is called after each;
 * `all` is what "All" chooses: every value, or, for a filter, none, which means all.
 */
function picker({ id, title, options, chosen, change, all }) {
  const boxes = options.map(([value, label, count]) => {
    const box = h("input", { type: "checkbox", value });
    box.checked = chosen().has(value);
    box.addEventListener("change", () => {
      if (box.checked) chosen().add(value);
      else chosen().delete(value);
      change();
    });
    return [
      h("label", {}, box, h("span", { dir: "auto" }, label), count === null ? null : h("small", {}, count)),
      box,
      label,
    ];
  });
  const summary = h("summary", {}, h("span", {}, title), h("output", {}));
  const search =
    options.length > 12
      ? h("input", {
          type: "search",
          placeholder: `Find ${title.toLowerCase()}`,
          "aria-label": `Find ${title.toLowerCase()}`,
          oninput: () => narrow(search.value),
        })
      : null;
  const choose = (values) => () => {
    chosen().clear();
    for (const value of values) chosen().add(value);
    change();
  };
  const box = h(
    "details",
    { class: "picker", id, name: "picker" },
    summary,
    h(
      "div",
      { class: "box" },
      search,
      h(
        "p",
        { class: "quick" },
        h("button", { type: "button", onclick: choose(all) }, "All"),
        all.length ? h("button", { type: "button", onclick: choose([]) }, "None") : null,
      ),
      h(
        "fieldset",
        {},
        h("legend", { class: "unseen" }, title),
        boxes.map(([label]) => label),
      ),
    ),
  );
  const narrow = (text) =>
    boxes.forEach(([label, , name]) => {
      label.hidden = !folded(name).includes(folded(text));
    });
  /** Shows what is chosen now. */
  box.refresh = () => {
    for (const [, input] of boxes) input.checked = chosen().has(input.value);
    const names = boxes.filter(([, input]) => input.checked).map(([, , name]) => name);
    const every = names.length === boxes.length || (!all.length && !names.length);
    summary.lastChild.textContent = every
      ? "all"
      : names.length === 1
        ? names[0]
        : `${names.length} of ${boxes.length}`;
    box.classList.toggle("active", !every);
  };
  return box;
}

/** A choice of one. */
function choice({ id, title, options, value, change }) {
  const select = h(
    "select",
    { id, onchange: () => change(select.value) },
    options.map(([key, label]) => h("option", { value: key, dir: "auto" }, label)),
  );
  select.refresh = () => {
    select.value = value();
  };
  return [h("label", { class: "choice" }, h("span", {}, title), select), select];
}

/** Boxes close at Escape, and where something else is clicked. */
function closing() {
  document.addEventListener("click", ({ target }) => {
    for (const open of document.querySelectorAll(".picker[open]")) if (!open.contains(target)) open.open = false;
  });
  document.addEventListener("keydown", ({ key }) => {
    const open = key === "Escape" && document.querySelector(".picker[open]");
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });
}
