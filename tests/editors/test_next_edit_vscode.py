"""Next edits in VS Code, with the stable API alone: a key each, undone in one, one Escape."""

from __future__ import annotations

from pathlib import Path

import pytest
from real_editors import Upstream, eventually, skip_unless
from real_vscode import DRAWN, VSCode, window_of_module

pytest_plugins = ["editor_fixtures"]
pytestmark = [skip_unless("vscode"), pytest.mark.xdist_group("editors")]

REPEAT = "".join(f'log.warn("{letter}")\n' for letter in "abcdef")
REPEATED = REPEAT.replace("warn", "error")
TWICE = REPEAT.replace("warn", "error", 2)
SHOP = "def total(x):\n    return x\n\n\n" + "".join(f"print(total({n}))\n" for n in range(4))


window = window_of_module("first.py", "x = 1\n", settings={"foretype.nextEdit.mode": "on"})


@pytest.fixture
def file(window: VSCode, upstream: Upstream, request: pytest.FixtureRequest) -> Path:
    upstream.reset()
    upstream.script(truth={}, text="")
    text = SHOP if "rename" in request.node.name else REPEAT
    path = window.home.file(f"{request.node.name.removeprefix('test_')}.py", text)
    window.also_open(path)
    return path


def change_two(window: VSCode, word: str = "error") -> None:
    """Make the same change in the first two lines."""
    window.press("Control+Home")
    for line in range(2):
        if line:
            window.press("ArrowDown", "Home")
        window.press(*["ArrowRight"] * 4, "Control+Shift+ArrowRight")
        window.type(word)
    is_marked(window)


def is_marked(window: VSCode, text: str = "", *, marked: bool = True) -> None:
    """Wait until a next edit is drawn in a line that holds this, or none is."""
    drawn = DRAWN.replace(" ", f":has-text('{text}') ", 1) if text else DRAWN
    try:
        eventually(lambda: bool(window.texts(drawn)) == marked, f"a mark: {marked}")
    except AssertionError:
        window.shot("failed")
        raise


def test_a_change_is_finished_over_four_places_by_a_key_each_and_undone_in_one(
    window: VSCode, file: Path
) -> None:
    change_two(window)
    window.shot("next-edit")
    for letter in "cdef":
        is_marked(window, f'warn("{letter}")')
        window.press("Alt+]")
        window.shows(".view-line", f'log.error("{letter}")')
    is_marked(window, marked=False)
    window.saves(file, REPEATED)
    window.press("Control+Z")
    window.saves(file, TWICE)


def test_a_rename_is_finished_over_four_places_by_a_key_each_and_undone_in_one(
    window: VSCode, file: Path
) -> None:
    window.press("Control+Home", *["ArrowRight"] * 4, "Control+Shift+ArrowRight")
    window.type("amount")
    for number in range(4):
        is_marked(window, f"print(total({number}))")
        window.press("Alt+]")
        window.shows(".view-line", f"print(amount({number}))")
    is_marked(window, marked=False)
    window.saves(file, SHOP.replace("total", "amount"))
    window.press("Control+Z")
    window.saves(file, SHOP.replace("total", "amount", 1))


def test_one_escape_dismisses_it(window: VSCode, file: Path) -> None:
    # What was undone in the other file is not proposed again.
    change_two(window, "debug")
    window.press("Escape")
    is_marked(window, marked=False)
    window.press("Alt+]")
    window.saves(file, REPEAT.replace("warn", "debug", 2))
