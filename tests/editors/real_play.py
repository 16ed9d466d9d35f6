"""``foretype play`` as a process, for tests and pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from real_editors import Home, page_of


@contextmanager
def playing(home: Home, file: Path) -> Iterator[str]:
    """Serve the page for a file; gives its address."""
    with page_of("play", "--no-open", str(file), environ=home.environ) as address:
        yield address
