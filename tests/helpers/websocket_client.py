"""A client that speaks through a WebSocket, as an editor in a browser does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any

from aiohttp import ClientWebSocketResponse

PATIENCE_S = 60.0
"""How long a test waits for a message that has to come, in seconds."""


async def tell(ws: ClientWebSocketResponse, method: str, params: Any) -> None:
    await ws.send_json({"jsonrpc": "2.0", "method": method, "params": params})


async def received(
    ws: ClientWebSocketResponse,
    suffice: Callable[[list[dict[str, Any]]], bool],
    before: Sequence[dict[str, Any]] = (),
) -> list[dict[str, Any]]:
    """The messages that came before, and those that come until all of them suffice."""
    messages = [*before]
    async with asyncio.timeout(PATIENCE_S):
        while not suffice(messages):
            messages.append(json.loads(await ws.receive_str()))
    return messages


async def exchange(
    ws: ClientWebSocketResponse, number: int, method: str, params: Any = None
) -> list[dict[str, Any]]:
    """Send a request with an id. Give what comes until its answer, which is the last."""
    await ws.send_json({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
    return await received(
        ws,
        lambda messages: any("method" not in each and each["id"] == number for each in messages),
    )


async def ask(ws: ClientWebSocketResponse, number: int, method: str, params: Any = None) -> Any:
    """Send a request with an id, and give its answer."""
    return (await exchange(ws, number, method, params))[-1]
