"""How one request went, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from helpers.marks import cursor
from helpers.virtual import virtual

from foretype.cli.report import explain
from foretype.cli.report.meter import RecordingModel
from foretype.completion.suggestion import NoSuggestion, Reason, Source, Suggestion
from foretype.core.timings import Timings
from foretype.models.protocol import Chunk, Prompt
from foretype.models.scripted import Script, ScriptedModel
from foretype.spending.entry import Entry
from foretype.spending.usage import Usage


def test_a_reason_is_a_sentence() -> None:
    assert explain.reason_sentence(NoSuggestion(Reason.EMPTY)) == (
        "No suggestion: the model had nothing to add."
    )
    assert explain.reason_sentence(NoSuggestion(Reason.UNAVAILABLE, "The key is refused.")) == (
        "No suggestion: the model could not be reached (The key is refused)."
    )


def test_stages_stand_in_the_order_of_time() -> None:
    timings = Timings(start=10.0, marks={"local": 3.0, "answer": 250.0, "model": 1.5})
    rows = explain.stages(timings, {"model asked": 10.002, "last token": 10.2})
    assert rows == [
        ("model asked", "1.5 ms"),
        ("embedded engine", "3.0 ms"),
        ("last token", "200.0 ms"),
        ("answer", "250.0 ms"),
    ]


def test_no_stages_where_nothing_was_timed() -> None:
    assert explain.stages(None, {"model asked": 1.0}) == []


@pytest.mark.parametrize("source", Source)
def test_every_source_has_a_name(source: Source) -> None:
    shown = Suggestion(id="s1", text="x", cursor=cursor("‸"), source=source)
    assert explain.outcome(shown)[0][0] == "source"


def test_a_cut_suggestion_is_said_to_be_cut() -> None:
    shown = Suggestion(id="s1", text="x", cursor=cursor("‸"), source=Source.MODEL, complete=False)
    assert ("", "cut by the deadline") in explain.outcome(shown)


COUNTED = Entry(requests=1, input_tokens=200, output_tokens=9, cost_usd=0.001)


@pytest.mark.parametrize(
    ("entry", "usage", "tokens", "cost"),
    [
        (COUNTED, None, "200 in, 9 out", "$0.001000"),
        (
            replace(COUNTED, cached_tokens=150),
            Usage(200, 150, 9, 4),
            "200 in (150 cached), 9 out (4 of them thinking)",
            "$0.001000",
        ),
        (replace(COUNTED, unpriced=1, cost_usd=0.0), None, "200 in, 9 out", "price not known"),
        (
            replace(COUNTED, estimated=1),
            None,
            "about 200 in, 9 out; the stream was ended before its count came",
            "about $0.001000",
        ),
        (COUNTED + COUNTED, None, "400 in, 18 out, in 2 requests", "$0.002000"),
    ],
)
def test_tells_tokens_and_cost(entry: Entry, usage: Usage | None, tokens: str, cost: str) -> None:
    assert explain.spent(entry, usage) == [("tokens", tokens), ("cost", cost)]


def test_nothing_asked_is_nothing_spent() -> None:
    assert "nothing left this machine" in explain.nothing_spent()[0][1]
    assert explain.spent(Entry(), None) == [("tokens", "none: the model did not answer")]


@pytest.mark.parametrize(
    ("drawn", "text", "replaces", "inserted", "noted"),
    [
        ("print(‸", "x)", 0, "x)", False),
        ("print(‸)", "x)", 1, "x", False),
        ("f(‸)", "a), g(b", 1, "a), g(b", True),
    ],
)
def test_what_is_printed_can_be_inserted(
    drawn: str, text: str, replaces: int, inserted: str, noted: bool
) -> None:
    shown = Suggestion(
        id="s1", text=text, cursor=cursor(drawn), source=Source.MODEL, replaces=replaces
    )
    said, note = explain.insertion(shown)
    assert said == inserted and bool(note) is noted


@virtual
async def test_the_meter_notes_what_goes_through_it() -> None:
    usage = Usage(10, 0, 2, 0)
    model = ScriptedModel(
        Script([Chunk(reasoning="hm"), "a", "b", Chunk(usage=usage)], first=0.2, gap=0.1)
    )
    meter = RecordingModel(model)

    assert "".join([chunk.text async for chunk in meter.stream(Prompt(prefix="abc"))]) == "ab"
    assert meter.usage == usage and meter.n_chars == 3
    assert {stage: round(at, 3) for stage, at in meter.moments.items()} == {
        "model asked": 0.0,
        "first thought": 0.2,
        "first token": 0.3,
        "last token": 0.4,
    }


@virtual
async def test_closing_the_metered_stream_closes_the_models() -> None:
    model = ScriptedModel(Script(["a"], stall=True))

    stream = RecordingModel(model).stream(Prompt(prefix="abc"))
    await anext(stream)
    await stream.aclose()
    assert model.aborted == [0] and model.running == 0
