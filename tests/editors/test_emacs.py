"""Emacs with lsp-mode, as a user has it after the README's steps."""

from __future__ import annotations

import pytest
from editor_samples import BASE, BEGUN, WHOLE
from real_editors import CACHE, Home, Terminal, Upstream, eventually, program, skip_unless

pytest_plugins = ["editor_fixtures"]
pytestmark = [skip_unless("emacs"), pytest.mark.xdist_group("editors")]

# Stands for `M-x package-install RET lsp-mode RET`, which needs a network.
INSTALLED = f"""\
(dolist (folder (directory-files "{CACHE}/emacs/elpa" t "^[^.]"))
  (add-to-list 'load-path folder)
  (dolist (autoloads (directory-files folder t "-autoloads.el$"))
    (load autoloads t t)))
(setq inhibit-startup-screen t make-backup-files nil auto-save-default nil)
"""


def test_ghost_text_appears_and_is_accepted(home: Home, upstream: Upstream) -> None:
    upstream.script(truth={"shapes.py": WHOLE})
    init = home.path / ".emacs.d" / "init.el"
    init.parent.mkdir()
    init.write_text(INSTALLED)
    home.setup("emacs", "--write")
    file = home.file("shapes.py", BEGUN)
    terminal = Terminal([program("emacs"), "-nw", str(file)], home)
    try:
        terminal.shows("shapes.py")
        # lsp-mode asks once for each project whether it may start.
        terminal.shows("Select action:")
        terminal.press("i")
        eventually(lambda: upstream.warmed(), "the server is ready", within=60)
        terminal.press("M->")
        terminal.type("b")
        terminal.shows(BASE)
        assert file.read_text() == BEGUN
        terminal.press("Tab")
        terminal.press("C-x", "C-s")
        eventually(lambda: file.read_text() != BEGUN, "the file is saved")
        assert file.read_text().rstrip("\n") == BEGUN + BASE
    finally:
        terminal.close()
