"""Read an answer as it arrives: bytes to events within time limits, events to chunks.

Everything that a provider may do wrong with status 200 is recognized here.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from foretype.core.deadline import now
from foretype.models.faults import BadAnswer, Stalled
from foretype.models.protocol import Chunk, Prompt
from foretype.models.sse import MAX_EVENT_BYTES, EventParser, ServerEvent
from foretype.models.stop_sequences import StopSequenceCutter
from foretype.models.wires import AnswerTooLong, Decoder, ErrorObject, Request
from foretype.models.wires.complaints import complaint_in, error_in, error_of
from foretype.models.wires.parts import Event
from foretype.spending.usage import Usage

MAX_UNSTREAMED_BYTES = MAX_EVENT_BYTES
"""Maximum bytes of an answer from a server that does not stream."""

_REASONING_TAG = "<think"
"""Beginning of an answer with reasoning in its text."""
_BLANKS = b" \t\r\n\xef\xbb\xbf"
"""Bytes allowed before an answer, including a byte order mark."""
_FIELD = re.compile(rb"(?:data|event|id|retry)?[ \t]*(?::|$)")
"""Beginning of a line of an event stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The adapter's own time limits in seconds. Callers with shorter limits close earlier."""

    connect: float = 5.0
    first: float = 30.0
    """From the request to the first event."""
    gap: float = 15.0
    """From one event to the next."""
    total: float = 180.0
    """From the request to the end."""
    usage: float = 2.0
    """Wait for the token count after the finish reason."""
    thought: float = 120.0
    """``first`` and ``gap`` for a reasoning model: not every provider streams reasoning."""

    def for_prompt(self, prompt: Prompt) -> Limits:
        """Return the limits for a prompt, longer if the model may reason."""
        if not prompt.think:
            return self
        return replace(self, first=max(self.first, self.thought), gap=max(self.gap, self.thought))


class EventReader:
    """Reads the events of one response within the time limits."""

    def __init__(
        self,
        pieces: AsyncGenerator[bytes, None],
        *,
        limits: Limits,
        started: float,
    ) -> None:
        """``started`` is the time of the request."""
        self._pieces = pieces
        self._limits = limits
        self._end = started + limits.total
        self._due = started + limits.first
        self._gap = limits.gap
        self._events = EventParser()
        self._waiting: deque[ServerEvent] = deque()
        self._head = b""
        self._ended = False
        self._unread = False
        """Whether an event with content was skipped that belongs to no wire."""
        self.n_events = 0
        self.marked_end = False
        """Whether the server marked the end explicitly."""

    async def next(self) -> dict[str, Any] | None:
        """Return the next event; None at the end."""
        if self.n_events:
            # From here on, not from the event before: the caller may have taken its time.
            self._due = now() + self._gap
        while True:
            while not self._waiting:
                if self._ended:
                    if not self.n_events and (self._unread or not self.marked_end):
                        raise BadAnswer(self._nothing())
                    return None
                await self._read()
            event = self._understood(self._waiting.popleft())
            if event is not None:
                self.n_events += 1
                return event

    def _understood(self, event: ServerEvent) -> dict[str, Any] | None:
        """Return the JSON object of an event; None if it is to be skipped.

        Servers send keep-alives and separators between events. They are not JSON objects, and are
        skipped. A truncated object is not, since it may contain text.
        """
        data = event.data.strip()
        if data.strip('"')[:6].upper() == "[DONE]":
            self.marked_end = self._ended = True
            self._waiting.clear()
            return None
        is_error = event.name.lower() == "error"
        try:
            told = json.loads(data)
        except ValueError:
            if is_error:
                raise ErrorObject(error_of(data)) from None
            if "\n" in data:
                # Several events, or a sign of life and one, without the blank line between them.
                lines = [ServerEvent(line, event.name) for line in data.split("\n")]
                self._waiting.extendleft(reversed(lines))
                return None
            if data.startswith("{"):
                raise
            self._unread = self._unread or bool(data.lstrip(":"))
            return None
        if is_error:
            raise ErrorObject((isinstance(told, dict) and error_in(told)) or error_of(told))
        if isinstance(told, dict):
            return told
        self._unread = self._unread or told is not None
        return None

    def hurry(self) -> None:
        """Limit the remaining wait, because only the token count is missing."""
        self._end = min(self._end, now() + self._limits.usage)

    async def rest(self) -> None:
        """Read to the end of the response, so that its connection can be reused."""
        while await self._piece() is not None:
            pass

    async def close(self) -> None:
        await self._pieces.aclose()

    async def _read(self) -> None:
        piece = await self._piece()
        if piece is None:
            self._ended = True
            self._waiting.extend(self._events.end())
            return
        if not self._head:
            piece = piece.lstrip(_BLANKS)
            self._head = piece[:64]
            if piece[:1] == b"<":
                raise BadAnswer("page")
            if piece[:1] in (b"{", b"["):
                # Whatever it calls itself: a server that does not stream, or an error.
                await self._take_whole(piece)
                return
        self._waiting.extend(self._events.feed(piece))

    async def _take_whole(self, piece: bytes) -> None:
        whole, size = [piece], len(piece)
        while (more := await self._piece()) is not None:
            whole.append(more)
            size += len(more)
            if size > MAX_UNSTREAMED_BYTES:
                raise AnswerTooLong
        self._ended = self.marked_end = True
        self._waiting.append(ServerEvent(b"".join(whole).decode()))

    def _nothing(self) -> Any:
        """Return what kind of empty answer this is."""
        is_stream = _FIELD.match(self._head)
        return "malformed" if self._unread or (self._head and not is_stream) else "empty"

    async def _piece(self) -> bytes | None:
        try:
            async with asyncio.timeout_at(min(self._due, self._end)) as limit:
                return await anext(self._pieces, None)
        except TimeoutError:
            if not limit.expired():
                raise
        if now() >= self._end:
            raise Stalled("end", self._limits.total)
        if self.n_events:
            raise Stalled("next", self._limits.gap)
        raise Stalled("first", self._limits.first)


class AnswerReader:
    """Converts the events of one answer into chunks for the caller."""

    def __init__(self, decoder: Decoder, request: Request, prompt: Prompt) -> None:
        self._decoder = decoder
        self._cutter = StopSequenceCutter(request.stops)
        self._wants_usage = "stream_options" in request.parts or "store" in request.parts
        self._gave_usage = False
        self._told_to_think = prompt.think
        self._most_tokens: int | None = request.arguments.get("max_output_tokens")
        self._said = False
        self._complaint: Event | None = None
        """The server's message in an object that is no event, possibly the reason for no answer."""
        self._opening = ""
        self.finished = False
        self.cut = False
        """Whether it was cut here although the server would have continued."""
        self.thought = False
        """Whether the model reasoned although it was told not to."""

    @property
    def complete(self) -> bool:
        """Whether nothing more needs to be awaited."""
        return self.finished and (self.cut or self._gave_usage or not self._wants_usage)

    def feed(self, event: dict[str, Any]) -> Chunk | None:
        """Convert one event; None if it has no content."""
        if self.finished:
            # The answer is there; what comes now can only count its tokens.
            with suppress(ErrorObject):
                self._decoder.feed(event)
            return self._counted()
        if (error := error_in(event)) is not None:
            raise ErrorObject(error)
        self._complaint = self._complaint or complaint_in(event)
        chunk = self._decoder.feed(event)
        if chunk.finish == "error":
            raise ErrorObject(self._complaint)
        self._said = self._said or chunk != Chunk()
        self._notice(chunk)
        text = self._cutter.feed(chunk.text)
        finish = chunk.finish or ("stop" if self._cutter.stopped else "")
        if not finish:
            chunk = replace(chunk, text=text)
            return chunk if chunk != Chunk() else None
        self.finished, self.cut = True, not chunk.finish
        text += self._cutter.end()
        usage = self._usage()
        if finish == "stop" and not self.cut and self._used_up(usage):
            finish = "length"
        return replace(chunk, text=text, finish=finish, usage=usage)

    def end(self, *, marked: bool) -> Chunk | None:
        """End the stream; ``marked`` is whether the server marked the end."""
        if self.finished:
            return self._counted()
        if self._complaint is not None:
            raise ErrorObject(self._complaint)
        if not marked:
            raise BadAnswer("cut")
        calls = self._decoder.end()
        if not self._said and not calls:
            raise BadAnswer("empty")
        self.finished = True
        finish = "tool_calls" if calls else "stop"
        return Chunk(self._cutter.end(), tool_calls=calls, finish=finish, usage=self._usage())

    def _used_up(self, usage: Usage | None) -> bool:
        """Whether the answer used all its tokens.

        llama.cpp reports every answer of the Responses API as complete.
        """
        most = self._most_tokens
        return most is not None and usage is not None and usage.output_tokens >= most

    def _counted(self) -> Chunk | None:
        usage = self._usage()
        return None if usage is None else Chunk(usage=usage)

    def _usage(self) -> Usage | None:
        """Return the token count, once."""
        usage = self._decoder.usage
        if usage is None or self._gave_usage:
            return None
        self._gave_usage = True
        self.thought |= bool(usage.reasoning_tokens) and not self._told_to_think
        return usage

    def _notice(self, chunk: Chunk) -> None:
        if self._told_to_think:
            return
        if len(self._opening) < len(_REASONING_TAG):
            self._opening = (self._opening + chunk.text).lstrip()
        self.thought |= bool(chunk.reasoning) or self._opening.startswith(_REASONING_TAG)
