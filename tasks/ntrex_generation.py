"""NTREX-128 in words: put this sentence of a news article into English.

The generation probe on sentences of 123 news articles that professionals translated from English (Federmann et al.
2022). A decoder of two layers on the frozen encoder learns from Arabic, German, Russian and Chinese, and then writes
English from every language; any other language can be written instead (`--source de`), and any be learnt from (`--set
train_languages=fr,hi`). Splits are those of the task `ntrex`, by article: rows 0 to 1004 for training, the next 248
dev, the last 744 test. A thousand sentences make no translator: scores are low, and compare encoders. The recipe is
this project's own and has not been tuned on any published checkpoint.
"""

from xbench.api import NTREX, Data, Recipe, Task, configs

task = Task(
    name="ntrex-generation",
    version=1,
    kind="generation",
    data=Data(
        repo="mteb/NTREXBitextMining",
        revision="66b8b27efc99658903127730575e9fa0cb9f075c",
        configs=configs(NTREX),
        columns={"source": "{source}", "target": "{language}"},
        licence="CC BY-SA 4.0",
        citation="Federmann et al. 2022, https://aclanthology.org/2022.sumeval-1.4",
        splits={"train": "test[:1005]", "dev": "test[1005:1253]", "test": "test[1253:1997]"},
        shared="default",
    ),
    recipe=Recipe(learning_rate=5e-4, epochs=10, batch_size=32, warmup=0.1),
    train_languages=("ar", "de", "ru", "zh"),
    max_length=128,
    made_by={"train": "human", "dev": "human", "test": "human"},
)
