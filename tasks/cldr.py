"""The suite `cldr`: four tasks that need neither hub nor download; their rows are generated from Unicode CLDR.

It is a first look, within minutes on a laptop, and has one seed for that: `--seeds 3` for means and intervals.
"""

from xbench.api import Suite

suite = Suite(
    name="cldr",
    tasks=("cldr-nli", "cldr-paraphrase", "cldr-ner", "cldr-translation"),
    models=("embedded",),
    seeds=(1,),
)
