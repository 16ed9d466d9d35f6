"""``foretype play`` as a process, for tests and pictures."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from real_editors import Home, server_program


@contextmanager
def playing(home: Home, file: Path) -> Iterator[str]:
    """Serve the page for a file; gives its address."""
    server = subprocess.Popen(
        [server_program(), "play", "--no-open", str(file)],
        stdout=subprocess.PIPE,
        text=True,
        env=home.environ,
    )
    assert server.stdout is not None
    try:
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        server.wait(30)
        server.stdout.close()
