"""The argument of ``foretype.refactor``: read whatever a client sends, and find what it means.

A wrong one is a clear error. The place that it names counts in an older version, perhaps: then
it is moved to the current one, or refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from lsprotocol import types

from foretype.core.range_anchor import RangeAnchor
from foretype.core.text import Document
from foretype.lsp import convert
from foretype.lsp.command_names import REFACTOR
from foretype.lsp.wire.json_rpc import RequestError
from foretype.refactor.actions.target import Problem, Spot

MOVED_ON = "the text has changed since then: choose the action again"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client asks for."""

    action: str = ""
    instruction: str = ""
    uri: str = ""
    version: int | None = None
    range: types.Range | None = None
    problem: str = ""


def read(argument: Any) -> Asked:
    """A client's argument: an object, or an instruction alone. RequestError: it is neither."""
    if isinstance(argument, str):
        return Asked(instruction=argument)
    if not isinstance(argument, Mapping):
        raise RequestError(f"{REFACTOR} takes an object with action, uri and range")
    texts = {}
    for name in ("action", "instruction", "uri", "problem"):
        value = argument.get(name) or ""
        if not isinstance(value, str):
            raise RequestError(f"{REFACTOR}: {name} is a string")
        texts[name] = value
    version = argument.get("version")
    if isinstance(version, float) and version.is_integer():
        version = int(version)  # Lua has one kind of number.
    if version is not None and (not isinstance(version, int) or isinstance(version, bool)):
        raise RequestError(f"{REFACTOR}: version is a number")
    return Asked(**texts, version=version, range=_range(argument.get("range")))


def spot_of(
    asked: Asked, document: Document, seen: Spot | None, encoding: convert.Encoding
) -> Spot:
    """Where in the document the client means; ``seen`` is what it was last offered actions for.

    RequestError: the text has changed there.
    """
    start, end = _place(asked, document, seen, encoding)
    problems = (Problem(start, end, asked.problem),) if asked.problem else ()
    return Spot(document, start, end, problems)


def _range(value: Any) -> types.Range | None:
    if value is None:
        return None
    try:
        start, end = (
            types.Position(line=int(value[side]["line"]), character=int(value[side]["character"]))
            for side in ("start", "end")
        )
    except (TypeError, ValueError, KeyError, OverflowError):
        raise RequestError(f"{REFACTOR}: range has a start and an end") from None
    return types.Range(start=start, end=end)


def _place(
    asked: Asked, document: Document, seen: Spot | None, encoding: convert.Encoding
) -> tuple[int, int]:
    if asked.range is None:
        if seen is None:
            return 0, len(document.text)
        place = convert.to_range(seen.document, seen.start, seen.end, encoding)
        asked = replace(asked, version=seen.document.version, range=place)
    assert asked.range is not None
    if asked.version in (None, document.version):
        return convert.to_offsets(document, asked.range, encoding)
    if seen is None or seen.document.version != asked.version:
        raise RequestError(MOVED_ON)
    old = seen.document
    start, end = convert.to_offsets(old, asked.range, encoding)
    first, last = old.line_start(old.line_of(start)), old.line_end(old.line_of(end))
    place_now = RangeAnchor.on(old, first, last).place(document)
    if place_now is None:
        raise RequestError(MOVED_ON)
    return place_now[0] + start - first, place_now[0] + end - first
