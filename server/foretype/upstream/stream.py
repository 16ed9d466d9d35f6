"""Write one answer at the script's pace, with its failures."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable

from aiohttp import web

from foretype.upstream import failures
from foretype.upstream.answer import Answer
from foretype.upstream.question import Question
from foretype.upstream.records import Record
from foretype.upstream.script import Script
from foretype.upstream.wire_formats import COMMENT, Event, Wire, encoded

_COMMENT_INTERVAL_S = 0.1
"""Time between comments while the first token is awaited."""
_SLOW_BYTE_S = 0.05


async def play(
    request: web.Request,
    record: Record,
    wire: Wire,
    said: Answer,
    asked: Question,
    script: Script,
    first_s: float,
) -> web.StreamResponse:
    """Answer a request as the script has it, and note in the record what was written."""
    if record.fault == "stall_headers":
        await _sleep_forever()
    if not asked.stream:
        return await _play_whole(request, record, wire, said, asked, script, first_s)
    first_at = record.arrived + first_s
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    response.enable_chunked_encoding()
    writer = _Writer(request, response, record, torn=script.torn)
    if script.comments or record.fault == "stall_first":
        await response.prepare(request)
        while script.comments and time.monotonic() + _COMMENT_INTERVAL_S < first_at:
            await writer.write(COMMENT)
            await asyncio.sleep(_COMMENT_INTERVAL_S)
    if record.fault == "stall_first":
        await _sleep_forever()
    await _sleep_until(first_at)
    await response.prepare(request)
    await _play_events(writer, record, wire, said, asked, script, first_at)
    return response


async def _play_events(
    writer: _Writer,
    record: Record,
    wire: Wire,
    said: Answer,
    asked: Question,
    script: Script,
    first_at: float,
) -> None:
    rate = script.tokens_per_second
    events = wire.events(said, asked, script)
    if script.split == "whole" and not record.fault:
        # Its end too: until that has come, the last line may go on.
        events = iter((_joined(events),))
    for event in events:
        if record.fault in _MIDDLE and record.sent >= min(script.fault_after, said.n_tokens):
            return await _play_failure(writer, record.fault)
        if event.tokens and rate:
            await _sleep_until(first_at + record.sent / rate)
        if record.fault == "loris":
            await writer.write_slowly(event)
        else:
            await writer.write(event.data, event)
    await writer.response.write_eof()


def _joined(events: Iterable[Event]) -> Event:
    """Several events as one, which leave in one piece."""
    every = tuple(events)
    return Event(
        b"".join(event.data for event in every),
        sum(event.tokens for event in every),
        "".join(event.text for event in every),
    )


_MIDDLE = frozenset({"malformed", "error", "cut", "no_done", "stall_middle"})


async def _play_failure(writer: _Writer, fault: str) -> None:
    if fault == "stall_middle":
        await _sleep_forever()
    if fault == "cut":
        writer.hang_up()
        return
    if fault == "malformed":
        await writer.write(failures.MALFORMED)
    if fault == "error":
        await writer.write(failures.ERROR_EVENT)
    await writer.response.write_eof()


async def _play_whole(
    request: web.Request,
    record: Record,
    wire: Wire,
    said: Answer,
    asked: Question,
    script: Script,
    first_s: float,
) -> web.StreamResponse:
    if record.fault in {"stall_first", "stall_middle"}:
        await _sleep_forever()
    rate = script.tokens_per_second
    await _sleep_until(record.arrived + first_s + (said.n_tokens / rate if rate else 0.0))
    body = encoded(wire.whole(said, asked, script))
    record.first = record.last = time.monotonic()
    if record.fault == "error":
        body = failures.ANSWERS["json"].body
    if record.fault in {"malformed", "cut", "no_done"}:
        body = body[: len(body) // 2]
    if record.fault == "cut":
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        response.content_length = 2 * len(body)
        await response.prepare(request)
        await response.write(body)
        _hang_up(request)
        return response
    record.sent, record.said = said.n_tokens, said.text
    return web.Response(body=body, content_type="application/json")


class _Writer:
    """Writes events, whole or in pieces, and notes in the record what was written."""

    def __init__(
        self, request: web.Request, response: web.StreamResponse, record: Record, *, torn: bool
    ) -> None:
        self.request = request
        self.response = response
        self._record = record
        self._torn = torn

    async def write(self, data: bytes, event: Event | None = None) -> None:
        for packet in _packets(data) if self._torn else (data,):
            await self.response.write(packet)
        self._note(event)

    async def write_slowly(self, event: Event) -> None:
        for at in range(len(event.data)):
            await self.response.write(event.data[at : at + 1])
            await asyncio.sleep(_SLOW_BYTE_S)
        self._note(event)

    def _note(self, event: Event | None) -> None:
        if event is None or not event.tokens:
            return
        self._record.last = time.monotonic()
        if self._record.first is None:
            self._record.first = self._record.last
        self._record.sent += event.tokens
        self._record.said += event.text

    def hang_up(self) -> None:
        _hang_up(self.request)


def _hang_up(request: web.Request) -> None:
    transport = request.transport
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()


def _packets(data: bytes) -> tuple[bytes, bytes]:
    wide = next((at for at, byte in enumerate(data) if byte >= 0xC0), None)
    at = wide + 1 if wide is not None else len(data) // 2
    return data[:at], data[at:]


async def _sleep_until(moment: float) -> None:
    left = moment - time.monotonic()
    if left > 0:
        await asyncio.sleep(left)


async def _sleep_forever() -> None:
    await asyncio.Event().wait()
