"""Fixtures that every real editor's tests share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from real_editors import Home, Upstream, running_upstream
from real_vscode import Browser


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    """The model: one for each module, as it was at first for each test that has a home."""
    with running_upstream() as running:
        yield running


UNHURRIED_MS = 20_000
"""A deadline that a busy machine keeps, too: at the usual one it has the first line alone."""


@pytest.fixture
def home(tmp_path: Path, upstream: Upstream, request: pytest.FixtureRequest) -> Home:
    """A home folder in which the environment names the upstream. The deadline is the usual one
    where a test is about what comes late (``usual_deadline``)."""
    upstream.reset()
    upstream.script(first_ms=30, split="whole")
    is_usual = request.node.get_closest_marker("usual_deadline") is not None
    names = () if is_usual else ("deadline_ms", "explicit_deadline_ms")
    return Home(tmp_path, upstream, completion=dict.fromkeys(names, UNHURRIED_MS))


@pytest.fixture
def keyless(tmp_path: Path) -> Home:
    """A home folder in which no model is named: the embedded engine answers."""
    return Home(tmp_path, None)


@pytest.fixture
def browser(address: str) -> Iterator[Browser]:
    """A browser that shows the page at the module's ``address``."""
    with closing(Browser()) as browser:
        browser.do("open", url=address)
        yield browser
