"""What is done about a stream that gives nothing to show: contradicted, failed, or too late."""

from __future__ import annotations

import asyncio
from collections import Counter

from foretype.completion.document_state import DocumentState
from foretype.completion.generation.generation import Generation
from foretype.completion.generation.pool import GenerationPool
from foretype.completion.generation.scheduler import Scheduler
from foretype.completion.request import Request
from foretype.completion.resources import Resources
from foretype.completion.responder import Responder
from foretype.completion.selection.answers import Answers
from foretype.completion.suggestion import Trigger
from foretype.core.cursor import Cursor
from foretype.core.deadline import now
from foretype.models.protocol import ModelError, ModelRejected, PromptTooLong

MAX_RETRIES = 2
"""How often one request starts a stream again after a fault of the provider."""
RETRY_PAUSE_S = 0.1
"""Seconds before each of them but the first."""


class Recovery:
    """Asks the model again where that may still help, and announces text that came late."""

    def __init__(
        self,
        resources: Resources,
        pool: GenerationPool,
        scheduler: Scheduler,
        answers: Answers,
        responder: Responder,
        counts: Counter[str],
    ) -> None:
        self._resources = resources
        self._pool = pool
        self._scheduler = scheduler
        self._answers = answers
        self._responder = responder
        self._counts = counts

    def after_contradiction(self, state: DocumentState, cursor: Cursor) -> None:
        """Ask for the text as it stands, a stream having turned out to contradict it.

        For a request that waits, for one to which late text would be announced, and for one that
        is about to come.
        """
        request = state.waiting
        trigger = Trigger.AUTOMATIC if request is None else request.trigger
        if self._answers.why_not_here(state, cursor, trigger) is not None:
            return
        if self._pool.is_left(cursor):
            self._scheduler.note_slip(state.schedule, cursor)
        if request is not None:
            self._scheduler.plan(
                state.schedule,
                request.cursor,
                is_invoked=request.is_invoked,
                is_selecting=bool(request.ahead),
            )
        elif self._resources.on_late is not None and cursor in state.missed:
            self._scheduler.plan(state.schedule, cursor, is_invoked=False)
        elif now() < self._pool.debounce.last_key + self._resources.wait_s:
            self._scheduler.head_start(state.schedule, cursor)

    def after_failure(
        self,
        state: DocumentState,
        request: Request | None,
        generation: Generation,
        failure: ModelError,
    ) -> None:
        """Ask again: with a shorter prompt where it was too long, else a few times."""
        is_open = request is not None and request.is_open
        if isinstance(failure, PromptTooLong) and self._pool.shorten(generation, failure):
            cursors = [request.cursor] if request is not None and is_open else state.missed[:1]
            for cursor in cursors:
                self._scheduler.start_if_needed(state.schedule, cursor)
            return
        self._resources.report_status("error", str(failure))
        if request is not None and is_open:
            self._retry(state, request, failure)

    def announce_late(self, state: DocumentState, generation: Generation) -> None:
        """Send the client text that came after its deadline, where nothing is shown."""
        if self._resources.on_late is None:
            return
        for cursor in state.missed:
            suggestion = self._answers.late(state, generation, cursor)
            if suggestion is not None:
                state.missed.clear()
                state.announced = cursor
                if now() <= state.due:
                    self._resources.pace.n_late = 0
                self._counts["late"] += 1
                self._resources.on_late(suggestion)
                return

    def _retry(self, state: DocumentState, request: Request, failure: ModelError) -> None:
        request.failure = failure
        request.attempts += 1
        is_over = isinstance(failure, ModelRejected) or request.attempts > MAX_RETRIES
        if is_over:
            request.is_given_up = True
            self._responder.answer_if_ready(state, request)
            return
        pause_s = 0.0 if request.attempts == 1 else RETRY_PAUSE_S
        start = self._scheduler.start_if_needed
        loop = asyncio.get_running_loop()
        request.timers.append(loop.call_later(pause_s, start, state.schedule, request.cursor))
