"""Refactorings in Helix, as a user has it after the README's two steps."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from real_editors import (
    CACHE,
    PYTHON_BIN,
    Home,
    Upstream,
    eventually,
    running_upstream,
    skip_unless,
    text_of,
)
from real_helix import Helix

pytestmark = [skip_unless("helix"), pytest.mark.xdist_group("editors")]

EXAMPLES = Path(__file__).parent.parent / "examples"
CODE = """\
def is_true(x):
    if x == True:
        return True
    return False


y = 1
"""
DONE = """\
def is_true(x):
    return x == True


y = 1
"""
GOOD = "```python\ndef is_true(x):\n    return x == True\n```"

Open = Callable[[str, str], Helix]


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with running_upstream() as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, upstream: Upstream) -> Home:
    upstream.reset()
    home = Home(tmp_path, upstream)
    # The server alone: other servers' actions would stand in the menu as well.
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "foretype").symlink_to(PYTHON_BIN / "foretype")
    home.environ["PATH"] = f"{programs}:/usr/bin:/bin"
    return home


@pytest.fixture
def opened(home: Home) -> Iterator[Open]:
    """Opens a file in a Helix that was set up by `foretype setup helix`."""
    editors: list[Helix] = []

    def open_file(name: str, text: str) -> Helix:
        home.setup("helix", "--write", path=str(CACHE / "terminal" / "bin"))
        editor = Helix(home, home.file(name, text))
        editors.append(editor)
        editor.attached()
        return editor

    yield open_file
    for editor in editors:
        editor.close()


def choose(editor: Helix, title: str) -> None:
    """Choose a code action from the menu, by the keys that a user presses."""
    editor.terminal.press("Space", "a")
    editor.terminal.shows(f"foretype: {title}")
    lines = editor.terminal.screen().splitlines()
    shown = [line for line in lines if "foretype: " in line and "# foretype" not in line]
    number = next(n for n, line in enumerate(shown) if f"foretype: {title}" in line)
    editor.terminal.press(*["Down"] * number, "Enter")


def test_simplify_is_applied_and_taken_back_in_one_step(opened: Open, upstream: Upstream) -> None:
    upstream.script(text=f"Sure!\n{GOOD}", stops=False, first_ms=50)
    editor = opened("truth.py", CODE)
    editor.terminal.press("j")
    choose(editor, "simplify is_true")
    editor.terminal.shows("simplify is_true: done (")
    editor.saves(DONE)
    editor.terminal.press("u")
    editor.saves(CODE)


def test_the_screen_does_not_freeze_during_a_slow_answer(opened: Open, upstream: Upstream) -> None:
    upstream.script(text=GOOD, stops=False, first_ms=3000)
    editor = opened("truth.py", CODE)
    editor.terminal.press("j")
    choose(editor, "simplify is_true")
    eventually(upstream.requests, "the model is asked")
    began = time.monotonic()
    editor.terminal.press("g", "e", "o")
    editor.terminal.type("z = 2")
    editor.terminal.shows("z = 2")
    assert upstream.requests()[0]["first"] is None, "the answer is still awaited"
    assert time.monotonic() - began < 3
    editor.terminal.press("Escape")
    editor.terminal.shows("simplify is_true: done (")
    editor.saves(DONE + "z = 2\n")


def test_a_comment_that_asks_serves_as_an_instruction(opened: Open, upstream: Upstream) -> None:
    upstream.script(text=GOOD, stops=False)
    editor = opened("truth.py", f"# foretype: return the comparison itself\n{CODE}")
    choose(editor, "do what the comment says")
    editor.terminal.shows("done (")
    editor.saves(DONE)
    assert "Task: return the comparison itself" in str(upstream.requests()[-1]["body"])
    editor.terminal.press("u")
    editor.saves(f"# foretype: return the comparison itself\n{CODE}")


def test_flask_to_fastapi_asks_and_makes_two_files(
    opened: Open, upstream: Upstream, home: Home
) -> None:
    flask, module, tests = (
        (EXAMPLES / f"{name}.py.txt").read_text()
        for name in ("users", "users_fastapi", "test_users")
    )
    reply = f"```python users_fastapi.py\n{module}```\n\n```python test_users.py\n{tests}```\n"
    upstream.script(text=reply, stops=False)
    editor = opened("users.py", flask)
    # Without Escape before it, which Helix may take for the Alt key of the colon.
    editor.terminal.type(':lsp-workspace-command foretype.refactor {"action":"flask-to-fastapi"}')
    editor.terminal.press("Enter")
    editor.terminal.shows("would change: users_fastapi.py")
    editor.terminal.press("Enter")
    editor.terminal.shows("2 files changed")
    editor.command("write-all")
    eventually(lambda: text_of(home.workspace / "test_users.py") == tests, "the tests are written")
    assert (home.workspace / "users_fastapi.py").read_text() == module
    assert (home.workspace / "users.py").read_text() == flask


def test_a_cancel_by_command_leaves_everything_as_it_was(opened: Open, upstream: Upstream) -> None:
    upstream.script(text=GOOD, stops=False, fault="stall_middle")
    editor = opened("truth.py", CODE)
    editor.terminal.press("j")
    choose(editor, "simplify is_true")
    eventually(upstream.requests, "the model is asked")
    editor.command("lsp-workspace-command foretype.cancel")
    editor.terminal.shows("cancelled, nothing was changed")
    eventually(lambda: upstream.requests()[0]["aborted"], "the connection is closed")
    editor.saves(CODE)
