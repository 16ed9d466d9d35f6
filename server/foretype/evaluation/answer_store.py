"""What was asked, tested and typed, a line each in a file of the state folder: none is done twice.

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
from foretype.evaluation.task_checks import Check
from foretype.spending.ledger import file_beside

FILE = "evaluations.jsonl"


class StoreUnreadable(Exception):
    """What was kept cannot be read. A sentence for the user."""


def store_file(environ: Mapping[str, str]) -> Path | None:
    """Return the file beside the ledger; None where nothing is kept. Call it in a thread."""
    return file_beside(environ, FILE)


class AnswerStore:
    """Attempts, checks and replays by their keys; in memory alone where there is no file."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._known: dict[str, Attempt] = {}
        self._checks: dict[str, Check] = {}
        self._typed: dict[str, Replayed] = {}
        self.fault = ""
        """Why something could not be kept, for the user; it is known in memory all the same."""

    def load(self) -> None:
        """Read the file; lines that are not whole are left out. Not for the event loop.

        Raises StoreUnreadable.
        """
        if self._path is None:
            return
        try:
            text = self._path.read_text("utf-8", "replace")
        except FileNotFoundError:
            return
        except OSError as fault:
            why = f"Earlier answers in {self._path} cannot be read: {fault.strerror}."
            raise StoreUnreadable(why) from fault
        for line in text.splitlines():
            try:
                self._take(json.loads(line))
            except (ValueError, TypeError, AttributeError, KeyError):
                continue  # Killed while it was written.

    def _take(self, row: Any) -> None:
        if "replay" in row:
            self._add_part(row["key"], row["from"], replay.from_json(row["replay"]))
        elif "check" in row:
            self._checks[row["key"]] = Check(bool(row["check"]["passed"]), row["check"]["output"])
        else:
            made = attempt.from_json(row)
            self._known[made.key] = made

    def get(self, key: str) -> Attempt | None:
        return self._known.get(key)

    def add(self, made: Attempt) -> None:
        """Keep an attempt, as it was before anything was judged."""
        self._known[made.key] = made
        self._append(made.as_json())

    def check(self, key: str) -> Check | None:
        """Return how tests ended on a text; None where they did not run."""
        return self._checks.get(key)

    def add_check(self, key: str, check: Check) -> None:
        """Keep how tests ended; where they could not run, they may run another time."""
        if check.passed is not None:
            self._checks[key] = check
            self._append({"key": key, "check": asdict(check)})

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
        line = json.dumps(row, ensure_ascii=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with open(os.open(self._path, flags, 0o600), "a", encoding="utf-8") as file:
                # The line before may have been cut.
                file.write(f"\n{line}\n")
        except OSError as fault:
            # What is paid for is reported, though it is not kept.
            self.fault = f"Not everything could be kept in {self._path}: {fault.strerror}."

    def forget(self) -> None:
        """Delete everything."""
        self._known.clear()
        self._checks.clear()
        self._typed.clear()
        if self._path is not None:
            self._path.unlink(missing_ok=True)
