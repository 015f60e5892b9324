"""What the quality of translations costs: `python -m tests.translation_cost`.

Trains translation models of M2M-100's architecture for some hundred and some thousand steps on the embedded suite's
manner of writing, out of English and into it. Compares translate-train-all on what they make of the training rows of
`cldr-nli` and `cldr-ner` with zero-shot, with the generated translations, which are perfect, and with translate-test.
All learn from the same rows: here every language has all of them, where in the suite each has a few. Prints tables in
Markdown.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import sacrebleu

import xbench
from tests import tiny_translators
from xbench.data import made
from xbench.data.cldr.datasets import DATASETS
from xbench.data.cldr.ner import NAME as NER
from xbench.data.cldr.sentences import placed
from xbench.kinds.projection import spans_of
from xbench.kinds.tag_carrying import carry_tags
from xbench.languages import CLDR
from xbench.languages.mt import Direction
from xbench.model.aligning import WordAligner
from xbench.model.mt import Mt
from xbench.model.workspace import Machine
from xbench.planning.checkpoints import resolve_checkpoint
from xbench.store.files import read_json

# A data set of its own, since in the suite's a language has a part of the rows only. It is read by every process that
# reads the task file.
_FILE = '''"""{name} on the first {rows} training rows, all of which every language has."""

from dataclasses import replace

from xbench.data.cldr.datasets import DATASETS
from xbench.tasks.{module} import task as suites

made = DATASETS[suites.data.repo]
DATASETS["whole/{name}"] = replace(made, sizes={{**made.sizes, "train": {rows}}}, translated=None)
task = replace(suites, name="{name}", data=replace(suites.data, repo="whole/{name}"))
'''
_TASKS = {"nli": "cldr_nli", "ner": "cldr_ner"}
_BACK = "-back"
_UNSEEN = 200
"""Lists that a translation model is judged on."""

CPU = Machine("cpu", "fp32")


@dataclass(frozen=True)
class Asked:
    """What is compared, and where."""

    root: Path
    languages: tuple[str, ...]
    rows: int
    seeds: int

    def arm(self, name: str, task: str, protocol: str, **more: Any) -> Any:
        """Runs one of what is compared, in a results folder of that name."""
        found = xbench.bench(
            "embedded", tasks=[task], task_files=[self.file(task)], protocols=[protocol],
            languages=["en", *self.languages], seeds=range(1, self.seeds + 1), out=self.root / "out" / task / name,
            reports=False, **more,
        )  # fmt: skip
        if not found.complete:
            sys.exit("\n".join([*found.errors, *map(str, found.gaps)]))
        return found

    def file(self, task: str) -> Path:
        """Its task file."""
        path = self.root / f"{task}.py"
        path.write_text(_FILE.format(name=task, module=_TASKS[task], rows=self.rows), encoding="utf-8")
        return path


@click.command()
@click.option("--languages", default="de,fr,ru,tr,hi", show_default=True)
@click.option("--steps", default="800,5000", show_default=True, help="Of training, of each translation model.")
@click.option("--rows", default=3000, show_default=True, help="Of training, in every language.")
@click.option("--seeds", default=3, show_default=True)
@click.option("--work", type=click.Path(path_type=Path), help="Folder that keeps everything; else a temporary one.")
def main(languages: str, steps: str, rows: int, seeds: int, work: Path | None) -> None:
    """Print what the quality of translations costs."""
    with TemporaryDirectory(prefix="xbench-translation-") as temporary:
        root = (work or Path(temporary)).resolve()
        root.mkdir(parents=True, exist_ok=True)
        compare(Asked(root, tuple(languages.split(",")), rows, seeds), [int(part) for part in steps.split(",")])


def compare(asked: Asked, steps: Sequence[int]) -> None:
    """Runs everything and prints the tables."""
    translators = [_translator(asked, count, back=False) for count in steps]
    returning = [_translator(asked, count, back=True) for count in steps]
    quality = {folder: _chrf(folder, asked.languages) for folder in (*translators, *returning)}
    _print(["chrF on unseen lists", *asked.languages], (
        [_who(folder), *(f"{value:.1f}" for value in found.values())] for folder, found in quality.items()
    ))  # fmt: skip
    for task, title in (("nli", "cldr-nli, accuracy"), ("ner", "cldr-ner, F1 of names")):
        lines = [
            _scores("zero-shot", asked.arm("zero-shot", task, "zero-shot")),
            _scores("translate-train-all, as generated", asked.arm("perfect", task, "translate-train-all")),
        ]
        for folder in translators:
            for carry in ("markers", "alignment", "both") if task == "ner" else ("",):
                done = asked.arm(
                    f"{folder.name}-{carry}", task, "translate-train-all", translator=str(folder), beams=1, carry=carry
                )
                lines.append(_scores(f"translate-train-all, {_who(folder)}{carry and f', {carry}'}", done))
        for folder in returning:
            # In the folder of zero-shot, whose fits it reads them with, one translator at a time.
            done = asked.arm("zero-shot", task, "translate-test", translator=str(folder), beams=1)
            lines.append(_scores(f"translate-test, {_who(folder)}", done, folder.name))
        _print([title, "en", *asked.languages, "mean of the others"], lines)
    _print(
        ["cldr-ner, of 100", "sentences kept", "names kept", "names right"],
        [*_projected(asked), *(line for folder in translators for line in _survived(asked, folder))],
    )


def _translator(asked: Asked, steps: int, back: bool) -> Path:
    folder = asked.root / f"{steps}{_BACK if back else ''}"
    if not (folder / "tokenizer_config.json").is_file():
        tiny_translators.build_m2m(folder, asked.languages, steps, back=back)
    return folder


def _who(folder: Path) -> str:
    steps, back = folder.name.removesuffix(_BACK), folder.name.endswith(_BACK)
    return f"by the model of {steps} steps {'into' if back else 'out of'} English"


def _chrf(folder: Path, languages: Sequence[str]) -> dict[str, float]:
    model = Mt(resolve_checkpoint(str(folder)), CPU)
    found = {}
    for tag in languages:
        unseen = tiny_translators.said("test", _UNSEEN, tag)
        way = Direction(tag, "__en__") if folder.name.endswith(_BACK) else Direction("en", f"__{tag}__")
        pairs = [one.back[0] if folder.name.endswith(_BACK) else one.there[0] for one in unseen]
        texts = model([source for source, _ in pairs], way)
        found[tag] = float(sacrebleu.corpus_chrf([text.text for text in texts], [[right for _, right in pairs]]).score)
    return found


def _scores(name: str, results: Any, translator: str = "") -> list[str]:
    """A line of a table: the results of what was asked for, by that translator where several were."""
    table = results.scores[results.scores["main"] & (results.scores["protocol"] == results.plan.runs[0].protocol)]
    table = table[table["signature"].str.contains(f"|translator:{translator}@", regex=False)] if translator else table
    own = {row.language or row.over: row for row in table.itertuples()}
    order = [piece.language for piece in results.plan.runs[0].tests]
    mean = own["target"]
    spread = f" ± {mean.sd:.1f}" if mean.seeds > 1 else ""
    return [name, *(f"{own[tag].score:.1f}" for tag in order), f"{mean.score:.1f}{spread}"]


def _survived(asked: Asked, folder: Path) -> Iterator[list[str]]:
    """How much of the tagged rows came through translation, over all languages."""
    for carry in ("markers", "alignment", "both"):
        counts: Counter[str] = Counter()
        path = next((asked.root / "out" / "ner" / f"{folder.name}-{carry}").glob("fits/*/fit.json"))
        for part in read_json(path)["train"]:
            if "made" not in part:
                continue
            how = part["made"]
            counts["sentences"] += how["source_rows"]
            counts["kept"] += how["rows"]
            counts["names"] += how["counts"]["names"]
            counts["found"] += how["counts"]["names_by_markers"] + how["counts"]["names_by_alignment"]
            done = made.recall(part["digest"])
            assert done is not None
            counts["right"] += _right(done.rows, _generated(asked, part["language"]))
        yield [f"{_who(folder)}, {carry}", *_shares(counts)]


def _projected(asked: Asked) -> Iterator[list[str]]:
    """Spans projected onto the perfect translations: what is lost here is the aligner's fault alone."""
    aligner = WordAligner(resolve_checkpoint("embedded"), 0, CPU)
    english = list(_generated(asked, "en").values())
    counts: Counter[str] = Counter()
    for tag in asked.languages:
        perfect = _generated(asked, tag)
        texts = {placed(row["words"])[0]: placed(perfect[row["id"]]["words"])[0] for row in english}
        done = carry_tags(english, lambda said, texts=texts: [texts[text] for text in said], aligner, "alignment")
        counts["sentences"] += len(english)
        counts["kept"] += len(done.rows)
        counts["names"] += done.counts["names"]
        counts["found"] += done.counts["names_by_alignment"]
        counts["right"] += _right(done.rows, perfect)
    yield ["generated, alignment", *_shares(counts)]


def _shares(counts: Counter[str]) -> list[str]:
    parts = (("kept", "sentences"), ("found", "names"), ("right", "found"))
    return [f"{100 * counts[part] / counts[whole]:.1f}" if counts[whole] else "–" for part, whole in parts]


def _generated(asked: Asked, language: str) -> dict[str, dict[str, Any]]:
    """Id -> the row as it is generated."""
    generator = DATASETS[f"cldr/{NER}"]
    whole = replace(generator, sizes={**generator.sizes, "train": asked.rows}, translated=None)
    rows = whole.rows(CLDR[language], "train")
    return {row["id"]: {"id": row["id"], "words": row["tokens"], "tags": row["ner_tags"]} for row in rows}


def _right(rows: Sequence[Any], perfect: dict[str, dict[str, Any]]) -> int:
    """Names of rows that the generated row has too: the same words under the same label."""
    return sum((_names(row) & _names(perfect[row["id"]])).total() for row in rows)


def _names(row: Any) -> Counter[tuple[str, str]]:
    return Counter((label, " ".join(row["words"][begin:end])) for (begin, end), label in spans_of(row["tags"]))


def _print(header: Sequence[str], lines: Any) -> None:
    print(f"\n| {' | '.join(header)} |\n|---|{'---:|' * (len(header) - 1)}")
    for line in lines:
        print(f"| {' | '.join(line)} |", flush=True)


if __name__ == "__main__":
    main()
