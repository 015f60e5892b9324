"""All comparisons with one checkpoint at a glance: an average each, and what could not be compared."""

from __future__ import annotations

from xbench.reporting.comparison.build import Answer
from xbench.reporting.comparison.result import Comparison
from xbench.reporting.comparison.words import interval, leader, probability
from xbench.reporting.markup import Texts
from xbench.reporting.names import some

_NOTES = (
    "Each average is over the languages that both have. Difference: of the other checkpoint to the first, with the "
    "95 % interval over examples.",
    "Better: told apart on other examples (p below 5 %). ▲ / ≈ / ▼: in how many languages the other is better, cannot "
    "be told apart, is worse, by Holm over all of them. Over seeds: Welch's t, where both have three runs.",
)


def overview(found: Answer) -> Texts:
    """A row per comparison.

    Args:
        found: With one comparison or more.
    """
    first = found.checkpoints[0]
    head = ("Checkpoint", "Task", "Protocol", "Metric", "Better", first, "Its own", "Difference [95 %]", "Examples",
            "Over seeds", "Languages ▲ / ≈ / ▼")  # fmt: skip
    return Texts(f"Against {first}", head, [_row(one) for one in found.comparisons], (), _NOTES, names=5)


def _row(one: Comparison) -> list[str]:
    whole = one.whole
    return [
        one.other,
        one.task,
        " · ".join(filter(None, (one.protocol, one.variant))),
        one.metric,
        leader(one, whole.difference.value) if whole.told else "not told apart",
        f"{whole.first:.1f}",
        f"{whole.other:.1f}",
        interval(whole.difference),
        probability(whole.p),
        probability(whole.welch.p) if whole.welch else "–",
        f"{whole.wins} / {whole.ties} / {whole.losses}",
    ]


def refusals(found: Answer) -> list[str]:
    """What could not be compared: a sentence for every reason, with the checkpoints and places that it is good for."""
    reasons: dict[str, dict[str, list[str]]] = {}
    for other, several in found.refused.items():
        for one in several:
            reasons.setdefault(one.reason, {}).setdefault(other, []).append(f"{one.task} {one.protocol}")
    told: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for reason, where in reasons.items():
        for other, places in where.items():
            told.setdefault((reason, tuple(places)), []).append(other)
    return [f"{some(others)} on {', '.join(places)}: {reason}" for (reason, places), others in told.items()]
