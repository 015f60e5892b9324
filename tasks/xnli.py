"""XNLI: does one sentence follow from another, contradict it, or neither?

Natural language inference in 15 languages (Conneau et al. 2018). Dev and test pairs were written in English
and translated by professionals, so the languages are parallel. Training is on the English of MultiNLI; the
train split of every other language is its published machine translation, for translate-train. The recipe is
XTREME's, with the two epochs of its paper. Macro averages over all 15 languages include English, as published ones do.
"""

from xbench.api import Data, Recipe, Task, configs

task = Task(
    name="xnli",
    version=1,
    kind="classification",
    data=Data(
        repo="facebook/xnli",
        revision="b8dd5d7af51114dbda02c0e3f6133f332186418e",
        configs=configs("ar bg de el en es fr hi ru sw th tr ur vi zh".split()),
        columns={"text": "premise", "pair": "hypothesis", "label": "label"},
        licence="CC BY-NC 4.0; portions from MultiNLI under the OANC's licence",
        citation="Conneau et al. 2018, https://aclanthology.org/D18-1269",
    ),
    labels=("entailment", "neutral", "contradiction"),
    recipe=Recipe(learning_rate=2e-5, epochs=2),
    max_length=128,
    known_as={"xtreme": "xnli"},
    made_by={"train": "published-mt", "dev": "human", "test": "human"},
)
