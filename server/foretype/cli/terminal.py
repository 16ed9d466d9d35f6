"""What the sub-commands share of the terminal: one way to make a console, one kind of bad input."""

from __future__ import annotations

import io
import sys

import click
from rich.console import Console


class BadInput(click.ClickException):
    """Something about the user's input. Its text is a sentence; the exit code is 2."""

    exit_code = 2


def console(*, stderr: bool = False) -> Console:
    """A console that prints what it is given as it stands, whatever the terminal can show."""
    stream = sys.stderr if stderr else sys.stdout
    # A terminal without UTF-8 shows a question mark instead of ending the program.
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False)


def speaks_unicode(console: Console) -> bool:
    """Whether frames and dots beyond ASCII can be shown."""
    return console.encoding.lower().replace("-", "").startswith("utf")


def visible(text: str) -> str:
    """A text in which what a terminal would obey is shown instead, but for tabs and line ends."""
    return "".join(c if c.isprintable() or c in "\t\n" else repr(c)[1:-1] for c in text)
