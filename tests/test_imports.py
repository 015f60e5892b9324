"""Who may import whom, and what a command that trains nothing never waits for."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import made_up
import pytest

ROOT = Path(__file__).resolve().parents[1]

# From the roof down: a room imports from the floors below its own, and from no other.
FLOORS = (
    ("__main__",),
    ("cli",),
    ("engine",),
    ("stages", "reporting"),
    ("pretraining",),
    ("model",),
    ("planning",),
    ("kinds", "protocols"),
    ("data", "metrics"),
    ("jobs", "plugins"),
    ("api",),
    ("store", "languages"),
    ("errors",),
    ("xbench",),  # xbench/__init__.py: the version
)
EXCEPTIONS = {
    ("xbench", "engine"): "xbench.bench is the engine's, imported at its first use",
}
TORCH_ROOMS = ("model", "pretraining")
NEEDS_TORCH = {
    "xbench.engine.execute", "xbench.engine.making",
    "xbench.stages.fit", "xbench.stages.predict", "xbench.stages.rates",
}  # fmt: skip
"""Modules of other rooms that cannot be imported without torch."""


@dataclass(frozen=True)
class Import:
    """Something that a module imports.

    Attributes:
        name: The module.
        lazy: Whether a function imports it, or only a type checker.
    """

    name: str
    lazy: bool


def name_of(path: Path) -> str:
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[Import]:
    """Everything that a file imports, wherever in it that stands."""

    def walk(node: ast.AST, lazy: bool) -> Iterator[Import]:
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, lazy) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield Import(node.module or "", lazy)
            # `from xbench.stages import fit` imports a module too.
            yield from (
                Import(f"{node.module}.{alias.name}", lazy)
                for alias in node.names
                if (ROOT / str(node.module).replace(".", "/") / f"{alias.name}.py").is_file()
            )
        inside = lazy or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        inside = inside or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))
        for child in ast.iter_child_nodes(node):
            yield from walk(child, inside)

    yield from walk(ast.parse(path.read_text(encoding="utf-8")), False)


def room(module: str) -> str:
    """The room of a module of xbench: the first name below it."""
    return module.split(".")[1] if "." in module else "xbench"


def is_heavy(found: Import) -> bool:
    """Whether it is torch, or a library that comes with it."""
    return found.name.split(".")[0] in ("torch", "transformers", "safetensors", "tokenizers", "sentence_transformers")


MODULES = {name_of(path): path for path in sorted((ROOT / "xbench").rglob("*.py"))}


def test_every_room_has_a_floor() -> None:
    assert {room(module) for module in MODULES} == {name for floor in FLOORS for name in floor}


def test_arrows_point_downward() -> None:
    floor = {name: level for level, floor in enumerate(FLOORS) for name in floor}
    upward, used = [], set()
    for module, path in MODULES.items():
        for found in imports(path):
            if found.name.split(".")[0] != "xbench" or room(found.name) == room(module):
                continue
            arrow = (room(module), room(found.name))
            if floor[arrow[0]] >= floor[arrow[1]]:
                used.add(arrow)
                if arrow not in EXCEPTIONS:
                    upward.append(f"{module} imports {found.name}")
    assert not upward
    assert used == set(EXCEPTIONS), "an exception that nothing needs any more"


def test_tasks_import_the_api_alone_and_nothing_imports_a_task() -> None:
    for path in sorted((ROOT / "tasks").glob("*.py")):
        assert {found.name for found in imports(path)} <= {"xbench.api"}, path.name
    for module, path in MODULES.items():
        bad = [found.name for found in imports(path) if found.name.startswith(("tasks", "xbench.tasks"))]
        assert not bad, module


def test_only_two_rooms_import_torch() -> None:
    for module, path in MODULES.items():
        if room(module) not in TORCH_ROOMS:
            bad = [found.name for found in imports(path) if is_heavy(found)]
            assert not bad, module


def test_the_modules_that_cannot_do_without_torch_are_few() -> None:
    direct = {
        module: {found.name for found in imports(path) if not found.lazy and found.name in MODULES}
        for module, path in MODULES.items()
    }
    reached = {
        module for module, path in MODULES.items() if any(is_heavy(one) and not one.lazy for one in imports(path))
    }
    while more := {module for module, names in direct.items() if names & reached} - reached:
        reached |= more
    assert {module for module in reached if room(module) not in TORCH_ROOMS} == NEEDS_TORCH


# Runs commands one after the other in one interpreter and says after each what has been imported by then.
_COMMANDS = """
import contextlib, io, json, sys
from xbench.cli import cli

heavy = ("torch", "transformers", "datasets", "matplotlib", "pandas", "scipy", "pyarrow", "numpy")
for arguments in json.loads(sys.argv[1]):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        try:
            cli(arguments, standalone_mode=False)
        except SystemExit as end:
            assert not end.code, end.code
    assert out.getvalue() or arguments[0] == "run", arguments
    print(json.dumps([name for name in heavy if name in sys.modules]))
import xbench.engine.bench
print(json.dumps([name for name in heavy if name in sys.modules]))
"""


@pytest.mark.e2e
def test_commands_that_train_nothing_leave_torch_out(tmp_path: Path) -> None:
    world = made_up.build(tmp_path / "world")
    out = tmp_path / "out"
    assert world.bench(out).complete
    twin = shutil.copytree(world.checkpoint, tmp_path / "twin")
    (twin / "README.md").write_text("The same under another name.")
    assert world.bench(out, model=twin).complete
    commands = [
        ["--help"], ["run", "--help"], ["pretrain", "--help"], ["tasks"], ["tasks", "xnli"], ["languages"],
        [*world.arguments(tmp_path / "other"), "--dry-run"], ["score", "--out", str(out)],
        ["report", "--out", str(out)], ["leaderboard", "--out", str(out)],
        ["why", "topics", "de", "tiny", "--out", str(out)], ["clean", "--out", str(out)],
        ["compare", "tiny", "twin", "--resamples", "100", "--out", str(out)],
        ["export", "latex", "tiny", "twin", "--resamples", "100", "--out", str(out)],
        # Everything is there.
        world.arguments(out),
    ]  # fmt: skip
    # No row is remembered from the run above: a first plan reads them.
    ended = subprocess.run(
        [sys.executable, "-c", _COMMANDS, json.dumps(commands)],
        capture_output=True, text=True, env={**os.environ, "XBENCH_CACHE": str(tmp_path / "cache")},
        check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    imported = [json.loads(line) for line in ended.stdout.splitlines()]
    assert len(imported) == len(commands) + 1
    for arguments, names in zip([*commands, ["import xbench.engine.bench"]], imported, strict=True):
        assert not {"torch", "transformers"} & set(names), arguments
    assert imported[0] == [], "xbench --help imports nothing heavy"
