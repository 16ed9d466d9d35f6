"""The typing bench in one process and in virtual time: the same on every machine, in seconds.

    python -m benches.virtual_typing --conditions default --manners accept --seeds 1-20

The completion service of foretype, the same with next edits asked for at each key as well
(*next-edits*), and the way of *reuse*, without protocol and process, against the scripted
upstream's answers. The machine's own time counts nothing; all else, the hand, the
editors, the texts, the upstream's times and faults, is that of ``benches.human_typing``.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol, cast

from benches.human_typing import names_of
from benches.lane import CONDITIONS, JUDGED_BY_FIRST_LINE, could_at, script_of, stretches_of
from benches.manners import MANNERS, Manner
from benches.player import Player
from benches.reference.common import MAX_TOKENS, messages
from benches.reference.reusing import Around, Failed, Reuse
from benches.rpc import Asked, Connection
from benches.tally import Tally
from benches.typing_report import Group, report
from foretype.completion.service import CompletionService
from foretype.completion.suggestion import Suggestion, Trigger
from foretype.core.cursor import Cursor
from foretype.core.deadline import Deadline, now
from foretype.core.text import Document, Edit
from foretype.evaluation.holes import Hole
from foretype.lsp.features.next_edit import NextEditRequests
from foretype.models.measured import Measured
from foretype.models.observer import AnswerObserver
from foretype.models.protocol import Chunk, Message, ModelUnavailable, Prompt
from foretype.models.scripted import ScriptedModel
from foretype.settings.schema import CompletionSettings, NextEditSettings, Settings
from foretype.upstream import question
from foretype.upstream.answer import make_answer
from foretype.upstream.script import Script

# Virtual time and the editor's side are the tests'.
sys.path.append(str(Path(__file__).parent.parent / "tests"))
from helpers import virtual
from helpers.service_editor import OpenGate, Waits

SERVERS = ("foretype", "next-edits", "reuse")
WARM_UP_KEYS = 25
WAY_S = 0.001
"""Seconds for an answer's way to the editor."""
DEADLINE_MS, INVOKED_MS = 400, 2000
SETTLE_S = 3.0


@dataclass
class Upstream:
    """The scripted upstream as a model."""

    script: Script = field(default_factory=Script)
    tally: Tally = field(default_factory=Tally)
    name: str = "scripted"
    measured: Measured = field(default_factory=Measured)
    _number: int = 0

    def begin(self, tally: Tally) -> None:
        """Count into a tally from now on."""
        self.tally, self._number = tally, 0

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        observer, aborted = AnswerObserver(self.measured, prompt), False
        try:
            async with aclosing(self._answer(prompt)) as chunks:
                async for chunk in chunks:
                    observer.saw(chunk)
                    yield chunk
        except (asyncio.CancelledError, GeneratorExit):
            aborted = True
            raise
        finally:
            observer.ended(aborted=aborted)
            self.tally.upstream_aborted += aborted

    async def _answer(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        tally, dice = self.tally, self.script.dice(self._number)
        self._number += 1
        tally.upstream_requests += 1
        tally.upstream_chars += prompt.n_chars
        begins = now() + self.script.first_token_s(dice)
        fault = self.script.fault_now(dice)
        if fault in ("500", "429"):
            raise ModelUnavailable(fault)
        if fault.startswith("stall") and fault != "stall_middle":
            await asyncio.Event().wait()
        script = self.script.changed({"reasoning": self.script.thought(dice)})
        said = make_answer(_asked(prompt), script)
        chunks = [Chunk(reasoning=piece) for piece in said.reasoning]
        chunks += [Chunk(piece) for piece in said.pieces]
        for number, chunk in enumerate(chunks):
            if fault and number >= self.script.fault_after:
                if fault == "stall_middle":
                    await asyncio.Event().wait()
                raise ModelUnavailable(fault)
            await asyncio.sleep(begins + number / self.script.tokens_per_second - now())
            tally.upstream_tokens += 1
            yield chunk
        await asyncio.sleep(begins - now())
        yield Chunk(finish=said.finish)

    async def warm(self) -> None: ...

    async def close(self) -> None: ...


def _asked(prompt: Prompt) -> question.Question:
    said = [{"role": each.role, "content": each.content} for each in prompt.messages]
    return question.read("chat", {"messages": said, "max_tokens": prompt.max_tokens})


class Server(Protocol):
    """What answers the editor."""

    def opened(self, document: Document) -> None: ...
    def changed(self, old: Document, new: Document, edit: Edit) -> None: ...
    def closed(self, uri: str) -> None: ...
    async def answer(self, cursor: Cursor) -> str: ...
    async def close(self) -> None: ...


class Foretype:
    """The completion service."""

    def __init__(self, model: Upstream, manner: Manner, wire: InProcess) -> None:
        self._wire = wire
        self._service = CompletionService(
            settings=Settings(completion=CompletionSettings(local="off")),
            model=model,
            gate=OpenGate(),
            client=Waits(round(1000 * manner.asks_after_s)),
            on_late=self._late,
        )
        self.opened, self.closed = self._service.opened, self._service.closed

    def changed(self, old: Document, new: Document, edit: Edit) -> None:
        self._service.edited(old, new, (edit,))

    async def answer(self, cursor: Cursor) -> str:
        deadline = Deadline.after_ms(DEADLINE_MS)
        answer = await self._service.suggest(cursor, Trigger.AUTOMATIC, deadline)
        return answer.text if isinstance(answer, Suggestion) else ""

    async def close(self) -> None:
        await self._service.close()

    def _late(self, suggestion: Suggestion) -> None:
        self._wire.announce(suggestion.cursor.document)


class WithNextEdits(Foretype):
    """The completion service, and next edits of rules and of a model that has none."""

    def __init__(self, model: Upstream, manner: Manner, wire: InProcess) -> None:
        super().__init__(model, manner, wire)
        session = SimpleNamespace(
            documents=wire,
            notifier=SimpleNamespace(send=lambda method, params: None),
            service=self._service,
            services=SimpleNamespace(gate=MasksNothing(), model=ScriptedModel("NO_EDIT")),
            settings=Settings(next_edit=NextEditSettings(mode="on", model=True)),
            toggles=SimpleNamespace(all_off=False, is_off=lambda document: False),
        )
        self._requests = NextEditRequests(cast(Any, session))
        self._tasks: set[asyncio.Future[Any]] = {asyncio.ensure_future(self._requests.load())}

    def changed(self, old: Document, new: Document, edit: Edit) -> None:
        super().changed(old, new, edit)
        self._requests.edited(old, new)

    async def answer(self, cursor: Cursor) -> str:
        document, line = cursor.document, cursor.document.line_of(cursor.offset)
        position = {"line": line, "character": cursor.offset - document.line_start(line)}
        params = {"textDocument": {"uri": document.uri}, "position": position}
        self._tasks.add(asyncio.ensure_future(self._requests.next_edit(params)))
        return await super().answer(cursor)

    async def close(self) -> None:
        await asyncio.gather(*self._tasks)
        await self._requests.close()
        await super().close()


class MasksNothing(OpenGate):
    """A gate that hides nothing from a model."""

    def mask(self, text: str) -> str:
        return text


class Reusing:
    """The way of *reuse*."""

    def __init__(self, model: Upstream) -> None:
        self._model = model
        self._reuse = Reuse(self._ask)

    async def _ask(self, at: Around) -> AsyncIterator[str]:
        said = [Message(each["role"], each["content"]) for each in cast(Any, messages(at))]
        prompt = Prompt(messages=tuple(said), max_tokens=MAX_TOKENS)
        try:
            async with aclosing(self._model.stream(prompt)) as stream:
                async for chunk in stream:
                    yield chunk.text
        except ModelUnavailable as error:
            raise Failed from error

    def opened(self, document: Document) -> None: ...
    def changed(self, old: Document, new: Document, edit: Edit) -> None: ...
    def closed(self, uri: str) -> None: ...
    async def close(self) -> None: ...

    async def answer(self, cursor: Cursor) -> str:
        text, at = cursor.document.text, cursor.offset
        return await self._reuse.answer(Around(cursor.document.uri, text[:at], text[at:]))


class InProcess:
    """A connection to a server in this process, for the bench's editors."""

    server: Server
    encoding = "utf-16"

    def __init__(self) -> None:
        self.on_answered: Any = None
        self.on_notification: Any = None
        self._documents: dict[str, Document] = {}
        self._tasks: dict[int, asyncio.Task[str]] = {}

    def get(self, uri: str) -> Document | None:
        return self._documents.get(uri)

    def __iter__(self) -> Iterator[Document]:
        return iter(self._documents.values())

    def notify(self, method: str, params: Mapping[str, Any]) -> None:
        named = params["textDocument"]
        uri = named["uri"]
        if method.endswith("didOpen"):
            document = Document(uri, named["text"], named["languageId"], named["version"])
            self._documents[uri] = document
            self.server.opened(document)
        elif method.endswith("didClose"):
            self.server.closed(uri)
        for change in params.get("contentChanges", ()):
            old, where = self._documents[uri], change["range"]
            start, end = (_offset(old, where[side]) for side in ("start", "end"))
            edit = Edit(start, end, change["text"])
            new = self._documents[uri] = old.apply(edit, old.version + 1)
            self.server.changed(old, new, edit)

    def ask(self, method: str, params: Mapping[str, Any]) -> Asked:
        asked = Asked(len(self._tasks) + 1, method, now())
        if "position" in params:
            document = self._documents[params["textDocument"]["uri"]]
            cursor = Cursor(document, _offset(document, params["position"]))
            task = self._tasks[asked.id] = asyncio.ensure_future(self.server.answer(cursor))
            task.add_done_callback(lambda task: self._answered(asked, task))
        return asked

    def cancel(self, asked: Asked) -> None:
        self._tasks[asked.id].cancel()

    def announce(self, document: Document) -> None:
        told = "foretype/suggestionReady", {"uri": document.uri, "version": document.version}
        asyncio.get_running_loop().call_later(WAY_S, self.on_notification, *told)

    def _answered(self, asked: Asked, task: asyncio.Task[str]) -> None:
        answer: dict[str, Any] = {"error": {"code": -32800, "message": "cancelled"}}
        if not task.cancelled():
            text = task.result()
            answer = {"result": {"items": [{"insertText": text}]} if text.strip() else None}
        asyncio.get_running_loop().call_later(WAY_S, self._reply, asked, answer)

    def _reply(self, asked: Asked, answer: dict[str, Any]) -> None:
        asked.answers.append((now(), answer))
        self.on_answered(asked)


def _offset(document: Document, position: Mapping[str, int]) -> int:
    start = document.starts[position["line"]]
    before = document.text[start:].encode("utf-16-le")[: 2 * position["character"]]
    return start + len(before.decode("utf-16-le"))


async def play(group: Group, stretches: Iterator[Hole], seed: int, pauses: int) -> Tally:
    """Type until there are so many pauses; a few keys before do not count."""
    model, wire, tally = Upstream(), InProcess(), Tally()
    manner, is_first = MANNERS[group.manner], group.condition in JUDGED_BY_FIRST_LINE
    if group.server == "reuse":
        wire.server = Reusing(model)
    else:
        wire.server = (WithNextEdits if group.server == "next-edits" else Foretype)(
            model, manner, wire
        )

    async def type_next(tally: Tally, number: int, enough: Callable[[], bool]) -> None:
        stretch = next(stretches)
        name = f"{number}-{stretch.source.name}"
        model.script = script_of(group.condition, seed, name, stretch)
        player = Player(
            cast(Connection, wire),
            manner,
            tally,
            uri=f"file:///bench/{name}",
            stretch=stretch,
            seed=seed,
            could=could_at(stretch, name, model.script, first_line=is_first),
            first_line=is_first,
        )
        await player.play(enough)

    warm_up = model.tally
    await type_next(warm_up, 0, lambda: warm_up.keys >= WARM_UP_KEYS)
    model.begin(tally)
    number = 0
    while len(tally.pauses) < pauses:
        number += 1
        await type_next(tally, number, lambda: len(tally.pauses) >= pauses)
    await asyncio.sleep(SETTLE_S)
    await wire.server.close()
    return tally


def measure(
    group: Group,
    seeds: Iterable[int],
    pauses: int,
    stretches: Callable[[int], Iterator[Hole]] = stretches_of,
) -> Tally:
    """Pool what is counted for some seeds; ``stretches`` gives the texts of each."""
    pooled = Tally()
    for seed in seeds:
        pooled.add(virtual.run(play(group, stretches(seed), seed, pauses)))
    return pooled


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benches.virtual_typing")
    parser.add_argument("--servers", type=names_of(SERVERS), default=["foretype", "reuse"])
    parser.add_argument("--conditions", type=names_of(CONDITIONS), default=["default"])
    parser.add_argument("--manners", type=names_of(MANNERS), default=["accept"])
    parser.add_argument("--pauses", type=int, default=50, help="for each seed")
    parser.add_argument("--seeds", type=_seeds, default=range(1, 21), help="from-to, inclusive")
    args = parser.parse_args()
    groups = {
        group: measure(group, args.seeds, args.pauses)
        for condition in args.conditions
        for manner in args.manners
        for server in args.servers
        for group in (Group(server, condition, manner),)
    }
    print(report(groups))
    return 0


def _seeds(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


if __name__ == "__main__":
    sys.exit(main())
