"""The package as others get it: a wheel, an editable installation, and the targets of make."""

from __future__ import annotations

import ast
import configparser
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from importlib.metadata import entry_points, requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import xbench

ROOT = Path(__file__).resolve().parents[1]
# Distributions that are imported under another name.
IMPORTED_AS = {"pillow": "PIL", "pyyaml": "yaml", "scikit-learn": "sklearn", "huggingface-hub": "huggingface_hub"}
DROPPED = """
from dataclasses import replace
from xbench.tasks.xnli import task as xnli

task = replace(xnli, name="dropped")
"""


def run(*command: str | Path, cwd: Path) -> str:
    """Output of a command that must succeed."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def pip(*arguments: str | Path, cwd: Path) -> None:
    """Runs pip without any index: what it needs is on this machine."""
    run(sys.executable, "-m", "pip", "--quiet", *arguments, "--no-deps", "--no-index", cwd=cwd)


def copy_tree(folder: Path) -> Path:
    """A copy of what a build reads, so that building leaves nothing behind in the tree."""
    for package in ("xbench", "tasks"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    for part in (ROOT / "setup.cfg", ROOT / "pyproject.toml", ROOT / "LICENSE", *ROOT.glob("README.md")):
        shutil.copy(part, folder)
    return folder


def environment(folder: Path) -> Path:
    """A new virtual environment that sees this one's libraries, but not its editable xbench."""
    venv.create(folder)
    site = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder)}))
    # A folder named in a .pth file has its packages found and its own .pth files ignored.
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "bin"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-build-isolation", "--wheel-dir", folder, copy_tree(folder / "tree"), cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


def shipped(folder: str, package: str) -> set[str]:
    """What a wheel must hold of a folder of the tree."""
    kinds = (".py", ".csv", ".css", ".html", ".js")
    files = [path for path in (ROOT / folder).rglob("*") if path.suffix in kinds or path.name == "py.typed"]
    files += (ROOT / folder).glob("checkpoints/*/*")
    return {f"{package}/{path.relative_to(ROOT / folder).as_posix()}" for path in files}


def test_wheel_holds_every_module_and_table(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    expected = shipped("xbench", "xbench") | shipped("tasks", "xbench/tasks")
    assert {"xbench/tasks/xnli.py", "xbench/languages/table.csv", "xbench/py.typed"} <= expected
    assert held == expected


def test_wheel_holds_the_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith("LICENSE")]
        text = archive.read(name).decode()
    assert text == (ROOT / "LICENSE").read_text()
    assert "Apache License" in text


@pytest.mark.slow
def test_wheel_works_outside_of_the_tree(wheel: Path, tmp_path: Path) -> None:
    binaries = environment(tmp_path / "venv")
    pip("--python", binaries / "python", "install", wheel, cwd=tmp_path)
    code = "import xbench.tasks.xnli as module; print(module.__file__)"
    origin = Path(run(binaries / "python", "-c", code, cwd=tmp_path).strip())
    assert origin.is_relative_to(tmp_path / "venv")
    assert origin.match("xbench/tasks/xnli.py")
    assert "xnli" in run(binaries / "xbench", "tasks", cwd=tmp_path)


@pytest.mark.slow
def test_editable_installation_sees_a_file_that_is_dropped_in(tmp_path: Path) -> None:
    tree, binaries = copy_tree(tmp_path / "tree"), environment(tmp_path / "venv")
    pip("--python", binaries / "python", "install", "--no-build-isolation", "--editable", tree, cwd=tmp_path)
    assert "dropped" not in run(binaries / "xbench", "tasks", cwd=tmp_path)
    (tree / "tasks" / "dropped.py").write_text(DROPPED)
    for cwd in (tmp_path, tree):
        assert "dropped" in run(binaries / "xbench", "tasks", cwd=cwd)


def test_listed_packages_are_the_folders() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    folders = {path.parent.relative_to(ROOT) for path in (ROOT / "xbench").rglob("*.py")}
    assert sorted(config["options"]["packages"].split()) == sorted([*map(dotted, folders), "xbench.tasks"])


def dotted(folder: Path) -> str:
    return ".".join(folder.parts)


def test_what_is_imported_is_declared() -> None:
    declared = [Requirement(line) for line in requires("xbench") or ()]
    names = {canonicalize_name(one.name) for one in declared if one.marker is None}
    modules = {IMPORTED_AS.get(name, name) for name in names}
    imported = set()
    for path in [*(ROOT / "xbench").rglob("*.py"), *(ROOT / "tasks").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add((node.module or "").partition(".")[0])
    assert imported - set(sys.stdlib_module_names) - {"xbench"} <= modules


def test_lock_pins_what_is_declared_within_its_ranges() -> None:
    lines = [line for line in (ROOT / "requirements.lock").read_text().splitlines() if not line.startswith("#")]
    pins = {canonicalize_name(name): pin for name, _, pin in (line.partition("==") for line in lines)}
    assert len(pins) == len(lines)
    for line in requires("xbench") or ():
        wanted = Requirement(line)
        assert wanted.specifier.contains(pins[canonicalize_name(wanted.name)]), line
    assert not any("+" in pin for pin in pins.values()), "build tags bind the lock to one kind of machine"


def test_version_has_one_source() -> None:
    assert version("xbench") == xbench.__version__
    assert f"version: {xbench.__version__}\n" in (ROOT / "CITATION.cff").read_text()


def test_entry_points_resolve() -> None:
    plugins = entry_points(group="xbench.plugins")
    packages = {"xbench.tasks", "xbench.kinds", "xbench.protocols", "xbench.data.sources"}
    assert {entry.load().__name__ for entry in plugins} == packages
    (command,) = entry_points(group="console_scripts", name="xbench")
    assert callable(command.load())


def test_importing_the_package_is_light() -> None:
    code = "import sys, xbench; print('numpy' in sys.modules, xbench.__version__)"
    assert run(sys.executable, "-c", code, cwd=ROOT).split() == ["False", xbench.__version__]
    assert callable(xbench.bench)
    with pytest.raises(AttributeError, match="no attribute 'bensh'"):
        xbench.bensh  # noqa: B018


def make(*arguments: str) -> str:
    """What make would run, or prints, with a made-up installation that is up to date."""
    return run("make", "--no-print-directory", "--old-file=.venv/.installed", *arguments, cwd=ROOT)


def test_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert targets is not None
    assert set(targets[1].split()) == set(re.findall(r"^([a-z-]+):(?!=)", makefile, re.MULTILINE))
    listed = make()
    for target in targets[1].split():
        assert re.search(rf"^  {target} +\w", listed, re.MULTILINE), target


def test_bench_passes_on_what_is_given_and_nothing_else() -> None:
    given = ["MODEL=one two", "LANGS=de,Scottish Gaelic", "SEEDS=3", "DATA=it's here", "ARGS=--limit 8"]
    (command,) = re.findall(r"xbench run .*?(?= \|\|)", make("--dry-run", "bench", "OUT=results", *given))
    assert command == (
        r"xbench run --model 'one' --model 'two' --languages 'de,Scottish Gaelic' --seeds '3' "
        r"--data 'it'\''s here' --out 'results' --limit 8"
    )


@pytest.mark.parametrize(("code", "said"), [(0, False), (2, False), (3, True)])
def test_bench_keeps_the_exit_code(code: int, said: bool, tmp_path: Path) -> None:
    """A stand-in for xbench prints its summary and exits as it is told."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    stand_in = tmp_path / ".venv" / "bin" / "xbench"
    stand_in.write_text(f"#!/bin/sh\necho the summary\nexit {code}\n")
    stand_in.chmod(0o755)
    for name in ("requirements.lock", "setup.cfg", "pyproject.toml", ".venv/.installed"):
        (tmp_path / name).touch()
    done = subprocess.run(["make", "bench", "MODEL=one"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode == 0) == (code == 0)
    assert "the summary" in done.stdout
    assert ("xbench exit code 3: partial results" in done.stdout) == said


def test_old_python_is_refused(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("requirements.lock", "setup.cfg", "pyproject.toml"):
        (tmp_path / name).touch()
    done = subprocess.run(["make", "lint", "PYTHON=false"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode != 0
    assert "xbench needs Python 3.11 or later" in done.stderr
    assert not (tmp_path / ".venv").exists()
