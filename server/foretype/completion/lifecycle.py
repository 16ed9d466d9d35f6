"""What the completion service is made of, and what happens to it as a whole.

Documents are opened and closed, the model and the settings are replaced, the service is closed.
The way of a keystroke is in ``service.py``.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet

from foretype.completion.context.background import RetrievedContexts
from foretype.completion.context.window import Context
from foretype.completion.document_state import DocumentState
from foretype.completion.feedback.tracker import FeedbackTracker
from foretype.completion.feedback.why import lines, streams_of
from foretype.completion.generation.debounce import AdaptiveDebounce
from foretype.completion.generation.generation import Generation
from foretype.completion.generation.pool import GenerationPool
from foretype.completion.generation.scheduler import Scheduler
from foretype.completion.protocols import Budget, Client, Gate, Local
from foretype.completion.recovery import Recovery
from foretype.completion.resources import Resources
from foretype.completion.responder import Responder
from foretype.completion.selection.answers import Answers
from foretype.completion.selection.eligibility import has_scopes_off
from foretype.completion.selection.fallback import EmbeddedFallback
from foretype.completion.selection.syntax_check import prepare
from foretype.completion.suggestion import NoSuggestion, Reason, Suggestion, Trigger
from foretype.core.cursor import Cursor
from foretype.core.text import Document
from foretype.languages.scopes import scope_at
from foretype.models.measured import measured_of
from foretype.models.protocol import Model, Prompt, takes_messages
from foretype.settings.schema import Settings
from foretype.spending.suggestion_log import SuggestionLog

PREPARE_AFTER_S = 1.0
"""Seconds after a document was opened at which the grammar of its language is loaded: the first
answers are not to wait for it."""


class ServiceLifecycle:
    """The parts of the service and the state of each document."""

    def __init__(
        self,
        *,
        settings: Settings,
        model: Model | None,
        gate: Gate,
        client: Client,
        local: Local | None = None,
        budget: Budget | None = None,
        files_off: AbstractSet[str] = frozenset(),
        on_late: Callable[[Suggestion], None] | None = None,
        on_status: Callable[[str, str], None] | None = None,
        log: SuggestionLog | None = None,
        cells_above: Callable[[str], Sequence[Document]] = lambda uri: (),
    ) -> None:
        shared = Resources(
            settings, model, gate, client, budget, files_off, on_late, on_status, cells_above, log
        )
        self.resources = shared
        self.counts: Counter[str] = Counter()
        self.debounce = AdaptiveDebounce()
        self.feedback = FeedbackTracker(shared, self.debounce, self.counts)
        self.fallback = EmbeddedFallback(local)
        self.retrieved = RetrievedContexts(
            lambda uri: shared.gate.excluded(uri), self.fallback.similar_files
        )
        self.pool = GenerationPool(
            shared,
            self.debounce,
            self.counts,
            self.on_progress,
            self._awaited_until,
            self._is_rested_on,
            self.feedback.stream_ended,
        )
        self.scheduler = Scheduler(shared, self.pool, self.retrieved, self._has_text)
        self.answers = Answers(shared, self.pool, self.scheduler, self.counts)
        self.responder = Responder(self.answers, self.feedback, self.fallback)
        self.recovery = Recovery(
            shared, self.pool, self.scheduler, self.answers, self.responder, self.counts
        )
        self.documents: defaultdict[str, DocumentState] = defaultdict(DocumentState)
        self.active_uri = ""
        """The document that was edited, or asked about, last."""
        self.is_closed = False

    def on_progress(self, generation: Generation) -> None:
        """More text of a stream came, or its end."""
        raise NotImplementedError

    def _has_text(self, cursor: Cursor) -> bool:
        return self.answers.has_text(self.documents[cursor.document.uri], cursor)

    def _awaited_until(self, generation: Generation) -> float:
        """The deadline of the request that waits for a stream; long past where none does."""
        request = self.documents[generation.anchor.uri].waiting
        is_awaited = request is not None and generation.rest_at(request.cursor) is not None
        return request.deadline.at if request is not None and is_awaited else -math.inf

    def _is_rested_on(self, generation: Generation) -> bool:
        """Whether the user still rests where a stream's text came too late, and wants it."""
        uri = generation.anchor.uri
        if self.resources.on_late is None or uri != self.active_uri:
            return False
        missed = self.documents[uri].missed
        return any(generation.rest_at(cursor) is not None for cursor in missed)

    # -- documents -----------------------------------------------------------------------------

    def opened(self, document: Document) -> None:
        """A document was opened, or replaced as a whole."""
        loop = asyncio.get_running_loop()
        state = self.documents[document.uri]
        state.stop_preparation()
        state.preparation = loop.call_later(PREPARE_AFTER_S, self._prepare, state, document)
        self.retrieved.opened(document)
        self.retrieved.later(Cursor(document, 0), tokens=self.resources.completion.context_tokens)
        if has_scopes_off(self.resources.completion):
            # Read from the top once, so that no key has to wait for it.
            loop.run_in_executor(None, scope_at, Cursor(document, len(document.text)))
        self.fallback.opened(document)

    def _prepare(self, state: DocumentState, document: Document) -> None:
        state.stop_preparation()
        asyncio.get_running_loop().run_in_executor(None, prepare, document)

    def closed(self, uri: str) -> None:
        """A document was closed; its streams end."""
        state = self.documents.pop(uri, DocumentState())
        state.stop_preparation()
        state.schedule.cancel()
        self.responder.dismiss(state, Reason.STALE)
        self.fallback.closed(uri)
        self.pool.closed(uri)
        self.retrieved.closed(uri)
        self.feedback.closed(uri)

    async def rest_at(self, cursor: Cursor) -> None:
        """Gather what a prompt shows of other places, as in a pause of the user at a cursor.

        Whether the file may leave is decided as well, however long that takes.
        """
        await asyncio.to_thread(self.resources.gate.excluded, cursor.document.uri)
        await self.retrieved.make(cursor, tokens=self.resources.completion.context_tokens)

    def question_at(self, cursor: Cursor) -> tuple[Prompt, Context] | NoSuggestion:
        """Return what the model would be asked at a cursor, and what that is made of; or why it
        would not be asked."""
        state = self.documents[cursor.document.uri]
        why_not = self.answers.why_not_here(state, cursor, Trigger.INVOKED)
        if why_not is not None:
            return why_not
        if self.resources.model is None:
            return NoSuggestion(Reason.UNAVAILABLE, "no model is set")
        background = self.retrieved.ready(cursor.document.uri)
        prompt, around = self.pool.prompt_at(self.resources.model, cursor, background=background)
        return prompt, around.context

    def why(self, model: str, *, uri: str = "", line: int | None = None) -> list[str]:
        """Explain the last answer, one line a stage; nothing if there is none.

        ``uri`` and ``line``, from 0: the last one in a document, and in that line of it.
        """
        for decision in reversed(self.feedback.decisions):
            document = decision.cursor.document
            if uri and document.uri != uri:
                continue
            if line is not None and document.line_of(decision.cursor.offset) != line:
                continue
            streams, asked = streams_of(decision, self.pool.cache), self.resources.model
            with_messages = asked is None or takes_messages(asked)
            return lines(decision, streams, model=model, takes_messages=with_messages)
        return []

    def saved(self, uri: str) -> None:
        """A document was saved."""
        self.feedback.saved(uri)

    def accepted(self, suggestion_id: str) -> None:
        """The client reports that a suggestion was accepted."""
        self.feedback.accepted((s.displayed for s in self.documents.values()), suggestion_id)

    def is_visible(self, cursor: Cursor) -> bool:
        """Whether a suggestion is visible at a cursor."""
        return self.documents[cursor.document.uri].displayed.is_visible_at(cursor)

    def visible_text(self, cursor: Cursor) -> str:
        """What is visible at a cursor; empty where nothing is."""
        return self.documents[cursor.document.uri].displayed.visible_at(cursor)

    # -- what is replaced while the service runs -----------------------------------------------

    def replace_model(self, model: Model | None, *, keep_streams: bool = False) -> None:
        """Ask another model from now on, also for the requests that wait.

        ``keep_streams``: it is the same model, reached through another gate.
        """
        if keep_streams:
            self.resources.model = model
            return
        self.resources.use_model(model)
        self.pool.abort_all()
        for state in tuple(self.documents.values()):
            request = state.waiting
            if request is not None:
                request.failure, request.attempts = None, 0
                self.scheduler.start_if_needed(state.schedule, request.cursor)
                self.responder.answer_if_ready(state, request)

    def set_local(self, engine: Local | None) -> None:
        """Use another embedded engine from now on, or none."""
        self.fallback.use(engine)

    def set_settings(self, settings: Settings) -> None:
        """Use other settings from now on, also for the requests that wait."""
        old, new = self.resources.completion, settings.completion
        has_new_sizes = (old.context_tokens, old.max_tokens) != (new.context_tokens, new.max_tokens)
        if has_new_sizes and self.resources.model is not None:
            measured_of(self.resources.model).forget_too_long()
        self.resources.settings = settings
        # What is excluded may be another now; what was gathered before must not be sent.
        self.retrieved.drop()
        for state in tuple(self.documents.values()):
            request, cursor = state.waiting, state.cursor
            trigger = Trigger.AUTOMATIC if request is None else request.trigger
            if cursor is None:
                continue
            why_not = self.answers.why_not_here(state, cursor, trigger)
            if why_not is not None:
                state.schedule.cancel()
                if request is not None:
                    self.responder.answer(state, request, why_not)

    async def close(self) -> None:
        """End all streams and answer what waits, now and later."""
        self.is_closed = True
        self.resources.model = None
        for state in self.documents.values():
            state.stop_preparation()
            state.schedule.cancel()
            self.responder.dismiss(state, Reason.STALE)
        await self.pool.close()
        self.feedback.close()
        await self.retrieved.close()
        await self.fallback.close()
