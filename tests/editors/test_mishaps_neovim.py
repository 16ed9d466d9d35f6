"""What may go wrong around Neovim: one clear message, and an editor that works."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from editor_samples import BASE, BEGUN, BODY, FIRST, WHOLE
from real_editors import (
    Home,
    Upstream,
    eventually,
    kill_server,
    servers,
    skip_unless,
    wait_for_servers_to_end,
)
from real_neovim import Neovim, Open, opening

pytest_plugins = ["editor_fixtures"]
pytestmark = [skip_unless("neovim"), pytest.mark.xdist_group("editors")]


@pytest.fixture
def opened(home: Home, upstream: Upstream) -> Iterator[Open]:
    upstream.script(truth={"shapes.py": WHOLE})
    with opening(home) as open_file:
        yield open_file


def test_a_newcomer_sees_ghost_text_without_a_key(tmp_path: Path) -> None:
    home = Home(tmp_path, None, workspace="mein Projekt, größer als 1%")
    with opening(home) as open_file:
        editor = open_file("first.py", FIRST.read_text())
        editor.terminal.type("GAe")
        editor.sees("lf.width = width\n        self.height = height")
        editor.terminal.press("Tab")
        editor.has(FIRST.read_text() + "elf.width = width\n        self.height = height")
        assert editor.told() == []


def test_who_types_before_the_server_is_there_sees_ghost_text(tmp_path: Path) -> None:
    home = Home(tmp_path, None)
    home.setup("neovim", "--write")
    editor = Neovim(home, home.file("first.py", FIRST.read_text()))
    try:
        editor.terminal.type("GAe")
        eventually(lambda: editor.ghost().startswith("lf."), "ghost text")
    finally:
        editor.close()
        wait_for_servers_to_end(home)


def test_a_server_that_is_killed_gives_one_message(
    opened: Open, home: Home, upstream: Upstream
) -> None:
    editor = opened("shapes.py", BEGUN)
    editor.terminal.type("GA")
    editor.sees(BODY)
    upstream.script(hold=True)
    editor.terminal.type("x")
    kill_server(home)
    editor.is_told("Client foretype quit with exit code 0 and signal 9")
    editor.terminal.type("yz")
    editor.has(BEGUN + "xyz")
    editor.rests()
    assert editor.ghost() == ""
    assert len(editor.told()) == 1
    assert editor.lua("return vim.v.errmsg") == ""
    editor.terminal.press("BSpace", "BSpace")
    upstream.script(hold=False)
    editor.command("Foretype restart")
    editor.attached()
    # The server has the text as it is now, not as it was at its start.
    editor.terminal.press("BSpace")
    editor.sees(BODY)
    # It is asked at its start too, without a key.
    editor.command("Foretype restart")
    editor.attached()
    editor.sees(BODY)


def test_settings_that_cannot_be_read_are_said_once(opened: Open, home: Home) -> None:
    file = home.path / ".config" / "foretype" / "foretype.toml"
    file.write_text("provider = [\n")
    editor = opened("shapes.py", BEGUN)
    editor.terminal.type("GA")
    # With the settings' defaults, from the embedded engine where the model is late.
    eventually(lambda: editor.ghost().startswith(BASE), "the ghost text")
    (told,) = editor.told()
    assert "foretype.toml is not used: line 2" in told
    assert str(file.parent) in told


def test_two_windows_at_once(opened: Open, home: Home) -> None:
    one, two = (opened(f"{name}/shapes.py", BEGUN) for name in ("one", "two"))
    assert len(servers(home)) == 2
    for editor in (one, two):
        editor.terminal.type("GA")
    for editor in (one, two):
        editor.sees(BODY)
        editor.terminal.press("Tab")
        editor.has(BEGUN + BODY)
        assert editor.told() == []
