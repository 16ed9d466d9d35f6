"""Server-sent events from bytes as they come off the wire.

Only what streams of models use: the data of each event. Lines end where the standard says
(``\\r\\n``, ``\\n``, ``\\r``) and nowhere else, since JSON may hold other line separators.
"""

from __future__ import annotations

import re

MAX_EVENT_BYTES = 8 * 2**20
"""An event longer than this is no answer of a model."""

_LINE_END = re.compile(rb"\r\n|\n|\r")


class EventTooLong(ValueError):
    """A line or an event that does not end."""


class Events:
    """Feed it bytes in any pieces; it gives the data of each event once it is whole."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []
        self._size = 0

    def feed(self, piece: bytes) -> list[str]:
        """The data of the events that this piece completes."""
        text = self._rest + piece
        # A "\r" at the very end may be half of a "\r\n".
        held = text[-1:] == b"\r"
        *lines, rest = _LINE_END.split(text[:-1] if held else text)
        self._rest = rest + b"\r" if held else rest
        if len(self._rest) + self._size > MAX_EVENT_BYTES:
            raise EventTooLong
        return self._events(lines)

    def end(self) -> list[str]:
        """What is left when the bytes have ended: an event without its closing blank line."""
        lines = [*_LINE_END.split(self._rest), b""]
        self._rest = b""
        return self._events(lines)

    def _events(self, lines: list[bytes]) -> list[str]:
        events = []
        for line in lines:
            if line.startswith(b"data:"):
                data = line[5:].removeprefix(b" ")
                self._data.append(data)
                self._size += len(data)
            elif not line and self._data:
                events.append(b"\n".join(self._data).decode())
                self._data.clear()
                self._size = 0
        return events
