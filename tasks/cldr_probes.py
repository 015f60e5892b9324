"""The suite `cldr-probes`: what a frozen encoder knows of translation, on rows generated from Unicode CLDR."""

from xbench.api import Suite

suite = Suite(name="cldr-probes", tasks=("cldr-lexicon", "cldr-alignment"), models=("embedded",), seeds=(1,))
