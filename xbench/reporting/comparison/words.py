"""A comparison in sentences: who is better, by how much, and whether it can be trusted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from statistics import median

from xbench.metrics.multiplicity import LEVEL
from xbench.metrics.seeds import FEWEST
from xbench.reporting.comparison.result import BETTER, TIE, WORSE, Comparison, Estimate, Group, Language, Trend
from xbench.reporting.names import named, some

MOST = 5
"""Languages that are named on either side."""


def sentences(one: Comparison) -> list[str]:
    """What a comparison says, the most important first; what cannot be compared is at the end."""
    return [
        *_head(one),
        *_detectable(one),
        *_by_seeds(one),
        *(_groups(one, kind) for kind in ("script", "class", "seen") if len(_several(one, kind)) > 1),
        *_gap(one),
        *(_trend(trend) for trend in one.trends if trend.told),
        *_beware(one),
    ]


def brief(one: Comparison) -> list[str]:
    """The same for a terminal: the average, whether to trust it, languages that differ most, what to beware of."""
    return [*_head(one), *_beware(one)]


def _head(one: Comparison) -> list[str]:
    return [_average(one), _trust(one), _by_language(one), *_ends(one)]


def signed(value: float) -> str:
    """With its sign, as a difference is written: `+3.4`.

    Example:
        >>> signed(-0.04), signed(2.25)
        ('0.0', '+2.2')
    """
    text = f"{value:+.1f}"
    return "0.0" if float(text) == 0 else text.replace("-", "−")


def interval(one: Estimate) -> str:
    """A difference with its 95 % interval: `+3.4 [+1.0, +5.8]`."""
    return f"{signed(one.value)} [{signed(one.low)}, {signed(one.high)}]"


def probability(p: float) -> str:
    """`p = 0.012`, `p < 0.0001`."""
    return (
        "p < 0.0001" if p < 0.0001 else f"p = {p:.4f}" if p < 0.001 else f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"
    )


def leader(one: Comparison, difference: float) -> str:
    """Which of the two a difference speaks for."""
    return one.other if one.better(difference) else one.first


def _average(one: Comparison) -> str:
    whole = one.whole
    scores = f"{one.other} {whole.other:.1f}, {one.first} {whole.first:.1f}"
    over = f"on average over {_count(len(whole.tags))} that both have"
    less = ", of which less is better" if one.lower else ""
    if whole.told:
        low, high = sorted((abs(whole.difference.low), abs(whole.difference.high)))
        under = "" if _over_seeds(one) else "with these seeds "
        return (
            f"{leader(one, whole.difference.value)} is better {under}by {abs(whole.difference.value):.1f} points "
            f"[{low:.1f}, {high:.1f}] {over} ({one.metric}{less}: {scores})."
        )
    shown = f"; {whole.detectable:.1f} points would have shown with this much data" if whole.detectable else ""
    return f"They cannot be told apart {over}: {interval(whole.difference)} ({one.metric}{less}: {scores}){shown}."


def _over_seeds(one: Comparison) -> bool:
    """Whether other seeds would hardly make the average by chance, or there are none."""
    test = one.whole.welch
    return test.p < LEVEL if test else not one.seeded


def _trust(one: Comparison) -> str:
    whole, runs = one.whole, tuple(map(len, one.seeds))
    examples = f"other examples ({probability(whole.p)}; drawn {_drawn(whole)})"
    held = (f"It holds on {examples}" if whole.told else f"On {examples} it may be chance") + _edge(whole)
    if not one.seeded:
        return f"{held}. Chance took no part in what was learned: there are no other seeds."
    if whole.welch:
        holds = _over_seeds(one)
        seeds = f"over seeds ({runs[0]} and {runs[1]}, Welch {probability(whole.welch.p)})"
        if holds == whole.told:
            return f"{held}, and {seeds} likewise."
        return f"{held}, but {seeds} it {'holds' if holds else 'may be noise'}."
    if min(runs) < FEWEST:
        why = f"{runs[0]} and {runs[1]} seeds do not tell it from the noise between seeds"
    else:
        why = "the runs do not differ, or some lack languages that others have"
    return (
        f"{held}, with these runs: {why}, which is 0.5 to 1.3 points in published averages. Run {FEWEST} seeds or more."
    )


def _edge(group: Group) -> str:
    """What to say where interval and test do not agree, which they need not: they ask for chance in two ways."""
    outside = group.difference.low > 0 or group.difference.high < 0
    if outside == group.told:
        return ""
    return (
        ", though the interval leaves out 0: on the edge" if outside else ", though the interval holds 0: on the edge"
    )


def _drawn(group: Group) -> str:
    return group.resampled if "item" in group.resampled else f"from {group.resampled}"


def _by_language(one: Comparison) -> str:
    counts = {verdict: sum(own.verdict == verdict for own in one.languages) for verdict in (BETTER, WORSE, TIE)}
    tests = " or ".join(dict.fromkeys(own.test for own in one.languages))
    under = f", {one.conditional}" if one.conditional else ""
    return (
        f"Language by language ({tests}, Holm over {len(one.languages)}{under}): {one.other} is better in "
        f"{counts[BETTER]}, {one.first} in {counts[WORSE]}, {counts[TIE]} cannot be told apart."
    )


def _detectable(one: Comparison) -> Iterator[str]:
    shown = [own.detectable for own in one.languages if own.detectable is not None]
    if shown:
        span = f", {min(shown):.1f} to {max(shown):.1f}" if len(shown) > 1 else ""
        yield (
            f"Where they cannot be told apart, a true difference of {median(shown):.1f} points would have shown (median"
            f"{span}; power 80 %)."
        )
    same = [own.tag for own in one.languages if own.verdict == TIE and own.detectable is None]
    if same:
        yield f"All resampled differences are the same in {_count(len(same))}: {some(same)}."


def _by_seeds(one: Comparison) -> Iterator[str]:
    tests = [own for own in one.languages if own.welch]
    if tests:
        alone = sum(own.welch.p < LEVEL for own in tests if own.welch)
        kept = sum((own.welch_holm or 0.0) < LEVEL for own in tests)
        yield (
            f"Over seeds (Welch), languages by themselves differ in {alone} of {len(tests)}, after Holm in {kept}: "
            f"with {min(map(len, one.seeds))} seeds such a test sees large differences only."
        )


def _ends(one: Comparison) -> Iterator[str]:
    order = sorted(one.languages, key=lambda own: own.difference.value, reverse=not one.lower)
    for label, own in ((one.other, order[:MOST]), (one.first, order[::-1][:MOST])):
        kept = [
            each for each in own if one.better(each.difference.value) == (label == one.other) and each.difference.value
        ]
        if kept:
            yield f"Most for {label}: {', '.join(map(_language, kept))}."


def _language(own: Language) -> str:
    mark = "" if own.verdict == TIE else "*"
    return f"{named(own.tag).name} {interval(own.difference)}{mark}"


def _several(one: Comparison, kind: str) -> list[Group]:
    return [group for group in one.groups if group.kind == kind and len(group.tags) > 1]


def _groups(one: Comparison, kind: str) -> str:
    several = _several(one, kind)
    told = [f"{group.name} {interval(group.difference)} ({len(group.tags)})" for group in several[:MOST]]
    more = f", and {len(several) - MOST} more" if len(several) > MOST else ""
    return f"By {kind}: {', '.join(told)}{more}."


def _gap(one: Comparison) -> Iterator[str]:
    if one.whole.gaps and one.whole.gap:
        first, other = one.whole.gaps
        yield (
            f"Transfer gap ({one.source} less the mean of the others): {one.other} {other.value:.1f}, {one.first} "
            f"{first.value:.1f}, difference {interval(one.whole.gap)}."
        )


def _trend(trend: Trend) -> str:
    way = "grows" if trend.rho > 0 else "falls"
    return (
        f"The difference {way} with {trend.against}: rank correlation {trend.rho:+.2f} [{trend.low:+.2f}, "
        f"{trend.high:+.2f}] over {_count(trend.languages)}.".replace("-0.", "−0.")
    )


def _beware(one: Comparison) -> Iterator[str]:
    if "limit:" in one.signature:
        yield "Only the first rows of every slice were used: this is a trial, and no result."
    if one.layers[0] != one.layers[1]:
        yield f"Layers: {one.first} {one.layers[0]}, {one.other} {one.layers[1]}, each as the task says for its depth."
    yield from _notes(one.languages)
    yield from lacking(one)


def lacking(one: Comparison) -> Iterator[str]:
    """Which languages cannot be compared, and why."""
    for reason, tags in one.missing.items():
        yield f"Not compared: {_count(len(tags))} ({some(tags)}): {reason}."


def _notes(own: Iterable[Language]) -> Iterator[str]:
    said: dict[str, list[str]] = {}
    for one in own:
        if one.note:
            said.setdefault(one.note, []).append(one.tag)
    for note, tags in said.items():
        yield f"Note: {note} ({some(tags)})."


def _count(number: int) -> str:
    return f"{number} language" + ("" if number == 1 else "s")


def formula(one: Comparison) -> str:
    """How the smallest detectable difference is computed."""
    open_tests = sum(own.verdict == TIE for own in one.languages)
    return (
        "Would have shown: (z(1 − 0.05 / 2m) + z(0.8)) · SE, a power of 80 % at 5 % two-sided; SE is the standard "
        f"deviation of the resampled differences, m = {open_tests} the languages that Holm leaves open (1 for a group)."
    )
