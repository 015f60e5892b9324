"""What goes wrong on the way to a checkpoint and after: full disks, damaged files; and what is told on the way."""

from __future__ import annotations

import errno
import itertools
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import made_up
import pytest
import torch
from made_up import Ended, cli, refused
from pretraining_helpers import SMALL, folder
from safetensors.torch import load_file, save_file
from transformers import PreTrainedModel

from xbench.pretraining import loop
from xbench.pretraining.making import pretrain
from xbench.pretraining.options import Options
from xbench.pretraining.record import has_record, record
from xbench.pretraining.steps import Steps

STEPS = 4


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Text files of four languages that translate each other."""
    return folder(tmp_path_factory.mktemp("texts") / "texts")


@pytest.fixture(scope="module")
def done(texts: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint that nothing went wrong with, in half precision."""
    out = tmp_path_factory.mktemp("checkpoints") / "done"
    assert made(texts, out).code == 0
    return out


def made(texts: Path, out: Path, *more: str) -> Ended:
    """The command."""
    return cli("pretrain", "--corpus", str(texts), "--parallel", "--steps", str(STEPS), "--save-dtype", "fp16",
               "--save-every", "0", "--out", str(out), *SMALL, *more)  # fmt: skip


@pytest.fixture
def half(texts: Path, tmp_path: Path) -> Path:
    """A checkpoint that was interrupted after two of its four steps."""
    whole, calls = loop._step, itertools.count()

    def step(*given: Any) -> dict[str, float]:
        if next(calls) == 2:
            raise KeyboardInterrupt
        return whole(*given)

    with mock.patch("xbench.pretraining.loop._step", step):
        assert made(texts, tmp_path / "half").code == 1
    return tmp_path / "half"


def same(one: Path, other: Path) -> None:
    """Checks that two checkpoints are the same, and that nothing else is left in their folders."""
    for name in ("model.safetensors", "tokenizer.json", "config.json"):
        assert (one / name).read_bytes() == (other / name).read_bytes(), name
    assert {path.name for path in one.iterdir()} == {path.name for path in other.iterdir()}
    assert record(one).held_out == record(other).held_out


# The disk


def after(calls: int, whole: Callable[..., Any]) -> Callable[..., Any]:
    """A function that finds the disk full from some call on."""
    count = itertools.count()

    def called(*given: Any, **named: Any) -> Any:
        if next(count) >= calls:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return whole(*given, **named)

    return called


FULL: dict[str, tuple[str, Callable[..., Any], int, str, int]] = {
    "tokenizer": ("xbench.pretraining.tokenizer.shutil.copyfile", shutil.copyfile, 0, "tokenizer.json", STEPS),
    "first state": ("torch.save", torch.save, 0, "state.pt", STEPS),
    "third state": ("torch.save", torch.save, 2, "state.pt", STEPS - 1),
    "weights": ("transformers.PreTrainedModel.save_pretrained", PreTrainedModel.save_pretrained, 0, "", 0),
}
"""What does not fit -> what writes it and does so some times, the file that is named, steps that are left."""


@pytest.mark.parametrize("what", FULL)
def test_a_full_disk_says_so_and_costs_no_more_than_what_was_not_saved(
    what: str, texts: Path, done: Path, tmp_path: Path
) -> None:
    name, whole, calls, file, left = FULL[what]
    out = tmp_path / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(name, after(calls, whole))
        refused(made(texts, out), f"no space left for {out / file}", "make room", "run the same command again")
    assert not has_record(out)
    with mock.patch("xbench.pretraining.loop._step", wraps=loop._step) as step:
        assert made(texts, out).code == 0
    assert step.call_count == left
    same(out, done)


def test_what_a_killed_process_left_half_written_is_removed(texts: Path, half: Path, done: Path) -> None:
    (half / ".state.pt.99999.draft").write_bytes(b"half")
    assert made(texts, half).code == 0
    same(half, done)


def broken(**changes: Any) -> Callable[[Path], None]:
    """Changes what a state says."""

    def change(path: Path) -> None:
        torch.save(torch.load(path) | changes, path)

    return change


BROKEN: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "cut short": lambda path: path.write_bytes(path.read_bytes()[:5000]),
    "something else": lambda path: torch.save([1, 2], path),
    "without weights": broken(model={}),
    "another optimiser": broken(optimizer={"state": {}, "param_groups": []}),
    "other points": broken(points=[{"when": 1}]),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_state_is_named(how: str, texts: Path, half: Path) -> None:
    BROKEN[how](half / "state.pt")
    refused(made(texts, half), f"{half / 'state.pt'} is damaged", "delete it", "run the same command again")


def test_after_a_broken_state_pretraining_starts_anew(texts: Path, half: Path, done: Path) -> None:
    (half / "state.pt").unlink()
    assert made(texts, half).code == 0
    same(half, done)


# A finished checkpoint


def test_a_finished_checkpoint_is_measured_again(texts: Path, done: Path) -> None:
    before = made_up.snapshot(done)
    ended = made(texts, done)
    assert ended.code == 0 and "made before" in ended.out and "measured now" in ended.out
    assert pretrain(record(done).recipe, done, Options("cpu", quiet=True)) == record(done), "to the last digit"
    assert made_up.snapshot(done) == before


def test_a_checkpoint_holds_against_itself(done: Path) -> None:
    ended = cli("pretrain", "--like", str(done), "--out", str(done), "--device", "cpu", "--tolerance", "0")
    assert ended.code == 0 and "as recorded" in ended.out and "is finished" in ended.err


def zeros(path: Path) -> None:
    kept = load_file(path)
    kept["bert.embeddings.word_embeddings.weight"][:] = 0
    save_file(kept, path, {"format": "pt"})


def without_a_layer(path: Path) -> None:
    kept = {name: value for name, value in load_file(path).items() if "layer.0.attention" not in name}
    save_file(kept, path, {"format": "pt"})


DAMAGE: dict[str, tuple[Callable[[Path], object], tuple[str, ...]]] = {
    "other numbers": (zeros, ("are not those that its pretraining.json is of", "tlm", "recorded")),
    "fewer": (without_a_layer, ("weights are missing", "attention")),
    "cut short": (lambda path: path.write_bytes(path.read_bytes()[:5000]), ("cannot be loaded",)),
    "none": (Path.unlink, ("cannot be loaded", "model.safetensors")),
}


@pytest.mark.parametrize("like", [True, False])
@pytest.mark.parametrize("how", DAMAGE)
def test_damaged_weights_are_noticed(how: str, like: bool, texts: Path, done: Path, tmp_path: Path) -> None:
    """By their numbers, though the record beside them says what it should."""
    out = shutil.copytree(done, tmp_path / "out")
    damage, parts = DAMAGE[how]
    damage(out / "model.safetensors")
    ended = cli("pretrain", "--like", str(done), "--out", str(out), "--quiet") if like else made(texts, out)
    refused(ended, *parts, f"--like {out} and another --out", "delete the folder")
    assert "as recorded" not in ended.out


# Threads


class Enough(Exception):
    """The number of threads is known."""


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What a command sets, which ends it."""
    found: list[int] = []

    def use(count: int) -> None:
        found.append(count)
        raise Enough

    for module in ("making", "finished"):
        monkeypatch.setattr(f"xbench.pretraining.{module}.use_threads", use)
    monkeypatch.setattr("xbench.pretraining.making.threads", lambda: 3)
    return found


@pytest.mark.parametrize(
    ("given", "count"),
    [(("--corpus",), 3), (("--corpus", "--threads"), 2), (("--like",), 7), (("--like", "--threads"), 2)],
)
def test_threads_are_those_that_are_given_or_recorded_or_of_the_machine(
    given: tuple[str, ...], count: int, texts: Path, done: Path, tmp_path: Path, threads: list[int]
) -> None:
    facts = json.loads((done / "pretraining.json").read_text())
    facts["machine"]["threads"] = 7
    (tmp_path / "pretraining.json").write_text(json.dumps(facts))
    asked = {"--corpus": str(texts), "--like": str(tmp_path), "--threads": "2"}
    for out in (tmp_path / "out", done) if "--like" in given else (tmp_path / "out",):
        with pytest.raises(Enough):
            cli("pretrain", *(part for name in given for part in (name, asked[name])), "--out", str(out), "--quiet")
        assert threads.pop() == count


def test_a_finished_checkpoint_is_measured_with_its_own_threads(texts: Path, done: Path, threads: list[int]) -> None:
    with pytest.raises(Enough):
        pretrain(record(done).recipe, done, Options("cpu", quiet=True))
    assert threads == [1]


# Progress


def test_where_nobody_watches_steps_are_told_in_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A clock that is read at the start and at every step, twice where a line is due, every 20 seconds."""
    clock = itertools.count(0, 20)
    monkeypatch.setattr("xbench.pretraining.steps.time", SimpleNamespace(monotonic=lambda: float(next(clock))))
    with Steps(12, 2) as shown:
        shown.tick({"mlm": 2.0})
        assert capsys.readouterr().err == ""
        shown.tick({"mlm": 3.0})
    # Two steps in a minute, eight are left.
    assert capsys.readouterr().err == "step 4 of 12 · mlm 2.050 · 0.03 steps/s · 4 min left\n"
    with Steps(12, quiet=True) as shown:
        shown.say("anything")
    assert capsys.readouterr().err == ""
