"""Messages out of a stream of bytes: the base protocol's headers and bodies.

Does no input or output, so that every way of cutting a stream can be tested. Knows nothing of
JSON. What is no header is passed over until the next header is found: a stray ``print`` of a
wrapper script, a length that makes no sense or a body left behind costs what it is, no more.
"""

from __future__ import annotations

import re

MAX_BODY = 128 * 2**20
"""The longest body that is believed, in bytes. A longer announcement is taken for garbage."""

_LONGEST_HEADER = 4096
# Searched for at the end of a line, because garbage without a line end may stand before it.
_CONTENT_LENGTH = re.compile(rb"content-length[ \t]*:[ \t]*([0-9]{1,12})[ \t\r]*\Z", re.IGNORECASE)


class Framer:
    """Takes a stream in pieces and gives the bodies of the messages that are complete."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._length: int | None = None
        self._in_body = False

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next piece; give the bodies that it completes."""
        self._buffer += data
        bodies = []
        while (body := self._next()) is not None:
            bodies.append(body)
        return bodies

    def _next(self) -> bytes | None:
        while not self._in_body:
            line = self._line()
            if line is None:
                return None
            if found := _CONTENT_LENGTH.search(line):
                length = int(found[1])
                self._length = length if length <= MAX_BODY else None
            elif not line.strip() and self._length is not None:
                self._in_body = True
        length = self._length or 0
        if len(self._buffer) < length:
            return None
        body = bytes(self._buffer[:length])
        del self._buffer[:length]
        self._length = None
        self._in_body = False
        return body

    def _line(self) -> bytes | None:
        end = self._buffer.find(b"\n")
        if end < 0:
            # A header may begin in the last bytes; what stands before them is no header.
            del self._buffer[:-_LONGEST_HEADER]
            return None
        line = bytes(self._buffer[max(end - _LONGEST_HEADER, 0) : end])
        del self._buffer[: end + 1]
        return line


def frame(body: bytes) -> bytes:
    """A message as it is sent."""
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
