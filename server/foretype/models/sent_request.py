"""One request on its way, and its answer as it comes."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack
from typing import Any

from foretype.models.capabilities import RequestVariant
from foretype.models.connection import Connection
from foretype.models.faults import Stalled
from foretype.models.protocol import Prompt
from foretype.models.stream_reader import AnswerReader, EventReader, Limits
from foretype.models.wires import WIRES, Wire

log = logging.getLogger(__name__)

DRAIN_TIMEOUT_S = 1.0
"""Seconds to wait for the end of a finished answer, so that its connection can be reused."""


class SentRequest:
    """One request that was sent, in one variant."""

    reading: EventReader

    def __init__(
        self, connection: Connection, wire: Wire, prompt: Prompt, variant: RequestVariant
    ) -> None:
        endpoint = connection.endpoint
        sdk: Any = connection.for_wire("fim" if wire is WIRES["fim"] else "chat")
        self.variant = variant
        self.request = wire.request(prompt, endpoint, variant)
        self.answer = AnswerReader(wire.decoder(), self.request, prompt)
        self._manager = wire.call(sdk)(**self.request.arguments)
        self._open = AsyncExitStack()

    async def send(self, started: float, limits: Limits) -> None:
        try:
            async with asyncio.timeout_at(started + limits.first) as limit:
                response = await self._open.enter_async_context(self._manager)
        except TimeoutError:
            if limit.expired():
                raise Stalled("first", limits.first) from None
            raise
        self.reading = EventReader(
            response.http_response.aiter_bytes(),
            limits=limits,
            started=started,
        )

    async def event(self) -> dict[str, Any] | None:
        """Return the next event; None at the end."""
        if not self.answer.finished:
            return await self.reading.next()
        self.reading.hurry()
        try:
            return await self.reading.next()
        except Exception as error:
            # The answer is complete; only the token count is lost.
            log.debug("no count of tokens: %s", type(error).__name__)
            return None

    async def abort(self) -> None:
        await self._open.aclose()
        await self.reading.close()

    async def drain(self) -> None:
        try:
            async with asyncio.timeout(DRAIN_TIMEOUT_S):
                await self.reading.rest()
        except Exception as error:
            log.debug("a finished answer did not end well: %s", type(error).__name__)
        finally:
            await self.abort()


def was_disconnected(error: Exception) -> bool:
    """Whether the connection was lost before any response."""
    cause = error.__cause__
    names = {kind.__name__ for kind in type(cause).__mro__} if cause is not None else set()
    return bool(names & {"RemoteProtocolError", "ReadError", "WriteError"})
