"""``foretype play``: try foretype in the browser, and see how each suggestion comes about."""

from __future__ import annotations

import asyncio
import contextlib
import os
import webbrowser
from pathlib import Path

import click

from foretype.cli.file_position import project_of, read_document
from foretype.cli.play.pages import PAGE, missing
from foretype.cli.play.playground import Playground, serving
from foretype.cli.terminal import BadInput
from foretype.lsp.listening import CannotListen


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="Any free one by default.")
@click.option("--no-open", is_flag=True, help="Do not open the browser.")
def play(file: Path | None, port: int, no_open: bool) -> int:
    """Write code in the browser, and see how each suggestion comes about.

    Shows what is sent, the model's answer as it arrives, what each stage makes of it, and how long
    each took. Opens FILE, or an empty one; any file of its project can be chosen on the page.
    Nothing is saved. Reachable from this machine alone, under an address with a random token. Ends
    10 seconds after the last page is closed, or by Ctrl-C.
    """
    if (sentence := missing(PAGE)) is not None:
        raise BadInput(sentence)
    if file is not None:
        read_document(file)
    here = (file or Path.cwd() / "scratch").resolve()
    try:
        playground = Playground(project_of(here), here if file is not None else None, os.environ)
        if file is not None and (rule := playground.why_closed(here)):
            raise BadInput(f"{file} cannot be opened in the browser: {rule}.")
        asyncio.run(_serve(playground, port, opens=not no_open))
    except CannotListen as fault:
        raise BadInput(f"{fault}.") from None
    except KeyboardInterrupt:
        pass
    return 0


async def _serve(playground: Playground, port: int, *, opens: bool) -> None:
    async with serving(playground, port) as address:
        print(f"{address}\nCtrl-C ends it.", flush=True)
        if opens:
            with contextlib.suppress(webbrowser.Error):
                await asyncio.to_thread(webbrowser.open, address)
        await playground.ended.wait()
