"""Recognize errors that arrive as an event with status 200.

Some are errors by their form. Others are only a message in an object that is no event of any
wire: they count if the model did not end its answer.
"""

from __future__ import annotations

from collections.abc import Mapping

from foretype.models.wires.parts import Event, mapping, text

MAX_MESSAGE_CHARS = 2000
"""Characters of a server's message that are examined."""

_MESSAGE_FIELDS = (
    *("message", "detail", "msg", "error", "errors", "error_msg", "error_message", "title"),
    *("status_msg", "base_resp", "fault", "faultstring", "reason"),
)
"""Fields that may hold the server's message, in search order."""
_CODES = ("code", "status_code", "status")


def error_in(event: Event) -> Event | None:
    """Return the error if the event has the form of one; otherwise None."""
    inner = event.get("error")
    if any(inner.values()) if isinstance(inner, Mapping) else inner:
        return error_of(inner if isinstance(inner, str | Mapping) else event, event)
    if "error" in (event.get("object"), event.get("type")):
        return error_of(event, event)
    return None


def complaint_in(event: Event) -> Event | None:
    """Return the server's message in an object that is no event; None if there is none."""
    if event.get("choices") or not message_in(event):
        return None
    return error_of(event, event)


def error_of(error: object, event: Event | None = None) -> Event:
    """Build an error object with the server's message."""
    event = event or mapping(error)
    inner = mapping(error) or {"message": message_in(error)}
    code = next((found for name in _CODES if (found := inner.get(name) or event.get(name))), None)
    others = {name: value for name, value in inner.items() if name != "error"}
    return {**others, "message": message_in(error), "code": code}


def message_in(value: object, depth: int = 0) -> str:
    """Return the first message in an error, wherever it is."""
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
