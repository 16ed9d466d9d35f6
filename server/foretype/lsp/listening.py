"""Sockets that are listened on, and the connections that come to them.

Any user of the machine can connect to a port, so that a client has to know a token; a socket file
is its owner's alone. Whoever connects and does not say who it is gets a little time, a little
memory and one of a few places. Knows no messages but the token in the first.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hmac
import logging
import os
import secrets
import socket
import stat
import sys
from collections.abc import Callable, Coroutine, Iterator, MutableMapping
from ipaddress import ip_address
from time import monotonic
from typing import Any

TOKEN = "FORETYPE_TOKEN"
"""The environment variable that gives the token; a random one is made where it is not set."""
SHORTEST_TOKEN = 16
"""The fewest characters that a token of the user's own may have."""
HELLO_S = 10.0
"""How long a connection may take until its ``initialize`` is accepted, in seconds."""
MAX_WAITING = 16
"""How many connections may wait for that. One more closes the oldest."""
BACKLOG = 64
PAUSES_S = (0.05, 1.0)
"""The first and the longest pause after a connection that could not be taken, in seconds."""
LOG_INTERVAL_S = 600.0
"""That connections cannot be taken is logged at most this often, in seconds."""

log = logging.getLogger(__name__)


class CannotListen(Exception):
    """An address that cannot be listened on. Its text is a sentence for the user."""


# --- who is let in ------------------------------------------------------------------------------


def take_token(environ: MutableMapping[str, str]) -> tuple[str, bool]:
    """The token that clients must send, and whether it was made here. Raises CannotListen.

    Taken out of the environment, where the programs that this one starts would find it.
    """
    given = environ.pop(TOKEN, "").strip()
    if not given:
        return secrets.token_urlsafe(24), True
    if len(given) < SHORTEST_TOKEN:
        raise CannotListen(
            f"{TOKEN} is too short to be safe: give it {SHORTEST_TOKEN} characters or more, or "
            "leave it out, and a random token is made"
        )
    return given, False


def is_same(given: Any, token: str) -> bool:
    """Whether a client's token is the right one."""
    if not isinstance(given, str):
        return False
    return hmac.compare_digest(given.encode("utf-8", "replace"), token.encode("utf-8", "replace"))


# --- sockets ------------------------------------------------------------------------------------


async def tcp_sockets(host: str, port: int, *, allow_remote: bool) -> list[socket.socket]:
    """Sockets for all addresses of a host. Raises CannotListen."""
    try:
        infos = await asyncio.get_running_loop().getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except OSError as fault:
        raise CannotListen(f"cannot listen on {host}:{port}: {fault.strerror}") from None
    addresses = list(dict.fromkeys((family, address) for family, _, _, _, address in infos))
    if not allow_remote and not all(_is_loopback(address) for _, address in addresses):
        raise CannotListen(
            f"{host} can be reached from other machines, and nothing is encrypted on the way; "
            "use an SSH tunnel to 127.0.0.1, or add --allow-remote to listen there all the same"
        )
    sockets: list[socket.socket] = []
    try:
        for family, address in addresses:
            sockets.append(socket.create_server(address, family=family, backlog=BACKLOG))
            sockets[-1].setblocking(False)
    except OSError as fault:
        for opened in sockets:
            opened.close()
        raise CannotListen(f"cannot listen on {host}:{port}: {_reason(fault)}") from None
    return sockets


def is_remote(listener: socket.socket) -> bool:
    """Whether other machines can reach a socket."""
    return not _is_loopback(listener.getsockname())


@contextlib.contextmanager
def socket_file(path: str) -> Iterator[socket.socket]:
    """A socket at a path, which only the user of this process can connect to.

    Removed at the end. Raises CannotListen.
    """
    if sys.platform == "win32":
        raise CannotListen("sockets with a path are not to be had on Windows; use --tcp PORT")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _remove_left_behind(path)
        # The mode has to be right from the start: whoever connects in between is connected.
        mask = os.umask(0o177)
        try:
            listener.bind(path)
        finally:
            os.umask(mask)
        os.chmod(path, 0o600)
        listener.listen(BACKLOG)
        listener.setblocking(False)
        made = os.lstat(path).st_ino
    except OSError as fault:
        listener.close()
        raise CannotListen(f"cannot listen on {path}: {_reason(fault)}") from None
    try:
        yield listener
    finally:
        listener.close()
        with contextlib.suppress(OSError):
            if os.lstat(path).st_ino == made:
                os.unlink(path)


def _remove_left_behind(path: str) -> None:
    """Remove the socket of a server that was killed. Raises CannotListen where one still runs."""
    if sys.platform == "win32":
        return
    try:
        if not stat.S_ISSOCK(os.lstat(path).st_mode):
            raise CannotListen(
                f"cannot listen on {path}: a file that is no socket is there; name another path"
            )
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as other:
        try:
            other.connect(path)
        except ConnectionRefusedError:
            os.unlink(path)
            return
    raise CannotListen(f"cannot listen on {path}: another server listens there")


def _is_loopback(address: Any) -> bool:
    try:
        return ip_address(address[0]).is_loopback
    except ValueError:
        return False


def _reason(fault: OSError) -> str:
    # Some faults of addresses have a text and no number.
    return fault.strerror or str(fault)


# --- connections --------------------------------------------------------------------------------

Serve = Callable[[socket.socket, Callable[[], None]], Coroutine[Any, Any, None]]
"""Serves a connection, and calls its second argument once its client is known."""


class Reception:
    """Takes connections and has each served on a task of its own."""

    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self._sessions: set[asyncio.Task[None]] = set()
        # Those whose client is not known yet, the oldest first.
        self._waiting: dict[asyncio.Task[None], None] = {}
        self._logged = float("-inf")

    async def accept(self, listener: socket.socket) -> None:
        """Take connections until cancelled."""
        loop = asyncio.get_running_loop()
        pause_s = 0.0
        while True:
            try:
                connection, _ = await loop.sock_accept(listener)
            except OSError as fault:
                self._drop_oldest()
                self._log(fault)
                pause_s = min(max(2 * pause_s, PAUSES_S[0]), PAUSES_S[1])
                await asyncio.sleep(pause_s)
            else:
                pause_s = 0.0
                self._take(connection)
                # What was dropped has to be closed before the next one is taken.
                await asyncio.sleep(0)

    async def close(self) -> None:
        """End all sessions."""
        for task in self._sessions:
            task.cancel()
        await asyncio.gather(*self._sessions, return_exceptions=True)

    def _take(self, connection: socket.socket) -> None:
        if len(self._waiting) >= MAX_WAITING:
            self._drop_oldest()
        connection.setblocking(False)
        # A task of our own: asyncio reports its own as failed when an interrupt cancels them.
        task = asyncio.create_task(self._serve(connection, lambda: self._waiting.pop(task, None)))
        self._sessions.add(task)
        self._waiting[task] = None
        too_late = asyncio.get_running_loop().call_later(HELLO_S, self._drop, task)

        def ended(task: asyncio.Task[None]) -> None:
            too_late.cancel()
            self._sessions.discard(task)
            self._waiting.pop(task, None)
            # One that was cancelled before it began has closed nothing.
            connection.close()
            if not task.cancelled() and (fault := task.exception()) is not None:
                log.error("a connection failed", exc_info=fault)

        task.add_done_callback(ended)

    def _drop_oldest(self) -> None:
        if self._waiting:
            self._drop(next(iter(self._waiting)))

    def _drop(self, task: asyncio.Task[None]) -> None:
        """Close a connection, unless its client is known by now."""
        if task in self._waiting:
            del self._waiting[task]
            log.info("hung up on a connection that did not say who it is")
            task.cancel()

    def _log(self, fault: OSError) -> None:
        if fault.errno == errno.ECONNABORTED or monotonic() - self._logged < LOG_INTERVAL_S:
            return
        self._logged = monotonic()
        log.warning("cannot take a connection (%s); trying again", _reason(fault))
