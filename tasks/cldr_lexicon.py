"""Embedded suite: which word of another language translates an English one?

Lexicon induction in the languages of Unicode CLDR, on names of places, languages, currencies, months and units
(`xbench/data/cldr/lexicon.py`): 100 test words, half of which occur in no other text, and 90 others to fit maps on.
Words are encoded alone; every one comes with three lists in which it stands, for `--set settings.vectors=contextual`.
A demonstration: scores say how xbench works, and little about natural language.
"""

from xbench.api import CLDR, CLDR_LACKING, Data, Task

task = Task(
    name="cldr-lexicon",
    version=1,
    kind="lexicon",
    data=Data(
        repo="cldr/lexicon",
        revision="CLDR 47, seed 2027, frames 2",
        configs=CLDR,
        columns={
            "source": "word",
            "target": "word",
            "source_context": "context",
            "target_context": "context",
            "source_span": "span",
            "target_span": "span",
            "id": "id",
            "group": "group",
        },
        licence="Unicode License v3",
        citation="Unicode CLDR, https://cldr.unicode.org",
        splits={"train": "train", "test": "test"},
        origin="cldr",
        join="id",
        lacking=CLDR_LACKING,
    ),
    max_length=128,
    splits=("train", "test"),
    made_by={"train": "generated", "test": "generated"},
    settings={"layers": {2: 2}},
)
