"""``foretype audit``: what it shows is what is sent, byte for byte; and the record of what was."""

from __future__ import annotations

import asyncio
import json
import stat
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from helpers.raw_upstream import RawUpstream, refusal, serving, whole

from foretype.cli.audit import Audit, audit_at
from foretype.cli.complete import request, settings_for
from foretype.cli.file_position import FilePosition, open_at_position
from foretype.cli.main import main
from foretype.cli.terminal import BadInput
from foretype.core.cursor import Cursor
from foretype.models.capability_file import known_capabilities
from foretype.privacy import gate, sent_record
from foretype.privacy.exclusions import Exclusions
from foretype.privacy.sent_record import SentRecord, append, older, read, sent_files

KEY = "sk-" + "fake1234" * 4
SECRET = "ghp_" + "a1B2c3D4e5" * 3
PRICES = f'''"""Prices."""

TOKEN = "{SECRET}"

def price_of(product, discount):
    return product.price * (1 - discount)
'''
MAIN = f'''from prices import price_of

password = "{SECRET}"

def total(products, discount):
    result = 0
    for product in products:
        result += price_of(product, discount)
    return result


def average(products, discount):
    return total(products, discount) / len(products)
'''


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    known_capabilities.clear()
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "pyproject.toml").write_text("")
    (folder / "prices.py").write_text(PRICES)
    (folder / "main.py").write_text(MAIN)
    (folder / ".env").write_text(f"KEY={SECRET}")
    config = tmp_path / "foretype.toml"
    config.write_text("")
    for name, value in variables(tmp_path).items():
        monkeypatch.setenv(name, value)
    return folder


def variables(home: Path, **more: str) -> dict[str, str]:
    ledger = home / "state" / "ledger.sqlite3"
    return {
        "FORETYPE_CONFIG": str(home / "foretype.toml"),
        "FORETYPE_LEDGER": str(ledger),
        "FORETYPE_API_KEY": KEY,
        "NO_PROXY": "*",
        **more,
    }


def place(project: Path, line: int, column: int, name: str = "main.py") -> Cursor:
    return open_at_position(FilePosition(project / name, line, column))


async def audited(cursor: Cursor, project: Path, environ: Mapping[str, str]) -> Audit:
    found = await audit_at(cursor, project, settings_for(project, environ).settings, environ)
    assert isinstance(found, Audit), found
    return found


async def sent(cursor: Cursor, project: Path, environ: Mapping[str, str]) -> None:
    await request(cursor, project, settings_for(project, environ).settings, environ, local=False)


ENDS = [(n, len(line) + 1) for n, line in enumerate(MAIN.splitlines(), 1) if SECRET not in line]


@pytest.mark.parametrize("wire", ["chat", "fim", "responses"])
async def test_what_is_shown_is_what_the_upstream_receives(project: Path, wire: str) -> None:
    """``benches/audit.py`` does it at 200 places of foreign code."""
    (project.parent / "foretype.toml").write_text(f'wire = "{wire}"\n')
    async with serving(whole("x")) as up:
        environ = variables(project.parent, FORETYPE_BASE_URL=up.url)
        for line, column in ENDS[5:11:2]:
            cursor = place(project, line, column)
            shown = await audited(cursor, project, environ)
            n_before = len(up.requests)
            await sent(cursor, project, environ)
            received = up.requests[n_before]
            assert shown.request.body == received.raw
            assert shown.request.url.endswith(received.line.split()[1])
            assert SECRET.encode() not in received.raw and b"MASKED" in received.raw
            assert shown.n_masked >= 1 or wire == "fim"


async def test_a_slow_disk_is_waited_for(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rule_of = Exclusions.rule

    def slow(rules: Exclusions, path: str) -> str | None:
        time.sleep(0.05)
        return rule_of(rules, path)

    monkeypatch.setattr(Exclusions, "rule", slow)
    monkeypatch.setattr(gate, "FIRST_ANSWER_TIMEOUT_S", 0.001)
    async with serving(whole("x")) as up:
        environ = variables(project.parent, FORETYPE_BASE_URL=up.url)
        cursor = place(project, 13, 5)
        shown = await audited(cursor, project, environ)
        await sent(cursor, project, environ)
        assert shown.request.body == up.requests[0].raw


async def test_auditing_sends_nothing_and_learns_nothing(project: Path) -> None:
    async with serving(whole("x")) as up:
        environ = variables(project.parent, FORETYPE_BASE_URL=up.url)
        await audited(place(project, 13, 5), project, environ)
        assert not up.requests
        (known,) = known_capabilities.values()
        assert not known.measured.first_text_s and not known.learned
    assert not (project.parent / "state").exists()


async def test_what_an_endpoint_refuses_is_not_in_it_any_more(project: Path) -> None:
    no = refusal(400, "Unsupported parameter: stream_options", param="stream_options")
    async with serving(no, whole("x")) as up:
        environ = variables(project.parent, FORETYPE_BASE_URL=up.url)
        cursor = place(project, 13, 5)
        first = await audited(cursor, project, environ)
        await sent(cursor, project, environ)
        second = await audited(cursor, project, environ)
        assert [r.raw for r in up.requests] == [first.request.body, second.request.body]
        assert b"stream_options" not in second.request.body


async def test_each_piece_says_why_it_is_there(project: Path) -> None:
    environ = variables(project.parent, FORETYPE_BASE_URL="http://127.0.0.1:9/v1")
    shown = await audited(place(project, 8, 16), project, environ)
    pieces = dict(shown.pieces)
    assert "the file itself" in pieces["shop/main.py"]
    assert "since the file imports it" in pieces["shop/prices.py"]
    assert "price_of" in json.dumps(json.loads(shown.request.body))


async def test_where_nothing_would_be_sent_that_is_said(project: Path) -> None:
    environ = variables(project.parent, FORETYPE_BASE_URL="http://127.0.0.1:9/v1")
    settings = settings_for(project, environ).settings
    found = await audit_at(place(project, 1, 1, ".env"), project, settings, environ)
    assert isinstance(found, str) and "excluded" in found
    environ = variables(project.parent, FORETYPE_API_KEY="")
    settings = settings_for(project, environ).settings
    found = await audit_at(place(project, 1, 1), project, settings, environ)
    assert isinstance(found, str) and found.startswith("No model is set")


def test_the_command_shows_it(
    project: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORETYPE_BASE_URL", "http://127.0.0.1:9/v1")
    at = f"{project / 'main.py'}:13:5"
    assert main(["audit", at]) == 0
    out = capfdbinary.readouterr().out.decode()
    assert "POST http://127.0.0.1:9/v1/chat/completions" in out and "masked" in out
    assert SECRET not in out and KEY not in out
    assert main(["audit", "--raw", at]) == 0
    raw = capfdbinary.readouterr().out
    assert json.loads(raw)["stream"] is True


@pytest.mark.parametrize("arguments", [[], ["main.py"], ["nothing.py:1:1"]])
def test_a_place_that_is_none_is_said(arguments: list[str]) -> None:
    assert main(["audit", *arguments]) == 2
    with pytest.raises(BadInput):
        place(Path("nowhere"), 1, 1)


# --- the record -------------------------------------------------------------------------------


async def entries(
    project: Path, kind: str, wire: str = "chat"
) -> tuple[list[dict[str, Any]], RawUpstream]:
    """What is recorded of one request."""
    (project.parent / "foretype.toml").write_text(
        f'wire = "{wire}"\n[privacy]\nrecord = "{kind}"\n'
    )
    async with serving(whole("x")) as up:
        environ = variables(project.parent, FORETYPE_BASE_URL=up.url)
        await sent(place(project, 8, 16), project, environ)
    return read(project.parent / "state" / sent_record.FILE, 100), up


async def test_names_are_recorded_by_default(project: Path) -> None:
    (entry,), up = await entries(project, "names")
    (received,) = up.requests
    assert entry["url"] == f"{up.url}/chat/completions"
    assert entry["bytes"] == len(received.raw)
    assert entry["files"] == ["shop/main.py", "shop/prices.py"]
    assert set(entry) == {"time", "url", "model", "files", "bytes"}
    path = project.parent / "state" / sent_record.FILE
    assert KEY not in path.read_text()
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_bodies_are_recorded_where_that_is_set(project: Path) -> None:
    (entry,), up = await entries(project, "bodies")
    assert entry["body"].encode() == up.requests[0].raw
    assert SECRET not in entry["body"]


async def test_nothing_is_recorded_where_that_is_set(project: Path) -> None:
    found, up = await entries(project, "off")
    assert not found and len(up.requests) == 1


def test_the_record_is_shown_and_forgotten(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = project.parent / "state" / sent_record.FILE
    assert main(["audit", "--log"]) == 0
    assert "Nothing was sent" in capsys.readouterr().out
    append(path, {"time": "T", "url": "http://x/v1", "model": "m\x1b[0m", "bytes": 1234})
    append(path, {"odd": 1, "files": 5, "bytes": "many"})
    path.write_text(path.read_text() + "no entry\n[1]\n")
    assert main(["audit", "--log"]) == 0
    out = capsys.readouterr().out
    assert "1,234" in out and "http://x/v1" in out and "\x1b[0m" not in out
    assert main(["audit", "--forget"]) == 0
    assert not path.exists()


def test_a_full_record_makes_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sent_record, "MAX_FILE_BYTES", 200)
    path = tmp_path / "sent.jsonl"
    for n in range(40):
        append(path, {"n": n})
    assert older(path).exists()
    assert path.stat().st_size + older(path).stat().st_size < 600
    assert [e["n"] for e in read(path, 3)] == [37, 38, 39]


def test_several_servers_write_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "sent.jsonl"
    records = [SentRecord(lambda: path, "bodies") for _ in range(3)]
    for n in range(50):
        for record in records:
            record.sent("http://x/v1?key=1", "m", b"x" * (100 * n))
    for record in records:
        record.close()
    found = read(path, 1000)
    assert len(found) == 150 and {entry["url"] for entry in found} == {"http://x/v1"}


def test_a_disk_that_fails_costs_the_record_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    record = SentRecord(lambda: tmp_path / "file" / "sent.jsonl")
    for _ in range(3):
        record.sent("http://x", "m", b"x")
    record.close()


async def test_files_are_those_of_the_task_that_sends(tmp_path: Path) -> None:
    path = tmp_path / "sent.jsonl"
    record = SentRecord(lambda: path)

    async def send(name: str) -> None:
        sent_files.set((name,))
        await asyncio.sleep(0)
        record.sent("http://x", name, b"")

    await asyncio.gather(*(send(name) for name in "abc"))
    await asyncio.to_thread(record.close)
    assert {(e["model"], *e["files"]) for e in read(path, 9)} == {(n, n) for n in "abc"}
