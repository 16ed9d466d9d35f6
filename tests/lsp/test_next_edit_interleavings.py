"""However edits, requests and a model's answers follow each other: no answer is of another text.

The requests themselves, without protocol and process, in virtual time.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncGenerator, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from helpers import virtual

from foretype.core.text import Document, Edit
from foretype.lsp.features.next_edit import NextEditRequests
from foretype.models.protocol import Chunk, Prompt
from foretype.next_edit.model.rewrite_prompt import BEGIN, CURSOR, END

TEXT = "def compute(n):\n    return n\n\n\n" + "".join(f"v_{n} = compute({n})\n" for n in range(12))
URI = "file:///shop.py"
N_BATCHES, N_ROUNDS = 4, 500


class Model:
    """Gives one call in the window another argument, at its own pace."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        content = prompt.messages[-1].content
        window = content.partition(f"{BEGIN}\n")[2].partition(f"\n{END}")[0].replace(CURSOR, "")
        lines = window.split("\n")
        calls = [
            n for n, line in enumerate(lines) if re.search(r"(compute|calculate)\(\d+\)$", line)
        ]
        if calls and self.dice.random() < 0.9:
            n = self.dice.choice(calls)
            lines[n] = lines[n].removesuffix(")") + ", extra)"
        await asyncio.sleep(self.dice.random())
        yield Chunk(text="EDIT\n")
        for line in lines:
            await asyncio.sleep(self.dice.random() / 10)
            yield Chunk(text=f"{line}\n")


class Documents:
    """The open documents of a session."""

    encoding = "utf-16"

    def __init__(self, document: Document) -> None:
        self.document = document

    def get(self, uri: str) -> Document | None:
        return self.document if uri == self.document.uri else None

    def __iter__(self) -> Iterator[Document]:
        return iter((self.document,))


class Session:
    """An editor and the requests that answer it."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.documents = Documents(Document(URI, TEXT, "python", 1))
        gate = SimpleNamespace(excluded=lambda uri: None, mask=str)
        toggles = SimpleNamespace(all_off=False, is_off=lambda document: False)
        settings = SimpleNamespace(
            next_edit=SimpleNamespace(mode="on", model=True, languages_off=()), notify_late=True
        )
        self.ready = asyncio.Event()
        self.ready.set()
        ls: Any = SimpleNamespace(
            ready=self.ready,
            documents=self.documents,
            service=None,
            services=SimpleNamespace(gate=gate, model=Model(dice)),
            settings=settings,
            toggles=toggles,
            notifier=SimpleNamespace(send=lambda method, params: None),
        )
        self.requests = NextEditRequests(ls)
        self.texts = [self.documents.document.text]
        self.n_answered = 0

    def edit(self) -> None:
        """One edit: something is typed, a line comes or goes, or all is as it was before."""
        document, dice = self.documents.document, self.dice
        line = dice.randrange(document.n_lines)
        line = max(line, min(2, document.n_lines - 1))  # Below the function.
        start, end = document.line_start(line), document.line_start(line + 1)
        kind = dice.random()
        if kind < 0.3:
            edit = Edit(start, start, f"w_{line} = compute({line})\n")
        elif kind < 0.5:
            edit = Edit(start, end, "")
        elif kind < 0.6 and "def compute(" in document.text:
            at = document.text.index("compute(")
            edit = Edit(at, at + len("compute"), "calculate")
        elif kind < 0.9:
            at = dice.randint(start, document.line_end(line))
            edit = Edit(at, at, dice.choice(("x", " ", "(")))
        else:
            edit = Edit(0, len(document.text), dice.choice(self.texts))
        self.change(edit)

    def change(self, edit: Edit) -> None:
        """Apply an edit."""
        old = self.documents.document
        self.documents.document = new = old.apply(edit, old.version + 1)
        self.texts.append(new.text)
        self.requests.edited(old, new)

    async def ask(self) -> None:
        """Ask at any place, and look at what comes back. Sometimes it is applied."""
        document = self.documents.document
        line = self.dice.randrange(document.n_lines)
        params = {"textDocument": {"uri": URI}, "position": {"line": line, "character": 0}}
        answer = await self.requests.copilot_inline_edit(params)
        for edit in answer["edits"]:
            now = self.documents.document
            assert edit["textDocument"]["version"] == now.version
            start, end = (now.line_start(edit["range"][side]["line"]) for side in ("start", "end"))
            assert_continues(now.text[start:end], edit["text"])
            self.n_answered += 1
            if self.dice.random() < 0.5:
                self.change(Edit(start, end, edit["text"]))


def assert_continues(old: str, new: str) -> None:
    """One call has the model's argument, or the function's new name."""
    given = re.sub(r"(\d+), extra\)", r"\1)", new)
    assert old != new
    assert old in (given, new.replace("calculate", "compute"))
    assert old.count("\n") == 1


async def interleave(dice: random.Random) -> int:
    """Some random steps, at random times; how many edits were answered."""
    session = Session(dice)
    await session.requests.load()
    asked: list[asyncio.Task[None]] = []
    for _ in range(dice.randint(3, 8)):
        if dice.random() < 0.5:
            session.edit()
        else:
            asked.append(asyncio.create_task(session.ask()))
            if dice.random() < 0.1:
                asked[-1].cancel()
        await asyncio.sleep(dice.choice((0.0, 0.1, 0.5, 2.0)))
    results = await asyncio.gather(*asked, return_exceptions=True)
    faults = [r for r in results if isinstance(r, Exception)]
    assert not faults, faults[0]
    await session.requests.close()
    return session.n_answered


@pytest.mark.parametrize("batch", range(N_BATCHES))
def test_no_answer_is_of_another_text(batch: int) -> None:
    dice, n_answered = random.Random(batch), 0
    for _ in range(N_ROUNDS):
        n_answered += virtual.run(interleave(dice))
    assert n_answered > N_ROUNDS // 10


def test_who_asks_while_the_server_starts_waits_however_long_that_takes() -> None:
    async def ask() -> list[dict[str, Any]]:
        session = Session(random.Random(0))
        session.ready.clear()
        at = TEXT.index("compute(")
        session.change(Edit(at, at + len("compute"), "calculate"))
        asyncio.get_running_loop().call_later(60.0, session.ready.set)
        place = {"textDocument": {"uri": URI}, "position": {"line": 4, "character": 0}}
        answer = await session.requests.copilot_inline_edit(place)
        await session.requests.close()
        edits: list[dict[str, Any]] = answer["edits"]
        return edits

    assert [edit["text"] for edit in virtual.run(ask())] == ["v_0 = calculate(0)\n"]
