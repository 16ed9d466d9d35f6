"""What is recorded of each answer: outcome, times, tokens, and whether the text was kept."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from helpers.marks import cursor
from helpers.service_editor import CountingEngine, Editor, OpenGate, Waits
from helpers.virtual import virtual
from hypothesis import given
from hypothesis import strategies as st

from foretype.completion.feedback.kept import AcceptedText, changes_of
from foretype.completion.feedback.tracker import KEPT_AFTER_S
from foretype.completion.protocols import Local
from foretype.completion.service import CompletionService
from foretype.completion.suggestion import Suggestion
from foretype.core.text import Document, Edit
from foretype.models.metered_model import MeteredModel
from foretype.models.protocol import Chunk
from foretype.models.scripted import Script, ScriptedModel
from foretype.settings.schema import CompletionSettings, Settings
from foretype.spending.budget import Budget
from foretype.spending.ledger import Ledger
from foretype.spending.ledger_file import opened
from foretype.spending.suggestion_log import SuggestionLog, bucket_of, ms_of
from foretype.spending.suggestion_row import FIELDS
from foretype.spending.usage import Usage

USAGE = Usage(300, 200, 20, cost_usd=0.002)


@dataclass
class Recorded:
    """An editor whose answers are recorded in a file."""

    path: Path
    editor: Editor
    ledger: Ledger
    rows: list[dict[str, object]] = field(default_factory=list)
    tallies: dict[str, int] = field(default_factory=dict)

    async def read(self) -> Recorded:
        await self.ledger.sync()
        await self.ledger.sync()
        with opened(self.path) as connection:
            found = connection.execute(f"SELECT {', '.join(FIELDS)} FROM suggestions ORDER BY key")
            self.rows = [dict(zip(FIELDS, row, strict=True)) for row in found]
            self.tallies = dict(
                connection.execute("SELECT what, sum(n) FROM tallies GROUP BY what").fetchall()
            )
        return self

    async def row(self) -> dict[str, object]:
        (row,) = (await self.read()).rows
        return row


def recorded(path: Path, drawn: str, *scripts: Script, local: Local | None = None) -> Recorded:
    ledger = Ledger(lambda: path, today=lambda: "2026-11-21")
    model = MeteredModel(ScriptedModel(*scripts), Budget(ledger))
    service = CompletionService(
        settings=Settings(completion=CompletionSettings(local="off", debounce_ms=0)),
        model=model,
        gate=OpenGate(),
        client=Waits(),
        local=local,
        log=SuggestionLog(ledger, "neovim"),
    )
    at = cursor(drawn)
    at = replace(at, document=replace(at.document, language="python"))
    return Recorded(path, Editor(service, at), ledger)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite3"


TOTAL = "total = ‸"
SUM = Script(["sum(", "prices)", Chunk(usage=USAGE)], first=0.1)


@virtual
async def test_a_suggestion_is_recorded_with_its_times_and_tokens(path: Path) -> None:
    seen = recorded(path, TOTAL, SUM)
    assert await seen.editor.shown() == "sum(prices)"
    await asyncio.sleep(1)
    row = await seen.row()
    assert {name: row[name] for name in ("outcome", "source", "model", "language", "editor")} == {
        "outcome": "shown",
        "source": "model",
        "model": "scripted",
        "language": "python",
        "editor": "neovim",
    }
    assert [row[name] for name in ("input_tokens", "cached_tokens", "output_tokens")] == [
        300,
        200,
        20,
    ]
    assert row["cost_usd"] == 0.002 and row["characters"] == 11
    assert row["first_token_ms"] == pytest.approx(100, abs=1)
    assert row["answer_ms"] == pytest.approx(100, abs=20)
    assert seen.tallies["asked"] == seen.tallies["answered"] == seen.tallies["shown"] == 1
    assert seen.tallies[f"ms:first:{bucket_of(100)}"] == 1
    assert not [value for value in row.values() if "sum" in str(value) or "file:" in str(value)]


@virtual
async def test_text_of_the_embedded_engine_beside_a_model_is_recorded_as_its_own(
    path: Path,
) -> None:
    seen = recorded(path, TOTAL, Script(stall=True), local=CountingEngine())
    assert await seen.editor.shown() == "sum(prices)"
    row = await seen.row()
    assert (row["source"], row["model"]) == ("local", "embedded")


@pytest.mark.parametrize(
    ("pieces", "outcome", "taken"),
    [
        (["sum(prices)"], "accepted", 11),
        (["sum"], "partly", 3),
        (["sum", "(prices)"], "accepted", 11),
        (list("sum(prices)"), "typed", 0),
        (["s", "um(prices)"], "accepted", 10),
        (["s", "u"], "shown", 0),
    ],
)
@virtual
async def test_what_became_of_a_suggestion_is_recorded(
    path: Path, pieces: list[str], outcome: str, taken: int
) -> None:
    seen = recorded(path, TOTAL, SUM)
    await seen.editor.shown()
    for piece in pieces:
        await asyncio.sleep(0.5)
        seen.editor.type(piece)
    row = await seen.row()
    assert (row["outcome"], row["accepted_characters"]) == (outcome, taken)
    assert seen.tallies.get("accepted_chars", 0) == taken
    assert seen.tallies.get("typed_chars", 0) == len("".join(pieces)) - taken
    if outcome != "shown":
        assert seen.tallies[outcome] == 1
        assert seen.tallies.get("partly", 0) == (outcome == "partly")


@virtual
async def test_a_dismissed_suggestion_is_recorded_as_rejected(path: Path) -> None:
    seen = recorded(path, TOTAL, SUM, Script([]))
    await seen.editor.shown()
    await asyncio.sleep(2)
    for letter in "max":
        seen.editor.type(letter)
        await asyncio.sleep(0.7)
    rows = (await seen.read()).rows
    assert rows[0]["outcome"] == "rejected" and seen.tallies["rejected"] == 1


@virtual
async def test_why_nothing_was_shown_is_recorded(path: Path) -> None:
    seen = recorded(path, TOTAL, Script(["sum"], first=5.0))
    assert not isinstance(await seen.editor.ask(), Suggestion)
    row = await seen.row()
    assert (row["outcome"], row["reason"], row["source"]) == ("none", "deadline", "")
    assert seen.tallies["reason:deadline"] == 1 and "in_time" not in seen.tallies


@virtual
async def test_a_suggestion_that_stays_visible_is_one(path: Path) -> None:
    seen = recorded(path, TOTAL, SUM)
    await seen.editor.shown()
    for letter in "sum":
        await asyncio.sleep(0.2)
        seen.editor.type(letter)
        await seen.editor.shown()
    assert (await seen.row())["outcome"] == "shown"
    assert (seen.tallies["shown"], seen.tallies["answered"], seen.tallies["asked"]) == (1, 4, 4)


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        (None, 1.0),
        (Edit(0, 0, "import os\n\n"), 1.0),
        (Edit(8, 19, ""), 0.0),
        (Edit(12, 18, "costs"), 5 / 11),
        (Edit(0, 19, "total = sum(\n    prices\n)\n"), 1.0),
    ],
)
@virtual
async def test_whether_accepted_text_is_kept_is_seen_later(
    path: Path, change: Edit | None, kept: float
) -> None:
    seen = recorded(path, TOTAL, SUM)
    await seen.editor.shown()
    seen.editor.type("sum(prices)")
    await asyncio.sleep(5)
    seen.editor.service.saved(seen.editor.at.document.uri)
    if change is not None:
        seen.editor.change(change)
    await asyncio.sleep(KEPT_AFTER_S)
    row = await seen.row()
    assert row["kept_at_save"] == 1.0 and row["kept"] == pytest.approx(kept, abs=0.001)
    assert seen.tallies.get("kept", 0) == (kept >= 0.5)
    seen.editor.service.saved(seen.editor.at.document.uri)
    assert (await seen.row())["kept_at_save"] == pytest.approx(kept, abs=0.001)


@virtual
async def test_a_closed_document_is_not_looked_at(path: Path) -> None:
    seen = recorded(path, TOTAL, SUM)
    await seen.editor.shown()
    seen.editor.type("sum(prices)")
    seen.editor.service.closed(seen.editor.at.document.uri)
    await asyncio.sleep(2 * KEPT_AFTER_S)
    assert (await seen.row())["kept"] is None


@virtual
async def test_a_stream_that_was_ended_early_is_estimated(path: Path) -> None:
    seen = recorded(path, TOTAL, Script(["sum(prices)\n", "x" * 7], stall=True))
    await seen.editor.shown()
    await seen.editor.service.close()
    row = await seen.row()
    assert row["input_tokens"] and row["output_tokens"]


@pytest.mark.parametrize("language", ["/home/me/secret.py", "x" * 50, "a b"])
@virtual
async def test_a_language_that_may_be_anything_is_not_written(path: Path, language: str) -> None:
    seen = recorded(path, TOTAL, SUM)
    at = seen.editor.at
    seen.editor.at = replace(at, document=replace(at.document, language=language))
    await seen.editor.shown()
    assert (await seen.row())["language"] == "other"


words = st.text("ab \n(", max_size=12)


@given(words, words, words, st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), words)))
def test_text_that_nobody_edits_is_kept(
    before: str, text: str, after: str, changes: list[tuple[int, int, str]]
) -> None:
    """Edits beside an accepted text leave all of it."""
    document = Document("file:///x", before + text + after)
    accepted = AcceptedText(text, len(before), len(before) + len(text))
    for a, b, inserted in changes:
        start, end = sorted((min(a, len(document.text)), min(b, len(document.text))))
        if start < accepted.end and end > accepted.start:
            continue
        edit = Edit(start, end, inserted)
        accepted.follow(changes_of(document.text, (edit,)))
        document = document.apply(edit)
        assert document.text[accepted.start : accepted.end].find(text) >= 0
    assert accepted.share_in(document.text) == 1.0


def test_an_edit_is_read_once_for_all_texts_that_are_followed() -> None:
    old = "a = sum(prices)\nb = 2\nc = max(prices)\n"
    formatted = "a = sum(prices)\nb  =  2\nc = max(prices)\n"
    texts = [AcceptedText("sum(prices)", 4, 15), AcceptedText("max(prices)", 26, 37)]
    changes = changes_of(old, (Edit(0, len(old), formatted), Edit(0, 0, "# c\n")))
    assert [(change.start, change.end, change.n_new) for change in changes] == [
        (18, 19, 3),
        (0, 0, 4),
    ]
    for text in texts:
        text.follow(changes)
        assert ("# c\n" + formatted)[text.start : text.end] == text.text


@given(st.floats(1, 1e6))
def test_a_bucket_tells_a_time_within_five_percent(ms: float) -> None:
    assert ms_of(bucket_of(ms)) == pytest.approx(ms, rel=0.05)
