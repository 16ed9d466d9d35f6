"""``foretype demo``: a simulated user types code of the standard library or of the user's own.

Starts the server like an editor, types at human speed, shows the ghost text in place, and ends
with a table of results.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import click
from rich.console import Console

from foretype.cli.demo.backstage import Server, Upstream, serving
from foretype.cli.demo.baseline import share_saved
from foretype.cli.demo.demo_typing import MIN_KEYS_SAVED, Session, Watcher
from foretype.cli.demo.scenes import library_scenes, scene_from_file
from foretype.cli.demo.screen import LiveScreen, PlainScreen, summary
from foretype.cli.demo.typist import Scene, Tally, TypingRhythm
from foretype.cli.lsp_client import SERVER, ServerFault
from foretype.cli.terminal import console as make_console
from foretype.cli.terminal import speaks_unicode

EXIT_FAILED = 1


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
@click.option("--seed", type=int, default=7, help="Type other files of the standard library.")
def demo(
    upstream: Upstream, path: Path | None, line: int | None, seconds: float, pace: float, seed: int
) -> int:
    """Watch foretype complete real code, in under a minute.

    Types stretches of Python's standard library, or of a file of yours. Starts the real server,
    types as a person does, accepts what is right, and counts. Ends with 0 only if a right
    suggestion was shown.
    """
    if line is not None and path is None:
        raise click.UsageError("--line goes with --file.")
    scenes = [scene_from_file(path, line)] if path else library_scenes(seed)
    return asyncio.run(
        play(
            scenes,
            console=make_console(),
            upstream=upstream,
            rhythm=TypingRhythm(seed, pace),
            seconds=seconds,
        )
    )


async def play(
    scenes: Sequence[Scene],
    *,
    console: Console,
    upstream: Upstream = "auto",
    rhythm: TypingRhythm,
    seconds: float = 50,
    watcher: Watcher | None = None,
    command: Sequence[str] = SERVER,
) -> int:
    """Type the scenes, show them, and print the table. Returns the exit code.

    The scenes are shown on the console, or reported to a watcher if given.
    """
    tally = Tally()
    try:
        async with serving(scenes, upstream, command) as server:
            end = asyncio.get_running_loop().time() + seconds
            with _waiting(console, "Starting the server"):
                await server.until_ready()
            console.print(server.introduction, soft_wrap=not console.is_terminal)
            with _screen(console, server, watcher) as screen:
                for scene in scenes:
                    session = Session(
                        server.editor, scene, rhythm=rhythm, tally=tally, watcher=screen
                    )
                    await session.type_all(lambda: asyncio.get_running_loop().time() >= end)
            spent = await server.spent()
            why = server.status.fault or ("" if tally.shown_ms else await server.why())
    except ServerFault as fault:
        console.print(f"The demo failed. {fault}", style="bold")
        return EXIT_FAILED
    beside = share_saved(scenes, MIN_KEYS_SAVED)
    console.print(summary(tally, spent=spent, beside=beside, unicode=speaks_unicode(console)))
    verdict = _verdict(tally)
    if verdict or why:
        console.print(f"{verdict} {why}".strip(), style="bold", soft_wrap=True)
    return EXIT_FAILED if verdict else 0


def _verdict(tally: Tally) -> str:
    """Return what is wrong with the outcome; "" if a right suggestion was shown."""
    if tally.right:
        return ""
    if tally.shown_ms:
        return "None of the suggestions was what the file's author wrote."
    return "No suggestion was shown."


def _screen(
    console: Console, server: Server, watcher: Watcher | None
) -> AbstractContextManager[Watcher]:
    if watcher is not None:
        return nullcontext(watcher)
    return LiveScreen(console, server.engine) if _is_live(console) else PlainScreen(console)


def _waiting(console: Console, text: str) -> AbstractContextManager[object]:
    return console.status(text, spinner="line") if _is_live(console) else nullcontext()


def _is_live(console: Console) -> bool:
    return console.is_terminal and not console.is_dumb_terminal
