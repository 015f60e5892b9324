"""From the names in a request to a plan over things that exist."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from xbench.api import Suite, Task
from xbench.data import Library
from xbench.errors import Unavailable, XbenchError, closest
from xbench.jobs import Checkpoint, Making, Plan
from xbench.languages import Filter, language, relatives, select
from xbench.planning.checkpoints import resolve_checkpoint, shipped
from xbench.planning.devices import resolve_device, resolve_dtype
from xbench.planning.facts import Facts
from xbench.planning.plan import Asked, plan
from xbench.planning.processes import device_per_process
from xbench.planning.protocols import pick_protocols
from xbench.planning.request import DEFAULT_PROTOCOLS, Request, adapt, translator
from xbench.plugins import Registry, pick


@dataclass(frozen=True)
class Resolved:
    """A request whose names are all known: what a run needs, and what a dry run prints.

    Attributes:
        plan: Runs and gaps.
        facts: What was looked up on the way, for the estimate of the cost.
        devices: One for every process that may be used.
        tasks: As adapted to the request, by name.
        checkpoints: In the order in which they were named.
    """

    plan: Plan
    facts: Facts
    devices: tuple[str, ...]
    tasks: dict[str, Task]
    checkpoints: tuple[Checkpoint, ...]


def resolve(
    request: Request, registry: Registry, library: Library, expect: Callable[[tuple[str, ...]], None] = lambda _: None
) -> Resolved:
    """Looks everything up. Uses the network only for what is not known here yet.

    Args:
        request: What is asked for.
        registry: Where tasks and kinds are found.
        library: Where the rows are.
        expect: Is told of the devices before rows are looked at, which takes time.

    Raises:
        XbenchError: A name that nothing has; the closest valid one is named.
    """
    suite = _suite(request, registry)
    _check_named(request, suite, registry)
    models, seeds = request.models or suite.models, request.seeds or suite.seeds
    protocols = pick_protocols(registry.protocols, request.protocols or DEFAULT_PROTOCOLS)
    devices, dtype = _machine(request)
    tasks, asked = _tasks(request, suite, registry, dtype)
    checkpoints = _distinct([resolve_checkpoint(name) for name in models])
    devices = device_per_process(request.devices, devices, checkpoints)
    expect(devices)
    facts = Facts(library, registry.kinds)
    named = bool(request.protocols)
    made = plan(checkpoints, asked, protocols, seeds, facts, limit=request.limit, dtype=dtype, named=named)
    return Resolved(made, facts, devices, {task.name: task for task in tasks}, checkpoints)


def resolve_translations(
    request: Request, protocol: str, registry: Registry, library: Library
) -> tuple[tuple[Making, ...], dict[str, str], str]:
    """What `xbench translate` was asked for: all rows that a protocol has translated.

    Args:
        request: With a translator.
        protocol: Name.
        registry: Where tasks and kinds are found.
        library: Where the rows are.

    Returns:
        What is made, `task language` -> why something cannot be, and the device.

    Raises:
        XbenchError: A name that nothing has, or no translator.
    """
    if request.translator is None:
        raise XbenchError("nobody translates: name a checkpoint with --translator")
    suite = _suite(request, registry)
    devices, dtype = _machine(request)
    _, asked = _tasks(request, suite, registry, dtype)
    facts = Facts(library, registry.kinds)
    (way,) = pick_protocols(registry.protocols, [protocol])
    makings: list[Making] = []
    gaps: dict[str, str] = {}
    for one in asked:
        name = one.task.name
        gaps.update({f"{name} {tag}": f"{name} has no {tag}" for tag in one.lacking})
        try:
            pieces = [piece for leg in way.legs(one.task, one.languages) for piece in (*leg.train, *leg.test)]
        except Unavailable as error:
            gaps[name] = str(error)
            continue
        for piece in (piece for piece in pieces if piece.translator):
            try:
                makings.append(facts.making(replace(piece, limit=request.limit), one.task))
            except Unavailable as error:
                gaps[f"{name} {piece.language}"] = str(error)
    return tuple(makings), gaps, devices[0]


def _machine(request: Request) -> tuple[tuple[str, ...], str]:
    """The devices, and the dtype on them."""
    devices = tuple(resolve_device(name) for name in request.devices)
    if len({device.split(":")[0] for device in devices}) > 1:
        raise XbenchError("--devices: all of one kind, since fp32 and bf16 results must not be mixed")
    return devices, resolve_dtype(request.dtype, devices[0])


def _tasks(request: Request, suite: Suite, registry: Registry, dtype: str) -> tuple[list[Task], list[Asked]]:
    """The tasks, adapted to the request and checked, and the languages asked of each."""
    if request.limit is not None and request.limit < 1:
        raise XbenchError(f"--limit {request.limit}: give at least 1")
    tasks = [adapt(task, request.settings, request.source) for task in pick(registry.tasks, suite.tasks)]
    for task in tasks:
        if task.source not in task.data.configs and (task.data.multiparallel or not task.paired):
            raise XbenchError(f"--source: {task.name} has no {task.source}; {closest(task.source, task.languages)}")
        _check_training(task)
        registry.check(task)
    tasks = [replace(task, translator=translator(request, dtype)) for task in tasks]
    asked = [_asked(task, registry, request.languages, tasks) for task in tasks]
    return tasks, _meant(asked, request.where) if request.where else asked


def _meant(asked: Sequence[Asked], where: Filter) -> list[Asked]:
    """With those languages alone that are meant, and without tasks that have none of them."""
    kept = [replace(one, languages=where.pick(one.languages), lacking=where.pick(one.lacking)) for one in asked]
    found = [one for one in kept if one.languages or one.lacking]
    if not found:
        every = {tag for one in asked for tag in (*one.languages, *one.lacking)}
        names = ", ".join(one.task.name for one in asked)
        raise XbenchError(f"no language of {names} is left: {where} ({where.counts(every)})")
    return found


def _check_training(task: Task) -> None:
    for tag in task.train_languages:
        if tag not in task.languages or (task.paired and tag == task.source):
            others = [language for language in task.languages if not (task.paired and language == task.source)]
            raise XbenchError(f"train_languages: {task.name} cannot be trained on {tag}; {closest(tag, others)}")


def _suite(request: Request, registry: Registry) -> Suite:
    """What is meant: a suite, with the tasks that are named instead of its own; else these, or those of the files."""
    own = tuple(name for path in request.task_files for name in registry.add_file(path))
    if request.suite is None and (request.tasks or own):
        return Suite("asked for", request.tasks or own)
    suite = registry.suites[request.suite or ("core" if request.models else "cldr")]
    return replace(suite, tasks=request.tasks or suite.tasks)


def _check_named(request: Request, suite: Suite, registry: Registry) -> None:
    """Whether there is anything to run, and anything to run it on."""
    if not suite.tasks:
        raise XbenchError(f"the suite {suite.name} has no tasks: name some with --tasks")
    if not request.models and not suite.models:
        lacking = f", and the suite {suite.name} has none of its own" if request.suite else ""
        equipped = [f"--suite {name}" for name in registry.suites if registry.suites[name].models]
        raise XbenchError(
            f"no checkpoint is named{lacking}: name one with --model, such as --model bert-base-multilingual-cased "
            f"({' and '.join(shipped())} come with xbench), or take {' or '.join(equipped)}, with its own"
        )


def _asked(task: Task, registry: Registry, languages: Sequence[str], tasks: Sequence[Task]) -> Asked:
    kind = registry.kinds[task.kind]
    own = tuple(tag for tag in task.languages if not (task.paired and tag == task.source))
    if not languages:
        return Asked(task, kind, own)
    everywhere = sorted({tag for other in tasks for tag in (*other.languages, other.source)})
    named = _selected(languages, everywhere, tasks)
    # Of parallel rows the source is one side of every pair: asking for it asks for nothing more.
    lacking = tuple(tag for tag in named if tag not in own and not (task.paired and tag == task.source))
    return Asked(task, kind, tuple(tag for tag in named if tag in own), lacking)


def _selected(languages: Sequence[str], valid: Sequence[str], tasks: Sequence[Task]) -> tuple[str, ...]:
    """Tags of what a user typed. A language that a task leaves out on purpose is refused with its reason."""
    left_out = {tag: (task, why) for task in tasks for tag, why in task.data.lacking.items() if tag not in valid}
    for tag in select(languages, [*valid, *left_out]):
        if tag in left_out:
            task, why = left_out[tag]
            near = ", ".join(f"{other} ({language(other).name})" for other in relatives(tag, valid))
            raise XbenchError(f"{task.name} has no {tag}: {why}; leave it out" + (f", or take {near}" if near else ""))
    return select(languages, valid)


def _distinct(checkpoints: Sequence[Checkpoint]) -> tuple[Checkpoint, ...]:
    return tuple({(c.name, c.revision): c for c in checkpoints}.values())
