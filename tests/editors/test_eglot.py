"""Emacs with eglot, which has no ghost text: suggestions in its completions, and refactorings."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from editor_samples import BASE, BEGUN, TYPED, UNTYPED, WHOLE
from real_editors import (
    Home,
    Upstream,
    eventually,
    only_foretype,
    skip_unless,
    wait_for_servers_to_end,
)
from real_emacs import EGLOT, Emacs, set_up

pytest_plugins = ["editor_fixtures"]
pytestmark = [skip_unless("emacs"), pytest.mark.xdist_group("editors")]


@pytest.fixture
def editor(home: Home, upstream: Upstream) -> Iterator[Emacs]:
    """An Emacs in which `M-x foretype-eglot` was run in a file."""
    upstream.script(truth={"shapes.py": WHOLE})
    home.environ["PATH"] = f"{only_foretype(home)}:/usr/bin:/bin"
    set_up(home, installed=EGLOT)
    editor = Emacs(home, home.file("shapes.py", BEGUN))
    try:
        editor.run("foretype-eglot")
        editor.terminal.shows("[eglot:")
        eventually(upstream.warmed, "the server is warm")
        yield editor
    finally:
        editor.close()
        wait_for_servers_to_end(home)


def test_a_suggestion_is_completed(editor: Emacs) -> None:
    editor.type_at_the_end("b")
    editor.terminal.press("C-M-i")
    editor.terminal.shows(BASE)
    editor.saves(BEGUN + BASE)


def test_a_refactoring_is_applied_once_eglot_has_asked(editor: Emacs, upstream: Upstream) -> None:
    upstream.script(truth={}, text=f"```python\n{TYPED}\n```")
    editor.terminal.press("M-<", "C-n")
    editor.run("eglot-code-actions")
    editor.terminal.shows("add type hints to area")
    editor.terminal.type("foretype: add type hints to area")
    editor.terminal.press("Enter")
    editor.terminal.shows("Proceed? (y or n)")
    editor.terminal.type("y")
    editor.terminal.shows("height: float")
    editor.saves(BEGUN.replace(UNTYPED, TYPED))


def test_it_says_why_nothing_appeared(editor: Emacs) -> None:
    editor.run("foretype-why")
    editor.terminal.shows("foretype: nothing was asked yet")
