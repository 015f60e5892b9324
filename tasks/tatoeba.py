"""Tatoeba: which English sentence translates this one?

Retrieval of translations without any training (Artetxe and Schwenk 2019): up to 1,000 sentences of everyday
language from tatoeba.org in each of 112 languages, paired with English. Mean-pooled hidden states are compared
by cosine in both directions. XTREME reports its "layer 7" (13 for large models), which leaves the embeddings out of
its count: hidden state 8 (14) here. Its average over 36 languages is the panel `xtreme`. Its pools have 104 to
1,000 pairs and none to spare: maps between languages are fitted on the training pairs of `ntrex`, where it has any.
"""

from xbench.api import NTREX, XTREME, Data, Task, configs

_PAIRS = """
afr amh ang ara arq arz ast awa aze bel ben ber bos bre bul cat cbk ceb ces cha cmn cor csb cym dan deu dsb
dtp ell epo est eus fao fin fra fry gla gle glg gsw heb hin hrv hsb hun hye ido ile ina ind isl ita jav jpn
kab kat kaz khm kor kur kzj lat lfn lit lvs mal mar max mhr mkd mon nds nld nno nob nov oci orv pam pes pms
pol por ron rus slk slv spa sqi srp swe swg swh tam tat tel tgl tha tuk tur tzl uig ukr urd uzb vie war wuu
xho yid yue zsm
"""

task = Task(
    name="tatoeba",
    version=1,
    kind="translation",
    data=Data(
        repo="mteb/tatoeba-bitext-mining",
        revision="69e8f12da6e31d59addadda9a9c8a2e601a0e282",
        configs=configs(_PAIRS.split(), "{}-eng"),
        columns={"source": "sentence2", "target": "sentence1"},
        licence="CC BY 2.0 FR",
        citation="Artetxe and Schwenk 2019, https://aclanthology.org/Q19-1038; sentences from https://tatoeba.org",
    ),
    max_length=512,
    train=Data(
        repo="mteb/NTREXBitextMining",
        revision="66b8b27efc99658903127730575e9fa0cb9f075c",
        configs=configs(NTREX),
        columns={"source": "{source}", "target": "{language}"},
        licence="CC BY-SA 4.0",
        citation="Federmann et al. 2022, https://aclanthology.org/2022.sumeval-1.4",
        splits={"train": "test[:1005]"},
        shared="default",
    ),
    splits=("train", "test"),
    made_by={"train": "human", "test": "human"},
    known_as={"xtreme": "tatoeba"},
    panels={"xtreme": tuple(tag for tag in XTREME if tag not in ("en", "ms", "my", "yo"))},
    settings={"layers": {12: 8, 24: 14}},
)
