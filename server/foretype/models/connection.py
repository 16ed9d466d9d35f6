"""Create the SDK's client on our own transport: limits, certificates, proxies, headers.

Importing this module loads neither the SDK nor its transport; creating a connection does, which
takes so long that it belongs in a thread.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from foretype import __version__
from foretype.models.entra import EntraToken
from foretype.models.preconnect import Preconnector
from foretype.models.protocol import ModelUnavailable
from foretype.settings.providers import Endpoint, WireName

if TYPE_CHECKING:
    import httpx2
    import openai

MAX_CONNECTIONS = 8
_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}
IDLE_CONNECTION_S = 90.0
"""Seconds that an idle connection is kept. The SDK's default of 5 s would not outlast a pause."""

_SENT_HEADERS = frozenset(
    {
        "host",
        "accept",
        "connection",
        "content-type",
        "content-length",
        "transfer-encoding",
        "x-stainless-raw-response",  # Read by the SDK itself when the response is there.
    }
)
"""The SDK's headers that are sent. Others describe the machine, or come from OPENAI_* variables
meant for another provider."""


class ProxyFailed(Exception):
    """Connecting through a proxy failed.

    The argument is the proxy's host and port; the cause says what happened.
    """


@dataclass(frozen=True, slots=True)
class Connection:
    """An endpoint's client with its pool of sockets."""

    endpoint: Endpoint
    http: httpx2.AsyncClient
    sdk: openai.AsyncOpenAI
    fim: openai.AsyncOpenAI
    """The client for the fim wire, which some providers serve at another path."""
    connect_s: float
    """Seconds that opening a connection may take."""
    spare: Preconnector | None = None
    """Holds a connection ready; None where that is not possible."""

    def for_wire(self, wire: WireName) -> openai.AsyncOpenAI:
        return self.fim if wire == "fim" else self.sdk

    @property
    def is_ready(self) -> bool:
        """Whether the next request needs no new connection."""
        return self.spare is None or self.spare.is_ready or self.n_idle > 0

    @property
    def n_idle(self) -> int:
        """The number of idle connections that were used before."""
        # A private name: where it is gone nothing seems idle, and a connection too many is opened
        # rather than an error raised. A test watches it.
        pool = getattr(getattr(self.http, "_transport", None), "_pool", None)
        return sum(c.is_idle() and not c.has_expired() for c in getattr(pool, "connections", ()))

    async def open_spare(self) -> None:
        """Open a connection for the next request; nothing is sent on it. May raise anything."""
        if self.spare is not None:
            await self.spare.prepare(self.connect_s)

    async def close(self) -> None:
        if self.spare is not None:
            await self.spare.close()
        await self.http.aclose()


def connect(
    endpoint: Endpoint,
    *,
    connect_s: float,
    transport: httpx2.AsyncBaseTransport | None = None,
    on_send: Callable[[str, str, bytes], None] | None = None,
) -> Connection:
    """Create a client. Loads the SDK; opens no connection yet and needs no event loop.

    ``on_send`` is called with URL, model and body of each request that holds something.
    """
    from urllib.request import getproxies

    import httpx2
    import openai

    from foretype.models.bounds import limit_response

    timeout = httpx2.Timeout(None, connect=connect_s, write=connect_s, pool=connect_s)
    headers = sent_headers(endpoint)
    token = EntraToken(endpoint.token_scope) if endpoint.token_scope else None

    async def send_only_ours(request: httpx2.Request) -> None:
        kept = {k: v for k, v in request.headers.items() if k in _SENT_HEADERS}
        bearer = {} if token is None else {"Authorization": f"Bearer {await token.get()}"}
        request.headers = httpx2.Headers({**kept, **headers, **bearer})
        if on_send is not None and request.method == "POST":
            on_send(str(request.url), endpoint.model, await request.aread())

    proxy = None if endpoint.local else proxy_for(endpoint.base_url, getproxies())
    transport = transport or _transport(endpoint, proxy)
    http = httpx2.AsyncClient(
        transport=transport,
        timeout=timeout,
        follow_redirects=False,
        event_hooks={"request": [send_only_ours], "response": [limit_response]},
    )

    def sdk(base_url: str) -> openai.AsyncOpenAI:
        return openai.AsyncOpenAI(
            # Never empty: the SDK would take another provider's from the environment.
            api_key=endpoint.key or "none",
            base_url=base_url,
            max_retries=0,
            timeout=timeout,
            http_client=http,
        )

    main = sdk(endpoint.base_url)
    path = endpoint.row.fim_path
    fim = sdk(endpoint.base_url + path) if path else main
    spare = _preconnector(transport, endpoint, proxy)
    return Connection(endpoint, http, main, fim, connect_s, spare)


def _preconnector(
    transport: httpx2.AsyncBaseTransport, endpoint: Endpoint, proxy: str | None
) -> Preconnector | None:
    """Put a preconnector between a transport and the network; None where it has no such place."""
    # Private names: where they are gone, no connection is opened ahead. A test watches them.
    pool = getattr(transport, "_pool", None)
    inner = getattr(pool, "_network_backend", None)
    parts = urlsplit(proxy or endpoint.base_url)
    port = parts.port or _PORTS.get(parts.scheme)
    if inner is None or parts.hostname is None or port is None:
        return None
    is_encrypted = parts.scheme == "https" and proxy is None
    spare = Preconnector(inner, parts.hostname, port, certificates() if is_encrypted else None)
    setattr(pool, "_network_backend", spare)  # noqa: B010
    return spare


def sent_headers(endpoint: Endpoint) -> dict[str, str]:
    """Return our own headers for every request."""
    key = {"Authorization": f"Bearer {endpoint.key}"} if endpoint.key else {}
    return {
        **dict(endpoint.row.headers),
        **key,
        "User-Agent": f"foretype/{__version__}",
        # Compressed, a stream might wait in a proxy until there is enough to compress.
        "Accept-Encoding": "identity",
        **dict(endpoint.headers),
    }


def proxy_for(url: str, proxies: Mapping[str, str]) -> str | None:
    """Return the proxy for a URL from the environment's; never one for this machine itself."""
    from urllib.request import proxy_bypass

    parts = urlsplit(url)
    host = parts.hostname or ""
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or proxy_bypass(host):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _transport(endpoint: Endpoint, proxy: str | None) -> httpx2.AsyncBaseTransport:
    import httpx2

    limits = httpx2.Limits(
        max_connections=MAX_CONNECTIONS,
        max_keepalive_connections=MAX_CONNECTIONS // 2,
        keepalive_expiry=IDLE_CONNECTION_S,
    )
    schemes = {urlsplit(url).scheme for url in (endpoint.base_url, proxy or "")}
    try:
        # Without TLS none is read: a file that is missing concerns nobody. Nor is any trusted.
        verify = certificates() if "https" in schemes else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if proxy is None:
            return httpx2.AsyncHTTPTransport(verify=verify, limits=limits)
        return _proxy_transport(proxy, verify, limits)
    except (ValueError, ImportError, httpx2.InvalidURL):
        raise ModelUnavailable(
            "The proxy that HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names cannot be used. It takes "
            "an http:// or https:// address."
        ) from None


def _proxy_transport(
    proxy: str, verify: ssl.SSLContext, limits: httpx2.Limits
) -> httpx2.AsyncBaseTransport:
    """Create a transport whose connection errors mention the proxy."""
    import httpx2

    class ThroughProxy(httpx2.AsyncHTTPTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            try:
                return await super().handle_async_request(request)
            except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as error:
                # Without the name and the password that may stand in it.
                raise ProxyFailed(urlsplit(proxy).netloc.rpartition("@")[2]) from error

    return ThroughProxy(verify=verify, limits=limits, proxy=proxy)


@cache
def certificates() -> ssl.SSLContext:
    """Load the certificates once, since that takes 60-100 ms."""
    import httpx2

    try:
        return httpx2.create_ssl_context()
    except (OSError, ssl.SSLError):
        raise ModelUnavailable(
            "The certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be read."
        ) from None
