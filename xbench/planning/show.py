"""A plan in words: what will be made, how long that takes, what it needs on the disk."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from xbench.errors import general
from xbench.jobs import Plan
from xbench.planning.cost import Cost
from xbench.planning.making import ToMake


def show(plan: Plan, price: Cost, out: Path) -> str:
    """For people.

    Args:
        plan: All that was asked for.
        price: What of it is left to do.
        out: Results folder.
    """
    lines = ["plan"]
    asked: Counter[tuple[str, str, str]] = Counter()
    seeds: dict[tuple[str, str, str], set[int]] = {}
    for run in plan.runs:
        name = (run.fit.checkpoint.name, run.task.name, run.protocol)
        asked[name] += len(run.tests)
        seeds.setdefault(name, set()).update({run.fit.seed} if run.fit.seeded else set())
    for name, files in asked.items():
        count = max(1, len(seeds[name]))
        chance = f" × {count} seeds" if len(seeds[name]) > 1 else ""
        lines.append(f"  {' · '.join(name)}: {_counted(files // count, 'language')}{chance}")
    for (checkpoint, task, protocol, reason), languages in _gaps(plan).items():
        lines.append(f"  {checkpoint} · {task} · {protocol}: {_counted(languages, 'language')} unavailable: {reason}")
    lines += [f"  {task} · {protocol}: left out: {reason}" for (task, protocol), reason in plan.pointless.items()]
    free = shutil.disk_usage(next(folder for folder in (out.resolve(), *out.resolve().parents) if folder.exists())).free
    if told := show_translations(price.translations):
        lines.append(told)
    several = f" in {price.processes} processes" if price.processes > 1 else ""
    lines.append(
        f"  to do: {_counted(price.fits, 'fit')}, {_counted(price.predictions, 'prediction')}{several}; "
        f"time: {_time(price) if plan.runs else 'none'}; "
        f"disk: up to {_bytes(price.weights)} of weights, {_bytes(free)} free"
    )
    return "\n".join(lines)


def show_translations(todo: Sequence[ToMake]) -> str:
    """What is to be translated and how long that takes; empty if nothing is."""
    if not todo:
        return ""
    names = ", ".join(dict.fromkeys(one.making.checkpoint.name for one in todo))
    asked = [one.making.slice.translator for one in todo]
    directions = len({(how.source, how.target) for how in asked if how})
    known = [one.seconds for one in todo]
    seconds = [time for time in known if time is not None]
    told = (
        _about(sum(seconds)) if len(seconds) == len(known) else "unknown until a first window has measured this machine"
    )
    count = sum(one.segments for one in todo)
    ways = _counted(directions, "direction")
    return f"  to translate: {_counted(count, 'segment')} in {ways} by {names}; time: {told}"


def _gaps(plan: Plan) -> Counter[tuple[str, str, str, str]]:
    """Languages per reason."""
    return Counter((gap.checkpoint, gap.task, gap.protocol, general(gap.reason)) for gap in plan.gaps)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")


def _time(price: Cost) -> str:
    if not price.predictions:
        return "none, everything is there"
    seconds = price.seconds
    if seconds is None:
        return "unknown until a first run has measured this machine"
    guess = "" if price.measured else ", a guess until a first run has measured this machine"
    return _about(seconds) + guess


def _about(seconds: float) -> str:
    if seconds < 90:
        return f"about {max(1, round(seconds))} s"
    if seconds < 5400:
        return f"about {round(seconds / 60)} min"
    return f"about {seconds / 3600:.1f} h"


def _bytes(count: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
