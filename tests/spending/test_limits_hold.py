"""No limit is passed by more than one request, whatever happens to the ledger's file."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers.virtual import run as run_virtual
from helpers.virtual import virtual
from hypothesis import given, settings
from hypothesis import strategies as st

from foretype.models.metered_model import BudgetUsedUp, MeteredModel, highest
from foretype.models.protocol import Chunk, Message, Prompt
from foretype.models.scripted import Script, ScriptedModel
from foretype.spending import ledger_file
from foretype.spending.allowance import TOLERANCE_USD, Claim, Limits, granted_usd
from foretype.spending.budget import Budget
from foretype.spending.entry import COLUMNS, Entry
from foretype.spending.last_count import SpentCount, read_count, write_count
from foretype.spending.ledger import Ledger
from foretype.spending.statistics import read_stats
from foretype.spending.suggestion_row import FIELDS, new_key
from foretype.spending.usage import Usage

DAY = "2026-11-21"


class Server:
    """A server's budget at a shared file, and what it says."""

    def __init__(self, path: Path, *, daily: float = 0.0, monthly: float = 0.0) -> None:
        self.day = DAY
        self.said: list[str] = []
        self.ledger = Ledger(lambda: path, today=lambda: self.day)
        self.budget = Budget(
            self.ledger,
            daily_usd=daily,
            monthly_usd=monthly,
            tell=self.said.append,
        )

    async def spend(self, usd: float, *, most: float | None = None, wait_s: float = 0.0) -> bool:
        """Make a request that costs so much; False where the budget forbids it."""
        highest_usd = usd if most is None else most
        reserved = await self.budget.reserve("m", lambda: highest_usd)
        if reserved is None:
            return False
        await asyncio.sleep(wait_s)
        self.ledger.add("m", Entry(requests=1, cost_usd=usd))
        self.budget.release(reserved)
        return True


def written(path: Path) -> float:
    with sqlite3.connect(path) as connection:
        (usd,) = connection.execute("SELECT total(cost_usd) FROM days").fetchone()
    connection.close()
    return float(usd)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite3"


# --- limits that several servers share --------------------------------------------------------


@given(
    st.integers(1, 3),
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(1, 400), st.integers(0, 3), st.booleans()),
        min_size=1,
        max_size=40,
    ),
)
@settings(max_examples=60, deadline=None)
def test_all_servers_together_pass_no_limit_by_more_than_one_request(
    n_servers: int, requests: list[tuple[int, int, int, bool]]
) -> None:
    """Requests of some thousandths of a dollar, that overlap and come to any of the servers."""
    folder = Path(tempfile.mkdtemp())

    async def main() -> None:
        servers = [Server(folder / "l.sqlite3", daily=1.0) for _ in range(n_servers)]
        tasks = []
        for at, thousandths, seconds, is_beside in requests:
            server = servers[at % n_servers]
            task = asyncio.create_task(server.spend(thousandths / 1000, wait_s=seconds / 2))
            tasks.append(task)
            if not is_beside:
                await task
        done = await asyncio.gather(*tasks)
        for server in servers:
            await server.ledger.close()
        costs = [r[1] / 1000 for r, went in zip(requests, done, strict=True) if went]
        assert sum(costs) <= 1.0 + max(costs, default=0.0)
        if costs:
            assert written(folder / "l.sqlite3") == pytest.approx(sum(costs))

    try:
        run_virtual(main())
    finally:
        shutil.rmtree(folder)


@given(
    st.floats(0, 10),
    st.floats(0, 10),
    st.floats(0, 10),
    st.floats(0, 5),
    st.floats(0.001, 5),
)
def test_what_is_granted_leaves_at_most_one_request_beyond_the_limit(
    daily: float, spent: float, others: float, running: float, wanted: float
) -> None:
    claim = Claim(
        limits=Limits(daily_usd=daily), running_usd=running, wanted_usd=wanted, dearest_usd=wanted
    )
    granted = granted_usd(claim, today_usd=spent, month_usd=spent, others_usd=others)
    if not daily:
        assert granted == 0
    elif spent + others + running >= daily - TOLERANCE_USD:
        assert granted == running
    else:
        most = max(daily - spent - others, running + wanted)
        assert running + wanted <= granted <= most + 1e-6


@virtual
async def test_what_runs_counts_before_it_is_paid(path: Path) -> None:
    mine, other = Server(path, daily=1.0), Server(path, daily=1.0)
    running = asyncio.create_task(mine.spend(0.1, most=1.2, wait_s=5))
    await asyncio.sleep(0.1)
    assert not await other.spend(0.1) and not await mine.spend(0.1)
    assert await running
    await asyncio.sleep(1)
    assert await other.spend(0.1) and await mine.spend(0.1)


@virtual
async def test_a_request_that_waits_for_no_file_is_the_rule(path: Path) -> None:
    mine = Server(path, daily=100.0)
    assert await mine.spend(0.01)
    await mine.ledger.sync()
    visits = 0
    for _ in range(5):
        reserving = asyncio.ensure_future(mine.budget.reserve("m", lambda: 0.01))
        await asyncio.sleep(0)
        visits += not reserving.done()
        reserved = await reserving
        assert reserved is not None
        mine.budget.release(reserved)
    assert visits <= 1


@virtual
async def test_a_limit_for_the_month_holds_over_its_days(path: Path) -> None:
    mine = Server(path, daily=1.0, monthly=2.5)
    for day, may in (("2026-11-28", 2), ("2026-11-29", 2), ("2026-11-30", 1), ("2026-12-01", 2)):
        mine.day = day
        went = 0
        while went < 20 and await mine.spend(0.5):
            went += 1
        assert went == may
        if day == "2026-11-30":
            assert "This month's budget of $2.50" in mine.budget.refusal
        elif went:
            assert "Today's budget of $1.00" in mine.budget.refusal


async def test_more_is_allowed_of_the_limit_alone_that_is_reached(path: Path) -> None:
    server = Server(path, daily=5.0, monthly=5.0)
    assert await server.spend(5.0)
    server.day = "2026-11-22"
    server.budget.allow_more()
    assert (server.budget.daily_usd, server.budget.monthly_usd) == (5.0, 6.25)
    await server.ledger.close()


@virtual
async def test_a_budget_that_is_nearly_used_up_says_so(path: Path) -> None:
    mine = Server(path, daily=1.0)
    assert await mine.spend(0.85)
    assert await mine.spend(0.06)
    notice: str = mine.budget.notice
    assert notice == "Less than a tenth of today's budget of $1.00 is left."
    assert await mine.spend(0.1) and mine.budget.is_used_up and not mine.budget.notice
    other = Server(path, monthly=1.05)
    await other.ledger.sync()
    await mine.ledger.sync()
    await other.ledger.sync()
    assert other.budget.notice == "Less than a tenth of this month's budget of $1.05 is left."


@virtual
async def test_what_a_server_that_died_had_reserved_comes_back(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    died, other = Server(path, daily=1.0), Server(path, daily=1.0)
    task = asyncio.create_task(died.spend(0.9, most=1.0, wait_s=10**6))
    await asyncio.sleep(0.1)
    assert not await other.spend(0.1)
    monkeypatch.setattr("time.time", lambda: 4_000_000_000.0)
    assert await other.spend(0.1)
    task.cancel()


@virtual
async def test_a_request_reserves_what_it_may_cost_at_most(path: Path) -> None:
    scripted = ScriptedModel(Script(["a", Chunk(usage=Usage(input_tokens=100))]))
    mine = Server(path, daily=0.2)
    model = MeteredModel(scripted, mine.budget, price=lambda usage: usage.input_tokens / 1000)
    prompt = Prompt(messages=(Message("user", "x" * 100),))

    async def read() -> None:
        async for _ in model.stream(prompt):
            pass

    await asyncio.gather(read(), read(), return_exceptions=True)
    with pytest.raises(BudgetUsedUp):
        await read()
    assert mine.ledger.spent().today_usd == pytest.approx(0.2)


@given(st.text(), st.text(), st.integers(1, 1000))
def test_no_request_has_more_tokens_than_are_reserved(a: str, b: str, most: int) -> None:
    prompt = Prompt(messages=(Message("system", a), Message("user", b)), max_tokens=most)
    reserved = highest(prompt)
    assert reserved.input_tokens >= len((a + b).encode("utf-8", "surrogatepass"))
    assert reserved.output_tokens == most


# --- a file that cannot be used ---------------------------------------------------------------


def garbage(path: Path) -> None:
    _remove_log(path)
    path.write_bytes(b"this is no database " * 100)


def truncated(path: Path) -> None:
    _remove_log(path)
    os.truncate(path, path.stat().st_size // 2)


def newer(path: Path) -> None:
    _change(path, "PRAGMA user_version = 99")


def text_for_a_number(path: Path) -> None:
    _change(path, "UPDATE days SET cost_usd = 'nothing'")


def endless(path: Path) -> None:
    _change(path, "UPDATE days SET cost_usd = -1e999")


def deleted(path: Path) -> None:
    _remove_log(path)
    path.unlink()


def other_tables(path: Path) -> None:
    _change(path, "DROP TABLE days")


def a_folder(path: Path) -> None:
    deleted(path)
    path.mkdir()


def _remove_log(path: Path) -> None:
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _change(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    "spoil",
    [garbage, truncated, newer, text_for_a_number, endless, deleted, other_tables, a_folder],
)
def test_a_file_that_cannot_be_used_opens_no_budget(
    path: Path, spoil: Callable[[Path], None]
) -> None:
    async def main() -> None:
        first = Server(path, daily=1.0)
        for _ in range(8):
            assert await first.spend(0.1)
        await first.ledger.close()
        spoil(path)
        second = Server(path, daily=1.0)
        went = 0
        while went < 20 and await second.spend(0.1):
            went += 1
        assert went in (2, 3)
        await second.ledger.close()
        third = Server(path, daily=1.0)
        assert not await third.spend(0.1)
        assert second.said == third.said or spoil is deleted
        if spoil is not deleted:
            assert len(set(second.said)) == 1 and "cannot be used" in second.said[0]
            assert str(path.parent) not in second.said[0]

    run_virtual(main())


@pytest.mark.parametrize("spoil", [garbage, newer, text_for_a_number])
def test_a_file_that_is_spoiled_while_it_is_used_opens_no_budget(
    path: Path, spoil: Callable[[Path], None]
) -> None:
    async def main() -> None:
        mine = Server(path, daily=1.0)
        for _ in range(5):
            assert await mine.spend(0.1)
        await mine.ledger.sync()
        spoil(path)
        went = 0
        while went < 20 and await mine.spend(0.1):
            went += 1
        assert went in (5, 6)

    run_virtual(main())


def test_a_full_disk_opens_no_budget(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        mine = Server(path, daily=1.0)
        assert await mine.spend(0.5)
        await mine.ledger.close()
        connect = sqlite3.connect

        def full(*args: object, **options: object) -> sqlite3.Connection:
            connection: sqlite3.Connection = connect(*args, **options)  # type: ignore[call-overload]
            connection.execute("PRAGMA max_page_count = 1")
            return connection

        monkeypatch.setattr(sqlite3, "connect", full)
        other = Server(path, daily=1.0)
        for n in range(40):  # Until the tables need another page.
            other.ledger.add(f"{n}" * 180, Entry(requests=1))
        assert await other.spend(0.3) and await other.spend(0.3)
        assert not await other.spend(0.3)
        assert [s for s in other.said if "the disk is full" in s]

    run_virtual(main())


@given(st.binary(max_size=200) | st.text().map(lambda t: t.encode("utf-8", "replace")))
def test_a_count_that_cannot_be_read_is_no_fault(content: bytes) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        (folder / "l.count").write_bytes(content)
        assert read_count(folder / "l", DAY) == SpentCount(DAY)
        write_count(folder / "l", SpentCount(DAY, 1.0, 2.0))
        assert read_count(folder / "l", DAY) == SpentCount(DAY, 1.0, 2.0)
        assert read_count(folder / "l", "2026-11-22") == SpentCount("2026-11-22", 0.0, 2.0)
        assert read_count(folder / "l", "2026-12-01") == SpentCount("2026-12-01")
    finally:
        shutil.rmtree(folder)


@pytest.mark.parametrize("version", [1, 2])
def test_yesterdays_format_is_taken_over(path: Path, version: int) -> None:
    columns = ", ".join(f"{name} NOT NULL" for name in COLUMNS)
    connection = sqlite3.connect(path)
    connection.execute(f"CREATE TABLE days (day, model, {columns}, PRIMARY KEY (day, model))")
    zeros = ", 0" * (len(COLUMNS) - 2)
    connection.execute(f"INSERT INTO days VALUES ('{DAY}', 'flash', 3{zeros}, 0)")
    connection.execute("UPDATE days SET cost_usd = 0.9")
    if version == 2:
        old = ", ".join(name for name in FIELDS if name != "provider")
        connection.execute(f"CREATE TABLE suggestions ({old}, PRIMARY KEY (key))")
        row = f"({new_key()}, '{DAY}', 'flash')"
        connection.execute(f"INSERT INTO suggestions (key, day, model) VALUES {row}")
    connection.execute(f"PRAGMA user_version = {version}")
    connection.commit()
    connection.close()

    async def main() -> None:
        mine = Server(path, daily=1.0)
        await mine.ledger.sync()
        assert mine.ledger.today().requests == 3
        assert await mine.spend(0.2) and not await mine.spend(0.2)
        await mine.ledger.close()

    run_virtual(main())
    stats = read_stats(path, until=DAY, days=1)
    assert [row.provider for row in stats.latest] == [""] * (version - 1)
    assert [cost.provider for cost in stats.costs] == ["", ""]


# --- killed -----------------------------------------------------------------------------------

WRITER = """
import asyncio, sys, time
from pathlib import Path
from foretype.spending.entry import COLUMNS, Entry
from foretype.spending.ledger import Ledger

async def main():
    ledger = Ledger(lambda: Path(sys.argv[1]), today=lambda: "2026-11-21")
    await ledger.sync()
    for n in range(10**9):
        ledger.add("flash", Entry(requests=1))
        print(n + 1, time.monotonic(), flush=True)
        await asyncio.sleep(0.002)

asyncio.run(main())
"""


def test_a_server_that_is_killed_leaves_a_file_that_opens(path: Path) -> None:
    """``benches/ledger.py`` does it 200 times, and counts what was lost."""
    before = 0
    for n_lines in (1, 150, 400):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        for _ in range(n_lines):
            writer.stdout.readline()
        writer.kill()
        writer.wait()
        writer.stdout.close()
        with ledger_file.opened(path) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            found = sum(e.requests for e in ledger_file.read_days(connection, DAY).values())
        assert found >= before
        before = found
    assert before > 0
