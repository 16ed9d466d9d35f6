"""Open a connection before there is a request to send on it.

Sits between the HTTP library and the network. Nothing is sent that a server counts as a request:
the connection is opened, encrypted where the endpoint is, and handed over to the next request.
"""

from __future__ import annotations

import ssl
from typing import Any

from foretype.core.deadline import now

FRESH_S = 15.0
"""Seconds after which an unused connection is replaced: servers close those without a request."""
USABLE_S = 25.0
"""Seconds for which an unused connection is handed over."""


class Preconnector:
    """A network backend for ``httpcore2`` that can hold one connection ready."""

    def __init__(self, inner: Any, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        """``inner`` is the backend that opens connections; ``tls`` for connections that begin
        encrypted, which those to a proxy do not."""
        self._inner = inner
        self._place = (host, port)
        self._tls = tls
        self._stream: Any = None
        self._opened_at = 0.0
        self._is_closed = False
        self.handed_over = False
        """Whether the connection taken last was held ready: the server may have closed it."""

    @property
    def is_ready(self) -> bool:
        """Whether a fresh connection is held."""
        return self._is_open and now() - self._opened_at < FRESH_S

    async def prepare(self, timeout: float) -> None:
        """Open a connection and hold it. Raises what the network raises."""
        await self.aclose()
        host, port = self._place
        stream = await self._inner.connect_tcp(host, port, timeout=timeout)
        if self._tls is not None:
            self._tls.set_alpn_protocols(["http/1.1"])
            stream = await stream.start_tls(self._tls, server_hostname=host, timeout=timeout)
        if self._stream is not None or self._is_closed:
            await stream.aclose()
            return
        self._stream, self._opened_at = stream, now()

    async def close(self) -> None:
        """Close the connection that is held, and hold none from now on."""
        self._is_closed = True
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connection that is held."""
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.aclose()

    async def connect_tcp(self, host: str, port: int, **options: Any) -> Any:
        """Hand over the connection that is held, or open another. Called by the library."""
        if (host, port) == self._place and self._stream is not None:
            is_usable = self._is_open and now() - self._opened_at < USABLE_S
            stream, self._stream = self._stream, None
            if is_usable:
                self.handed_over = True
                return stream if self._tls is None else _Encrypted(stream)
            await stream.aclose()
        self.handed_over = False
        return await self._inner.connect_tcp(host, port, **options)

    async def connect_unix_socket(self, path: str, **options: Any) -> Any:
        """Open a connection to a socket file. Called by the library."""
        return await self._inner.connect_unix_socket(path, **options)

    async def sleep(self, seconds: float) -> None:
        """Wait. Called by the library."""
        await self._inner.sleep(seconds)

    @property
    def _is_open(self) -> bool:
        # Something to read, before anything was asked, is the end of the connection.
        return self._stream is not None and not self._stream.get_extra_info("is_readable")


class _Encrypted:
    """A connection that the library is about to encrypt, which it is already."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def start_tls(self, *_: Any, **__: Any) -> Any:
        return self._stream

    async def aclose(self) -> None:
        await self._stream.aclose()
