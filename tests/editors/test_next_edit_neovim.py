"""Next edits in Neovim: marked, shown, applied by a key each, and undone together."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from real_editors import Home, Upstream, skip_unless
from real_neovim import Neovim, Open, opening

pytest_plugins = ["editor_fixtures"]
pytestmark = [skip_unless("neovim"), pytest.mark.xdist_group("editors")]

REPEAT = "".join(f'log.warn("{letter}")\n' for letter in "abcdef").rstrip()
REPEATED = REPEAT.replace("warn", "error")
TWICE = REPEATED.replace("error", "warn").replace("warn", "error", 2)
ON = 'require("foretype").setup({ settings = { nextEdit = { mode = "on" } } })\n'


@pytest.fixture
def opened(home: Home, upstream: Upstream) -> Iterator[Open]:
    upstream.script(truth={}, text="")
    with opening(home) as open_file:
        yield open_file


def drawn(editor: Neovim) -> str:
    """What is drawn of next edits: each mark's line from 1, and its text."""
    return str(
        editor.lua(
            """
            local found = {}
            local namespace = vim.api.nvim_get_namespaces()["foretype.next_edit"]
            local marks = namespace and vim.api.nvim_buf_get_extmarks(
              0, namespace, 0, -1, { details = true }) or {}
            for _, mark in ipairs(marks) do
              for _, chunk in ipairs(mark[4].virt_text or {}) do
                table.insert(found, (mark[2] + 1) .. ": " .. chunk[1])
              end
            end
            return table.concat(found, "|")
            """
        )
    )


def draws(editor: Neovim, text: str) -> None:
    editor.until("require('foretype.next_edit').visible()" if text else "true")
    assert drawn(editor) == text


def change_two(editor: Neovim) -> None:
    """Make the same change in the first two lines, and be in normal mode afterwards."""
    editor.terminal.type("ggfwcwerror")
    editor.terminal.press("Escape")
    editor.terminal.type("j0fwcwerror")
    editor.terminal.press("Escape")
    editor.has(TWICE)


def test_a_change_is_finished_over_four_places_by_a_key_each_and_undone_in_one(
    opened: Open,
) -> None:
    editor = opened("shop.py", REPEAT, init=ON)
    change_two(editor)
    for line, letter in enumerate("cdef", 3):
        editor.until("require('foretype.next_edit').visible()")
        assert drawn(editor) == f'{line}: -> log.error("{letter}")'
        editor.terminal.press("M-n")
        editor.until(f"vim.fn.getline({line}) == 'log.error(\"{letter}\")'")
    editor.has(REPEATED)
    editor.terminal.type("u")
    editor.has(TWICE)
    editor.rests()
    assert drawn(editor) == ""


def test_a_rename_is_finished_over_four_places_by_a_key_each_and_undone_in_one(
    opened: Open,
) -> None:
    shop = "def total(x):\n    return x\n\n\n" + "\n".join(f"print(total({n}))" for n in range(4))
    begun = shop.replace("total", "amount", 1)
    editor = opened("shop.py", shop, init=ON)
    editor.terminal.type("ggwcwamount")
    editor.terminal.press("Escape")
    editor.has(begun)
    for number in range(4):
        editor.until("require('foretype.next_edit').visible()")
        assert drawn(editor) == f"{number + 5}: -> print(amount({number}))"
        editor.terminal.press("M-n")
        editor.until(f"vim.fn.getline({number + 5}) == 'print(amount({number}))'")
    editor.has(shop.replace("total", "amount"))
    editor.terminal.type("u")
    editor.has(begun)


def test_the_default_is_a_mark_which_the_key_opens(opened: Open) -> None:
    editor = opened("shop.py", REPEAT)
    change_two(editor)
    draws(editor, "3: < next edit (+3)")
    editor.terminal.press("M-n")
    editor.until("vim.fn.line('.') == 3")
    assert drawn(editor) == '3: -> log.error("c")'
    assert editor.text() == TWICE
    editor.terminal.press("M-n")
    editor.until("vim.fn.getline(3) == 'log.error(\"c\")'")
    # Once opened, the further places are shown in full.
    editor.until("require('foretype.next_edit').visible()")
    assert drawn(editor) == '4: -> log.error("d")'


def test_one_escape_dismisses_it_and_it_is_not_proposed_there_again(opened: Open) -> None:
    editor = opened("shop.py", REPEAT, init=ON)
    change_two(editor)
    draws(editor, '3: -> log.error("c")')
    editor.terminal.press("Escape")
    assert drawn(editor) == ""
    line = editor.lua(
        """
        local client = require("foretype").clients(0)[1]
        local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
        local answer = client:request_sync("foretype/nextEdit", params, 60000, 0)
        return answer.result.edits[1].range.start.line
        """
    )
    assert line == 3


def test_it_is_applied_in_insert_mode_too_and_leaves_the_screens_lines_in_place(
    opened: Open,
) -> None:
    editor = opened("shop.py", REPEAT, init=ON)
    editor.terminal.type("ggfwcwerror")
    editor.terminal.press("Escape")
    editor.terminal.type("j0fwcwerror")
    editor.until("require('foretype.next_edit').visible()")
    rows = [line.split("  ")[0].rstrip() for line in editor.terminal.screen().splitlines()[:6]]
    assert [row.split(" ->")[0] for row in rows] == TWICE.splitlines()
    editor.terminal.press("M-n")
    editor.until("vim.fn.getline(3) == 'log.error(\"c\")'")
    assert editor.lua("return vim.fn.mode()") == "i"


def test_the_first_change_takes_it_down(opened: Open) -> None:
    editor = opened("shop.py", REPEAT, init=ON)
    change_two(editor)
    draws(editor, '3: -> log.error("c")')
    editor.lua('vim.api.nvim_buf_set_lines(0, 0, 0, false, { "# above" })')
    assert editor.lua("return require('foretype').next_edit()") is False
    assert not editor.lua("return require('foretype.next_edit').visible()")


def test_escape_and_the_key_do_what_they_did_where_there_is_none(opened: Open) -> None:
    editor = opened("shop.py", REPEAT, init='vim.keymap.set("n", "<M-n>", "Gone<Esc>")\n')
    editor.terminal.press("M-n")
    editor.until("vim.fn.getline('$') == 'ne'")
