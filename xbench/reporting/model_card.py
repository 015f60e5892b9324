"""Scores as the `model-index` of a model card, which the Hub reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xbench.api import Kind
from xbench.errors import XbenchError, closest
from xbench.reporting.cells import count_text
from xbench.reporting.columns import Cell, Column, columns, panels
from xbench.reporting.names import named
from xbench.store.files import write_text
from xbench.store.layout import Store, slug
from xbench.store.results import read_runs

if TYPE_CHECKING:
    import pandas as pd
    from huggingface_hub import EvalResult

_MARK = "xbench"
"""Argument of a metric by which its results are known again."""


def write_card(
    store: Store, scores: pd.DataFrame, kinds: Mapping[str, Kind], checkpoint: str | None, by_language: bool,
    path: Path | None,
) -> tuple[Path, int]:  # fmt: skip
    """Writes a model card, or the results into one that is there.

    Args:
        store: Results folder, whose runs say which data they are on.
        scores: As `scores.csv`.
        kinds: Name -> kind, which may say what the Hub calls its tasks (`pipeline`).
        checkpoint: Its name; None where there is only one.
        by_language: Whether to give every language its result, and not averages alone.
        path: The card; None for one in the results folder.

    Returns:
        The card, and how many results it has of xbench's.

    Raises:
        XbenchError: There is no such checkpoint, it has no score, or the card that is there is none.
    """
    from huggingface_hub import ModelCard, ModelCardData

    every = columns(scores)
    name = _chosen(checkpoint, sorted({column.checkpoint for column in every}))
    own = [column for column in every if column.checkpoint == name and not column.limited and column.scored]
    found = [result for column in own for result in _results(column, store, kinds, by_language)]
    if not found:
        raise XbenchError(f"{name} has no score to put into a model card: finish a run with `xbench run`")
    place = path or store.root / f"model-card-{slug(name)}.md"
    if place.is_file():
        try:
            card = ModelCard.load(place)
        except ValueError as error:
            raise XbenchError(f"{place} is no model card ({error}): mend it, or name another file with --to") from error
        kept = [result for result in card.data.eval_results or [] if _MARK not in (result.metric_args or {})]
        card.data.eval_results = [*kept, *found]
        card.data.model_name = card.data.model_name or name
    else:
        data = ModelCardData(model_name=name, eval_results=found)
        card = ModelCard(
            f"---\n{data.to_yaml()}\n---\n\n# {name}\n\nScores measured with xbench stand in the metadata.\n"
        )
    write_text(place, str(card))
    return place, len(found)


def _chosen(asked: str | None, known: list[str]) -> str:
    if asked in known:
        return asked
    if asked is None and len(known) == 1:
        return known[0]
    if asked is None:
        raise XbenchError(f"name one with --model: {', '.join(known) or 'there are no results'}")
    raise XbenchError(f"no results of {asked!r} (--model): {closest(asked, known)}")


def _results(
    column: Column, store: Store, kinds: Mapping[str, Kind], by_language: bool
) -> Iterator[EvalResult]:  # fmt: skip
    run = _run(column, store)
    # What the Hub calls a kind of task; a kind that does not say is called by its own name.
    task_type = getattr(kinds[run["kind"][0]], "pipeline", run["kind"][0])
    for panel in panels([column]):
        cell = column.averages[panel]
        if cell.score is not None:
            over = ", ".join(filter(None, [f"mean over {panel}", count_text(column.count(panel))]))
            yield _result(column, cell, run, task_type, column.task, None, over)
    for tag, cell in sorted(column.scored.items()) if by_language else ():
        config = run["task"]["data"]["configs"].get(tag, tag)
        yield _result(column, cell, run, task_type, f"{column.task} ({named(tag).name})", config, tag)


def _result(
    column: Column, cell: Cell, run: Mapping[str, Any], task_type: str, data: str, config: str | None, over: str
) -> EvalResult:
    from huggingface_hub import EvalResult

    told = {
        _MARK: run["versions"]["xbench"], "protocol": column.protocol, "over": over, "series": column.series,
        "status": cell.status,
    }  # fmt: skip
    if cell.sd is not None:
        told |= {"sd": round(cell.sd, 4), "seeds": cell.seeds}
    return EvalResult(
        task_type=task_type,
        dataset_type=run["data"]["repo"],
        dataset_name=data,
        dataset_config=config,
        dataset_split="test",
        dataset_revision=run["data"]["pinned_revision"],
        metric_type=column.metric,
        metric_value=round(cell.score, 4) if cell.score is not None else None,
        metric_name=" · ".join(filter(None, [column.metric, column.protocol, column.difference, over])),
        metric_args=told,
    )


def _run(column: Column, store: Store) -> dict[str, Any]:
    """One of the runs behind a column: all of them are on the same data."""
    for _, run in read_runs(store):
        if (run["checkpoint"]["name"], run["task"]["name"], run["protocol"]) == (
            column.checkpoint, column.task, column.protocol,
        ):  # fmt: skip
            return run
    raise XbenchError(f"{store.root} has no run of {column.label} on {column.task}: write scores.csv again")
