"""Bad input ends with code 2 and a message that names fault and remedy, and never with a traceback.

`made_up.cli` runs the entry point itself and lets a traceback through: it would be the test's failure.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import made_up
import pandas as pd
import pyarrow.parquet as pq
import pytest
from data_helpers import write_repo
from made_up import World, cli, refused, same_predictions

from xbench.errors import XbenchError
from xbench.plugins import registry
from xbench.reporting.model_card import write_card
from xbench.reporting.origin import find, origin
from xbench.stages.xtreme import export
from xbench.store import predictions
from xbench.store.layout import Store, slug

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return made_up.build(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def first(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("first")
    assert world.bench(out).complete
    return out


@pytest.fixture
def begun(first: Path, tmp_path: Path) -> Path:
    """A copy of finished results to damage."""
    out = tmp_path / "results"
    shutil.copytree(first, out)
    return out


def prediction(out: Path, language: str = "de") -> Path:
    (path,) = out.glob(f"runs/**/{language}.parquet")
    return path


# Names.


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["--tasks", "topcis"], ["unknown task 'topcis'", "did you mean topics?"]),
        (["--protocols", "zero-shoot"], ["unknown protocol 'zero-shoot'", "did you mean zero-shot?"]),
        (["--languages", "Germann"], ["Germann", "did you mean", "German"]),
        (["--languages", "xq"], ["xq"]),
        (["--set", "recipe.epoch=3"], ["recipe.epoch", "did you mean recipe.epochs?"]),
        (["--set", "recipes.epochs=3"], ["unknown key 'recipes.epochs'", "did you mean recipe.epochs?"]),
        (["--set", "recipe.epochs"], ["write key=value"]),
        (["--set", "recipe.epochs=many"], ["'many' is no int"]),
        (["--set", "recipe.epochs=0"], ["must be above 0"]),
        (["--set", "recipe.weight_decay=-1"], ["recipe.weight_decay=-1", "must be a number from 0 on"]),
        (["--set", "recipe.learning_rate=nan"], ["recipe.learning_rate=nan", "must be above 0"]),
        (["--set", "max_length=0"], ["max_length=0", "must be above 0"]),
        (["--set", "recipe.select=best"], ["recipe.select=best", "Valid: dev, last"]),
        (["--set", "settings.mood=strict"], ["no setting 'mood'"]),
        (["--source", "xq"], ["--source", "has no xq", "Valid: de, en"]),
        (["--seeds", "some"], ["--seeds some", "3 means the seeds 1, 2, 3"]),
        (["--device", "gpu"], ["unknown device 'gpu'", "Valid: auto, cpu, cuda"]),
        (["--device", "cuda:77"], ["cuda:77 is not there", "use --device cpu or auto"]),
        (["--devices", "cpu,gpu"], ["unknown device 'gpu'"]),
        (["--limit", "0"], ["--limit"]),
        (["--dtype", "fp8"], ["fp8", "fp32"]),
        (["--data", "/nowhere"], ["--data /nowhere", "no such folder"]),
        (["--task-file", "/nowhere/mine.py"], ["no task file /nowhere/mine.py"]),
    ],
)
def test_an_unknown_name(world: World, tmp_path: Path, arguments: list[str], parts: list[str]) -> None:
    refused(world.run(tmp_path / "out", *arguments), *parts)
    assert not list(tmp_path.glob("out/runs/**/*")), "nothing was begun"


def test_an_unknown_suite_and_command(world: World, tmp_path: Path) -> None:
    asked = ["run", "--model", str(world.checkpoint), "--out", str(tmp_path)]
    refused(cli(*asked, "--suite", "cor"), "unknown suite 'cor'", "did you mean core?")
    refused(cli("rnu"), "no command 'rnu'", "did you mean run?")


@pytest.mark.parametrize(
    ("asked", "what"),
    [
        (["--suite", "core"], "no checkpoint is named, and the suite core has none of its own: "),
        (["--tasks", "xnli"], "no checkpoint is named: "),
    ],
)
def test_no_checkpoint(tmp_path: Path, asked: list[str], what: str) -> None:
    refused(
        cli("run", *asked, "--out", str(tmp_path / "out")), what, "--model bert-base-multilingual-cased",
        "embedded and embedded-mlm come with xbench", "or take --suite cldr",
    )  # fmt: skip
    assert not list(tmp_path.glob("out/runs"))


def test_an_unknown_key_of_a_recipe_where_nothing_is_trained(world: World, tmp_path: Path) -> None:
    asked = world.arguments(tmp_path, "--set", "recipe.epoch=3", tasks=("pairs",))
    refused(cli(*asked), "recipe.epoch", "did you mean recipe.epochs?")


def test_a_suite_that_does_not_exist_is_refused_beside_tasks(world: World, tmp_path: Path) -> None:
    refused(world.run(tmp_path, "--suite", "cor"), "unknown suite 'cor'", "did you mean core?")


def test_the_real_command_ends_likewise(world: World, first: Path) -> None:
    process = made_up.command(*world.arguments(first, "--tasks", "topcis"))
    out, err = process.communicate(timeout=240)
    refused(made_up.Ended(process.returncode, out, err), "xbench: unknown task 'topcis'", "did you mean topics?")


# Checkpoints.


def test_an_unknown_checkpoint_names_the_folder_beside_it(world: World, tmp_path: Path) -> None:
    refused(world.run(tmp_path, "--model", str(world.root / "tinny")), "neither a folder here nor a Hub id",
            f"did you mean {world.checkpoint}?")  # fmt: skip
    refused(
        world.run(tmp_path, "--model", str(world.checkpoint / "config.json")), "is a file: a checkpoint is a folder"
    )


@pytest.mark.parametrize(
    ("without", "parts"),
    [
        ("model.safetensors", ["holds no weights", "save_pretrained"]),
        ("config.json", ["holds no config.json", "save_pretrained"]),
        ("tokenizer.json", ["holds no tokenizer", "tokenizer.save_pretrained"]),
    ],
)
def test_a_checkpoint_that_lacks_a_file(world: World, tmp_path: Path, without: str, parts: list[str]) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(world.checkpoint, folder)
    (folder / without).unlink()
    refused(world.run(tmp_path / "out", "--model", str(folder)), str(folder), *parts)


def test_a_checkpoint_with_half_its_weights(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(world.checkpoint, folder)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5000])
    refused(world.run(tmp_path / "out", "--model", str(folder)), "broken cannot be loaded")


@pytest.mark.parametrize("model", ["..", "../..", "a/../../b", "-", "~nobody/x", "owner/../name", ""])
def test_a_path_trick_in_a_model_name(
    world: World, tmp_path: Path, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a/b/c").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a/b/c")
    refused(world.run(tmp_path / "out", "--model", model))
    assert {path.name for path in tmp_path.iterdir()} <= {"a", "out"}


@pytest.mark.parametrize("name", ["../evil", "..", "."])
def test_a_path_trick_in_a_task_name(world: World, tmp_path: Path, name: str) -> None:
    made_up.write_task(world, "trick", name=name)
    asked = world.arguments(tmp_path / "in/out", "--task-file", str(world.file("trick")), "--tasks", name)
    refused(cli(*asked), repr(name), "cannot be the name of a folder")
    assert {path.name for path in tmp_path.iterdir()} <= {"in"}


def test_a_name_with_a_slash_stays_one_folder() -> None:
    assert slug("/evil") == "--evil" and slug("a/b") == "a--b"


def test_a_path_trick_in_the_name_of_a_data_set(world: World, tmp_path: Path) -> None:
    made_up.write_task(world, "trick", repo="../../etc")
    refused(world.run(tmp_path, tasks=("trick",)), "'../../etc' is not the name of a repository", "owner/name")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("task = Task(", ["cannot be imported", "SyntaxError"]),
        ("x = 1", ["declares nothing", "task = Task(...)"]),
        ("import nowhere", ["cannot be imported", "nowhere"]),
    ],
)
def test_a_task_file_that_is_none(world: World, tmp_path: Path, text: str, parts: list[str]) -> None:
    path = tmp_path / "mine.py"
    path.write_text(text)
    refused(world.run(tmp_path / "out", "--task-file", str(path)), str(path), *parts)


# Data.


@pytest.fixture
def mirrored(world: World, tmp_path: Path) -> Callable[..., World]:
    """A world whose mirror holds one data set of en and de, with splits replaced."""

    def make(**replaced: dict[str, list[object]]) -> World:
        tables = {}
        for language in ("en", "de"):
            splits = {}
            for split, count in (("train", 32), ("validation", 16), ("test", 16)):
                texts, topics = made_up.sentences(language, split, count)
                splits[split] = {"item": [str(place) for place in range(count)], "sentence": texts, "topic": topics}
            tables[language] = splits
        for place, columns in replaced.items():
            language, split = place.split("_")
            tables[language][split] = columns  # type: ignore[assignment]
            if not columns:
                del tables[language][split]
        write_repo(tmp_path / "mirror/made-up/topics", tables)  # type: ignore[arg-type]
        return World(world.root, tmp_path / "mirror", world.checkpoint)

    return make


def test_a_label_outside_the_set(mirrored: Callable[..., World], tmp_path: Path) -> None:
    bad = {"item": ["1", "2"], "sentence": ["a b", "d e"], "topic": ["arts", "sport"]}
    message = ["no label 'sport'", "did you mean sports?", "row 2", "made-up/topics"]
    # Of a test split: that language has an error, the others their scores.
    ended = mirrored(de_test=bad).run(tmp_path / "test")
    refused(ended, *message, "de")
    assert prediction(tmp_path / "test", "en").is_file()
    assert not list((tmp_path / "test").glob("runs/**/de.parquet"))
    # Of the training split: before anything is trained.
    refused(mirrored(en_train=bad).run(tmp_path / "train"), *message)
    assert not list((tmp_path / "train").glob("fits/*"))


def test_an_empty_split(mirrored: Callable[..., World], tmp_path: Path) -> None:
    empty: dict[str, list[object]] = {"item": [], "sentence": [], "topic": []}
    refused(mirrored(de_test=empty).run(tmp_path / "test"), "made-up/topics de test", "empty", "leave it out")
    refused(mirrored(en_train=empty).run(tmp_path / "train"), "made-up/topics en train", "empty")


def test_a_missing_split_is_a_row_and_code_3(mirrored: Callable[..., World], tmp_path: Path) -> None:
    ended = mirrored(de_test={}).run(tmp_path)
    assert ended.code == 3, ended.err
    assert "unavailable" in ended.out
    table = (tmp_path / "scores.csv").read_text()
    (line,) = [line for line in table.splitlines() if "unavailable" in line]
    assert "no split test of made-up/topics `de`" in line and "download it into" in line


def test_a_missing_column(mirrored: Callable[..., World], tmp_path: Path) -> None:
    bad = {"item": ["1"], "sentences": ["a b"], "topic": ["arts"]}
    refused(mirrored(de_test=bad).run(tmp_path), "no column `sentence`", "did you mean sentences?")


# Files.


def test_a_folder_that_cannot_be_written(world: World, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    refused(world.run(blocked / "out"), str(blocked / "out"), "cannot write", "--out")
    refused(world.run(blocked), "cannot write", "--out")
    if Path("/proc/self").exists():
        refused(world.run(Path("/proc/out")), "cannot write /proc/out", "--out")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Mounts a disk of so many kB; called again, it resizes it."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def mount(size: int) -> Path:
        again = (
            ["-o", f"remount,size={size}k"] if folder.is_mount() else ["-t", "tmpfs", "-o", f"size={size}k", "tmpfs"]
        )
        ended = subprocess.run(["mount", *again, str(folder)], capture_output=True, text=True, check=False)
        if ended.returncode:
            pytest.skip(f"no small disk can be mounted here: {ended.stderr.strip()}")
        return folder

    if not shutil.which("mount") or os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    yield mount
    if folder.is_mount():
        subprocess.run(["umount", str(folder)], check=True)


# In pages of 4 kB the fit's weights take eight, and every other file one. So the disk is full at its state, its
# weights, its record, the run's, the scores, and the plots.
@pytest.mark.parametrize(
    ("size", "save_every"), [(60, 0.0), (32, 300.0), (36, 300.0), (40, 300.0), (44, 300.0), (52, 300.0)]
)
def test_a_full_disk(
    world: World, first: Path, small_disk: Callable[[int], Path], size: int, save_every: float
) -> None:
    out = small_disk(size) / "out"
    every = ("--save-every", str(save_every / 60))
    ended = world.run(out, *every)
    refused(ended, "no space left", "make room", "run the same command again")
    small_disk(4000)
    assert world.bench(out, save_every=save_every).complete
    same_predictions(out, first)
    assert (out / "scores.csv").read_bytes() == (first / "scores.csv").read_bytes()


@pytest.mark.slow
def test_a_file_that_may_not_be_that_large(world: World, tmp_path: Path) -> None:
    process = made_up.child(tmp_path / "log", *world.arguments(tmp_path / "out"), largest=20_000)
    process.join(240)
    log = (tmp_path / "log").read_text()
    assert process.exitcode == 2 and "Traceback" not in log, log
    assert "File too large" in log and "ulimit" in log


def half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def altered(path: Path) -> None:
    table = pq.read_table(path)
    guesses = table["prediction"].to_pylist()
    guesses[0] = "arts" if guesses[0] == "sports" else "sports"
    place = table.column_names.index("prediction")
    pq.write_table(table.set_column(place, table.schema.field(place), [guesses]), path)


def foreign(path: Path) -> None:
    table, facts = predictions.load(path)
    predictions.save(path, table, {**facts, "run": "0" * 64})


@pytest.mark.parametrize(
    ("damage", "why"),
    [(half, "half-written"), (altered, "altered after they were written"), (foreign, "belongs to another run")],
)
def test_damaged_predictions_are_named_and_redone_by_the_command_in_the_message(
    world: World, first: Path, begun: Path, damage: Callable[[Path], None], why: str
) -> None:
    path = prediction(begun)
    damage(path)
    refused(world.run(begun), str(path), why)
    message = refused(cli("score", "--out", str(begun)), str(path), why, "run the same `xbench run` again")
    named = re.search(r"Redo it: (rm \S+) and run", message)
    assert named is not None
    subprocess.run(shlex.split(named[1]), check=True)
    assert world.run(begun).code == 0
    same_predictions(begun, first)
    assert (begun / "scores.csv").read_bytes() == (first / "scores.csv").read_bytes()


@pytest.mark.parametrize("file", ["runs/**/scores.json", "runs/**/run.json", "fits/*/fit.json"])
def test_damaged_records_are_named_and_redone(world: World, first: Path, begun: Path, file: str) -> None:
    (path,) = begun.glob(file)
    half(path)
    refused(world.run(begun), f"{path} is damaged", "delete it and run the same `xbench run` again")
    path.unlink()
    assert world.run(begun).code == 0
    json.loads(path.read_text())
    assert (begun / "scores.csv").read_bytes() == (first / "scores.csv").read_bytes()


def why(folder: Path) -> None:
    origin(Store(folder), find(Store(folder), ["topics", "de", "accuracy"]))


def card(folder: Path) -> None:
    write_card(Store(folder), pd.read_csv(folder / "scores.csv"), registry().kinds.entries, None, False, None)


def xtreme(folder: Path) -> None:
    export(Store(folder), registry(), None, "zero-shot", None, folder / "xtreme")


@pytest.mark.parametrize(
    ("read", "file", "lost"),
    [
        (why, "runs/**/run.json", "per_language"),
        (why, "runs/**/run.json", "device"),
        (why, "runs/**/scores.json", "languages"),
        (why, "fits/*/fit.json", "verdict"),
        (why, "fits/*/fit.json", "device"),
        (why, "fits/*/fit.json", "seconds"),
        (card, "runs/**/run.json", "per_language"),
        (card, "runs/**/run.json", "versions"),
        (xtreme, "runs/**/run.json", "per_language"),
    ],
)
def test_whoever_reads_records_refuses_those_that_are_not_whole(
    begun: Path, read: Callable[[Path], None], file: str, lost: str
) -> None:
    (path,) = begun.glob(file)
    older = json.loads(path.read_text())
    del older[lost]
    path.write_text(json.dumps(older))
    with pytest.raises(XbenchError, match=re.escape(f"{path} is of another layout (it has no {lost})")):
        read(begun)
    half(path)
    with pytest.raises(XbenchError, match=re.escape(f"{path} is damaged")):
        read(begun)


@pytest.mark.parametrize("command", ["score", "report", "leaderboard", "why"])
def test_a_folder_without_results(tmp_path: Path, command: str) -> None:
    words = ["topics"] if command == "why" else []
    refused(cli(command, *words, "--out", str(tmp_path)), "holds no results", "--out", "xbench run")


def test_why_needs_exactly_one_row(begun: Path) -> None:
    refused(cli("why", "topcis", "--out", str(begun)), "no row has 'topcis'", "did you mean topics?")
    message = refused(cli("why", "topics", "--out", str(begun)), "rows match", "name more of it")
    # Every row that is offered can be asked for by its number.
    for number in re.findall(r"^ +(\d+):", message, re.MULTILINE):
        assert cli("why", number, "--out", str(begun)).code == 0
    refused(cli("why", "99999", "--out", str(begun)), "there is no row 99999")
    told = cli("why", "topics", "de", "accuracy", "--out", str(begun)).out
    assert "score      " in told and " s on cpu, products by torch" in told


def test_why_leaves_out_a_run_that_has_only_begun(begun: Path) -> None:
    (run,) = begun.glob("runs/*/*/*/seed-*")
    other = run.with_name("seed-2-01234567")
    other.mkdir()
    shutil.copy(run / "run.json", other)
    ended = cli("why", "topics", "de", "accuracy", "--out", str(begun))
    assert ended.code == 0 and str(run) in ended.out and other.name not in ended.out


def test_why_names_every_place_that_a_number_was_made_in(begun: Path) -> None:
    (run,) = begun.glob("runs/*/*/*/seed-*")
    other = run.with_name("seed-2-01234567")
    shutil.copytree(run, other)
    facts = json.loads((other / "run.json").read_text())
    facts |= {"device": "cuda:7", "versions": {**facts["versions"], "torch": "9.9.9"}}
    (other / "run.json").write_text(json.dumps(facts))
    told = cli("why", "topics", "de", "accuracy", "--out", str(begun)).out
    assert "numbers    fp32, on cpu and cuda:7" in told
    assert len(re.findall("^versions ", told, re.MULTILINE)) == 2 and "torch 9.9.9" in told
