"""``foretype stats``: the table, the JSON and the page."""

from __future__ import annotations

import asyncio
import json
import re
import urllib.error
import urllib.request
from html.parser import HTMLParser
from pathlib import Path

import pytest
from helpers.recorded_answers import Collected, log_of, nothing, shown

from foretype.cli.main import main
from foretype.cli.report.stats_page import page
from foretype.cli.stats_server import serving
from foretype.completion.feedback import stats_words
from foretype.spending.entry import Entry
from foretype.spending.ledger_file import LedgerUnusable
from foretype.spending.statistics import Stats, read_stats
from foretype.spending.usage import Usage

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "ledger.sqlite3"
    monkeypatch.setenv("FORETYPE_LEDGER", str(path))
    return path


def read(path: Path, days: int = 30, until: str = "2026-11-21") -> Stats:
    return read_stats(path, until=until, days=days)


def fill(path: Path, day: str, model: str = "flash") -> None:
    ledger = Collected(day)
    log = log_of(ledger)
    row = log.answered(shown(model=model))
    assert row is not None
    log.became(row, "accepted", 10)
    log.streamed(row, Usage(100, 40, 5, cost_usd=0.25), 120.0, 300.0)
    log.answered(nothing("deadline", model=model))
    log.typed("python", 30)
    ledger.batch.add(day, model, Entry(requests=1, input_tokens=100, cost_usd=0.25))
    ledger.write(path)


def today() -> str:
    from datetime import date

    return date.today().isoformat()


def test_the_table_shows_all_of_it(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(path, today())
    assert main(["stats"]) == 0
    out = capsys.readouterr().out
    for part in ("25.0%", "$0.25", "flash", "python", "neovim", "too little arrived in time"):
        assert part in out


def test_json_holds_numbers_for_programs(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(path, today())
    assert main(["stats", "--json", "--days", "2"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["funnel"]["asked"] == 2 and told["completed_share"] == 0.25
    assert told["costs"] == [
        {"day": today(), "model": "flash", "provider": ""}
        | dict.fromkeys(("estimated", "unpriced", "cached_tokens", "output_tokens"), 0)
        | dict.fromkeys(("shown", "accepted", "saved_characters"), 0)
        | {"requests": 1, "input_tokens": 100, "cost_usd": 0.25}
    ]
    assert {row["outcome"] for row in told["latest"]} == {"accepted", "none"}
    assert told["reasons"] == [
        {"reason": "deadline", "message": "too little arrived in time", "count": 1}
    ]


def test_nothing_recorded_is_said(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stats"]) == 0
    assert capsys.readouterr().out == "Nothing is recorded yet.\n"
    assert not path.exists()


def test_it_is_forgotten_on_request(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(path, today())
    assert main(["stats", "--forget"]) == 0
    stats = read(path, until=today())
    assert not stats.latest and stats.total.cost_usd == 0.25


def test_a_file_that_is_damaged_is_named(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.write_bytes(b"x" * 5000)
    assert main(["stats"]) == 1
    out = capsys.readouterr().out
    assert str(path) in out and "it is not a ledger" in out


@pytest.mark.parametrize("reason", ["deadline", "a_reason_of_tomorrow"])
def test_a_reason_of_another_version_is_shown_by_its_name(reason: str) -> None:
    assert stats_words.reason_words(reason)


# --- the page ---------------------------------------------------------------------------------


class Elements(HTMLParser):
    """The elements of a page, and that each is closed."""

    VOID = frozenset({"meta", "rect", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def elements(html: str) -> Elements:
    parser = Elements()
    parser.feed(html)
    parser.close()
    assert not parser.open
    return parser


@pytest.mark.parametrize("model", ["flash", HOSTILE, "a\"b'c&d"])
def test_the_page_is_whole_and_loads_nothing(path: Path, model: str) -> None:
    for day in ("2026-11-01", "2026-11-21"):
        fill(path, day, model)
    html = page(read(path), 30)
    found = elements(html).found
    assert not [tag for tag, _ in found if tag in ("script", "img", "link", "iframe", "form")]
    for tag, attributes in found:
        assert not {"src", "style"} & set(attributes), tag
        assert not [name for name in attributes if name.startswith("on")]
        assert str(attributes.get("href", "#")).startswith(("#", "?"))
    assert "url(" not in html and "@import" not in html
    numbers = [value for tag, a in found if tag == "rect" for value in a.values() if value]
    assert not [n for n in numbers if "nan" in n or "inf" in n or n.startswith("-")]


def test_a_page_of_nothing_says_so(path: Path) -> None:
    assert "Nothing is recorded yet" in page(read(path), 30)
    fill(path, "2026-11-21")
    elements(page(read(path, days=1), 1))


def test_charts_have_words_for_those_who_do_not_see_them(path: Path) -> None:
    fill(path, "2026-11-21")
    found = elements(page(read(path), 30)).found
    for tag, attributes in found:
        if tag == "svg":
            assert attributes.get("aria-hidden") == "true" or attributes.get("aria-label")
    assert [a for tag, a in found if tag == "th"][0] == {"scope": "col"}


def fetch(url: str, **headers: str) -> tuple[int, str, dict[str, str]]:
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode(), dict(answer.headers)
    except urllib.error.HTTPError as fault:
        with fault:
            return fault.code, fault.read().decode(), dict(fault.headers)


def served(read_days: object, *paths: tuple[str, dict[str, str]]) -> list[tuple[int, str, dict]]:  # type: ignore[type-arg]
    async def ask() -> list[tuple[int, str, dict[str, str]]]:
        async with serving(read_days, 30) as address:  # type: ignore[arg-type]
            answers = []
            for path, headers in paths:
                url = re.sub(r"/[^/]+/$", path, address) if path.startswith("/") else address + path
                answers.append(await asyncio.to_thread(fetch, url, **headers))
            return answers

    return asyncio.run(ask())


def test_only_who_knows_the_address_sees_the_page(path: Path) -> None:
    fill(path, "2026-11-21")
    asked: list[int] = []

    def days(n: int) -> Stats:
        asked.append(n)
        return read(path, days=n)

    good, chosen, *refused = served(
        days,
        ("", {}),
        ("?days=7", {}),
        ("/", {}),
        ("/guess/", {}),
        ("?days=7", {"Host": "evil.example"}),
    )
    assert good[0] == chosen[0] == 200 and asked == [30, 7]
    assert [status for status, _, _ in refused] == [404, 404, 404]
    assert not [text for _, text, _ in refused if "flash" in text]
    policy = good[2]["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert good[2]["Cache-Control"] == "no-store"


@pytest.mark.parametrize("days", ["0", "-1", "x", "99999999999", "٣", "7"])
def test_any_number_of_days_is_answered(path: Path, days: str) -> None:
    from urllib.parse import quote

    fill(path, "2026-11-21")
    ((status, _, _),) = served(lambda n: read(path, days=n), (f"?days={quote(days)}", {}))
    assert status == 200


def test_a_record_that_cannot_be_used_is_said_on_the_page() -> None:
    def broken(days: int) -> Stats:
        raise LedgerUnusable("it is damaged")

    ((status, text, _),) = served(broken, ("", {}))
    assert status == 503 and "it is damaged" in text
