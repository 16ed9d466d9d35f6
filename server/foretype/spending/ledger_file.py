"""The ledger's file: an SQLite database that all servers of a user share.

Holds days, models, numbers and outcomes; never code, paths or prompts. For use in threads. A
server that is killed at any moment leaves a file that opens, without its last uncommitted batch.

* days         what was spent, by day, model and provider
* suggestions  one row an answer
* tallies      how often what happened, by day, model, language and editor
* leases       what running servers have reserved of the budget
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field, fields
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from foretype.spending.allowance import Claim, granted_usd
from foretype.spending.entry import COLUMNS, NO_ENTRY, Entry, Rows, entry_of, number, total
from foretype.spending.last_count import SpentCount, read_count, write_count
from foretype.spending.suggestion_row import (
    FIELDS,
    SuggestionRow,
    Tallies,
    key_at,
)

if TYPE_CHECKING:
    import sqlite3

BUSY_TIMEOUT_S = 2.0
"""Seconds to wait while another server writes."""
LEASE_S = 600.0
"""Seconds for which a reservation holds unless its server renews it."""
MAX_WAITING_ROWS = 2000
"""Rows that are kept in memory while the file cannot be written; beyond that the oldest go."""
MAX_DELETED_ROWS = 5000
"""Rows that are deleted at a time, so that nobody waits long."""
DAY_S = 86_400

VERSION = 3
_DAYS = ("day", "model", "provider")
_TALLY = ("day", "model", "language", "editor", "what")


class LedgerUnusable(Exception):
    """The file cannot be used; the text says why, without a path."""


@dataclass(slots=True)
class Batch:
    """What is to be written."""

    days: Rows = field(default_factory=dict)
    suggestions: dict[int, SuggestionRow] = field(default_factory=dict)
    tallies: Tallies = field(default_factory=Tallies)

    def __bool__(self) -> bool:
        return bool(self.days or self.suggestions or self.tallies)

    def add(self, day: str, model: str, entry: Entry, provider: str = "") -> None:
        key = day, model, provider
        self.days[key] = self.days.get(key, NO_ENTRY) + entry

    def put_before(self, newer: Batch) -> Batch:
        """Return both batches as one, this one being the older."""
        for (day, model, provider), entry in newer.days.items():
            self.add(day, model, entry, provider)
        self.suggestions |= newer.suggestions
        while len(self.suggestions) > MAX_WAITING_ROWS:
            del self.suggestions[next(iter(self.suggestions))]
        self.tallies.update(newer.tallies)
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One visit to the file."""

    day: str
    batch: Batch
    server: str = ""
    """Names this server among those that have reserved something."""
    claim: Claim = Claim()
    keep_days: int = 90
    counted_usd: float = 0.0
    """What of the batch the last good count has already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a visit found."""

    rows: Rows = field(default_factory=dict)
    """This month's, with the batch."""
    missing: SpentCount | None = None
    """What the last good count has beyond the rows."""
    granted_usd: float = 0.0
    """What this server may spend until the next visit, in US dollars."""


def exchange(path: Path, visit: Exchange) -> Found:
    """Write a batch, read this month's rows, renew the reservation. Raises LedgerUnusable."""
    if not visit.batch and not visit.claim.limits.exist and not path.exists():
        return Found()
    with opened(path) as connection:
        connection.execute("BEGIN IMMEDIATE")
        # Read before it is added to: SQLite takes text for 0 there.
        before = read_days(connection, visit.day[:7])
        count = read_count(path, visit.day)
        missing = count.minus(spent_in(before, visit.day)).minus(
            SpentCount(visit.day, visit.counted_usd, visit.counted_usd)
        )
        _write(connection, visit.batch)
        _forget_old(connection, visit.day, visit.keep_days)
        rows = added(before, visit.batch.days)
        spent = spent_in(rows, visit.day).plus(missing.today_usd, missing.month_usd)
        granted = _lease(connection, visit, spent)
        connection.execute("COMMIT")
    if spent != count:
        write_count(path, spent)
    return Found(rows=rows, missing=missing, granted_usd=granted)


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file in this version's format, making or migrating it.

    Raises LedgerUnusable, also for faults while it is used; nothing of a transaction is kept then.
    """
    try:
        import sqlite3
    except ImportError:
        raise LedgerUnusable("this Python has no SQLite") from None
    connection = None
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        connection.execute("PRAGMA synchronous = NORMAL")
        _prepare(connection)
        yield connection
    except sqlite3.Error as fault:
        # Not its text, which may contain a path.
        raise LedgerUnusable(_in_words(fault)) from None
    except OSError as fault:
        raise LedgerUnusable(f"its folder cannot be used ({type(fault).__name__})") from None
    except ValueError as fault:
        raise LedgerUnusable(str(fault)) from None
    finally:
        if connection is not None:
            connection.close()


def read_days(connection: sqlite3.Connection, since: str) -> Rows:
    """Read the rows from a day or month on. Raises ValueError for a row that is none."""
    names = ", ".join(COLUMNS)
    rows: Rows = {}
    for day, model, provider, *counts in connection.execute(
        f"SELECT {', '.join(_DAYS)}, {names} FROM days WHERE day >= ? ORDER BY day", (since,)
    ):
        rows[str(day), str(model), str(provider)] = entry_of(counts)
    return rows


def added(rows: Rows, newer: Rows) -> Rows:
    """Add rows to those of the same day, model and provider."""
    return rows | {key: rows.get(key, NO_ENTRY) + entry for key, entry in newer.items()}


def spent_in(rows: Rows, day: str) -> SpentCount:
    """Return what rows say was spent on a day, and in its month."""
    return SpentCount(day, total(rows, day).cost_usd, total(rows, day[:7]).cost_usd)


def forget(path: Path, day: str) -> None:
    """Delete all that is kept, but for this month's costs, which budgets go by.

    Raises LedgerUnusable.
    """
    if not path.exists():
        return
    with opened(path) as connection:
        spent = read_days(connection, day[:7])
        connection.execute("BEGIN IMMEDIATE")
        for table in ("days", "suggestions", "tallies"):
            connection.execute(f"DELETE FROM {table}")
        costs = {key: Entry(cost_usd=entry.cost_usd) for key, entry in spent.items()}
        _write(connection, Batch(days=costs))
        connection.execute("COMMIT")
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _write(connection: sqlite3.Connection, batch: Batch) -> None:
    if batch.days:
        names = (*_DAYS, *COLUMNS)
        sums = ", ".join(f"{name} = {name} + excluded.{name}" for name in COLUMNS)
        connection.executemany(
            f"{_insert('days', names)} ON CONFLICT ({', '.join(_DAYS)}) DO UPDATE SET {sums}",
            [(*key, *astuple(entry)) for key, entry in batch.days.items()],
        )
    if batch.suggestions:
        connection.executemany(
            _insert("suggestions", FIELDS, "INSERT OR REPLACE"),
            [astuple(row) for row in batch.suggestions.values()],
        )
    if batch.tallies:
        connection.executemany(
            f"{_insert('tallies', (*_TALLY, 'n'))} "
            f"ON CONFLICT ({', '.join(_TALLY)}) DO UPDATE SET n = n + excluded.n",
            [(*astuple(key), n) for key, n in batch.tallies.items()],
        )


def _insert(table: str, names: tuple[str, ...], verb: str = "INSERT") -> str:
    places = ", ".join("?" * len(names))
    return f"{verb} INTO {table} ({', '.join(names)}) VALUES ({places})"


def _forget_old(connection: sqlite3.Connection, day: str, keep_days: int) -> None:
    """Delete what is too old. This month's costs stay, since budgets go by them."""
    oldest = (date.fromisoformat(day) - timedelta(days=keep_days)).isoformat()
    connection.execute("DELETE FROM days WHERE day < ?", (min(oldest, day[:7]),))
    connection.execute("DELETE FROM tallies WHERE day < ?", (oldest,))
    connection.execute(
        "DELETE FROM suggestions WHERE key IN "
        "(SELECT key FROM suggestions WHERE key < ? ORDER BY key LIMIT ?)",
        (key_at(time.time() - keep_days * DAY_S), MAX_DELETED_ROWS),
    )


def _lease(connection: sqlite3.Connection, visit: Exchange, spent: SpentCount) -> float:
    """Reserve what this server claims, next to what others have reserved."""
    if not visit.claim.limits.exist:
        connection.execute("DELETE FROM leases WHERE server = ?", (visit.server,))
        return 0.0
    wall = time.time()
    connection.execute("DELETE FROM leases WHERE until < ?", (wall,))
    leases = connection.execute("SELECT usd FROM leases WHERE server != ?", (visit.server,))
    others = sum(number(usd) for (usd,) in leases)
    granted = granted_usd(
        visit.claim, today_usd=spent.today_usd, month_usd=spent.month_usd, others_usd=others
    )
    connection.execute(
        _insert("leases", ("server", "until", "usd"), "INSERT OR REPLACE"),
        (visit.server, wall + LEASE_S, granted),
    )
    return granted


def _prepare(connection: sqlite3.Connection) -> None:
    """Make the tables that are missing. Raises ValueError for a newer version's file."""
    version = _version(connection)
    if version == VERSION:
        return
    if version > VERSION:
        raise ValueError("a newer foretype wrote it")
    # Others can then read while one writes.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")
    version = _version(connection)  # Another server may have done it meanwhile.
    if 0 < version < VERSION:
        connection.execute("ALTER TABLE days RENAME TO days_before")
    names = ", ".join(f"{name} TEXT NOT NULL" for name in _DAYS)
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS days "
        f"({names}, {_columns(Entry)}, PRIMARY KEY ({', '.join(_DAYS)}))"
    )
    if 0 < version < VERSION:
        counts = ", ".join(COLUMNS)
        connection.execute(
            f"INSERT INTO days ({', '.join(_DAYS)}, {counts}) "
            f"SELECT day, model, '', {counts} FROM days_before"
        )
        connection.execute("DROP TABLE days_before")
    if version == 2:
        connection.execute("ALTER TABLE suggestions ADD COLUMN provider TEXT NOT NULL DEFAULT ''")
    connection.execute(f"CREATE TABLE IF NOT EXISTS suggestions ({_columns(SuggestionRow)})")
    names = ", ".join(f"{name} TEXT NOT NULL" for name in _TALLY)
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS tallies ({names}, n INTEGER NOT NULL, "
        f"PRIMARY KEY ({', '.join(_TALLY)})) WITHOUT ROWID"
    )
    connection.execute(
        "CREATE TABLE IF NOT EXISTS leases "
        "(server TEXT PRIMARY KEY, until REAL NOT NULL, usd REAL NOT NULL)"
    )
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _columns(kind: type[Entry] | type[SuggestionRow]) -> str:
    kinds = {"int": "INTEGER NOT NULL", "float": "REAL NOT NULL", "str": "TEXT NOT NULL"}
    return ", ".join(
        f"{f.name} INTEGER PRIMARY KEY"
        if f.name == "key"
        else f"{f.name} {kinds.get(str(f.type), 'REAL')}"
        for f in fields(kind)
    )


def _in_words(fault: sqlite3.Error) -> str:
    import sqlite3

    text = str(fault)
    known = {
        "not a database": "it is not a ledger",
        "malformed": "it is damaged",
        "full": "the disk is full",
        "locked": "another program holds it",
        "readonly": "it may not be written",
        "unable to open": "it cannot be opened",
    }
    found = next((words for part, words in known.items() if part in text), "")
    if not found and isinstance(fault, sqlite3.OperationalError) and "no such" in text:
        found = "it is not a ledger"
    return found or f"SQLite reports {type(fault).__name__}"
