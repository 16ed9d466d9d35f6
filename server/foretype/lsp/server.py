"""The server as a process: over standard streams, or on a port for one client after another.

Imports pygls only once it serves: whoever starts an editor waits for what is imported here.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from foretype.lsp.session import ForetypeServer
    from foretype.lsp.transport import Chunks

BENCH_LOG = "FORETYPE_BENCH_LOG"
"""The environment variable that names a file for ``bench_log.py``."""

log = logging.getLogger(__name__)

SWITCH_INTERVAL_S = 0.0005
"""How long a thread may keep the others waiting, in seconds. Python's own 5 ms are a good part
of the time between a token and the answer it completes."""


def serve_stdio() -> int:
    """Serve one client through the standard streams, and end the process with its exit code.

    Nothing is waited for at the end: a library that is still being imported in a thread would
    hold the process up for seconds, and an editor with it.
    """
    with _tuned():
        from foretype.lsp import logs, transport

        try:
            stdin, stdout = transport.take_standard_streams()
        except OSError:
            return 1
        with logs.to_stderr(os.environ):
            try:
                code = asyncio.Runner().run(_serve_streams(stdin, stdout))
            except KeyboardInterrupt:  # It had not begun to serve.
                code = 1
    os._exit(code)


def serve_tcp(host: str, port: int) -> int:
    """Serve whoever connects to a port, each with a session of its own, until interrupted."""
    with _tuned():
        from foretype.lsp import logs

        with logs.to_stderr(os.environ):
            try:
                return asyncio.run(_serve_port(host, port))
            except KeyboardInterrupt:  # It had not begun to serve.
                return 0


async def _serve_streams(stdin: int, stdout: int) -> int:
    from foretype.lsp.session import ForetypeServer
    from foretype.lsp.transport import FileReader, FileWriter

    loop = asyncio.get_running_loop()
    server = ForetypeServer(os.environ, watch_parent=True)
    writer = FileWriter(stdout, on_lost=partial(loop.call_soon_threadsafe, server.protocol.end, 1))
    server.protocol.set_writer(writer)
    if path := os.environ.get(BENCH_LOG):
        from foretype.lsp.bench_log import BenchLog

        try:
            server.bench_log = BenchLog(Path(path))
        except OSError as fault:
            _announce(f"{BENCH_LOG}: {path} cannot be written: {fault.strerror}")
        else:
            writer.on_written = server.bench_log.written
    _on_signals(partial(server.protocol.end, 1))
    code = await _converse(server, FileReader(stdin, loop).chunks())
    writer.close()
    return code


async def _serve_port(host: str, port: int) -> int:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _serve_connection(reader, writer)
        except OSError:
            log.info("a connection broke")
        finally:
            writer.close()

    sessions: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Tasks of our own: asyncio reports its own as failed when an interrupt cancels them.
        task = asyncio.create_task(serve(reader, writer))
        sessions.add(task)
        task.add_done_callback(sessions.discard)

    try:
        listener = await asyncio.start_server(connected, host, port)
    except OSError as fault:
        _announce(f"cannot listen on {host}:{port}: {fault.strerror}")
        return 1
    for socket in listener.sockets:
        address = socket.getsockname()
        _announce(f"listening on {address[0]}:{address[1]}")
    interrupted = asyncio.Event()
    _on_signals(interrupted.set)
    async with listener:
        await interrupted.wait()
        for task in sessions:
            task.cancel()
        await asyncio.gather(*sessions, return_exceptions=True)
    return 0


async def _serve_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    from foretype.lsp.session import ForetypeServer
    from foretype.lsp.transport import SocketWriter, client_bytes, socket_chunks

    first = await client_bytes(reader)
    if not first:
        log.warning("hung up on a connection that does not speak the protocol")
        return
    server = ForetypeServer(os.environ)
    server.protocol.set_writer(SocketWriter(writer, on_lost=partial(server.protocol.end, 1)))
    await _converse(server, socket_chunks(reader, first))


async def _converse(server: ForetypeServer, chunks: Chunks) -> int:
    """Serve one client until it says ``exit``, is gone, or is given up. Gives the exit code."""
    from foretype.lsp.transport import pump

    protocol = server.protocol
    reading = asyncio.create_task(pump(chunks, protocol))
    ended = asyncio.create_task(protocol.ended.wait())
    try:
        await asyncio.wait({reading, ended}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        protocol.end()
        reading.cancel()
        await protocol.abandon()
        await server.close()
    return protocol.exit_code


def _on_signals(end: Callable[[], object]) -> None:
    """Have an interrupt, or the system's wish that the process ends, told on the event loop.

    A second one ends the process at once.
    """
    loop = asyncio.get_running_loop()

    def tell(number: int, frame: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        loop.call_soon_threadsafe(end)

    for number in (signal.SIGINT, signal.SIGTERM):
        # Whoever starts a server in the background may have interrupts ignored.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, tell)


def _announce(sentence: str) -> None:
    sys.stderr.write(f"foretype: {sentence}\n")
    sys.stderr.flush()


@contextlib.contextmanager
def _tuned() -> Iterator[None]:
    """Garbage is collected again once everything is loaded: see ``ForetypeServer.start``."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        sys.setswitchinterval(interval)
