"""The whole path, from names to tables: what `xbench run` and `xbench.bench` call."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from xbench.api import Score
from xbench.engine.against import against_first
from xbench.engine.lookup import Known, look_up
from xbench.engine.options import Options, Outcome
from xbench.engine.parallel import make_in_parallel
from xbench.engine.report import Material, report
from xbench.engine.starting import Ahead
from xbench.engine.translate import make_all
from xbench.jobs import Gap, Plan
from xbench.languages import Filter
from xbench.planning.cost import Cost
from xbench.planning.request import DEFAULT_BEAMS, Request
from xbench.reporting.columns import columns
from xbench.stages.aggregate import COLUMNS
from xbench.stages.gaps import record
from xbench.stages.publish import tabulate
from xbench.store.files import check_writable
from xbench.store.layout import Store

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Results:
    """What a run came to.

    Attributes:
        plan: What was asked for.
        scores: `scores.csv` of the results folder, all of it, as a DataFrame.
        gaps: What could not be had, with reasons.
        errors: Jobs that failed; the others are finished and kept.
        out: The results folder.
    """

    plan: Plan
    scores: pd.DataFrame
    gaps: tuple[Gap, ...]
    errors: tuple[str, ...]
    out: Path

    @property
    def objects(self) -> tuple[Score, ...]:
        """The scores as values, in the order of the table; None where a cell is empty."""
        cells = self.scores.astype(object).where(self.scores.notna(), None)
        return tuple(Score(**dict(zip(COLUMNS, row, strict=True))) for row in cells.itertuples(index=False))

    @property
    def complete(self) -> bool:
        """Whether every number that was asked for is there."""
        return not self.gaps and not self.errors


def bench(
    model: str | Path | Iterable[str | Path] = (),
    *,
    tasks: Sequence[str] = (),
    suite: str | None = None,
    protocols: Sequence[str] = (),
    languages: Sequence[str] = (),
    where: Filter | None = None,
    seeds: Sequence[int] = (),
    source: str | None = None,
    data: str | Path | None = None,
    out: str | Path = "results",
    device: str = "auto",
    dtype: str = "auto",
    settings: Sequence[str] = (),
    limit: int | None = None,
    task_files: Sequence[str | Path] = (),
    translator: str | None = None,
    beams: int = DEFAULT_BEAMS,
    carry: str = "",
    aligner: str | None = None,
    deterministic: bool = False,
    keep_weights: str = "until-predicted",
    save_every: float = 300.0,
    reports: bool = True,
    quiet: bool = True,
) -> Results:
    """Benchmarks checkpoints, as `xbench run` does.

    Args:
        model: Hub id (with `@revision`), folder, or the name of a checkpoint that comes with xbench; several are
            compared. Empty for the suite's own.
        tasks: Names; empty for those of the suite.
        suite: A named set of tasks; None for those of the task files, else `core` with a model and `cldr` without.
        protocols: Names; empty for zero-shot and translate-train-all, as far as they make sense for a task.
        languages: Codes or English names; empty for all of each task.
        where: Which of these are meant, by what they are like (`xbench.languages.language_filter`); None for all.
        seeds: Of every fit in which chance takes part; empty for the suite's.
        source: Another training language, or pivot of parallel rows.
        data: A mirror in the Hub's layout; None for the Hub.
        out: Results folder. What is finished there is not done again.
        device: `cpu`, `cuda:0`, …; `auto` is the first GPU, else the CPU with a process per core for small checkpoints.
        dtype: `auto`, `fp32` or `bf16`.
        settings: Changes of the tasks, such as `recipe.epochs=3`.
        limit: First rows of every slice only; such a run is marked and never ranked.
        task_files: Python files that declare more tasks.
        translator: Checkpoint that translates training rows, instead of published translations: Hub id or folder, with
            `{language}` where there is one for each direction.
        beams: Of its search; 1 is greedy.
        carry: How labels of words come along: `markers`, `alignment`, or `both`.
        aligner: Encoder that aligns words, `name` or `name:layer`.
        deterministic: Refuse operations that could differ between two runs.
        keep_weights: `always`, `until-predicted` or `never`.
        save_every: Seconds between two saved states of a fit.
        reports: Whether to write tables, plots and leaderboard besides `scores.csv`.
        quiet: No progress, no plan.

    Returns:
        Scores as a DataFrame and as objects, with gaps and errors.

    Raises:
        XbenchError: Bad input.

    Example:
        >>> results = bench("bert-base-multilingual-cased", tasks=["xnli"])  # doctest: +SKIP
        >>> results.scores.query("main and language == 'sw'")[["protocol", "score"]]  # doctest: +SKIP
    """
    models = [model] if isinstance(model, str | Path) else list(model)
    request = Request(
        models=tuple(map(str, models)),
        tasks=tuple(tasks),
        suite=suite,
        protocols=tuple(protocols),
        languages=tuple(languages),
        where=where or Filter(),
        seeds=tuple(seeds),
        source=source,
        mirror=Path(data) if data else None,
        settings=tuple(settings),
        limit=limit,
        dtype=dtype,
        devices=(device,),
        task_files=tuple(map(Path, task_files)),
        translator=translator,
        beams=beams,
        carry=carry,
        aligner=aligner,
    )
    return run(request, Path(out), Options(keep_weights, save_every, deterministic), reports, quiet)


def run(request: Request, out: Path, options: Options, reports: bool = True, quiet: bool = False) -> Results:
    """Resolves, plans, makes what is missing, scores and writes the reports.

    Args:
        request: What is asked for.
        out: Results folder.
        options: How to run.
        reports: Whether to write tables, plots and leaderboard.
        quiet: No progress, no plan.

    Raises:
        XbenchError: Bad input; nothing finished is lost.
    """
    check_writable(out)
    store = Store(out)
    ahead = Ahead()
    try:
        # In a folder with results there may be nothing left to do.
        known = look_up(request) if store.scores.is_file() else look_up(request, ahead.begin)
        outcome = _make(known, out, options, quiet, ahead)
    finally:
        ahead.end()
    resolved = known.resolved
    # A gap that is found on the way is found with every seed.
    gaps = tuple(dict.fromkeys((*resolved.plan.gaps, *outcome.gaps)))
    record(gaps, resolved.tasks, known.registry, store)
    pretraining = request.where.pretraining
    scores, unscored = tabulate(store, known.registry, pretraining=pretraining)
    if reports:
        found = against_first(resolved.checkpoints, store, known.registry, pretraining)
        report(Material(scores, columns(scores), store), pretraining, found)
    return Results(resolved.plan, scores, gaps, (*outcome.errors, *unscored), out)


def preview(request: Request, out: Path) -> str:
    """The plan and its cost, in words; nothing is made."""
    known = look_up(request)
    return "\n".join([known.show(known.cost(out), out), *(f"  note: {note}" for note in known.notes)])


def _make(known: Known, out: Path, options: Options, quiet: bool, ahead: Ahead) -> Outcome:
    price = known.cost(out)
    if price.translations:
        if not quiet:
            print(known.show(price, out), file=sys.stderr, flush=True)
        failed = make_all(price.translations, known.library, known.resolved.devices[0], quiet)
        # Those that failed fail again where they are learned from, with less to say.
        outcome = _make_rest(known, known.cost(out), out, options, quiet, ahead)
        return Outcome(outcome.gaps, [*failed, *outcome.errors])
    return _make_rest(known, price, out, options, quiet, ahead)


def _make_rest(known: Known, price: Cost, out: Path, options: Options, quiet: bool, ahead: Ahead) -> Outcome:
    ahead.end(price.processes if price.predictions else 0)
    if price.predictions and price.processes == 1:
        # Here torch is imported, which takes seconds that a run with nothing to do need not spend.
        from xbench.engine.making import make

        return make(known, price, out, options, quiet)
    if not quiet:
        print(known.show(price, out), file=sys.stderr, flush=True)
    return make_in_parallel(known, price, out, options, quiet) if price.predictions else Outcome()
