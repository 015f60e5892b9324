"""`xbench pretrain`: from a corpus to a checkpoint, on made-up languages."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import made_up
import pyarrow.parquet as pq
import pytest
import torch
from made_up import cli, refused
from pretraining_helpers import SMALL, folder
from safetensors.torch import load_file
from transformers import AutoModel, BertForMaskedLM, BertForPreTraining

from xbench.model.loading import load_encoder, load_tokenizer
from xbench.planning.checkpoints import resolve_checkpoint
from xbench.pretraining import card, loop
from xbench.pretraining.folder import Folder
from xbench.pretraining.record import record


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Text files of four languages that translate each other."""
    return folder(tmp_path_factory.mktemp("texts") / "texts")


@pytest.fixture(scope="module")
def mine(texts: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint that was pretrained on them, by the command."""
    out = tmp_path_factory.mktemp("checkpoints") / "mine"
    ended = cli("pretrain", "--corpus", str(texts), "--parallel", "--steps", "60", "--out", str(out), *SMALL)
    assert ended.code == 0, ended.err
    return out


def test_what_is_learned_holds_for_what_is_held_out(mine: Path) -> None:
    first, *_, last = record(mine).held_out
    assert (first.step, last.step) == (0, 60)
    assert last.losses["tlm"] < first.losses["tlm"] - 0.5
    assert last.losses["contrastive"] < first.losses["contrastive"]
    assert first.retrieval is not None and last.retrieval is not None
    assert last.retrieval >= first.retrieval > 100 / 20, "chance is one of the twenty passages"
    assert set(last.languages) == {"de", "ru", "sw"}, "searched for from English"


def test_a_checkpoint_loads_everywhere(mine: Path) -> None:
    found = resolve_checkpoint(str(mine))
    encoder = load_encoder(found)
    words = load_tokenizer(found)
    assert len(words) == encoder.config.vocab_size
    for auto in (AutoModel, BertForPreTraining, BertForMaskedLM):
        model, info = auto.from_pretrained(mine, output_loading_info=True)
        assert not info["missing_keys"], auto
    states = encoder(**words("hij klm", "abc", return_tensors="pt")).last_hidden_state
    torch.testing.assert_close(states, model.bert(**words("hij klm", "abc", return_tensors="pt")).last_hidden_state)


def test_the_record_says_everything(mine: Path, texts: Path) -> None:
    made = record(mine)
    assert made.recipe.languages == ("de", "en", "ru", "sw")
    assert made.recipe.objectives == {"tlm": 0.25, "contrastive": 0.5, "matching": 0.3}
    assert made.corpus["revision"] == Folder(texts).revision()
    assert (made.corpus["passages"], made.corpus["held_out"]) == (4 * 380, 4 * 20)
    assert made.machine["threads"] == 1
    assert made.versions["torch"] == torch.__version__
    card = (mine / "README.md").read_text()
    assert "Swahili (`sw`)" in card and f"| 60 | {made.last.losses['tlm']:.3f} |" in card
    assert not (mine / "state.pt").exists()


def test_what_is_finished_is_not_made_again(mine: Path, texts: Path) -> None:
    before = made_up.snapshot(mine)
    given = ("--corpus", str(texts), "--parallel", "--out", str(mine), *SMALL)
    assert cli("pretrain", *given, "--steps", "60").code == 0
    refused(cli("pretrain", *given, "--steps", "61"), "made otherwise (steps)", "another --out")
    assert made_up.snapshot(mine) == before


def test_a_killed_pretraining_continues(mine: Path, texts: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    given = ("pretrain", "--corpus", str(texts), "--parallel", "--steps", "60", "--out", str(out), *SMALL)
    process = made_up.child(tmp_path / "log", *given, "--save-every", "0")
    made_up.kill_when(process, lambda: steps(out) >= 20)
    refused(cli(*given, "--seed", "2"), "state of another pretraining")
    with mock.patch("xbench.pretraining.loop._step", wraps=loop._step) as step:
        assert cli(*given).code == 0
    assert 0 < step.call_count <= 40, "what was done is not done again"
    assert weights(out).keys() == weights(mine).keys()
    for name, value in weights(out).items():
        assert torch.equal(value, weights(mine)[name]), name
    assert record(out).held_out == record(mine).held_out
    assert (out / "tokenizer.json").read_bytes() == (mine / "tokenizer.json").read_bytes()


def steps(out: Path) -> int:
    """Steps that the state on the disk has behind it."""
    return int(torch.load(out / "state.pt")["step"]) if (out / "state.pt").is_file() else 0


def weights(out: Path) -> dict[str, torch.Tensor]:
    return load_file(out / "model.safetensors")


def test_a_file_that_cannot_be_written_costs_nothing(texts: Path, tmp_path: Path) -> None:
    """A limit on the size of files stands for a full disk: the state does not fit, and the command can go on."""
    out = tmp_path / "out"
    given = ("pretrain", "--corpus", str(texts), "--parallel", "--steps", "4", "--out", str(out), *SMALL)
    process = made_up.child(tmp_path / "log", *given, largest=100_000)
    process.join()
    log = (tmp_path / "log").read_text()
    assert process.exitcode == 2 and "cannot write" in log and "Traceback" not in log
    assert cli(*given).code == 0


def test_a_recipe_builds_the_same_again(mine: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    given = ("--like", str(mine), "--quiet")
    ended = cli("pretrain", *given, "--out", str(again))
    assert ended.code == 0 and "as recorded" in ended.out
    assert record(again).held_out == record(mine).held_out
    other = shutil.copytree(mine, tmp_path / "other")
    facts = json.loads((other / "pretraining.json").read_text())
    facts["held_out"][-1]["retrieval"] += 30
    facts["machine"]["threads"] = 5
    (other / "pretraining.json").write_text(json.dumps(facts))
    ended = cli("pretrain", "--like", str(other), "--threads", "1", "--quiet", "--out", str(again))
    refused(ended, "not the one that was recorded", "retrieval", "threads was 5, is 1")
    assert "tlm" in ended.out, "what is compared is printed"
    loose = cli("pretrain", "--like", str(other), "--threads", "1", "--quiet", "--out", str(again), "--tolerance", "40")
    assert loose.code == 0
    ended = cli("pretrain", *given, "--out", str(tmp_path / "third"), "--steps", "2")
    assert ended.code == 0 and "not compared: other steps" in ended.out


def test_half_precision_is_what_is_measured(texts: Path, mine: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    given = ("--corpus", str(texts), "--parallel", "--steps", "2", "--save-dtype", "fp16", "--dtype", "bf16")
    assert cli("pretrain", *given, "--out", str(out), *SMALL).code == 0
    assert {value.dtype for value in weights(out).values()} == {torch.float16}
    assert load_encoder(resolve_checkpoint(str(out))).dtype == torch.float32
    assert (out / "model.safetensors").stat().st_size < 0.6 * (mine / "model.safetensors").stat().st_size


def test_the_card_says_whether_translations_were_used(mine: Path, tmp_path: Path) -> None:
    made = record(mine)

    def said(**changes: Any) -> str:
        card.write(replace(made, recipe=replace(made.recipe, **changes)), tmp_path)
        return (tmp_path / "README.md").read_text()

    assert "was used (tlm, contrastive, matching, initialisation)" in said()
    assert "was used (tlm)" in said(objectives={"tlm": 1}, initialisation="ordinary")
    assert "was used (initialisation)" in said(objectives={"tlm": 1}, crosslingual=0)
    assert "was used" not in said(objectives={"tlm": 1}, crosslingual=0, initialisation="ordinary")
    assert "was used" not in said(languages=("de",))


def test_steps_of_zero_write_the_initialisation(texts: Path, tmp_path: Path) -> None:
    for kind, spread in (("ordinary", 0.02), ("lsa", None)):
        out = tmp_path / kind
        given = ("--corpus", str(texts), "--parallel", "--steps", "0", "--init", kind, "--out", str(out))
        assert cli("pretrain", *given, *SMALL).code == 0
        assert [point.step for point in record(out).held_out] == [0]
        if spread:
            deviation = float(weights(out)["bert.encoder.layer.0.attention.self.query.weight"].std())
            assert deviation == pytest.approx(spread, rel=0.1)


def test_any_text_will_do_for_masked_passages(texts: Path, tmp_path: Path) -> None:
    """Files of different lengths and of one's own shape, without --parallel."""
    corpus = shutil.copytree(texts, tmp_path / "corpus")
    (corpus / "sw.txt").write_text("opq rst\n\nuuu opq\n" * 20)
    shape = {"model_type": "bert", "hidden_size": 24, "num_hidden_layers": 1, "num_attention_heads": 3,
             "intermediate_size": 40, "vocab_size": 99, "hidden_act": "relu"}  # fmt: skip
    (tmp_path / "config.json").write_text(json.dumps(shape))
    out = tmp_path / "out"
    ended = cli("pretrain", "--corpus", str(corpus), "--steps", "3", "--config", str(tmp_path / "config.json"),
                "--out", str(out), "--vocabulary", "200", "--threads", "1", "--quiet", "--batch", "8")  # fmt: skip
    assert ended.code == 0, ended.err
    config = json.loads((out / "config.json").read_text())
    assert (config["hidden_size"], config["intermediate_size"], config["hidden_act"]) == (24, 40, "relu")
    assert config["vocab_size"] == record(out).model["vocabulary"] != 99
    assert record(out).recipe.objectives == {"mlm": 1.0}
    assert record(out).last.retrieval is None


BAD_INPUT = {
    "corpus": (["--corpus", "cldrr"], ("no corpus and no folder 'cldrr'",)),
    "nothing": ([], ("--corpus", "--like")),
    "init": (["--init", "lsaa"], ("unknown initialisation 'lsaa'", "did you mean lsa")),
    "objective": (["--objective", "tml=1"], ("unknown objective 'tml'", "did you mean tlm")),
    "weight": (["--objective", "mlm=much"], ("--objective mlm=much", "mlm=1")),
    "heads": (["--heads", "3"], ("3 heads do not divide a width of 32",)),
    "language": (["--languages", "de,xx"], ("no language 'xx'",)),
    "config": (["--config", "nowhere.json"], ("no configuration nowhere.json",)),
    "tokenizer": (["--tokenizer", "./nowhere"], ("tokenizer ./nowhere cannot be loaded",)),
    "vocabulary": (["--vocabulary", "50"], ("vocabulary of 50",)),
    "like": (["--like", "nowhere"], ("neither a folder nor a checkpoint of xbench", "Valid: embedded")),
    "device": (["--device", "gpu"], ("unknown device 'gpu'",)),
    "rate": (["--learning-rate", "1e30"], ("lower --learning-rate",)),
}


@pytest.mark.parametrize("name", BAD_INPUT)
def test_bad_input_is_refused(name: str, texts: Path, tmp_path: Path) -> None:
    given, parts = BAD_INPUT[name]
    corpus = [] if name in ("corpus", "nothing") else ["--corpus", str(texts), "--parallel"]
    refused(cli("pretrain", "--out", str(tmp_path / "out"), *corpus, *SMALL, "--steps", "4", *given), *parts)


def test_a_checkpoint_of_others_is_left_alone(texts: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    ended = cli("pretrain", "--corpus", str(texts), "--out", str(tmp_path), *SMALL)
    refused(ended, "did not make", "another --out", "delete the folder")
    assert [path.name for path in tmp_path.iterdir()] == ["config.json"]


def test_one_process_at_a_time(texts: Path, tmp_path: Path) -> None:
    from xbench.store.locks import hold

    with hold(tmp_path / "out" / ".lock"):
        ended = cli("pretrain", "--corpus", str(texts), "--out", str(tmp_path / "out"), *SMALL)
    refused(ended, "another process is pretraining")


def test_real_translations(hub: Path, tmp_path: Path) -> None:
    """Training sentences of SIB-200, which are parallel by `index_id`."""
    tables = {}
    for language in ("eng_Latn", "deu_Latn", "tha_Thai", "arb_Arab"):
        table = pq.read_table(hub / "Davlan" / "sib200" / "data" / language / "train-00000-of-00001.parquet")
        tables[language] = dict(zip(table["index_id"].to_pylist(), table["text"].to_pylist(), strict=True))
    shared = sorted(set.intersection(*map(set, tables.values())))[:200]
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for language, rows in tables.items():
        lines = [" ".join(rows[row].split()) for row in shared]
        (corpus / f"{language}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    out = tmp_path / "out"
    ended = cli(
        "pretrain", "--corpus", str(corpus), "--parallel", "--steps", "8", "--out", str(out), *SMALL,
        "--vocabulary", "1000",
    )  # fmt: skip
    assert ended.code == 0, ended.err
    made = record(out)
    assert made.recipe.languages == ("ar", "de", "en", "th")
    assert made.last.losses["tlm"] < made.held_out[0].losses["tlm"]
    assert load_encoder(resolve_checkpoint(str(out))).config.hidden_size == 32


@pytest.mark.parametrize("name", ["tlm", "contrastive", "matching"])
def test_what_needs_translations_says_so(name: str, texts: Path, tmp_path: Path) -> None:
    ended = cli("pretrain", "--corpus", str(texts), "--objective", f"{name}=1", "--out", str(tmp_path / "out"), *SMALL)
    refused(ended, name, "translate each other", "--parallel")


def test_a_foreign_tokenizer_is_taken(mine: Path, texts: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    given = ("--corpus", str(texts), "--parallel", "--steps", "0", "--tokenizer", str(mine), "--out", str(out))
    assert cli("pretrain", *given, *SMALL).code == 0
    assert (out / "tokenizer.json").read_bytes() == (mine / "tokenizer.json").read_bytes()
