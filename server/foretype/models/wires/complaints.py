"""Errors that come as an event under status 200, in the forms that servers have for them.

Some are errors by their form. Others are only some words in an object that is no event of any
wire: these count where the model did not end its answer.
"""

from __future__ import annotations

from collections.abc import Mapping

from foretype.models.wires.parts import Event, mapping, text

MAX_MESSAGE_CHARS = 2000
"""How much of a server's words is looked at, in characters."""

_MESSAGE_FIELDS = (
    *("message", "detail", "msg", "error", "errors", "error_msg", "error_message", "title"),
    *("status_msg", "base_resp", "fault", "faultstring", "reason"),
)
"""Where servers put their words, in the order in which they are looked for."""
_CODES = ("code", "status_code", "status")


def error_in(event: Event) -> Event | None:
    """The error that an event is by its form; None where it is none."""
    inner = event.get("error")
    if any(inner.values()) if isinstance(inner, Mapping) else inner:
        return error_of(inner if isinstance(inner, str | Mapping) else event, event)
    if "error" in (event.get("object"), event.get("type")):
        return error_of(event, event)
    return None


def complaint_in(event: Event) -> Event | None:
    """What a server says in an object that is no event; None where it says nothing."""
    if event.get("choices") or not message_in(event):
        return None
    return error_of(event, event)


def error_of(error: object, event: Event | None = None) -> Event:
    """An error as one object, which has the server's words as its message."""
    event = event or mapping(error)
    inner = mapping(error) or {"message": message_in(error)}
    code = next((found for name in _CODES if (found := inner.get(name) or event.get(name))), None)
    others = {name: value for name, value in inner.items() if name != "error"}
    return {**others, "message": message_in(error), "code": code}


def message_in(value: object, depth: int = 0) -> str:
    """The first words in an error, wherever they stand in it."""
    if isinstance(value, str):
        return value[:MAX_MESSAGE_CHARS]
    if depth > 3:
        return ""
    if isinstance(value, list):
        return "; ".join(filter(None, (message_in(item, depth + 1) for item in value[:3])))
    fields = mapping(value)
    words = next(
        filter(None, (message_in(fields.get(name), depth + 1) for name in _MESSAGE_FIELDS)), ""
    )
    place = fields.get("loc")
    if words and isinstance(place, list):
        return f"{'.'.join(text(part) or str(part) for part in place[:5])[:100]}: {words}"
    return words
