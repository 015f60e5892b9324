"""Embedded suite: do two lists of facts say the same?

Paraphrase identification in the languages of Unicode CLDR, on generated rows (`xbench/data/cldr/paraphrase.py`): the
second list has another order and dates in another style; in negatives one fact differs, or two numbers have changed
places. Label 1 is a paraphrase. A demonstration: scores say how xbench works, and little about natural language.
"""

from xbench.api import CLDR, CLDR_LACKING, Data, Recipe, Task

task = Task(
    name="cldr-paraphrase",
    version=1,
    kind="classification",
    data=Data(
        repo="cldr/paraphrase",
        revision="CLDR 47, seed 2027, frames 2",
        configs=CLDR,
        columns={"text": "sentence1", "pair": "sentence2", "label": "label", "id": "id", "group": "group"},
        licence="Unicode License v3",
        citation="Unicode CLDR, https://cldr.unicode.org",
        origin="cldr",
        lacking=CLDR_LACKING,
    ),
    labels=("0", "1"),
    recipe=Recipe(learning_rate=5e-4, epochs=2, batch_size=16, warmup=0.1),
    max_length=128,
    made_by={"train": "generated", "dev": "generated", "test": "generated"},
)
