"""Text cut where a stop sequence begins, whether or not the server was asked to do so.

Servers drop ``stop``, ignore it, or print a sentinel of the model as text. Works on the stream:
the outcome is the same for every way of chunking.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_SURROGATE = re.compile("[\ud800-\udfff]")


class StopSequenceCutter:
    """Feed it text in pieces; it gives what may be passed on.

    What might be the beginning of a stop sequence is held back, unless that is only white space:
    a line's end is worth more at once than taken back.
    """

    def __init__(self, stops: Iterable[str]) -> None:
        self._stops = tuple(stop for stop in stops if stop)
        self._tail = ""
        """The end of the text so far in which a stop sequence may have begun."""
        self._given = 0
        """How much of the tail was passed on already."""
        self._half = ""
        self.stopped = False

    def feed(self, text: str) -> str:
        if self.stopped:
            return ""
        text = self._whole(text)
        if not self._stops:
            return text
        tail = self._tail + text
        at = _first_stop(tail, self._stops)
        if at is not None:
            self.stopped = True
            return tail[self._given : at]
        begun = self._begun(tail)
        upto = max(len(tail) if tail[begun:].isspace() else begun, self._given)
        out = tail[self._given : upto]
        self._tail, self._given = tail[begun:], upto - begun
        return out

    def end(self) -> str:
        """What was held back and turned out to be text."""
        return "" if self.stopped else self._tail[self._given :]

    def _begun(self, text: str) -> int:
        """Where the longest end of the text begins that a stop sequence begins with."""
        longest = max(map(len, self._stops)) - 1
        for start in range(max(len(text) - longest, 0), len(text)):
            if any(stop.startswith(text[start:]) for stop in self._stops):
                return start
        return len(text)

    def _whole(self, text: str) -> str:
        # Some servers escape a character beyond the basic plane in two halves, in two chunks.
        if not self._half and not _SURROGATE.search(text):
            return text
        text = self._half + text
        self._half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        text = text[: len(text) - len(self._half)]
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _first_stop(text: str, stops: tuple[str, ...]) -> int | None:
    """Where the stop sequence begins that is complete first: a stream cannot wait for more."""
    found = [(at + len(stop), at) for stop in stops if (at := text.find(stop)) >= 0]
    return min(found)[1] if found else None
