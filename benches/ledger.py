"""The ledger under load: killed while it is written, and read with millions of rows.

    python -m benches.ledger kill [--times 200]     how much two servers lose, and whether it opens
    python -m benches.ledger read [--rows 2000000]  how long ``foretype stats`` takes
    python -m benches.ledger day [--requests 400]   its costs beside those that a provider counts
    python -m benches.ledger fill FILE [--rows N]   a ledger to look at

Everything is made up and stays in a temporary folder, but for ``fill``.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from pathlib import Path

from foretype.completion.suggestion import Reason
from foretype.models.pricing import set_limits
from foretype.spending.entry import Entry
from foretype.spending.ledger_file import Batch, Exchange, exchange, opened
from foretype.spending.statistics import read_stats
from foretype.spending.suggestion_log import AnswerFacts, SuggestionLog
from foretype.spending.suggestion_row import SuggestionRow, TallyKey, key_at
from foretype.spending.usage import Usage

DAYS = 90
MODELS = (("mai-code-1-flash", 0.0004), ("qwen3-coder", 0.0009), ("embedded", 0.0))
LANGUAGES = ("python", "typescript", "rust", "go", "css")
EDITORS = ("vscode", "neovim", "helix")

WRITER = """
import asyncio, sys, time
from pathlib import Path
from foretype.spending.entry import Entry
from foretype.spending.ledger import Ledger
from foretype.spending.suggestion_log import AnswerFacts, SuggestionLog

async def main():
    ledger = Ledger(lambda: Path(sys.argv[1]))
    log = SuggestionLog(ledger, "bench")
    facts = AnswerFacts(model=sys.argv[2], language="python", invoked=False, source="model")
    await ledger.sync()
    n = 0
    while True:
        # One of each table: they are written together or not at all.
        ledger.add(sys.argv[2], Entry(requests=1))
        log.answered(facts)
        n += 1
        print(n, time.monotonic(), flush=True)
        await asyncio.sleep(0.005)

asyncio.run(main())
"""
PLAIN_SCAN = (
    "SELECT model, language, outcome, count(*), sum(characters) FROM suggestions GROUP BY 1, 2, 3"
)
COUNTS = {
    "days": "SELECT model, sum(requests) FROM days GROUP BY model",
    "suggestions": "SELECT model, count(*) FROM suggestions GROUP BY model",
    "tallies": "SELECT model, sum(n) FROM tallies WHERE what = 'shown' GROUP BY model",
}
"""What each table holds, by the server that wrote it."""


def kill(times: int, n_servers: int) -> None:
    """Kill servers that share a file while they write, at random moments; print what was lost."""
    dice = random.Random(1)
    lost_s: list[float] = []
    failed = torn = 0
    before: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(n_servers) as pool:
        path = Path(folder) / "ledger.sqlite3"
        for _ in range(max(1, times // n_servers)):
            names = [f"server{n}" for n in range(n_servers)]
            waits = [dice.uniform(0.0, 1.5) for _ in names]
            written = list(pool.map(partial(_write_until_killed, path), names, waits))
            try:
                with opened(path) as connection:
                    (state,) = connection.execute("PRAGMA integrity_check").fetchone()
                    counts = [Counter(dict(connection.execute(q))) for q in COUNTS.values()]
                failed += state != "ok"
            except Exception as fault:
                print(f"does not open: {fault}")
                failed += 1
                continue
            torn += any(each != counts[0] for each in counts)
            for name, (added, killed) in zip(names, written, strict=True):
                missing = added[counts[0][name] - before[name] :]
                lost_s.append(killed - missing[0] if missing else 0.0)
            before = counts[0]
    print(f"killed {len(lost_s)} times, {n_servers} servers at one file: {failed} did not open")
    print(f"{torn} times the tables did not agree; {before.total():,} rows in each")
    print(
        f"lost at most the last {max(lost_s):.2f} s, {sum(lost_s) / len(lost_s):.2f} s on average"
    )


def _write_until_killed(path: Path, name: str, seconds: float) -> tuple[list[float], float]:
    """Run a writer; return when each entry was added, and when it was killed."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    lines = [writer.stdout.readline()]
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        lines.append(writer.stdout.readline())
    writer.kill()
    killed = time.monotonic()
    lines += writer.stdout.read().splitlines()
    writer.wait()
    writer.stdout.close()
    whole = [line.split() for line in lines if len(line.split()) == 2]
    return [float(moment) for _, moment in whole], killed


@dataclass
class Collector:
    """Takes the place of a ledger: keeps what is recorded, for one batch a day."""

    day: str
    batch: Batch = field(default_factory=Batch)

    def put(self, row: SuggestionRow) -> None:
        self.batch.suggestions[row.key] = row

    def count(self, keys: Iterable[TallyKey], n: int = 1) -> None:
        for key in keys:
            self.batch.tallies[key] += n


def fill(path: Path, rows: int) -> None:
    """Write so many rows, spread over the days until today, through the product's own code."""
    dice = random.Random(2)
    today = date.today()
    for at in range(DAYS):
        day = today - timedelta(days=DAYS - 1 - at)
        batch = _day(day, rows // DAYS, dice)
        exchange(path, Exchange(day=today.isoformat(), batch=batch))


def _day(day: date, rows: int, dice: random.Random) -> Batch:
    ledger = Collector(day.isoformat())
    logs = [SuggestionLog(ledger, editor) for editor in EDITORS]  # type: ignore[arg-type]
    began = key_at(time.mktime(day.timetuple()))
    for n, facts in enumerate(_answers(rows, dice)):
        log = dice.choices(logs, (5, 3, 1))[0]
        row = log.answered(facts)
        log.typed(facts.language, dice.randrange(12))
        if row is None:
            continue
        ledger.batch.suggestions.pop(row.key)
        row.key = began + (n * 86_000_000 // rows << 20)
        ledger.put(row)
        if facts.source:
            _became(log, row, dice)
        price = dict(MODELS)[facts.model]
        if price:
            usage = Usage(dice.randrange(800, 2500), 600, dice.randrange(4, 60), cost_usd=price)
            first = dice.lognormvariate(5.2, 0.4)
            log.streamed(row, usage, first, first + dice.uniform(20, 300))
            entry = Entry(
                requests=1,
                input_tokens=usage.input_tokens,
                cached_tokens=usage.cached_tokens,
                output_tokens=usage.output_tokens,
                cost_usd=price,
            )
            ledger.batch.add(ledger.day, facts.model, entry)
    return ledger.batch


def _answers(rows: int, dice: random.Random) -> Iterator[AnswerFacts]:
    reasons = [reason for reason in Reason if not reason.is_outdated]
    for _ in range(rows):
        is_shown = dice.random() < 0.6
        reason = dice.choices(reasons, range(len(reasons), 0, -1))[0]
        yield AnswerFacts(
            model=dice.choices([name for name, _ in MODELS], (6, 2, 2))[0],
            language=dice.choices(LANGUAGES, (8, 5, 3, 2, 1))[0],
            invoked=dice.random() < 0.05,
            source=dice.choice(("model", "reuse")) if is_shown else "",
            reason="" if is_shown else reason.name.lower(),
            characters=dice.randrange(5, 200),
            answer_ms=min(400.0, dice.lognormvariate(5.3, 0.5)),
            asked_ms=dice.uniform(0, 80),
        )


def _became(log: SuggestionLog, row: SuggestionRow, dice: random.Random) -> None:
    outcome = dice.choices(("shown", "accepted", "partly", "typed", "rejected"), (5, 3, 1, 1, 1))[0]
    if outcome == "shown":
        return
    log.became(row, outcome, row.characters if outcome in ("accepted", "partly") else 0)
    if outcome in ("accepted", "partly"):
        log.kept(row, dice.choice((1.0, 1.0, 0.8, 0.0)))


def read(rows: int) -> None:
    """Fill a file, and time what ``foretype stats`` reads and what a batch takes to write."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.sqlite3"
        fill(path, rows)
        with opened(path) as connection:
            (n_rows,) = connection.execute("SELECT count(*) FROM suggestions").fetchone()
            (n_tallies,) = connection.execute("SELECT count(*) FROM tallies").fetchone()
        print(f"{n_rows:,} rows, {n_tallies:,} tallies, {path.stat().st_size / 1e6:.0f} MB")
        today = date.today()
        for days in (30, DAYS):
            began = time.perf_counter()
            stats = read_stats(path, until=today.isoformat(), days=days)
            took = time.perf_counter() - began
            print(f"stats of {days} days: {took:.3f} s ({stats.funnel.asked:,} asked)")
        scan = f"import sqlite3; sqlite3.connect({str(path)!r}).execute({PLAIN_SCAN!r}).fetchall()"
        command = ["-m", "foretype", "stats", "--days", str(DAYS)]
        took_s, cpu_s = _run(command, path)
        scan_s, scan_cpu_s = _run(["-c", scan], path)
        print(f"the command `foretype stats`: {took_s:.2f} s, {cpu_s:.2f} s of processor time")
        print(
            f"one plain scan of the rows: {scan_s:.2f} s, {scan_cpu_s:.2f} s of processor time: "
            f"the command takes {cpu_s / scan_cpu_s:.2f} of it"
        )
        batch = _day(today, 20, random.Random(3))
        began = time.perf_counter()
        exchange(path, Exchange(day=today.isoformat(), batch=batch))
        print(f"writing 20 answers, in a thread: {(time.perf_counter() - began) * 1000:.1f} ms")


def _run(arguments: list[str], ledger: Path) -> tuple[float, float]:
    """Run Python; return the seconds, and those of the processor."""
    began, cpu = time.perf_counter(), os.times()
    subprocess.run(
        [sys.executable, *arguments],
        env={"FORETYPE_LEDGER": str(ledger), "PATH": ""},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    after = os.times()
    used = after.children_user + after.children_system - cpu.children_user - cpu.children_system
    return time.perf_counter() - began, used


async def day(n_requests: int) -> None:
    """Make requests, half of them ended early, and compare the costs with the upstream's own."""
    from benches import foreign
    from foretype.models.open_model import open_model
    from foretype.models.protocol import Message, Prompt
    from foretype.privacy.gate import Gate
    from foretype.settings.schema import BudgetSettings, Settings
    from foretype.spending.budget import Budget
    from foretype.upstream import ScriptedUpstream

    dice = random.Random(5)
    texts = [source.text for source in foreign.sources("python", foreign.MEASURING)]
    prices = BudgetSettings(price_input=0.75, price_cached=0.75, price_output=4.5)
    async with ScriptedUpstream(first_ms=20, tokens_per_second=400) as up:
        settings = Settings(base_url=up.url, model="scripted", budget=prices)
        budget = Budget()
        set_limits(budget, settings)
        model = open_model(settings, {"FORETYPE_LEDGER": ":memory:"}, Gate(settings), budget)
        assert model is not None
        costs = []
        for _ in range(n_requests):
            text = dice.choice(texts)
            at, answer_at = (dice.randrange(max(1, len(text) - 6000)) for _ in range(2))
            up.script = up.script.changed({"text": text[answer_at:][: dice.randrange(40, 600)]})
            prompt = Prompt(messages=(Message("user", text[at:][: dice.randrange(1000, 6000)]),))
            before = budget.ledger.session
            n_chunks = dice.randrange(1, 12) if dice.random() < 0.5 else 10**9
            stream = model.stream(prompt)
            async for _chunk in stream:
                n_chunks -= 1
                if not n_chunks:
                    break
            await stream.aclose()
            entry = budget.ledger.session
            is_estimated = entry.estimated > before.estimated
            record = up.log.requests[-1]
            counted = (record.n_chars + 3) // 4 * 0.75 + record.sent * 4.5
            costs.append((is_estimated, entry.cost_usd - before.cost_usd, counted / 1e6))
        await model.close()
    for name, kind in (("read to their end", False), ("ended early", True)):
        ours, theirs = (sum(cost[at] for cost in costs if cost[0] is kind) for at in (1, 2))
        n = sum(cost[0] is kind for cost in costs)
        off = ours / theirs - 1
        print(f"{n} {name}: ${ours:.6f}, the upstream counts ${theirs:.6f}: {off:+.2%}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    killing = commands.add_parser("kill")
    killing.add_argument("--times", type=int, default=200)
    killing.add_argument("--servers", type=int, default=2)
    commands.add_parser("read").add_argument("--rows", type=int, default=2_000_000)
    commands.add_parser("day").add_argument("--requests", type=int, default=400)
    filling = commands.add_parser("fill")
    filling.add_argument("file", type=Path)
    filling.add_argument("--rows", type=int, default=20_000)
    told = parser.parse_args()
    if told.command == "kill":
        kill(told.times, told.servers)
    elif told.command == "day":
        asyncio.run(day(told.requests))
    elif told.command == "read":
        read(told.rows)
    else:
        fill(told.file, told.rows)


if __name__ == "__main__":
    main()
