"""A run without arguments: the shipped checkpoints on the generated suite, with neither hub nor download."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from made_up import cli

from xbench.errors import XbenchError
from xbench.languages import CLDR, relatives
from xbench.planning.checkpoints import resolve_checkpoint, shipped
from xbench.plugins import registry
from xbench.pretraining.record import record

MEBIBYTE = 1 << 20


def test_a_run_without_arguments_is_planned_whole_and_without_torch(tmp_path: Path) -> None:
    code = (
        "import sys; from xbench.cli import cli\n"
        f"try: cli(['run', '--dry-run', '--languages', 'en,de,th', '--out', {str(tmp_path / 'results')!r}])\n"
        "except SystemExit as ended: print('code', ended.code)\n"
        "print(sorted({'torch', 'transformers', 'datasets'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for task in registry().suites["cldr"].tasks:
        for protocol in ("zero-shot", "translate-train-all"):
            count = 2 if task == "cldr-translation" else 3
            assert f"embedded · {task} · {protocol}: {count} languages" in done.stdout
    assert done.stdout.endswith("code 0\n[]\n")


@pytest.mark.e2e
@pytest.mark.slow
def test_a_run_without_a_model_says_how_to_run_a_real_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "64")
    ended = cli(
        "run", "--languages", "de", "--limit", "16", "--set", "recipe.epochs=1", "--protocols", "zero-shot",
        "--device", "cpu", "--quiet", "--out", str(tmp_path / "results"),
    )  # fmt: skip
    assert ended.code == 0, ended.err
    for task in registry().suites["cldr"].tasks:
        assert task in ended.out
    table, _, files = ended.out.partition(str(tmp_path))
    assert files and max(map(len, table.splitlines())) <= 64
    # Not by way of make, which an installed package has none of.
    assert "xbench run --model bert-base-multilingual-cased" in ended.out.splitlines()[-1]
    run = next((tmp_path / "results" / "runs" / "embedded").glob("cldr-nli/*/*/run.json"))
    # Why two hundred other languages are left out is nothing that a result has to carry.
    assert json.loads(run.read_text())["task"]["data"]["lacking"] == {}


def test_a_plan_counts_one_and_several(tmp_path: Path) -> None:
    asked = ["run", "--dry-run", "--suite", "cldr", "--tasks", "cldr-nli", "--protocols", "zero-shot"]
    one, two = (
        cli(*asked, "--languages", names, "--device", "cpu", "--out", str(tmp_path)).out for names in ("de", "de,th")
    )
    assert "zero-shot: 1 language\n" in one and "to do: 1 fit, 1 prediction; time" in one
    assert "zero-shot: 2 languages\n" in two and "to do: 1 fit, 2 predictions; time" in two


@pytest.mark.e2e
def test_what_rows_of_another_cldr_are_is_kept_with_their_scores(tmp_path: Path) -> None:
    out = str(tmp_path / "results")
    asked = ["run", "--suite", "cldr", "--tasks", "cldr-translation", "--protocols", "zero-shot", "--limit", "40",
             "--device", "cpu", "--quiet", "--out", out]  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("xbench.data.cldr.identity.version", lambda: "CLDR 99")
        assert cli(*asked, "--languages", "de").code == 0
    # Nothing is trained, so no key says which rows were read: what is predicted later joins what is there.
    ended = cli(*asked, "--languages", "de,th")
    note = "cldr/parallel is made from CLDR 99, seed 2027, frames 2, and declared as CLDR 47"
    for text in (ended.out, cli("report", "--out", out).out):
        assert f"! other data embedded · zero-shot · limit:40 on cldr-translation (de): {note}" in " ".join(
            text.split()
        )
    assert note in cli("why", "cldr-translation", "de", "--out", out).out
    assert note in cli("why", "cldr-translation", "all", "--out", out).out
    assert "note" not in cli("why", "cldr-translation", "th", "--out", out).out


@pytest.mark.parametrize("name", ["fil", "Filipino"])
def test_a_language_that_the_suite_lacks_is_said_to_with_the_reason(name: str) -> None:
    ended = cli("run", "--dry-run", "--languages", name)
    assert ended.code == 2
    assert "has no fil: 82 % of its names in CLDR are the English ones" in ended.err
    assert "id (Indonesian)" in ended.err


def test_a_language_that_nobody_knows_is_met_with_the_closest_name() -> None:
    ended = cli("run", "--dry-run", "--languages", "Germn")
    assert ended.code == 2
    assert "did you mean German?" in ended.err


def test_relatives_are_of_the_branch_or_else_of_the_family() -> None:
    assert relatives("fil", tuple(CLDR))[0] == "id"
    assert set(relatives("yi", ("de", "ru", "nl", "fi"))) == {"de", "nl"}
    assert relatives("yi", ("ru", "fi")) == ("ru",)
    assert relatives("xx", tuple(CLDR)) == ()


def test_the_shipped_checkpoints_are_small_and_whole() -> None:
    assert set(shipped()) == {"embedded", "embedded-mlm"}
    for name, folder in shipped().items():
        names = {path.name for path in folder.iterdir()}
        assert names == {
            "README.md", "config.json", "model.safetensors", "pretraining.json", "tokenizer.json",
            "tokenizer_config.json",
        }  # fmt: skip
        assert sum(path.stat().st_size for path in folder.iterdir()) < 8 * MEBIBYTE
        found = resolve_checkpoint(name)
        assert (found.name, found.local) == (name, True)
        card = (folder / "README.md").read_text(encoding="utf-8")
        assert "no stand-in for mBERT" in card
        assert f"--like {name} " in card
        assert record(folder).recipe.languages == tuple(CLDR)


def test_the_second_checkpoint_differs_in_its_objectives_alone() -> None:
    first, second = (record(shipped()[name]).recipe for name in ("embedded", "embedded-mlm"))
    assert first.differences(second) == ("objectives",)
    assert second.objectives == {"mlm": 1.0}


def test_the_shipped_checkpoints_load_whole() -> None:
    import torch

    from xbench.model.loading import load_encoder, load_tokenizer

    for name in shipped():
        checkpoint = resolve_checkpoint(name)
        tokenizer, encoder = load_tokenizer(checkpoint), load_encoder(checkpoint)
        assert {parameter.dtype for parameter in encoder.parameters()} == {torch.float32}
        # A letter of a script without spaces is a word, and digits are apart from what is written together with them.
        assert tokenizer.tokenize("ไทย") == ["ไ", "ท", "ย"]
        assert tokenizer.tokenize("THB25")[-1] == "25"


def test_a_folder_of_a_shipped_name_is_no_silent_choice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(shipped()["embedded-mlm"], tmp_path / "embedded")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(XbenchError, match=r"embedded is a checkpoint that comes with xbench, and a folder here"):
        resolve_checkpoint("embedded")
    assert resolve_checkpoint("./embedded").revision == resolve_checkpoint("embedded-mlm").revision


def test_a_misspelt_checkpoint_is_met_with_the_shipped_one(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = cli("run", "--dry-run", "--model", "embeded!")
    assert ended.code == 2
    assert "did you mean embedded?" in ended.err


def test_a_misspelt_recipe_is_met_with_the_shipped_one(tmp_path: Path) -> None:
    ended = cli("pretrain", "--like", "embeded", "--out", str(tmp_path / "new"))
    assert ended.code == 2
    assert "--like embeded: neither a folder nor a checkpoint of xbench; did you mean embedded?" in ended.err
    assert not (tmp_path / "new").exists()


def test_a_shipped_checkpoint_without_weights_says_so(tmp_path: Path) -> None:
    shutil.copytree(shipped()["embedded"], tmp_path / "broken")
    (tmp_path / "broken" / "model.safetensors").unlink()
    ended = cli("run", "--dry-run", "--model", str(tmp_path / "broken"), "--suite", "cldr")
    assert ended.code == 2
    assert "holds no weights" in ended.err
    (tmp_path / "broken" / "model.safetensors").write_bytes(b"half of it")
    ended = cli(
        "run", "--model", str(tmp_path / "broken"), "--tasks", "cldr-translation", "--languages", "de", "--quiet",
        "--device", "cpu", "--out", str(tmp_path / "results"),
    )  # fmt: skip
    assert ended.code == 2
    assert "broken cannot be loaded" in ended.err


@pytest.mark.parametrize("models", [(), ("embedded",)])
def test_the_suite_decides_what_is_not_given(models: tuple[str, ...]) -> None:
    from xbench.data import Library
    from xbench.planning.request import Request
    from xbench.planning.resolve import resolve

    found = registry()
    request = Request(models, suite="cldr", languages=("de", "th"), protocols=("zero-shot",))
    plan = resolve(request, found, Library(None, tuple(found.sources.values()))).plan
    assert {run.fit.seed for run in plan.runs if run.fit.seeded} == {1}
    assert {run.fit.checkpoint.name for run in plan.runs} == {"embedded"}
    assert {run.task.name for run in plan.runs} == set(found.suites["cldr"].tasks)


def test_a_suite_lends_its_checkpoint_and_seeds_to_the_tasks_that_are_named() -> None:
    from xbench.data import Library
    from xbench.planning.request import Request
    from xbench.planning.resolve import resolve

    found = registry()
    request = Request(tasks=("cldr-nli",), suite="cldr", languages=("de",), protocols=("zero-shot",))
    plan = resolve(request, found, Library(None, tuple(found.sources.values()))).plan
    asked = {(run.fit.checkpoint.name, run.task.name, run.fit.seed) for run in plan.runs}
    assert asked == {("embedded", "cldr-nli", 1)}
