"""Runs that are killed and go on: nothing finished is done again, and no number is another one."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import made_up
import pytest
import torch
from made_up import World, child, kill_when, made, same_predictions, snapshot

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

EPOCHS = 10
STEPS = EPOCHS * made_up.TRAIN // 8
# In the first half, so that a process that is slow to be killed is still training.
MOMENTS = sorted(random.Random(20_240_601).sample(range(1, STEPS // 2), 3))
LONGER = ("--set", f"recipe.epochs={EPOCHS}")
LONGER_HERE = {"settings": [f"recipe.epochs={EPOCHS}"], "save_every": 0.0}
"""The same for `bench`, which runs in this process and draws no plots."""

_WAITING_KIND = '''

import time
from pathlib import Path

from xbench.kinds.classification import Classification

HOLD = Path({hold!r})


class Waiting(Classification):
    """Classification that comes to a halt before the predictions of sw, for as long as a file is there."""

    name = "waiting"

    def decode(self, output, rows, features, task, slice):
        while slice.language == "sw" and HOLD.exists():
            time.sleep(0.01)
        return super().decode(output, rows, features, task, slice)


kind = Waiting()
'''


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return made_up.build(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def uninterrupted(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("uninterrupted")
    assert world.bench(out, **LONGER_HERE).complete
    return out


def steps_done(out: Path) -> int:
    """Steps in the saved state of the only fit."""
    states = list(out.glob("fits/*/state.pt"))
    return len(torch.load(states[0], weights_only=True)["losses"]) if states else 0


def fit_of(out: Path) -> dict[str, Any]:
    (path,) = out.glob("fits/*/fit.json")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_fit_that_was_killed_goes_on_to_the_same_numbers(
    world: World, uninterrupted: Path, tmp_path: Path, moment: int
) -> None:
    out = tmp_path / "out"
    process = child(tmp_path / "log", *world.arguments(out, *LONGER, "--save-every", "0"))
    kill_when(process, lambda: steps_done(out) >= moment)
    saved = steps_done(out)
    assert moment <= saved < STEPS
    assert not made(out), "killed in the middle of the fit"

    # A process may be killed while it writes; this one stands for what it leaves then.
    (state,) = out.glob("fits/*/state.pt")
    state.with_name(".state.pt.1.draft").write_bytes(b"half")
    assert world.bench(out, **LONGER_HERE).complete
    assert len(fit_of(out)["losses"]) == STEPS
    assert fit_of(out)["losses"] == pytest.approx(fit_of(uninterrupted)["losses"], abs=1e-4)
    same_predictions(out, uninterrupted)
    assert (out / "scores.csv").read_bytes() == (uninterrupted / "scores.csv").read_bytes()
    left = {path.name for path in out.glob("fits/*/*")}
    assert left == {"fit.json"}, "neither the state nor what was half-written stays"


def test_a_fit_goes_on_from_its_state_unless_that_is_damaged(world: World, tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = child(tmp_path / "log", *world.arguments(out, *LONGER, "--save-every", "0"))
    kill_when(process, lambda: steps_done(out) >= MOMENTS[0])
    (state,) = out.glob("fits/*/state.pt")
    # A mark that only what is read from the state can show.
    kept = torch.load(state, weights_only=True)
    kept["losses"][0] = 7.5
    torch.save(kept, state)
    whole = state.read_bytes()
    state.write_bytes(whole[:200])
    refused = world.bench(out, **LONGER_HERE)
    assert (
        str(state) in refused.errors[0]
        and "is damaged, or of another version: delete it and run again" in refused.errors[0]
    )
    state.write_bytes(whole)
    assert world.bench(out, **LONGER_HERE).complete
    assert fit_of(out)["losses"][0] == 7.5


def test_languages_that_were_predicted_before_the_kill_are_not_predicted_again(world: World, tmp_path: Path) -> None:
    hold = tmp_path / "hold"
    hold.touch()
    file = made_up.write_task(world, "waiting", kind="waiting")
    file.write_text(file.read_text() + _WAITING_KIND.format(hold=str(hold)))
    out, at_once = tmp_path / "out", tmp_path / "at-once"
    asked: dict[str, Any] = {"tasks": ["waiting"], "languages": ["de", "en", "sw", "th"]}
    process = child(tmp_path / "log", *world.arguments(out, "--languages", "de,en,sw,th", tasks=("waiting",)))
    kill_when(process, lambda: len(list(out.glob("runs/**/*.parquet"))) == 2)
    before = snapshot(out, "runs/**/*.parquet", "runs/**/run.json", "fits/**/*")
    assert {Path(name).stem for name in before if name.endswith(".parquet")} == {"de", "en"}
    assert any("weights" in name for name in before), "weights are kept until all is predicted"

    hold.unlink()
    assert world.bench(out, **asked).complete
    after = snapshot(out, "runs/**/*.parquet", "runs/**/run.json", "fits/*/fit.json")
    assert {name: after[name] for name in before if name in after} == {
        name: facts for name, facts in before.items() if "weights" not in name
    }
    assert world.bench(at_once, **asked).complete
    same_predictions(out, at_once)
    assert (out / "scores.csv").read_bytes() == (at_once / "scores.csv").read_bytes()
