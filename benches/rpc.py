"""A light client that speaks JSON-RPC with a server process and notes the time at the pipe.

Only the framing of messages is the product's: nothing of the server's side is measured.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from foretype.cli.lsp_client import ServerProcess

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


class Connection(ServerProcess):
    """A server process and the conversation with it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        super().__init__(process)
        self.asked: dict[int, Asked] = {}
        self.on_answered: Callable[[Asked], None] = lambda asked: None
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
        self.send({"id": asked.id, "method": method, "params": params})
        return asked

    async def call(self, method: str, params: Any, timeout_s: float = 60) -> Asked:
        """Ask, and wait for the answer."""
        asked = self.ask(method, params)
        await asyncio.wait_for(asked.answered.wait(), timeout_s)
        return asked

    def cancel(self, asked: Asked) -> None:
        self.notify("$/cancelRequest", {"id": asked.id})

    async def close(self) -> None:
        """Shut the server down, as an editor would; end it if it does not go."""
        with contextlib.suppress(TimeoutError, ConnectionError):
            await self.call("shutdown", None, 5)
            self.notify("exit", None)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.process.wait(), 5)
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()
        self._reader.cancel()

    def on_answer(self, message: dict[str, Any]) -> None:
        """Note an answer and when it came."""
        if (asked := self.asked.get(message["id"])) is None:
            return
        asked.answers.append((time.monotonic(), message))
        asked.answered.set()
        self.on_answered(asked)

    async def _read(self) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await self.read()
