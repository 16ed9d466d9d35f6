"""VS Code with its own defaults and TypeScript's server: the completion list opens beside ghost
text, and inline suggestions can be off."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from real_editors import Upstream, skip_unless
from real_vscode import VSCode, window_of_module

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


window = window_of_module("first.ts", "const first = 1;\n", opens_list=True)


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


KEYS = """\
const total = formatPrice(first + 2);
const names = [label(1), label(2)].map((one) => one.trim());
"""
TOASTS = ".notifications-toasts"


def type_more(window: VSCode, keys: str = KEYS) -> None:
    """Type some hundred keys, and wait for what may still be asked."""
    window.press("Escape", "Escape")
    window.type(keys, pause=0.06)
    time.sleep(1.0)


@pytest.mark.parametrize(
    ("setting", "off", "on"),
    [
        ("editor.inlineSuggest.enabled", False, True),
        (
            "[typescript]",
            {"editor.inlineSuggest.enabled": False},
            {"editor.inlineSuggest.enabled": True},
        ),
    ],
)
def test_nothing_leaves_where_inline_suggestions_are_off(
    window: VSCode, file: Path, upstream: Upstream, setting: str, off: object, on: object
) -> None:
    window.type("f")
    window.sees(REST)
    window.set(setting, off)
    window.says("Suggestions are off here.")
    upstream.reset()
    type_more(window)
    assert upstream.requests() == []
    window.shot("off" if setting.startswith("editor") else "off-in-language")
    window.command("foretype: Why Did Nothing Appear?")
    window.shows(TOASTS, "VS Code's inline suggestions are off")
    window.command("Notifications: Clear All Notifications")
    window.set(setting, on)
    window.says("Ready.")


def test_a_file_opened_while_inline_suggestions_are_off_is_not_sent(
    window: VSCode, file: Path, upstream: Upstream
) -> None:
    window.set("[javascript]", {"editor.inlineSuggest.enabled": False})
    try:
        window.also_open(window.home.file("plain.js", "const first = 1;\n"))
        window.says("Suggestions are off here.")
        window.press("Control+End")
        type_more(window)
        assert upstream.requests() == []
        window.also_open(file)
        window.says("Ready.")
        window.press("Control+End")
        window.type("f")
        window.sees(REST)
    finally:
        window.set("[javascript]", {})


def test_once_inline_suggestions_are_snoozed_no_more_is_sent(
    window: VSCode, file: Path, upstream: Upstream
) -> None:
    window.type("f")
    window.sees(REST)
    window.press("Escape", "Escape")
    window.command("Snooze Inline Suggestions")
    window.shot("snooze")
    window.press("Enter")
    window.click(".monaco-editor .view-lines")
    window.press("Control+End")
    upstream.reset()
    type_more(window)
    # What was about to be asked when the first request did not come; an extension cannot know.
    assert len(upstream.requests()) <= 1
    assert window.ghost() == ""
    window.shot("snoozed")
    window.command("Cancel Snooze Inline Suggestions")


def test_late_text_that_fits_another_entry_appears_once_the_list_is_closed(
    window: VSCode, file: Path, upstream: Upstream
) -> None:
    other = "irst.toString();"
    upstream.script(truth={"prices.ts": f"{BEGUN}f{other}\n}}\n"}, first_ms=1200)
    window.type("f")
    window.shows(LIST, "formatPrice")
    # The text comes meanwhile; VS Code shows none beside a list whose entry it does not go on with.
    time.sleep(2.0)
    window.shot("late-other-list")
    window.press("Escape")
    window.sees(other)
    window.shot("late-other")
