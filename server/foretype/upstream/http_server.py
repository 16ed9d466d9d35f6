"""The scripted upstream as an HTTP server on loopback.

Besides the API it has ``POST /_script`` (changes to the script, as JSON), ``GET /_log`` and
``POST /_reset``, so that tests and benches in other processes can direct it.
"""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from aiohttp import web

from foretype.upstream import failures, question, records
from foretype.upstream.answer import Call, make_answer
from foretype.upstream.question import Question
from foretype.upstream.records import Log, Record
from foretype.upstream.responses_stream import Responses
from foretype.upstream.script import Script
from foretype.upstream.stream import play
from foretype.upstream.wire_formats import Chat, Fim, Wire

Respond = Callable[[Question], str | Mapping[str, Any]]

_WIRES: dict[question.Wire, Wire] = {"chat": Chat(), "fim": Fim(), "responses": Responses()}


class ScriptedUpstream:
    """An OpenAI-compatible server that follows a script.

    >>> async with ScriptedUpstream(text="return a + b", first_ms=180) as up:
    ...     up.url, up.log.requests
    """

    def __init__(
        self,
        script: Script | None = None,
        *,
        answer: Respond | None = None,
        port: int = 0,
        **changes: Any,
    ) -> None:
        """``answer`` is called for each request and returns the text, or changes to the script."""
        self.script = self._first_script = (script or Script()).changed(changes)
        self.log = Log()
        self.port = port
        self._answer = answer
        self._connections: WeakKeyDictionary[asyncio.BaseTransport, int] = WeakKeyDictionary()
        self._runner: web.AppRunner | None = None
        self._noticed = asyncio.Event()

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The base URL for clients."""
        return f"{self.root}/v1"

    async def __aenter__(self) -> ScriptedUpstream:
        # A disconnecting client ends its handler at once, as a provider would notice it.
        self._runner = web.AppRunner(
            self._app(), handler_cancellation=True, access_log=None, shutdown_timeout=0.1
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        if self._runner:
            await self._runner.cleanup()

    def next(self, *changes: str | Mapping[str, Any]) -> None:
        """Queue answers to the next requests: texts, or script changes."""
        response = [{"text": each} if isinstance(each, str) else each for each in changes]
        self.script = self.script.changed({"queue": (*self.script.queue, *response)})

    async def until(self, condition: Callable[[Log], bool]) -> None:
        """Wait until the log has what is waited for: requests come, end or are aborted. The
        script is looked at again too when it is changed over HTTP."""
        while not condition(self.log):
            self._noticed.clear()
            await self._noticed.wait()

    def reset(self) -> None:
        """Clear the log, and restore the initial script."""
        self.log, self.script = Log(), self._first_script
        self._connections.clear()
        self._noticed.set()

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_get("/v1/models", self._models)
        app.router.add_post("/v1/chat/completions", self._handler("chat"))
        app.router.add_post("/v1/completions", self._handler("fim"))
        app.router.add_post("/v1/responses", self._handler("responses"))
        app.router.add_post("/_script", self._on_script)
        app.router.add_get("/_log", self._on_log)
        app.router.add_post("/_reset", self._on_reset)
        return app

    async def _models(self, request: web.Request) -> web.Response:
        self._connection(request)
        self.log.warm.append(time.monotonic())
        self._noticed.set()
        listed = [{"object": "model", "created": 0, **model} for model in self.script.models]
        return web.json_response({"object": "list", "data": listed})

    def _handler(self, wire: question.Wire) -> Callable[[web.Request], Any]:
        async def handle(request: web.Request) -> web.StreamResponse:
            return await self._respond(request, wire)

        return handle

    async def _respond(self, request: web.Request, wire: question.Wire) -> web.StreamResponse:
        arrived = time.monotonic()
        try:
            body = json.loads(await request.read())
            asked = question.read(wire, body)
        except (ValueError, AttributeError, TypeError):
            response = failures.error(
                400, "The body is no JSON.", "invalid_request_error", "bad_json"
            )
            return _replacement(response)
        record = Record(
            number=len(self.log.requests),
            path=request.path,
            wire=wire,
            authorized=records.has_key(request.headers),
            headers=records.headers_without_key(request.headers),
            body=body if self.script.keep_bodies else {},
            connection=self._connection(request),
            arrived=arrived,
            n_chars=asked.n_chars,
        )
        self.log.requests.append(record)
        self._noticed.set()
        script = self._script_for(asked)
        try:
            return await self._carry_out(request, record, asked, script)
        except asyncio.CancelledError:
            record.aborted = time.monotonic()
            raise
        except ConnectionError:
            record.aborted = time.monotonic()
            return web.Response(status=499)
        finally:
            record.ended = time.monotonic()
            self._noticed.set()

    async def _carry_out(
        self, request: web.Request, record: Record, asked: Question, script: Script
    ) -> web.StreamResponse:
        dice = script.dice(record.number)
        first_s = script.first_token_s(dice)
        record.fault = script.fault_now(dice)
        instead = failures.ANSWERS.get(record.fault) or _refusal(asked, script)
        if instead:
            record.status = instead.status
            extra = {"Retry-After": script.retry_after} if instead.status == 429 else {}
            return _replacement(instead, extra)
        if script.hold:
            await self.until(lambda _: not self.script.hold)
        script = script.changed({"reasoning": script.thought(dice)})
        said = make_answer(asked, script, _calls(script))
        record.planned, record.finish = said.n_tokens, said.finish
        return await play(request, record, _WIRES[asked.wire], said, asked, script, first_s)

    def _script_for(self, asked: Question) -> Script:
        script = self.script
        if script.queue:
            head, *rest = script.queue
            self.script = script.changed({"queue": rest})
            script = script.changed(head)
        if self._answer is None:
            return script
        response = self._answer(asked)
        return script.changed({"text": response} if isinstance(response, str) else response)

    def _connection(self, request: web.Request) -> int:
        transport = request.transport
        if transport is None:
            return 0
        if transport not in self._connections:
            self.log.connections += 1
            self._connections[transport] = self.log.connections
        return self._connections[transport]

    async def _on_script(self, request: web.Request) -> web.Response:
        try:
            self.script = self.script.changed(await request.json())
        except (ValueError, TypeError) as error:
            return web.json_response({"error": str(error)}, status=400)
        self._noticed.set()
        return web.json_response({"ok": True})

    async def _on_log(self, request: web.Request) -> web.Response:
        server = self._runner.server if self._runner is not None else None
        # The one that asks for the log is open, too.
        n_open = len(server.connections) - 1 if server is not None else 0
        return web.json_response({**self.log.as_json(), "open": n_open})

    async def _on_reset(self, request: web.Request) -> web.Response:
        self.reset()
        return web.json_response({"ok": True})


def refused_url() -> str:
    """Return a base URL at which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return f"http://127.0.0.1:{port}/v1"


def _replacement(
    response: failures.Replacement, extra: Mapping[str, str] | None = None
) -> web.Response:
    headers = {"Content-Type": response.content_type, **response.headers, **(extra or {})}
    return web.Response(status=response.status, body=response.body, headers=headers)


def _refusal(asked: Question, script: Script) -> failures.Replacement | None:
    refused = next((name for name in script.rejects if name in asked.body), None)
    return failures.rejected(refused) if refused else None


def _calls(script: Script) -> tuple[Call, ...]:
    return tuple(
        Call(
            id=str(call.get("id", f"call_{number}")),
            name=str(call["name"]),
            arguments=call["arguments"]
            if isinstance(call.get("arguments"), str)
            else json.dumps(call.get("arguments", {})),
        )
        for number, call in enumerate(script.tool_calls, 1)
    )
