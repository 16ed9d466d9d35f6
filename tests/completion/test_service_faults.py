"""The service when something breaks that never should: the answer comes, and nothing piles up."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncGenerator, Callable

import pytest
from helpers.service_editor import CountingEngine, Editor, OpenGate, editor, reason
from helpers.virtual import run as run_virtual
from helpers.virtual import virtual

from foretype.completion.context import background
from foretype.completion.context.background import NOTHING
from foretype.completion.feedback.tracker import FeedbackTracker
from foretype.completion.postprocess import Postprocessor
from foretype.completion.selection import answers as answers
from foretype.completion.selection import candidates as choice
from foretype.completion.suggestion import Reason, Suggestion
from foretype.core.cursor import Cursor
from foretype.core.deadline import now
from foretype.core.text import Document
from foretype.models.protocol import Chunk, Prompt
from foretype.models.scripted import Script, ScriptedModel
from foretype.settings.schema import CompletionSettings, Settings


def broken(*_: object, **__: object) -> None:
    raise KeyError("a fault of our own")


class Odd(ScriptedModel):
    """Fails as no adapter should."""

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        self.prompts.append(prompt)
        await asyncio.sleep(0.1)
        yield Chunk(text="sum")
        broken()


class SlowToClose(ScriptedModel):
    """Takes a second to close its connection."""

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        self.prompts.append(prompt)
        try:
            yield Chunk(text="sum(prices)\n")
            yield Chunk(text="x\n")
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(1)


def test_an_unknown_fault_of_a_model_is_answered_at_once_and_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def main() -> None:
        e = editor("total = ‸\n", Odd(""))
        assert reason(await e.ask()) is Reason.UNAVAILABLE
        assert now() == 0.1
        assert not e.service.pool.cache.running

    run_virtual(main())
    assert "a fault of our own" in caplog.text


def test_a_fault_of_postprocessing_is_answered_at_once_and_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        e = editor("total = ‸\n", ScriptedModel(Script(["sum(prices)\n"], first=0.1)))
        assert reason(await e.ask()) is Reason.UNAVAILABLE
        assert now() == 0.1
        assert not e.service.pool.cache.running

    monkeypatch.setattr(Postprocessor, "feed", broken)
    run_virtual(main())
    assert "a fault of our own" in caplog.text


@pytest.mark.parametrize(
    ("where", "name"), [(choice, "shape"), (answers, "choose"), (FeedbackTracker, "answered")]
)
def test_whatever_breaks_the_request_is_answered_in_time_and_it_is_logged(
    where: object, name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        e = editor("total = ‸\n", ScriptedModel(Script(["sum", "(prices)\n"], first=0.1, gap=0.1)))
        await asyncio.wait_for(e.ask(), 0.4)
        await asyncio.sleep(5)
        assert not e.service.pool.cache.running

    monkeypatch.setattr(where, name, broken)
    run_virtual(main())
    assert "a fault of our own" in caplog.text


@virtual
async def test_an_answer_does_not_wait_for_the_connection_to_close() -> None:
    e = editor("total = ‸\n", SlowToClose(""))
    assert await e.shown() == "sum(prices)"
    assert now() == 0
    await asyncio.sleep(2)
    await e.service.close()


@virtual
async def test_an_acceptance_told_by_the_client_counts_also_after_typing_through() -> None:
    e = editor("total = ‸\n", ScriptedModel(Script(["sum(prices)\n"])))
    await e.ask()
    e.type("s")
    answer = await e.ask()
    assert isinstance(answer, Suggestion)
    e.service.accepted(answer.id)
    assert e.service.counts["accepted"] == 1


@virtual
async def test_finished_generations_keep_no_versions_of_the_whole_file() -> None:
    e = editor("total = ‸\n", ScriptedModel(Script(["sum(prices)\n"])))
    uri = "file:///only-of-this-test.py"
    e.at = Cursor(Document(uri, e.at.document.text, "python", 1), e.at.offset)
    for _ in range(30):
        await e.ask()
        e.type("#")
        await asyncio.sleep(0.5)
    assert len(list(e.service.pool.cache)) == 30
    gc.collect()
    kept = [o for o in gc.get_objects() if isinstance(o, Document) and o.uri == uri]
    assert len(kept) <= 6


@virtual
async def test_a_fault_of_the_embedded_engine_is_logged_at_once_and_the_answer_is_in_time(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    e = editor("total = ‸\n", None, local="fallback")
    engine = CountingEngine()
    for name in ("predict", "idle"):
        monkeypatch.setattr(engine, name, broken)
    e.service.set_local(engine)
    assert reason(await e.ask()) is Reason.UNSURE
    await asyncio.sleep(1)
    assert caplog.text.count("The embedded engine failed.") == 2


def test_a_fault_in_nearby_code_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        e = editor("total = ‸\n", ScriptedModel("sum(prices)\n"))
        e.type("s")
        await asyncio.sleep(2)
        assert "a fault of our own" in caplog.text

    monkeypatch.setattr(background, "choose_snippets", broken)
    run_virtual(main())


def test_what_a_document_needs_of_others_is_gathered_though_another_is_being_served(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def slow(function: Callable[..., object], *args: object) -> object:
        await asyncio.sleep(5)
        return function(*args)

    async def main() -> None:
        e, _ = two_documents()
        await asyncio.sleep(2)
        e.type("m")
        await asyncio.sleep(20)
        assert "mean" in e.service.retrieved.ready(e.at.document.uri).recent

    monkeypatch.setattr(asyncio, "to_thread", slow)
    run_virtual(main())


def two_documents() -> tuple[Editor, Document]:
    other = Document("file:///other.py", "def mean(prices):\n    return 0\n", "python")
    e = editor("total = ‸\n", ScriptedModel(Script(["sum(prices)\n"])))
    e.service.opened(e.at.document)
    e.service.opened(other)
    aside = Editor(e.service, Cursor(other, len(other.text)))
    aside.type("mean([1, 2])\n")
    return e, aside.at.document


@virtual
async def test_what_was_gathered_is_forgotten_when_settings_change() -> None:
    e, _ = two_documents()
    e.type("m")
    await asyncio.sleep(2)
    uri = e.at.document.uri
    assert "mean" in e.service.retrieved.ready(uri).recent
    e.service.resources.gate = OpenGate()
    e.service.set_settings(Settings(completion=CompletionSettings(local="off")))
    assert e.service.retrieved.ready(uri) == NOTHING


@virtual
@pytest.mark.parametrize("is_closed", [False, True])
async def test_a_closed_document_leaves_nothing_behind(is_closed: bool) -> None:
    e = editor("total = ‸\n", ScriptedModel("sum(prices)\n"), waits_ms=50)
    await e.ask()
    await asyncio.sleep(0.1)
    e.type("s")
    if is_closed:
        e.service.closed(e.at.document.uri)
    before = e.service.debounce.completion_rate
    e.type("um(prices)")
    # What is typed now is the end of a suggestion only where the document stayed open.
    assert (e.service.debounce.completion_rate == before) == is_closed
