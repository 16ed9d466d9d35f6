"""One model stream anchored at a cursor: it buffers its text and outlives its request.

A generation knows where it fits and what text it has so far. When it is ended is decided in
``pool.py``, and which request it answers, in ``selection/``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import InitVar, dataclass, field
from functools import cached_property

from foretype.completion.anchor import REACH_CHARS, Anchor
from foretype.completion.postprocess import CompletionContext, Postprocessor
from foretype.core.cursor import Cursor
from foretype.core.deadline import now
from foretype.core.tokens import n_fitting, n_tokens
from foretype.models.measured import Measured, measured_of
from foretype.models.protocol import Model, ModelError, ModelRejected, Prompt
from foretype.spending.usage import Usage

log = logging.getLogger(__name__)

MAX_TURNS = 3
"""Turns of the event loop from a request's answer until it is written."""
MAX_CHARS = 20_000
"""Characters of an answer, thoughts in it included, after which no more is read: no suggestion is
so long."""
PREPARE_AFTER_S = 0.02
"""Seconds after the start when the surroundings are read: the request is out, and no text is there
yet. Where text comes sooner, they are read then."""
LIKELY_CHARS = 8
"""Characters of a line after which it is looked again what it is likely to become; sooner at the
beginning of an answer."""
USAGE_WAIT_S = 1.0
"""Seconds after the finish reason in which the usage may come."""


@dataclass(eq=False)
class Generation:
    """A model stream and its text so far."""

    cursor: InitVar[Cursor]
    """Not kept: a cache full of them would hold hundreds of versions of a whole file."""
    prompt: Prompt
    context: CompletionContext
    lead: str = ""
    """Text after the cursor that is taken as typed: the model was asked what follows it."""
    anchor: Anchor = field(init=False)
    version: int = field(init=False)
    """The document's version that the model was asked for."""
    started: float = field(default_factory=now)
    """Moments are on the event loop's clock, in seconds."""
    first_token: float | None = None
    heard: float = field(default_factory=now)
    """When text came last."""
    ended: float | None = None
    raw: str = ""
    text: str = ""
    """The text that follows the anchor: the lead and what is certain of the model's text."""
    thought: int = 0
    """Characters of reasoning that came."""
    complete: bool = False
    """The text ended by itself rather than by an abort or a fault."""
    cut_short: bool = False
    """The model did not end it: its limit of tokens, a filter or a fault of the server did."""
    failure: ModelError | None = None
    usage: Usage | None = None
    refused: str = ""
    """Why its text was discarded, for the user to read."""
    _likely: tuple[int, str] = field(default=(-1, ""), repr=False)
    _task: asyncio.Task[None] | None = field(default=None, repr=False)

    def __post_init__(self, cursor: Cursor) -> None:
        self.anchor = Anchor.at(cursor)
        self.version = cursor.document.version
        self.text = self.lead

    @cached_property
    def _postprocessor(self) -> Postprocessor:
        # Made while the first token is waited for, so that the request leaves before.
        return Postprocessor(self.context)

    @property
    def is_silent(self) -> bool:
        """Whether no text has come so far that could be shown."""
        return len(self.likely) == len(self.lead)

    @property
    def likely(self) -> str:
        """The text so far with the line that has begun, as far as that can be told."""
        n_raw, text = self._likely
        n_new = len(self.raw) - n_raw
        is_old = n_new >= (LIKELY_CHARS if n_raw >= LIKELY_CHARS else 1)
        if is_old or not self.running or not text.startswith(self.text):
            text = self.lead + self._postprocessor.likely if self.running else self.text
            self._likely = len(self.raw), text
        return text

    @property
    def imports(self) -> tuple[str, ...]:
        """Imports that its text may need, and that do not belong there."""
        return self._postprocessor.imports

    @property
    def is_thinking(self) -> bool:
        """Whether all that came so far is reasoning, in its own field or in tags."""
        aloud = self.raw.lstrip().startswith("<think")
        return self.is_silent and (aloud or bool(self.thought and not self.raw.strip()))

    @property
    def running(self) -> bool:
        return self.ended is None

    @property
    def state(self) -> tuple[bool, bool, bool, int]:
        """All by which the same text may be shown otherwise."""
        return self.running, self.complete, self.cut_short, len(self.text)

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it, not even its usage."""
        return self._task is not None and self._task.done()

    def was_asked_at(self, cursor: Cursor) -> bool:
        """Whether this very cursor, in this version of the document, is what it was asked for."""
        document, anchor = cursor.document, self.anchor
        asked = (anchor.uri, self.version, anchor.offset)
        return asked == (document.uri, document.version, cursor.offset)

    def rest_at(self, cursor: Cursor) -> str | None:
        """The part of its text that follows a cursor; None where it does not fit.

        Empty while a running generation has no more text than was typed.
        """
        typed = self.anchor.typed_since(cursor, REACH_CHARS if self.running else len(self.text))
        if typed is None:
            return None
        if self.text.startswith(typed):
            return self.text[len(typed) :]
        if not self.running or not typed.startswith(self.text):
            return None
        likely = self.likely
        return "" if typed.startswith(likely) or likely.startswith(typed) else None

    def n_typed_at(self, cursor: Cursor) -> int:
        """Characters of the model's text that stand before a cursor that it fits."""
        typed = self.anchor.typed_since(cursor, REACH_CHARS) or ""
        return min(len(typed), len(self.likely)) - len(self.lead)

    def start(self, model: Model, on_progress: Callable[[Generation], None]) -> asyncio.Task[None]:
        """Begin to read the stream in a task of its own. Its end is reported once."""
        self._task = asyncio.create_task(self._read(model, on_progress))
        asyncio.get_running_loop().call_later(PREPARE_AFTER_S, self._prepare)
        return self._task

    def _prepare(self) -> None:
        if self.running:
            self.context.prepare()
            _ = self._postprocessor

    def abort(self) -> None:
        """End the stream; its connection is closed."""
        if self.running:
            self.ended = now()
            self._drop()

    def refuse(self, why: str) -> None:
        """Discard its text: it ends as if the model had given none."""
        self.refused = why
        if self.running:
            self.ended = now()
            self._drop()
        self.text, self.complete = "", True

    def _drop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _read(self, model: Model, on_progress: Callable[[Generation], None]) -> None:
        try:
            async with aclosing(model.stream(self.prompt)) as stream:
                async for chunk in stream:
                    self.usage = chunk.usage or self.usage
                    self.thought += len(chunk.reasoning)
                    self.cut_short = self.cut_short or chunk.is_cut
                    if not self.running:
                        continue
                    if chunk.text:
                        self._take(chunk.text)
                    if self._postprocessor.done or self._is_full:
                        # Whoever waits need not wait for the connection to close.
                        self._finish()
                        self._report(on_progress)
                        await _let_answers_out()
                        break
                    if chunk.finish:
                        self._finish()
                        # Nothing but the usage is to come; it is not waited for longer than this.
                        asyncio.get_running_loop().call_later(USAGE_WAIT_S, self._drop)
                    if chunk.text or chunk.finish:
                        self._report(on_progress)
                    if chunk.finish:
                        await _let_answers_out()
            if self.running:
                self._finish()
                self._report(on_progress)
            self._note_leading(measured_of(model))
        except ModelError as error:
            self._fail(error, on_progress)
        except Exception as fault:
            log.exception("A stream ended by a fault of foretype's own.")
            self._fail(ModelRejected(f"foretype failed ({type(fault).__name__})."), on_progress)

    def _report(self, on_progress: Callable[[Generation], None]) -> None:
        try:
            on_progress(self)
        except Exception:
            # The stream goes on; who waits is answered at the deadline at the latest.
            log.exception("The progress of a stream could not be used.")

    def _fail(self, failure: ModelError, on_progress: Callable[[Generation], None]) -> None:
        if self.running:
            self.failure = failure
            self.ended = now()
            self._report(on_progress)

    def _note_leading(self, measured: Measured) -> None:
        """Record how much the model wrote before its text: what is asked for has room for it."""
        if self.refused or not self.raw.strip() or not self.prompt.text_tokens:
            return
        if self.is_silent:
            if self.cut_short:
                measured.saw_leading(n_tokens(self.raw), ended_inside=True)
            return
        first = self.text[len(self.lead) :].strip().partition("\n")[0]
        if (n_chars := self.raw.find(first)) >= 0:
            measured.saw_leading(n_tokens(self.raw[:n_chars]))

    def _take(self, text: str) -> None:
        self.heard = now()
        self.first_token = self.first_token or self.heard
        text = text[: MAX_CHARS - len(self.raw)]
        self.raw += text
        self.text = self.lead + self._postprocessor.feed(text)

    @property
    def _is_full(self) -> bool:
        return len(self.raw) >= MAX_CHARS or self._has_all_text

    @property
    def _has_all_text(self) -> bool:
        """Whether there is as much text as was asked for, beside what the model wrote before it."""
        asked = self.prompt.text_tokens
        return 0 < asked < self.prompt.max_tokens and n_tokens(self._postprocessor.text) >= asked

    def _finish(self) -> None:
        has_all = self._has_all_text
        text = self._postprocessor.feed("", final=True)
        self.cut_short = self.cut_short or (self._is_full and not self._postprocessor.done)
        n_chars = n_fitting(text, self.prompt.text_tokens) if has_all else len(text)
        self.text = self.lead + text[:n_chars]
        self.complete = True
        self.ended = now()


async def _let_answers_out() -> None:
    """Let those who waited write their answers before the connection is tidied up."""
    for _ in range(MAX_TURNS):
        await asyncio.sleep(0)
