"""``foretype stats --web`` in Chromium: light and dark, at three widths, by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from real_editors import skip_unless
from real_stats import statistics_page
from real_vscode import Browser

pytest_plugins = ["editor_fixtures"]
pytestmark = skip_unless("vscode")

WIDTHS = (360, 800, 1280)
MAX_STOPS = 30
"""More than the keyboard stops at on the page."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with statistics_page(tmp_path_factory.mktemp("stats")) as address:
        yield address


@pytest.mark.parametrize("width", WIDTHS)
def test_it_fits_the_window_in_both_color_schemes(
    browser: Browser, width: int, tmp_path: Path
) -> None:
    assert browser.fits(width, "stats", tmp_path)


def test_everything_is_reached_by_keyboard(browser: Browser) -> None:
    stops = []
    for _ in range(MAX_STOPS):
        browser.do("press", key="Tab")
        focus = browser.do("focus")
        if focus["tag"] == "BODY":
            break
        assert focus["outlined"], focus
        stops.append(focus["text"])
    assert stops[:4] == ["Skip to the figures", "7 days", "30 days", "90 days"]
    assert {"All days", "All numbers", "50 answers"} <= set(stops)
    assert stops.count("Table") == 3


def test_tables_open_and_periods_are_chosen_by_keyboard(browser: Browser) -> None:
    for _ in range(2):
        browser.do("press", key="Tab")
    browser.do("press", key="Enter")
    browser.do("wait", selector="nav a[aria-current]:text('7 days')")
    for _ in range(MAX_STOPS):
        if browser.do("focus")["text"] == "All days":
            break
        browser.do("press", key="Tab")
    browser.do("press", key="Enter")
    browser.do("wait", selector="details[open] td")


def test_nothing_is_loaded_from_anywhere(browser: Browser) -> None:
    assert browser.do("requests") == []
