"""What stopped a job and no other, in words."""

from __future__ import annotations

import traceback

from xbench.errors import XbenchError


def told(error: Exception) -> str:
    """The message of bad input; of anything else, which is a fault in a plugin or in xbench, where it came up."""
    if isinstance(error, XbenchError):
        return str(error)
    return f"a fault in a plugin or in xbench\n{''.join(traceback.format_exception(error)).rstrip()}"
