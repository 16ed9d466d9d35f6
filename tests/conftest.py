"""For all tests: a home of their own, an upstream, and hypothesis without limits of time.

Hypothesis' own limits are of the wall clock, which a busy machine breaks. Its examples are the same
in every run, so that a red run is one of the change at hand; `make fuzz` looks for new ones.
"""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from helpers import paths
from helpers.examples import MORE
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from helpers.upstream_thread import Upstream

settings.register_profile(
    "foretype",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=MORE == 1,
    max_examples=100 * MORE,
)
settings.load_profile("foretype")

_home = tempfile.TemporaryDirectory(prefix="foretype-home-", ignore_cleanup_errors=True)
paths.live_in(_home.name)
os.environ["FORETYPE_LEDGER"] = ":memory:"
os.environ["FORETYPE_INDEX"] = ":memory:"

# Shells have what they start in the background ignore Ctrl-C, and so would all that tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="module")
def up() -> Iterator[Upstream]:
    """A scripted upstream for the tests of a module."""
    from helpers.upstream_thread import upstream

    with upstream() as running:
        yield running


@pytest.fixture(autouse=True)
def nothing_scripted_is_left(request: pytest.FixtureRequest) -> None:
    """What a test has scripted and not consumed reaches no other test of its module."""
    if "up" in request.fixturenames:
        request.getfixturevalue("up").says()
