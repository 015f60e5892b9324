// Draws everything from the state, and again after every change of it.

function draw() {
  const [kept, shownBoards, shown] = [keptLanguages(), keptBoards(), shownContenders()];
  for (const refresh of refreshers) refresh();
  // What the panel tells of is no longer there.
  idle();
  byId("reset").hidden = !anyFilter() && state.shown.size === firstShown().size;
  byId("status").textContent = statusText(kept, shownBoards, shown);
  const lacking = whatIsLacking(shownBoards, shown);
  for (const id of ["overview", "scores"]) {
    if (lacking) byId(`${id}-table`).replaceChildren(h("p", { class: "empty" }, lacking));
    if (lacking) byId(`${id}-lead`).replaceChildren();
  }
  if (lacking) return drawDots([], [], []);
  drawOverview(kept, shownBoards, shown);
  return drawDots(drawScores(kept, tabledBoards(), shown), tabledBoards(), shown);
}

function statusText(kept, shownBoards, shown) {
  const some = (count, every, noun) => (count === every ? plural(every, noun) : `${count} of ${plural(every, noun)}`);
  return (
    [
      `Shown: ${some(kept.length, languages.length, "language")}`,
      some(shownBoards.length, boards.length, "pair") + " of task and protocol",
      some(shown.length, contenders.length, "checkpoint"),
    ].join(", ") + "."
  );
}

/** What to do where there is nothing to show; empty if there is something. */
function whatIsLacking(shownBoards, shown) {
  if (!columns.length)
    return "There are no scores yet. Finish a run with “xbench run”, then write this page again with “xbench report”.";
  if (!shown.length) return "No checkpoint is chosen. Choose some under “Checkpoints”.";
  if (!shownBoards.length) return "No task has this protocol. Change “Task” or “Protocol”.";
  if (!shown.some((one) => shownBoards.some((board) => columnOf(board, one))))
    return "None of the checkpoints that are chosen was run on these tasks. Choose other checkpoints or tasks.";
  return "";
}

clear();
controls();
followed(document.body);
draw();
