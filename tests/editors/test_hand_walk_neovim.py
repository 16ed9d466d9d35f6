"""What a user does in Neovim beside typing: macros, splits, windows of other kinds, and the like.

One test for each thing that was once wrong, and one walk through what was found right.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from editor_samples import BASE, BEGUN, WHOLE
from real_editors import Home, Upstream, skip_unless
from real_neovim import Neovim, Open, opening

pytest_plugins = ["editor_fixtures"]
pytestmark = [skip_unless("neovim"), pytest.mark.xdist_group("editors")]

REST = BASE.removeprefix("b")


@pytest.fixture
def opened(home: Home, upstream: Upstream) -> Iterator[Open]:
    upstream.script(truth={"shapes.py": WHOLE})
    with opening(home) as open_file:
        yield open_file


def begin_word(editor: Neovim) -> None:
    editor.terminal.type("GAb")


def test_while_a_macro_is_recorded_there_is_no_ghost_text(opened: Open, upstream: Upstream) -> None:
    editor = opened("shapes.py", BEGUN)
    editor.terminal.type("qaGAb")
    editor.rests()
    assert editor.ghost() == "" and upstream.requests() == []
    editor.terminal.press("Tab", "Escape")
    editor.terminal.type("q")
    assert editor.lua("return vim.fn.getreg('a')") == "GAb\t\x1b"
    editor.terminal.type("uGAb")
    editor.sees(REST)


def test_in_a_buffer_that_is_not_modifiable_nothing_is_accepted_or_asked_for(
    opened: Open, upstream: Upstream
) -> None:
    editor = opened("shapes.py", BEGUN)
    begin_word(editor)
    editor.sees(REST)
    editor.lua("vim.bo.modifiable = false")
    editor.terminal.press("M-Right", "Escape")
    upstream.reset()
    editor.command("Foretype refactor use floats")
    editor.is_told("not modifiable")
    editor.has(BEGUN + "b")
    editor.rests()
    assert upstream.requests() == []


def test_splits_diffs_and_read_only_buffers_have_ghost_text(opened: Open) -> None:
    editor = opened("shapes.py", BEGUN)
    editor.command("set readonly")
    editor.command("vert diffsplit other.py")
    editor.command("wincmd p")
    begin_word(editor)
    editor.sees(REST)
    editor.terminal.press("Tab")
    editor.has(BEGUN + BASE)
    editor.terminal.press("Escape", "u")
    editor.has(BEGUN + "b")
    editor.command("wincmd p")
    assert editor.ghost() == "" and editor.told() == []


def test_a_buffer_that_is_wiped_out_while_the_model_writes_leaves_nothing(
    opened: Open, upstream: Upstream
) -> None:
    editor = opened("shapes.py", BEGUN)
    upstream.script(hold=True)
    begin_word(editor)
    editor.rests()
    editor.command("bwipeout!")
    upstream.script(hold=False)
    editor.rests()
    assert editor.ghost() == "" and editor.told() == []
    assert editor.lua("return vim.v.errmsg") == ""


@pytest.mark.parametrize("place", [":terminal", "q:"])
def test_terminals_and_the_command_line_window_are_left_alone(
    opened: Open, upstream: Upstream, place: str
) -> None:
    editor = opened("shapes.py", BEGUN)
    upstream.reset()
    editor.terminal.type(place)
    if place.startswith(":"):
        editor.terminal.press("Enter")
        editor.until("vim.bo.buftype == 'terminal'")
    editor.terminal.type("ib")
    assert editor.lua("return #vim.lsp.get_clients({ bufnr = 0 })") == 0
    editor.rests()
    assert upstream.requests() == [] and editor.ghost() == ""
