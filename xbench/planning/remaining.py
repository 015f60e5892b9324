"""What of a plan is not done yet."""

from __future__ import annotations

from pathlib import Path

from xbench.api import Slice
from xbench.jobs import Run
from xbench.store import predictions
from xbench.store.layout import predictions as path_of


def remaining(run: Run, root: Path) -> tuple[Slice, ...]:
    """The test slices of a run that have no predictions yet.

    Raises:
        XbenchError: A file is there but damaged, or belongs to another run.
    """
    folder = root / run.folder
    records = [folder / "run.json"] if run.fit.identity else [folder / "run.json", root / run.fit.folder / "fit.json"]
    # Both say what predictions rest on. Predictions without them are no results.
    if not all(path.is_file() for path in records):
        return run.tests
    left = []
    for piece in run.tests:
        path = path_of(folder, piece.language)
        if not path.is_file():
            left.append(piece)
            continue
        facts = predictions.facts(path)
        if facts.get("run") != run.key:
            raise predictions.damaged(path, "it belongs to another run")
        # A name that stands for a checkpoint for each direction pins none of them in the run's key.
        if piece.translator and facts["read"]["translator"]["revision"] != piece.translator.revision:
            left.append(piece)
    return tuple(left)
