"""Answers that are recorded without a server, for tests of the ledger and of what it shows."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from foretype.spending.ledger_file import Batch, Exchange, exchange
from foretype.spending.suggestion_log import AnswerFacts, SuggestionLog
from foretype.spending.suggestion_row import SuggestionRow, TallyKey


class Collected:
    """A ledger that keeps what is recorded until it is written."""

    def __init__(self, day: str = "2026-11-21") -> None:
        self.day = day
        self.batch = Batch()

    def put(self, row: SuggestionRow) -> None:
        self.batch.suggestions[row.key] = row

    def count(self, keys: Iterable[TallyKey], n: int = 1) -> None:
        for key in keys:
            self.batch.tallies[key] += n

    def write(self, path: Path) -> None:
        exchange(path, Exchange(day=self.day, batch=self.batch))
        self.batch = Batch()


def log_of(ledger: Collected, editor: str = "neovim") -> SuggestionLog:
    return SuggestionLog(ledger, editor)  # type: ignore[arg-type]


def shown(**facts: object) -> AnswerFacts:
    usual = {"model": "flash", "language": "python", "invoked": False, "source": "model"}
    return AnswerFacts(**(usual | {"characters": 10, "answer_ms": 100.0} | facts))  # type: ignore[arg-type]


def nothing(reason: str, **facts: object) -> AnswerFacts:
    return shown(source="", reason=reason, characters=0, **facts)
