"""BUCC 2018: which English sentence translates this one?

Retrieval among the gold pairs of the shared task on mining parallel sentences from comparable corpora (Zweigenbaum et
al. 2017), in German, French, Russian and Chinese with English: the shared task itself hides them among many more
sentences that have no translation, and scores F1, so that its numbers are not these. Sentences are mean-pooled, as
XTREME's paper says; XTREME's script takes the [CLS] token: `--set settings.pooling=cls`. The layers are those
of Tatoeba.
"""

from xbench.api import Data, Task, configs

task = Task(
    name="bucc",
    version=1,
    kind="translation",
    data=Data(
        repo="mteb/bucc-bitext-mining",
        revision="1739dc11ffe9b7bfccd7f3d585aeb4c544fc6677",
        configs=configs("de fr ru zh".split(), "{}-en"),
        columns={"source": "sentence2", "target": "sentence1"},
        licence="CC BY-SA 4.0 according to the Hub; MTEB calls it not specified",
        citation="Zweigenbaum et al. 2017, https://aclanthology.org/W17-2512",
    ),
    max_length=512,
    splits=("test",),
    made_by={"test": "human"},
    settings={"layers": {12: 8, 24: 14}},
)
