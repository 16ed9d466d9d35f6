"""The server as a process: over standard streams, or on a port or a socket file for any number of
clients.

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
from collections.abc import Callable, Coroutine, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket

    from foretype.lsp.wire.transport import Chunks

BENCH_LOG = "FORETYPE_BENCH_LOG"
"""The environment variable that names a file for ``bench_log.py``."""

log = logging.getLogger(__name__)

FIRST_BYTES = 4 * 2**20
"""The most bytes that are taken of a client that is not known yet."""
CLOSE_S = 1.0
"""How long a connection may take to close, in seconds."""
SWITCH_INTERVAL_S = 0.0005
"""How long a thread may keep the others waiting, in seconds. Python's own 5 ms are a good part
of the time between a token and the answer it completes."""


def serve_stdio(*, speaks_copilot: bool = False) -> int:
    """Serve one client through the standard streams, and end the process with its exit code.

    Nothing is waited for at the end: a library that is still being imported in a thread would
    hold the process up for seconds, and an editor with it.
    """
    with _tuned():
        from foretype.lsp import logs
        from foretype.lsp.wire import transport

        try:
            stdin, stdout = transport.take_standard_streams()
        except OSError:
            return 1
        with logs.to_stderr(os.environ):
            try:
                code = asyncio.Runner().run(_serve_streams(stdin, stdout, speaks_copilot))
            except KeyboardInterrupt:  # It had not begun to serve.
                code = 1
    os._exit(code)


def serve_tcp(host: str, port: int, *, allow_remote: bool = False) -> int:
    """Serve whoever connects to a port and knows the token, each with a session of its own, until
    interrupted."""
    return _serve_listeners(partial(_serve_port, host, port, allow_remote=allow_remote))


def serve_socket(path: str) -> int:
    """Serve the user of this process through a socket at a path, until interrupted."""
    return _serve_listeners(partial(_serve_socket_file, path))


def serve_websocket(host: str, port: int, origins: Sequence[str] = ()) -> int:
    """Serve editors in a browser on a port of this machine, until interrupted."""
    return _serve_listeners(partial(_serve_websocket, host, port, origins))


def _serve_listeners(serve: Callable[[], Coroutine[Any, Any, int]]) -> int:
    with _tuned():
        from foretype.lsp import logs
        from foretype.lsp.listening import CannotListen

        with logs.to_stderr(os.environ):
            try:
                return asyncio.run(serve())
            except CannotListen as fault:
                _announce(str(fault))
                return 1
            except KeyboardInterrupt:  # It had not begun to serve.
                return 0


async def _serve_streams(stdin: int, stdout: int, speaks_copilot: bool) -> int:
    from foretype.lsp.app import make_server
    from foretype.lsp.conversation import converse
    from foretype.lsp.wire.transport import FileReader, FileWriter

    loop = asyncio.get_running_loop()
    server = make_server(os.environ, watch_parent=True, speaks_copilot=speaks_copilot)
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
    with _ending_on_signals(partial(server.protocol.end, 1)):
        code = await converse(server, FileReader(stdin, loop).chunks())
        writer.close()
    return code


async def _serve_port(host: str, port: int, *, allow_remote: bool) -> int:
    from foretype.lsp import listening

    token, is_made_here = listening.take_token(os.environ)
    listeners = await listening.tcp_sockets(host, port, allow_remote=allow_remote)
    addresses = [listener.getsockname() for listener in listeners]
    sentences = [f"listening on {address[0]}:{address[1]}" for address in addresses]
    if any(listening.is_remote(listener) for listener in listeners):
        sentences.append(
            "warning: other machines can connect, and nothing is encrypted on the way: "
            "neither your code nor the token"
        )
    shown = token if is_made_here else f"the value of {listening.TOKEN}"
    sentences.append(f"clients send initializationOptions.token: {shown}")
    with contextlib.ExitStack() as stack:
        for listener in listeners:
            stack.enter_context(listener)
        return await _serve_until_interrupted(listeners, token, sentences)


async def _serve_websocket(host: str, port: int, origins: Sequence[str]) -> int:
    from foretype.lsp import listening, websocket

    token, is_made_here = listening.take_token(os.environ)
    interrupted = asyncio.Event()
    with _ending_on_signals(interrupted.set):
        async with websocket.listening(host, port, token, origins, os.environ) as address:
            shown = token if is_made_here else f"the value of {listening.TOKEN}"
            _announce(f"listening on {address}")
            _announce(f"clients connect to {address}?token=TOKEN, with the token: {shown}")
            await interrupted.wait()
    return 0


async def _serve_socket_file(path: str) -> int:
    from foretype.lsp.listening import socket_file

    with socket_file(path) as listener:
        return await _serve_until_interrupted([listener], None, [f"listening on {path}"])


async def _serve_until_interrupted(
    listeners: Sequence[socket.socket], token: str | None, sentences: Sequence[str]
) -> int:
    # Loaded now: once all descriptors are in use, no module can be.
    import foretype.lsp.app
    import foretype.privacy.masking  # noqa: F401
    from foretype.lsp.listening import Reception

    reception = Reception(partial(_serve_connection, token))
    interrupted = asyncio.Event()
    with _ending_on_signals(interrupted.set):
        for sentence in sentences:
            _announce(sentence)
        accepting = [asyncio.create_task(reception.accept(listener)) for listener in listeners]
        await interrupted.wait()
        for task in accepting:
            task.cancel()
        await reception.close()
    return 0


async def _serve_connection(
    token: str | None, connection: socket.socket, known: Callable[[], None]
) -> None:
    from foretype.lsp.app import make_server
    from foretype.lsp.conversation import converse
    from foretype.lsp.wire.transport import SocketWriter, client_bytes, socket_chunks

    reader, writer = await asyncio.open_connection(sock=connection)
    try:
        first = await client_bytes(reader)
        if not first:
            log.info("hung up on a connection that does not speak the protocol")
            return
        server = make_server(os.environ, through_port=token is not None)
        protocol = server.protocol
        protocol.token = token
        protocol.on_initialized = known
        protocol.set_writer(SocketWriter(writer, on_lost=partial(protocol.end, 1)))
        chunks = socket_chunks(reader, first)
        await converse(server, _until_too_much(chunks, protocol.is_initialized))
    except OSError:
        log.info("a connection broke")
    finally:
        await _close(writer)


async def _until_too_much(chunks: Chunks, is_known: Callable[[], bool]) -> Chunks:
    """What a connection brings, of which a client that is not known gets little kept."""
    n_bytes = 0
    async for data, arrived in chunks:
        n_bytes += len(data)
        if n_bytes > FIRST_BYTES and not is_known():
            return
        yield data, arrived


async def _close(writer: asyncio.StreamWriter) -> None:
    """Close a connection, with its last answers written where the client takes them."""
    writer.close()
    try:
        async with asyncio.timeout(CLOSE_S):
            await writer.wait_closed()
    except (TimeoutError, OSError):
        pass
    finally:
        writer.transport.abort()


@contextlib.contextmanager
def _ending_on_signals(end: Callable[[], object]) -> Iterator[None]:
    """Have ``end`` called on the event loop at an interrupt, or where the system ends the process.

    A second signal ends the process at once. The former handlers are put back afterwards, since
    the server may run inside another program.
    """
    loop = asyncio.get_running_loop()

    def tell(number: int, frame: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        loop.call_soon_threadsafe(end)

    former = {}
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            # Whoever starts a server in the background may have interrupts ignored.
            if signal.getsignal(number) is not signal.SIG_IGN:
                former[number] = signal.signal(number, tell)
        yield
    finally:
        for number, handler in former.items():
            # None stands for one that Python did not set and cannot put back.
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


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
