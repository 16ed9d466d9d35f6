"""Serve editors in a browser: one WebSocket is one client, one text frame is one message.

A page of any site can connect to a port of this machine. So the address has to hold the token, the
page has to come from an origin that is allowed, and the host that the browser named has to be this
machine itself: a foreign name that resolves to it is another site's (DNS rebinding).
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from aiohttp import WSCloseCode, WSMsgType, web

from foretype.lsp.conversation import converse
from foretype.lsp.listening import CannotListen, is_same
from foretype.lsp.wire.framing import MAX_BODY, frame
from foretype.lsp.wire.transport import BACKLOG

if TYPE_CHECKING:
    from foretype.lsp.session.session import ForetypeServer
    from foretype.lsp.wire.transport import Chunks

MAX_CLIENTS = 32
"""How many are served at once. One more is refused."""
HEARTBEAT_S = 30.0
"""A browser that does not answer a ping in half this time is gone, in seconds."""
NAMES = ("127.0.0.1", "localhost", "[::1]")
"""What a browser may call this machine."""


def is_allowed(request: web.Request, port: int, origins: Collection[str] = ()) -> bool:
    """Whether a request names this machine as its host, and comes from an allowed page.

    Programs that are no browser name no origin.
    """
    own = [f"{name}:{port}" for name in NAMES]
    origin = request.headers.get("Origin")
    is_known = origin is None or origin in origins or origin in [f"http://{host}" for host in own]
    return request.host in own and is_known


class WebSocketWriter:
    """Writes messages to a WebSocket, in order. Never blocks its caller."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        *,
        on_lost: Callable[[], object],
        backlog: int = BACKLOG,
    ) -> None:
        self._socket = socket
        self._on_lost = on_lost
        self._backlog = backlog
        self._waiting: asyncio.Queue[bytes] = asyncio.Queue()
        self._n_waiting = 0
        self._task = asyncio.get_running_loop().create_task(self._run())

    def write(self, data: bytes) -> None:
        """Have a message with its header written. Gives the client up where too many wait."""
        if self._task.done():
            return
        if self._n_waiting + len(data) > self._backlog:
            self._give_up()
            return
        self._n_waiting += len(data)
        self._waiting.put_nowait(data)

    def close(self) -> None:
        self._task.cancel()

    async def _run(self) -> None:
        while True:
            data = await self._waiting.get()
            body = data.partition(b"\r\n\r\n")[2]
            try:
                await self._socket.send_str(body.decode())
            except (ConnectionError, RuntimeError):
                self._on_lost()
                return
            self._n_waiting -= len(data)

    def _give_up(self) -> None:
        self._task.cancel()
        self._on_lost()


async def serve_client(request: web.Request, server: ForetypeServer) -> web.WebSocketResponse:
    """Serve one client, from the upgrade of its connection to its end."""
    socket = web.WebSocketResponse(max_msg_size=MAX_BODY, heartbeat=HEARTBEAT_S)
    await socket.prepare(request)
    protocol = server.protocol
    writer = WebSocketWriter(socket, on_lost=partial(protocol.end, 1))
    protocol.set_writer(writer)
    try:
        await converse(server, _messages(socket))
    finally:
        writer.close()
        await socket.close(code=WSCloseCode.GOING_AWAY)
    return socket


async def _messages(socket: web.WebSocketResponse) -> Chunks:
    async for message in socket:
        if message.type is WSMsgType.TEXT:
            yield frame(message.data.encode()), monotonic()
        elif message.type is WSMsgType.BINARY:
            yield frame(message.data), monotonic()


class Clients:
    """Serves WebSockets, each with a session of its own, and ends them all at the end."""

    def __init__(self, make_server: Callable[[web.Request], ForetypeServer]) -> None:
        self._make_server = make_server
        self._tasks: set[asyncio.Task[None] | asyncio.Task[object]] = set()

    @property
    def n_served(self) -> int:
        return len(self._tasks)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve a request to upgrade a connection."""
        if len(self._tasks) >= MAX_CLIENTS:
            raise web.HTTPServiceUnavailable(text=f"{MAX_CLIENTS} clients are served already.")
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            return await serve_client(request, self._make_server(request))
        finally:
            self._tasks.discard(task)

    async def close(self) -> None:
        """End all sessions."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def listening(
    host: str, port: int, token: str, origins: Collection[str], environ: Mapping[str, str]
) -> AsyncIterator[str]:
    """Serve WebSockets at a port; gives its address. Raises CannotListen."""
    from foretype.lsp.app import make_server

    clients = Clients(lambda _: make_server(environ, through_port=True))

    async def serve(request: web.Request) -> web.StreamResponse:
        if not is_allowed(request, bound, origins):
            raise web.HTTPForbidden(text="This page may not connect. See --origin.")
        if not is_same(request.query.get("token"), token):
            raise web.HTTPForbidden(text="The address needs ?token=, as foretype showed it.")
        return await clients.serve(request)

    async with serving({"/": serve}, host, port, clients) as bound:
        yield f"ws://{host}:{bound}/"


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(
    routes: Mapping[str, Handler], host: str, port: int, clients: Clients
) -> AsyncIterator[int]:
    """Serve paths on this machine alone; gives the port. Raises CannotListen."""
    if host not in ("127.0.0.1", "::1", "localhost"):
        raise CannotListen(f"{host} is not this machine: browsers are served on 127.0.0.1 alone")
    app = web.Application()
    for path, handler in routes.items():
        app.router.add_get(path, handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as fault:
            reason = "another program listens there"
            if fault.errno != errno.EADDRINUSE:
                reason = fault.strerror or str(fault)
            raise CannotListen(f"cannot listen on {host}:{port}: {reason}") from None
        yield runner.addresses[0][1]
    finally:
        await clients.close()
        await runner.cleanup()
