"""Whatever comes in whatever order: each request answered once and in time, nothing left over."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass

from helpers.examples import examples
from helpers.marks import cursor
from helpers.service_editor import Editor, editor
from helpers.virtual import virtual
from hypothesis import given
from hypothesis import strategies as st

from foretype.completion.generation.pool import MAX_IN_ALL, MAX_RUNNING
from foretype.completion.suggestion import Answer, Suggestion, Trigger
from foretype.core.cursor import Cursor
from foretype.core.deadline import now
from foretype.models.protocol import Chunk, ModelLimited, ModelRejected, ModelUnavailable
from foretype.models.scripted import Script, ScriptedModel

TEXT = "total = sum(price for price in prices)\n    return total\n"
DRAWN = "def f(prices):\n    ‸\n"
DEADLINE_S = 0.4


@dataclass(frozen=True)
class Step:
    what: str
    seconds: float


PIECES = st.sampled_from(
    [
        "sum(", "price", " for price", " in prices)", "\n", "    return total\n", "\n```\n",
        "x" * 30,
        Chunk(reasoning="hm"), Chunk(finish="length"),
        ModelUnavailable("It answered 503."), ModelLimited("Too many.", 1.0),
        ModelRejected("No such model.", 404),
    ]
)  # fmt: skip
SCRIPTS = st.builds(
    Script,
    says=st.lists(PIECES, max_size=6),
    first=st.sampled_from([0.0, 0.05, 0.2, 0.39, 0.4, 0.5, 3.0]),
    gap=st.sampled_from([0.0, 0.01, 0.1]),
    stall=st.booleans(),
)
STEPS = st.builds(
    Step,
    st.sampled_from(
        ["type", "type", "type", "slip", "backspace", "ask", "ask", "by hand", "cancel", "jump",
         "accept", "close", "other document"]
    ),
    st.sampled_from([0.0, 0.0, 0.03, 0.12, 0.3, 0.45, 1.5]),
)  # fmt: skip


class Session:
    """An editor that does what it is told, and checks each answer that it gets."""

    def __init__(self, e: Editor) -> None:
        self.e = e
        self.others = [Editor(e.service, cursor(DRAWN, uri=f"file:///{n}.py")) for n in range(3)]
        self.asked: list[asyncio.Task[Answer]] = []
        self.last: Answer | None = None
        self.ghost: dict[str, str] = {}
        """What is left of the suggestion that each document shows."""

    async def ask(self, trigger: Trigger) -> Answer:
        e, cursor, asked = self.e, self.e.at, now()
        answer = await e.ask(trigger)
        if e.at == cursor and (isinstance(answer, Suggestion) or not answer.reason.is_outdated):
            text = answer.text if isinstance(answer, Suggestion) else ""
            assert text.startswith(self.ghost.get(cursor.document.uri, ""))
            self.ghost[cursor.document.uri] = text
        assert now() - asked <= DEADLINE_S
        if isinstance(answer, Suggestion):
            self.last = answer
            assert answer.cursor == cursor
            assert answer.text.strip()
            assert not any(line.startswith("```") for line in answer.text.split("\n"))
        return answer

    def do(self, what: str) -> None:
        e, uri = self.e, self.e.at.document.uri
        if what == "type":
            key, ghost = TEXT[len(e.at.before) % len(TEXT)], self.ghost.pop(uri, "")
            self.ghost[uri] = ghost[1:] if ghost.startswith(key) else ""
            e.type(key)
            return
        if what in {"ask", "by hand"}:
            trigger = Trigger.AUTOMATIC if what == "ask" else Trigger.INVOKED
            self.asked.append(asyncio.ensure_future(self.ask(trigger)))
            return
        if what == "cancel":
            if self.asked:
                self.asked[-1].cancel()
            return
        self.ghost.pop(uri, None)
        if what == "slip":
            e.type("#")
        elif what == "backspace" and e.at.offset:
            e.backspace()
        elif what == "jump":
            e.at = Cursor(e.at.document, e.at.offset // 2)
        elif what == "accept" and isinstance(self.last, Suggestion):
            if self.last.cursor == e.at:
                e.type(self.last.text)
        elif what == "close":
            e.service.closed(e.at.document.uri)
        elif what == "other document":
            self.others.append(e)
            self.e = self.others.pop(0)

    def check_room(self) -> None:
        """No more streams run than may."""
        running = self.e.service.pool.cache.running
        by_document = Counter(generation.anchor.uri for generation in running)
        assert max(by_document.values(), default=0) <= MAX_RUNNING
        assert len(running) <= MAX_IN_ALL


@examples(300)
@given(st.lists(SCRIPTS, min_size=1, max_size=4), st.lists(STEPS, max_size=25), st.booleans())
@virtual
async def test_every_request_is_answered_once_and_in_time(
    scripts: list[Script], steps: list[Step], waits: bool
) -> None:
    model = ScriptedModel(*scripts)
    session = Session(editor(DRAWN, model, waits_ms=200 if waits else 0))
    for step in steps:
        session.do(step.what)
        await asyncio.sleep(step.seconds)
        session.check_room()
    await asyncio.sleep(DEADLINE_S)
    outcomes = await asyncio.gather(*session.asked, return_exceptions=True)
    for outcome in outcomes:
        assert not isinstance(outcome, Exception), outcome
    await asyncio.sleep(4)
    assert model.running == 0
    service = session.e.service
    for e in (session.e, *session.others):
        service.closed(e.at.document.uri)
    assert not list(service.pool.cache)
    await service.close()
    assert len(asyncio.all_tasks()) == 1
