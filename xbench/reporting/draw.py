"""A process that draws its share of the pictures, which come in through its standard input: see `files.save`."""

from __future__ import annotations

import pickle
import sys

from xbench.errors import XbenchError


def main() -> None:
    """Draws; bad input ends with its message alone."""
    try:
        for picture in pickle.load(sys.stdin.buffer):
            picture.save()
    except XbenchError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
