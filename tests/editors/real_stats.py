"""``foretype stats --web`` as a process, with made-up figures."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from real_editors import page_of

from benches.ledger import fill


@contextmanager
def statistics_page(folder: Path, *, rows: int = 9000) -> Iterator[str]:
    """The address of the page of a ledger with so many rows."""
    ledger = folder / "ledger.sqlite3"
    fill(ledger, rows)
    variables = {**os.environ, "FORETYPE_LEDGER": str(ledger), "COLUMNS": "200"}
    with page_of("stats", "--web", "--no-open", environ=variables) as address:
        yield address
