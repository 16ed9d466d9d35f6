"""A stream cleaned while it comes, with work for a chunk that is bounded by the chunk.

``clean`` reads all that it is given. A text longer than suggestions are is therefore read again
only once it has grown by a share of its length, and thoughts that ended are never read again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from foretype.completion.cleanup import CompletionContext, Flow, clean
from foretype.completion.cleanup.reasoning import LONGEST_TAG, NEVER, ended_thoughts

SMALL = 1_000
"""Characters up to which a text is read again with each chunk."""
SHARE = 8
"""A longer one is read again once it has grown by one part in so many."""


@dataclass
class Cleaner:
    """What a stream has said so far, fit to be inserted at the place."""

    ctx: CompletionContext
    flow: Flow = field(default_factory=lambda: Flow(""))
    """What was certain when the text was read last."""
    _text: str = ""
    """What came, from the end of the last thoughts that ended; line ends as ``\\n``."""
    _half: str = ""
    """Half a line end, which tells nothing yet."""
    _n_read: int = 0
    """Characters of the text that were there when it was read last."""
    _end_of_thoughts: re.Pattern[str] = NEVER
    """What ends the thoughts that go on, in lower case."""

    def add(self, chunk: str) -> bool:
        """Take what comes next. False where the text was not read again."""
        n_before = len(self._text)
        self._append(chunk)
        n_new = len(self._text) - self._n_read
        is_due = n_new * SHARE >= len(self._text) - SMALL
        if not is_due and not self._ends_thoughts(n_before):
            return False
        self._read(final=False)
        return True

    def end(self) -> Flow:
        """All of it, once nothing more comes."""
        self._text += self._half.replace("\r", "\n")
        self._half = ""
        self._read(final=True)
        return self.flow

    def _append(self, chunk: str) -> None:
        chunk = self._half + chunk
        self._half = "\r" if chunk.endswith("\r") else ""
        chunk = chunk.removesuffix("\r")
        self._text += chunk.replace("\r\n", "\n").replace("\r", "\n")

    def _ends_thoughts(self, n_before: int) -> bool:
        new = self._text[max(0, n_before - LONGEST_TAG) :]
        return self._end_of_thoughts.search(new.lower()) is not None

    def _read(self, *, final: bool) -> None:
        self.flow = clean(self._text, self.ctx, final=final)
        self._end_of_thoughts = NEVER
        if not self.flow.text:
            closed, self._end_of_thoughts = ended_thoughts(self._text, self.ctx)
            self._text = self._text[closed:]
        self._n_read = len(self._text)
