"""The tasks in `tasks/`: complete, unambiguous, and about data that exists."""

from __future__ import annotations

import ast
import importlib.util
import re
from pathlib import Path

import pytest

from xbench.api import Kind, Task
from xbench.data.ranges import part
from xbench.kinds import classification, tagging, translation
from xbench.languages import canonical, language

FOLDER = Path(__file__).parents[1] / "tasks"
HUB = Path(__file__).parents[2] / "shared" / "hub"
KINDS: dict[str, Kind] = {room.kind.name: room.kind for room in (classification, tagging, translation)}
# What XTREME averages over, in its own codes.
XTREMES = {
    "xnli": "ar bg de el en es fr hi ru sw th tr ur vi zh",
    "pawsx": "de en es fr ja ko zh",
    "wikiann": (
        "af ar bg bn de el en es et eu fa fi fr he hi hu id it ja jv ka kk ko ml mr ms my nl pt ru sw ta te th tl tr "
        "ur vi yo zh"
    ),
    "tatoeba": (
        "af ar bg bn de el es et eu fa fi fr he hi hu id it ja jv ka kk ko ml mr nl pt ru sw ta te th tl tr ur vi zh"
    ),
}
LANGUAGES = {
    "xnli": 15, "pawsx": 7, "wikiann": 176, "tatoeba": 112, "sib200": 205, "sib200_retrieval": 205, "ntrex": 115,
    "flores": 205, "bucc": 4,
}  # fmt: skip


def load(module: str) -> Task:
    spec = importlib.util.spec_from_file_location(f"declared_{module}", FOLDER / f"{module}.py")
    assert spec and spec.loader
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    assert loaded.__doc__ and len(loaded.__doc__) > 200, "the docstring is the catalogue's entry"
    task = loaded.task
    assert isinstance(task, Task)
    return task


TASKS = {module: load(module) for module in LANGUAGES}


@pytest.fixture(params=LANGUAGES, ids=str)
def task(request: pytest.FixtureRequest) -> Task:
    return TASKS[request.param]


@pytest.mark.parametrize(("module", "count"), LANGUAGES.items())
def test_number_of_languages(module: str, count: int) -> None:
    assert len(TASKS[module].languages) == count


@pytest.mark.parametrize("module", LANGUAGES)
def test_imports_only_the_api(module: str) -> None:
    tree = ast.parse((FOLDER / f"{module}.py").read_text(encoding="utf-8"))
    imported = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [node.module for node in imported if isinstance(node, ast.ImportFrom)] == ["xbench.api"]
    assert len(imported) == 1


def test_names() -> None:
    assert {module: task.name.replace("-", "_") for module, task in TASKS.items()} == {m: m for m in LANGUAGES}


def test_fits_its_kind(task: Task) -> None:
    KINDS[task.kind].check(task)


def test_languages_are_canonical_and_apart(task: Task) -> None:
    assert [tag for tag in task.languages if canonical(tag) != tag] == []
    assert len(set(task.data.configs.values())) == len(task.data.configs)


def test_every_language_is_known(task: Task) -> None:
    for tag in task.languages:
        known = language(tag)
        assert known.tag == tag and known.name and len(known.script) == 4


def test_provenance(task: Task) -> None:
    assert re.fullmatch("[0-9a-f]{40}", task.data.revision)
    assert task.data.licence and "\n" not in task.data.licence
    assert re.search(r"(19|20)\d\d, https://aclanthology\.org/", task.data.citation)
    assert task.source == "en" and task.version == 1


def test_panels_are_published_ones(task: Task) -> None:
    for name, tags in task.panels.items():
        assert name == "xtreme"
        assert set(tags) == set(map(canonical, XTREMES[task.name].split())) and len(tags) == len(set(tags))
        assert set(tags) <= set(task.languages)


def test_who_has_a_panel() -> None:
    assert {name for name, task in TASKS.items() if task.panels} == {"wikiann", "tatoeba"}
    for name in ("xnli", "pawsx"):
        assert set(TASKS[name].languages) == set(XTREMES[name].split())


@pytest.mark.parametrize(
    ("name", "rate", "epochs", "length"),
    [("xnli", 2e-5, 2, 128), ("pawsx", 2e-5, 5, 128), ("wikiann", 2e-5, 10, 128), ("sib200", 1e-5, 20, 164)],
)
def test_published_recipes(name: str, rate: float, epochs: int, length: int) -> None:
    task = TASKS[name]
    assert task.recipe is not None
    assert (task.recipe.learning_rate, task.recipe.epochs, task.max_length) == (rate, epochs, length)
    assert (task.recipe.batch_size, task.recipe.weight_decay, task.recipe.select) == (32, 0.0, "last")


def test_probes_have_no_recipe_and_one_rule_for_layers() -> None:
    for name in ("tatoeba", "sib200_retrieval", "ntrex", "flores", "bucc"):
        assert TASKS[name].recipe is None and TASKS[name].paired
        assert "pooling" not in TASKS[name].settings, "the mean over all sub-tokens, as XTREME's paper has it"
        assert TASKS[name].settings["layers"] == {12: 8, 24: 14}


def test_label_order_of_xnli_is_the_hubs() -> None:
    assert TASKS["xnli"].labels == ("entailment", "neutral", "contradiction")


def test_who_made_the_rows() -> None:
    xnli, sib, wikiann = TASKS["xnli"], TASKS["sib200"], TASKS["wikiann"]
    assert xnli.slice("de", "train").made_by == "published-mt"
    assert xnli.slice("de", "test").made_by == "human"
    assert xnli.slice("en", "train").made_by == "original"
    assert sib.slice("de", "train").made_by == "human" and sib.slice("en", "train").made_by == "original"
    assert wikiann.slice("de", "train").made_by == "original"


def test_tatoeba_has_test_pairs_only_and_takes_others_from_ntrex() -> None:
    task, other = TASKS["tatoeba"], TASKS["ntrex"].data
    assert task.splits == ("train", "test") and "en" not in task.languages
    assert task.slice("de", "test").source == task.slice("de", "train").source == "en"
    assert task.data.columns == {"source": "sentence2", "target": "sentence1"}
    assert not task.data.multiparallel and task.train is not None
    same = ("repo", "revision", "configs", "columns", "shared", "licence", "citation")
    assert [getattr(task.train, name) for name in same] == [getattr(other, name) for name in same]
    assert task.train.splits == {"train": other.splits["train"]}
    assert task.slice("de", "train").made_by == "human"


def test_which_retrieval_can_take_another_pivot() -> None:
    assert {name for name, task in TASKS.items() if task.paired and task.data.multiparallel} == {
        "sib200_retrieval", "ntrex", "flores",
    }  # fmt: skip


def test_the_parts_of_ntrex_are_all_of_it() -> None:
    parts = [part(text) for text in TASKS["ntrex"].data.splits.values()]
    assert [(one.split, one.start, one.stop) for one in parts] == [
        ("test", 0, 1005), ("test", 1005, 1253), ("test", 1253, 1997),
    ]  # fmt: skip


def test_flores_has_the_languages_of_sib200() -> None:
    assert set(TASKS["flores"].languages) == set(TASKS["sib200"].languages)
    changed = {tag for tag, code in TASKS["flores"].data.configs.items() if TASKS["sib200"].data.configs[tag] != code}
    assert changed == set("ajp ak apc et gn kg fil tw tzm-Tfng zh zh-Hant".split())


def test_sib200_is_the_same_data_twice() -> None:
    one, other = TASKS["sib200"].data, TASKS["sib200_retrieval"].data
    assert (one.repo, one.revision, one.configs) == (other.repo, other.revision, other.configs)
    assert other.join == "index_id"


@pytest.mark.parametrize(
    ("module", "config", "tag"),
    [
        ("wikiann", "als", "gsw"),
        ("wikiann", "sq", "sq"),
        ("wikiann", "simple", "en-simple"),
        ("wikiann", "bat-smg", "sgs"),
        ("wikiann", "be-x-old", "be-tarask"),
        ("wikiann", "fiu-vro", "vro"),
        ("wikiann", "map-bms", "jv-x-bms"),
        ("wikiann", "zh-classical", "lzh-Hant"),
        ("wikiann", "zh-min-nan", "nan-Latn"),
        ("wikiann", "zh-yue", "yue"),
        ("wikiann", "cbk-zam", "cbk"),
        ("wikiann", "no", "nb"),
        ("wikiann", "tl", "fil"),
        ("wikiann", "sh", "sh"),
        ("wikiann", "crh", "crh-Latn"),
        ("sib200", "crh_Latn", "crh-Latn"),
        ("sib200", "als_Latn", "sq"),
        ("sib200", "nob_Latn", "nb"),
        ("sib200", "tgl_Latn", "fil"),
        ("sib200", "kor_Hang", "ko"),
        ("sib200", "twi_Latn", "tw"),
        ("sib200", "aka_Latn", "ak"),
        ("sib200", "prs_Arab", "fa-AF"),
        ("sib200", "pes_Arab", "fa"),
        ("sib200", "zho_Hans", "zh"),
        ("tatoeba", "nob-eng", "nb"),
        ("tatoeba", "cmn-eng", "zh"),
        ("tatoeba", "kzj-eng", "kzj"),
        ("tatoeba", "dtp-eng", "dtp"),
        ("ntrex", "fas_Arab", "fa"),
        ("ntrex", "prs_Arab", "fa-AF"),
        ("ntrex", "swa_Latn", "sw"),
        ("ntrex", "srp_Latn", "sr-Latn"),
        ("ntrex", "zho_Hans", "zh"),
        ("flores", "cmn_Hans", "zh"),
        ("flores", "cmn_Hant", "zh-Hant"),
        ("flores", "fil_Latn", "fil"),
        ("flores", "apc_Arab_sout3123", "ajp"),
        ("bucc", "zh-en", "zh"),
    ],
)
def test_configurations_that_are_easily_mistaken(module: str, config: str, tag: str) -> None:
    assert TASKS[module].data.configs[tag] == config


mirrored = pytest.mark.skipif(not HUB.is_dir(), reason="no mirror of the Hub in ../shared/hub")


def in_mirror(task: Task) -> Path:
    """Where the files or folders of its data are."""
    repo = HUB / task.data.repo
    if not repo.is_dir():
        pytest.skip(f"{task.data.repo} is not in the mirror")
    return repo / "data" if (repo / "data").is_dir() else repo


@mirrored
def test_everything_in_the_mirror_is_declared(task: Task) -> None:
    import pyarrow.parquet as pq

    place = in_mirror(task)
    if task.data.shared:
        there = set(pq.read_schema(next(place.glob("test-*.parquet"))).names)
    else:
        there = {path.name for path in place.iterdir() if path.is_dir()}
    assert there and there <= set(task.data.configs.values())


@mirrored
def test_declared_columns_and_labels_are_in_the_mirror(task: Task) -> None:
    import pyarrow.parquet as pq

    place = in_mirror(task)
    if task.data.shared:
        # Its columns are its languages.
        return
    file = next(place.joinpath(task.data.configs["de"]).glob("test-*.parquet"))
    table = pq.read_table(file)
    assert set(task.data.columns.values()) <= set(table.column_names)
    if "label" in task.data.columns:
        found = set(table[task.data.columns["label"]].to_pylist())
        assert found == set(task.labels) or found == set(range(len(task.labels)))
    if "tags" in task.data.columns:
        tags = {tag for row in table[task.data.columns["tags"]].to_pylist() for tag in row}
        assert tags == set(range(len(task.labels)))


@mirrored
def test_articles_of_ntrex_are_not_cut() -> None:
    """Where a part begins there is a headline, which ends without a full stop; and parts have no sentence in common."""
    import pyarrow.parquet as pq

    task = TASKS["ntrex"]
    rows = pq.read_table(next(in_mirror(task).glob("test-*.parquet")), columns=["eng_Latn"]).column(0).to_pylist()
    parts = [part(text) for text in task.data.splits.values()]
    assert parts[-1].stop == len(rows)
    for one in parts:
        assert rows[one.start].rstrip("'")[-1].isalnum()
        assert one.start == 0 or rows[one.start - 1][-1] in '.!?"\u201d'
    texts = [set(rows[one.start : one.stop]) for one in parts]
    assert not (texts[0] & texts[2] or texts[1] & texts[2] or texts[0] & texts[1])


@mirrored
@pytest.mark.parametrize(("module", "column"), [("tatoeba", "target"), ("sib200", "text"), ("wikiann", "words")])
def test_scripts_are_those_of_the_texts(module: str, column: str) -> None:
    """Most letters of a text belong to the script that its tag says (Tatoeba's Serbian is in two)."""
    import unicodedata

    import pyarrow.parquet as pq

    called = {"LATIN": "Latn", "ARABIC": "Arab", "CYRILLIC": "Cyrl", "DEVANAGARI": "Deva", "TIFINAGH": "Tfng"}
    task = TASKS[module]
    repo = HUB / task.data.repo
    place = repo / "data" if (repo / "data").is_dir() else repo
    wrong = []
    for tag, config in task.data.configs.items():
        for file in sorted(place.joinpath(config).glob("test-*.parquet")):
            rows = pq.read_table(file, columns=[task.data.columns[column]]).column(0).to_pylist()[:100]
            letters = [c for row in rows for c in "".join(row) if c.isalpha()]
            scripts = [called.get(unicodedata.name(c, "").split(" ")[0], "other") for c in letters]
            most = max(set(scripts), key=scripts.count)
            expected = language(tag).script
            if most != (expected if expected in called.values() else "other"):
                wrong.append(config)
    assert wrong == (["srp-eng"] if module == "tatoeba" else [])
