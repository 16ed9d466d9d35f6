"""For ``benches/``: when each request was due and when its answer was on its way, one row each.

Only where ``FORETYPE_BENCH_LOG`` names a file. Times are of ``time.monotonic()``, in seconds.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

_ID = re.compile(rb'"jsonrpc":"2\.0","id":(\d+),')


class BenchLog:
    """Rows ``{"id", "arrived", "deadline", "answered"}`` in a file."""

    def __init__(self, path: Path) -> None:
        # A descriptor, which the end of the process closes; a file would want to be closed.
        self._fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._due: dict[int, tuple[float, float]] = {}

    def due(self, msg_id: object, arrived: float, deadline: float) -> None:
        """A request came, and is due at a moment."""
        if isinstance(msg_id, int):
            self._due[msg_id] = (arrived, deadline)

    def written(self, data: bytes, at: float) -> None:
        """Some messages were written; called on the thread that wrote them."""
        for match in _ID.finditer(data):
            due = self._due.pop(int(match[1]), None)
            if due is not None:
                row = {"id": int(match[1]), "arrived": due[0], "deadline": due[1], "answered": at}
                os.write(self._fd, json.dumps(row).encode() + b"\n")
