"""The suite `cldr-probes`: what an encoder knows of translation, on rows generated from Unicode CLDR."""

from xbench.api import Suite

suite = Suite(
    name="cldr-probes",
    tasks=("cldr-lexicon", "cldr-alignment", "cldr-cloze", "cldr-generation"),
    models=("embedded",),
    seeds=(1,),
)
