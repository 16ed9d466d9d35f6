"""An editor's side of the completion service, for tests in virtual time."""

from __future__ import annotations

from dataclasses import dataclass, replace

from helpers.marks import cursor

from foretype.completion.service import CompletionService
from foretype.completion.suggestion import Answer, NoSuggestion, Reason, Suggestion, Trigger
from foretype.core.cursor import Cursor
from foretype.core.deadline import Deadline
from foretype.core.text import Document, Edit
from foretype.models.protocol import Model
from foretype.settings.schema import CompletionSettings, Settings


@dataclass
class OpenGate:
    def excluded(self, uri_or_path: str) -> str | None:
        return "*.env" if uri_or_path.endswith(".env") else None

    def secret_beside(self, text: str, offset: int) -> bool:
        return "sk-fake" in text[:offset]


@dataclass
class Editor:
    """What an editor is to the service: a cursor in a document, edits and questions."""

    service: CompletionService
    at: Cursor
    waits_ms: int = 0

    def type(self, text: str) -> None:
        self.change(Edit(self.at.offset, self.at.offset, text))

    def backspace(self) -> None:
        self.change(Edit(self.at.offset - 1, self.at.offset, ""))

    def change(self, edit: Edit) -> None:
        old = self.at.document
        new = old.apply(edit, old.version + 1)
        self.at = Cursor(new, edit.start + len(edit.text))
        self.service.edited(old, new, (edit,))

    def follows(self) -> None:
        """The client has asked by itself after the last edit."""
        self.service.documents[self.at.document.uri].schedule.follows.note_request()

    async def ask(self, trigger: Trigger = Trigger.AUTOMATIC, *, ms: float = 400) -> Answer:
        return await self.service.suggest(self.at, trigger, Deadline.after_ms(ms))

    async def shown(self) -> str:
        answer = await self.ask()
        assert isinstance(answer, Suggestion), answer
        return answer.text


@dataclass(frozen=True)
class Waits:
    waits_ms: int = 0
    inline_completion: bool = True
    list_waits: bool = False


def editor(
    drawn: str,
    model: Model | None,
    *,
    waits_ms: int = 0,
    ghost_text: bool = True,
    list_waits: bool = False,
    late: list[Suggestion] | None = None,
    **settings: object,
) -> Editor:
    completion = replace(CompletionSettings(local="off", debounce_ms=0), **settings)  # type: ignore[arg-type]
    service = CompletionService(
        settings=Settings(completion=completion),
        model=model,
        gate=OpenGate(),
        client=Waits(waits_ms, ghost_text, list_waits),
        on_late=None if late is None else late.append,
    )
    return Editor(service, cursor(drawn))


def reason(answer: Answer) -> Reason:
    assert isinstance(answer, NoSuggestion), answer
    return answer.reason


@dataclass
class CountingEngine:
    """An embedded engine that is always sure, and counts how often it was asked."""

    asked: int = 0
    unread: int = 0

    def similar_files(self, cursor: Cursor, most: int) -> list[str]:
        return []

    def idle(self) -> bool:
        self.unread -= 1
        return self.unread > 0

    def opened(self, document: Document) -> None: ...
    def edited(self, document: Document) -> None: ...
    def closed(self, uri: str) -> None: ...

    def predict(self, cursor: Cursor) -> Guessed | None:
        self.asked += 1
        return Guessed("sum(prices)")


@dataclass
class Guessed:
    text: str
