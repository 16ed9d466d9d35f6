"""Emacs with lsp-mode in a terminal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from real_editors import (
    CACHE,
    Home,
    Terminal,
    eventually,
    program,
    text_of,
    wait_for_servers_to_end,
)

# Stands for `M-x package-install RET lsp-mode RET`, which needs a network.
INSTALLED = f"""\
(dolist (folder (directory-files "{CACHE}/emacs/elpa" t "^[^.]"))
  (add-to-list 'load-path folder)
  (dolist (autoloads (directory-files folder t "-autoloads.el$"))
    (load autoloads t t)))
(setq inhibit-startup-screen t make-backup-files nil auto-save-default nil)
"""


EGLOT = f"""\
(dolist (folder (directory-files "{CACHE}/emacs/eglot" t "^[^.]"))
  (add-to-list 'load-path folder))
(setq inhibit-startup-screen t make-backup-files nil auto-save-default nil)
"""
"""Stands for `M-x package-install RET eglot RET`; nothing where Emacs brings its own."""


class Emacs:
    """An Emacs that a user could sit in front of."""

    def __init__(self, home: Home, file: Path) -> None:
        self.file = file
        self.terminal = Terminal([program("emacs"), "-nw", str(file)], home, after=_holds_no_escape)
        self.terminal.shows(file.name)

    def attached(self) -> None:
        """Let lsp-mode start, which it asks once for each project, and wait for the server."""
        self.terminal.shows("Select action:")
        self.terminal.press("i")
        eventually(
            lambda: re.search(r"LSP\[foretype:\d+\]", self.terminal.screen()), "the server is up"
        )

    def run(self, command: str) -> None:
        self.terminal.press("M-x")
        self.terminal.type(command)
        self.terminal.press("Enter")

    def type_at_the_end(self, text: str) -> None:
        self.terminal.press("M->")
        self.terminal.type(text)

    def saves(self, text: str) -> None:
        """Write the file and wait until this is its text; a last line end does not count."""
        self.terminal.press("C-x", "C-s")
        try:
            eventually(lambda: text_of(self.file).rstrip("\n") == text.rstrip("\n"), "the text")
        except AssertionError:
            raise AssertionError(
                f"the text is\n{text_of(self.file)}\n\nnot\n{text}\n{self.terminal.screen()}"
            ) from None

    def close(self) -> None:
        self.terminal.close()


def _holds_no_escape(keys: Sequence[str]) -> None:
    """In a terminal, Emacs takes Escape and the next key for the same key with Alt, always."""
    assert "Escape" not in keys, "press M-x in place of Escape and x, and C-g to leave"


Open = Callable[[str, str], Emacs]
"""Opens a file of this name with this text."""


def set_up(home: Home, more: str = "", *, installed: str = INSTALLED) -> None:
    """What the guide tells: lsp-mode, and `foretype setup emacs`; ``more`` is the user's own."""
    init = home.path / ".emacs.d" / "init.el"
    init.parent.mkdir(exist_ok=True)
    init.write_text(installed + more)
    home.setup("emacs", "--write")


@contextmanager
def opening(home: Home, more: str = "") -> Iterator[Open]:
    """An Emacs that was set up by `foretype setup emacs`, ended afterwards."""
    editors: list[Emacs] = []

    def open_file(name: str, text: str) -> Emacs:
        set_up(home, more)
        editor = Emacs(home, home.file(name, text))
        editors.append(editor)
        editor.attached()
        return editor

    try:
        yield open_file
    finally:
        for editor in editors:
            editor.close()
        wait_for_servers_to_end(home)
