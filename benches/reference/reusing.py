"""One stream at a time, kept while the user types what it says; no debounce.

The way of *reuse*, without a process and a protocol.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import NamedTuple


class Around(NamedTuple):
    """A document and a cursor in it, as one request found them."""

    uri: str
    before: str
    after: str


class Failed(Exception):
    """A stream ended by a fault."""


class Generation:
    """One stream and what it has said so far."""

    def __init__(self, at: Around, pieces: AsyncIterator[str]) -> None:
        self.at = at
        self.text = ""
        self.done = self.failed = False
        self.changed = asyncio.Event()
        self.task = asyncio.create_task(self._read(pieces))

    async def _read(self, pieces: AsyncIterator[str]) -> None:
        try:
            async for piece in pieces:
                self.text += piece
                self.changed.set()
        except Failed:
            self.failed = True
        finally:
            self.done = True
            self.changed.set()

    def rest(self, at: Around) -> str | None:
        """What it says at a place, so far; None where it does not fit."""
        if at.uri != self.at.uri or at.after != self.at.after or self.failed:
            return None
        if not at.before.startswith(self.at.before):
            return None
        typed = at.before[len(self.at.before) :]
        if self.text.startswith(typed):
            rest = self.text[len(typed) :]
            return None if self.done and not rest.strip() else rest
        return "" if not self.done and typed.startswith(self.text) else None


class Reuse:
    """Answers requests, of which only the latest one counts."""

    def __init__(self, ask: Callable[[Around], AsyncIterator[str]]) -> None:
        self._ask = ask
        self._running: Generation | None = None
        self._latest = 0

    async def answer(self, at: Around) -> str:
        """The whole lines to show at a place; empty for nothing."""
        self._latest += 1
        number = self._latest
        if self._running is None or self._running.rest(at) is None:
            if self._running is not None:
                self._running.task.cancel()
            self._running = Generation(at, self._ask(at))
        generation = self._running
        while number == self._latest:
            rest = generation.rest(at)
            if rest is None:
                return ""
            if generation.done or "\n" in rest.strip():
                return rest if generation.done else rest[: rest.rindex("\n")]
            generation.changed.clear()
            await generation.changed.wait()
        return ""
