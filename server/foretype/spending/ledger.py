"""The spending record: one row per day and model, in a small file shared by a user's servers.

Holds days, models and numbers; never code, paths or prompts. The file is written in batches in a
thread, and a disk failure loses only the record.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass, fields
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from foretype.core.deadline import now

if TYPE_CHECKING:
    import sqlite3

log = logging.getLogger(__name__)

VARIABLE = "FORETYPE_LEDGER"
"""The environment variable that names another file, or ``:memory:`` for none."""
MEMORY = ":memory:"
FILE = "ledger.sqlite3"

BATCH_INTERVAL_S = 2.0
"""Seconds for which entries are collected before they are written."""
RETRY_S = 10.0
"""Seconds after which a failed write is retried."""
MAX_AGE_S = 10.0
"""Maximum age, in seconds, of what is known about other servers' spending."""
BUSY_TIMEOUT_S = 2.0
"""Seconds to wait while another server writes."""
CLOSE_TIMEOUT_S = 1.0
"""Seconds that writing the last entries may take at the end."""
MAX_NAME_CHARS = 200
"""Characters kept of a model's name."""

_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Counts that add up."""

    requests: int = 0
    estimated: int = 0
    """Requests with estimated tokens, because their streams were closed early."""
    unpriced: int = 0
    """Requests of unknown cost."""
    input_tokens: int = 0
    cached_tokens: int = 0
    """The part of the input tokens that the provider's prompt cache held."""
    output_tokens: int = 0
    cost_usd: float = 0.0
    shown: int = 0
    """Suggestions that were shown."""
    accepted: int = 0
    """Suggestions that were accepted, or parts of them."""
    saved_characters: int = 0
    """Characters inserted by accepting."""

    def __add__(self, other: Entry) -> Entry:
        return Entry(**{name: getattr(self, name) + getattr(other, name) for name in COLUMNS})

    @property
    def known_cost_usd(self) -> float | None:
        """The cost; None if no request has a price."""
        return None if self.requests and self.unpriced == self.requests else self.cost_usd


COLUMNS = tuple(field.name for field in fields(Entry))
NO_ENTRY = Entry()

_Rows = dict[tuple[str, str], Entry]
"""Entries by day and model."""


class Ledger:
    """One server's view of the file. For use on the event loop, except where noted."""

    def __init__(
        self,
        find: Callable[[], Path | None] = lambda: None,
        *,
        today: Callable[[], str] = lambda: date.today().isoformat(),
    ) -> None:
        """``find`` returns the file and is called in a thread; without it, memory is used."""
        self.session = NO_ENTRY
        """What was recorded here since the start."""
        self._find = find
        self._day = today
        self._file: _Rows = {}
        """Today's values in the file when it was last read."""
        self._writing: _Rows = {}
        self._unwritten: _Rows = {}
        self._read_at: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._has_failed = False

    def add(self, model: str, entry: Entry) -> None:
        """Record an entry for today. Never blocks and never fails."""
        key = (self._day(), model[:MAX_NAME_CHARS])
        self._unwritten[key] = self._unwritten.get(key, NO_ENTRY) + entry
        self.session += entry
        self._sync_in(BATCH_INTERVAL_S)

    def today(self) -> Entry:
        """Return today's totals over all models and servers, as far as known."""
        day, total = self._day(), NO_ENTRY
        for rows in (self._file, self._writing, self._unwritten):
            for (when, _), entry in rows.items():
                total = total + entry if when == day else total
        return total

    def keep_fresh(self) -> None:
        """Read other servers' spending, unless it was read recently."""
        if self._read_at is None or now() - self._read_at > MAX_AGE_S:
            self._sync_in(0.0)

    async def sync(self) -> None:
        """Write pending entries, and read today's totals."""
        if self._task is None:
            self._begin()
        if self._task is not None:
            await asyncio.shield(self._task)

    async def close(self) -> None:
        """Write pending entries, within a short time."""
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                while self._task is not None or (self._unwritten and not self._has_failed):
                    await self.sync()
        except TimeoutError:
            log.warning("the ledger's last entries were not written in time")
        self._stop_timer()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _sync_in(self, seconds: float) -> None:
        if self._timer is None and self._task is None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._begin)

    def _begin(self) -> None:
        self._stop_timer()
        self._task = asyncio.get_running_loop().create_task(self._exchange())
        self._task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("the ledger failed", exc_info=fault)
        if self._unwritten:
            self._sync_in(RETRY_S if self._has_failed else BATCH_INTERVAL_S)

    async def _exchange(self) -> None:
        self._writing, self._unwritten = self._unwritten, {}
        day = self._day()
        found = await asyncio.to_thread(_exchange, self._find, self._writing, day)
        self._read_at = now()
        if isinstance(found, str) and not self._has_failed:
            log.warning("the ledger is not written: %s", found)
        self._has_failed = isinstance(found, str)
        if isinstance(found, str):
            for key, entry in self._writing.items():
                self._unwritten[key] = entry + self._unwritten.get(key, NO_ENTRY)
        elif found is not None:
            self._file = found
        else:
            self._file = {
                key: self._file.get(key, NO_ENTRY) + self._writing.get(key, NO_ENTRY)
                for key in {*self._file, *self._writing}
                if key[0] == day
            }
        self._writing = {}


def file_of(environ: Mapping[str, str]) -> Path | None:
    """Return the file: from the environment, or in the platform's state directory.

    Call it in a thread, since it loads ``platformdirs``. None if nothing is to be stored.
    """
    named = environ.get(VARIABLE, "").strip()
    if named == MEMORY:
        return None
    if named:
        return Path(named).expanduser()
    import platformdirs

    return platformdirs.user_state_path("foretype", appauthor=False) / FILE


# --- on a thread ------------------------------------------------------------------------------


def _exchange(find: Callable[[], Path | None], rows: _Rows, day: str) -> _Rows | str | None:
    """Write rows and return today's, or a short description of the failure.

    None if there is no file.
    """
    try:
        path = find()
        if path is None:
            return None
    except (OSError, RuntimeError) as fault:
        return type(fault).__name__
    try:
        import sqlite3
    except ImportError:
        return "this Python has no SQLite"
    try:
        if not rows and not path.exists():
            return {}
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        try:
            return _write_and_read(connection, rows, day)
        finally:
            connection.close()
    except (OSError, sqlite3.Error, ValueError) as fault:
        # Not its text, which contains the path of the user's home.
        return type(fault).__name__


def _write_and_read(connection: sqlite3.Connection, rows: _Rows, day: str) -> _Rows:
    connection.execute("PRAGMA synchronous = NORMAL")
    _prepare(connection)
    if rows:
        columns = ", ".join(COLUMNS)
        places = ", ".join("?" * (2 + len(COLUMNS)))
        sums = ", ".join(f"{name} = {name} + excluded.{name}" for name in COLUMNS)
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            f"INSERT INTO days (day, model, {columns}) VALUES ({places}) "
            f"ON CONFLICT (day, model) DO UPDATE SET {sums}",
            [(*key, *astuple(entry)) for key, entry in rows.items()],
        )
        connection.execute("COMMIT")
    found = connection.execute(
        f"SELECT model, {', '.join(COLUMNS)} FROM days WHERE day = ?", (day,)
    )
    return {
        (day, model): Entry(**dict(zip(COLUMNS, counts, strict=True))) for model, *counts in found
    }


def _prepare(connection: sqlite3.Connection) -> None:
    """Create the table if needed. Raises ValueError for a newer version's file."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == _VERSION:
        return
    if version:
        raise ValueError("a newer foretype's ledger")
    # Others can then read while one writes.
    connection.execute("PRAGMA journal_mode = WAL")
    kinds = (
        f"{f.name} {'REAL' if f.type == 'float' else 'INTEGER'} NOT NULL" for f in fields(Entry)
    )
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS days "
        f"(day TEXT NOT NULL, model TEXT NOT NULL, {', '.join(kinds)}, PRIMARY KEY (day, model))"
    )
    connection.execute(f"PRAGMA user_version = {_VERSION}")
