"""What the commands spend: told, written, and kept within the day's budget."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from helpers.complete_command import CODE, complete

from foretype.cli.demo.backstage import counted
from foretype.upstream import ScriptedUpstream


def rows(path: Path) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        found = connection.execute("SELECT model, requests, estimated, cost_usd FROM days")
        return found.fetchall()
    finally:
        connection.close()


async def test_complete_counts_what_it_spends_and_keeps_to_the_budget(tmp_path: Path) -> None:
    file, ledger = tmp_path / "mean.py", tmp_path / "ledger.sqlite3"
    file.write_text(CODE)
    settings = '[budget]\ndaily_usd = 1.0\n[completion]\nlocal = "off"\n'
    (tmp_path / "foretype.toml").write_text(settings)
    async with ScriptedUpstream(text="raise ValueError", cost=0.75) as up:
        outcomes = [
            await complete(
                f"{file}:3:9",
                "--explain",
                home=tmp_path,
                FORETYPE_BASE_URL=up.url,
                FORETYPE_MODEL="scripted",
                FORETYPE_LEDGER=str(ledger),
            )
            for _ in range(3)
        ]
        assert len(up.log.requests) == 2
    assert [done.code for done in outcomes] == [0, 0, 1]
    assert "$0.750000" in outcomes[0].err
    assert "budget is used up" in outcomes[2].err and "nothing left this machine" in outcomes[2].err
    assert rows(ledger) == [("scripted", 2, 0, 1.5)]


async def test_complete_estimates_what_a_stream_cost_that_it_ended(tmp_path: Path) -> None:
    file, ledger = tmp_path / "mean.py", tmp_path / "ledger.sqlite3"
    file.write_text(CODE)
    text = "pass\n    return 1\n\ndef more():\n    return 2\n" * 9
    async with ScriptedUpstream(text=text, tokens_per_second=200) as up:
        done = await complete(
            f"{file}:3:9",
            "--explain",
            home=tmp_path,
            FORETYPE_BASE_URL=up.url,
            FORETYPE_MODEL="scripted",
            FORETYPE_LEDGER=str(ledger),
        )
    assert done.code == 0 and "about " in done.err and "was ended before" in done.err
    assert rows(ledger) == [("scripted", 1, 1, 0)]


def test_the_demo_tells_what_its_own_session_cost() -> None:
    stats = {
        "input_tokens": 9_000,
        "session_model_requests": 4,
        "session_estimated_requests": 0,
        "session_input_tokens": 2_000,
        "session_cached_tokens": 500,
        "session_output_tokens": 80,
        "session_cost_usd": 0.0019,
    }
    assert counted(stats) == "2000 in (500 cached), 80 out, in 4 requests; $0.0019"
    estimated = {**stats, "session_estimated_requests": 3}
    assert counted(estimated) == (
        "about 2000 in (500 cached), 80 out, in 4 requests; about $0.0019"
    )
    assert counted({**stats, "session_cost_usd": None}).endswith("price not known")
    assert counted({}) == "not reported"
