"""Several processes on one plan, and this one, which hands them its units and shows how far they are."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import wait
from pathlib import Path

from xbench.engine.lookup import Known
from xbench.engine.news import News
from xbench.engine.options import Options, Outcome
from xbench.engine.progress import Progress
from xbench.engine.starting import Worker, start
from xbench.engine.worker import Setup
from xbench.errors import XbenchError
from xbench.planning.cost import Cost
from xbench.planning.processes import threads


def make_in_parallel(known: Known, price: Cost, out: Path, options: Options, quiet: bool) -> Outcome:
    """Makes what is missing, in as many processes as the cost is for.

    Args:
        known: The plan.
        price: What of it is left.
        out: Results folder.
        options: How to run.
        quiet: No progress.

    Raises:
        XbenchError: A process was killed or could not begin; the others are ended, and what is finished is kept.
    """
    devices = known.resolved.devices[: price.processes]
    units = _pickled(price, devices[0])
    workers: list[Worker] = []
    with Progress(price.rows, len(devices), quiet) as progress:
        try:
            # One by one: should a start fail, those before it are ended too.
            workers.extend(start(setup) for setup in _setups(known, devices, out, options))
            outcomes = _attend(workers, iter(units), progress)
        finally:
            for worker in workers:
                worker.end()
    gaps = [gap for outcome in outcomes for gap in outcome.gaps]
    errors = [error for outcome in outcomes for error in outcome.errors]
    return Outcome(sorted(gaps, key=str), sorted(errors))


def _pickled(price: Cost, device: str) -> list[bytes]:
    """The units, largest first. Pickled one by one, since a process can read them only after the task files."""
    try:
        return [pickle.dumps(left.unit) for left in price.left]
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise XbenchError(
            f"these tasks cannot be handed to other processes ({error}): declare their kind's classes and functions at "
            f"the top of a module, or run {_alone(device)}"
        ) from error


def _setups(known: Known, devices: Sequence[str], out: Path, options: Options) -> list[Setup]:
    request, dtype, count = known.request, known.resolved.plan.runs[0].fit.dtype, threads(len(devices))
    return [
        Setup(request.task_files, request.mirror, device, dtype, count, out, options, {**os.environ})
        for device in devices
    ]


def _attend(workers: Sequence[Worker], units: Iterator[bytes], progress: Progress) -> list[Outcome]:
    """Hands each unit to the first process that is free and shows what all tell, until each of them has ended."""
    outcomes = []
    busy = dict(enumerate(workers))
    while busy:
        ready = wait([worker.pipe for worker in busy.values()])
        for number, worker in [*busy.items()]:
            if worker.pipe not in ready:
                continue
            with _explained(worker):
                news: News = worker.pipe.recv()
                if news.free:
                    worker.pipe.send(next(units, None))
            progress.tick(news.rows, number)
            if news.job:
                progress.start(*news.job, number)
            if news.refusal:
                raise XbenchError(news.refusal)
            if news.outcome:
                outcomes.append(news.outcome)
                del busy[number]
    return outcomes


@contextmanager
def _explained(worker: Worker) -> Iterator[None]:
    """Says what became of a process whose pipe is closed."""
    try:
        yield
    except (EOFError, OSError) as error:
        worker.process.join()
        code = worker.process.exitcode or 0
        why = "was killed, perhaps for want of memory" if code < 0 else f"failed (code {code}, see above)"
        raise XbenchError(
            f"one of several processes {why}: run the same command again, {_alone(worker.device)} if that happens "
            "again; what is finished is kept"
        ) from error


def _alone(device: str) -> str:
    """How a run is made to stay in the process that it is started in."""
    return f"in one process (--device {device}, and no --devices)"
