"""Bytes in and out: standard streams and sockets, neither of which may hold up the event loop.

Knows threads, file descriptors and connections; what the bytes mean is ``json_rpc.py``'s part.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable
from time import monotonic
from typing import Protocol

from foretype.lsp.wire.framing import Framer

CHUNK = 1 << 16
BACKLOG = 16 * 2**20
"""Bytes that may wait for a client that does not read. Beyond, the client is given up."""
FLUSH_S = 1.0
"""How long the last answers may take to be written, in seconds."""

Chunks = AsyncIterator[tuple[bytes, float]]
"""Bytes as they come, each piece with its moment on the event loop's clock."""

# What a client's first message begins with, whatever the order and the case of its headers.
_FIRST = b"content-"

log = logging.getLogger(__name__)


class Receiver(Protocol):
    """What a stream is read for."""

    def receive(self, body: bytes, arrived: float) -> None:
        """Take one message; ``arrived`` is the moment on the event loop's clock."""
        ...


async def pump(chunks: Chunks, receiver: Receiver) -> None:
    """Hand over the messages of a stream until it ends."""
    framer = Framer()
    async for data, arrived in chunks:
        for body in framer.feed(data):
            receiver.receive(body, arrived)
            # A handler that is a task begins in this turn of the loop, so that it sees the
            # documents as they are now and not as the next message leaves them.
            await asyncio.sleep(0)


class FileReader:
    """Reads a file descriptor on a thread of its own."""

    def __init__(self, fd: int, loop: asyncio.AbstractEventLoop) -> None:
        self._fd = fd
        self._loop = loop
        self._chunks: asyncio.Queue[tuple[bytes, float]] = asyncio.Queue()
        self._room = threading.Semaphore(64)
        threading.Thread(target=self._read, name="foretype-read", daemon=True).start()

    async def chunks(self) -> Chunks:
        """What is read, and when it came, until the end of the file."""
        while True:
            data, arrived = await self._chunks.get()
            if not data:
                return
            yield data, arrived
            self._room.release()

    def _read(self) -> None:
        data = b"."
        while data:
            self._room.acquire()
            try:
                data = os.read(self._fd, CHUNK)
            except OSError:
                data = b""
            try:
                self._loop.call_soon_threadsafe(self._chunks.put_nowait, (data, monotonic()))
            except RuntimeError:  # The loop is closed: the server ends.
                return


class FileWriter:
    """Writes to a file descriptor, in order. Never blocks its caller.

    What the system takes at once is written at once; what it does not, on a thread of its own.
    """

    def __init__(
        self, fd: int, *, on_lost: Callable[[], object] | None = None, backlog: int = BACKLOG
    ) -> None:
        self._fd = fd
        self._on_lost = on_lost
        self._backlog = backlog
        self._waiting: deque[bytes] = deque()
        self._n_waiting = 0
        self._changed = threading.Condition()
        self._lost = False
        self.on_written: Callable[[bytes, float], object] | None = None
        """Told of what was written, and when, on the thread that wrote it."""
        self._takes_at_once = _ready_test(fd)
        threading.Thread(target=self._run, name="foretype-write", daemon=True).start()

    def write(self, data: bytes) -> None:
        """Have some bytes written. Gives the client up where too many wait already."""
        with self._changed:
            if self._lost:
                return
            if self._n_waiting + len(data) > self._backlog:
                self._give_up()
                return
            if not self._n_waiting and self._takes_at_once(len(data)):
                data = self._write_now(data)
            if data:
                self._waiting.append(data)
                self._n_waiting += len(data)
                self._changed.notify_all()

    def flush(self, seconds: float = FLUSH_S) -> None:
        """Wait until everything is written, though no longer than told."""
        with self._changed:
            self._changed.wait_for(lambda: self._lost or not self._n_waiting, seconds)

    def close(self) -> None:
        self.flush()

    def _write_now(self, data: bytes) -> bytes:
        """Write without waiting. Gives what is left."""
        try:
            n_written = os.write(self._fd, data)
        except OSError:
            self._give_up()
            return b""
        if self.on_written is not None and n_written == len(data):
            self.on_written(data, monotonic())
        return data[n_written:]

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._waiting))
                data = b"".join(self._waiting)
                self._waiting.clear()
            try:
                _write_all(self._fd, data)
            except OSError:
                with self._changed:
                    self._give_up()
                return
            if self.on_written is not None:
                self.on_written(data, monotonic())
            with self._changed:
                self._n_waiting -= len(data)
                self._changed.notify_all()

    def _give_up(self) -> None:
        self._lost = True
        self._waiting.clear()
        self._changed.notify_all()
        if self._on_lost is not None:
            self._on_lost()


class SocketWriter:
    """Writes to a connection. Never blocks its caller."""

    def __init__(
        self,
        writer: asyncio.StreamWriter,
        *,
        on_lost: Callable[[], object],
        backlog: int = BACKLOG,
    ) -> None:
        self._writer = writer
        self._on_lost = on_lost
        self._backlog = backlog

    def write(self, data: bytes) -> None:
        transport = self._writer.transport
        if transport.is_closing():
            return
        if transport.get_write_buffer_size() + len(data) > self._backlog:
            transport.abort()
            self._on_lost()
            return
        self._writer.write(data)

    def close(self) -> None:
        self._writer.close()


async def socket_chunks(reader: asyncio.StreamReader, first: bytes) -> Chunks:
    """What a connection brings, and when it came, beginning with bytes already read."""
    data = first
    while data:
        yield data, monotonic()
        try:
            data = await reader.read(CHUNK)
        except OSError:
            return


async def client_bytes(reader: asyncio.StreamReader) -> bytes:
    """The first bytes of a connection; empty where they are no header of the base protocol's.

    A web page can make a browser send any body to a port of this machine, but only after the
    request line of HTTP. So the first bytes decide, whatever follows them.
    """
    try:
        first = await reader.readexactly(len(_FIRST))
    except (asyncio.IncompleteReadError, OSError):
        return b""
    return first if first.lower() == _FIRST else b""


def take_standard_streams() -> tuple[int, int]:
    """The descriptors to speak through, after which nobody else can write or read them.

    What the process or its children print goes to standard error instead.
    """
    stdin, stdout = os.dup(0), os.dup(1)
    if sys.platform != "win32":
        # Whoever started the process may use them without waiting; the threads here want to wait.
        os.set_blocking(stdin, True)
        os.set_blocking(stdout, True)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    try:
        os.dup2(2, 1)
    except OSError:  # Standard error is closed.
        os.dup2(nothing, 1)
    os.close(nothing)
    sys.stdout = sys.stderr
    return stdin, stdout


def _ready_test(fd: int) -> Callable[[int], bool]:
    """A test of whether so many bytes can be written without waiting."""
    if sys.platform == "win32":
        return lambda n_bytes: False
    import select

    poll = select.poll()
    poll.register(fd, select.POLLOUT)
    # POSIX has it that a pipe that is ready takes this many bytes whole.
    at_most = select.PIPE_BUF
    return lambda n_bytes: n_bytes <= at_most and bool(poll.poll(0))


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
