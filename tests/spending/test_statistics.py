"""What ``foretype stats`` adds up, and that it reads no rows for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.recorded_answers import Collected, log_of, nothing, shown
from hypothesis import given
from hypothesis import strategies as st

from foretype.spending.entry import Entry
from foretype.spending.ledger_file import (
    Batch,
    Exchange,
    LedgerUnusable,
    exchange,
    forget,
    opened,
    read_days,
)
from foretype.spending.statistics import N_LATEST, Stats, added_up, read_stats
from foretype.spending.usage import Usage


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite3"


def read(path: Path, days: int = 30, until: str = "2026-11-21") -> Stats:
    return read_stats(path, until=until, days=days)


def test_the_funnel_counts_how_far_requests_came(path: Path) -> None:
    ledger = Collected()
    log = log_of(ledger)
    rows = [log.answered(shown()) for _ in range(5)]
    for row, outcome in zip(rows, ("accepted", "partly", "typed", "rejected"), strict=False):
        assert row is not None
        log.became(row, outcome, 10 if outcome == "accepted" else 4 if outcome == "partly" else 0)
    for row, share in zip(rows, (1.0, 0.25), strict=False):
        assert row is not None
        log.kept(row, share)
    log.answered(nothing("deadline"))
    log.answered(nothing("empty"))
    log.answered(nothing("superseded", is_outdated=True))
    log.answered(shown(is_new=False))
    log.typed("python", 86)
    ledger.write(path)
    stats = read(path)
    funnel = stats.funnel
    assert (funnel.asked, funnel.answered, funnel.in_time) == (9, 8, 7)
    assert (funnel.shown, funnel.accepted, funnel.kept) == (5, 2, 1)
    assert (stats.accepted_characters, stats.typed_characters) == (14, 86)
    assert stats.completed_share == 0.14 and stats.kept_share == 11 / 14
    assert dict(stats.reasons) == {"deadline": 1, "empty": 1, "superseded": 1}
    (group,) = stats.models
    assert (group.name, group.shown, group.accepted, group.rejected) == ("flash", 5, 2, 1)
    assert [row.outcome for row in stats.latest].count("none") == 2


def test_a_suggestion_that_is_accepted_bit_by_bit_is_accepted_once(path: Path) -> None:
    ledger = Collected()
    log = log_of(ledger)
    row = log.answered(shown())
    assert row is not None
    for outcome, n in (("partly", 2), ("partly", 3), ("accepted", 5)):
        log.became(row, outcome, n)
        ledger.write(path)
        assert read(path).funnel.accepted == 1
    assert read(path).accepted_characters == 10
    with opened(path) as connection:
        assert connection.execute(
            "SELECT outcome, accepted_characters FROM suggestions"
        ).fetchall() == [("accepted", 10)]


@given(st.lists(st.floats(1, 20_000), min_size=1, max_size=200))
def test_percentiles_are_right_within_a_bucket(times: list[float]) -> None:
    ledger = Collected()
    log = log_of(ledger)
    for ms in times:
        log.answered(shown(answer_ms=ms))
    tallies = [(k.model, k.language, k.editor, k.what, n) for k, n in ledger.batch.tallies.items()]
    (latency,) = added_up("2026-11-21", "2026-11-21", tallies, {}, ()).latency
    assert latency.count == len(times)
    in_order = sorted(times)
    for share, found in ((0.5, latency.p50), (0.9, latency.p90), (0.99, latency.p99)):
        exact = in_order[max(0, -int(-len(times) * share // 1) - 1)]
        # Half a bucket, and half of the last digit that is shown.
        assert abs(found - exact) <= 0.05 * exact + 0.051


def test_costs_stand_by_day_and_model(path: Path) -> None:
    for day, model, usd in (
        ("2026-10-01", "flash", 9.0),
        ("2026-11-20", "flash", 1.0),
        ("2026-11-21", "flash", 0.5),
        ("2026-11-21", "other", 0.25),
    ):
        batch = Batch(days={(day, model, "openrouter"): Entry(requests=1, cost_usd=usd)})
        exchange(path, Exchange(day=day, batch=batch))
    ledger = Collected()
    row = log_of(ledger).answered(shown())
    assert row is not None
    log_of(ledger).became(row, "accepted", 100)
    ledger.write(path)
    stats = read(path, days=30)
    assert [(c.day, c.name, c.entry.cost_usd) for c in stats.costs] == [
        ("2026-11-20", "flash (openrouter)", 1.0),
        ("2026-11-21", "flash (openrouter)", 0.5),
        ("2026-11-21", "other (openrouter)", 0.25),
    ]
    assert stats.total.cost_usd == 1.75 and stats.usd_per_1000_accepted == 17.5
    assert read(path, days=1).total.cost_usd == 0.75


def test_what_is_too_old_is_deleted_and_this_months_costs_stay(path: Path) -> None:
    for day in ("2026-10-30", "2026-11-02", "2026-11-21"):
        ledger = Collected(day)
        ledger.batch.add(day, "flash", Entry(requests=1, cost_usd=1.0))
        log_of(ledger).typed("python", 1)
        exchange(path, Exchange(day=day, batch=ledger.batch, keep_days=7))
    with opened(path) as connection:
        assert {day for day, *_ in read_days(connection, "2")} == {"2026-11-02", "2026-11-21"}
        assert connection.execute("SELECT day FROM tallies").fetchall() == [("2026-11-21",)]


def test_rows_are_kept_for_as_many_days_as_are_set(path: Path) -> None:
    ledger = Collected()
    row = log_of(ledger).answered(shown())
    assert row is not None
    row.key = 5
    ledger.batch.suggestions = {5: row}
    ledger.write(path)
    ledger.write(path)
    assert not read(path).latest


def test_what_is_forgotten_is_gone_from_the_file(path: Path) -> None:
    ledger = Collected()
    ledger.batch.add("2026-11-21", "a-model-of-mine", Entry(requests=3, cost_usd=1.5))
    ledger.batch.add("2026-10-21", "another-model", Entry(requests=3, cost_usd=1.5))
    log_of(ledger).answered(shown(language="a-language"))
    ledger.write(path)
    forget(path, "2026-11-21")
    stats = read(path)
    assert stats.funnel.asked == 0 and not stats.latest and not stats.languages
    assert stats.total == Entry(cost_usd=1.5)
    everything = b"".join(file.read_bytes() for file in path.parent.glob("ledger*"))
    assert b"a-language" not in everything and b"another-model" not in everything


def test_without_a_file_there_is_nothing(path: Path) -> None:
    assert read(path).is_empty and not path.exists()
    assert read_stats(None, until="2026-11-21", days=3).since == "2026-11-19"


def test_a_file_that_is_no_ledger_is_said(path: Path) -> None:
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(LedgerUnusable, match="it is not a ledger"):
        read(path)


def test_only_the_latest_rows_are_read(path: Path) -> None:
    """However many there are, the work is the same: tallies, days and the latest rows."""
    ledger = Collected()
    log = log_of(ledger)
    for _ in range(3 * N_LATEST):
        row = log.answered(shown())
        assert row is not None
        log.streamed(row, Usage(1, 0, 1), 100.0, 200.0)
    ledger.write(path)
    with opened(path) as connection:
        (n_tallies,) = connection.execute("SELECT count(*) FROM tallies").fetchone()
    assert n_tallies <= 10
    assert len(read(path).latest) == N_LATEST


def test_two_servers_counts_add_up(path: Path) -> None:
    for editor in ("neovim", "vscode", "neovim"):
        ledger = Collected()
        log_of(ledger, editor).answered(shown())
        ledger.write(path)
    stats = read(path)
    assert [(group.name, group.shown) for group in stats.editors] == [("neovim", 2), ("vscode", 1)]
    with opened(path) as connection:
        keys = connection.execute("SELECT count(*) FROM tallies WHERE what = 'shown'").fetchone()
    assert keys == (2,)
