"""One answer as it arrives: bytes to events under limits of time, events to chunks.

Everything that a provider may do wrong under status 200 is told apart here.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import deque
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from typing import Any

from foretype.deadline import now
from foretype.models.base import Chunk, Prompt, Usage
from foretype.models.faults import BadAnswer, Stalled
from foretype.models.sse import Events
from foretype.models.stops import Cutter
from foretype.models.wires import Decoder, ErrorObject, Request

MAX_WHOLE_BYTES = 8 * 2**20
"""The longest answer that is taken from a server that does not stream."""

_THINKS = "<think"
"""How an answer begins that is thought aloud."""
_PAGE = re.compile(rb"\s*<", re.ASCII)
_WHOLE = re.compile(rb"\s*[{\[]", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of the adapter's own, in seconds. A caller that wants less time closes earlier."""

    connect: float = 5.0
    first: float = 30.0
    """From the request to the first event."""
    gap: float = 15.0
    """From one event to the next."""
    total: float = 180.0
    """From the request to the end."""
    usage: float = 2.0
    """What is waited for the count of tokens once the finish reason is there."""
    thought: float = 120.0
    """``first``, and ``gap``, for a model that shall think: not every provider shows thoughts."""

    def for_prompt(self, prompt: Prompt) -> Limits:
        """The limits with the patience that a prompt needs."""
        if not prompt.think:
            return self
        return replace(self, first=max(self.first, self.thought), gap=max(self.gap, self.thought))


class Reading:
    """The events of one response, each awaited no longer than the limits allow."""

    def __init__(
        self,
        pieces: AsyncGenerator[bytes, None],
        *,
        streamed: bool,
        limits: Limits,
        started: float,
    ) -> None:
        """``streamed`` where the server calls it an event stream; ``started`` is the moment of
        the request."""
        self._pieces = pieces
        self._streamed = streamed
        self._limits = limits
        self._started = started
        self._due = started + limits.first
        self._gap = limits.gap
        self._events = Events()
        self._waiting: deque[str] = deque()
        self._head = b""
        self._ended = False
        self.n_events = 0
        self.marked_end = False
        """Whether the server said itself that this is all."""

    async def next(self) -> dict[str, Any] | None:
        """The next event; None at the end."""
        if self.n_events:
            # From here on, not from the event before: the caller may have taken its time.
            self._due = now() + self._gap
        while not self._waiting:
            if self._ended:
                return None
            await self._read()
        data = self._waiting.popleft()
        if data.startswith("[DONE]"):
            self.marked_end = self._ended = True
            self._waiting.clear()
            return None
        event = json.loads(data)
        if not isinstance(event, dict):
            raise BadAnswer("malformed")
        self.n_events += 1
        return event

    def hurry(self) -> None:
        """Only the count of tokens is still missing."""
        self._gap = self._limits.usage

    async def rest(self) -> None:
        """Read on to the end of the response, so that its connection can be used again."""
        while await self._piece() is not None:
            pass

    async def close(self) -> None:
        await self._pieces.aclose()

    async def _read(self) -> None:
        piece = await self._piece()
        if piece is None:
            self._ended = True
            self._waiting.extend(self._events.end())
            if not self._waiting and not self.n_events:
                raise BadAnswer(self._nothing())
            return
        if not self._head:
            self._head = piece[:64]
            if not self._streamed:
                await self._take_whole(piece)
                return
        self._waiting.extend(self._events.feed(piece))

    async def _take_whole(self, piece: bytes) -> None:
        """The first piece of what does not call itself a stream: a page, JSON, or a stream."""
        if _PAGE.match(piece):
            raise BadAnswer("page")
        if not _WHOLE.match(piece):
            self._waiting.extend(self._events.feed(piece))
            return
        whole, size = [piece], len(piece)
        while (more := await self._piece()) is not None and size <= MAX_WHOLE_BYTES:
            whole.append(more)
            size += len(more)
        self._ended = self.marked_end = True
        self._waiting.append(b"".join(whole).decode())

    def _nothing(self) -> Any:
        """What kind of nothing an answer without any event is."""
        if _PAGE.match(self._head):
            return "page"
        is_comment = self._head.startswith(b":")
        return "malformed" if self._head.strip() and not is_comment else "empty"

    async def _piece(self) -> bytes | None:
        end = self._started + self._limits.total
        try:
            async with asyncio.timeout_at(min(self._due, end)) as limit:
                return await anext(self._pieces, None)
        except TimeoutError:
            if not limit.expired():
                raise
        if now() >= end:
            raise Stalled("end", self._limits.total)
        if self.n_events:
            raise Stalled("next", self._limits.gap)
        raise Stalled("first", self._limits.first)


class Answer:
    """Events of one answer into what the caller sees."""

    def __init__(self, decoder: Decoder, request: Request, prompt: Prompt) -> None:
        self._decoder = decoder
        self._cutter = Cutter(request.stops)
        self._wants_usage = "stream_options" in request.parts or "store" in request.parts
        self._gave_usage = False
        self._told_to_think = prompt.think
        self._said = False
        self._opening = ""
        self.finished = False
        self.cut = False
        """Whether it was ended here, while the server would have gone on."""
        self.thought = False
        """Whether the model reasoned although it was not asked to."""

    @property
    def complete(self) -> bool:
        """Whether nothing more is worth waiting for."""
        return self.finished and (self.cut or self._gave_usage or not self._wants_usage)

    def feed(self, event: dict[str, Any]) -> Chunk | None:
        """What one event says; None where it says nothing."""
        if event.get("error"):
            raise ErrorObject(event["error"])
        chunk = self._decoder.feed(event)
        if chunk.finish == "error":
            raise ErrorObject(None)
        if self.finished:
            return self._counted()
        self._said = self._said or chunk != Chunk()
        self._notice(chunk)
        text = self._cutter.feed(chunk.text)
        finish = chunk.finish or ("stop" if self._cutter.stopped else "")
        if not finish:
            chunk = replace(chunk, text=text)
            return chunk if chunk != Chunk() else None
        self.finished, self.cut = True, not chunk.finish
        text += self._cutter.end()
        return replace(chunk, text=text, finish=finish, usage=self._usage())

    def end(self, *, marked: bool) -> Chunk | None:
        """The stream has ended; ``marked`` where the server said so."""
        if self.finished:
            return self._counted()
        if not marked:
            raise BadAnswer("cut")
        if not self._said:
            raise BadAnswer("empty")
        self.finished = True
        return Chunk(text=self._cutter.end(), finish="stop", usage=self._usage())

    def _counted(self) -> Chunk | None:
        usage = self._usage()
        return None if usage is None else Chunk(usage=usage)

    def _usage(self) -> Usage | None:
        """The count of tokens, once."""
        usage = self._decoder.usage
        if usage is None or self._gave_usage:
            return None
        self._gave_usage = True
        self.thought |= bool(usage.reasoning_tokens) and not self._told_to_think
        return usage

    def _notice(self, chunk: Chunk) -> None:
        if self._told_to_think:
            return
        if len(self._opening) < len(_THINKS):
            self._opening = (self._opening + chunk.text).lstrip()
        self.thought |= bool(chunk.reasoning) or self._opening.startswith(_THINKS)
