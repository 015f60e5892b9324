"""Protocols by name, such as `zero-shot`, or `few-shot(100)` with a value for its first field."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from xbench.api import Protocol
from xbench.errors import XbenchError
from xbench.plugins import Axis

_CALL = re.compile(r"(?P<name>[^()]+)(\((?P<value>[^()]*)\))?")


def numbered(name: str) -> tuple[str, int | None]:
    """What a protocol is called without its number, and that number; None for one that takes none.

    Example:
        >>> numbered("few-shot(10)"), numbered("zero-shot")
        (('few-shot', 10), ('zero-shot', None))
    """
    call = _CALL.fullmatch(name)
    number = call and call["value"]
    return (call["name"], int(number)) if call and number and number.isdecimal() else (name, None)


def pick_protocols(axis: Axis[Protocol], names: Sequence[str]) -> tuple[Protocol, ...]:
    """The named protocols, in the order of their names, once each.

    Raises:
        XbenchError: An unknown name, or a value that is no number.
    """
    return tuple({name: _protocol(axis, name) for name in names}.values())


def _protocol(axis: Axis[Protocol], name: str) -> Protocol:
    call = _CALL.fullmatch(name)
    takers = {entry.name.partition("(")[0]: entry for entry in axis.values() if "(" in entry.name}
    if name in axis.entries or call is None or call["name"] not in takers:
        return axis[name]
    entry: Any = takers[call["name"]]
    field = fields(entry)[0].name
    if call["value"] is None:
        raise XbenchError(f"protocol {name} needs a number: write {call['name']}({field}), such as {entry.name}")
    try:
        changed: Protocol = replace(entry, **{field: int(call["value"])})
    except ValueError as error:
        raise XbenchError(f"protocol {name}: {call['value']!r} is no whole number: such as {entry.name}") from error
    return changed
