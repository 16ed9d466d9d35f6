"""Neovim's keys in insert mode beside what else a user has on them, and what setup() is told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from editor_samples import BASE, BEGUN, BODY, WHOLE
from real_editors import Home, Upstream, servers, skip_unless
from real_neovim import Open, opening

pytest_plugins = ["editor_fixtures"]
pytestmark = [skip_unless("neovim"), pytest.mark.xdist_group("editors")]


@pytest.fixture
def opened(home: Home, upstream: Upstream) -> Iterator[Open]:
    # Elsewhere nothing is suggested, so that a key means what it does without a suggestion.
    upstream.script(truth={"shapes.py": WHOLE}, text="")
    with opening(home) as open_file:
        yield open_file


@pytest.mark.parametrize(
    ("mapping", "does"),
    [
        (r'inoremap <expr> <Tab> "one\<Left>\<Left>x"', "# oxne"),
        (r"inoremap <expr> <Tab> '<Left>' .. 'x'", "#x "),
        ("imap <Tab> <Plug>(mine)\ninoremap <Plug>(mine) plugged", "# plugged"),
        (
            'imap <expr> <Tab> 1 ? "\\<Plug>(mine)" : "\\<Tab>"\ninoremap <Plug>(mine) plugged',
            "# plugged",
        ),
        ("inoremap <Tab> <Cmd>call setline('.', '# cmd')<CR>", "# cmd"),
        ("inoremap <silent> <Tab> <C-r>='< ' .. 'lt'<CR>", "# < lt"),
    ],
)
def test_tab_does_what_the_users_own_mapping_says(opened: Open, mapping: str, does: str) -> None:
    editor = opened("shapes.py", BEGUN, init=f"vim.cmd([==[{mapping}]==])\n")
    editor.terminal.type("ggO# ")
    editor.terminal.press("Tab")
    editor.until(f"vim.fn.getline(1) == {does!r}")
    assert editor.lua("return vim.v.errmsg") == ""


def test_tab_goes_to_the_next_place_of_a_snippet(opened: Open) -> None:
    editor = opened("shapes.py", BEGUN)
    editor.terminal.type("ggO")
    editor.lua('vim.snippet.expand("# f($1, $2)$0")')
    editor.terminal.type("a")
    editor.terminal.press("Tab")
    editor.terminal.type("b")
    editor.until("vim.fn.getline(1) == '# f(a, b)'")


def test_tab_takes_the_suggestion_beside_a_menu_of_which_nothing_is_picked(opened: Open) -> None:
    editor = opened("shapes.py", BEGUN, init='vim.o.completeopt = "menuone,noinsert,noselect"\n')
    editor.terminal.type("GA")
    editor.sees(BODY)
    editor.terminal.type("ba")
    editor.sees(BODY.removeprefix("ba"))
    editor.lua("vim.fn.complete(5, { 'bake', 'ball', 'base' })")
    editor.until("vim.fn.pumvisible() == 1")
    editor.sees(BODY.removeprefix("ba"))
    editor.terminal.press("Tab")
    editor.has(BEGUN + BODY)


def test_tab_is_the_menus_where_an_entry_is_picked(opened: Open) -> None:
    mapping = 'inoremap <expr> <Tab> pumvisible() ? "\\<C-y>" : "\\<Tab>"'
    init = f'vim.o.completeopt = "menuone"\nvim.cmd([==[{mapping}]==])\n'
    editor = opened("shapes.py", BEGUN, init=init)
    editor.terminal.type("GA")
    editor.sees(BODY)
    editor.terminal.type("ba")
    editor.lua("vim.fn.complete(5, { 'ball', 'bake' })")
    editor.until("vim.fn.complete_info({ 'selected' }).selected == 0")
    editor.terminal.press("Tab")
    editor.until("vim.fn.pumvisible() == 0")
    editor.until("vim.fn.getline('.') == '    ball'")


def test_a_word_and_a_line_are_accepted_over_the_end_of_a_line(
    opened: Open, upstream: Upstream
) -> None:
    # Nothing more is suggested where this text ends.
    upstream.script(truth={"shapes.py": BEGUN + BODY})
    editor = opened("shapes.py", BEGUN)
    editor.terminal.type("GA")
    editor.sees(BODY)
    editor.terminal.press("C-M-Right")
    editor.has(BEGUN + BASE)
    editor.sees(BODY.removeprefix(BASE))
    editor.terminal.press("M-Right")
    editor.has(f"{BEGUN}{BASE}\n    return")
    editor.sees(" base * depth")
    editor.terminal.press("C-M-Right")
    editor.has(BEGUN + BODY)
    editor.sees("")
    editor.terminal.press("Escape", "u")
    editor.has(f"{BEGUN}{BASE}\n    return")


def test_a_language_is_switched_off_and_another_buffer_is_not(
    opened: Open, home: Home, upstream: Upstream
) -> None:
    home.file("shapes.lua", "-- \n")
    editor = opened("shapes.py", BEGUN)
    editor.command("Foretype toggle language")
    editor.is_told("off in python")
    editor.terminal.type("GAbase")
    editor.rests()
    assert editor.ghost() == ""
    assert upstream.requests() == []
    upstream.script(truth={}, text="local width = 1")
    editor.terminal.press("Escape")
    editor.command("write")
    editor.command("edit shapes.lua")
    editor.attached()
    editor.terminal.type("Olocal w")
    editor.until("require('foretype').visible()")
    editor.terminal.press("Escape")
    upstream.script(truth={"shapes.py": WHOLE}, text="")
    editor.command("write")
    editor.command("edit shapes.py")
    assert editor.lua("return require('foretype').statusline()") == "foretype (off)"
    editor.command("Foretype toggle language")
    editor.terminal.type("GA ")
    editor.sees(BASE.removeprefix("base "))


# After ESC these are the keypad's comma, the arrow up and F1.
@pytest.mark.parametrize("keys", ["Ol", "OA", "OP"])
def test_keys_after_an_escape_are_keys_of_their_own(opened: Open, keys: str) -> None:
    editor = opened("shapes.py", BEGUN)
    editor.terminal.type("gg")
    for _ in range(2):  # From normal mode and from insert mode.
        editor.terminal.press("Escape")
        editor.terminal.paste(keys)
    assert editor.text().startswith(f"{keys[1:]}\n" * 2 + BEGUN.partition("\n")[0])


def test_a_semicolon_is_typed(opened: Open) -> None:
    editor = opened("shapes.py", BEGUN)
    editor.terminal.type("ggOa;b;")
    editor.terminal.paste("c;d;")
    assert editor.lua("return vim.fn.getline(1)") == "a;b;c;d;"


def test_what_is_asked_after_keys_does_not_overtake_them(opened: Open) -> None:
    editor = opened("shapes.py", BEGUN)
    for number in range(1, 11):
        editor.terminal.type(f"ggOx{number}")
        assert editor.lua("return vim.fn.getline(1)") == f"x{number}"
        editor.terminal.press("Escape")
        assert editor.lua("return vim.fn.mode()") == "n"


def test_every_wrong_option_is_named_and_the_rest_applies(opened: Open) -> None:
    init = """\
require("foretype").setup({
  key = {},
  enabled = "yes",
  cmd = "foretype --stdio",
  keys = { acept = "<C-l>", accept = true, dismiss = "<C-g>" },
  icons = { ready = 5, happy = ":)" },
})
"""
    editor = opened("shapes.py", BEGUN, init=init)
    (told,) = editor.told()
    for sentence in (
        "there is no option `key`",
        "`enabled` must be true or false",
        '`cmd` must be a list of words such as { "foretype", "--stdio" }',
        "there is no key named `acept`",
        '`accept` must be a key such as "<C-l>", or false for none',
        "there is no icon named `happy`",
        "`ready` must be a text",
    ):
        assert sentence in told
    editor.terminal.type("GA")
    editor.sees(BODY)
    editor.terminal.press("C-g")
    editor.sees("")
    editor.terminal.press("M-\\")
    editor.sees(BODY)
    editor.terminal.press("Tab")
    editor.has(BEGUN + BODY)
    assert editor.lua("return vim.v.errmsg") == ""


@pytest.mark.parametrize("wrong", ['"yes"', "{ cmd = {} }", "{ keys = 5 }"])
def test_setup_says_what_is_wrong_and_goes_on(opened: Open, wrong: str) -> None:
    editor = opened("shapes.py", BEGUN, init=f'require("foretype").setup({wrong})\n')
    assert len(editor.told()) == 1
    editor.terminal.type("GA")
    editor.sees(BODY)


def test_keys_may_be_given_later(opened: Open) -> None:
    editor = opened("shapes.py", BEGUN)
    editor.lua('require("foretype").setup({ keys = { accept = "<C-l>" } })')
    described = editor.lua('return vim.fn.maparg("<Tab>", "i", false, true).desc or ""')
    assert not described.startswith("foretype")
    editor.terminal.type("GA")
    editor.sees(BODY)
    editor.terminal.press("C-l")
    editor.has(BEGUN + BODY)


def test_a_buffers_own_mapping_comes_back_where_the_key_is_given_up(opened: Open) -> None:
    own = (
        'vim.api.nvim_create_autocmd("FileType", { callback = function()\n'
        '  vim.keymap.set("i", "<Tab>", "mine", { buffer = true })\n'
        "end })\n"
    )
    editor = opened("shapes.py", BEGUN, init=own)
    editor.terminal.type("ggO# ")
    editor.terminal.press("Tab")
    editor.until("vim.fn.getline(1) == '# mine'")
    editor.lua('require("foretype").setup({ keys = { accept = false } })')
    editor.terminal.press("Tab")
    editor.until("vim.fn.getline(1) == '# minemine'")
    assert editor.lua('return vim.fn.maparg("<Tab>", "i")') == "mine"


def test_another_command_given_later_starts_another_server(opened: Open, home: Home) -> None:
    editor = opened("shapes.py", BEGUN)
    (before,) = servers(home)
    editor.lua(
        'require("foretype").setup({ settings = { completion = { multiline = "single" } } })'
    )
    editor.attached()
    (after,) = servers(home)
    assert before.pid != after.pid
    editor.terminal.type("GA")
    editor.sees(BASE)
