"""One answer as it arrives: bytes to events under limits of time, events to chunks.

Everything that a provider may do wrong under status 200 is told apart here.
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
"""The longest answer that is taken from a server that does not stream."""

_REASONING_TAG = "<think"
"""How an answer begins that is thought aloud."""
_BLANKS = b" \t\r\n\xef\xbb\xbf"
"""What may stand before an answer, a byte order mark included."""
_FIELD = re.compile(rb"(?:data|event|id|retry)?[ \t]*(?::|$)")
"""How a line of an event stream begins."""


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


class EventReader:
    """The events of one response, each awaited no longer than the limits allow."""

    def __init__(
        self,
        pieces: AsyncGenerator[bytes, None],
        *,
        limits: Limits,
        started: float,
    ) -> None:
        """``started`` is the moment of the request."""
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
        """Whether an event was passed over that says something, though nothing of any wire."""
        self.n_events = 0
        self.marked_end = False
        """Whether the server said itself that this is all."""

    async def next(self) -> dict[str, Any] | None:
        """The next event; None at the end."""
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
        """The JSON object that an event holds; None where it is to be passed over.

        Servers put signs of life and separators between their events. They are no JSON objects,
        and nothing is lost with them. With an object that is torn, text may be.
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
        """Only the count of tokens is still missing: from the first time on, whatever else comes,
        it is not waited for longer."""
        self._end = min(self._end, now() + self._limits.usage)

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
        """What kind of nothing an answer without any event is."""
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
    """Events of one answer into what the caller sees."""

    def __init__(self, decoder: Decoder, request: Request, prompt: Prompt) -> None:
        self._decoder = decoder
        self._cutter = StopSequenceCutter(request.stops)
        self._wants_usage = "stream_options" in request.parts or "store" in request.parts
        self._gave_usage = False
        self._told_to_think = prompt.think
        self._most_tokens: int | None = request.arguments.get("max_output_tokens")
        self._said = False
        self._complaint: Event | None = None
        """What the server said in an object that is no event: why there is no answer, perhaps."""
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
        """The stream has ended; ``marked`` where the server said so."""
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
        """Whether the answer took all the tokens that it could have: llama.cpp calls every answer
        of the Responses API complete."""
        most = self._most_tokens
        return most is not None and usage is not None and usage.output_tokens >= most

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
        if len(self._opening) < len(_REASONING_TAG):
            self._opening = (self._opening + chunk.text).lstrip()
        self.thought |= bool(chunk.reasoning) or self._opening.startswith(_REASONING_TAG)
