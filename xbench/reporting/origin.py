"""From a row of `scores.csv` back to everything that it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xbench.errors import XbenchError, closest
from xbench.store import predictions
from xbench.store.layout import Store
from xbench.store.layout import predictions as path_of
from xbench.store.results import read_fit, read_run, read_scores
from xbench.store.series import only_source, series_facts
from xbench.store.signature import parse, series, signature

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = 3
"""Training slices that are listed one by one."""
_WORDS = ("checkpoint", "task", "protocol", "language", "over", "metric", "layer", "direction", "train_made_by")


def find(store: Store, words: Sequence[str]) -> dict[str, Any]:
    """The row of `scores.csv` that is meant.

    Args:
        store: Results folder.
        words: A row's number (1 is the first below the header), or values that stand in it. Main
            metrics come first: another one must be named.

    Raises:
        XbenchError: No row, or several.
    """
    import pandas as pd

    if not store.scores.is_file():
        raise XbenchError(f"{store.scores} is not there: write it with `xbench score --out {store.root}`")
    table = pd.read_csv(store.scores, keep_default_na=False, dtype=str)
    if len(words) == 1 and words[0].isdigit():
        place = int(words[0]) - 1
        if not 0 <= place < len(table):
            raise XbenchError(f"{store.scores} has {len(table)} rows: there is no row {words[0]}")
        return {str(key): value for key, value in table.iloc[place].items()}
    picked = _matching(table, words)
    if len(picked) > 1 and (picked["main"] == "True").any():
        picked = picked[picked["main"] == "True"]
    if len(picked) > 1:
        shown = "\n".join(
            f"  {index + 1}: {' · '.join(filter(None, (row[name] for name in _WORDS)))}"
            for index, (_, row) in zip(picked.index.tolist(), picked.head(20).iterrows(), strict=False)
        )
        raise XbenchError(f"{len(picked)} rows match; name more of it, or give the row's number:\n{shown}")
    return {str(key): value for key, value in picked.iloc[0].items()}


def _matching(table: pd.DataFrame, words: Sequence[str]) -> pd.DataFrame:
    for word in words:
        hits = (table[list(_WORDS)] == word).any(axis=1)
        if not hits.any():
            known = {value for name in _WORDS for value in table[name] if value}
            raise XbenchError(f"no row has {word!r}: {closest(word, known)}")
        table = table[hits]
    return table


def origin(store: Store, row: dict[str, Any]) -> str:
    """Everything that a row rests on, for people."""
    head = " · ".join(filter(None, (row[name] for name in _WORDS)))
    if row["status"] == "unavailable":
        return f"{head}\nunavailable: {row['reason']}"
    interval = f"  95 % [{float(row['ci_low']):.2f}, {float(row['ci_high']):.2f}]" if row["ci_low"] else ""
    spread = f" ± {float(row['sd']):.2f}" if row["sd"] else ""
    chance = f"  chance {float(row['chance']):.2f}" if row["chance"] else ""
    lines = [
        head,
        f"score      {float(row['score']):.4f}{spread}{interval}{chance}  examples {row['examples']}",
        f"status     {row['status']}{': ' if row['reason'] else ''}{row['reason']}",
        # A table that an earlier version wrote has no notes.
        *([f"note       {row['note']}"] if row.get("note") else []),
        f"signature  {row['signature']}",
    ]
    # A run that was begun after the table was written has no part in it.
    scored = [folder for folder in store.runs() if (folder / "scores.json").is_file()]
    runs = {folder: run for folder in scored if _belongs(run := read_run(folder), row)}
    for folder, run in runs.items():
        lines += _run(store, folder, run, row)
    return "\n".join([*lines, *_shared([*runs.values()])])


def _belongs(run: dict[str, Any], row: dict[str, Any]) -> bool:
    same = (run["checkpoint"]["name"], run["task"]["name"], run["protocol"])
    if same != (row["checkpoint"], row["task"], row["protocol"]):
        return False
    mine, its = (parse(text) for text in (series(signature(series_facts(run))), series(row["signature"])))
    if run["per_language"] and only_source(run):
        # The source language's own fit stands in every series, whoever translates for the others.
        its.pop("translator", None)
    return mine == its


def _run(store: Store, folder: Path, run: dict[str, Any], row: dict[str, Any]) -> Iterator[str]:
    """A run's part in the row: its own score, its files, its fit."""
    scored = read_scores(folder)
    if row["language"] and row["language"] not in scored:
        return
    yield f"run        {folder}" + (f" (seed {run['seed']})" if run["seed"] is not None else "")
    if row["language"]:
        value = next(score["value"] for score in scored[row["language"]]["scores"] if _same(score, row))
        yield f"  score    {value:.4f}"
        yield from _predictions(path_of(folder, row["language"]))
    else:
        yield f"  scored   {' '.join(sorted(scored))}"
    if run["fit"]:
        yield from _fit(store.root, run["fit"])


def _predictions(path: Path) -> Iterator[str]:
    _, facts = predictions.load(path)
    yield f"  file     {path} (whole: its digest was checked)"
    yield (
        f"  test     {facts['rows']} rows of {facts['repo']} {facts['data_code']} {facts['split']}, made by "
        f"{facts['made_by']}; revision {facts['revision']}, digest {facts['digest'][:16]}"
    )
    yield (
        f"  tokens   {facts['sub_tokens']}, unknown {facts['unknown']}, truncated rows {facts['truncated']}, "
        f"at most {facts['max_length']} a sequence"
    )
    if "read" in facts:
        yield from _made(facts["read"], "read as they are")


def _fit(root: Path, folder: str) -> Iterator[str]:
    fit = read_fit(root, folder)
    verdict = fit["verdict"]
    why = verdict.get("why") or f"p = {verdict['p_value']:.2g} against the majority answer on dev"
    # Those that are no gradient's have none.
    products = f", products by {fit['products']}" if "products" in fit else ""
    spent = f"{fit['seconds']} s on {fit['device']}{products}"
    yield f"  fit      {root / folder / 'fit.json'}: {verdict['status']} ({why}); {spent}"
    for part in fit["train"][:_SHOWN]:
        yield (
            f"  train    {part['rows']} rows of {part['repo']} {part['language']} {part['split']}, made by "
            f"{part['made_by']}; revision {part['revision']}, digest {part['digest'][:16]}"
        )
        if "made" in part:
            yield from _made(part, "left out, rows")
    rest = fit["train"][_SHOWN:]
    if rest:
        count = sum(part["rows"] for part in rest)
        yield f"           and {count} rows of {len(rest)} more languages (all of them in that file)"


def _made(part: dict[str, Any], fate: str) -> Iterator[str]:
    """How rows were made, and what became of those that were not."""
    who, made = part["translator"], part["made"]
    counts = "".join(f", {count} {name.replace('_', ' ')}" for name, count in made["counts"].items())
    yield (
        f"           from {made['source_rows']} rows of {who['source']} into {who['target']} by {who['name']} at "
        f"{who['revision'][:15]}, {who['beams']} beams, {who['dtype']}{counts}"
    )
    for what, lost in ((fate, made["lost"]), (f"left out, of {made['segments']} segments", made["left_out"])):
        if lost:
            yield f"           {what}: " + ", ".join(f"{count} {reason}" for reason, count in lost.items())


def _same(score: dict[str, Any], row: dict[str, Any]) -> bool:
    layer = "" if score["layer"] is None else str(score["layer"])
    return (score["metric"], layer, score["direction"]) == (row["metric"], row["layer"], row["direction"])


def _shared(runs: Sequence[dict[str, Any]]) -> Iterator[str]:
    """What all runs of a row have in common, and where and with what each of them was made."""
    if not runs:
        return
    run = runs[0]
    checkpoint, data, recipe = run["checkpoint"], run["data"], run["recipe"]
    yield f"checkpoint {checkpoint['name']} ({checkpoint['model_type']}) {checkpoint['revision']}"
    yield f"           from {checkpoint['location']}"
    task, kind = run["task"], run["kind"]
    yield f"task       {task['name']} version {task['version']}, kind {kind[0]} version {kind[1]}"
    yield f"data       {data['repo']}, pinned at {data['pinned_revision']}"
    yield f"           licence {data['licence']}; {data['citation']}"
    settings = ", ".join(f"{key}={value}" for key, value in recipe.items()) if recipe else "none: nothing is trained"
    yield f"recipe     {settings}"
    yield f"numbers    {run['dtype']}, on {' and '.join(dict.fromkeys(one['device'] for one in runs))}"
    known = (", ".join(f"{name} {number}" for name, number in one["versions"].items()) for one in runs)
    yield from (f"versions   {line}" for line in dict.fromkeys(known))
