"""The record of what was spent and suggested, in a small file shared by a user's servers.

Written in batches in a thread, so that nobody waits for a disk. Where the file cannot be used,
only the record is lost: what may be spent goes by what this server and the last good count know.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from foretype.core.deadline import now
from foretype.spending.allowance import Claim, Limits, granted_usd
from foretype.spending.entry import NO_ENTRY, Entry, Rows, total
from foretype.spending.last_count import SpentCount, read_count, write_count
from foretype.spending.ledger_file import (
    LEASE_S,
    Batch,
    Exchange,
    Found,
    LedgerUnusable,
    added,
    exchange,
    spent_in,
)
from foretype.spending.suggestion_row import MAX_NAME_CHARS, SuggestionRow, TallyKey

log = logging.getLogger(__name__)

VARIABLE = "FORETYPE_LEDGER"
"""The environment variable that names another file, or ``:memory:`` for none."""
MEMORY = ":memory:"
FILE = "ledger.sqlite3"

BATCH_INTERVAL_S = 0.5
"""Seconds for which entries are collected before they are written. No entry waits longer, but for
a visit that is under way: a server that is killed loses the entries of this time, or of that visit
if it took longer, and of the next visit."""
RETRY_S = 10.0
"""Seconds after which a failed write is retried."""
MAX_AGE_S = 10.0
"""Maximum age, in seconds, of what is known about other servers' spending."""
CLOSE_TIMEOUT_S = 1.0
"""Seconds that writing the last entries may take at the end."""


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
        self.keep_days = 90
        """Days after which rows are deleted."""
        self.failure = ""
        """Why the file cannot be used; empty if it can, or was not tried yet."""
        self._find = find
        self._day = today
        self._server = secrets.token_hex(8)
        self._limits = Limits()
        self._rows: Rows = {}
        """This month's rows in the file when it was last read."""
        self._rows_spent = self._missing = SpentCount(today())
        """What was spent by these rows, and what is known to be spent beyond them."""
        self._writing = Batch()
        self._unwritten = Batch()
        self._granted_usd = 0.0
        self._spent_of_grant_usd = 0.0
        self._granted_until = 0.0
        self._running_usd = 0.0
        self._wanted_usd = 0.0
        self._dearest_usd = 0.0
        self._counted_usd = 0.0
        """What of this server's unwritten costs the last good count has already."""
        self._read_at: float | None = None
        self._oldest_at: float | None = None
        """When the oldest entry was added that no visit has taken along; None without one."""
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    # -- what is recorded ----------------------------------------------------------------------

    @property
    def day(self) -> str:
        """The day, as in ``2026-11-21``."""
        return self._day()

    def add(self, model: str, entry: Entry, provider: str = "") -> None:
        """Record an entry for today. Never blocks and never fails."""
        self._unwritten.add(self._day(), model[:MAX_NAME_CHARS], entry, provider)
        self.session += entry
        self._spent_of_grant_usd += entry.cost_usd
        self._write_soon()

    def put(self, row: SuggestionRow) -> None:
        """Record an answer, or what became of it since."""
        self._unwritten.suggestions[row.key] = row
        self._write_soon()

    def count(self, keys: Iterable[TallyKey], n: int = 1) -> None:
        """Record that something happened."""
        for key in keys:
            self._unwritten.tallies[key] += n
        self._write_soon()

    # -- what was spent ------------------------------------------------------------------------

    def today(self) -> Entry:
        """Return today's totals over all models and servers, as far as known."""
        parts = (self._rows, self._writing.days, self._unwritten.days)
        return sum((total(rows, self._day()) for rows in parts), NO_ENTRY)

    def spent(self) -> SpentCount:
        """Return what was spent today and this month, with what only the last good count has."""
        missing = self._missing.on(self._day())
        return self._known().plus(missing.today_usd, missing.month_usd)

    def _known(self) -> SpentCount:
        count = self._rows_spent.on(self._day())
        for batch in (self._writing, self._unwritten):
            for (day, *_), entry in batch.days.items():
                count = count.plus(
                    entry.cost_usd if day == count.day else 0.0,
                    entry.cost_usd if day[:7] == count.day[:7] else 0.0,
                )
        return count

    def keep_fresh(self) -> None:
        """Read other servers' spending, unless it was read recently."""
        if self._read_at is None or now() - self._read_at > MAX_AGE_S:
            self._sync_at(now())

    # -- what is reserved ----------------------------------------------------------------------

    async def reserve(self, usd: float, limits: Limits) -> bool:
        """Reserve the highest cost of a request; False if the limits leave nothing for it.

        Waits for the file only where this server has not reserved enough ahead.
        """
        self._limits = limits
        self._dearest_usd = max(self._dearest_usd, usd)
        while not self._has_free(usd):
            is_late = self._is_visiting  # A visit that began knows nothing of this request.
            self._wanted_usd = usd
            await self.sync()
            if not is_late and not self._has_free(usd):
                self._wanted_usd = 0.0
                return False
        self._wanted_usd = 0.0
        self._running_usd += usd
        return True

    def release(self, usd: float) -> None:
        """Give back what was reserved; what the request cost is recorded by ``add``."""
        self._running_usd = max(0.0, self._running_usd - usd)

    def _has_free(self, usd: float) -> bool:
        if now() > self._granted_until:
            return False  # Others count with it no more.
        free = self._granted_usd - self._spent_of_grant_usd - self._running_usd
        return free > 0 and free >= usd

    # -- visits to the file --------------------------------------------------------------------

    async def sync(self) -> None:
        """Write what is pending, and read what was spent."""
        if not self._is_visiting:
            self._begin()
        if self._task is not None:
            await asyncio.shield(self._task)

    async def close(self) -> None:
        """Write what is pending and give back what is reserved, within a short time."""
        self._limits = Limits()
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                if self._is_visiting:
                    await self.sync()
                while self.owes_a_visit:
                    await self.sync()
                    if self.failure:
                        break
        except TimeoutError:
            log.warning("the ledger's last entries were not written in time")
        self._stop_timer()

    @property
    def owes_a_visit(self) -> bool:
        """Whether something is to be written, or to be given back."""
        return bool(self._writing or self._unwritten) or self._granted_usd > 0

    @property
    def _is_visiting(self) -> bool:
        return self._task is not None and not self._task.done()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _write_soon(self) -> None:
        if self._oldest_at is None:
            self._oldest_at = now()
        self._sync_at(now() + RETRY_S if self.failure else self._oldest_at + BATCH_INTERVAL_S)

    def _sync_at(self, at: float) -> None:
        if self._is_visiting or (self._timer is not None and self._timer.when() <= at):
            return
        self._stop_timer()
        self._timer = asyncio.get_running_loop().call_at(at, self._begin)

    def _begin(self) -> None:
        self._stop_timer()
        self._task = asyncio.get_running_loop().create_task(self._visit())
        self._task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        if self._task is task:
            self._task = None
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("the ledger failed", exc_info=fault)
        if self._unwritten:
            self._write_soon()
        elif self._running_usd > 0:
            self._sync_at(now() + LEASE_S / 2)  # A long request keeps what is reserved for it.

    async def _visit(self) -> None:
        self._writing, self._unwritten, self._oldest_at = self._unwritten, Batch(), None
        spent_before, began = self._spent_of_grant_usd, now()
        visit = Exchange(
            day=self._day(),
            batch=self._writing,
            server=self._server,
            claim=Claim(
                limits=self._limits,
                running_usd=self._running_usd,
                wanted_usd=self._wanted_usd,
                dearest_usd=self._dearest_usd,
            ),
            keep_days=self.keep_days,
            counted_usd=self._counted_usd,
        )
        writing_usd = sum(entry.cost_usd for entry in self._writing.days.values())
        new_usd = writing_usd - self._counted_usd
        done = await asyncio.to_thread(_visit, self._find, visit, self._known(), new_usd)
        self._read_at = now()
        self._take(visit.day, done, writing_usd)
        self._granted_usd = done.found.granted_usd
        self._spent_of_grant_usd -= spent_before
        self._granted_until = began + LEASE_S * 0.9

    def _take(self, day: str, done: _Visited, writing_usd: float) -> None:
        """Take over what a visit found, or keep what it could not write."""
        if done.failure and not self.failure:
            log.warning("the ledger is not written: %s", done.failure)
        self.failure, self._missing = done.failure, done.found.missing or SpentCount(day)
        written, self._writing = self._writing, Batch()
        if done.failure:
            self._unwritten = written.put_before(self._unwritten)
            self._counted_usd = writing_usd
            return
        self._counted_usd = 0.0
        rows = done.found.rows if done.has_file else added(self._rows, written.days)
        self._rows = {key: entry for key, entry in rows.items() if key[0] >= day[:7]}
        self._rows_spent = spent_in(self._rows, day)


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


def file_beside(environ: Mapping[str, str], name: str) -> Path | None:
    """Return a file in the ledger's folder; None if nothing is to be stored.

    Call it in a thread.
    """
    ledger = file_of(environ)
    return None if ledger is None else ledger.with_name(name)


# --- on a thread ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Visited:
    """How a visit went."""

    found: Found
    failure: str = ""
    has_file: bool = True


def _visit(
    find: Callable[[], Path | None], visit: Exchange, known: SpentCount, new_usd: float
) -> _Visited:
    """Visit the file. Where it cannot be used, go by what is known and the last good count.

    ``known`` has been spent as far as this server knows; ``new_usd`` of it is not in that count.
    """
    path = None
    try:
        path = find()
        if path is not None:
            return _Visited(exchange(path, visit))
        failure, missing = "", SpentCount(visit.day)
    except (OSError, RuntimeError) as fault:
        failure, missing = f"its folder cannot be found ({type(fault).__name__})", None
    except LedgerUnusable as fault:
        failure, missing = str(fault), None
    if missing is None:
        missing = _missing(path, visit.day, known, new_usd)
    spent = known.plus(missing.today_usd, missing.month_usd) if failure else known
    granted = granted_usd(
        visit.claim, today_usd=spent.today_usd, month_usd=spent.month_usd, others_usd=0.0
    )
    return _Visited(Found(missing=missing, granted_usd=granted), failure, has_file=False)


def _missing(path: Path | None, day: str, known: SpentCount, new_usd: float) -> SpentCount:
    """Add what is new to the last good count; return what it has beyond what is known here."""
    if path is None:
        return SpentCount(day)
    count = read_count(path, day)
    if new_usd > 0:
        count = count.plus(new_usd, new_usd).at_least(known)
        write_count(path, count)
    return count.minus(known)
