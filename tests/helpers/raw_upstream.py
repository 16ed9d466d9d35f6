"""A server of bytes on loopback: says what it is told, and notices when it is hung up on."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

Write = Callable[[bytes], Awaitable[None]]

STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"


def chunk(data: bytes) -> bytes:
    """A piece of a chunked body."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def event(payload: object) -> bytes:
    """One event, as a piece of a chunked body."""
    text = payload if isinstance(payload, str) else json.dumps(payload)
    return chunk(f"data: {text}\n\n".encode())


def delta(text: str = "", finish: str | None = None, **fields: Any) -> bytes:
    """One event of Chat Completions."""
    said = {"content": text, **fields} if text or fields else {}
    return event({"choices": [{"index": 0, "delta": said, "finish_reason": finish}]})


DONE = event("[DONE]")
USAGE = event({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 2}})


def whole(text: str = "a") -> bytes:
    """A short answer from its headers to its end."""
    return STREAM + delta(text) + delta(finish="stop") + USAGE + DONE + END


def answer(status: int, body: bytes, content_type: str = "application/json", **more: str) -> bytes:
    """An answer of a known length."""
    lines = [
        f"HTTP/1.1 {status} X",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
    ]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in more.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def refusal(status: int, message: str, **more: Any) -> bytes:
    """An error object as OpenAI-compatible servers spell it."""
    return answer(status, json.dumps({"error": {"message": message, **more}}).encode())


@dataclass
class Request:
    """What was asked."""

    line: str
    headers: dict[str, str]
    body: dict[str, Any]
    connection: int
    raw: bytes = b""
    """The body as it came."""


@dataclass
class RawUpstream:
    """Answers each request with the next of its answers, the last one again and again."""

    answers: list[bytes | Callable[[Write], Awaitable[None]]]
    requests: list[Request] = field(default_factory=list)
    warm: list[Request] = field(default_factory=list)
    """Requests that only open a connection."""
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the other side closes a connection."""
    hang_up_after: bool = False
    """Close each connection after its answer."""
    port: int = 0
    n_connections: int = 0
    models: tuple[str, ...] = ()
    """What it lists."""
    owner: str = ""
    """Whose models it says they are."""
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    def hang_up_all(self) -> None:
        """Close all connections."""
        for writer in self._writers:
            writer.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.n_connections += 1
        number = self.n_connections
        self._writers.add(writer)
        watch: asyncio.Task[bytes] | None = None

        async def write(data: bytes) -> None:
            writer.write(data)
            await writer.drain()

        try:
            while True:
                request = await _read(reader, number)
                if request.line.startswith("GET"):
                    self.warm.append(request)
                    listed = {
                        "data": [{"id": name, "owned_by": self.owner} for name in self.models]
                    }
                    await write(answer(200, json.dumps(listed).encode()))
                    continue
                said = self.answers[min(len(self.requests), len(self.answers) - 1)]
                self.requests.append(request)
                if isinstance(said, bytes):
                    await write(said)
                else:
                    watch = asyncio.create_task(reader.read(1))
                    task = asyncio.ensure_future(said(write))
                    await asyncio.wait([watch, task], return_when=asyncio.FIRST_COMPLETED)
                    if watch.done() and not watch.result():
                        self.hung_up.set()
                    task.cancel()
                    await asyncio.gather(task, return_exceptions=True)
                    return
                if self.hang_up_after:
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            self.hung_up.set()
        finally:
            if watch is not None:
                watch.cancel()
            self._writers.discard(writer)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


async def _read(reader: asyncio.StreamReader, connection: int) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    line, *rest = head.split("\r\n")
    headers = {k.lower(): v.strip() for k, _, v in (h.partition(":") for h in rest if h)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(line, headers, json.loads(body) if body else {}, connection, body)


@contextlib.asynccontextmanager
async def serving(
    *answers: bytes | Callable[[Write], Awaitable[None]], hang_up_after: bool = False
) -> AsyncIterator[RawUpstream]:
    """A server for the time of a test."""
    upstream = RawUpstream(list(answers), hang_up_after=hang_up_after)
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(upstream.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    upstream.port = server.sockets[0].getsockname()[1]
    try:
        yield upstream
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
