"""What was spent, in a file that several servers share, on virtual time."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from helpers.virtual import run as run_virtual
from helpers.virtual import virtual
from hypothesis import given
from hypothesis import strategies as st

from foretype.core.deadline import now
from foretype.models.metered_model import BudgetUsedUp, MeteredModel
from foretype.models.protocol import Chunk, ModelUnavailable, Prompt
from foretype.models.scripted import Script, ScriptedModel
from foretype.spending import ledger_file
from foretype.spending.budget import Budget
from foretype.spending.entry import NO_ENTRY, Entry
from foretype.spending.ledger import BATCH_INTERVAL_S, MAX_AGE_S, RETRY_S, Ledger, file_of
from foretype.spending.usage import Usage, sane_usd

ONE = Entry(requests=1, input_tokens=200, cached_tokens=50, output_tokens=10, cost_usd=0.001)


class Day:
    """A calendar that can be turned."""

    def __init__(self) -> None:
        self.name = "2026-11-21"

    def __call__(self) -> str:
        return self.name


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "ledger.sqlite3"


def at(path: Path, day: Day | None = None) -> Ledger:
    return Ledger(lambda: path, today=day or Day())


def rows(path: Path, what: str = "day, model, requests, input_tokens") -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(f"SELECT {what} FROM days ORDER BY day, model").fetchall()
    finally:
        connection.close()


def written(path: Path) -> bool:
    return path.exists()


@virtual
async def test_what_is_entered_counts_at_once_and_is_written_in_batches(path: Path) -> None:
    ledger = at(path)
    for _ in range(3):
        ledger.add("flash", ONE)
    assert ledger.today() == ONE + ONE + ONE == ledger.session
    await asyncio.sleep(BATCH_INTERVAL_S / 2)
    assert not written(path)
    await asyncio.sleep(BATCH_INTERVAL_S)
    assert rows(path) == [("2026-11-21", "flash", 3, 600)]
    assert ledger.today() == ONE + ONE + ONE


TIMES = st.floats(0.0, 1.5)


@given(gaps=st.lists(TIMES, min_size=1, max_size=30), visits=st.lists(TIMES, min_size=1))
def test_a_server_that_is_killed_loses_one_interval_or_visit_and_the_next_visit(
    gaps: list[float], visits: list[float]
) -> None:
    """However entries come, and however long each visit takes: 1 s where none takes over 0.5 s."""
    took = itertools.cycle(visits)

    async def main() -> None:
        added: list[float] = []
        n_written = 0

        async def visit(work: Callable[..., Any], *arguments: Any) -> Any:
            nonlocal n_written
            n_taken, seconds = len(added), next(took)
            await asyncio.sleep(seconds)
            # What is killed at this moment has not written yet.
            longest = max(BATCH_INTERVAL_S, *visits)
            if n_taken > n_written:
                assert now() - added[n_written] <= longest + seconds + 1e-9
            n_written = n_taken
            return work(*arguments)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(asyncio, "to_thread", visit)
            ledger = Ledger()
            for gap in gaps:
                await asyncio.sleep(gap)
                added.append(now())
                ledger.add("flash", ONE)
            await asyncio.sleep(BATCH_INTERVAL_S + 2 * max(visits) + 0.1)
            assert n_written == len(added)

    run_virtual(main())


@virtual
async def test_there_is_a_row_for_each_day_and_model(path: Path) -> None:
    day = Day()
    ledger = at(path, day)
    ledger.add("flash", ONE)
    ledger.add("embedded", Entry(shown=2))
    day.name = "2026-11-22"
    assert ledger.today() == NO_ENTRY
    ledger.add("flash", ONE)
    assert ledger.today() == ONE
    await ledger.close()
    assert ledger.today() == ONE
    assert rows(path, "day, model, requests, shown") == [
        ("2026-11-21", "embedded", 0, 2),
        ("2026-11-21", "flash", 1, 0),
        ("2026-11-22", "flash", 1, 0),
    ]


@virtual
async def test_servers_see_what_others_spent(path: Path) -> None:
    mine, other = at(path), at(path)
    other.add("flash", ONE)
    await other.close()
    await mine.sync()
    assert mine.today() == ONE and mine.session == NO_ENTRY
    other.add("thinking", ONE)
    await other.close()
    mine.keep_fresh()
    await asyncio.sleep(MAX_AGE_S / 2)
    assert mine.today() == ONE
    await asyncio.sleep(MAX_AGE_S)
    mine.keep_fresh()
    await asyncio.sleep(0.1)
    assert mine.today() == ONE + ONE


def test_reading_makes_no_file(path: Path) -> None:
    async def main() -> None:
        ledger = at(path)
        await ledger.sync()
        assert ledger.today() == NO_ENTRY
        await ledger.close()

    run_virtual(main())
    assert not path.parent.exists()


@virtual
async def test_in_memory_nothing_is_kept() -> None:
    ledger = Ledger(lambda: file_of({"FORETYPE_LEDGER": ":memory:"}))
    ledger.add("flash", ONE)
    await ledger.sync()
    ledger.add("flash", ONE)
    assert ledger.today() == ONE + ONE
    await ledger.close()
    assert ledger.today() == ONE + ONE


@virtual
async def test_a_fault_of_the_disk_costs_the_record_alone(path: Path) -> None:
    path.parent.write_text("a file where a folder should be")
    ledger = at(path)
    ledger.add("flash", ONE)
    await ledger.sync()
    ledger.add("flash", ONE)
    assert ledger.today() == ONE + ONE
    await ledger.close()
    path.parent.unlink()
    ledger.add("flash", ONE)
    await asyncio.sleep(2 * RETRY_S)
    assert ledger.today() == ONE + ONE + ONE
    assert rows(path) == [("2026-11-21", "flash", 3, 600)]


@pytest.mark.parametrize("content", [b"no database" * 100, b""])
def test_a_file_that_is_no_ledger_is_left_alone(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)

    async def main() -> None:
        ledger = at(path)
        ledger.add("flash", ONE)
        await ledger.close()
        assert ledger.today() == ONE

    run_virtual(main())
    if content:
        assert path.read_bytes() == content
    else:
        assert rows(path) == [("2026-11-21", "flash", 1, 200)]


def test_a_newer_ledger_is_left_alone(path: Path) -> None:
    async def main() -> None:
        ledger = at(path)
        ledger.add("flash", ONE)
        await ledger.close()
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA user_version = 7")
        connection.close()
        ledger.add("flash", ONE)
        await ledger.close()
        assert ledger.today() == ONE + ONE

    run_virtual(main())
    assert rows(path) == [("2026-11-21", "flash", 1, 200)]


@virtual
async def test_a_ledger_that_another_holds_is_waited_for_and_tried_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_file, "BUSY_TIMEOUT_S", 0.01)
    ledger = at(path)
    ledger.add("flash", ONE)
    await ledger.sync()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    ledger.add("flash", ONE)
    await ledger.sync()
    assert ledger.today() == ONE + ONE
    holder.execute("ROLLBACK")
    holder.close()
    await asyncio.sleep(RETRY_S + 1)
    assert rows(path) == [("2026-11-21", "flash", 2, 400)]


def test_several_processes_write_at_once(path: Path) -> None:
    program = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from foretype.spending.entry import Entry\n"
        "from foretype.spending.ledger import Ledger\n"
        "async def main():\n"
        "    ledger = Ledger(lambda: Path(sys.argv[1]), today=lambda: '2026-11-21')\n"
        "    for _ in range(10):\n"
        "        ledger.add('flash', Entry(requests=1, input_tokens=3))\n"
        "        await ledger.sync()\n"
        "    while ledger.owes_a_visit:\n"
        "        await ledger.sync()\n"
        "asyncio.run(main())\n"
    )
    command = [sys.executable, "-c", program, str(path)]
    writers = [subprocess.Popen(command) for _ in range(3)]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert rows(path) == [("2026-11-21", "flash", 30, 90)]


@pytest.mark.skipif(sys.platform == "win32", reason="no such permissions there")
def test_the_file_is_the_users_own(path: Path) -> None:
    async def main() -> None:
        ledger = at(path)
        ledger.add("flash", ONE)
        await ledger.close()

    run_virtual(main())
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_the_file_is_where_the_platform_keeps_state(monkeypatch: pytest.MonkeyPatch) -> None:
    import platformdirs

    monkeypatch.setattr(platformdirs, "user_state_path", lambda *a, **k: Path("/state/foretype"))
    assert file_of({}) == Path("/state/foretype/ledger.sqlite3")
    assert file_of({"FORETYPE_LEDGER": "/else/where"}) == Path("/else/where")
    assert file_of({"FORETYPE_LEDGER": ":memory:"}) is None


def test_a_server_starts_without_sqlite_and_platformdirs() -> None:
    program = (
        "import sys, foretype.lsp.app, foretype.lsp.server\n"
        "assert 'foretype.spending.ledger' not in sys.modules\n"
        "import foretype.spending.ledger, foretype.spending.budget, foretype.models.metered_model\n"
        "print([m for m in ('sqlite3', 'platformdirs') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr


# --- the metered model ------------------------------------------------------------------------


def priced(usage: Usage) -> float | None:
    """Ten dollars for a million tokens."""
    return (usage.input_tokens + usage.output_tokens) / 100_000


async def read(model: MeteredModel, prompt: Prompt, most: int = 100) -> list[Chunk]:
    chunks = []
    stream = model.stream(prompt)
    async for chunk in stream:
        chunks.append(chunk)
        if len(chunks) == most:
            break
    await stream.aclose()
    return chunks


@virtual
async def test_the_providers_count_is_entered_with_its_price() -> None:
    spending = Budget()
    told = Usage(300, 200, 20, 5)
    model = MeteredModel(ScriptedModel(Script(["a", Chunk(usage=told)])), spending, price=priced)
    chunks = await read(model, Prompt(prefix="x" * 700))
    (usage,) = [chunk.usage for chunk in chunks if chunk.usage]
    assert usage == Usage(300, 200, 20, 5, cost_usd=0.0032)
    assert spending.ledger.today() == Entry(
        requests=1, input_tokens=300, cached_tokens=200, output_tokens=20, cost_usd=0.0032
    )


@pytest.mark.parametrize("most", [1, 2])
@virtual
async def test_a_stream_that_is_ended_early_is_estimated(most: int) -> None:
    spending = Budget()
    script = Script([Chunk(reasoning="r" * 35), "t" * 35], stall=True)
    await read(
        MeteredModel(ScriptedModel(script), spending, price=priced), Prompt(prefix="x" * 700), most
    )
    entry = spending.ledger.today()
    assert (entry.requests, entry.estimated) == (1, 1)
    assert (entry.input_tokens, entry.output_tokens) == (200, 10 * most)
    assert entry.cost_usd == pytest.approx((200 + 10 * most) / 100_000)


@virtual
async def test_a_stream_cancelled_before_its_first_token_has_cost_its_prompt() -> None:
    spending = Budget()
    model = MeteredModel(ScriptedModel(Script(["a"], first=1.0)), spending, price=priced)
    reading = asyncio.create_task(read(model, Prompt(prefix="x" * 700)))
    await asyncio.sleep(0.5)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    entry = spending.ledger.today()
    assert (entry.requests, entry.estimated, entry.input_tokens) == (1, 1, 200)
    assert entry.output_tokens == 0


@virtual
async def test_what_a_model_counts_is_used_to_estimate() -> None:
    spending = Budget()
    told = Usage(250, 100, 20, 5)
    scripts = [Script(["a" * 60, Chunk(usage=told)])] * 20 + [Script(["b" * 60], stall=True)]
    model = MeteredModel(ScriptedModel(*scripts), spending, price=priced)
    for _ in range(20):
        await read(model, Prompt(prefix="x" * 1000))
    before = spending.ledger.today()
    await read(model, Prompt(prefix="x" * 1000), 1)
    entry = spending.ledger.today()
    assert entry.estimated == 1
    assert entry.input_tokens - before.input_tokens == pytest.approx(250, rel=0.01)
    assert entry.cached_tokens - before.cached_tokens == pytest.approx(100, rel=0.02)
    assert entry.output_tokens - before.output_tokens == pytest.approx(20, abs=1)


@pytest.mark.parametrize("told", [Usage(0, 0, 0), Usage(10**9, 0, 10**9), Usage(-5, 9, -5)])
@virtual
async def test_a_count_that_cannot_be_teaches_nothing(told: Usage) -> None:
    model = MeteredModel(ScriptedModel(Script(["a" * 60, Chunk(usage=told)])), Budget())
    before = model.estimate(1000, 100)
    await read(model, Prompt(prefix="x" * 1000))
    assert model.estimate(1000, 100) == before


@virtual
async def test_what_was_refused_costs_nothing_and_what_was_cut_does() -> None:
    spending = Budget()
    fault = ModelUnavailable("The provider answered 503.")
    model = MeteredModel(
        ScriptedModel(Script([fault]), Script(["a" * 35, fault])), spending, price=priced
    )
    for requests in (0, 1):
        with pytest.raises(ModelUnavailable):
            await read(model, Prompt(prefix="x"))
        assert spending.ledger.today().requests == requests


@virtual
async def test_once_the_budget_is_used_up_no_model_is_asked(path: Path) -> None:
    day = Day()
    scripted = ScriptedModel(Script(["a", Chunk(usage=Usage(100_000, 0, 0, 0))]))
    spending = Budget(Ledger(today=day), daily_usd=2.0)
    model = MeteredModel(scripted, spending, price=priced)
    for _ in range(2):
        assert spending.has_budget
        await read(model, Prompt(prefix="x"))
    assert spending.is_used_up and not spending.has_budget
    with pytest.raises(BudgetUsedUp, match=r"budget of \$2.00"):
        await read(model, Prompt(prefix="x"))
    assert len(scripted.prompts) == 2
    day.name = "2026-11-22"
    assert spending.has_budget
    await read(model, Prompt(prefix="x"))
    spending.daily_usd = 0
    assert not spending.is_used_up and not spending.has_budget


@virtual
async def test_a_budget_holds_for_all_servers(path: Path) -> None:
    day = Day()
    other = at(path, day)
    mine = Budget(at(path, day), daily_usd=1.0)
    assert not mine.is_used_up
    await asyncio.sleep(0.1)
    other.add("flash", Entry(requests=1, cost_usd=1.5))
    await other.close()
    await asyncio.sleep(MAX_AGE_S + 1)
    assert not mine.is_used_up  # It is read now.
    await asyncio.sleep(0.1)
    assert mine.is_used_up


@pytest.mark.parametrize(("daily_usd", "said"), [(1.0, 1), (0.0, 0)])
@virtual
async def test_an_unknown_price_is_told_where_there_is_a_budget_and_counts_nothing(
    daily_usd: float, said: int
) -> None:
    told: set[str] = set()
    spending = Budget(daily_usd=daily_usd, tell=told.add)
    for _ in range(2):
        spending.pay("other", Usage(10**6, 0, 10**6), estimated=False)
    assert len(told) == said and all("other" in sentence for sentence in told)
    entry = spending.ledger.today()
    assert (entry.unpriced, entry.cost_usd, entry.known_cost_usd) == (2, 0.0, None)
    assert not spending.is_used_up


@pytest.mark.parametrize("nonsense", [float("nan"), float("inf"), -1.0])
def test_a_price_that_is_none_is_not_known(nonsense: float) -> None:
    assert sane_usd(nonsense) is None


@virtual
async def test_a_count_that_cannot_be_is_cut() -> None:
    spending = Budget()
    spending.pay("x", Usage(10**30, -5, 7, cost_usd=0.0), estimated=False)
    entry = spending.ledger.today()
    assert (entry.input_tokens, entry.cached_tokens, entry.output_tokens) == (10**9, 0, 7)
