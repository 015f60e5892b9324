"""Several processes on one plan, which the locks of the results folder divide, and this one, which waits for them."""

from __future__ import annotations

import os
import pickle
from collections.abc import Sequence
from multiprocessing.connection import wait
from pathlib import Path

from xbench.engine.lookup import Known
from xbench.engine.news import News
from xbench.engine.options import Options, Outcome
from xbench.engine.progress import Progress
from xbench.engine.starting import Worker, start
from xbench.engine.worker import Share
from xbench.errors import XbenchError
from xbench.planning.cost import Cost
from xbench.planning.processes import threads


def make_side_by_side(known: Known, price: Cost, out: Path, options: Options, quiet: bool) -> Outcome:
    """Makes what is missing, in as many processes as the cost is for; this one only shows how far they are.

    Args:
        known: The plan.
        price: What of it is left.
        out: Results folder.
        options: How to run.
        quiet: No progress.

    Raises:
        XbenchError: A process was killed; the others are ended, and what is finished is kept.
    """
    shares = _shares(known, price, out, options)
    workers: list[Worker] = []
    with Progress(price.rows, len(shares), quiet) as progress:
        try:
            # One by one: should a start fail, those before it are ended too.
            workers.extend(start(share) for share in shares)
            outcomes = _listen(workers, progress)
        finally:
            for worker in workers:
                worker.end()
    gaps = {gap for outcome in outcomes for gap in outcome.gaps}
    errors = {error for outcome in outcomes for error in outcome.errors}
    return Outcome(sorted(gaps, key=str), sorted(errors))


def _shares(known: Known, price: Cost, out: Path, options: Options) -> list[Share]:
    devices = known.resolved.devices[: price.processes]
    try:
        units = pickle.dumps([left.unit for left in price.left])
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise XbenchError(
            f"these tasks cannot be handed to other processes ({error}): declare their kind's classes and functions at "
            f"the top of a module, or run in one process (--device {devices[0]})"
        ) from error
    request, count = known.request, threads(len(devices))
    return [
        Share(units, request.task_files, request.mirror, device, count, out, options, {**os.environ})
        for device in devices
    ]


def _listen(workers: Sequence[Worker], progress: Progress) -> list[Outcome]:
    """Shows what processes tell, until each of them has ended."""
    outcomes = []
    talking = list(range(len(workers)))
    while talking:
        ready = wait([workers[number].pipe for number in talking])
        for number in [number for number in talking if workers[number].pipe in ready]:
            news = _next(workers[number])
            progress.tick(news.rows, number)
            if news.job:
                progress.start(*news.job, number)
            if news.outcome:
                outcomes.append(news.outcome)
                talking.remove(number)
    return outcomes


def _next(worker: Worker) -> News:
    try:
        news: News = worker.pipe.recv()
        return news
    except (EOFError, OSError) as error:
        worker.process.join()
        code = worker.process.exitcode or 0
        why = "was killed, perhaps for want of memory" if code < 0 else f"failed (code {code}, see above)"
        raise XbenchError(
            f"one of several processes {why}: run the same command again, in one process (--device with one name) if "
            "that happens again; what is finished is kept"
        ) from error
