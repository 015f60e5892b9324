"""Dictionaries: which word of another language translates an English one?

Lexicon induction on the dictionaries of XLING (Glavaš et al. 2019), English to German, Finnish, French, Russian and
Turkish: 2,000 test pairs, and 5,000 others to fit maps on. They were made with Google Translate from frequent English
words, and kept where all of the paper's languages have one known word for it. Words are encoded alone, and searched
among the words of the test pairs only, where published numbers search whole vocabularies: compare within xbench.
The files are not on the Hub: bring them, `dictionaries/en-de.test.tsv` and so on, in the folder of `--data`. Other
dictionaries need a task file with other `configs`; docs/probing.md has one.
"""

from xbench.api import Data, Task, configs

task = Task(
    name="dictionaries",
    version=1,
    kind="lexicon",
    data=Data(
        repo="dictionaries",
        revision="as brought",
        configs=configs("de fi fr ru tr".split(), "en-{}"),
        columns={"source": "source", "target": "target", "id": "id"},
        licence="none stated",
        citation="Glavaš et al. 2019, https://aclanthology.org/P19-1070",
        origin="folder",
    ),
    max_length=64,
    splits=("train", "test"),
    made_by={"train": "published-mt", "test": "published-mt"},
    settings={"layers": {12: 8, 24: 14}},
)
