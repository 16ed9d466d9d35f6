"""Emacs with lsp-mode, as a user has it after the README's steps; and what may go wrong."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from editor_samples import BASE, BEGUN, FIRST, WHOLE
from real_editors import Home, Upstream, eventually, kill_server, only_foretype, skip_unless
from real_emacs import Emacs, Open, opening

pytest_plugins = ["editor_fixtures"]
pytestmark = [skip_unless("emacs"), pytest.mark.xdist_group("editors")]


@pytest.fixture
def opened(home: Home, upstream: Upstream) -> Iterator[Open]:
    upstream.script(truth={"shapes.py": WHOLE})
    home.environ["PATH"] = f"{only_foretype(home)}:/usr/bin:/bin"
    with opening(home) as open_file:
        yield open_file


def test_ghost_text_appears_and_is_accepted(opened: Open, upstream: Upstream) -> None:
    editor = opened("shapes.py", BEGUN)
    eventually(upstream.warmed, "the server is warm")
    editor.type_at_the_end("b")
    editor.terminal.shows(BASE)
    assert editor.file.read_text() == BEGUN
    editor.terminal.press("Tab")
    editor.saves(BEGUN + BASE)


@pytest.mark.usual_deadline
def test_a_suggestion_that_comes_late_appears_without_a_key(
    opened: Open, upstream: Upstream
) -> None:
    editor = opened("shapes.py", BEGUN)
    eventually(upstream.warmed, "the server is warm")
    upstream.script(first_ms=1000)
    editor.type_at_the_end("b")
    editor.terminal.shows(BASE)


def line_of_the_cursor(editor: Emacs) -> str:
    """The file's last line as it is shown, with its ghost text."""
    return editor.terminal.screen().partition("def volume")[2].splitlines()[1]


def test_asks_by_hand_and_cycles(opened: Open, upstream: Upstream) -> None:
    others = ("base = area(height, depth)", "side = width * depth", "face = height * depth")
    editor = opened("shapes.py", BEGUN)
    eventually(upstream.warmed, "the server is warm")
    upstream.script(truth={}, queue=[{"text": text} for text in others])
    editor.terminal.press("M->")
    editor.run("foretype-suggest")
    editor.terminal.shows("Completion 1/1")
    # Others are asked for where one is shown.
    editor.run("foretype-suggest")
    editor.terminal.shows("Completion 1/3")
    # Emacs draws the message before the text, or after it.
    first = eventually(lambda: line_of_the_cursor(editor).strip(), "the first text")
    editor.terminal.press("C-n")
    editor.terminal.shows("Completion 2/")
    eventually(lambda: line_of_the_cursor(editor).strip() not in ("", first), "the second text")
    editor.terminal.press("C-p")
    editor.terminal.shows("Completion 1/")
    eventually(lambda: line_of_the_cursor(editor).strip() == first, "the first text again")


def test_what_the_server_answers_is_said_in_words(opened: Open, upstream: Upstream) -> None:
    editor = opened("shapes.py", BEGUN)
    eventually(upstream.warmed, "the server is warm")
    editor.run("foretype-why")
    editor.terminal.shows("foretype: nothing was asked yet")
    editor.run("foretype-toggle")
    editor.terminal.shows("foretype: suggestions are off")
    editor.run("foretype-snooze")
    editor.terminal.type("5")
    editor.terminal.press("Enter")
    editor.terminal.shows("foretype: snoozed until")


def test_no_ghost_text_where_a_macro_is_recorded_or_nothing_can_be_written(
    opened: Open, upstream: Upstream
) -> None:
    editor = opened("shapes.py", BEGUN)
    eventually(upstream.warmed, "the server is warm")
    editor.type_at_the_end("b")
    editor.terminal.shows(BASE)
    editor.terminal.press("C-g", "C-x", "C-q")
    editor.run("foretype-suggest")
    editor.terminal.shows("Buffer is read-only")
    editor.terminal.press("C-x", "C-q", "F3")
    upstream.reset()
    editor.terminal.type("a")
    # A command of the user's is asked and answered after what an idle Emacs would have asked.
    time.sleep(1.0)
    assert upstream.requests() == [] and BASE not in editor.terminal.screen()
    editor.terminal.press("F4")
    editor.terminal.type("s")
    editor.terminal.shows(BASE)


def test_a_newcomer_sees_ghost_text_without_a_key(tmp_path: Path) -> None:
    home = Home(tmp_path, None, workspace="mein Projekt, größer als 1%")
    home.environ["PATH"] = f"{only_foretype(home)}:/usr/bin:/bin"
    with opening(home) as open_file:
        editor = open_file("first.py", FIRST.read_text())
        editor.type_at_the_end("e")
        editor.terminal.shows("Completion 1/")
        editor.terminal.press("Tab")
        editor.saves(FIRST.read_text() + "elf.width = width\n        self.height = height")


def test_a_server_that_is_killed_is_offered_again(
    opened: Open, home: Home, upstream: Upstream
) -> None:
    upstream.script(hold=True)
    editor = opened("shapes.py", BEGUN)
    eventually(upstream.warmed, "the server is warm")
    editor.type_at_the_end("b")
    eventually(upstream.requests, "the model is asked")
    kill_server(home)
    # Emacs breaks the line where the screen ends.
    editor.terminal.shows("(y or n)")
    upstream.script(hold=False)
    # lsp-mode goes on with the next key only, where a request was on its way.
    editor.terminal.type("y")
    eventually(lambda: "(y or n)" not in editor.terminal.screen(), "the answer is taken")
    editor.terminal.type("a")
    eventually(upstream.warmed, "the server runs again")
    editor.terminal.type("s")
    editor.terminal.shows(BASE)


def test_settings_that_cannot_be_read_are_said_and_the_rest_works(
    opened: Open, home: Home, upstream: Upstream
) -> None:
    file = home.path / ".config" / "foretype" / "foretype.toml"
    file.write_text("provider = [\n")
    editor = opened("shapes.py", BEGUN)
    editor.terminal.shows("foretype.toml is not used: line 2")
    editor.type_at_the_end("b")
    editor.terminal.shows(BASE)


def test_a_wrong_key_gives_one_understandable_message(opened: Open, upstream: Upstream) -> None:
    upstream.script(fault="401")
    editor = opened("shapes.py", BEGUN)
    eventually(upstream.warmed, "the server is warm")
    editor.type_at_the_end("b")
    editor.terminal.shows("does not accept the key in FORETYPE_API_KEY (401)")
