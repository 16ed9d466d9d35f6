"""Serve the page of ``foretype play`` and its language servers, one for each open page.

Everything is below ``/TOKEN/``: the page, the project's files, and the WebSocket.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from foretype.cli.complete import settings_for
from foretype.cli.file_position import language_of
from foretype.cli.play import project_files
from foretype.cli.play.pages import PAGE, TYPES
from foretype.lsp import websocket
from foretype.lsp.app import make_server
from foretype.lsp.listening import is_same
from foretype.lsp.session.session import ForetypeServer
from foretype.models.endpoint_choice import describe
from foretype.privacy.gate import Gate
from foretype.settings.providers import PROVIDERS

HOST = "127.0.0.1"
LINGER_S = 10.0
"""How long the server stays after the last page was closed, in seconds: a page may be reloaded."""
CONFIGURED = ""
"""The choice of a provider that means what the settings say."""


class Playground:
    """The pages of one project."""

    def __init__(self, root: Path, file: Path | None, environ: Mapping[str, str]) -> None:
        self.root = root.resolve()
        self._file = file
        self._environ = environ
        self.token = secrets.token_urlsafe(24)
        self.ended = asyncio.Event()
        """Set once the last page has been closed for a while."""
        self.clients = websocket.Clients(self._make_server)
        self._timer: asyncio.TimerHandle | None = None

    def _make_server(self, request: web.Request) -> ForetypeServer:
        """A server whose user is at this machine; its page may choose the provider."""
        chosen = {
            "FORETYPE_PROVIDER": request.query.get("provider", CONFIGURED),
            "FORETYPE_MODEL": request.query.get("model", ""),
        }
        environ = {**self._environ, **{name: value for name, value in chosen.items() if value}}
        return make_server(environ, traced=True, through_port=True)

    async def language_server(self, request: web.Request) -> web.StreamResponse:
        """Serve one page's WebSocket."""
        self.page_opened()
        try:
            return await self.clients.serve(request)
        finally:
            self.page_closed()

    def page_opened(self) -> None:
        """A page is open: the server stays."""
        if self._timer is not None:
            self._timer.cancel()

    def page_closed(self) -> None:
        """A page was closed: after the last one the server ends, though not at once."""
        if not self.clients.n_served:
            self._timer = asyncio.get_running_loop().call_later(LINGER_S, self.ended.set)

    async def project(self, request: web.Request) -> web.Response:
        """What the page shows before anything is typed."""
        return web.json_response(await asyncio.to_thread(self._project))

    def _project(self) -> dict[str, Any]:
        files = project_files.listed(self.root, self._gate())
        current = self._file
        return {
            "name": self.root.name,
            "root": self.root.as_uri(),
            "files": files,
            "current": current.relative_to(self.root).as_posix() if current else None,
            "providers": self._providers(),
        }

    def _providers(self) -> list[dict[str, Any]]:
        """Those that a key or an address is there for, with the configured one first."""
        settings = settings_for(self.root, self._environ).settings
        own = describe(settings, self._environ)
        found = [{"slug": CONFIGURED, "title": f"as configured: {own.title}", "model": own.model}]
        # Where an address is configured, every provider is asked there: that is no choice.
        addresses = {own.base_url, ""}
        for row in PROVIDERS.values():
            environ = {**self._environ, "FORETYPE_PROVIDER": row.slug}
            named = describe(settings_for(self.root, environ).settings, environ)
            if named.base_url not in addresses and (named.key_from or named.local):
                addresses.add(named.base_url)
                found.append({"slug": row.slug, "title": named.title, "model": named.model})
        return found

    async def file(self, request: web.Request) -> web.Response:
        """The text of a file of the project."""
        relative = request.query.get("path", "")
        text = await asyncio.to_thread(project_files.read, self.root, relative, self._gate())
        if text is None:
            raise web.HTTPNotFound(text=f"{relative} cannot be opened here.")
        language = language_of(Path(relative))
        return web.json_response({"text": text, "language": language})

    def why_closed(self, path: Path) -> str:
        """Say why a file of the project is not opened; empty where it is. Reads it."""
        if rule := self._gate().excluded(path.as_uri()):
            return f"it is excluded by {rule}"
        relative = path.relative_to(self.root).as_posix()
        is_open = project_files.read(self.root, relative, self._gate()) is not None
        return "" if is_open else "it is too large"

    def _gate(self) -> Gate:
        return Gate(settings_for(self.root, self._environ).settings, (self.root,))


@asynccontextmanager
async def serving(playground: Playground, port: int = 0) -> AsyncIterator[str]:
    """Serve the pages; gives the address. Raises CannotListen."""

    def checked(handler: websocket.Handler) -> websocket.Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            given = request.match_info["token"]
            if not (websocket.is_allowed(request, bound) and is_same(given, playground.token)):
                raise web.HTTPNotFound
            return await handler(request)

        return handle

    routes = {
        "/{token}/": checked(_asset),
        "/{token}/project": checked(playground.project),
        "/{token}/file": checked(playground.file),
        "/{token}/lsp": checked(playground.language_server),
        "/{token}/{asset}": checked(_asset),
    }
    async with websocket.serving(routes, HOST, port, playground.clients) as bound:
        yield f"http://{HOST}:{bound}/{playground.token}/"


async def _asset(request: web.Request) -> web.StreamResponse:
    path = PAGE / (request.match_info.get("asset") or "index.html")
    if path.parent != PAGE or path.suffix not in TYPES or not path.is_file():
        raise web.HTTPNotFound
    body = await asyncio.to_thread(path.read_bytes)
    return web.Response(body=body, headers=_headers(TYPES[path.suffix], request.host))


def _headers(media_type: str, host: str) -> dict[str, str]:
    return {
        "Content-Type": media_type if "font" in media_type else f"{media_type}; charset=utf-8",
        # Monaco writes styles and starts its worker from a file of ours.
        "Content-Security-Policy": (
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
            f"font-src 'self' data:; img-src 'self' data:; connect-src 'self' ws://{host}; "
            "worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
