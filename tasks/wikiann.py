"""WikiANN (PAN-X): names of people, organisations and places in Wikipedia.

Named-entity tagging in 176 editions of Wikipedia (Pan et al. 2017), in the balanced splits of Rahimi et al.
(2019). Tags come from links and are silver, not gold; small editions have 100 sentences per split. XTREME
averages over 40 of the languages: that is the panel `xtreme`, English included. The recipe is XTREME's.
Editions get the tag of what they are written in, where their code is no language code or another language's.
"""

from xbench.api import XTREME, Data, Recipe, Task, configs

_EDITIONS = """
ace af als am an ang ar arc arz as ast ay az ba bar bat-smg be be-x-old bg bh bn bo br bs ca cbk-zam cdo ce
ceb ckb co crh cs csb cv cy da de diq dv el eml en eo es et eu ext fa fi fiu-vro fo fr frr fur fy ga gan gd
gl gn gu hak he hi hr hsb hu hy ia id ig ilo io is it ja jbo jv ka kk km kn ko ksh ku ky la lb li lij lmo ln
lt lv map-bms mg mhr mi min mk ml mn mr ms mt mwl my mzn nap nds ne nl nn no nov oc or os pa pdc pl pms pnb
ps pt qu rm ro ru rw sa sah scn sco sd sh si simple sk sl so sq sr su sv sw szl ta te tg th tk tl tr tt ug
uk ur uz vec vep vi vls vo wa war wuu xmf yi yo zea zh zh-classical zh-min-nan zh-yue
"""
_TAGS = {
    "als": "gsw",  # the edition is Alemannic; the code belongs to Tosk Albanian
    "bat-smg": "sgs",
    "be-x-old": "be-tarask",
    "cbk-zam": "cbk",
    "fiu-vro": "vro",
    "map-bms": "jv-x-bms",  # Banyumasan, which has no code of its own
    "simple": "en-simple",
    "zh-yue": "yue",
    # Editions in another script than CLDR takes to be the language's usual one.
    "arc": "arc-Syrc",
    "cdo": "cdo-Latn",
    "crh": "crh-Latn",
    "hak": "hak-Latn",
    "zh-classical": "lzh-Hant",
    "zh-min-nan": "nan-Latn",
}

task = Task(
    name="wikiann",
    version=1,
    kind="tagging",
    data=Data(
        repo="unimelb-nlp/wikiann",
        revision="f0a3be6dc5564c0cc4150bb660144800a1f539d4",
        configs=configs(_EDITIONS.split(), special=_TAGS),
        columns={"words": "tokens", "tags": "ner_tags"},
        licence="none stated on the Hub; text of Wikipedia is CC BY-SA, the annotation ODC-BY according to XTREME",
        citation="Pan et al. 2017, https://aclanthology.org/P17-1178; Rahimi et al. 2019, https://aclanthology.org/P19-1015",
    ),
    labels=("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"),
    recipe=Recipe(learning_rate=2e-5, epochs=10),
    max_length=128,
    known_as={"xtreme": "panx"},
    panels={"xtreme": XTREME},
)
