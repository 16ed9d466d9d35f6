"""Refactorings in Neovim, as a user has it after the README's two steps."""

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
from real_editors import Home, Upstream, eventually, skip_unless
from real_neovim import Neovim, Open, opening

pytest_plugins = ["editor_fixtures"]
pytestmark = [skip_unless("neovim"), pytest.mark.xdist_group("editors")]


@pytest.fixture
def opened(home: Home) -> Iterator[Open]:
    """Opens a file in a Neovim that was set up by `foretype setup neovim`."""
    with opening(home) as open_file:
        yield open_file


def choose(editor: Neovim, title: str) -> None:
    """Choose a code action at the cursor."""
    editor.lua(
        f"""
        vim.lsp.buf.code_action({{
          apply = true,
          context = {{ only = {{ "refactor" }}, diagnostics = {{}} }},
          filter = function(action) return vim.startswith(action.title, "foretype: {title}") end,
        }})
        """
    )


def test_simplify_is_applied_and_taken_back_in_one_step(opened: Open, upstream: Upstream) -> None:
    upstream.script(text=f"Sure!\n{TRUTH_REPLY}", stops=False, first_ms=50)
    editor = opened("truth.py", TRUTH)
    editor.terminal.type("2G")
    choose(editor, "simplify is_true")
    editor.has(TRUTH_DONE.removesuffix("\n"))
    editor.is_told("foretype: simplify is_true: done (")
    editor.terminal.press("u")
    editor.has(TRUTH.removesuffix("\n"))
    assert editor.lua("return vim.v.errmsg") == ""


def test_the_rest_of_the_menu_is_asked_for_by_neovims_own_picker(
    opened: Open, upstream: Upstream
) -> None:
    upstream.script(text=TRUTH_REPLY, stops=False)
    editor = opened("truth.py", TRUTH)
    editor.terminal.type("2G")
    editor.lua("vim.schedule(function() vim.lsp.buf.code_action() end)")
    editor.terminal.shows("more refactorings")
    assert "simplify" not in editor.terminal.screen()
    pick(editor, "foretype: more refactorings")
    editor.terminal.shows("foretype: simplify is_true")
    pick(editor, "foretype: simplify is_true")
    editor.has(TRUTH_DONE.removesuffix("\n"))


def test_an_explanation_stands_in_a_window_of_its_own(opened: Open, upstream: Upstream) -> None:
    upstream.script(text="It compares x with True.", stops=False)
    editor = opened("truth.py", TRUTH)
    editor.terminal.type("2G")
    editor.lua("vim.schedule(function() vim.cmd('Foretype refactor') end)")
    editor.terminal.shows("foretype: explain is_true")
    pick(editor, "foretype: explain is_true")
    editor.terminal.shows("It compares x with True.")
    editor.has(TRUTH.removesuffix("\n"))


def pick(editor: Neovim, entry: str) -> None:
    """Type the number that stands before an entry of Neovim's list."""
    line = next(line for line in editor.terminal.screen().splitlines() if entry in line)
    editor.terminal.type(line.strip().partition(":")[0])
    editor.terminal.press("Enter")


def test_an_instruction_changes_the_lines_it_is_given(opened: Open, upstream: Upstream) -> None:
    upstream.script(text=TRUTH_REPLY, stops=False)
    editor = opened("truth.py", TRUTH)
    editor.command("1,4Foretype refactor return the comparison itself")
    editor.has(TRUTH_DONE.removesuffix("\n"))
    assert any("Task: return the comparison itself" in str(one) for one in upstream.requests())
    editor.terminal.press("u")
    editor.has(TRUTH.removesuffix("\n"))


def test_typing_during_a_slow_answer_is_kept(opened: Open, upstream: Upstream) -> None:
    upstream.script(text=TRUTH_REPLY, stops=False, hold=True)
    editor = opened("truth.py", TRUTH)
    editor.terminal.type("2G")
    choose(editor, "simplify is_true")
    eventually(upstream.requests, "the model is asked")
    editor.terminal.type("Goz = 2")
    editor.terminal.press("Escape")
    editor.has(TRUTH + "z = 2")
    upstream.script(hold=False)
    editor.has(TRUTH_DONE + "z = 2")


def test_flask_to_fastapi_asks_and_makes_two_files(
    opened: Open, upstream: Upstream, home: Home
) -> None:
    upstream.script(text=FLASK_REPLY, stops=False)
    editor = opened("users.py", FLASK)
    choose(editor, "turn this Flask module")
    editor.terminal.shows("2 files would change")
    editor.terminal.shows("+++ b/users_fastapi.py")
    editor.terminal.type("ZZ")
    editor.is_told("2 files changed")
    editor.command("wall")
    assert (home.workspace / "users_fastapi.py").read_text() == FASTAPI
    assert (home.workspace / "test_users.py").read_text() == FASTAPI_TESTS
    assert editor.text() == FLASK.removesuffix("\n")


ALWAYS = """
require("foretype").setup({ settings = { refactor = { preview = "always" } } })
"""


@pytest.mark.parametrize(
    ("keys", "text", "said"),
    [
        ("ZZ", TRUTH_DONE, "simplify is_true: done ("),
        ("ZQ", TRUTH, "nothing was changed, as you chose"),
        ("q", TRUTH, "nothing was changed, as you chose"),
    ],
)
def test_a_change_is_shown_first_where_that_is_set(
    opened: Open, upstream: Upstream, keys: str, text: str, said: str
) -> None:
    upstream.script(text=TRUTH_REPLY, stops=False)
    editor = opened("truth.py", TRUTH, init=ALWAYS)
    editor.terminal.type("2G")
    choose(editor, "simplify is_true")
    editor.terminal.shows("ZZ applies it")
    assert "+++ b/truth.py" in editor.terminal.screen()
    editor.terminal.type(keys)
    editor.is_told(said)
    editor.has(text.removesuffix("\n"))


def test_what_is_typed_above_and_below_an_open_diff_is_kept(
    opened: Open, upstream: Upstream
) -> None:
    upstream.script(text=TRUTH_REPLY, stops=False)
    editor = opened("truth.py", TRUTH, init=ALWAYS)
    editor.terminal.type("2G")
    choose(editor, "simplify is_true")
    editor.terminal.shows("ZZ applies it")
    editor.command("wincmd p")
    editor.terminal.type("ggO# above")
    editor.terminal.press("Escape")
    editor.terminal.type("Go# below")
    editor.terminal.press("Escape")
    editor.command("wincmd p")
    editor.terminal.type("ZZ")
    editor.has(f"# above\n{TRUTH_DONE}# below")


@pytest.mark.parametrize("stage", ["before the first token", "in the middle", "while shown"])
def test_a_cancel_leaves_everything_as_it_was(opened: Open, upstream: Upstream, stage: str) -> None:
    fault = {"before the first token": "stall_headers", "in the middle": "stall_middle"}
    upstream.script(text=TRUTH_REPLY, stops=False, fault=fault.get(stage, ""))
    editor = opened("truth.py", TRUTH, init=ALWAYS)
    editor.terminal.type("2G")
    choose(editor, "simplify is_true")
    eventually(upstream.requests, "the model is asked")
    if stage == "while shown":
        editor.terminal.shows("ZZ applies it")
    elif stage == "in the middle":
        eventually(lambda: upstream.requests()[0]["sent"], "some of the answer has arrived")
    editor.command("Foretype cancel")
    editor.is_told("cancelled, nothing was changed")
    if stage == "while shown":
        editor.until("#vim.api.nvim_list_wins() == 1")
    else:
        eventually(lambda: upstream.requests()[0]["aborted"], "the connection is closed")
    editor.has(TRUTH.removesuffix("\n"))
