"""What became of every answer: one row each, and tallies that ``foretype stats`` adds up.

No code and no path is kept. Independent of the protocol and of how suggestions are made.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from foretype.spending.fleet_metrics import Metrics, NoMetrics
from foretype.spending.ledger import Ledger
from foretype.spending.suggestion_row import (
    MAX_NAME_CHARS,
    SuggestionRow,
    TallyKey,
    new_key,
    plain_name,
)
from foretype.spending.usage import Usage

BUCKET = 1.1
"""Times are counted in buckets, each so many times as long as the one before."""
KEPT_SHARE = 0.5
"""The share of an accepted text that has to be there after 30 seconds for it to count as kept."""
TAKEN = frozenset({"accepted", "partly"})
"""Outcomes by which a suggestion, or a part of it, was inserted at once."""
NOT_IN_TIME = frozenset({"deadline", "reasoning", "unavailable", "cut"})
"""Reasons why nothing was there in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFacts:
    """One answer to a request, as far as it is recorded."""

    model: str
    provider: str = ""
    language: str
    invoked: bool
    source: str = ""
    """Where the text came from; empty if nothing was shown."""
    reason: str = ""
    """Why nothing was shown."""
    is_outdated: bool = False
    """Whether the text had changed before it was answered."""
    is_new: bool = True
    """Whether it shows something that was not visible before."""
    characters: int = 0
    answer_ms: float | None = None
    asked_ms: float | None = None


class SuggestionLog:
    """Records the answers to one client. For use on the event loop; never fails or blocks."""

    def __init__(self, ledger: Ledger, editor: str = "", metrics: Metrics | None = None) -> None:
        self._ledger = ledger
        self._metrics = metrics or NoMetrics()
        self._editor = plain_name(editor)

    def answered(self, facts: AnswerFacts) -> SuggestionRow | None:
        """Record an answer. Returns its row; None if the client does not see it as a new one."""
        row = SuggestionRow(
            key=new_key(),
            day=self._ledger.day,
            model=facts.model[:MAX_NAME_CHARS],
            provider=facts.provider,
            language=plain_name(facts.language),
            editor=self._editor,
            invoked=int(facts.invoked),
            source=facts.source,
            outcome="shown" if facts.source else "none",
            reason=facts.reason,
            answer_ms=facts.answer_ms,
            asked_ms=None if facts.asked_ms is None else max(0.0, facts.asked_ms),
            characters=facts.characters,
        )
        self._count(row, "asked")
        if facts.is_outdated:
            self._count(row, f"reason:{facts.reason}")
            return None
        self._count(row, "answered")
        self._count_times(row, answer=row.answer_ms)
        if facts.reason not in NOT_IN_TIME:
            self._count(row, "in_time")
        if not facts.source:
            self._count(row, f"reason:{facts.reason}")
        elif facts.is_new:
            self._count(row, "shown")
            self._metrics.outcome(row)
        else:
            return None
        self._ledger.put(row)
        return row

    def streamed(
        self, row: SuggestionRow, usage: Usage, first_ms: float | None, whole_ms: float | None
    ) -> None:
        """Record the stream that a suggestion came from, once it has ended."""
        row.input_tokens, row.cached_tokens = usage.input_tokens, usage.cached_tokens
        row.output_tokens, row.cost_usd = usage.output_tokens, usage.cost_usd
        row.first_token_ms, row.whole_ms = first_ms, whole_ms
        self._count_times(row, asked=row.asked_ms, first=first_ms, whole=whole_ms)
        self._ledger.put(row)

    def became(self, row: SuggestionRow, outcome: str, characters: int = 0) -> None:
        """Record what became of a suggestion; the last outcome holds."""
        if outcome != row.outcome:
            if row.outcome != "shown":
                self._count(row, row.outcome, n=-1)
            self._count(row, outcome)
            row.outcome = outcome
            self._metrics.outcome(row)
        row.accepted_characters += characters
        self._count(row, "accepted_chars", n=characters)
        self._ledger.put(row)

    def kept(self, row: SuggestionRow, share: float) -> None:
        """Record how much of what was accepted is there after 30 seconds."""
        row.kept = round(share, 3)
        if share >= KEPT_SHARE:
            self._count(row, "kept")
        self._count(row, "seen_again")
        self._count(row, "seen_again_chars", n=row.accepted_characters)
        self._count(row, "kept_chars", n=round(share * row.accepted_characters))
        self._ledger.put(row)

    def kept_at_save(self, row: SuggestionRow, share: float) -> None:
        """Record how much of what was accepted is in the file as it was saved."""
        row.kept_at_save = round(share, 3)
        self._ledger.put(row)

    def typed(self, language: str, characters: int) -> None:
        """Record characters that the user typed."""
        key = TallyKey(self._ledger.day, "", plain_name(language), self._editor, "typed_chars")
        self._ledger.count([key], characters)

    def _count(self, row: SuggestionRow, *whats: str, n: int = 1) -> None:
        if n:
            self._ledger.count(
                (TallyKey(row.day, row.model, row.language, row.editor, what) for what in whats), n
            )

    def _count_times(self, row: SuggestionRow, **times: float | None) -> None:
        """Count times, by model alone: there are many buckets."""
        self._ledger.count(
            TallyKey(row.day, row.model, "", "", f"ms:{name}:{bucket_of(ms)}")
            for name, ms in times.items()
            if ms is not None
        )


def bucket_of(ms: float) -> int:
    """Return the bucket that a time falls into; 0 for up to a millisecond."""
    return round(math.log(max(ms, 1.0), BUCKET))


def ms_of(bucket: int) -> float:
    """Return a bucket's time in milliseconds, within 5 % of those in it."""
    return float(BUCKET**bucket)
