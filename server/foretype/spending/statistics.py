"""Add up the ledger for ``foretype stats``. For use in threads.

Reads tallies and days, of which there are few, and the latest rows; never all of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from foretype.spending.entry import NO_ENTRY, Entry, Rows
from foretype.spending.ledger_file import opened, read_days
from foretype.spending.suggestion_log import TAKEN, ms_of
from foretype.spending.suggestion_row import FIELDS, SuggestionRow

if TYPE_CHECKING:
    import sqlite3

N_LATEST = 50
"""Rows that are read, the latest ones."""
STAGES = ("asked", "first", "whole", "answer")
"""Times that are measured: until the model is asked, from there to its first token and to the end
of its stream; and from a request to its answer."""
PERCENTILES = (50, 90, 99)


@dataclass(frozen=True, slots=True)
class Funnel:
    """How many requests came how far."""

    asked: int = 0
    """Requests of the editor."""
    answered: int = 0
    """Those whose text had not changed before."""
    in_time: int = 0
    """Those for which it was decided in time what to show, if anything."""
    shown: int = 0
    accepted: int = 0
    """Suggestions that were inserted at one stroke, or a part of them."""
    kept: int = 0
    """Accepted ones of which at least half was there after 30 seconds."""


@dataclass(frozen=True, slots=True)
class Group:
    """What concerns one model, language or editor."""

    name: str
    shown: int
    accepted: int
    typed_through: int
    rejected: int
    accepted_characters: int
    kept_share: float | None
    """The share of accepted characters that were there after 30 seconds."""

    @property
    def acceptance(self) -> float | None:
        return self.accepted / self.shown if self.shown else None


@dataclass(frozen=True, slots=True)
class Latency:
    """How long one stage took, in milliseconds."""

    stage: str
    count: int
    p50: float
    p90: float
    p99: float


@dataclass(frozen=True, slots=True)
class DayModel:
    """What one model cost on one day."""

    day: str
    model: str
    provider: str
    """The provider's slug; empty for the embedded engine, and in records of older versions."""
    entry: Entry

    @property
    def name(self) -> str:
        """The model, with where it was asked."""
        return f"{self.model} ({self.provider})" if self.provider else self.model


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """All that ``foretype stats`` shows of some days."""

    since: str
    until: str
    funnel: Funnel
    accepted_characters: int = 0
    typed_characters: int = 0
    kept_share: float | None = None
    latency: tuple[Latency, ...] = ()
    costs: tuple[DayModel, ...] = ()
    reasons: tuple[tuple[str, int], ...] = ()
    """Why nothing was shown, the most frequent first."""
    models: tuple[Group, ...] = ()
    languages: tuple[Group, ...] = ()
    editors: tuple[Group, ...] = ()
    latest: tuple[SuggestionRow, ...] = ()

    @property
    def completed_share(self) -> float | None:
        """The share of characters that were accepted, of those accepted or typed."""
        total = self.accepted_characters + self.typed_characters
        return self.accepted_characters / total if total else None

    @property
    def total(self) -> Entry:
        return sum((cost.entry for cost in self.costs), NO_ENTRY)

    @property
    def usd_per_1000_accepted(self) -> float | None:
        """US dollars for a thousand accepted characters."""
        if not self.accepted_characters or self.total.known_cost_usd is None:
            return None
        return self.total.cost_usd / self.accepted_characters * 1000

    @property
    def is_empty(self) -> bool:
        return not (self.funnel.asked or self.costs)


def first_day(until: str, days: int) -> str:
    """Return the first of so many days."""
    return (date.fromisoformat(until) - timedelta(days=max(days, 1) - 1)).isoformat()


def read_stats(path: Path | None, *, until: str, days: int) -> Stats:
    """Add up the latest days. Raises LedgerUnusable."""
    since = first_day(until, days)
    if path is None or not path.exists():
        return Stats(since=since, until=until, funnel=Funnel())
    with opened(path) as connection:
        tallies = connection.execute(
            "SELECT model, language, editor, what, sum(n) FROM tallies "
            "WHERE day BETWEEN ? AND ? GROUP BY model, language, editor, what",
            (since, until),
        ).fetchall()
        costs = read_days(connection, since)
        latest = _latest(connection)
    return added_up(since, until, tallies, costs, latest)


def _latest(connection: sqlite3.Connection) -> tuple[SuggestionRow, ...]:
    names = ", ".join(FIELDS)
    found = connection.execute(
        f"SELECT {names} FROM suggestions ORDER BY key DESC LIMIT ?", (N_LATEST,)
    )
    return tuple(SuggestionRow(**dict(zip(FIELDS, row, strict=True))) for row in found)


def added_up(
    since: str,
    until: str,
    tallies: Iterable[tuple[str, str, str, str, int]],
    costs: Rows,
    latest: tuple[SuggestionRow, ...],
) -> Stats:
    """Add up tallies, each with a model, a language, an editor, what it counts, and how often."""
    whole: Counter[str] = Counter()
    parts: tuple[defaultdict[str, Counter[str]], ...] = tuple(
        defaultdict(Counter) for _ in range(3)
    )
    for *names, what, n in tallies:
        whole[what] += n
        for part, name in zip(parts, names, strict=True):
            part[name][what] += n
    models, languages, editors = (_groups(part) for part in parts)
    reasons = Counter(
        {_after(what, "reason:"): n for what, n in whole.items() if "reason:" in what}
    )
    return Stats(
        since=since,
        until=until,
        funnel=Funnel(**{f.name: _taken(whole, f.name) for f in fields(Funnel)}),
        accepted_characters=whole["accepted_chars"],
        typed_characters=whole["typed_chars"],
        kept_share=_share(whole["kept_chars"], whole["seen_again_chars"]),
        latency=tuple(found for stage in STAGES if (found := _latency(stage, whole)) is not None),
        costs=tuple(
            DayModel(*key, entry)
            for key, entry in costs.items()
            if key[0] <= until and entry.requests + entry.cost_usd
        ),
        reasons=tuple(reasons.most_common()),
        models=models,
        languages=languages,
        editors=editors,
        latest=latest,
    )


def _taken(counts: Mapping[str, int], what: str) -> int:
    """Return a count; what was accepted in part is accepted."""
    return sum(counts.get(name, 0) for name in (TAKEN if what == "accepted" else (what,)))


def _groups(parts: Mapping[str, Counter[str]]) -> tuple[Group, ...]:
    groups = [
        Group(
            name=name,
            shown=counts["shown"],
            accepted=_taken(counts, "accepted"),
            typed_through=counts["typed"],
            rejected=counts["rejected"],
            accepted_characters=counts["accepted_chars"],
            kept_share=_share(counts["kept_chars"], counts["seen_again_chars"]),
        )
        for name, counts in parts.items()
        if name and counts["asked"]
    ]
    return tuple(sorted(groups, key=lambda group: (-group.shown, group.name)))


def _latency(stage: str, counts: Mapping[str, int]) -> Latency | None:
    prefix = f"ms:{stage}:"
    buckets = sorted((int(_after(w, prefix)), n) for w, n in counts.items() if w.startswith(prefix))
    total = sum(n for _, n in buckets)
    if total <= 0:
        return None
    return Latency(stage, total, *(_percentile(buckets, total * p / 100) for p in PERCENTILES))


def _percentile(buckets: Sequence[tuple[int, int]], rank: float) -> float:
    """Return the time of the first bucket by which so many are passed."""
    passed = accumulate(n for _, n in buckets)
    found = next(b for (b, _), n in zip(buckets, passed, strict=True) if n >= rank)
    return round(ms_of(found), 1)


def _after(what: str, prefix: str) -> str:
    return what[len(prefix) :]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
