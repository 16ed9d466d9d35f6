"""VS Code, as a user has it after the README's two steps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from real_editors import CACHE, Home, Upstream, running_upstream, skip_unless
from real_vscode import VSCode

pytestmark = [skip_unless("vscode"), pytest.mark.xdist_group("editors")]

BEGUN = """\
def area(width, height):
    return width * height


def volume(width, height, depth):
    """
BASE = "base = area(width, height)"
BODY = BASE + "\n    return base * depth"


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with running_upstream() as running:
        yield running


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory, upstream: Upstream) -> Iterator[VSCode]:
    """A window in which the server runs. Each test opens a file of its own."""
    home = Home(tmp_path_factory.mktemp("vscode"), upstream)
    home.setup("vscode", "--write", path=str(CACHE / "vscode" / "bin"))
    editor = VSCode(home)
    try:
        editor.open(home.file("first.py", "x = 1\n"))
        editor.ready()
        yield editor
    finally:
        editor.close()


@pytest.fixture
def file(window: VSCode, upstream: Upstream, request: pytest.FixtureRequest) -> Path:
    """A file that ends where the next line is to be written, open in the window."""
    upstream.reset()
    upstream.script(truth={"shapes.py": BEGUN + BODY + "\n"}, first_ms=30, tokens_per_second=400)
    path = window.home.file(f"{request.node.name.removeprefix('test_')}.py", BEGUN)
    window.also_open(path)
    window.press("Control+End")
    return path


def test_ghost_text_appears_and_tab_accepts_it(window: VSCode, file: Path) -> None:
    window.type("b")
    window.sees(BASE.removeprefix("b"))
    window.shot("ghost")
    window.press("Tab")
    window.saves(file, BEGUN + BASE)
