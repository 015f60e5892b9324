"""Embedded suite: which name fills the gap?

A cloze in the languages of Unicode CLDR, on generated rows (`xbench/data/cldr/cloze.py`): an English list of three
facts stands beside the same list in another language, in which the name of a place or a language is a gap. The
checkpoint's own masked-LM head ranks the names of all 60 rows. A demonstration: scores say how xbench works, and
little about natural language.
"""

from xbench.api import CLDR, CLDR_LACKING, Data, Task

task = Task(
    name="cldr-cloze",
    version=1,
    kind="cloze",
    data=Data(
        repo="cldr/cloze",
        revision="CLDR 47, seed 2027, frames 2",
        configs=CLDR,
        columns={
            "source": "word", "target": "word", "source_text": "text", "target_text": "gap", "id": "id",
            "group": "group",
        },
        licence="Unicode License v3",
        citation="Unicode CLDR, https://cldr.unicode.org",
        origin="cldr",
        join="id",
        lacking=CLDR_LACKING,
    ),
    max_length=128,
    splits=("dev", "test"),
    made_by={"dev": "generated", "test": "generated"},
    settings={"text": "{source_text}", "pair": "{target_text}"},
)  # fmt: skip
