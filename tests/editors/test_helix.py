"""Helix, as a user has it after the README's two steps."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator

import pytest
from editor_samples import TYPED, UNTYPED
from real_editors import Home, Upstream, eventually, program, skip_unless
from real_helix import Helix, opening, set_up

pytest_plugins = ["editor_fixtures"]
pytestmark = [skip_unless("helix"), pytest.mark.xdist_group("editors")]

BEGUN = """\
def area(width, height):
    return width * height


def volume(width, height, depth):
    ba
"""
BODY = """\
base = area(width, height)
    if depth > 0:
        return base * depth
    return 0
"""
WHOLE = BEGUN.removesuffix("ba\n") + BODY

Open = Callable[[], Helix]


@pytest.fixture
def opened(home: Home, upstream: Upstream) -> Iterator[Open]:
    """Opens the file in a Helix that was set up by `foretype setup helix`."""
    upstream.script(truth={"shapes.py": WHOLE})
    with opening(home) as open_file:

        def open_warm() -> Helix:
            editor = open_file("shapes.py", BEGUN)
            eventually(upstream.warmed, "the server is warm")
            return editor

        yield open_warm


def test_a_suggestion_of_several_lines_is_taken_from_the_menu(opened: Open) -> None:
    editor = opened()
    # To the end of the last line, and into insert mode.
    editor.terminal.press("g", "e", "A")
    editor.terminal.press("BSpace", "BSpace")
    editor.completes("base = area(width, height)")
    editor.terminal.press("Tab", "Enter")
    editor.saves(WHOLE)


def test_a_refactoring_is_chosen_and_the_screen_stays_alive(
    opened: Open, upstream: Upstream
) -> None:
    editor = opened()
    upstream.script(truth={}, text=f"```python\n{TYPED}\n```", hold=True)
    editor.terminal.press("g", "g", "j", "Space", "a")
    editor.terminal.shows("foretype: add type hints to area")
    editor.choose("foretype: add type hints to area")
    # The model thinks; meanwhile the user goes on.
    eventually(upstream.requests, "the model is asked")
    editor.terminal.press("g", "e", "A")
    editor.terminal.type("se")
    editor.terminal.shows("    base")
    assert "height: float" not in editor.terminal.screen()
    editor.terminal.press("Escape")
    upstream.script(hold=False)
    editor.terminal.shows("height: float")
    editor.saves(BEGUN.replace(UNTYPED, TYPED).replace("    ba", "    base"))


def test_keys_after_an_escape_are_keys_of_their_own(opened: Open) -> None:
    editor = opened()
    editor.terminal.press("g", "g", "O")
    editor.terminal.paste("one = 1")
    for line in ("two = 2", "three = 3", "four = 4"):
        editor.terminal.press("Escape")
        editor.terminal.paste(f"o{line}")
    editor.saves(f"one = 1\ntwo = 2\nthree = 3\nfour = 4\n{BEGUN}")


def test_setup_keeps_the_servers_that_stand_in_the_configuration(home: Home) -> None:
    configuration = home.path / ".config" / "helix" / "languages.toml"
    configuration.parent.mkdir(parents=True)
    configuration.write_text(
        '[language-server.mine]\ncommand = "mine"\n\n'
        '[[language]]\nname = "python"\nlanguage-servers = ["mine", "ruff"]\n'
    )
    set_up(home, "--write")
    done = subprocess.run(
        [program("hx", "terminal/bin"), "--health", "python"],
        env=home.environ,
        cwd=home.workspace,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    for name in ("mine", "ruff", "foretype"):
        assert f"{name}:" in done.stdout
    assert "pylsp" not in done.stdout
    assert "Nothing to do" in set_up(home, "--write")


def test_says_why_nothing_appeared(opened: Open) -> None:
    editor = opened()
    editor.command("lsp-workspace-command foretype.why")
    eventually(lambda: "nothing was asked yet" in editor.log(), "the server answers")
    editor.terminal.press("Escape")
    assert "error" not in editor.terminal.screen().lower()
