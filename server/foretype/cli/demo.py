"""``foretype demo``: a typist at the real server, before code that ships with it or the user's own.

Starts the server as an editor does, types at a person's pace, shows the ghost text in place, and
ends with a table of what it was worth.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import click
from rich.console import Console

from foretype.cli import scenes as stage
from foretype.cli.editor import ENDED, SERVER, Editor, ServerFault, connect
from foretype.cli.screen import LiveScreen, PlainScreen, summary
from foretype.cli.session import Session
from foretype.cli.terminal import console as make_console
from foretype.cli.terminal import speaks_unicode
from foretype.cli.typist import Rhythm, Scene, Tally

Upstream = Literal["auto", "local", "scripted"]

READY_S = 8.0
"""How long the demo waits for the model's library to be loaded and connected, in seconds."""

SETTLED = frozenset({"ready", "local", "error"})
"""States of ``foretype/status`` after which there is nothing to wait for."""

FAILED = 1


@click.command()
@click.option(
    "--upstream",
    type=click.Choice(["auto", "local", "scripted"]),
    default="auto",
    help="Who completes: your provider, or the embedded engine where there is no key (auto); the "
    "embedded engine (local); or a local server that streams the right text as a provider does "
    "(scripted).",
)
@click.option(
    "--file",
    "path",
    type=click.Path(path_type=Path),
    help="Type a stretch of this file of yours. It is read, never written.",
)
@click.option("--line", type=int, help="With --file: the line to begin with.")
@click.option(
    "--seconds",
    type=click.FloatRange(1, 600),
    default=50,
    show_default=True,
    help="The longest it may take.",
)
@click.option("--pace", type=click.FloatRange(0.1, 100), default=1.0, hidden=True)
@click.option("--seed", type=int, default=7, hidden=True)
def demo(
    upstream: Upstream, path: Path | None, line: int | None, seconds: float, pace: float, seed: int
) -> int:
    """Watch foretype complete real code, in under a minute.

    Starts the real server, types as a person does, accepts what is right, and counts. Ends with
    0 only if a right suggestion was shown.
    """
    if line is not None and path is None:
        raise click.UsageError("--line goes with --file.")
    scenes = [stage.own(path, line)] if path else stage.shipped()
    return asyncio.run(
        play(
            scenes,
            console=make_console(),
            upstream=upstream,
            rhythm=Rhythm(seed, pace),
            seconds=seconds,
        )
    )


async def play(
    scenes: Sequence[Scene],
    *,
    console: Console,
    upstream: Upstream = "auto",
    rhythm: Rhythm,
    seconds: float = 50,
    command: Sequence[str] = SERVER,
) -> int:
    """Type the scenes, show them, print the table. Gives the exit code."""
    tally = Tally()
    try:
        async with _server(scenes, upstream, command) as server:
            await _perform(server, scenes, console, tally, rhythm, seconds)
            spent = await server.spent()
            why = "" if tally.right else await server.why()
    except ServerFault as fault:
        console.print(f"The demo failed. {fault}", style="bold")
        return FAILED
    console.print(summary(tally, spent=spent, unicode=speaks_unicode(console)))
    if not tally.right:
        console.print(f"No right suggestion was shown. {why}".strip(), style="bold")
        return FAILED
    return 0


@dataclass(slots=True)
class _Status:
    """What the server says of itself."""

    said: dict[str, Any] = field(default_factory=dict)
    ended: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, method: str, params: Any) -> None:
        if method == "foretype/status" and isinstance(params, dict):
            self.said = params
            self.news.set()
        if method == ENDED:
            self.ended = True
            self.news.set()


@dataclass(frozen=True, slots=True)
class _Server:
    """The server that is being shown."""

    editor: Editor
    status: _Status

    @property
    def is_local(self) -> bool:
        return self.status.said.get("provider", "") in {"", "local"}

    @property
    def engine(self) -> str:
        """Who completes, in a few words."""
        if self.is_local:
            return "embedded engine"
        said = self.status.said
        return f"{said.get('model') or 'model'} at {said['provider']}"

    async def until_ready(self) -> None:
        """Wait for the server to know its model and have it warm, within reason."""
        try:
            async with asyncio.timeout(READY_S):
                while not (self.status.ended or self.status.said.get("state") in SETTLED):
                    self.status.news.clear()
                    await self.status.news.wait()
        except TimeoutError:
            # It may well become ready while the first keys are typed.
            return

    async def spent(self) -> str:
        """Tokens and cost, for the table."""
        if self.is_local:
            return "none: nothing left this machine"
        stats = await self._ask("foretype.stats")
        if not isinstance(stats, dict):
            return "not counted"
        return f"{stats}"

    async def why(self) -> str:
        """The server's own reason for its last answer."""
        why = await self._ask("foretype.why")
        if isinstance(why, dict):
            why = why.get("message", "")
        return f"The server says: {why}." if isinstance(why, str) and why else ""

    async def _ask(self, command: str) -> Any:
        try:
            return await self.editor.request(
                "workspace/executeCommand", {"command": command, "arguments": []}
            )
        except ServerFault:
            # An older or other server knows no such command; the demo says less then.
            return None


@asynccontextmanager
async def _server(
    scenes: Sequence[Scene], upstream: Upstream, command: Sequence[str]
) -> AsyncIterator[_Server]:
    async with AsyncExitStack() as stack:
        status = _Status()
        options: dict[str, Any] = {"client": "vscode"}
        environment: Mapping[str, str] = os.environ
        if upstream == "local":
            options["completion"] = {"local": "only"}
        if upstream == "scripted":
            from foretype.upstream import Script, ScriptedUpstream

            truth = {scene.name: scene.before + scene.truth + scene.after for scene in scenes}
            script = Script(truth=truth, first_ms=180, first_p95_ms=450, tokens_per_second=120)
            up = await stack.enter_async_context(ScriptedUpstream(script))
            options |= {"provider": "custom", "baseUrl": up.url, "model": "scripted"}
            environment = {**os.environ, "FORETYPE_API_KEY": "no-key-needed"}
        editor = await stack.enter_async_context(
            connect(command, options=options, environment=environment, on_notification=status.hear)
        )
        yield _Server(editor, status)


async def _perform(
    server: _Server,
    scenes: Sequence[Scene],
    console: Console,
    tally: Tally,
    rhythm: Rhythm,
    seconds: float,
) -> None:
    end = asyncio.get_running_loop().time() + seconds
    await server.until_ready()
    console.print(_introduction(server))
    live = console.is_terminal and not console.is_dumb_terminal
    with LiveScreen(console, server.engine) if live else PlainScreen(console) as screen:
        for scene in scenes:
            session = Session(server.editor, scene, rhythm=rhythm, tally=tally, watcher=screen)
            await session.type_all(lambda: asyncio.get_running_loop().time() >= end)


def _introduction(server: _Server) -> str:
    if server.is_local:
        return (
            "No key is set, so the embedded engine completes: it has learnt from the open file "
            "alone, and nothing leaves this machine."
        )
    return f"Completions come from {server.engine}."
