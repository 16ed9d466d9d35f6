"""What was asked and typed, one a line in a file of the state folder: none is paid for twice.

It holds the user's code where tasks were cut out of it, so it is for the user alone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from foretype.evaluation import attempt, replay
from foretype.evaluation.attempt import Attempt
from foretype.evaluation.replay import Replayed
from foretype.spending.ledger import file_beside

FILE = "evaluations.jsonl"


def store_file(environ: Mapping[str, str]) -> Path | None:
    """Return the file beside the ledger; None where nothing is kept. Call it in a thread."""
    return file_beside(environ, FILE)


class AnswerStore:
    """Attempts and replays by their keys; in memory alone where there is no file."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._known: dict[str, Attempt] = {}
        self._typed: dict[str, Replayed] = {}

    def load(self) -> None:
        """Read the file; lines that are not whole are left out. Not for the event loop."""
        if self._path is None or not self._path.exists():
            return
        for line in self._path.read_text("utf-8", "replace").splitlines():
            try:
                self._take(json.loads(line))
            except (ValueError, TypeError, AttributeError, KeyError):
                continue  # Killed while it was written.

    def _take(self, row: Any) -> None:
        if "replay" in row:
            self._add_part(row["key"], row["from"], replay.from_json(row["replay"]))
        else:
            made = attempt.from_json(row)
            self._known[made.key] = made

    def get(self, key: str) -> Attempt | None:
        return self._known.get(key)

    def add(self, made: Attempt) -> None:
        """Keep an attempt, in place of an older one of the same key."""
        self._known[made.key] = made
        self._append(made.as_json())

    def typed(self, key: str) -> Replayed | None:
        """Return what was typed and counted so far; None where nothing was."""
        return self._typed.get(key)

    def add_typed(self, key: str, part: Replayed) -> None:
        """Keep what was counted since the last part of the same key."""
        start = before.typed if (before := self.typed(key)) is not None else 0
        self._add_part(key, start, part)
        self._append({"key": key, "from": start, "replay": asdict(part)})

    def _add_part(self, key: str, start: int, part: Replayed) -> None:
        before = self._typed.get(key)
        # Another evaluation may have typed the same meanwhile: each place counts once.
        if start == (0 if before is None else before.typed):
            self._typed[key] = part if before is None else before + part

    def _append(self, row: Mapping[str, Any]) -> None:
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps(row, ensure_ascii=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        with open(os.open(self._path, flags, 0o600), "a", encoding="utf-8") as file:
            # The line before may have been cut.
            file.write(f"\n{line}\n")

    def forget(self) -> None:
        """Delete everything."""
        self._known.clear()
        self._typed.clear()
        if self._path is not None:
            self._path.unlink(missing_ok=True)
