"""What may go wrong around Helix: an editor that works, and at most one message."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from editor_samples import FIRST
from real_editors import (
    Home,
    Upstream,
    eventually,
    kill_server,
    only_foretype,
    servers,
    skip_unless,
)
from real_helix import Helix, Open, opening

pytest_plugins = ["editor_fixtures"]
pytestmark = [skip_unless("helix"), pytest.mark.xdist_group("editors")]

BEGUN = """\
def area(width, height):
    return width * height


def volume(width, height, depth):
    b"""
LINE = "base = area(width, height)"


@pytest.fixture
def opened(home: Home, upstream: Upstream) -> Iterator[Open]:
    upstream.script(truth={"shapes.py": BEGUN + LINE.removeprefix("b") + "\n"})
    home.environ["PATH"] = f"{only_foretype(home)}:/usr/bin:/bin"
    with opening(home) as open_file:
        yield open_file


def type_at_the_end(editor: Helix, text: str) -> None:
    editor.terminal.press("g", "e", "A")
    editor.terminal.shows(" INS ")
    editor.terminal.type(text)


def test_a_newcomer_sees_a_suggestion_without_a_key(tmp_path: Path) -> None:
    home = Home(tmp_path, None, workspace="mein Projekt, größer als 1%")
    home.environ["PATH"] = f"{only_foretype(home)}:/usr/bin:/bin"
    with opening(home) as open_file:
        editor = open_file("first.py", FIRST.read_text())
        type_at_the_end(editor, "e")
        editor.terminal.shows("self.width = width text")
        editor.terminal.press("Tab", "Enter")
        editor.saves(FIRST.read_text() + "elf.width = width\n        self.height = height\n")


def test_a_server_that_is_killed_leaves_an_editor_that_works(
    opened: Open, home: Home, upstream: Upstream
) -> None:
    upstream.script(hold=True)
    editor = opened("shapes.py", BEGUN)
    eventually(upstream.warmed, "the server is warm")
    type_at_the_end(editor, "a")
    editor.terminal.press("C-x")
    eventually(upstream.requests, "the model is asked")
    kill_server(home)
    editor.terminal.type("s")
    editor.saves(BEGUN + "as\n")
    upstream.script(hold=False)
    editor.command("lsp-restart")
    eventually(upstream.warmed, "the server runs again")
    type_at_the_end(editor, "e")
    editor.completes(LINE)


def test_settings_that_cannot_be_read_are_said_and_the_rest_works(
    opened: Open, home: Home, upstream: Upstream
) -> None:
    file = home.path / ".config" / "foretype" / "foretype.toml"
    file.write_text("provider = [\n")
    editor = opened("shapes.py", BEGUN)
    editor.terminal.shows("foretype.toml is not used: line 2")
    type_at_the_end(editor, "a")
    editor.completes(LINE)


def test_two_windows_at_once(opened: Open, home: Home, upstream: Upstream) -> None:
    one, two = (opened(f"{name}/shapes.py", BEGUN) for name in ("one", "two"))
    eventually(lambda: upstream.warmed(2), "both servers are warm")
    for editor in (one, two):
        type_at_the_end(editor, "a")
        editor.completes(LINE)
    assert len(servers(home)) == 2
