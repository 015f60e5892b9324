"""FLORES+: which sentence of another language translates this one?

Retrieval of translations among the 1,012 sentences of the split devtest (Goyal et al. 2022; NLLB Team 2022), which
carry the same id in every language, so that any of them can be the pivot: `--source de`. The 997 sentences of the split
dev are the pairs for fitting maps between languages. FLORES+ keeps adding languages: these are the 205 of FLORES-200,
under the tags that they have in SIB-200, eleven of them under codes that FLORES+ has changed. Its owners ask not to
publish its sentences as plain text; on the Hub it is gated: accept the terms there first. The layers are those
of Tatoeba.
"""

from xbench.api import FLORES_200, Data, Task, configs

_CHANGED = {
    "ajp_Arab": "apc_Arab_sout3123",
    "aka_Latn": "twi_Latn_akua1239",
    "apc_Arab": "apc_Arab_nort3139",
    "est_Latn": "ekk_Latn",
    "grn_Latn": "gug_Latn",
    "kon_Latn": "ktu_Latn",
    "tgl_Latn": "fil_Latn",
    "twi_Latn": "twi_Latn_asan1239",
    "tzm_Tfng": "zgh_Tfng",
    "zho_Hans": "cmn_Hans",
    "zho_Hant": "cmn_Hant",
}

task = Task(
    name="flores",
    version=1,
    kind="translation",
    data=Data(
        repo="openlanguagedata/flores_plus",
        revision="5fec6c13f9e5a4db2f745d4ec0d7c9721ddc4f06",
        configs={tag: _CHANGED.get(code, code) for tag, code in configs(FLORES_200).items()},
        columns={"source": "text", "target": "text", "id": "id"},
        licence="CC BY-SA 4.0",
        citation="Goyal et al. 2022, https://aclanthology.org/2022.tacl-1.30; NLLB Team 2022, https://arxiv.org/abs/2207.04672",
        splits={"train": "dev", "test": "devtest"},
        join="id",
    ),
    max_length=512,
    splits=("train", "test"),
    made_by={"train": "human", "test": "human"},
    settings={"layers": {12: 8, 24: 14}},
)
