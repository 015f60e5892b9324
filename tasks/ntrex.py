"""NTREX-128: which sentence of a news article translates this one?

Retrieval of translations among sentences of 123 news articles that professionals translated from English (Federmann
et al. 2022), every language a column of one table, so that any two make pairs: `--source de`. The 1,997
sentences have one published split. Here rows 0 to 1004 are for training, more pairs than a base model has
dimensions, the next 248 are dev, and the last 744 the pool that is searched. Both borders are where an article begins
(rows 1005 and 1253), so that no article is on two sides. The layers are those of Tatoeba.
"""

from xbench.api import NTREX, Data, Task, configs

task = Task(
    name="ntrex",
    version=1,
    kind="translation",
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
    max_length=512,
    made_by={"train": "human", "dev": "human", "test": "human"},
    settings={"layers": {12: 8, 24: 14}},
)
