"""The embedded engine: it predicts in a worker thread, and indexes while the user is idle."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine

from foretype.completion.protocols import Guess, Local
from foretype.completion.request import Request
from foretype.core.cursor import Cursor
from foretype.core.text import Document

log = logging.getLogger(__name__)

IDLE_S = 0.25
"""Seconds without an edit after which the engine reads what it has not read yet."""


class EmbeddedFallback:
    """The engine, or its absence: then there is never a guess."""

    def __init__(self, engine: Local | None) -> None:
        self.engine = engine
        self._reading: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def use(self, engine: Local | None) -> None:
        """Use another engine from now on, which indexes the open documents; or none."""
        if engine is not self.engine:
            self.engine = engine
            self._read_ahead()

    def ask(self, request: Request, on_guess: Callable[[], None]) -> None:
        """Let the engine predict what follows, once; ``on_guess`` is called when it has."""
        if request.engine_asked:
            return
        request.engine_asked = True
        if self.engine is None:
            request.has_guess = True
            on_guess()
            return
        self._spawn(self._predict(self.engine, request, on_guess))

    async def _predict(self, engine: Local, request: Request, on_guess: Callable[[], None]) -> None:
        def predict() -> Guess | None:
            # The answer may have been given while this waited for a thread.
            return engine.predict(request.cursor) if request.is_open else None

        try:
            if request.is_open:
                request.guess = await asyncio.to_thread(predict)
        finally:
            request.has_guess = True
            request.timings.mark("local")
            on_guess()

    def similar_files(self, cursor: Cursor, most: int) -> list[str]:
        """Return the files of the workspace that are most like a place. Not for the event loop."""
        return self.engine.similar_files(cursor, most) if self.engine is not None else []

    def opened(self, document: Document) -> None:
        """A document was opened, or replaced as a whole."""
        if self.engine is not None:
            self.engine.opened(document)
            self._read_ahead()

    def edited(self, document: Document) -> None:
        """A document changed."""
        if self.engine is not None:
            self.engine.edited(document)
            self._read_ahead()

    def closed(self, uri: str) -> None:
        """A document was closed."""
        if self.engine is not None:
            self.engine.closed(uri)

    def _read_ahead(self) -> None:
        """Let the engine index what changed, once the user is idle for a moment."""
        if self._reading is not None:
            self._reading.cancel()
        loop = asyncio.get_running_loop()
        self._reading = loop.call_later(IDLE_S, lambda: self._spawn(self._read_on()))

    async def _read_on(self) -> None:
        engine, since = self.engine, self._reading
        while engine is not None and self._reading is since:
            if not await asyncio.to_thread(engine.idle):
                return

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("The embedded engine failed.", exc_info=fault)

    async def close(self) -> None:
        """Ask the engine nothing more."""
        if self._reading is not None:
            self._reading.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
