"""Serve editors in a browser: a real process, and clients that speak as browsers do."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import ClientWebSocketResponse, WSServerHandshakeError
from helpers.rawclient import RawClient, environment, running
from helpers.websocket_client import ask

TOKEN = "a-token-for-tests-0123456789"
PAGE = "http://localhost:5173"
SERVE = (sys.executable, "-P", "-m", "foretype", "serve", "--ws", "0", "--origin", PAGE)


@pytest.fixture(scope="module")
def server() -> Iterator[RawClient]:
    with running(*SERVE, env=environment(FORETYPE_TOKEN=TOKEN)) as server:
        server.wait(lambda: b"clients connect to" in server.errors)
        yield server


def port_of(server: RawClient) -> int:
    found = re.search(rb"listening on ws://127.0.0.1:(\d+)/", server.errors)
    assert found is not None
    return int(found[1])


@asynccontextmanager
async def connected(
    server: RawClient, token: str = TOKEN, **headers: str
) -> AsyncIterator[ClientWebSocketResponse]:
    url = f"http://127.0.0.1:{port_of(server)}/?token={token}"
    async with aiohttp.ClientSession() as session, session.ws_connect(url, headers=headers) as ws:
        yield ws


HELLO: dict[str, Any] = {"processId": None, "rootUri": None, "capabilities": {}}


async def test_each_frame_is_a_message(server: RawClient) -> None:
    async with connected(server) as ws:
        assert "capabilities" in (await ask(ws, 1, "initialize", HELLO))["result"]
        assert (await ask(ws, 2, "shutdown"))["result"] is None


async def test_two_clients_at_once_do_not_hear_each_other(server: RawClient) -> None:
    async with connected(server) as one, connected(server) as other:
        await ask(one, 1, "initialize", HELLO)
        assert (await ask(other, 1, "shutdown"))["error"]["code"] == -32002


async def test_frames_that_are_no_message_get_an_error_and_end_nothing(server: RawClient) -> None:
    async with connected(server) as ws:
        await ws.send_str("{oops")
        assert json.loads(await ws.receive_str())["error"]["code"] == -32700
        await ws.send_bytes(b"\xff\x00")
        assert json.loads(await ws.receive_str())["error"]["code"] == -32700
        assert "capabilities" in (await ask(ws, 1, "initialize", HELLO))["result"]


async def test_exit_closes_the_connection(server: RawClient) -> None:
    async with connected(server) as ws:
        await ask(ws, 1, "initialize", HELLO)
        await ask(ws, 2, "shutdown")
        await ws.send_str('{"jsonrpc": "2.0", "method": "exit"}')
        assert (await ws.receive()).type in {
            aiohttp.WSMsgType.CLOSE,
            aiohttp.WSMsgType.CLOSING,
            aiohttp.WSMsgType.CLOSED,
        }


@pytest.mark.parametrize("origin", [PAGE, "http://127.0.0.1:{port}", "http://localhost:{port}"])
async def test_pages_that_are_allowed_may_connect(server: RawClient, origin: str) -> None:
    async with connected(server, Origin=origin.format(port=port_of(server))) as ws:
        assert "result" in await ask(ws, 1, "initialize", HELLO)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://example.com"},
        {"Origin": "null"},
        {"Origin": f"{PAGE}.example.com"},
        {"Host": "example.com"},
        {"Host": "127.0.0.1"},
        {"Host": "127.0.0.1.example.com:{port}"},
    ],
    ids=lambda headers: " ".join(headers.values()),
)
async def test_foreign_pages_and_rebound_hosts_are_refused(
    server: RawClient, headers: dict[str, str]
) -> None:
    sent = {name: value.format(port=port_of(server)) for name, value in headers.items()}
    with pytest.raises(WSServerHandshakeError) as refused:
        async with connected(server, **sent):
            pass
    assert refused.value.status == 403


@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], TOKEN + "x", "%FF"])
async def test_a_wrong_token_is_refused(server: RawClient, token: str) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        async with connected(server, token):
            pass
    assert refused.value.status == 403


@pytest.mark.parametrize(
    "arguments, problem",
    [
        (["--ws"], "--ws needs a port"),
        (["--ws", "0.0.0.0:9258"], "0.0.0.0 is not this machine"),
        (["--ws", "9258", "--tcp", "9257"], "choose one of"),
        (["--origin", PAGE], "--origin goes with --ws alone"),
        (["--ws", "9258", "--origin", "localhost"], "localhost is no origin"),
        (["--ws", "9258", "--allow-remote"], "--allow-remote goes with --tcp alone"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_arguments_are_named(
    capfd: pytest.CaptureFixture[str], arguments: list[str], problem: str
) -> None:
    from foretype.cli.serve import main

    assert main(arguments) != 0
    assert problem in capfd.readouterr().err
