"""One idle connection kept ready beside the streams.

Aborting a stream closes its connection, which is normal while typing: without a spare one, each
following request would need a new connection (two round trips and a TLS handshake). Decides when
to open one; the caller provides how.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from foretype.core.deadline import now

log = logging.getLogger(__name__)

IDLE_LIMIT_S = 300.0
"""Seconds without use after which no spare connection is kept."""

CHECK_INTERVAL_S = 20.0
"""Seconds between checks of whether the spare is still open; servers close silently."""

SETTLE_S = 0.05
"""Seconds after an abort during which the next request may take the spare, before one is opened."""

MIN_INTERVAL_S = 0.5
"""Minimum seconds between opening two connections."""

MAX_BACKOFF_S = 60.0


class SpareConnection:
    """Keeps a connection ready. Starts at the first use and needs an event loop from then on."""

    def __init__(
        self, *, is_ready: Callable[[], bool], opened: Callable[[], Awaitable[None]]
    ) -> None:
        """``is_ready``: whether the next request needs no new one; ``opened`` opens one, and may
        raise."""
        self._is_ready = is_ready
        self._opened = opened
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._last_use = 0.0
        self._not_before = 0.0
        self._failures = 0
        self.off = False

    def used(self) -> None:
        """A stream has begun or was aborted, or one is likely soon."""
        if self.off:
            return
        self._last_use = now()
        self._wake.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._keep())

    async def open(self) -> None:
        """Open a connection now, unless one is ready. Never raises."""
        if self.off or self._is_ready():
            return
        self._not_before = now() + MIN_INTERVAL_S
        try:
            await self._opened()
        except Exception as error:
            log.debug("no spare connection: %s", type(error).__name__)
            self._failed()
            return
        self._failures = 0

    async def close(self) -> None:
        """Stop keeping a connection ready."""
        self.off = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def _failed(self) -> None:
        self._failures += 1
        wait = min(MIN_INTERVAL_S * 2**self._failures, MAX_BACKOFF_S)
        self._not_before = now() + wait

    async def _keep(self) -> None:
        while not self.off and now() - self._last_use < IDLE_LIMIT_S:
            self._wake.clear()
            await asyncio.sleep(max(SETTLE_S, self._not_before - now()))
            await self.open()
            try:
                async with asyncio.timeout(CHECK_INTERVAL_S):
                    await self._wake.wait()
            except TimeoutError:
                continue
