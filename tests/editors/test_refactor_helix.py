"""Refactorings in Helix, as a user has it after the README's two steps."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from editor_samples import (
    FASTAPI,
    FASTAPI_TESTS,
    FLASK,
    FLASK_REPLY,
    TRUTH,
    TRUTH_DONE,
    TRUTH_REPLY,
)
from real_editors import Home, Upstream, eventually, only_foretype, skip_unless, text_of
from real_helix import Helix, Open, opening

pytest_plugins = ["editor_fixtures"]
pytestmark = [skip_unless("helix"), pytest.mark.xdist_group("editors")]


@pytest.fixture
def opened(home: Home) -> Iterator[Open]:
    """Opens a file in a Helix that was set up by `foretype setup helix`. It finds this server
    alone: others' actions would stand in the menu as well."""
    home.environ["PATH"] = f"{only_foretype(home)}:/usr/bin:/bin"
    with opening(home) as open_file:
        yield open_file


def choose(editor: Helix, title: str) -> None:
    """Choose a refactoring from the menu, or from the question behind its last entry, by the keys
    that a user presses."""
    editor.terminal.press("Space", "a")
    editor.terminal.shows("more refactorings")
    shown = entries(editor, "foretype: ")
    if not any(title in line for line in shown):
        pick(editor, shown, "more refactorings")
        editor.terminal.shows(title := title[0].upper() + title[1:])
        below = editor.terminal.screen().partition("which refactoring?")[2]
        shown = below.splitlines()[2:]
    pick(editor, shown, title)


def entries(editor: Helix, mark: str) -> list[str]:
    lines = editor.terminal.screen().splitlines()
    return [line for line in lines if mark in line and "# foretype" not in line]


def pick(editor: Helix, shown: list[str], title: str) -> None:
    number = next(n for n, line in enumerate(shown) if title in line)
    editor.terminal.press(*["Down"] * number, "Enter")


def test_simplify_is_applied_and_taken_back_in_one_step(opened: Open, upstream: Upstream) -> None:
    upstream.script(text=f"Sure!\n{TRUTH_REPLY}", stops=False, first_ms=50)
    editor = opened("truth.py", TRUTH)
    editor.terminal.press("j")
    choose(editor, "simplify is_true")
    editor.terminal.shows("simplify is_true: done (")
    editor.saves(TRUTH_DONE)
    editor.terminal.press("u")
    editor.saves(TRUTH)


def test_the_screen_does_not_freeze_during_a_slow_answer(opened: Open, upstream: Upstream) -> None:
    upstream.script(text=TRUTH_REPLY, stops=False, hold=True)
    editor = opened("truth.py", TRUTH)
    editor.terminal.press("j")
    choose(editor, "simplify is_true")
    eventually(upstream.requests, "the model is asked")
    editor.terminal.press("g", "e", "o")
    editor.terminal.paste("z = 2")
    editor.terminal.shows("z = 2")
    editor.terminal.press("Escape")
    upstream.script(hold=False)
    editor.terminal.shows("simplify is_true: done (")
    editor.saves(TRUTH_DONE + "z = 2\n")


def test_a_comment_that_asks_serves_as_an_instruction(opened: Open, upstream: Upstream) -> None:
    upstream.script(text=TRUTH_REPLY, stops=False)
    editor = opened("truth.py", f"# foretype: return the comparison itself\n{TRUTH}")
    choose(editor, "do what the comment says")
    editor.terminal.shows("done (")
    editor.saves(TRUTH_DONE)
    assert any("Task: return the comparison itself" in str(one) for one in upstream.requests())
    editor.terminal.press("u")
    editor.saves(f"# foretype: return the comparison itself\n{TRUTH}")


def test_flask_to_fastapi_asks_and_makes_two_files(
    opened: Open, upstream: Upstream, home: Home
) -> None:
    upstream.script(text=FLASK_REPLY, stops=False)
    editor = opened("users.py", FLASK)
    editor.command('lsp-workspace-command foretype.refactor {"action":"flask-to-fastapi"}')
    editor.terminal.shows("users_fastapi.py")
    editor.terminal.press("Enter")
    editor.terminal.shows("2 files changed")
    editor.command("write-all")
    eventually(
        lambda: text_of(home.workspace / "test_users.py") == FASTAPI_TESTS, "the tests are written"
    )
    made = home.workspace / "users_fastapi.py"
    eventually(lambda: text_of(made) == FASTAPI, "the module is written")
    eventually(lambda: text_of(home.workspace / "users.py") == FLASK, "the first file is as it was")


def test_a_cancel_by_command_leaves_everything_as_it_was(opened: Open, upstream: Upstream) -> None:
    upstream.script(text=TRUTH_REPLY, stops=False, fault="stall_middle")
    editor = opened("truth.py", TRUTH)
    editor.terminal.press("j")
    choose(editor, "simplify is_true")
    eventually(upstream.requests, "the model is asked")
    editor.command("lsp-workspace-command foretype.cancel")
    editor.terminal.shows("cancelled, nothing was changed")
    eventually(lambda: upstream.requests()[0]["aborted"], "the connection is closed")
    editor.saves(TRUTH)
