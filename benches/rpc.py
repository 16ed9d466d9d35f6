"""A light client that speaks JSON-RPC with a server process and notes the time at the pipe.

It uses no library of the language server's side, so that nothing of it is measured.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


@dataclass(slots=True, eq=False)
class Asked:
    """One request and every answer it got. Times are of ``time.monotonic()``."""

    id: int
    method: str
    sent: float
    answers: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    answered: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def at(self) -> float:
        """When the first answer was read."""
        return self.answers[0][0]

    @property
    def result(self) -> Any:
        return self.answers[0][1].get("result")

    @property
    def error(self) -> dict[str, Any] | None:
        return self.answers[0][1].get("error")


class Connection:
    """A server process and the conversation with it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.asked: dict[int, Asked] = {}
        self.on_answer: Callable[[Asked], None] = lambda asked: None
        self.on_notification: Callable[[str, Any], None] = lambda method, params: None
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, command: Sequence[str], env: Mapping[str, str]) -> Connection:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=ROOT,
            env=dict(env),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=2**24,
        )
        return cls(process)

    def ask(self, method: str, params: Any) -> Asked:
        asked = Asked(len(self.asked) + 1, method, time.monotonic())
        self.asked[asked.id] = asked
        self._send({"id": asked.id, "method": method, "params": params})
        return asked

    async def call(self, method: str, params: Any, timeout_s: float = 60) -> Asked:
        """Ask, and wait for the answer."""
        asked = self.ask(method, params)
        await asyncio.wait_for(asked.answered.wait(), timeout_s)
        return asked

    def tell(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def cancel(self, asked: Asked) -> None:
        self.tell("$/cancelRequest", {"id": asked.id})

    async def close(self) -> None:
        """Shut the server down, as an editor would; end it if it does not go."""
        with contextlib.suppress(TimeoutError, ConnectionError):
            await self.call("shutdown", None, 5)
            self.tell("exit", None)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.process.wait(), 5)
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()
        self._reader.cancel()

    def _send(self, message: dict[str, Any]) -> None:
        assert self.process.stdin
        body = json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    async def _read(self) -> None:
        assert self.process.stdout
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await self.process.stdout.readuntil(b"\r\n\r\n")
                length = next(
                    int(line[15:])
                    for line in head.split(b"\r\n")
                    if line.lower().startswith(b"content-length:")
                )
                body = await self.process.stdout.readexactly(length)
                self._received(json.loads(body), time.monotonic())

    def _received(self, message: dict[str, Any], at: float) -> None:
        if "method" not in message:
            if (asked := self.asked.get(message["id"])) is None:
                return
            asked.answers.append((at, message))
            asked.answered.set()
            self.on_answer(asked)
        elif "id" in message:
            self._send({"id": message["id"], "result": _reply(message)})
        else:
            self.on_notification(message["method"], message.get("params"))


def _reply(message: dict[str, Any]) -> Any:
    """What an editor answers to the few things that a server asks of it."""
    if message["method"] == "workspace/configuration":
        return [None for _ in message["params"]["items"]]
    return None
