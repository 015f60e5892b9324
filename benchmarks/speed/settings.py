"""What was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""Of the project, where workers find their modules."""


@dataclass(frozen=True)
class Settings:
    """How to measure.

    Attributes:
        folder: Temporary, for checkpoints, rows and what workers leave behind.
        data: Folder in the Hub's layout with XNLI and Tatoeba; None for rows that are generated from CLDR.
        vocabulary: Folder with a tokenizer; None for the one of the shipped checkpoint.
        layers: Of the encoder.
        hidden: Its width.
        pairs: Rows of each language.
        probed: Languages in which translations are retrieved; empty for all that there are.
        repeat: Rounds.
        device: Such as `cpu` or `cuda:0`.
        threads: On a CPU; None for as many as torch takes.
        peers: Python of the environment with the peers; None to do without them.
    """

    folder: Path
    data: Path | None
    vocabulary: Path | None
    layers: int
    hidden: int
    pairs: int
    probed: tuple[str, ...]
    repeat: int
    device: str
    threads: int | None
    peers: Path | None
