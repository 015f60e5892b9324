"""What the documents say is so: their example runs, their tables are the registry's, their links lead somewhere."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import pandas as pd
import pytest
from data_helpers import class_label, write_repo
from made_up import cli
from tiny_checkpoints import build as build_checkpoint
from tiny_checkpoints import letters

from xbench.plugins import registry
from xbench.stages.aggregate import COLUMNS

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = (
    "README.md", "CONTRIBUTING.md", "tasks/README.md", "docs/architecture.md", "docs/embedded.md",
    "docs/comparing.md", "docs/pretraining.md", "docs/probing.md", "docs/results.md", "docs/translation.md",
    "docs/speed.md", "docs/why.md",
)  # fmt: skip
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def example() -> str:
    """The task of tasks/README.md."""
    (code,) = [code for language, code in FENCE.findall(text("tasks/README.md")) if language == "python"]
    return str(code)


def treebanks(folder: Path) -> Path:
    """A mirror with made-up sentences where the example looks for treebanks; only English has a training split."""
    names = ("NOUN", "VERB", "_", "PUNCT")
    tables = {}
    for salt, config in enumerate(("en_ewt", "de_pud", "hi_pud")):
        splits = ("train", "validation", "test") if config == "en_ewt" else ("test",)
        tables[config] = {}
        for split in splits:
            tokens = [sentence.split() for sentence in letters(24, seed=salt)]
            tags = [["abcd".find(word[0]) if word[0] in "abcd" else 0 for word in words] for words in tokens]
            ids = [f"{split}-{place}" for place in range(24)]
            tables[config][split] = {"idx": ids, "tokens": tokens, "upos": tags}
    features = {"idx": "string", "tokens": {"list": "string"}, "upos": {"list": class_label(*names)}}
    return write_repo(folder / "commul" / "universal_dependencies", tables, features).parents[1]


@pytest.mark.e2e
def test_the_example_of_a_task_runs_as_it_stands(tmp_path: Path) -> None:
    code = example()
    lines = [line for line in code.splitlines() if line.strip() and not line.startswith(("import ", "from ", '"""'))]
    assert len(lines) <= 10
    file = tmp_path / "udpos.py"
    file.write_text(code, encoding="utf-8")
    ended = cli(
        "run", "--task-file", str(file), "--model", str(build_checkpoint(tmp_path / "tiny")), "--device", "cpu",
        "--data", str(treebanks(tmp_path / "mirror")), "--protocols", "zero-shot", "--seeds", "1",
        "--out", str(tmp_path / "results"),
    )  # fmt: skip
    assert ended.code == 0, ended.err
    assert re.search(r"^udpos +accuracy +zero-shot ", ended.out, re.MULTILINE)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_to_files(name: str) -> None:
    """Links, and paths in code that begin with a folder of the tree."""
    if not (ROOT / name).is_file():
        pytest.skip(f"{name} is not written yet")
    content = text(name)
    folder = (ROOT / name).parent
    for link in re.findall(r"\]\(([^)#]+)[^)]*\)", content):
        assert "://" in link or (folder / link).exists(), link
    for path in re.findall(r"`((?:xbench|tasks|tests|docs)/[\w./-]+)`", content):
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize("name", DOCUMENTS)
def test_commands_have_the_options_that_are_named(name: str) -> None:
    """Every `xbench …` command and every make target of the documents exists, with its options."""
    if not (ROOT / name).is_file():
        pytest.skip(f"{name} is not written yet")
    pieces = [
        *(line for language, block in FENCE.findall(text(name)) if language != "python" for line in block.splitlines()),
        *re.findall(r"(?<!`)`([^`\n]+)`(?!`)", FENCE.sub("", text(name))),
    ]
    targets = re.findall(r"^([a-z-]+):", text("Makefile"), re.MULTILINE)
    for piece in pieces:
        words = shlex.split(piece, comments=True) if piece.startswith(("xbench ", "make ")) else []
        if words[:1] == ["make"]:
            assert {word for word in words[1:] if "=" not in word} <= set(targets), piece
        elif len(words) > 1 and not words[1].startswith("-"):
            known = cli(words[1], "--help")
            assert known.code == 0, piece
            for option in (word.partition("=")[0] for word in words if word.startswith("--")):
                assert re.search(rf"{option}\b", known.out), f"{piece}: xbench {words[1]} has no {option}"


def rows(name: str, heading: str) -> dict[str, list[str]]:
    """The table beneath a heading: first cell -> the others."""
    section = text(name).partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [[cell.strip() for cell in line.strip("|\n ").split("|")] for line in section.splitlines() if "|" in line]
    return {cells[0].strip("`"): cells[1:] for cells in lines[2:]}


def test_readme_lists_the_tasks() -> None:
    listed = rows("README.md", "Tasks")
    own = {
        name: task
        for name, task in registry().tasks.entries.items()
        if registry().tasks.where[name].startswith("xbench.")
    }
    assert set(listed) == set(own)
    for name, (kind, languages, repo, licence) in listed.items():
        task = own[name]
        known = (task.kind, str(len(task.languages)), task.data.repo, task.data.licence)
        assert (kind, languages, repo.strip("`"), licence) == known


def test_readme_lists_the_protocols() -> None:
    found = registry().protocols
    own = {name for name in found if found.where[name].startswith("xbench.")}
    assert set(rows("README.md", "Protocols")) == own


def test_every_column_of_the_scores_is_explained() -> None:
    section = text("docs/results.md").partition("\n## Columns of scores.csv\n")[2].partition("\n## ")[0]
    explained = re.findall(r"^\| `(\w+)`((?:, `\w+`)*) \|", section, re.MULTILINE)
    names = [name for first, rest in explained for name in (first, *re.findall(r"\w+", rest))]
    assert sorted(names) == sorted(COLUMNS)


def rooms() -> list[list[str]]:
    """The table of rooms, from the top to the bottom."""
    table = rows("docs/architecture.md", "The rooms")
    return [re.findall(r"(?:xbench/)?(\w+)(?:\.py)?(?=`|, |$)", first) for first in table]


def imported(path: Path) -> set[str]:
    """The rooms that a module imports from, inside of functions too."""
    nodes = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.ImportFrom)]
    return {str(node.module).split(".")[1] for node in nodes if str(node.module).startswith("xbench.")} - {"errors"}


def test_rooms_import_from_below_as_the_architecture_says() -> None:
    height = {room: -place for place, listed in enumerate(rooms()) for room in listed}
    folders = {path.parent.name for path in (ROOT / "xbench").glob("*/__init__.py")}
    assert set(height) == folders | {"tasks", "api", "jobs", "plugins"}
    for room, own in height.items():
        place = ROOT / "xbench" / room if room != "tasks" else ROOT / "tasks"
        for path in place.rglob("*.py") if place.is_dir() else [place.with_suffix(".py")]:
            for other in imported(path) - {room}:
                assert height[other] < own, f"{path} imports from {other}"


def test_readme_has_a_place_for_results() -> None:
    before, _, after = text("README.md").partition("<!-- results -->")
    assert before and "<!-- /results -->" in after


def test_every_column_of_languages_csv_is_explained() -> None:
    from xbench.stages.described import Described

    named = set(re.findall(r"`(\w+)`", text("docs/why.md")))
    table = Described().table(pd.DataFrame(columns=list(COLUMNS)))
    own = [name for name in table.columns if name not in COLUMNS]
    assert own and set(own) <= named
