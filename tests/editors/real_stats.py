"""``foretype stats --web`` as a process, with made-up figures."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from real_editors import server_program

from benches.ledger import fill


@contextmanager
def statistics_page(folder: Path, *, rows: int = 9000) -> Iterator[str]:
    """The address of the page of a ledger with so many rows."""
    ledger = folder / "ledger.sqlite3"
    fill(ledger, rows)
    server = subprocess.Popen(
        [server_program(), "stats", "--web", "--no-open"],
        env={**os.environ, "FORETYPE_LEDGER": str(ledger), "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    try:
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        server.wait(30)
        server.stdout.close()
