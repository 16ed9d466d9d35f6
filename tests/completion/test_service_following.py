"""Where the client does not ask, the model is not asked either: edits in, requests counted."""

from __future__ import annotations

import asyncio

import pytest
from helpers.marks import cursor
from helpers.service_editor import Editor, editor
from helpers.virtual import virtual

from foretype.completion.generation.client_follows import MAX_IN_BURST
from foretype.completion.suggestion import Trigger
from foretype.models.scripted import Script, ScriptedModel

TWO_LINES = "rows = [load(name) for name in names]\ntotal = sum(row.price for row in rows)\n"
VS_CODE, NEOVIM = 50, 200


def model() -> ScriptedModel:
    """It is wrong each time, so that each key may be a reason to ask anew."""
    return ScriptedModel(*[Script(["?!\n"], first=0.05)] * 200)


async def type_all(e: Editor, text: str, gap: float) -> None:
    for key in text:
        e.type(key)
        await asyncio.sleep(gap)


@pytest.mark.parametrize("gap", [0.02, 0.06, 0.12, 0.4, 2.0])
@pytest.mark.parametrize("waits_ms", [VS_CODE, NEOVIM])
@virtual
async def test_a_client_that_never_asks_costs_nothing(waits_ms: int, gap: float) -> None:
    e = editor("‸\n", scripted := model(), waits_ms=waits_ms, debounce_ms="auto")
    await type_all(e, TWO_LINES, gap)
    assert scripted.prompts == []


@pytest.mark.parametrize(
    ("waits_ms", "gap", "most"),
    [
        (VS_CODE, 0.02, 1),
        (VS_CODE, 0.06, 1),
        (VS_CODE, 0.12, 1),
        (VS_CODE, 2.0, 1),
        # No request is due while the keys come faster than the client asks.
        (NEOVIM, 0.12, MAX_IN_BURST),
        (NEOVIM, 0.4, 1),
        (NEOVIM, 2.0, 1),
    ],
)
@virtual
async def test_a_client_that_stops_asking_costs_no_more_than_what_was_on_its_way(
    waits_ms: int, gap: float, most: int
) -> None:
    e = editor("‸\n", scripted := model(), waits_ms=waits_ms, debounce_ms="auto")
    e.follows()
    await type_all(e, TWO_LINES, gap)
    assert len(scripted.prompts) <= most


@virtual
async def test_a_client_that_asks_again_gets_its_head_start_again() -> None:
    scripted = model()
    e = editor("‸\n", scripted, waits_ms=VS_CODE)
    e.follows()
    await type_all(e, "abc", 0.4)
    assert len(scripted.prompts) == 1
    await e.ask()
    n_asked = len(scripted.prompts)
    e.type("d")
    await asyncio.sleep(0.04)
    assert len(scripted.prompts) == n_asked + 1


@virtual
async def test_asking_by_hand_does_not_tell_that_the_client_asks_by_itself() -> None:
    scripted = model()
    e = editor("‸\n", scripted, waits_ms=VS_CODE, alternatives=1)
    await e.ask(Trigger.INVOKED)
    n_asked = len(scripted.prompts)
    await type_all(e, TWO_LINES, 0.12)
    assert len(scripted.prompts) == n_asked


@virtual
async def test_a_client_that_asks_in_one_document_is_not_believed_to_ask_in_another() -> None:
    scripted = model()
    e = editor("‸\n", scripted, waits_ms=VS_CODE)
    e.follows()
    e.at = cursor("# ‸\n", uri="file:///project/notes.md")
    await type_all(e, TWO_LINES, 0.12)
    assert scripted.prompts == []


@virtual
async def test_a_closed_document_is_asked_about_no_more_until_the_client_asks() -> None:
    scripted = model()
    e = editor("‸\n", scripted, waits_ms=VS_CODE)
    e.follows()
    e.service.closed(e.at.document.uri)
    await type_all(e, TWO_LINES, 0.12)
    assert scripted.prompts == []


@virtual
async def test_a_head_start_that_stalls_gets_no_other_beside_it_where_no_request_came() -> None:
    scripted = ScriptedModel(*[Script(stall=True)] * 9)
    e = editor("‸\n", scripted, waits_ms=VS_CODE)
    for _ in range(4):
        e.service.resources.pace.first_token(0.3)
    e.follows()
    e.type("a")
    await asyncio.sleep(5)
    assert len(scripted.prompts) == 1


@virtual
async def test_a_wait_longer_than_the_request_takes_to_come_costs_nothing() -> None:
    e = editor("‸\n", scripted := model(), waits_ms=VS_CODE, debounce_ms=300)
    e.follows()
    await type_all(e, TWO_LINES, 0.4)
    assert scripted.prompts == []


@virtual
async def test_a_menu_that_opens_no_more_costs_no_more() -> None:
    scripted = model()
    e = editor("‸\n", scripted, debounce_ms="auto", waits_ms=250, ghost_text=False)
    e.follows()
    await type_all(e, TWO_LINES, 0.4)
    assert len(scripted.prompts) <= 1


@virtual
async def test_text_typed_nearly_to_its_end_is_not_gone_on_with_where_no_request_comes() -> None:
    scripted = ScriptedModel(*[Script(["sum(prices)\n"], first=0.05)] * 9)
    e = editor("total = ‸\n", scripted, waits_ms=VS_CODE)
    await e.shown()
    await asyncio.sleep(1)
    # One stream is on its way when the client stops to ask; after that there is none.
    await type_all(e, "sum(prices)\nsum(prices)\nsum(prices)\n", 0.2)
    assert len(scripted.prompts) <= 2
