"""PAWS-X: do two sentences with nearly the same words say the same thing?

Paraphrase identification in 7 languages (Yang et al. 2019). The pairs are adversarial: words are swapped so
that overlap alone does not tell. Dev and test were translated by people from English, the train splits of the
other languages by machine. Label 1 is a paraphrase, 0 is none. The recipe is XTREME's.
"""

from xbench.api import Data, Recipe, Task, configs

task = Task(
    name="pawsx",
    version=1,
    kind="classification",
    data=Data(
        repo="google-research-datasets/paws-x",
        revision="4cd8187c404bda33cb1f62b49b001115862acf37",
        configs=configs("de en es fr ja ko zh".split()),
        columns={"text": "sentence1", "pair": "sentence2", "label": "label", "id": "id"},
        licence="free for any purpose, with acknowledgement of Google LLC as the source of the data",
        citation="Yang et al. 2019, https://aclanthology.org/D19-1382",
    ),
    labels=("0", "1"),
    recipe=Recipe(learning_rate=2e-5, epochs=5),
    max_length=128,
    known_as={"xtreme": "pawsx"},
    made_by={"train": "published-mt", "dev": "human", "test": "human"},
)
