"""``foretype play`` in Chromium: ghost text, a refactoring with its difference, by keyboard."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from real_editors import Home, Upstream, eventually, skip_unless
from real_play import playing
from real_vscode import Browser

pytest_plugins = ["editor_fixtures"]
pytestmark = [skip_unless("vscode"), pytest.mark.xdist_group("editors")]

CODE = '''\
def mean(values):
    """The arithmetic mean."""
    return sum(values) / len(values)


def spread(values):
    """The standard deviation."""
    average = mean(values)
    return (sum((value - average) ** 2 for value in values) / len(values)) ** 0.5
'''
BODY = '    """The arithmetic mean."""\n    return sum(values) / len(values)\n'
MEAN_REPLY = """\
```python
def mean(values):
    '''The arithmetic mean.'''
    total = sum(values)
    return total / len(values)
```""".replace("'''", '"""')
WIDTHS = (380, 800, 1600)


@pytest.fixture
def address(home: Home) -> Iterator[str]:
    with playing(home, home.file("stats.py", CODE)) as address:
        yield address


@pytest.fixture
def browser(browser: Browser) -> Browser:
    browser.do("size", width=1280, height=800)
    shows(browser, "#status", "ready")
    return browser


def text(browser: Browser, selector: str) -> str:
    return "".join(browser.do("texts", selector=selector)).replace("\xa0", " ")


def shows(browser: Browser, selector: str, piece: str) -> None:
    """Wait until a part of the page shows a piece of text."""
    eventually(lambda: piece in text(browser, selector), f"{piece} in {selector}")


def ghost(browser: Browser) -> str:
    return text(browser, ".ghost-text-decoration") + text(browser, ".ghost-text")


def at_the_end(browser: Browser) -> None:
    browser.do("click", selector=".view-line", text="average = mean")
    browser.do("press", key="Control+End")


def test_ghost_text_is_typed_through_and_accepted(
    browser: Browser, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.script(text=BODY)
    at_the_end(browser)
    browser.do("type", text="\n\ndef mean(values):\n", delay=60)
    eventually(lambda: "arithmetic mean" in ghost(browser), "ghost text")
    shows(browser, "#answer", "arithmetic mean")
    shows(browser, "#stages", "Shown after")
    shots = Path(os.environ.get("FORETYPE_SHOTS") or tmp_path)
    browser.do("scheme", scheme="dark")
    browser.do("shot", path=str(shots / "play-dark.png"))
    browser.do("type", text='"""The ', delay=60)
    eventually(lambda: ghost(browser).startswith("arithmetic mean"), "the rest of it")
    browser.do("press", key="Tab")
    body = "return sum(values) / len(values)"
    eventually(lambda: text(browser, ".view-lines").count(body) == 2, "its acceptance")


def test_what_is_sent_and_what_each_step_made_is_shown(
    browser: Browser, upstream: Upstream
) -> None:
    upstream.script(text=BODY)
    at_the_end(browser)
    browser.do("type", text="\n\ndef mean(values):\n", delay=60)
    shows(browser, "#answer-note", "tokens in")
    shows(browser, "#sent", "system")
    assert "/chat/completions" in text(browser, "#sent-note")
    assert "fake-key" not in text(browser, "#sent")
    shows(browser, "#steps", "shown")


def test_a_refactoring_is_shown_before_it_is_applied(browser: Browser, upstream: Upstream) -> None:
    upstream.script(text=MEAN_REPLY, stops=False)
    at_the_end(browser)
    for button, piece in (("Discard", "sum(values)"), ("Apply", "total")):
        browser.do("press", key="Control+Home")
        browser.do("press", key="ArrowDown")
        browser.do("press", key="Control+.")
        browser.do("click", selector=".action-widget .title", text="simplify mean")
        shows(browser, "#diff .view-lines", "total")
        assert "total" not in text(browser, "#editor .view-lines")
        browser.do("click", selector="button", text=button)
        shows(browser, "#editor .view-lines", piece)
        browser.do("wait", selector="#change", state="hidden")
        assert ("total" in text(browser, "#editor .view-lines")) is (button == "Apply")


def test_a_refactoring_is_shown_anew_where_the_text_is_typed_in(
    browser: Browser, upstream: Upstream
) -> None:
    upstream.script(text=MEAN_REPLY, stops=False)
    browser.do("click", selector=".view-line", text="def mean")
    browser.do("press", key="Control+.")
    browser.do("click", selector=".action-widget .title", text="simplify mean")
    shows(browser, "#diff .view-lines", "total")
    browser.do("click", selector="#editor .view-line", text="average = mean")
    typed = ""
    for more in ("#", " of", " all the values that there are"):
        browser.do("type", text=more, delay=60)
        typed += more
        shows(browser, "#diff .view-lines", f"mean(values){typed}")
        assert browser.do("focus")["tag"] != "BUTTON"
        assert "total" not in text(browser, "#editor .view-lines")
    browser.do("click", selector="button", text="Apply")
    shows(browser, "#editor .view-lines", "return total")
    assert f"mean(values){typed}" in text(browser, "#editor .view-lines")


@pytest.mark.parametrize("width", WIDTHS)
def test_it_fits_the_window_in_both_color_schemes(browser: Browser, width: int) -> None:
    backgrounds = set()
    for scheme in ("light", "dark"):
        browser.do("scheme", scheme=scheme)
        browser.do("size", width=width, height=900)
        eventually(lambda: browser.do("beyond") <= 0, "nothing beyond the window")
        backgrounds.add(browser.do("background"))
    assert len(backgrounds) == 2


def test_everything_is_reached_by_the_keyboard_and_nothing_comes_from_elsewhere(
    browser: Browser, address: str
) -> None:
    browser.do("click", selector="h1")
    reached = []
    for _ in range(14):
        browser.do("press", key="Tab")
        focus = browser.do("focus")
        reached.append(focus["tag"])
        if focus["tag"] == "TEXTAREA" or "Code" in json.dumps(focus):
            browser.do("press", key="Control+m")
    assert {"SELECT", "INPUT", "BUTTON", "SUMMARY", "PRE"} <= set(reached)
    assert all(name.startswith(address) for name in browser.do("requests"))
