"""The page of ``foretype eval --html`` in Chromium: both schemes, three widths, by keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from real_editors import skip_unless
from real_vscode import Browser

from foretype.cli.report import eval_page
from foretype.evaluation.attempt import Attempt
from foretype.evaluation.summary import summaries

pytest_plugins = ["editor_fixtures"]
pytestmark = skip_unless("vscode")

WIDTHS = (380, 800, 1600)


def attempts() -> list[Attempt]:
    return [
        Attempt(
            key=f"{model}{n}",
            model=f"a-model-with-a-rather-long-name/{model}",
            task=f"task-{n}",
            kind="completion",
            language="python",
            run=1,
            shown="x" * 40,
            raw=("a long line of an answer " * 20,),
            outcome="exact" if n < right else "wrong",
            passed=n < right,
            first_token_ms=80.0 * (n + 1),
            first_line_ms=100.0 * (n + 1),
            in_time=n < 3,
            output_tokens=right * 10 + n,
            cost_usd=0.001,
        )
        for model, right in (("good", 9), ("middling", 6), ("bad", 1))
        for n in range(10)
    ]


@pytest.fixture
def address(tmp_path: Path) -> str:
    made = attempts()
    page = tmp_path / "page.html"
    page.write_text(
        eval_page.page(summaries(made), made, deadline_ms=400, made="today"), encoding="utf-8"
    )
    return page.as_uri()


@pytest.mark.parametrize("width", WIDTHS)
def test_it_fits_the_window_in_both_color_schemes(
    browser: Browser, width: int, tmp_path: Path
) -> None:
    assert browser.fits(width, "eval", tmp_path)


def test_failures_open_by_keyboard(browser: Browser) -> None:
    stops = []
    for _ in range(6):
        browser.do("press", key="Tab")
        focus = browser.do("focus")
        assert focus["outlined"], focus
        stops.append(focus["text"])
    assert stops[:3] == ["Skip to the figures", "Table", "All times"]
    assert "task-9" in stops[3]
    browser.do("press", key="Enter")
    browser.do("wait", selector="details[open] pre")
