"""Fits and predictions in this process. The only module of the engine, with `execute`, that needs torch."""

from __future__ import annotations

import sys
from pathlib import Path

from xbench.engine.execute import Executor
from xbench.engine.lookup import Known
from xbench.engine.options import Options, Outcome
from xbench.engine.progress import Progress
from xbench.model.process import forget_shapes, keep_memory, limit_threads
from xbench.model.workspace import Machine, make_deterministic, own_mode
from xbench.planning.cost import Cost
from xbench.planning.processes import threads
from xbench.stages.inputs import Inputs
from xbench.stages.rates import measure_rates


def make(known: Known, price: Cost, out: Path, options: Options, quiet: bool) -> Outcome:
    """Makes what is missing, after measuring how fast this machine is if nobody knows.

    Args:
        known: The plan.
        price: What of it is left.
        out: Results folder.
        options: How to run.
        quiet: No progress, no plan, no measuring.
    """
    with own_mode():
        return _make(known, price, out, options, quiet)


def _make(known: Known, price: Cost, out: Path, options: Options, quiet: bool) -> Outcome:
    limit_threads(threads())
    runs = known.resolved.plan.runs
    machine = prepare(known.resolved.devices[0], runs[0].fit.dtype, options)
    inputs = Inputs(known.library)
    if not quiet:
        if not price.measured:
            print("measuring how fast this machine trains and predicts …", file=sys.stderr, flush=True)
            measure_rates(runs, inputs, machine)
        print(known.show(price, out), file=sys.stderr, flush=True)
    with Progress(price.rows, quiet=quiet) as progress:
        executor = Executor(out, known.registry, inputs, machine, options, progress)
        return executor.execute(left.unit for left in price.left)


def prepare(device: str, dtype: str, options: Options) -> Machine:
    """Readies torch in this process.

    Args:
        device: Where it works.
        dtype: One for all fits of a plan.
        options: How to run.

    Raises:
        XbenchError: This torch cannot use the device.
    """
    if options.deterministic:
        make_deterministic()
    machine = Machine(device, dtype)
    machine.check()
    if machine.torch_device.type == "cpu":
        keep_memory()
        forget_shapes()
    return machine
