"""Embedded suite: put this list of facts into English.

The generation probe in the languages of Unicode CLDR, on generated rows (`xbench/data/cldr/generation.py`): two or
three facts, in one order and style. A decoder of two layers on the frozen encoder learns from Arabic, German, Russian
and Chinese, 1,000 rows each, and then writes English from every language; for translate-train-all the other languages
have 40 training rows each. A demonstration: scores say how xbench works, and little about natural language.
"""

from xbench.api import CLDR, CLDR_LACKING, Data, Recipe, Task

task = Task(
    name="cldr-generation",
    version=1,
    kind="generation",
    data=Data(
        repo="cldr/generation",
        revision="CLDR 47, seed 2027, frames 2",
        configs=CLDR,
        columns={"source": "text", "target": "text", "id": "id", "group": "group"},
        licence="Unicode License v3",
        citation="Unicode CLDR, https://cldr.unicode.org",
        origin="cldr",
        join="id",
        lacking=CLDR_LACKING,
    ),
    recipe=Recipe(learning_rate=2e-3, epochs=3, batch_size=16, warmup=0.1),
    train_languages=("ar", "de", "ru", "zh"),
    max_length=128,
    made_by={"train": "generated", "dev": "generated", "test": "generated"},
)
