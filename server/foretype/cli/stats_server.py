"""Serve the page of ``foretype stats --web`` to this machine's browser.

On loopback alone, under an address that holds a random token. The page has no scripts and loads
nothing from elsewhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import webbrowser
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from hashlib import sha256

from aiohttp import web
from rich.console import Console

from foretype.cli.report.page_parts import style
from foretype.cli.report.stats_page import page
from foretype.settings.schema import MAX_KEEP_DAYS
from foretype.spending.ledger_file import LedgerUnusable
from foretype.spending.statistics import Stats

HOST = "127.0.0.1"

Read = Callable[[int], Stats]
"""Adds up so many days; may be called in a thread."""


def serve(read: Read, days: int, out: Console, *, opens: bool = True) -> int:
    """Serve the page until Ctrl-C, and open it in the browser."""

    async def main() -> None:
        async with serving(read, days) as address:
            out.print(f"{address}\nCtrl-C ends it.", soft_wrap=True)
            if opens:
                await asyncio.to_thread(webbrowser.open, address)
            await asyncio.Event().wait()

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
    return 0


@asynccontextmanager
async def serving(read: Read, days: int) -> AsyncIterator[str]:
    """Serve the page; gives its address."""
    token = secrets.token_urlsafe(24)
    app = web.Application()
    runner = web.AppRunner(app, access_log=None)

    async def show(request: web.Request) -> web.Response:
        given = request.match_info["token"].encode()
        is_ours = request.host == f"{HOST}:{port}"
        if not (is_ours and secrets.compare_digest(given, token.encode())):
            raise web.HTTPNotFound
        n_days = _days(request.query.get("days", ""), days)
        try:
            stats = await asyncio.to_thread(read, n_days)
        except LedgerUnusable as fault:
            return web.Response(status=503, text=f"The record cannot be used: {fault}.")
        return web.Response(text=page(stats, n_days), content_type="text/html", headers=_headers())

    app.router.add_get("/{token}/", show)
    await runner.setup()
    try:
        site = web.TCPSite(runner, HOST, 0)
        await site.start()
        port = runner.addresses[0][1]
        yield f"http://{HOST}:{port}/{token}/"
    finally:
        await runner.cleanup()


def _days(text: str, otherwise: int) -> int:
    is_number = text.isascii() and text.isdigit() and len(text) < 6
    return min(max(int(text), 1), MAX_KEEP_DAYS) if is_number else otherwise


def _headers() -> dict[str, str]:
    digest = b64encode(sha256(style().encode()).digest()).decode()
    return {
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'sha256-{digest}'; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
