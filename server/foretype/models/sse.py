"""Parse server-sent events from bytes as they arrive.

Only what model streams use: the name and the data of each event. Lines end where the standard
says (``\\r\\n``, ``\\n``, ``\\r``) and nowhere else, since JSON may hold other line separators.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from foretype.models.wires import AnswerTooLong

MAX_EVENT_BYTES = 2 * 2**20
"""Maximum bytes of an event, which is parsed as JSON in one go."""

LINE_END = re.compile(rb"\r\n|\n|\r")


class EventTooLong(AnswerTooLong):
    """A line or an event exceeds the limit."""


class ServerEvent(NamedTuple):
    """One event. Its name is usually empty."""

    data: str
    name: str = ""


class EventParser:
    """Incremental parser: takes bytes in any pieces, and returns complete events."""

    def __init__(self) -> None:
        self._line: list[bytes] = []
        """The unfinished line in pieces, joined only once."""
        self._line_size = 0
        self._after_cr = False
        self._data: list[bytes] = []
        self._size = 0
        self._name = b""

    def feed(self, piece: bytes) -> list[ServerEvent]:
        """Return the events that this piece completes."""
        if not piece:
            return []
        if self._after_cr:
            # The line has ended with the "\r"; this may be the rest of a "\r\n".
            piece = piece.removeprefix(b"\n")
        self._after_cr = piece.endswith(b"\r")
        first, *others = LINE_END.split(piece)
        self._line.append(first)
        self._line_size += len(first)
        events = []
        if others:
            events = self._events([b"".join(self._line), *others[:-1]])
            self._line = others[-1:]
            self._line_size = len(others[-1])
        if self._line_size + self._size > MAX_EVENT_BYTES:
            raise EventTooLong
        return events

    def end(self) -> list[ServerEvent]:
        """Return the last event, if its closing blank line is missing."""
        lines = [b"".join(self._line), b""]
        self._line, self._line_size = [], 0
        return self._events(lines)

    def _events(self, lines: list[bytes]) -> list[ServerEvent]:
        events = []
        for line in lines:
            if not line:
                if self._data:
                    data = b"\n".join(self._data).decode()
                    events.append(ServerEvent(data, self._name.decode(errors="replace")))
                self._data.clear()
                self._size, self._name = 0, b""
                continue
            field, _, value = line.partition(b":")
            if field == b"data":
                self._data.append(value.removeprefix(b" "))
                # The whole line counts: empty ones take memory too.
                self._size += len(line)
            elif field == b"event":
                self._name = value.strip()
        return events
