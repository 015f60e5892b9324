"""Finding a corpus, and what must be so of any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from xbench.api import Corpus, Passages, Split
from xbench.errors import XbenchError, closest
from xbench.languages import select
from xbench.plugins import registry
from xbench.pretraining.folder import Folder


def find_corpus(name: str, parallel: bool = False) -> Corpus:
    """A corpus by name, or a folder with a text file per language.

    Args:
        name: As in `--corpus`.
        parallel: Whether line i of a folder's file says the same as line i of every other.

    Raises:
        XbenchError: There is neither, or a corpus that is not parallel is called so.
    """
    path = Path(name).expanduser()
    if path.is_dir():
        return Folder(path, parallel)
    corpora = registry().corpora
    if name not in corpora.entries:
        raise XbenchError(
            f"no corpus and no folder {name!r}: {closest(name, corpora)}; or name a folder with a text file per "
            "language, such as de.txt and sw.txt"
        )
    corpus = corpora[name]
    if parallel and not corpus.parallel:
        raise XbenchError(f"the passages of {name} do not translate each other: leave --parallel out")
    return corpus


def chosen(corpus: Corpus, languages: Sequence[str]) -> tuple[str, ...]:
    """The languages of a corpus that were asked for, all if none were; sorted, so that their order plays no part."""
    return tuple(sorted(select(languages, corpus.languages) if languages else corpus.languages))


def read(corpus: Corpus, languages: Sequence[str], split: Split) -> Mapping[str, Passages]:
    """The passages of a split by language, checked.

    Raises:
        XbenchError: A language has too few, or what is called parallel or restated is not.
    """
    found = {language: corpus.passages(language, split) for language in languages}
    for language, passages in found.items():
        if len(passages.texts) < 2:
            raise XbenchError(
                f"{corpus.name} has {len(passages.texts)} passages of `{language}` to "
                f"{'learn from' if split == 'train' else 'hold out'}: it takes two or more; add some, or leave the "
                "language out with --languages"
            )
        if passages.restated and len(passages.restated) != len(passages.texts):
            raise XbenchError(
                f"{corpus.name} restates {len(passages.restated)} of {len(passages.texts)} passages of {language}: "
                "it must restate all of a language, or none"
            )
        first = languages[0]
        if corpus.parallel and len(passages.texts) != len(found[first].texts):
            raise XbenchError(
                f"{corpus.name} calls itself parallel, but has {len(passages.texts)} passages of {language} and "
                f"{len(found[first].texts)} of {first}"
            )
    return found
