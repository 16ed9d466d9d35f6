"""VS Code with its own defaults and TypeScript's server: the completion list opens beside ghost
text, and inline suggestions can be off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from real_editors import CACHE, Home, Upstream, eventually, skip_unless
from real_vscode import VSCode

pytest_plugins = ["editor_fixtures"]
pytestmark = [skip_unless("vscode"), pytest.mark.xdist_group("editors")]

LIST = ".suggest-widget.visible"
BEGUN = """\
export function formatPrice(amount: number): string {
    return amount.toFixed(2);
}

export function label(amount: number): string {
    return """
REST = "ormatPrice(amount);"


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory, upstream: Upstream) -> Iterator[VSCode]:
    home = Home(tmp_path_factory.mktemp("defaults"), upstream)
    home.setup("vscode", "--write", path=str(CACHE / "vscode" / "bin"))
    editor = VSCode(home, settings={"foretype.completion.local": "off"}, opens_list=True)
    try:
        editor.open(home.file("first.ts", "const first = 1;\n"))
        editor.ready()
        yield editor
    finally:
        editor.close()


@pytest.fixture
def file(window: VSCode, upstream: Upstream, request: pytest.FixtureRequest) -> Path:
    upstream.reset()
    whole = f"{BEGUN}f{REST}\n}}\n"
    upstream.script(truth={"prices.ts": whole}, first_ms=30, tokens_per_second=400)
    name = "".join(c if c.isalnum() else "_" for c in request.node.name.removeprefix("test_"))
    path = window.home.file(f"{name}.ts", BEGUN)
    window.also_open(path)
    window.press("Control+End")
    return path


@pytest.mark.parametrize("first_ms", [700, 900, 1200])
def test_late_text_appears_beside_the_open_list(
    window: VSCode, file: Path, upstream: Upstream, first_ms: int
) -> None:
    upstream.script(first_ms=first_ms)
    window.type("f")
    window.shows(LIST, "formatPrice")
    window.shot(f"late-{first_ms}-list")
    window.sees(REST)
    window.shot(f"late-{first_ms}")
    assert window.texts(LIST)
