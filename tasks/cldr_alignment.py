"""Embedded suite: which words of two lists of facts belong together?

Word alignment between English and the languages of Unicode CLDR, on generated rows (`xbench/data/cldr/alignment.py`):
100 test pairs of lists that say the same in another order and other styles, and 60 others to fit maps on. Links are
exact, since who writes a list knows which words say what; what several words say together is linked possibly.
A demonstration: scores say how xbench works, and little about natural language.
"""

from xbench.api import CLDR, CLDR_LACKING, Data, Task

task = Task(
    name="cldr-alignment",
    version=1,
    kind="alignment",
    data=Data(
        repo="cldr/alignment",
        revision="CLDR 47, seed 2027, frames 2",
        configs=CLDR,
        columns={"source": "source", "target": "target", "links": "links", "id": "id", "group": "group"},
        licence="Unicode License v3",
        citation="Unicode CLDR, https://cldr.unicode.org",
        splits={"train": "train", "test": "test"},
        origin="cldr",
        lacking=CLDR_LACKING,
    ),
    max_length=128,
    splits=("train", "test"),
    made_by={"train": "generated", "test": "generated"},
    settings={"layers": {2: 2}, "first_index": 0},
)
