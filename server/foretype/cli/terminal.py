"""Shared terminal helpers: the console, and the error for invalid input."""

from __future__ import annotations

import io
import sys

import click
from rich.console import Console


class BadInput(click.ClickException):
    """Invalid user input. The text is a sentence; the exit code is 2."""

    exit_code = 2


def console(*, stderr: bool = False) -> Console:
    """Create a console that prints text unchanged, as far as the terminal can show it."""
    stream = sys.stderr if stderr else sys.stdout
    # A terminal without UTF-8 shows a question mark instead of ending the program.
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False)


def speaks_unicode(console: Console) -> bool:
    """Whether frames and dots beyond ASCII can be shown."""
    return console.encoding.lower().replace("-", "").startswith("utf")


def visible(text: str) -> str:
    """Escape control characters in a text, except tabs and line ends."""
    return "".join(c if c.isprintable() or c in "\t\n" else repr(c)[1:-1] for c in text)


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 line``, ``2 lines``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
