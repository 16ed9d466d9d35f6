"""From a keystroke to an answer, in the order in which it happens.

The desk owns the streams, so that they outlive the requests that started them: it lets requests
wait for them, answers each exactly once and in time, and ends the streams that nobody needs.
Knows neither the protocol nor any SDK.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from foretype.completion.context.background import RetrievedContexts
from foretype.completion.feedback.tracker import TAKEN, FeedbackTracker
from foretype.completion.generation.debounce import AdaptiveDebounce
from foretype.completion.generation.generation import Generation
from foretype.completion.generation.pool import GenerationPool
from foretype.completion.generation.scheduler import Scheduler
from foretype.completion.protocols import Budget, Client, Gate, Local
from foretype.completion.request import Request, patience
from foretype.completion.selection.alternatives import PATIENCE
from foretype.completion.selection.answers import Answers
from foretype.completion.selection.candidates import Candidate, candidates
from foretype.completion.selection.eligibility import has_scopes_off, skip
from foretype.completion.selection.fallback import EmbeddedFallback
from foretype.completion.selection.syntax_check import prepare
from foretype.completion.suggestion import Answer, NoSuggestion, Reason, Source, Suggestion, Trigger
from foretype.core.cursor import Cursor, cursor_after, is_typing, rest_of_selected, with_inserted
from foretype.core.deadline import Deadline, now
from foretype.core.text import Document, Edit
from foretype.core.timings import Timings
from foretype.languages.scopes import scope_at
from foretype.models.protocol import Model, ModelError, ModelRejected, PromptTooLong
from foretype.settings.schema import Settings

log = logging.getLogger(__name__)

MARGIN = 0.004
"""Seconds before a deadline at which its timer fires, so that the answer is written in time."""
RETRIES = 2
"""How often one request starts a stream again after a fault of the provider."""
PREPARE = 1.0
"""Seconds after a document was opened at which the grammar of its language is loaded: the first
answers are not to wait for it."""

_PASSING = frozenset({Reason.SUPERSEDED, Reason.STALE})
_TOO_LATE = frozenset({Reason.DEADLINE, Reason.REASONING, Reason.UNAVAILABLE})


class CompletionService:
    """The place where requests, edits and streams meet. All methods run on the event loop."""

    def __init__(
        self,
        *,
        settings: Settings,
        model: Model | None,
        gate: Gate,
        client: Client,
        local: Local | None = None,
        on_late: Callable[[Suggestion], None] | None = None,
        on_status: Callable[[str, str], None] | None = None,
        purse: Budget | None = None,
    ) -> None:
        self.settings = settings
        self.gate = gate
        self.client = client
        self.on_late = on_late
        self.on_status = on_status
        """Told how the model is: ready, error, reasoning or budget, and a sentence."""
        self.counts: Counter[str] = Counter()
        self.debounce = AdaptiveDebounce()
        self.pool = GenerationPool(
            self.debounce, self.counts, self._on_progress, self._awaited_until
        )
        self.retrieved = RetrievedContexts(lambda uri: self.gate.excluded(uri))
        self.feedback = FeedbackTracker(self.debounce, self.counts, purse, self._author)
        completion = settings.completion
        self.scheduler = Scheduler(
            completion, model, client, self.pool, self.retrieved, self._candidates, purse
        )
        self.answers = Answers(
            completion,
            self.pool,
            self.feedback,
            self.scheduler,
            self._candidates,
            purse,
            self._say,
        )
        self.fallback = EmbeddedFallback(local, self._answer_if_ready)
        self.last: Answer | None = None
        """The last answer, for ``foretype.why``."""
        self.last_timings: Timings | None = None
        self._waiting: dict[str, Request] = {}
        self._places: dict[str, Cursor] = {}
        self._missed: dict[str, list[Cursor]] = {}
        """The places whose deadline passed without a text, since the cursor is where it is: the
        cursor's own, and the one after the popup's entry."""
        self._prepared: dict[str, asyncio.TimerHandle] = {}
        self._is_closed = False

    # -- requests ------------------------------------------------------------------------------

    async def suggest(
        self, cursor: Cursor, trigger: Trigger, deadline: Deadline, *, selected: str = ""
    ) -> Answer:
        """What to show at a place, at the deadline at the latest.

        Cancelling the caller ends its waiting and not the stream. ``selected`` is the entry that
        the client's completion popup has selected; the suggestion then begins with it.
        """
        if trigger is Trigger.AUTOMATIC:
            self.scheduler.requested(cursor.document.uri)
        ahead = rest_of_selected(cursor, selected)
        if ahead is None:
            self._dismiss_request(cursor.document.uri, Reason.SUPERSEDED)
            return self._note(NoSuggestion(Reason.UNWANTED, "the popup's entry stands elsewhere"))
        request = self._arrive(cursor, trigger, deadline, ahead)
        try:
            answer = await request.answer
        except asyncio.CancelledError:
            self._leave(request)
            raise
        if ahead and isinstance(answer, Suggestion):
            return replace(
                answer,
                text=ahead + answer.text,
                cursor=cursor,
                alternatives=tuple(ahead + other for other in answer.alternatives),
            )
        return answer

    def _arrive(self, typed: Cursor, trigger: Trigger, deadline: Deadline, ahead: str) -> Request:
        uri = typed.document.uri
        cursor = with_inserted(typed, ahead)
        self._dismiss_request(uri, Reason.SUPERSEDED)
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        enough = patience(deadline, self.debounce.last_key, self.client.waits_ms / 1000)
        request = Request(cursor, trigger, deadline, enough, answer, ahead)
        if self._is_closed:
            self._answer(request, NoSuggestion(Reason.STALE))
            return request
        unwanted = self._unwanted(cursor, trigger)
        if unwanted is not None:
            self.scheduler.forget(uri)
            self._answer(request, unwanted)
            return request
        self._waiting[uri] = request
        if self._places.get(uri) != typed:
            self._missed.pop(uri, None)
        self._places[uri] = typed
        self.pool.reconcile(cursor, self.settings.completion, typed=typed)
        loop = asyncio.get_running_loop()
        request.timers.append(loop.call_at(deadline.at - MARGIN, self._at_deadline, request))
        if request.patience < deadline.at - MARGIN:
            request.timers.append(loop.call_at(request.patience, self._answer_if_ready, request))
        if request.is_invoked and self.feedback.screen(cursor).visible_at(cursor).strip():
            request.wants_others = True
            until = min(now() + PATIENCE, deadline.at - MARGIN)
            request.timers.append(loop.call_at(until, self._stop_waiting_for_alternatives, request))
        self._answer_if_ready(request)
        if not request.answer.done():
            self.fallback.ask(request, is_off=self.settings.completion.local == "off")
            self._plan(request)
        return request

    def _plan(self, request: Request) -> None:
        is_invoked, is_selecting = request.is_invoked, bool(request.ahead)
        self.scheduler.plan(request.cursor, is_invoked=is_invoked, is_selecting=is_selecting)

    def _unwanted(self, cursor: Cursor, trigger: Trigger) -> NoSuggestion | None:
        uri = cursor.document.uri
        unwanted = skip(cursor, trigger, self.settings.completion)
        is_visible = bool(self.feedback.screen(cursor).visible_at(cursor).strip())
        # What was asked for by hand inside a line is typed through like any other.
        if unwanted is not None and not (unwanted.reason is Reason.UNWANTED and is_visible):
            return unwanted
        rule = self.gate.excluded(uri)
        if rule is not None:
            return NoSuggestion(Reason.EXCLUDED, rule)
        if self.gate.secret_beside(cursor.document.text, cursor.offset):
            return NoSuggestion(Reason.SECRET)
        return None

    def _leave(self, request: Request) -> None:
        """The client took its question back: the stream has half a second to find a new waiter."""
        request.stop_timers()
        if self._waiting.get(request.uri) is request:
            del self._waiting[request.uri]
            self.counts["cancelled"] += 1
            self.scheduler.forget(request.uri)
            self.pool.orphan(request.cursor)

    def _dismiss_request(self, uri: str, reason: Reason) -> None:
        request = self._waiting.get(uri)
        if request is not None:
            self._answer(request, NoSuggestion(reason))

    # -- answers -------------------------------------------------------------------------------

    def _answer_if_ready(self, request: Request) -> None:
        """Answer a request if what is there is enough."""
        if request.answer.done():
            return
        try:
            answer = self.answers.by_now(request)
        except Exception:
            log.exception("What is there could not be made an answer.")
            return
        if answer is not None:
            self._answer(request, answer)

    def _stop_waiting_for_alternatives(self, request: Request) -> None:
        request.wants_others = False
        self._answer_if_ready(request)

    def _at_deadline(self, request: Request) -> None:
        if request.answer.done():
            return
        try:
            answer = self.answers.at_deadline(request)
        except Exception:
            log.exception("What is there at the deadline could not be made an answer.")
            answer = NoSuggestion(Reason.DEADLINE)
        self._answer(request, answer)
        is_missed = isinstance(answer, NoSuggestion) and answer.reason in _TOO_LATE
        if is_missed:
            typed = self._places.get(request.uri)
            kept = [cursor for cursor in self._missed.get(request.uri, ()) if cursor == typed]
            self._missed[request.uri] = [*kept, request.cursor]

    def _answer(self, request: Request, answer: Answer) -> None:
        request.stop_timers()
        if self._waiting.get(request.uri) is request:
            del self._waiting[request.uri]
        if request.answer.done():
            return
        request.timings.mark("answer")
        self.last_timings = request.timings
        request.answer.set_result(self._note(answer))
        if isinstance(answer, Suggestion):
            self._missed.pop(request.uri, None)
            self.feedback.show(answer)

    def _author(self, suggestion: Suggestion) -> str:
        """The name of the model that wrote it; empty for the embedded engine."""
        model = self.scheduler.model
        return model.name if model is not None and suggestion.source is not Source.LOCAL else ""

    def _note(self, answer: Answer) -> Answer:
        self.counts[
            answer.source.value if isinstance(answer, Suggestion) else answer.reason.name
        ] += 1
        if not isinstance(answer, NoSuggestion) or answer.reason not in _PASSING:
            self.last = answer
        return answer

    # -- streams -------------------------------------------------------------------------------

    def _candidates(self, cursor: Cursor) -> list[Candidate]:
        """What each stream that fits a place would show there, the best first."""
        return candidates(
            self.pool.cache.fitting(cursor),
            cursor,
            multiline=self.settings.completion.multiline,
            after_accept=self.feedback.is_after_accept(cursor),
        )

    def _awaited_until(self, generation: Generation) -> float:
        """The deadline of the request that waits for a stream; long past where none does."""
        request = self._waiting.get(generation.anchor.uri)
        if request is None or generation.rest_at(request.cursor) is None:
            return -math.inf
        return request.deadline.at

    def _on_progress(self, generation: Generation) -> None:
        cursor = self._places.get(generation.anchor.uri)
        if cursor is not None and self.pool.turns_away(generation, cursor):
            self._ask_anew(cursor)
        request = self._waiting.get(generation.anchor.uri)
        if generation.contradicted is not None:
            # Who waits now waits for something else.
            request = None
        if request is not None:
            request.timings.mark_at("model", generation.started)
            if generation.first_token is not None:
                request.timings.mark("first_token")
            self._answer_if_ready(request)
        if isinstance(generation.failure, PromptTooLong) and self.pool.shorten(generation):
            if request is not None and not request.answer.done():
                self.scheduler.start_if_needed(request.cursor)
            else:
                for cursor in self._missed.get(generation.anchor.uri, ())[:1]:
                    self.scheduler.start_if_needed(cursor)
            return
        if generation.failure is not None:
            self._say("error", str(generation.failure))
            if request is not None and not request.answer.done():
                self._try_again(request, generation.failure)
            return
        if generation.complete:
            self._say("ready", "")
            if request is not None and not request.answer.done():
                # All that it said stands there already, by now.
                self.scheduler.start_if_needed(request.cursor)
        if request is None or request.ahead:
            self._announce_late(generation)

    def _ask_anew(self, cursor: Cursor) -> None:
        """A stream turned out to contradict what was typed: ask for the text as it stands.

        For who waits, for who would be told of a late text, and for who is about to ask.
        """
        request = self._waiting.get(cursor.document.uri)
        trigger = Trigger.AUTOMATIC if request is None else request.trigger
        if self._unwanted(cursor, trigger) is not None:
            return
        may_be_slip = self.pool.is_left(cursor)
        if may_be_slip:
            self.scheduler.note_slip(cursor)
        if request is not None:
            self._plan(request)
        elif self.on_late is not None and cursor in self._missed.get(cursor.document.uri, ()):
            self.scheduler.plan(cursor, is_invoked=False)
        elif now() < self.debounce.last_key + self.client.waits_ms / 1000:
            self.scheduler.head_start(cursor)

    def _try_again(self, request: Request, failure: ModelError) -> None:
        request.failure = failure
        request.attempts += 1
        gone_for_good = isinstance(failure, ModelRejected) or request.attempts > RETRIES
        if gone_for_good:
            if self.answers.is_hopeless(request.cursor):
                self._at_deadline(request)
            return
        pause = 0.0 if request.attempts == 1 else 0.1
        loop = asyncio.get_running_loop()
        request.timers.append(
            loop.call_later(pause, self.scheduler.start_if_needed, request.cursor)
        )

    def _announce_late(self, generation: Generation) -> None:
        """Tell the client of text that came after its deadline, where nothing is shown."""
        uri = generation.anchor.uri
        if self.on_late is None:
            return
        for cursor in self._missed.get(uri, ()):
            suggestion = self.answers.late(generation, cursor)
            if suggestion is not None:
                del self._missed[uri]
                self.counts["late"] += 1
                self.on_late(suggestion)
                return

    # -- documents -----------------------------------------------------------------------------

    def opened(self, document: Document) -> None:
        """A document was opened, or replaced as a whole."""
        self._prepare_later(document)
        self.retrieved.opened(document)
        self.retrieved.later(Cursor(document, 0), tokens=self.settings.completion.context_tokens)
        if has_scopes_off(self.settings.completion):
            # Read from the top once, so that no key has to wait for it.
            end = Cursor(document, len(document.text))
            asyncio.get_running_loop().run_in_executor(None, scope_at, end)
        self.fallback.opened(document)

    def _prepare_later(self, document: Document) -> None:
        loop = asyncio.get_running_loop()
        self._forget_to_prepare(document.uri)
        self._prepared[document.uri] = loop.call_later(PREPARE, self._prepare, document)

    def _prepare(self, document: Document) -> None:
        self._forget_to_prepare(document.uri)
        asyncio.get_running_loop().run_in_executor(None, prepare, document)

    def _forget_to_prepare(self, uri: str) -> None:
        timer = self._prepared.pop(uri, None)
        if timer is not None:
            timer.cancel()

    def edited(self, old: Document, new: Document, edits: tuple[Edit, ...]) -> None:
        """A document changed. What waits on the older text is answered at once."""
        self.fallback.edited(new)
        uri = new.uri
        self._dismiss_request(uri, Reason.STALE)
        self.scheduler.forget(uri)
        if not edits:
            return
        cursor = Cursor(new, cursor_after(edits[-1]))
        self._places[uri] = cursor
        tokens = self.settings.completion.context_tokens
        self.retrieved.edited(old, cursor, edits[-1], tokens=tokens)
        self._missed.pop(uri, None)
        self.debounce.key(now())
        event = self.feedback.edited(old, cursor, edits)
        self.pool.reconcile(cursor, self.settings.completion)
        is_wanted = self._unwanted(cursor, Trigger.AUTOMATIC) is None
        if is_wanted and event in TAKEN:
            self.scheduler.speculate(cursor)
            self.scheduler.head_start(cursor, after_accept=True)
        elif is_wanted and is_typing(edits):
            self.scheduler.head_start(cursor, may_be_slip=self.pool.is_left(cursor))

    def closed(self, uri: str) -> None:
        """A document was closed; its streams end."""
        self._forget_to_prepare(uri)
        self._dismiss_request(uri, Reason.STALE)
        self.fallback.closed(uri)
        self.pool.closed(uri)
        self.retrieved.closed(uri)
        self.scheduler.closed(uri)
        self.feedback.closed(uri)
        for state in (self._places, self._missed):
            state.pop(uri, None)

    # -- the rest ------------------------------------------------------------------------------

    def accepted(self, suggestion_id: str) -> None:
        """The client says that a suggestion was accepted."""
        self.feedback.accepted(suggestion_id)

    def set_model(self, model: Model | None) -> None:
        """From now on another model is asked, by those who wait for the one before as well."""
        self.scheduler.model = model
        self.pool.most_tokens = math.inf
        self.pool.abort_all()
        for request in tuple(self._waiting.values()):
            request.failure, request.attempts = None, 0
            self.scheduler.start_if_needed(request.cursor)
            self._answer_if_ready(request)

    def set_door(self, model: Model | None) -> None:
        """From now on the same model is reached through another gate."""
        self.scheduler.model = model

    def set_local(self, engine: Local | None) -> None:
        """From now on another embedded engine guesses, or none."""
        self.fallback.use(engine)

    def set_settings(self, settings: Settings) -> None:
        """From now on other settings hold."""
        old, new = self.settings.completion, settings.completion
        if (old.context_tokens, old.max_tokens) != (new.context_tokens, new.max_tokens):
            self.pool.most_tokens = math.inf
        self.settings = settings
        self.scheduler.settings = self.answers.settings = settings.completion
        # What is excluded may be another now; what was gathered before must not be sent.
        self.retrieved.drop()
        for uri, cursor in tuple(self._places.items()):
            request = self._waiting.get(uri)
            trigger = request.trigger if request is not None else Trigger.AUTOMATIC
            unwanted = self._unwanted(cursor, trigger)
            if unwanted is None:
                continue
            self.scheduler.forget(uri)
            if request is not None:
                self._answer(request, unwanted)

    async def close(self) -> None:
        """End all streams and answer what waits, now and later."""
        self._is_closed = True
        for uri in tuple(self._waiting):
            self._dismiss_request(uri, Reason.STALE)
        for uri in tuple(self._prepared):
            self._forget_to_prepare(uri)
        self.scheduler.close()
        await self.pool.close()
        await self.retrieved.close()
        await self.fallback.close()

    def _say(self, state: str, message: str) -> None:
        if self.on_status is not None:
            self.on_status(state, message)
