"""Embedded suite: which English list of facts translates this one?

Retrieval of translations in the languages of Unicode CLDR, on generated rows (`xbench/data/cldr/parallel.py`): 120
candidates in fours with the same digits, so that words must tell them apart. 160 training pairs, of other facts, are
there to fit maps between languages. A demonstration: scores say how xbench works, and little about natural language.
"""

from xbench.api import CLDR, CLDR_LACKING, Data, Task

task = Task(
    name="cldr-translation",
    version=1,
    kind="translation",
    data=Data(
        repo="cldr/parallel",
        revision="CLDR 47, seed 2027, frames 2",
        configs=CLDR,
        columns={"source": "text", "target": "text", "id": "id", "group": "group"},
        licence="Unicode License v3",
        citation="Unicode CLDR, https://cldr.unicode.org",
        origin="cldr",
        join="id",
        lacking=CLDR_LACKING,
    ),
    max_length=128,
    made_by={"train": "generated", "dev": "generated", "test": "generated"},
    settings={"layers": {2: 2}},
)
