"""Helix in a terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from real_editors import (
    CACHE,
    Home,
    Terminal,
    eventually,
    program,
    text_of,
    wait_for_servers_to_end,
)

ASKS_AGAIN_S = 3.0
"""How long the menu may take until it is asked for again, in seconds."""


class Helix:
    """A Helix that a user could sit in front of."""

    def __init__(self, home: Home, file: Path) -> None:
        self.file = file
        self._log = home.path / ".cache" / "helix" / "helix.log"
        self.terminal = Terminal([program("hx", "terminal/bin"), "-v", str(file)], home)
        self.terminal.shows(file.name)

    def attached(self) -> None:
        """Wait until the server is ready: it then asks for its configuration."""
        eventually(
            lambda: any(
                "foretype <-" in line and "workspace/configuration" in line
                for line in self.log().splitlines()
            ),
            "the server is ready",
        )

    def command(self, line: str) -> None:
        """Type a command and see it stand on the screen before it is carried out."""
        self.terminal.press("Escape")
        self.terminal.type(":")
        self.terminal.paste(line)
        # A long line is shown by its end.
        self.terminal.shows(line[-60:])
        self.terminal.press("Enter")

    def completes(self, entry: str) -> None:
        """Ask for completions until one of them is this: Helix cannot be told of what came late."""

        def is_offered() -> bool:
            self.terminal.press("C-x")
            end = time.monotonic() + ASKS_AGAIN_S
            while entry not in self.terminal.screen() and time.monotonic() < end:
                time.sleep(0.1)
            return entry in self.terminal.screen()

        try:
            eventually(is_offered, entry)
        except AssertionError:
            pytest.fail(f"never offered: {entry!r}\n{self.terminal.screen()}")

    def choose(self, entry: str) -> None:
        """Choose an entry of the menu of code actions, whose first one is picked already."""
        lines = [line for line in self.terminal.screen().splitlines() if "foretype: " in line]
        above = next(n for n, line in enumerate(lines) if entry in line)
        self.terminal.press(*["Down"] * above, "Enter")

    def saves(self, text: str) -> None:
        """Write the file and wait until this is its text."""
        self.command("write")
        try:
            eventually(lambda: text_of(self.file) == text, "the text")
        except AssertionError:
            raise AssertionError(
                f"the text is\n{text_of(self.file)}\n\nnot\n{text}\n{self.terminal.screen()}"
            ) from None

    def log(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def close(self) -> None:
        self.terminal.close()


Open = Callable[[str, str], Helix]
"""Opens a file of this name with this text."""


def set_up(home: Home, *options: str) -> str:
    """Run `foretype setup helix`, which asks Helix itself. Gives what it says."""
    return home.setup("helix", *options, path=str(CACHE / "terminal" / "bin"))


@contextmanager
def opening(home: Home) -> Iterator[Open]:
    """A Helix that was set up by `foretype setup helix`, ended afterwards."""
    editors: list[Helix] = []

    def open_file(name: str, text: str) -> Helix:
        set_up(home, "--write")
        editor = Helix(home, home.file(name, text))
        editors.append(editor)
        editor.attached()
        return editor

    try:
        yield open_file
    finally:
        for editor in editors:
            editor.close()
        wait_for_servers_to_end(home)
