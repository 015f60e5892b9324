"""Declared retrieval tasks on made-up rows in the layout of their repositories, from a Hub on this machine."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from data_helpers import write_repo
from hub_server import Fault, HubServer
from kind_helpers import HUB, need

CLIENT = """
import json, sys
from dataclasses import replace
from xbench.data import Library
from xbench.errors import XbenchError
from xbench.planning.request import adapt
from xbench.plugins import registry

found = registry()
task = adapt(found.tasks[{task!r}], (), {source!r})
kind, piece, library = found.kinds[task.kind], task.slice({language!r}, {split!r}), Library()
try:
    rows = library.rows(piece, kind, task)
    said = dict(rows=rows.rows, revision=rows.revision, missing=library.missing(piece), size=library.size(piece))
except XbenchError as error:
    said = dict(error=type(error).__name__, message=str(error))
print(json.dumps(said))
"""
COMMITS = {
    "mteb/bucc-bitext-mining": "1739dc11ffe9b7bfccd7f3d585aeb4c544fc6677",
    "openlanguagedata/flores_plus": "5fec6c13f9e5a4db2f745d4ec0d7c9721ddc4f06",
    "mteb/NTREXBitextMining": "66b8b27efc99658903127730575e9fa0cb9f075c",
}


def ask(server: HubServer, home: Path, task: str, language: str, split: str = "test", source: str = "en") -> Any:
    """What a client sees of a task that comes with xbench."""
    code = CLIENT.format(task=task, language=language, split=split, source=source)
    run = subprocess.run([sys.executable, "-c", code], env=server.environment(home), capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


def lines(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows as JSON lines, packed if the name says so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)


def card(folder: Path, configs: Sequence[Mapping[str, Any]]) -> None:
    """A card that lists configurations and their files."""
    (folder / "README.md").write_text(f"---\n{yaml.safe_dump({'configs': list(configs)})}---\n\n# Made up\n")


def bucc(folder: Path) -> Path:
    """A packed file for each pair, the foreign sentence first."""
    files = []
    for place, code in enumerate(("de", "fr", "ru", "zh")):
        pairs = [{"sentence1": f"{code} {i}", "sentence2": f"en {i}"} for i in range(3 + place)]
        lines(folder / "test" / f"{code}-en.jsonl.gz", pairs)
        files.append(
            {"config_name": f"{code}-en", "data_files": [{"split": "test", "path": f"test/{code}-en.jsonl.gz"}]}
        )
    card(folder, files)
    return folder


def flores(folder: Path) -> Path:
    """A file for each split and language; ids are numbers, and the languages have different orders."""
    configs = []
    for code in ("eng_Latn", "deu_Latn", "cmn_Hans", "twi_Latn_asan1239"):
        for split, count in (("dev", 4), ("devtest", 5)):
            rows = [{"id": i, "iso_639_3": code[:3], "text": f"{code} {split} {i}"} for i in range(count)]
            lines(folder / split / f"{code}.jsonl", rows[::-1] if code == "deu_Latn" else rows)
        paths = [{"split": split, "path": f"{split}/{code}.jsonl"} for split in ("dev", "devtest")]
        configs.append({"config_name": code, "data_files": paths})
    card(folder, configs)
    return folder


def ntrex(folder: Path, rows: int = 1997) -> Path:
    """One table with a column for each language."""
    columns = {code: [f"{code} {i}" for i in range(rows)] for code in ("eng_Latn", "deu_Latn", "swa_Latn")}
    return write_repo(folder, {"default": {"test": columns}})


MAKERS = {"mteb/bucc-bitext-mining": bucc, "openlanguagedata/flores_plus": flores, "mteb/NTREXBitextMining": ntrex}


@pytest.fixture
def server(tmp_path: Path) -> Any:
    states = {}
    for repo, make in MAKERS.items():
        folder = tmp_path / "hub" / repo
        folder.mkdir(parents=True)
        states[repo] = {COMMITS[repo]: make(folder)}
    with HubServer(datasets=states) as running:
        yield running


def test_bucc(server: HubServer, tmp_path: Path) -> None:
    found = ask(server, tmp_path, "bucc", "zh")
    assert found["rows"] == [{"id": str(i), "source": f"en {i}", "target": f"zh {i}"} for i in range(6)]
    assert found["revision"] == COMMITS["mteb/bucc-bitext-mining"] and found["missing"] is None
    fetched = [request.path for request in server.log if "jsonl" in request.path]
    assert fetched and all("zh-en" in path for path in fetched)


def test_flores_pairs_by_id_with_any_pivot(server: HubServer, tmp_path: Path) -> None:
    found = ask(server, tmp_path, "flores", "de")
    # The order of the language is kept.
    assert found["rows"] == [
        {"id": str(i), "source": f"eng_Latn devtest {i}", "target": f"deu_Latn devtest {i}"} for i in range(4, -1, -1)
    ]
    pairs = ask(server, tmp_path, "flores", "zh", "train", source="tw")["rows"]
    assert pairs[1] == {"id": "1", "source": "twi_Latn_asan1239 dev 1", "target": "cmn_Hans dev 1"}
    assert len(pairs) == 4
    gone = ask(server, tmp_path, "flores", "sw")
    assert gone["error"] == "Unavailable" and "no configuration `swh_Latn`" in gone["message"]


def test_flores_is_gated(server: HubServer, tmp_path: Path) -> None:
    server.fail("/resolve/", Fault(401, {"X-Error-Code": "GatedRepo"}, times=99))
    refused = ask(server, tmp_path, "flores", "de")
    assert refused["error"] == "Unavailable" and "accept its terms" in refused["message"]


def test_ntrex_from_the_hub(server: HubServer, tmp_path: Path) -> None:
    found = ask(server, tmp_path, "ntrex", "de", "dev", source="sw")
    assert found["rows"][0] == {"id": "0", "source": "swa_Latn 1005", "target": "deu_Latn 1005"}
    assert len(found["rows"]) == found["size"] == 248
    gone = ask(server, tmp_path, "ntrex", "yo")
    assert gone["error"] == "Unavailable" and "the Hub has no column `yor_Latn`" in gone["message"]
    # Tatoeba's training pairs are these, with the languages that both have.
    pairs = ask(server, tmp_path, "tatoeba", "sw", "train")["rows"]
    assert len(pairs) == 1005 and pairs[1004]["target"] == "swa_Latn 1004"
    lacking = ask(server, tmp_path, "tatoeba", "kab", "train")
    assert lacking["error"] == "Unavailable"
    assert "mteb/NTREXBitextMining is not declared for `kab`" in lacking["message"]


def test_real_rows_of_sib200_pair_without_english() -> None:
    from dataclasses import replace

    from xbench.data import Library
    from xbench.plugins import registry

    need(HUB / "Davlan" / "sib200")
    found = registry()
    task = replace(found.tasks["sib200-retrieval"], source="de")
    library, kind = Library(HUB), found.kinds["translation"]
    french = library.rows(task.slice("fr", "test"), kind, task).rows
    english = {row["id"]: row for row in library.rows(task.slice("en", "test"), kind, task).rows}
    assert len(french) == len(english) == 204
    # The German side is the same whichever language it is paired with, and the other side is not English.
    assert all(row["source"] == english[row["id"]]["source"] for row in french)
    assert not any(row["target"] == english[row["id"]]["target"] for row in french)
