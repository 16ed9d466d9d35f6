"""Neovim 0.10 and 0.11, which have no ghost text: suggestions in the menu, and refactorings."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from editor_samples import BASE, BEGUN, TYPED, UNTYPED, WHOLE
from real_editors import CACHE, Home, Upstream, skip_unless
from real_neovim import Open, opening

pytest_plugins = ["editor_fixtures"]
pytestmark = [skip_unless("neovim"), pytest.mark.xdist_group("editors")]


@pytest.fixture(params=["0.10", "0.11"])
def opened(home: Home, upstream: Upstream, request: pytest.FixtureRequest) -> Iterator[Open]:
    nvim = CACHE / "older" / request.param / "bin" / "nvim"
    if not nvim.exists():
        pytest.skip(f"there is no Neovim {request.param}: see install_older_nvim.sh")
    upstream.script(truth={"shapes.py": WHOLE})
    with opening(home, nvim=str(nvim)) as open_file:
        yield open_file


def test_a_suggestion_is_taken_from_the_menu(opened: Open) -> None:
    editor = opened("shapes.py", BEGUN + "b")
    editor.terminal.type("GA")
    # The only entry of a menu is inserted at once.
    editor.terminal.press("C-x", "C-o")
    editor.has(BEGUN + BASE)
    editor.terminal.press("Escape", "u")
    editor.has(BEGUN + "b")


def test_a_refactoring_with_an_instruction_and_its_undo(opened: Open, upstream: Upstream) -> None:
    editor = opened("shapes.py", BEGUN)
    upstream.script(truth={}, text=f"```python\n{TYPED}\n```")
    editor.terminal.type("ggj")
    editor.terminal.type(":Foretype refactor use floats")
    editor.terminal.press("Enter")
    editor.has(BEGUN.replace(UNTYPED, TYPED))
    editor.terminal.press("Escape", "u")
    editor.has(BEGUN)


def test_it_says_why_nothing_appeared_and_its_health_is_good(opened: Open) -> None:
    editor = opened("shapes.py", BEGUN)
    editor.command("Foretype why")
    editor.is_told("nothing was asked yet")
    editor.command("checkhealth foretype")
    editor.until("table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false)):find('running') ~= nil")
    assert "ERROR" not in editor.text()
    assert editor.lua("return vim.v.errmsg") == ""
