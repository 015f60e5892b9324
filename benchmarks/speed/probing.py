"""Retrieving translations: all layers by xbench against one layer by `mteb`, on the same weights and rows."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.speed import contest, material
from benchmarks.speed.measured import Goal, Part
from benchmarks.speed.settings import Settings
from benchmarks.speed.sides import DTYPES, ours, peer, size, timed, used, xbench

PEER = "mteb, one layer, fp32"
_FASTER = 4.0


def measure(settings: Settings) -> Part:
    """Every language once a turn: vectors of both sides in all layers, the search in both directions, scores."""
    texts = material.parallel(settings)
    rows = texts.written(settings.folder / "probing.json")
    checkpoint = material.model(settings, texts, settings.layers, settings.hidden)
    given = {"work": "predict", "checkpoint": str(checkpoint), "rows": str(rows)}
    peers = [peer(settings, PEER, "peer_mteb", given)] if settings.peers else []
    with contest.workers([*peers, *xbench(given)], settings) as ready:
        answers = contest.alternate(ready, settings.repeat)
        said = used(ready)
    tokens = sum(answers[ours("fp32")][0]["lengths"])
    about = f"{texts.about}, {tokens:,} sub-tokens, {size(settings)}; xbench reads all layers"
    part = Part("probing", "Retrieving translations", about, timed(answers, tokens=tokens), PEER)
    return replace(part, goals=tuple(goals(part)) if settings.peers else (), remarks=said)


def goals(part: Part) -> list[Goal]:
    """What is wanted of retrieval against the peer."""
    return [
        Goal(f"faster with all layers than mteb with one, {dtype}", part.seconds(PEER) / part.seconds(ours(dtype)),
             _FASTER, True, "×")
        for dtype in DTYPES
    ]  # fmt: skip
