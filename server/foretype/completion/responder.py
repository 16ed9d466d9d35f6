"""Answers each waiting request exactly once, and in time."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from functools import partial

from foretype.completion.document_state import DocumentState
from foretype.completion.feedback.tracker import FeedbackTracker
from foretype.completion.request import GUESS_S, MARGIN_S, Request
from foretype.completion.selection.alternatives import MAX_WAIT_S
from foretype.completion.selection.answers import Answers
from foretype.completion.selection.fallback import EmbeddedFallback
from foretype.completion.suggestion import Answer, NoSuggestion, Reason, Suggestion
from foretype.core.deadline import now

log = logging.getLogger(__name__)

LIST_NOT_KEPT = "the latest answers were late, so the completion list was not kept waiting"
_TOO_LATE = frozenset({Reason.DEADLINE, Reason.REASONING, Reason.UNAVAILABLE})


class Responder:
    """Holds a request until its answer is ready, or its deadline is there."""

    def __init__(
        self, answers: Answers, feedback: FeedbackTracker, fallback: EmbeddedFallback
    ) -> None:
        self._answers = answers
        self._feedback = feedback
        self._fallback = fallback

    def hold(self, state: DocumentState, request: Request) -> None:
        """Let a request wait: for its patience, its deadline, and for alternatives."""
        state.waiting = request
        loop = asyncio.get_running_loop()
        deadline = request.deadline.at - MARGIN_S
        request.timers.append(loop.call_at(deadline, self.answer_at_deadline, state, request))
        for moment in (request.patience, request.shown_from, request.deadline.at - GUESS_S):
            if now() < moment < deadline:
                timer = loop.call_at(moment, self.answer_if_ready, state, request)
                request.timers.append(timer)
        if request.list_opens is not None and request.list_opens < deadline:
            timer = loop.call_at(request.list_opens, self._let_list_open, state, request)
            request.timers.append(timer)
        if request.is_invoked and state.displayed.is_visible_at(request.cursor):
            request.wants_others = True
            until = min(now() + MAX_WAIT_S, deadline)
            timer = loop.call_at(until, self._stop_waiting_for_alternatives, state, request)
            request.timers.append(timer)

    def answer_if_ready(self, state: DocumentState, request: Request) -> None:
        """Answer a request if what is there is enough, or nothing more is expected in time."""
        if not request.is_open:
            return
        try:
            answer = self._answers.by_now(state, request)
            is_all = answer is None and self._answers.is_all(state, request)
        except Exception:
            log.exception("What is there could not be made an answer.")
            return
        if is_all:
            self.answer_at_deadline(state, request)
        elif answer is not None and not _is_early(request, answer):
            self.answer(state, request, answer)
        elif request.wants_guess:
            self._fallback.ask(request, partial(self.answer_if_ready, state, request))

    def answer_at_deadline(self, state: DocumentState, request: Request) -> None:
        """Answer a request with what is there, or with the reason why nothing is.

        At the deadline, or earlier where nothing more is expected until then.
        """
        if self._answer_now(state, request):
            self._answers.note_missed(state, request)

    def _let_list_open(self, state: DocumentState, request: Request) -> None:
        """Answer before the deadline; the model's text is announced if it comes."""
        if self._answer_now(state, request, LIST_NOT_KEPT):
            state.due = request.deadline.at
            loop = asyncio.get_running_loop()
            loop.call_at(request.deadline.at, self._note_if_missed, state, request)

    def _note_if_missed(self, state: DocumentState, request: Request) -> None:
        if request.cursor in state.missed:
            self._answers.note_missed(state, request)

    def _answer_now(self, state: DocumentState, request: Request, detail: str = "") -> bool:
        """Answer a request with what is there. Whether text of the model is still wanted.

        ``detail``: why it is answered before its deadline.
        """
        if not request.is_open:
            return False
        try:
            answer = self._answers.at_deadline(state, request)
        except Exception:
            log.exception("What is there at the deadline could not be made an answer.")
            answer = NoSuggestion(Reason.DEADLINE)
        if detail and isinstance(answer, NoSuggestion) and answer.reason is Reason.DEADLINE:
            answer = replace(answer, detail=detail)
        if _is_early(request, answer):
            return False
        self.answer(state, request, answer)
        if not _is_still_wanted(state, answer):
            return False
        kept = [cursor for cursor in state.missed if cursor == state.cursor]
        state.missed = [*kept, request.cursor]
        return True

    def answer(self, state: DocumentState, request: Request, answer: Answer) -> None:
        """Answer a request that waits; what is shown is remembered."""
        request.stop_timers()
        if state.waiting is request:
            state.waiting = None
        if not request.is_open:
            return
        request.timings.mark("answer")
        request.answer.set_result(answer)
        self._feedback.answered(
            state.displayed, answer, request.cursor, request.trigger, request.timings
        )
        if isinstance(answer, Suggestion) and not _is_still_wanted(state, answer):
            state.missed.clear()

    def dismiss(self, state: DocumentState, reason: Reason) -> None:
        """Answer what waits in a document with nothing."""
        if state.waiting is not None:
            self.answer(state, state.waiting, NoSuggestion(reason))

    def _stop_waiting_for_alternatives(self, state: DocumentState, request: Request) -> None:
        request.wants_others = False
        self.answer_if_ready(state, request)


def _is_early(request: Request, answer: Answer) -> bool:
    """Whether an answer has to wait: what is to appear, but not yet."""
    return isinstance(answer, Suggestion) and now() < request.shown_from


def _is_still_wanted(state: DocumentState, answer: Answer) -> bool:
    """Whether the model's text, come late, is better than the answer that was shown."""
    if isinstance(answer, Suggestion):
        return state.displayed.may_give_way
    return answer.reason in _TOO_LATE
