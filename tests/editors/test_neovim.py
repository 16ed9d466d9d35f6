"""Neovim 0.12, as a user has it after the README's two steps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Protocol

import pytest
from editor_samples import BASE, BEGUN, BODY, OTHERS, TYPED, UNTYPED, WHOLE
from real_editors import Home, Upstream, eventually, skip_unless
from real_neovim import Neovim, opening

pytest_plugins = ["editor_fixtures"]
pytestmark = [skip_unless("neovim"), pytest.mark.xdist_group("editors")]


class Open(Protocol):
    def __call__(self, text: str = BEGUN, *, init: str = "") -> Neovim: ...


@pytest.fixture
def opened(home: Home, upstream: Upstream) -> Iterator[Open]:
    """Opens the file in a Neovim that was set up by `foretype setup neovim`."""
    upstream.script(truth={"shapes.py": WHOLE}, text="")
    with opening(home) as open_file:
        yield lambda text=BEGUN, *, init="": open_file("shapes.py", text, init=init)


def begin_typing(editor: Neovim) -> None:
    """Go to the end of the file's last line and into insert mode."""
    editor.terminal.type("GA")


def test_ghost_text_appears_and_tab_accepts_it(opened: Open) -> None:
    editor = opened()
    begin_typing(editor)
    editor.sees(BODY)
    editor.terminal.shows("return base * depth")
    editor.terminal.press("Tab")
    editor.has(BEGUN + BODY)
    editor.terminal.press("Escape", "u")
    editor.has(BEGUN)


def test_accepts_word_by_word_line_by_line(opened: Open) -> None:
    editor = opened()
    begin_typing(editor)
    editor.sees(BODY)
    editor.terminal.press("M-Right")
    editor.has(BEGUN + "base")
    editor.sees(BODY.removeprefix("base"))
    editor.terminal.press("C-M-Right")
    editor.has(BEGUN + BASE)
    editor.sees(BODY.removeprefix(BASE))
    editor.terminal.press("Tab")
    editor.has(BEGUN + BODY)


def test_what_is_typed_through_stays_on_the_screen(opened: Open, upstream: Upstream) -> None:
    editor = opened()
    begin_typing(editor)
    editor.sees(BODY)
    for end in range(1, len("base = ") + 1):
        editor.terminal.type(BODY[end - 1])
        editor.sees(BODY[end:])
    editor.rests()
    # Keys as fast as a machine's may have it ask for what follows the text as well.
    asked = [json.dumps(request["body"]) for request in upstream.requests()]
    assert len([prompt for prompt in asked if "return base" not in prompt]) == 1
    assert len(asked) <= 2


def test_what_contradicts_the_ghost_text_takes_it_down_at_once(
    opened: Open, upstream: Upstream
) -> None:
    editor = opened()
    begin_typing(editor)
    editor.sees(BODY)
    # Nothing takes its place, so that only the key can have taken it down.
    upstream.script(hold=True)
    editor.terminal.type("q")
    editor.until("vim.fn.getline('.') == '    q'")
    editor.sees("")
    editor.terminal.press("Tab")
    editor.until("vim.fn.getline('.'):match('^    q%s+$') ~= nil")


@pytest.mark.usual_deadline
def test_typing_on_during_a_slow_answer_leaves_no_stray_text(
    opened: Open, upstream: Upstream
) -> None:
    editor = opened()
    upstream.script(first_ms=1200)
    # All at once: whole lines are suggested where Neovim asks before the first character.
    editor.input("GAb")
    for character in "ase ":
        editor.terminal.type(character)
        editor.rests()
    editor.sees(BASE.removeprefix("base "))
    editor.terminal.type("= ")
    editor.terminal.press("Tab")
    editor.has(BEGUN + BASE)


def test_accepting_right_after_a_key_leaves_no_stray_text(opened: Open) -> None:
    editor = opened()
    begin_typing(editor)
    editor.sees(BODY)
    # Within the 200 ms in which Neovim has not asked again.
    editor.input("ba<Tab>")
    editor.has(BEGUN + BODY)


@pytest.mark.usual_deadline
def test_a_suggestion_that_comes_late_appears_without_a_key(
    opened: Open, upstream: Upstream
) -> None:
    editor = opened()
    upstream.script(first_ms=900)
    begin_typing(editor)
    editor.sees(BODY)


def test_next_and_previous_ask_for_others(opened: Open, upstream: Upstream) -> None:
    editor = opened()
    begin_typing(editor)
    editor.sees(BODY)
    upstream.script(queue=[{"truth": {}, "text": text} for text in OTHERS])
    editor.terminal.press("M-]")
    eventually(lambda: editor.ghost().endswith(" (2/3)"), "the second of three")
    second = editor.ghost().removesuffix(" (2/3)")
    editor.terminal.press("M-]")
    eventually(lambda: editor.ghost().endswith(" (3/3)"), "the third of three")
    third = editor.ghost().removesuffix(" (3/3)")
    assert {second, third} == set(OTHERS)
    editor.terminal.press("M-]")
    editor.sees(f"{BODY} (1/3)")
    editor.terminal.press("M-[")
    editor.sees(f"{third} (3/3)")
    assert len(upstream.requests()) == 3
    editor.terminal.press("Tab")
    editor.has(BEGUN + third)


def test_asks_by_hand(opened: Open, upstream: Upstream) -> None:
    editor = opened()
    begin_typing(editor)
    editor.sees(BODY)
    editor.terminal.press("C-]")
    editor.sees("")
    editor.terminal.press("M-\\")
    editor.sees(BODY)


def test_dismissed_is_gone_and_the_key_does_what_it_did_before(opened: Open) -> None:
    editor = opened()
    begin_typing(editor)
    editor.sees(BODY)
    editor.terminal.press("C-]")
    editor.sees("")
    editor.terminal.press("Tab")
    editor.until("vim.fn.getline('.'):match('^%s+$') ~= nil and #vim.fn.getline('.') > 4")


def test_a_mapping_of_the_users_own_is_fallen_through_to(opened: Open) -> None:
    editor = opened(init='vim.keymap.set("i", "<Tab>", "mine")\n')
    editor.terminal.type("ggO# ")
    editor.terminal.press("Tab")
    editor.until("vim.fn.getline(1) == '# mine'")


def test_toggles(opened: Open, upstream: Upstream) -> None:
    editor = opened()
    editor.command("Foretype toggle")
    editor.is_told("off everywhere")
    assert editor.lua("return require('foretype').statusline()") == "foretype (off)"
    begin_typing(editor)
    editor.terminal.type("base")
    editor.rests()
    assert editor.ghost() == ""
    assert upstream.requests() == []
    editor.command("Foretype toggle")
    editor.is_told("on everywhere")
    editor.terminal.type(" ")
    editor.sees(BASE.removeprefix("base "))


def test_snoozes(opened: Open, upstream: Upstream) -> None:
    editor = opened()
    editor.command("Foretype snooze ten")
    editor.is_told("snooze takes minutes")
    editor.command("Foretype snooze 30")
    editor.is_told("snoozed until")
    begin_typing(editor)
    editor.terminal.type("base")
    editor.rests()
    assert editor.ghost() == ""
    assert upstream.requests() == []
    editor.command("Foretype snooze 0")
    editor.is_told("suggestions are on again")
    editor.terminal.type(" ")
    editor.sees(BASE.removeprefix("base "))


def test_says_why_nothing_appeared(opened: Open) -> None:
    editor = opened()
    editor.terminal.type("ggeei")
    editor.terminal.type("x")
    editor.rests()
    editor.command("Foretype why")
    editor.is_told("the cursor is inside a word or before other text")
    editor.command("Foretype status")
    editor.is_told("model: custom scripted")


def test_a_wrong_key_gives_one_understandable_message(opened: Open, upstream: Upstream) -> None:
    editor = opened()
    upstream.script(fault="401")
    begin_typing(editor)
    editor.terminal.type("ba")
    editor.is_told("key")
    editor.until("require('foretype').statusline() == 'foretype (key refused)'")
    for character in "se":
        editor.terminal.type(character)
        editor.rests()
    assert len([message for message in editor.told() if "key" in message]) == 1


def test_a_refactoring_with_an_instruction_and_its_undo(opened: Open, upstream: Upstream) -> None:
    editor = opened()
    upstream.script(truth={}, text=f"```python\n{TYPED}\n```")
    editor.terminal.type("ggj")
    editor.terminal.type(":Foretype refactor use floats")
    editor.terminal.press("Enter")
    editor.has(BEGUN.replace(UNTYPED, TYPED))
    assert any("use floats" in str(one["body"]) for one in upstream.requests())
    editor.terminal.press("Escape", "u")
    editor.has(BEGUN)


def test_the_instruction_is_asked_for_by_vim_ui_input(opened: Open, upstream: Upstream) -> None:
    editor = opened(
        init="vim.ui.select = function(items, _, choose)\n"
        "  for _, item in ipairs(items) do\n"
        "    if item.action.title:find('with an instruction') then choose(item) end\n"
        "  end\nend\n"
        "vim.ui.input = function(_, answer) answer('use floats') end\n"
    )
    upstream.script(truth={}, text=f"```python\n{TYPED}\n```")
    editor.terminal.type("ggj")
    editor.command("Foretype refactor")
    editor.has(BEGUN.replace(UNTYPED, TYPED))


def test_checkhealth_is_clean(opened: Open) -> None:
    editor = opened()
    editor.command("checkhealth foretype")
    report = eventually_text(editor, "running for")
    assert "ERROR" not in report
    assert "WARNING" not in report
    assert "custom scripted" in report


def eventually_text(editor: Neovim, text: str) -> str:
    editor.until(f"table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false)):find({text!r}) ~= nil")
    return editor.text()


def test_help_is_there(opened: Open) -> None:
    editor = opened()
    editor.command("help :Foretype")
    assert "Ghost text and refactorings" in editor.text()


def test_without_a_server_there_is_one_message(home: Home) -> None:
    home.setup("neovim", "--write")
    folder = home.path / ".local/share/nvim/site/pack/foretype/start/foretype"
    (folder / "lua/foretype/installed.lua").unlink(missing_ok=True)
    home.environ["PATH"] = "/usr/bin:/bin"
    editor = Neovim(home, home.file("shapes.py", BEGUN))
    try:
        editor.is_told("is not installed")
        editor.command("edit other.py")
        editor.terminal.type("ihello")
        editor.rests()
        assert len(editor.told()) == 1
        assert editor.lua("return vim.v.errmsg") == ""
    finally:
        editor.close()


def test_a_wrong_option_is_named(opened: Open) -> None:
    editor = opened(init='require("foretype").setup({ key = {}, keys = { acept = "<C-l>" } })\n')
    editor.is_told("there is no option `key`")
    editor.is_told("there is no key named `acept`")
