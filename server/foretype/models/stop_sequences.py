"""Cut streamed text at stop sequences, even if the server does not.

Servers drop ``stop``, ignore it, or emit a sentinel of the model as text. Works incrementally:
the result does not depend on chunking.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_SURROGATE = re.compile("[\ud800-\udfff]")


class StopSequenceCutter:
    """Incremental cutter: takes text in pieces, and returns what may be passed on.

    A possible beginning of a stop sequence is held back unless it is only white space: a line end
    is worth showing at once.
    """

    def __init__(self, stops: Iterable[str]) -> None:
        self._stops = tuple(stop for stop in stops if stop)
        self._tail = ""
        """The end of the text in which a stop sequence may have begun."""
        self._given = 0
        """Characters of the tail that were already passed on."""
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
        """Return held back text that was not a stop sequence."""
        return "" if self.stopped else self._tail[self._given :]

    def _begun(self, text: str) -> int:
        """Return where the longest possible beginning of a stop sequence starts."""
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
    """Return where the stop sequence begins that is complete first."""
    found = [(at + len(stop), at) for stop in stops if (at := text.find(stop)) >= 0]
    return min(found)[1] if found else None
