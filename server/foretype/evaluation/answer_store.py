"""The attempts that were made, one a line in a file of the state folder: none is paid for twice.

It holds the user's code where tasks were cut out of it, so it is for the user alone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from foretype.evaluation.attempt import Attempt, from_json
from foretype.spending.ledger import file_beside

FILE = "evaluations.jsonl"


def store_file(environ: Mapping[str, str]) -> Path | None:
    """Return the file beside the ledger; None where nothing is kept. Call it in a thread."""
    return file_beside(environ, FILE)


class AnswerStore:
    """Attempts by their keys; in memory alone where there is no file."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._known: dict[str, Attempt] = {}

    def load(self) -> None:
        """Read the file; lines that are not whole are left out. Not for the event loop."""
        if self._path is None or not self._path.exists():
            return
        for line in self._path.read_text("utf-8", "replace").splitlines():
            try:
                attempt = from_json(json.loads(line))
            except (ValueError, TypeError, AttributeError):
                continue  # Killed while it was written.
            self._known[attempt.key] = attempt

    def get(self, key: str) -> Attempt | None:
        return self._known.get(key)

    def add(self, attempt: Attempt) -> None:
        """Keep an attempt, in place of an older one of the same key."""
        self._known[attempt.key] = attempt
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps(attempt.as_json(), ensure_ascii=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        with open(os.open(self._path, flags, 0o600), "a", encoding="utf-8") as file:
            # The line before may have been cut.
            file.write(f"\n{line}\n")

    def forget(self) -> None:
        """Delete everything."""
        self._known.clear()
        if self._path is not None:
            self._path.unlink(missing_ok=True)
