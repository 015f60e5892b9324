"""The speed benchmark without its times: what it counts, who works when, and that all compute the same."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.speed import breakdown, checkpoint, contest, cost, data, flop, growth, measured, report
from benchmarks.speed.contest import Entry
from benchmarks.speed.counted import Computed
from benchmarks.speed.measured import Goal, Part, Point, Timed
from benchmarks.speed.settings import ROOT, Settings
from benchmarks.speed.turns import Steps
from xbench.data import Library
from xbench.errors import XbenchError
from xbench.model.batching import spare
from xbench.planning.checkpoints import shipped
from xbench.plugins import registry

LABELS = ("entailment", "neutral", "contradiction")
LAYERS, HIDDEN, STEPS = 2, 64, 4


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("speed")
    return Settings(folder, None, None, LAYERS, HIDDEN, 8, (), 2, "cpu", 1, None)


@pytest.fixture(scope="module")
def rows() -> dict[str, Any]:
    words = "The time in Berlin is half past three. It rains on Monday, and 12 km are left to go".split()
    random = np.random.default_rng(0)

    def made(count: int) -> list[dict[str, str]]:
        texts = [" ".join(random.choice(words, random.integers(2, 12))) for _ in range(2 * count)]
        return [
            {"id": str(i), "text": texts[2 * i], "pair": texts[2 * i + 1], "label": LABELS[i % 3]} for i in range(count)
        ]

    return {"task": "xnli", "test": {"de": made(9), "en": made(11)}, "train": made(32)}


@pytest.fixture(scope="module")
def given(settings: Settings, rows: dict[str, Any]) -> dict[str, str]:
    """What workers are told: a small checkpoint without dropout, and made-up rows."""
    folder, file = settings.folder / "checkpoint", settings.folder / "rows.json"
    vocabulary = str(shipped()["embedded"])
    size = {"layers": LAYERS, "hidden": HIDDEN, "dropout": 0.0}
    checkpoint.build({"out": str(folder), "vocabulary": vocabulary, "labels": LABELS, **size})
    file.write_text(json.dumps(rows), encoding="utf-8")
    return {"checkpoint": str(folder), "rows": str(file)}


class Plain:
    """The peer's preparation of texts, and a loop as anybody would write it."""

    def __init__(self, folder: str) -> None:
        from benchmarks.speed import peer_trainer

        self.peer = peer_trainer
        self.tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        self.model = transformers.AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32)

    def batches(self, rows: list[dict[str, str]], padding: str, size: int) -> Iterator[dict[str, torch.Tensor]]:
        names = ["input_ids", "token_type_ids", "attention_mask", "label"]
        found = self.peer.tokenised(rows, self.tokenizer, self.model.config.label2id, padding).select_columns(names)
        collate = self.peer.collator(self.tokenizer, padding)
        for start in range(0, len(found), size):
            yield collate([found[place] for place in range(start, min(start + size, len(found)))])


def test_operations_of_an_example_worked_by_hand() -> None:
    # Query, key, value, output: 2 · 2 + 2 each; feed-forward: 2 · 8 + 8 and 8 · 2 + 2; two norms: 2 · 2 each.
    assert flop.parameters(1, 2) == 4 * 6 + 24 + 18 + 8
    # Four sub-tokens, 74 parameters; scores and sums of 3 · 3 and 1 · 1 pairs, 2 operations for each of 2 dimensions.
    assert flop.forward([3, 1], 1, 2) == 2 * 74 * 4 + 2 * (2 * 2) * (9 + 1)


def test_parameters_are_those_of_the_layers_of_berts_base() -> None:
    with torch.device("meta"):
        encoder = transformers.BertModel(transformers.BertConfig()).encoder
    assert flop.parameters(12, 768) == sum(parameter.numel() for parameter in encoder.parameters())


def test_operations_are_those_that_torch_counts() -> None:
    config = transformers.BertConfig(
        vocab_size=9, hidden_size=32, num_hidden_layers=3, num_attention_heads=2, intermediate_size=128
    )
    # Of attention in a single kernel torch counts nothing on a CPU.
    config._attn_implementation = "eager"
    model = transformers.BertModel(config, add_pooling_layer=False).eval()
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        model(input_ids=torch.ones(1, 11, dtype=torch.int64))
    # Torch counts products alone; biases and norms, 13 for each dimension, are parameters too.
    assert flop.forward([11], 3, 32) - 2 * 11 * 3 * 13 * 32 == counter.get_total_flops()


class Noted:
    """Takes a turn by saying so."""

    def __init__(self, name: str, every: int, said: list[str]) -> None:
        self.every, self._name, self._said = every, name, said

    def turn(self) -> dict[str, Any]:
        self._said.append(self._name)
        return {"seconds": float(len(self._said))}


def test_all_work_in_turn_and_another_one_begins() -> None:
    said: list[str] = []
    noted = {name: Noted(name, every, said) for name, every in (("slow", 2), ("a", 1), ("b", 1))}
    answers = contest.alternate(noted, 4)
    rounds = [("slow", "a", "b"), ("b", "a"), ("b", "slow", "a"), ("b", "a")]
    assert said == [name for names in rounds for name in names]
    assert {name: len(own) for name, own in answers.items()} == {"slow": 2, "a": 4, "b": 4}
    assert [one["seconds"] for one in answers["slow"]] == [1.0, 7.0], "each has its own answers"


class Asked:
    """Asks a number of times, and keeps the answers."""

    def __init__(self, times: int) -> None:
        self.left, self.answers = times, []

    def asked(self) -> bool:
        self.left -= 1
        return self.left >= 0

    def answer(self, **facts: Any) -> None:
        self.answers.append(facts)


def test_a_loop_takes_a_step_when_it_is_asked_and_ends_when_it_is_not() -> None:
    turns, clock = Asked(2), iter([1.0, 4.0, 10.0, 11.0])
    step = Steps(turns, lambda: next(clock), threads=2)  # type: ignore[arg-type]
    step()
    step()
    with pytest.raises(SystemExit):
        step()
    assert turns.answers == [{"threads": 2}, {"seconds": 3.0}, {"seconds": 1.0}]


def test_xbench_predicts_what_the_plain_loop_predicts(
    settings: Settings, given: dict[str, str], rows: dict[str, Any]
) -> None:
    entry = Entry("ours", "ours", {**given, "work": "predict", "dtype": "fp32"})
    with contest.workers([entry], settings) as ready:
        (answer, again) = contest.alternate(ready, 2)["ours"]
    plain = Plain(given["checkpoint"])
    computed, found = Computed(plain.model), []
    with torch.no_grad():
        for own in rows["test"].values():
            found += [plain.model.eval()(**batch).logits for batch in plain.batches(own, "max_length", 8)]
    theirs, ours = torch.cat(found).numpy(), np.array(answer["outputs"])
    assert np.abs(theirs - ours).max() < 1e-4
    assert theirs.std(axis=0).min() > 0.01, "logits that are all alike would prove nothing"
    assert (theirs.argmax(1) == ours.argmax(1)).all()
    assert again["outputs"] == answer["outputs"]
    assert computed.since() == 20 * 128, "the example pads every row to 128"
    lengths = [[int(batch["attention_mask"].sum()) for batch in plain.batches(own, "longest", 1)]
               for own in rows["test"].values()]  # fmt: skip
    assert answer["lengths"] == [*itertools.chain(*lengths)]
    # A batch for each language; `spare` is tested by itself.
    assert answer["computed"] == sum(sum(own) + spare(sum(own)) for own in lengths), "xbench pads nothing else"


def test_xbench_learns_what_the_plain_loop_learns(
    settings: Settings, given: dict[str, str], rows: dict[str, Any]
) -> None:
    entry = Entry("learning", "ours", {**given, "work": "losses", "dtype": "fp32", "steps": STEPS})
    ours = contest.alone(entry, settings)["losses"]
    plain = Plain(given["checkpoint"])
    rate = plain.peer.LEARNING_RATE
    optimizer = torch.optim.AdamW(plain.model.parameters(), lr=rate, weight_decay=0.0)
    (batch,) = plain.batches(rows["train"], "longest", 32)
    theirs = []
    for step in range(STEPS):
        optimizer.param_groups[0]["lr"] = rate * (STEPS - step) / STEPS
        optimizer.zero_grad()
        loss = plain.model.train()(**batch).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(plain.model.parameters(), 1.0)
        optimizer.step()
        theirs.append(float(loss.detach()))
    assert len(ours) == STEPS
    assert np.abs(np.array(theirs) - np.array(ours)).max() < 1e-4
    assert theirs[0] - theirs[-1] > 1e-3, "a loss that does not move would prove nothing"


@pytest.mark.parametrize(("work", "optimiser"), [("predict", False), ("step", True)])
def test_the_parts_of_the_time_are_all_of_it(
    settings: Settings, given: dict[str, str], work: str, optimiser: bool
) -> None:
    entry = Entry(f"parts of {work}", "breakdown", {**given, "work": work, "dtype": "fp32", "steps": 4})
    found = contest.alone(entry, settings)
    assert found["seconds"] > 0
    assert sum(found["shares"].values()) == pytest.approx(1)
    assert min(found["shares"].values()) >= 0
    assert (found["shares"]["optimiser"] > 0) == optimiser
    assert found["shares"]["products"] > 0 < found["shares"]["attention"]


def test_operations_are_of_the_group_that_their_name_tells() -> None:
    seconds = {"aten::addmm": 3.0, "mkldnn::_linear_pointwise": 2.0, "aten::gelu": 1.0, "aten::copy_": 0.5,
               "aten::_scaled_dot_product_flash_attention_for_cpu": 4.0, "aten::_fused_adamw_": 0.25}  # fmt: skip
    assert breakdown.grouped(seconds) == {
        "products": 5, "attention": 4, "GELU, norms": 1, "optimiser": 0.25, "other operations": 0.5
    }  # fmt: skip
    found = breakdown.answer(20.0, seconds, 2.0)["shares"]
    assert found["around the model"] == 0.1
    assert found["between operations"] == pytest.approx((20 - 10.75 - 2) / 20)


def test_a_real_size_is_counted_in_operations_of_its_rows(tmp_path: Path) -> None:
    """By a plain tokenizer call, row by row."""
    found = registry()
    library = Library(sources=found.sources.values())
    tokenizer = transformers.AutoTokenizer.from_pretrained(shipped()["embedded"])
    task = found.tasks["cldr-nli"]
    fit, predictions = cost.operations("cldr-nli", cost.Real(1000, 700, ("de",)), tokenizer, library, 2, 16)

    def each(tag: str) -> float:
        rows = library.rows(task.slice(tag, "test"), found.kinds[task.kind], task).rows
        lengths = [len(tokenizer(row["text"], row["pair"])["input_ids"]) for row in rows]
        return flop.forward(lengths, 2, 16) / len(rows)

    assert task.recipe is not None
    assert predictions == pytest.approx(700 * each("de"))
    assert fit == pytest.approx(3 * 1000 * task.recipe.epochs * each("en"))


def test_a_worker_that_ends_early_is_named_with_what_it_said(settings: Settings, given: dict[str, str]) -> None:
    entry = Entry("broken", "ours", {**given, "rows": "nowhere.json", "work": "predict", "dtype": "fp32"})
    with pytest.raises(XbenchError, match=r"(?s)broken ended before it answered.*nowhere\.json"):
        contest.alone(entry, settings)


def test_the_limit_is_the_fastest_product_of_the_grid(settings: Settings) -> None:
    from benchmarks.speed.limit import TOKENS, fastest, grid

    shapes = list(grid(16, "cpu"))
    assert len(shapes) == len(set(shapes)) == 3 * len(TOKENS["cpu"])
    assert {shape[1:] for shape in shapes} == {(16, 16), (16, 64), (64, 16)}
    best = fastest(16, "fp32", "cpu")
    assert best["rate"] > 0
    assert (best["tokens"], best["in"], best["out"]) in shapes


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_everybody_who_may_set_the_limit_computes_the_product(dtype: torch.dtype) -> None:
    from benchmarks.speed.limit import ways
    from xbench.model.packed import can_be_laid_out

    left, right = torch.randn(5, 16).to(dtype), torch.randn(64, 16).to(dtype)
    expected = left.double() @ right.double().T
    found = ways(left, right)
    assert ("oneDNN, packed" in found) == can_be_laid_out(right)
    assert {"torch.matmul", "torch.matmul, transposed"} <= set(found)
    for product in found.values():
        assert (product().double() - expected).abs().max() <= 0.01 * expected.abs().max()


def part() -> Part:
    timed = (
        Timed("others", (8.0, 4.0, 5.0), computed=1.3, peak=3 << 20),
        Timed("ours", (2.0, 2.5), "limit", 1.0, 2 << 20),
        Timed("limit", (1.8,)),
    )
    goals = (Goal("faster", 2.2222, 2.0, True, "×"), Goal("apart", 3e-4, 1e-4, False, ""))
    machine = {"device": "cpu", "processor": "a CPU", "flags": ["avx2"], "cores": 2, "versions": {"torch": "2"},
               "commit": "abc", "day": "2026-01-01", "load": 0.1}  # fmt: skip
    return Part("prediction", "Prediction", "3 rows", timed, "others", goals, ("Seen.",), machine=machine)


def test_the_input_side_counts_what_it_reads_and_divides_it_by_the_fastest_of_three() -> None:
    """By a clock whose n-th tick comes n seconds after the one before; each repetition looks at it twice."""
    ticks = itertools.accumulate(itertools.count())
    found = data.input_rate(2, lambda: float(next(ticks)))
    rates = np.array([found.tokenised, found.unpadded, found.padded])
    assert found.sub_tokens / rates == pytest.approx([1, 7, 13])
    task = registry().tasks["cldr-nli"]
    library = Library(sources=registry().sources.values())
    tokenizer = transformers.AutoTokenizer.from_pretrained(shipped()["embedded"])
    rows = [
        row
        for tag in task.languages[:2]
        for row in library.rows(task.slice(tag, "train"), registry().kinds[task.kind], task).rows
    ]
    pairs = [tokenizer(row["text"], row["pair"], truncation=True, max_length=task.max_length) for row in rows]
    assert found.sub_tokens == sum(len(one["input_ids"]) for one in pairs)


def test_tables_say_medians_ratios_and_what_is_met() -> None:
    assert report.times(part()) == [
        ("", "seconds", "lowest to highest", "turns", "times as fast", "of the limit", "computed", "peak GiB"),
        ("others", "5", "4 to 8", "3", "", "", "1.30", "3.00"),
        ("ours", "2.25", "2 to 2.5", "2", "2.22", "80 %", "1.00", "2.00"),
        ("limit", "1.8", "1.8 to 1.8", "1", "2.78", "", "", ""),
    ]
    assert report.wanted(part())[1:] == [
        ("faster", "≥ 2 ×", "2.22 ×", "met"), ("apart", "≤ 1.0e-04", "3.0e-04", "not met"),
    ]  # fmt: skip
    bare = replace(part(), timed=(Timed("alone", (1.0,)),))
    assert report.times(bare)[0] == ("", "seconds", "lowest to highest", "turns"), "no empty columns"


def test_what_was_measured_is_read_back(tmp_path: Path) -> None:
    grown = replace(part(), name="growth", points=(Point(1, 10, 0.5, 2048),))
    for one in (part(), grown):
        one.write(tmp_path)
    assert measured.read(tmp_path, ("growth", "startup", "prediction")) == [grown, part()]
    with pytest.raises(XbenchError, match="nothing that was measured"):
        measured.read(tmp_path / "elsewhere", ("growth",))


def test_tables_go_between_the_marks_of_a_document(tmp_path: Path) -> None:
    document = tmp_path / "speed.md"
    document.write_text("above\n<!-- cpu -->\nold\n<!-- /cpu -->\nbelow\n<!-- cuda -->\nkept\n<!-- /cuda -->\n")
    text = report.as_markdown([part()], "speed.png")
    report.put(document, "cpu", text)
    report.put(document, "cpu", text)
    found = document.read_text()
    assert found == f"above\n<!-- cpu -->\n{text}\n<!-- /cpu -->\nbelow\n<!-- cuda -->\nkept\n<!-- /cuda -->\n"
    assert "| ours | 2.25 | 2 to 2.5 | 2 | 2.22 | 80 % | 1.00 | 2.00 |" in text
    assert "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |" in text
    assert "On a CPU (avx2), 2 cores; torch 2; commit abc, 2026-01-01, load 0.1 at the start." in text
    with pytest.raises(XbenchError, match="no place for results: add <!-- mps -->"):
        report.put(document, "mps", text)


def test_the_page_has_places_for_results() -> None:
    for kind in ("cpu", "cuda"):
        assert f"<!-- {kind} -->\n" in (ROOT / "docs" / "speed.md").read_text(encoding="utf-8")


def test_the_line_through_growth_is_found() -> None:
    points = [Point(count, 100 * count, 3 + 0.5 * count, 0) for count in (1, 2, 4, 8)]
    found = growth.line(points)
    assert (found.fixed, found.slope, found.fit) == pytest.approx((3, 0.005, 1))
    bent = growth.line([replace(one, seconds=one.seconds + one.tokens**2 / 1e5) for one in points])
    assert bent.fit < 0.99


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["predicton"], "nothing is called predicton: did you mean prediction?"),
        (["prediction", "--peers", "nowhere/python"], "nowhere/python is not there: `make speed` makes it"),
        (["prediction", "--without-peers", "--device", "mps"], "--device mps: times are taken on cpu and cuda alone"),
        (["report", "--out", "nowhere"], "nowhere holds nothing that was measured"),
    ],
)
def test_bad_input_is_named(arguments: list[str], said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.speed", *arguments], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
