"""Embedded suite: does one list of facts follow from another, contradict it, or neither?

Inference in the languages of Unicode CLDR, on generated rows (`xbench/data/cldr/nli.py`): a premise says where, when,
how long or how much; a hypothesis says two such facts again. Rows are parallel, and neither sentence tells the
label by itself. A demonstration: scores say how xbench works, and little about natural language.
"""

from xbench.api import CLDR, CLDR_LACKING, Data, Recipe, Task

task = Task(
    name="cldr-nli",
    version=1,
    kind="classification",
    data=Data(
        repo="cldr/nli",
        revision="CLDR 47, seed 2027, frames 2",
        configs=CLDR,
        columns={"text": "premise", "pair": "hypothesis", "label": "label", "id": "id", "group": "group"},
        licence="Unicode License v3",
        citation="Unicode CLDR, https://cldr.unicode.org",
        origin="cldr",
        lacking=CLDR_LACKING,
    ),
    labels=("entailment", "neutral", "contradiction"),
    recipe=Recipe(learning_rate=5e-4, epochs=3, batch_size=16, warmup=0.1),
    max_length=128,
    made_by={"train": "generated", "dev": "generated", "test": "generated"},
)
