"""Spans of a sentence to spans of its translation, and back and forth between spans and IOB2 tags."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from xbench.kinds.markers import Span
from xbench.metrics.spans import lenient

Links = Collection[tuple[int, int]]
"""Word alignment: places of a word of the source and of a word of the target that translate each other."""

_GAP = 1
"""Words without a link that a span may have inside it: articles and case markers often have none."""


def spans_of(tags: Sequence[str]) -> list[tuple[Span, str]]:
    """Spans of words with their labels, in the order of the sentence; an I- without a B- before it opens one.

    Example:
        >>> spans_of(["O", "B-LOC", "I-LOC", "B-PER"])
        [((1, 3), 'LOC'), ((3, 4), 'PER')]
    """
    return sorted(((begin, last + 1), label) for label, begin, last in lenient(tags))


def tags_of(count: int, spans: Mapping[Span, str]) -> list[str]:
    """IOB2 tags of so many words.

    Example:
        >>> tags_of(4, {(1, 3): "LOC"})
        ['O', 'B-LOC', 'I-LOC', 'O']
    """
    tags = ["O"] * count
    for (begin, end), label in spans.items():
        tags[begin:end] = [f"B-{label}", *[f"I-{label}"] * (end - begin - 1)]
    return tags


def project(spans: Sequence[Span], links: Links) -> list[Span | None]:
    """Where each span of a sentence is in its translation.

    A span's words in the translation are those that any of its words is linked to. Of these the longest run counts, in
    which one word at a time may lack a link; of equally long ones the first. A word that two spans are linked to
    belongs to the span with more links to it, and to none where they have equally many.

    Args:
        spans: Places of the words of each span, disjoint.
        links: Of the words of the sentence and of its translation.

    Returns:
        For every span its place in the translation, disjoint; None for a span that has none.

    Example:
        >>> project([(0, 2), (3, 4)], {(0, 4), (1, 5), (2, 2), (3, 0)})
        [(4, 6), (0, 1)]
    """
    weights: dict[int, dict[int, int]] = {}
    for index, (begin, end) in enumerate(spans):
        for source, target in links:
            if begin <= source < end:
                own = weights.setdefault(target, {})
                own[index] = own.get(index, 0) + 1
    words: list[list[int]] = [[] for _ in spans]
    for target, claims in sorted(weights.items()):
        most = max(claims.values())
        best = [index for index, weight in claims.items() if weight == most]
        if len(best) == 1:
            words[best[0]].append(target)
    taken = {target for own in words for target in own}
    return [_longest_run(own, taken - set(own)) if own else None for own in words]


def _longest_run(words: Sequence[int], others: Collection[int]) -> Span:
    runs = [[words[0]]]
    for word in words[1:]:
        between = range(runs[-1][-1] + 1, word)
        if len(between) <= _GAP and not any(one in others for one in between):
            runs[-1].append(word)
        else:
            runs.append([word])
    longest = max(runs, key=len)
    return longest[0], longest[-1] + 1
