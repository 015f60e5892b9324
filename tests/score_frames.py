"""Tables of scores made up for tests: seeded, with holes and with degenerate fits."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from xbench.reporting.frame import COLUMNS

Row = dict[str, Any]

NO_TEST = "the data set has no labelled test split in this language"
COLLAPSED = "1 of 3 runs did not beat the majority answer on dev (seed 3); converged runs: 61.0 (n=2)"


def row(language: str = "", **given: Any) -> Row:
    """One row with everything filled in; what is given replaces it."""
    base: Row = dict.fromkeys(COLUMNS)
    base.update(
        checkpoint="acme/mini", task="xnli", protocol="zero-shot", language=language, over="", metric="accuracy",
        main=True, score=60.0, sd=None, seeds=1, ci_low=55.0, ci_high=65.0, chance=33.3, examples=1000,
        source_language="en", train_made_by="original", direction="", split="test", status="ok", reason="", note="",
        signature="task:xnli|version:1|protocol:zero-shot|split:test|metric:accuracy|seeds:1",
    )  # fmt: skip
    return {**base, **given}


def lost(language: str = "", reason: str = NO_TEST, **given: Any) -> Row:
    """A row for something that cannot be had: it knows no metric and no signature."""
    empty = dict.fromkeys(["score", "sd", "seeds", "ci_low", "ci_high", "chance", "examples"])
    return row(language, **{**empty, "status": "unavailable", "reason": reason, "metric": "", "signature": "", **given})


def averages(rows: Iterable[Row], asked: Sequence[str]) -> list[Row]:
    """The rows of `all` and `target` over these rows' scores, with what each is over."""
    known = [r for r in rows if r["score"] is not None]
    source = known[0]["source_language"]
    shared = {key: known[0][key] for key in ("checkpoint", "task", "protocol", "metric", "seeds", "signature")}
    found = []
    for panel, left_out in (("all", ""), ("target", source)):
        own = [r["score"] for r in known if r["language"] != left_out]
        members = [tag for tag in asked if tag != left_out]
        missing = sorted(set(members) - {r["language"] for r in known})
        reason = f"mean of {len(own)} of {len(members)} languages"
        reason += f"; missing: {' '.join(missing)}" if missing else ""
        if own:
            mean = sum(own) / len(own)
            found.append(
                row(over=panel, **shared, score=mean, sd=0.5, chance=None, reason=reason, source_language=source)
            )
    return found


def frame(rows: Iterable[Row]) -> pd.DataFrame:
    """Rows as a table with the columns of `scores.csv`."""
    return pd.DataFrame(list(rows), columns=list(COLUMNS))


def column(tags: Sequence[str], salt: int = 0, every: int = 11, **given: Any) -> list[Row]:
    """A checkpoint on one task and protocol, with averages.

    Args:
        tags: Languages, the source (`en`) among them or not.
        salt: Seed.
        every: Each of so many languages is unavailable, and the one after it degenerate.
        given: Of every row.
    """
    chance = random.Random(salt)
    rows = []
    for place, tag in enumerate(tags):
        if place % every == every - 2 and tag != "en":
            kept = {key: given[key] for key in ("checkpoint", "task", "protocol") if key in given}
            rows.append(lost(tag, **kept))
            continue
        score = 82.0 if tag == "en" else round(chance.uniform(30, 80), 3)
        seeded = {"seeds": 3, "sd": round(chance.uniform(0.2, 2), 3), "ci_low": score - 3.0, "ci_high": score + 3.0}
        hurt = {"status": "degenerate", "reason": COLLAPSED} if place % every == every - 1 else {}
        rows.append(row(tag, **{"score": score, **seeded, **hurt, **given}))
    return rows + averages(rows, tags)


def layered(tags: Sequence[str], salt: int = 0, **given: Any) -> list[Row]:
    """A frozen probe: both directions and 13 layers, of which layer 8 from English is the main score."""
    chance = random.Random(salt)
    rows = []
    for tag in tags:
        if tag == "en":
            continue
        peak = chance.uniform(20, 95)
        for layer in range(13):
            for direction, loss in ((f"en→{tag}", 0.0), (f"{tag}→en", 4.0)):
                score = max(0.0, peak - 1.3 * (layer - 8) ** 2 - loss)
                own: Row = {
                    "task": "tatoeba", "protocol": "as-is", "score": score, "layer": layer, "direction": direction,
                    "main": layer == 8 and direction.startswith("en→"), "train_made_by": "", "chance": 0.1,
                    "ci_low": max(0.0, score - 2.0), "ci_high": min(100.0, score + 2.0),
                    "signature": f"task:tatoeba|version:1|layer:{layer}|direction:{direction}",
                }  # fmt: skip
                rows.append(row(tag, **{**own, **given}))
    means = averages([r for r in rows if r["main"]], [tag for tag in tags if tag != "en"])
    return rows + [{**mean, "layer": 8, "direction": "en→xx"} for mean in means]
