"""Which languages a checkpoint was pretrained on, as far as anybody said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from xbench.errors import XbenchError, closest
from xbench.languages.facts import LISTED, seen_in_pretraining
from xbench.languages.tags import canonical

_CHECKPOINTS: Mapping[str, str] = MappingProxyType({"bert-base-multilingual-cased": "mbert"})
"""Last part of a checkpoint's name -> the family whose languages the table lists."""


@dataclass(frozen=True)
class Pretraining:
    """Who was pretrained on what: what the language table lists, and what a user declares besides.

    Attributes:
        declared: Name of a checkpoint -> canonical tags of everything that it was pretrained on. It counts, not the
            table, where a checkpoint has both.
    """

    declared: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def known(self) -> tuple[str, ...]:
        """Families and checkpoints of which somebody said it, sorted."""
        return tuple(sorted({*LISTED, *self.declared}))

    def seen(self, who: str, tag: str) -> bool | None:
        """Whether a checkpoint, or a family of them, was pretrained on a language.

        Args:
            who: Name of the checkpoint or family.
            tag: Canonical tag of the language.

        Returns:
            None where nobody said.

        Example:
            >>> own = Pretraining({"mine": frozenset({"de"})})
            >>> own.seen("mine", "de"), own.seen("mine", "zu"), own.seen("other", "de")
            (True, False, None)
            >>> own.seen("google-bert/bert-base-multilingual-cased", "zu")
            False
        """
        if who in self.declared:
            return tag in self.declared[who]
        return seen_in_pretraining(_CHECKPOINTS.get(who.rpartition("/")[2], who), tag)


def declared(texts: Sequence[str]) -> Pretraining:
    """Reads what a user declares.

    Args:
        texts: `CHECKPOINT=mbert` for the languages of a family that the table lists, `CHECKPOINT=de,fr` for these, or
            `CHECKPOINT=@FILE` for those in a file of codes (blanks, commas or lines between them).

    Raises:
        XbenchError: Another form, an unknown code, or a file that cannot be read.
    """
    found: dict[str, frozenset[str]] = {}
    for text in texts:
        name, equals, said = text.partition("=")
        if not (name and equals and said.strip()):
            raise XbenchError(
                f"--pretrained {text}: write CHECKPOINT=FAMILY ({', '.join(sorted(LISTED))}), CHECKPOINT=de,fr,… or "
                "CHECKPOINT=@FILE"
            )
        found[name] = _tags(said, text)
    return Pretraining(found)


def _tags(said: str, text: str) -> frozenset[str]:
    from xbench.languages.table import rows

    if said in LISTED:
        return frozenset(tag for tag in rows() if seen_in_pretraining(said, tag))
    if said.startswith("@"):
        path = Path(said[1:])
        try:
            said = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise XbenchError(f"--pretrained {text}: {path} cannot be read ({error})") from error
    try:
        tags = frozenset(canonical(code) for code in said.replace(",", " ").split())
    except XbenchError as error:
        raise XbenchError(f"--pretrained {text}: {error}; families: {closest(said, LISTED)}") from error
    if not tags:
        raise XbenchError(f"--pretrained {text}: there is no language in it")
    return tags
