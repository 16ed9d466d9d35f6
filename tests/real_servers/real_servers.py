"""Servers that nobody of the project wrote, started on loopback for the time of a test.

``install.sh`` fetches them. Each is a child process that is ended by its id.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from foretype.models.openai_model import OpenAIModel
from foretype.models.protocol import Message, Prompt
from foretype.models.resilience import ResilientModel
from foretype.models.stream_reader import Limits
from foretype.settings.providers import PROVIDERS, Endpoint, WireName

PREFIX = Path(
    os.environ.get("FORETYPE_SERVERS")
    or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "foretype-servers"
)
KEY = "sk-fake-key-for-tests"
PROMPT = Prompt(
    messages=(
        Message("system", "Continue the code. Answer with code only."),
        Message("user", "def add(a, b):\n    return"),
    ),
    prefix="def add(a, b):\n    return",
    text_tokens=24,
    max_tokens=24,
)
wanted = pytest.mark.skipif(
    not os.environ.get("FORETYPE_TEST_SERVERS"), reason="`make test-servers` runs these"
)
MAX_LOOKS = 1200
"""How often it is looked whether a server has started."""
LOOK_S = 0.1


def program(*places: str) -> Path:
    """The first of some files that is there; skips the test where none is."""
    for place in places:
        if (path := PREFIX / place).exists():
            return path
    pytest.skip(f"{places[0]} is not in {PREFIX}: install.sh said why")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextlib.asynccontextmanager
async def running(
    command: Sequence[str | Path], port: int, folder: Path, path: str = "", **environ: str
) -> AsyncIterator[None]:
    """Run a server until the end of a test; it is there once it answers at its port."""
    log = folder / "server.log"
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *map(str, command), stdout=out, stderr=out, env={**os.environ, **environ}, cwd=folder
        )
    try:
        for _ in range(MAX_LOOKS):
            if process.returncode is not None:
                pytest.fail(f"the server ended: {log.read_text(errors='replace')[-2000:]}")
            if await _answers(port, path):
                break
            await asyncio.sleep(LOOK_S)
        else:
            pytest.fail(f"no server came up: {log.read_text(errors='replace')[-2000:]}")
        yield
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _answers(port: int, path: str) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    try:
        if not path:
            return True
        writer.write(f"GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".encode())
        return b" 200 " in await reader.readline()
    except OSError:
        return False
    finally:
        await _closed(writer)


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


@dataclass
class Tap:
    """A relay in front of a server, which counts the requests that pass."""

    port: int = 0
    lines: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def n_asked(self) -> int:
        return sum(line.startswith("POST") for line in self.lines)

    def seen(self, data: bytes) -> None:
        self.lines += [
            line.decode(errors="replace")
            for line in data.split(b"\r\n")
            if line.startswith((b"POST /", b"GET /"))
        ]


@contextlib.asynccontextmanager
async def tapped(port: int) -> AsyncIterator[Tap]:
    tap = Tap()
    tasks: set[asyncio.Task[None]] = set()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, count: bool) -> None:
        try:
            with contextlib.suppress(OSError):
                while data := await reader.read(65536):
                    if count:
                        tap.seen(data)
                    writer.write(data)
                    await writer.drain()
        finally:
            await _closed(writer)

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(
            pump(reader, far_writer, True), pump(far_reader, writer, False), return_exceptions=True
        )

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(relay(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    tap.port = server.sockets[0].getsockname()[1]
    try:
        yield tap
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.asynccontextmanager
async def model_at(
    url: str, name: str = "m", *, wire: WireName = "chat", row: str = "custom"
) -> AsyncIterator[ResilientModel]:
    endpoint = Endpoint(
        row=PROVIDERS[row].serving(name), base_url=url, wire=wire, key=KEY, key_from="a test"
    )
    # A machine that is busy makes a model slow, and no fault of it.
    limits = Limits(first=900, gap=900, total=1800)
    model = ResilientModel(OpenAIModel(endpoint, limits=limits))
    try:
        yield model
    finally:
        await model.close()


async def text_of(model: ResilientModel, prompt: Prompt = PROMPT) -> str:
    return "".join([chunk.text async for chunk in model.stream(prompt)])
