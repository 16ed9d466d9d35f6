"""What becomes of suggestions: shown, typed through, accepted, dismissed; and what that teaches.

Feeds the debounce, the counts, the budget and the record. What an edit means for the displayed
suggestion is decided in ``displayed.py``.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from weakref import WeakKeyDictionary

from foretype.completion.feedback.displayed import DisplayedSuggestion, Event
from foretype.completion.feedback.kept import AcceptedText, changes_of
from foretype.completion.feedback.why import Decision
from foretype.completion.generation.debounce import AdaptiveDebounce
from foretype.completion.generation.generation import Generation
from foretype.completion.resources import Resources
from foretype.completion.suggestion import Answer, Source, Suggestion, Trigger
from foretype.core.cursor import Cursor, is_typing
from foretype.core.deadline import now
from foretype.core.text import Document, Edit
from foretype.core.timings import Timings
from foretype.models.protocol import Model, provider_of
from foretype.spending.budget import EMBEDDED
from foretype.spending.suggestion_log import AnswerFacts
from foretype.spending.suggestion_row import SuggestionRow
from foretype.spending.usage import Usage

TAKEN = frozenset({Event.ACCEPTED, Event.ACCEPTED_PART})
"""The events by which a suggestion was of use at one stroke."""
KEPT_AFTER_S = 30.0
"""Seconds after which it is looked whether an accepted text is still there."""
MAX_DECISIONS = 5
"""Answers that can be explained; each holds a version of its document."""
MAX_ACCEPTED = 50
"""Accepted texts of a document that are followed, the last ones."""


@dataclass(eq=False)
class Followed:
    """An accepted text that is looked for later."""

    row: SuggestionRow
    accepted: AcceptedText
    timer: asyncio.TimerHandle | None = None

    def stop(self) -> None:
        if self.timer is not None:
            self.timer.cancel()


class FeedbackTracker:
    """Records what the user does with suggestions."""

    def __init__(
        self, resources: Resources, debounce: AdaptiveDebounce, counts: Counter[str]
    ) -> None:
        self._resources = resources
        self._debounce = debounce
        self._counts = counts
        self.decisions: deque[Decision] = deque(maxlen=MAX_DECISIONS)
        """The latest answers, the last one last, without those that were outdated."""
        self._rows: WeakKeyDictionary[Generation, tuple[SuggestionRow, Model | None]]
        self._rows = WeakKeyDictionary()
        """The suggestions that streams were read for first, and who wrote them."""
        self._followed: defaultdict[str, list[Followed]] = defaultdict(list)
        self._texts: dict[str, Document] = {}
        """The documents in which accepted texts are followed, as they are now."""

    # -- answers -------------------------------------------------------------------------------

    def answered(
        self,
        displayed: DisplayedSuggestion,
        answer: Answer,
        cursor: Cursor,
        trigger: Trigger,
        timings: Timings,
    ) -> None:
        """A request was answered. What was visible and goes on was counted before."""
        is_new = not displayed.visible_at(cursor)
        if isinstance(answer, Suggestion):
            if is_new:
                self._debounce.showed()
                if self._resources.budget is not None:
                    self._resources.budget.showed(*self._author(answer))
            displayed.show(answer, now())
        decision = Decision(cursor, trigger, answer, timings, time.time(), is_new)
        if isinstance(answer, Suggestion) or not answer.reason.is_outdated:
            self.decisions.append(decision)
        if self._resources.log is None:
            return
        row = self._resources.log.answered(self._facts(answer, cursor, trigger, timings, is_new))
        if row is None or not isinstance(answer, Suggestion):
            return
        if displayed.shown is not None:
            displayed.shown.row = row
        stream = answer.stream
        if isinstance(stream, Generation) and stream not in self._rows:
            self._rows[stream] = row, self._resources.model
            if stream.is_over:
                self.stream_ended(stream)

    def _facts(
        self, answer: Answer, cursor: Cursor, trigger: Trigger, timings: Timings, is_new: bool
    ) -> AnswerFacts:
        model = self._resources.model
        facts = AnswerFacts(
            model=getattr(model, "name", EMBEDDED),
            provider="" if model is None else provider_of(model),
            language=cursor.document.language,
            invoked=trigger is Trigger.INVOKED,
            is_new=is_new,
            answer_ms=timings.marks.get("answer"),
            asked_ms=timings.marks.get("model"),
        )
        if isinstance(answer, Suggestion):
            name, provider = self._author(answer)
            return replace(
                facts,
                model=name or EMBEDDED,
                provider=provider,
                source=answer.source.value,
                characters=len(answer.text),
            )
        reason = answer.reason
        return replace(facts, reason=reason.name.lower(), is_outdated=reason.is_outdated)

    def stream_ended(self, stream: Generation) -> None:
        """Nothing more comes of a stream: record its cost with the suggestion it was read for."""
        log = self._resources.log
        if stream not in self._rows or log is None:
            return
        row, model = self._rows[stream]
        first, ended = stream.first_token, stream.ended
        usage = stream.usage or self._estimated(model, stream)
        log.streamed(
            row,
            usage,
            None if first is None else (first - stream.started) * 1000,
            None if ended is None else (ended - stream.started) * 1000,
        )

    def _estimated(self, model: Model | None, stream: Generation) -> Usage:
        """The usage of a stream that was ended before its count came."""
        counts = getattr(model, "estimate", None)
        if model is None or counts is None:
            return Usage()
        usage: Usage = counts(stream.prompt.n_chars, len(stream.raw) + stream.thought)
        return usage

    # -- edits ---------------------------------------------------------------------------------

    def edited(
        self, displayed: DisplayedSuggestion, old: Document, cursor: Cursor, edits: tuple[Edit, ...]
    ) -> Event:
        """A document changed; ``cursor`` is where it is after that."""
        displayed.accepted_at = None
        event = self._event(displayed, old, cursor, edits) if len(edits) == 1 else Event.NONE
        self._follow(old, cursor.document, edits)
        shown = displayed.shown
        if event in TAKEN and shown is not None:
            displayed.accepted_at = cursor.offset
            self._count(event, shown.suggestion, len(edits[0].text))
            if shown.row is not None:
                self._take(shown.row, event, edits[0], cursor.document)
        elif self._resources.log is not None and is_typing(edits):
            self._resources.log.typed(cursor.document.language, len(edits[0].text))
            if event is Event.TYPED and shown is not None and shown.accepted and shown.row:
                self._resources.log.became(shown.row, "typed")
        return event

    def _event(
        self, displayed: DisplayedSuggestion, old: Document, cursor: Cursor, edits: tuple[Edit, ...]
    ) -> Event:
        row = displayed.shown.row if displayed.shown is not None else None
        if displayed.settle_dismissal(now()):
            self._debounce.rejected(now())
            self._counts["rejected"] += 1
            if row is not None and self._resources.log is not None:
                self._resources.log.became(row, "rejected")
        return displayed.edited(old, cursor, edits[0], now())

    def accepted(self, all_displayed: Iterable[DisplayedSuggestion], suggestion_id: str) -> None:
        """The client reports that a suggestion was accepted."""
        for displayed in all_displayed:
            shown = displayed.shown
            if shown is not None and shown.latest_id == suggestion_id and not shown.accepted:
                shown.accepted = True
                left = len(shown.suggestion.text) - shown.typed
                self._count(Event.ACCEPTED, shown.suggestion, left)
                if shown.row is not None and self._resources.log is not None:
                    self._resources.log.became(shown.row, "accepted", left)

    def _count(self, event: Event, suggestion: Suggestion, characters: int) -> None:
        self._debounce.accepted(now())
        self._counts[event.name.lower()] += 1
        if self._resources.budget is not None:
            model, provider = self._author(suggestion)
            self._resources.budget.accepted(model, characters, provider)

    def _author(self, suggestion: Suggestion) -> tuple[str, str]:
        """The model that wrote it and its provider; empty for the embedded engine."""
        model = self._resources.model
        if model is None or suggestion.source is Source.LOCAL:
            return "", ""
        return model.name, provider_of(model)

    # -- whether it is still there -------------------------------------------------------------

    def _take(self, row: SuggestionRow, event: Event, edit: Edit, document: Document) -> None:
        """Record that a text was accepted, and follow it."""
        if self._resources.log is None:
            return
        outcome = "accepted" if event is Event.ACCEPTED else "partly"
        self._resources.log.became(row, outcome, len(edit.text))
        texts = self._followed[document.uri]
        if not (texts and texts[-1].row is row and texts[-1].accepted.extend(edit)):
            if len(texts) == MAX_ACCEPTED:
                texts.pop(0).stop()
            end = edit.start + len(edit.text)
            followed = Followed(row, AcceptedText(edit.text, edit.start, end))
            loop = asyncio.get_running_loop()
            followed.timer = loop.call_later(KEPT_AFTER_S, self._look, document.uri, followed)
            texts.append(followed)
        self._texts[document.uri] = document

    def _follow(self, old: Document, new: Document, edits: tuple[Edit, ...]) -> None:
        texts = self._followed.get(new.uri)
        if not texts:
            return
        changes = changes_of(old.text, edits)
        for followed in texts:
            followed.accepted.follow(changes)
        self._texts[new.uri] = new

    def _look(self, uri: str, followed: Followed) -> None:
        if self._resources.log is not None:
            self._compare(uri, followed, partial(self._resources.log.kept, followed.row))

    def saved(self, uri: str) -> None:
        """A document was saved: look what is still there of what was accepted in it."""
        if (log := self._resources.log) is not None:
            for followed in self._followed.get(uri, ()):
                self._compare(uri, followed, partial(log.kept_at_save, followed.row))

    def _compare(self, uri: str, followed: Followed, record: Callable[[float], None]) -> None:
        """Look what is left of an accepted text, in a thread since it takes milliseconds."""
        if (document := self._texts.get(uri)) is None:
            return
        loop = asyncio.get_running_loop()
        looking = loop.run_in_executor(None, replace(followed.accepted).share_in, document.text)
        looking.add_done_callback(lambda done: record(done.result()))

    def closed(self, uri: str) -> None:
        """A document was closed: nothing can be seen of it any more."""
        self._texts.pop(uri, None)
        for followed in self._followed.pop(uri, ()):
            followed.stop()

    def close(self) -> None:
        """The session ends."""
        for uri in tuple(self._followed):
            self.closed(uri)
