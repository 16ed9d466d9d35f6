"""Refactorings in Neovim, as a user has it after the README's two steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from real_editors import Home, Upstream, eventually, running_upstream, skip_unless
from real_neovim import Neovim

pytestmark = [skip_unless("neovim"), pytest.mark.xdist_group("editors")]

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

Open = Callable[[str, str], Neovim]


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with running_upstream() as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, upstream: Upstream) -> Home:
    upstream.reset()
    return Home(tmp_path, upstream)


@pytest.fixture
def opened(home: Home) -> Iterator[Open]:
    """Opens a file in a Neovim that was set up by `foretype setup neovim`."""
    editors: list[Neovim] = []

    def open_file(name: str, text: str) -> Neovim:
        home.setup("neovim", "--write")
        editor = Neovim(home, home.file(name, text))
        editors.append(editor)
        editor.attached()
        return editor

    yield open_file
    for editor in editors:
        editor.close()


def choose(editor: Neovim, title: str) -> None:
    """Choose a code action at the cursor."""
    editor.lua(
        f"""
        vim.lsp.buf.code_action({{
          apply = true,
          filter = function(action) return vim.startswith(action.title, "foretype: {title}") end,
        }})
        """
    )


def test_simplify_is_applied_and_taken_back_in_one_step(opened: Open, upstream: Upstream) -> None:
    upstream.script(text=f"Sure!\n{GOOD}", stops=False, first_ms=50)
    editor = opened("truth.py", CODE)
    editor.terminal.type("2G")
    choose(editor, "simplify is_true")
    editor.has(DONE.removesuffix("\n"))
    editor.is_told("foretype: simplify is_true: done (")
    editor.terminal.press("u")
    editor.has(CODE.removesuffix("\n"))
    assert editor.lua("return vim.v.errmsg") == ""


def test_an_instruction_changes_the_lines_it_is_given(opened: Open, upstream: Upstream) -> None:
    upstream.script(text=GOOD, stops=False)
    editor = opened("truth.py", CODE)
    editor.command("1,4Foretype refactor return the comparison itself")
    editor.has(DONE.removesuffix("\n"))
    assert "Task: return the comparison itself" in str(upstream.requests()[-1]["body"])
    editor.terminal.press("u")
    editor.has(CODE.removesuffix("\n"))


def test_typing_during_a_slow_answer_is_kept(opened: Open, upstream: Upstream) -> None:
    upstream.script(text=GOOD, stops=False, first_ms=1500)
    editor = opened("truth.py", CODE)
    editor.terminal.type("2G")
    choose(editor, "simplify is_true")
    eventually(upstream.requests, "the model is asked")
    editor.terminal.type("Goz = 2")
    editor.terminal.press("Escape")
    editor.has(DONE + "z = 2")


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
    choose(editor, "turn this Flask module")
    editor.terminal.shows("2 files would change")
    editor.terminal.type("1")
    editor.terminal.press("Enter")
    editor.is_told("2 files changed")
    editor.command("wall")
    assert (home.workspace / "users_fastapi.py").read_text() == module
    assert (home.workspace / "test_users.py").read_text() == tests
    assert editor.text() == flask.removesuffix("\n")


def test_a_cancel_leaves_everything_as_it_was(opened: Open, upstream: Upstream) -> None:
    upstream.script(text=GOOD, stops=False, fault="stall_middle")
    editor = opened("truth.py", CODE)
    editor.terminal.type("2G")
    choose(editor, "simplify is_true")
    eventually(upstream.requests, "the model is asked")
    editor.command("Foretype cancel")
    editor.is_told("cancelled, nothing was changed")
    eventually(lambda: upstream.requests()[0]["aborted"], "the connection is closed")
    editor.has(CODE.removesuffix("\n"))
