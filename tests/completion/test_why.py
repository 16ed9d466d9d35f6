"""Why something was shown or nothing: one line a stage, in plain words."""

from __future__ import annotations

import asyncio

import pytest
from helpers.service_editor import Editor, editor
from helpers.virtual import virtual

from foretype.completion.feedback.why import ADVICE, advice, sentence
from foretype.completion.suggestion import NoSuggestion, Reason, Trigger
from foretype.models.protocol import Chunk, ModelUnavailable
from foretype.models.scripted import Script, ScriptedModel


def told(of: Editor, **place: object) -> list[str]:
    """The lines without the first, which names a time of day."""
    return of.service.why("flash at Home", **place)[1:]  # type: ignore[arg-type]


@virtual
async def test_a_suggestion_is_explained_from_request_to_text() -> None:
    at = editor("total = ‸", ScriptedModel(Script(["sum(", "prices)"], first=0.1, gap=0.05)))
    await at.shown()
    assert told(at) == [
        "Asked flash at Home 0 ms after the request.",
        "Its first token came 100 ms later.",
        "Shown after 200 ms: 1 line, 11 characters, from the model.",
    ]
    assert at.service.why("")[0].endswith("in line 1, column 9.")


@virtual
async def test_what_was_typed_through_came_from_memory() -> None:
    at = editor("total = ‸", ScriptedModel(Script(["sum(prices)"])))
    await at.shown()
    at.type("sum")
    await at.shown()
    lines = told(at)
    assert lines[-1] == (
        "Still shown after 0 ms: 1 line, 8 characters, "
        "from the model, from text that was there already."
    )


@virtual
async def test_a_deadline_is_explained_with_what_can_be_done() -> None:
    at = editor("total = ‸", ScriptedModel(Script(["sum(prices)"], first=5.0)))
    await at.ask()
    assert told(at) == [
        "Asked flash at Home 0 ms after the request.",
        "It has written nothing yet.",
        "Nothing was shown after 396 ms: too little arrived in time.",
        "Invoke it explicitly, which waits longer, or raise `completion.deadline_ms`.",
    ]


@virtual
async def test_a_fault_is_named() -> None:
    fault = ModelUnavailable("The provider answered 503.")
    at = editor("total = ‸", ScriptedModel(Script([fault]), Script([fault]), Script([fault])))
    await at.ask()
    lines = told(at)
    assert "It failed: The provider answered 503." in lines
    assert lines[-1] == ADVICE[Reason.UNAVAILABLE]


@virtual
async def test_reasoning_is_named() -> None:
    script = Script([Chunk(reasoning="hm " * 100), "sum(prices)"], first=0.05, gap=1.0)
    at = editor("total = ‸", ScriptedModel(script))
    await at.ask()
    assert "It wrote 300 characters of reasoning first." in told(at)
    assert told(at)[-1] == ADVICE[Reason.REASONING]


@virtual
async def test_where_nothing_is_sent_that_is_said() -> None:
    at = editor("sk-fake‸", ScriptedModel())
    await at.ask()
    assert told(at) == [
        "No model was asked.",
        f"Nothing was shown after 0 ms: {Reason.SECRET.value}.",
        ADVICE[Reason.SECRET],
    ]


@virtual
async def test_a_place_can_be_asked_about() -> None:
    at = editor("a = 1\n\ntotal = ‸", ScriptedModel(Script(["sum"]), Script(["max"])))
    uri = at.at.document.uri
    await at.shown()
    assert told(at, uri=uri, line=2) and told(at, uri=uri)
    assert not at.service.why("m", uri=uri, line=0) and not at.service.why("m", uri="file:///other")
    await at.ask(Trigger.INVOKED)
    assert at.service.why("m", uri=uri)[0].startswith("Explicitly invoked at ")


@virtual
async def test_before_anything_was_asked_there_is_nothing_to_explain() -> None:
    at = editor("total = ‸", ScriptedModel())
    at.type("s")
    await asyncio.sleep(1)
    assert at.service.why("m") == []


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_a_sentence_part_and_advice_a_sentence(reason: Reason) -> None:
    none = NoSuggestion(reason, "by a rule.")
    assert sentence(none) == f"{reason.value} (by a rule)"
    said = advice(none)
    assert not said or (said[0].isupper() or said[0] == "`") and said.endswith(".")
