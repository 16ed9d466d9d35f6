"""From a keystroke to a suggestion, in the order in which it happens.

An edit starts a stream where a pause is likely; the request that follows waits for it; what the
stream gives answers the request in time. Streams outlive the requests that started them. How the
parts are put together, and what happens to documents, model and settings, is in ``lifecycle.py``.
Knows neither the protocol nor any SDK.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from foretype.completion.document_state import DocumentState
from foretype.completion.feedback.tracker import TAKEN
from foretype.completion.generation.generation import Generation
from foretype.completion.lifecycle import ServiceLifecycle
from foretype.completion.request import Request, list_opens, patience, shown_from
from foretype.completion.suggestion import Answer, NoSuggestion, Reason, Suggestion, Trigger
from foretype.core.cursor import Cursor, cursor_after, is_typing, rest_of_selected, with_inserted
from foretype.core.deadline import Deadline, now
from foretype.core.text import Document, Edit


class CompletionService(ServiceLifecycle):
    """Where edits, requests and streams meet. All methods run on the event loop."""

    # -- 1. an edit comes ----------------------------------------------------------------------

    def edited(self, old: Document, new: Document, edits: tuple[Edit, ...]) -> None:
        """A document changed: what waits is outdated, and a pause may follow."""
        state = self.documents[new.uri]
        self.fallback.edited(new)
        self.responder.dismiss(state, Reason.STALE)
        state.schedule.cancel()
        if not edits:
            return
        self.active_uri = new.uri
        cursor = state.cursor = Cursor(new, cursor_after(edits[-1]))
        if state.missed:
            state.missed.clear()
            self.resources.report_status("idle", "")
        tokens = self.resources.completion.context_tokens
        self.retrieved.edited(old, cursor, edits[-1], tokens=tokens)
        self.debounce.key(now())
        event = self.feedback.edited(state.displayed, old, cursor, edits)
        self.pool.reconcile(cursor)
        if self.answers.why_not_here(state, cursor, Trigger.AUTOMATIC) is not None:
            return
        if event in TAKEN:
            self.scheduler.speculate(state.schedule, cursor)
            self.scheduler.head_start(state.schedule, cursor, after_accept=True)
        elif is_typing(edits):
            may_be_slip = self.pool.is_left(cursor)
            self.scheduler.head_start(state.schedule, cursor, may_be_slip=may_be_slip)

    # -- 2. the client requests a suggestion ---------------------------------------------------

    async def suggest(
        self,
        cursor: Cursor,
        trigger: Trigger,
        deadline: Deadline,
        *,
        selected: str = "",
        delay_s: float = 0.0,
    ) -> Answer:
        """What to show at a cursor, at the deadline at the latest.

        Cancelling the caller ends its waiting and not the stream. ``selected`` is the entry that
        the client's completion popup has selected; the suggestion then begins with it.
        ``delay_s``: seconds after the last key before which no new text appears.
        """
        self.active_uri = cursor.document.uri
        state = self.documents[cursor.document.uri]
        if state.cursor == cursor:
            # What was found out about it after the edit need not be found out again.
            cursor = state.cursor
        if trigger is Trigger.AUTOMATIC:
            state.schedule.follows.note_request()
        self.responder.dismiss(state, Reason.SUPERSEDED)
        ahead = rest_of_selected(cursor, selected)
        if ahead is None:
            return NoSuggestion(Reason.UNWANTED, "the popup's entry stands elsewhere")
        request = self._begin(state, cursor, trigger, deadline, ahead, delay_s)
        try:
            answer = await request.answer
        except asyncio.CancelledError:
            self._cancel(state, request)
            raise
        return _with_entry(answer, cursor, ahead)

    def _begin(
        self,
        state: DocumentState,
        typed: Cursor,
        trigger: Trigger,
        deadline: Deadline,
        ahead: str,
        delay_s: float,
    ) -> Request:
        cursor = with_inserted(typed, ahead)
        enough = patience(deadline, self.debounce.last_key, self.resources.wait_s)
        if state.announced == cursor:
            enough = now()
        is_visible = state.displayed.is_visible_at(cursor)
        appears = shown_from(deadline, self.debounce.last_key, 0.0 if is_visible else delay_s)
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        request = Request(cursor, trigger, deadline, enough, appears, future, ahead=ahead)
        if self.resources.lets_list_open and not (request.is_invoked or ahead):
            request.list_opens = list_opens(self.debounce.last_key, self.resources.wait_s)
        why_not = self.answers.why_not_here(state, cursor, trigger)
        if self.is_closed:
            why_not = NoSuggestion(Reason.STALE)
        if why_not is not None:
            state.schedule.cancel()
            self.responder.answer(state, request, why_not)
            return request
        state.move_to(typed)
        self.responder.hold(state, request)
        self.pool.reconcile(cursor, typed=typed)
        self.responder.answer_if_ready(state, request)
        if request.is_open:
            self.scheduler.plan(
                state.schedule, cursor, is_invoked=request.is_invoked, is_selecting=bool(ahead)
            )
        return request

    def _cancel(self, state: DocumentState, request: Request) -> None:
        """The client cancelled its request: the stream has half a second to find a new one."""
        request.stop_timers()
        if state.waiting is request:
            state.waiting = None
            self.counts["cancelled"] += 1
            state.schedule.cancel()
            self.pool.orphan(request.cursor)

    # -- 3. a stream gives text ----------------------------------------------------------------

    def on_progress(self, generation: Generation) -> None:
        """More text of a stream came, or its end: answer the request that waits for it."""
        state = self.documents[generation.anchor.uri]
        record = self.pool.record(generation)
        was_contradicted = record.contradicted is not None or generation.failure is not None
        if state.cursor is not None and not was_contradicted:
            shown_at = () if state.waiting is None else (state.waiting.cursor,)
            if self.pool.judge(generation, state.cursor, *shown_at):
                self.recovery.after_contradiction(state, state.cursor)
        request = None if record.contradicted is not None else state.waiting
        if request is not None:
            request.timings.mark_at("model", generation.started)
            if generation.first_token is not None:
                request.timings.mark("first_token")
            self.responder.answer_if_ready(state, request)
        if generation.failure is not None:
            self.recovery.after_failure(state, request, generation, generation.failure)
            return
        if generation.complete:
            self.resources.report_status("ready", "")
            if request is not None and request.is_open:
                # All of its text stands in the document already.
                self.scheduler.start_if_needed(state.schedule, request.cursor)
        if request is None or request.ahead:
            self.recovery.announce_late(state, generation)


def _with_entry(answer: Answer, cursor: Cursor, entry: str) -> Answer:
    """An answer that begins with what is left of the popup's entry, at the cursor itself."""
    if not entry or not isinstance(answer, Suggestion):
        return answer
    alternatives = tuple(entry + other for other in answer.alternatives)
    return replace(answer, text=entry + answer.text, cursor=cursor, alternatives=alternatives)
