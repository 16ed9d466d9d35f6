"""Ask a model for the next edit: once a burst, judged, and kept until it is shown or stale.

Only through the model that it is given, which is gated and paid for.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field

from foretype.core.cursor import Cursor
from foretype.core.text import Document, Edit
from foretype.core.text_style import line_end_of, with_line_ends
from foretype.models.protocol import Model, ModelError
from foretype.next_edit.model.answer_reader import AnswerReader, Hunk
from foretype.next_edit.model.candidate import Candidate
from foretype.next_edit.model.refusals import why_refused
from foretype.next_edit.model.rewrite_prompt import Window, build_prompt, window_at
from foretype.next_edit.model.triggers import MAX_OUTCOMES, Outcome, Silence, quiet_s, why_silent
from foretype.next_edit.next_edits import NextEdits
from foretype.next_edit.proposal import Proposal

log = logging.getLogger(__name__)

MAX_LABEL_CHARS = 60


@dataclass
class ModelEdits:
    """The model's part in the next edits of one session."""

    edits: NextEdits
    masked: Callable[[str], str]
    """Masks secrets in a text."""
    why: str = ""
    """What became of the last question, for the user to read."""
    n_asked: int = 0
    outcomes: deque[Outcome] = field(default_factory=lambda: deque(maxlen=MAX_OUTCOMES))
    _asked_for: int = -1
    """The burst after which the model was asked last."""
    _wide: bool = False
    _running: asyncio.Task[None] | None = None

    def judged(self, at_s: float, *, accepted: bool) -> None:
        """An edit that was shown was accepted or rejected."""
        self.outcomes.append(Outcome(at_s, accepted))
        self._wide = accepted

    def why_silent(self, cursor: Cursor, now_s: float, *, ghost_text: bool) -> Silence | None:
        """Why the model is not asked at a cursor; None where it is."""
        history = self.edits.history
        return why_silent(
            cursor,
            history.last,
            asked=self._asked_for == history.n_bursts,
            ghost_text=ghost_text,
            outcomes=self.outcomes,
            now_s=now_s,
        )

    def wait_s(self, cursor: Cursor, now_s: float) -> float:
        """How long until the model may be asked, in seconds."""
        last = self.edits.history.last
        at_s = last.at_s if last is not None else now_s
        return max(0.0, at_s + quiet_s(cursor, self.outcomes, now_s) - now_s)

    def start(
        self, model: Model, cursor: Cursor, now: Callable[[str], Document | None]
    ) -> asyncio.Task[None] | None:
        """Ask the model about a place, in a task of its own; None where the place is too long.

        ``now`` gives a document as it is.
        """
        window = window_at(cursor.document, cursor.offset, wide=self._wide)
        bursts = [burst for burst in self.edits.history if burst.is_change]
        prompt = build_prompt(window, cursor.offset, bursts)
        if prompt is None:
            self.why = "the lines around the cursor are too long"
            return None
        if self.masked(window.text) != window.text:
            self.why = "the lines around the cursor hold a secret"
            return None
        self._asked_for = self.edits.history.n_bursts
        self.n_asked += 1
        self.cancel()

        async def ask() -> None:
            reader = AnswerReader(window.lines)
            try:
                async with aclosing(model.stream(prompt)) as chunks:
                    async for chunk in chunks:
                        if chunk.text and reader.feed(chunk.text):
                            break
                        if chunk.is_cut:
                            self.why = "the model's answer was cut"
                            return
            except ModelError as fault:
                self.why = f"the model: {fault}"
                return
            current = now(cursor.document.uri)
            if current is not None:
                self._take(reader.finish(), reader, window, cursor, current)

        self._running = asyncio.get_running_loop().create_task(ask())
        return self._running

    @property
    def running(self) -> asyncio.Task[None] | None:
        """The question that waits for its answer."""
        running = self._running
        return running if running is not None and not running.done() else None

    def cancel(self) -> None:
        """End what runs: the text has changed."""
        if (running := self.running) is not None:
            running.cancel()
        self._running = None

    async def close(self) -> None:
        """End what runs, and wait for its connection to be closed."""
        running = self._running
        self.cancel()
        if running is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await running

    def _take(
        self,
        hunks: tuple[Hunk, ...],
        reader: AnswerReader,
        window: Window,
        cursor: Cursor,
        current: Document,
    ) -> None:
        """Judge an answer's edits and keep those that are good."""
        self._wide = not hunks
        if not hunks:
            self.why = "the model has nothing to add" if reader.declined else "it changes nothing"
            return
        uri = window.document.uri
        bursts = [burst for burst in self.edits.history if burst.uri == uri]
        found: list[Proposal] = []
        for hunk in hunks:
            edit = edit_of(window, hunk)
            candidate = Candidate(
                now=current,
                edit=edit,
                document=window.document,
                window=(window.start, window.end),
                offset=cursor.offset,
                bursts=bursts,
                elsewhere=[burst for burst in self.edits.history if burst.uri != uri],
                rejected=self.edits.rejected_keys(uri),
                masked=self.masked,
            )
            refused = why_refused(candidate)
            if refused is not None:
                self.why = f"the model's edit was not shown: {refused}"
                log.debug("a next edit was refused: %s", refused)
                continue
            least = candidate.smallest
            found.append(Proposal(window.document, least, "model", _label(hunk)))
        if found:
            self.why = "the model proposes an edit"
            self.edits.queue(found)


def _label(hunk: Hunk) -> str:
    """What an edit does, by the first line that it writes."""
    line = next((line.strip() for line in hunk.lines if line.strip()), "")
    return f"write {line[:MAX_LABEL_CHARS]}" if line else "remove what is there"


def edit_of(window: Window, hunk: Hunk) -> Edit:
    """A hunk of a window as an edit of whole lines, with the file's own line ends."""
    document = window.document
    start = document.line_start(window.first + hunk.first)
    end = document.line_start(window.first + hunk.last)
    text = "".join(f"{line}\n" for line in hunk.lines)
    if end == len(document.text) and not document.text.endswith("\n"):
        if hunk.first == hunk.last:
            text = f"\n{text}"
        text = text.removesuffix("\n")
    return Edit(start, end, with_line_ends(text, line_end_of(document.text)))
