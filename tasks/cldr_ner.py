"""Embedded suite: which words name a place, a language, a currency?

Tagging in the languages of Unicode CLDR, on generated rows (`xbench/data/cldr/ner.py`). Tags are exact, since who
writes a list of facts knows where each of them stands. A demonstration: scores say how xbench works, and little
about natural language.
"""

from xbench.api import CLDR, CLDR_LACKING, Aligner, Data, Recipe, Task

task = Task(
    name="cldr-ner",
    version=1,
    kind="tagging",
    data=Data(
        repo="cldr/ner",
        revision="CLDR 47, seed 2027, frames 2",
        configs=CLDR,
        columns={"words": "tokens", "tags": "ner_tags", "id": "id", "group": "group"},
        licence="Unicode License v3",
        citation="Unicode CLDR, https://cldr.unicode.org",
        origin="cldr",
        lacking=CLDR_LACKING,
    ),
    labels=("O", "B-LOC", "I-LOC", "B-LANG", "I-LANG", "B-CUR", "I-CUR"),
    recipe=Recipe(learning_rate=1e-3, epochs=2, batch_size=16, warmup=0.1),
    max_length=128,
    made_by={"train": "generated", "dev": "generated", "test": "generated"},
    # Of its embeddings, which were started from co-occurrence across languages: on dev they align names best.
    aligner=Aligner("embedded", layer=0),
)
