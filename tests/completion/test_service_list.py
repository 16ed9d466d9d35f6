"""A completion list that waits for ghost text: a model that is late does not keep it shut."""

from __future__ import annotations

import asyncio

import pytest
from helpers.service_editor import CountingEngine, Editor, editor
from helpers.virtual import virtual

from foretype.completion.suggestion import Source, Suggestion, Trigger
from foretype.core.deadline import Deadline, now
from foretype.models.scripted import Script, ScriptedModel

WAITS_S = 0.05
"""Seconds after a key at which the client asks."""
STALLS = 60.0
OPENS, DUE = 0.1, 0.45


class Typist:
    """Begins a word, rests, and types something else, with a model of a pace of its own."""

    def __init__(self, *, late: list[Suggestion] | None, waits: bool = True, guesses: bool = False):
        self.script = Script(["rice\n"])
        model = ScriptedModel(self.script)
        local = "fallback" if guesses else "off"
        self.editor: Editor = editor(
            "‸\n", model, waits_ms=50, list_waits=waits, late=late, local=local
        )
        self.editor.service.set_local(CountingEngine() if guesses else None)
        self.states: list[str] = []
        tell = self.states.append
        self.editor.service.resources.on_status = lambda state, message: tell(state)
        self.sources: list[Source | None] = []

    async def shut(
        self,
        first: float,
        trigger: Trigger = Trigger.AUTOMATIC,
        *,
        entry: str = "",
        rests: float = 3.0,
    ) -> float:
        """Give the seconds after its key for which the list stays shut."""
        e, self.script.first = self.editor, first
        e.type("total = p")
        key = now()
        await asyncio.sleep(WAITS_S)
        deadline = Deadline.after_ms(400)
        answer = await e.service.suggest(e.at, trigger, deadline, selected=entry)
        took = now() - key
        self.sources.append(answer.source if isinstance(answer, Suggestion) else None)
        await asyncio.sleep(rests)
        e.type("other\n")
        await asyncio.sleep(3.0)
        return round(took, 2)


@virtual
async def test_the_list_waits_twice_for_a_model_that_stalls_and_then_no_more() -> None:
    typist = Typist(late=[])
    assert [await typist.shut(STALLS) for _ in range(5)] == [DUE, DUE, OPENS, OPENS, OPENS]


@pytest.mark.parametrize("first", [0.7, 0.9, 1.2])
@virtual
async def test_text_for_which_no_list_waits_is_announced(first: float) -> None:
    late: list[Suggestion] = []
    typist = Typist(late=late)
    assert [await typist.shut(first) for _ in range(5)] == [DUE, DUE, OPENS, OPENS, OPENS]
    assert [suggestion.text for suggestion in late] == ["rice"] * 5


@virtual
async def test_a_model_that_is_in_time_again_is_waited_for_again() -> None:
    late: list[Suggestion] = []
    typist = Typist(late=late)
    assert [await typist.shut(first) for first in (STALLS, STALLS, 0.3)] == [DUE, DUE, OPENS]
    assert len(late) == 1
    assert OPENS < await typist.shut(0.3) < DUE
    assert await typist.shut(STALLS) == DUE


@virtual
async def test_one_text_in_time_is_enough_to_wait() -> None:
    typist = Typist(late=[])
    assert await typist.shut(STALLS) == DUE
    assert OPENS < await typist.shut(0.3) < DUE
    assert await typist.shut(STALLS) == DUE


@virtual
async def test_what_was_asked_for_by_hand_or_for_an_entry_is_waited_for() -> None:
    typist = Typist(late=[])
    for _ in range(3):
        await typist.shut(STALLS)
    assert await typist.shut(STALLS, Trigger.INVOKED) == DUE
    assert await typist.shut(STALLS, entry="price_of") == DUE
    assert await typist.shut(STALLS) == OPENS


@pytest.mark.parametrize(("waits", "late"), [(False, []), (True, None)])
@virtual
async def test_nothing_is_answered_early_where_no_list_waits_or_late_text_is_lost(
    waits: bool, late: list[Suggestion] | None
) -> None:
    typist = Typist(late=late, waits=waits)
    assert [await typist.shut(STALLS) for _ in range(4)] == [DUE] * 4


@virtual
async def test_it_is_explained_that_the_list_was_not_kept_waiting() -> None:
    typist = Typist(late=[])
    for _ in range(3):
        await typist.shut(STALLS)
    assert "list was not kept waiting" in " ".join(typist.editor.service.why("the model"))


@virtual
async def test_the_user_is_told_of_the_slow_model_all_the_same() -> None:
    typist = Typist(late=[])
    for _ in range(4):
        await typist.shut(STALLS)
    assert typist.states.count("slow") == 1


@virtual
async def test_who_types_on_before_the_deadline_has_missed_nothing() -> None:
    typist = Typist(late=[])
    for _ in range(2):
        await typist.shut(STALLS)
    for _ in range(5):
        assert await typist.shut(STALLS, rests=0.1) == OPENS
    assert "slow" not in typist.states


@virtual
async def test_the_embedded_engine_s_text_is_shown_meanwhile() -> None:
    typist = Typist(late=[], guesses=True)
    waited = [await typist.shut(STALLS) for _ in range(4)]
    assert waited[0] == DUE
    assert all(seconds <= OPENS for seconds in waited[1:])
    assert typist.sources == [Source.LOCAL] * 4
