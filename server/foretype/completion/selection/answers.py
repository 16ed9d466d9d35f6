"""What a request can be answered with: text of streams, what is visible, or the engine's guess.

Answers nobody and starts nothing but the streams for other texts: it gives the answer to the
service, which sends it.
"""

from __future__ import annotations

import itertools
from collections import Counter
from weakref import WeakKeyDictionary

from foretype.completion.document_state import DocumentState
from foretype.completion.generation.generation import Generation
from foretype.completion.generation.pool import GenerationPool
from foretype.completion.generation.scheduler import Scheduler
from foretype.completion.postprocess.extent import Shaped, meet_closers
from foretype.completion.request import GUESS_S, Request
from foretype.completion.resources import Resources
from foretype.completion.selection.alternatives import different
from foretype.completion.selection.candidates import (
    Candidate,
    Choice,
    candidates,
    choose,
    why_no_text,
)
from foretype.completion.selection.eligibility import (
    Question,
    adds_syntax_error,
    has_time_to_check,
    why_not_here,
    why_not_text,
)
from foretype.completion.suggestion import (
    Answer,
    NoSuggestion,
    Reason,
    Source,
    Suggestion,
    Trigger,
)
from foretype.core.cursor import Cursor
from foretype.core.deadline import now

MIN_AGREED_CHARS = 3
"""Characters that a model must have given for its text to confirm the embedded engine's guess."""

NOTHING = Shaped("", True)

_UNFINISHED = frozenset({Reason.CUT, Reason.REASONING})


class Answers:
    """What could be shown where."""

    def __init__(
        self,
        resources: Resources,
        pool: GenerationPool,
        scheduler: Scheduler,
        counts: Counter[str],
    ) -> None:
        self._resources = resources
        self._pool = pool
        self._scheduler = scheduler
        self._counts = counts
        self._ids = itertools.count(1)
        self._sound: WeakKeyDictionary[Generation, int] = WeakKeyDictionary()
        """Characters of a generation's text that were checked and add no syntax error."""
        self._candidates_for: object = None
        self._kept: list[Candidate] = []

    def why_not_here(
        self, state: DocumentState, cursor: Cursor, trigger: Trigger
    ) -> NoSuggestion | None:
        """Why nothing is to be suggested at a cursor; None where something may be."""
        return why_not_here(Question(cursor, trigger, state.displayed, self._resources))

    def by_now(self, state: DocumentState, request: Request) -> Answer | None:
        """The answer, if what is there is enough; None where waiting may bring more."""
        ready, visible = self._ready(state, request)
        is_impatient = now() >= request.patience
        lasting = NOTHING if state.displayed.may_give_way else visible
        choice = self._choose(state, request, ready, lasting, impatient=is_impatient)
        if choice is None and visible.text.strip():
            choice = Choice(visible, None)
        if choice is not None:
            waits = self._waits_for_others(state, request, choice)
            return None if waits else self._suggestion(state, request, choice)
        request.wants_guess = request.wants_guess or self._may_need_guess(request, ready)
        if not self._resources.may_ask:
            return self._guess(state, request, self._without_model()) if request.has_guess else None
        if request.guess is not None and _agree(ready, request.cursor, request.guess.text):
            return self._guess(state, request, NoSuggestion(Reason.UNSURE))
        reason = why_no_text(ready)
        if reason is not None and reason.reason is Reason.REASONING:
            self._resources.report_status("reasoning", "")
        if reason is not None and reason.reason in _UNFINISHED:
            # The model did not get that far: the embedded engine may.
            request.wants_guess = True
            return self._guess(state, request, reason) if request.has_guess else None
        return reason

    def at_deadline(self, state: DocumentState, request: Request) -> Answer:
        """The answer that is given when there is no more time."""
        ready, _ = self._ready(state, request)
        choice = self._choose(state, request, ready, NOTHING, impatient=True)
        if choice is not None:
            return self._suggestion(state, request, choice)
        if request.failure is not None and not self._may_get_text(ready):
            reason = NoSuggestion(Reason.UNAVAILABLE, str(request.failure))
            return self._guess(state, request, reason)
        if any(candidate.generation.is_thinking for candidate in ready):
            self._resources.report_status("reasoning", "")
            return self._guess(state, request, NoSuggestion(Reason.REASONING))
        return self._guess(state, request, why_no_text(ready) or NoSuggestion(Reason.DEADLINE))

    def is_all(self, state: DocumentState, request: Request) -> bool:
        """Whether what is there is all that is expected by the deadline.

        The embedded engine has predicted, and no text of the model comes or is likely to.
        """
        if not request.has_guess:
            return False
        ready = self._candidates(state, request.cursor)
        if request.is_given_up:
            return not self._may_get_text(ready)
        return self._can_show_guess(state, request) and not self._begins_in_time(request, ready)

    def note_missed(self, state: DocumentState, request: Request) -> None:
        """The deadline passed without text of the model, which may still be on its way."""
        resources = self._resources
        if request.failure is not None or not resources.may_ask or resources.model is None:
            return
        if self._may_get_text(self._candidates(state, request.cursor)):
            resources.report_status("thinking", "")
        if resources.pace.missed():
            deadline_s = resources.completion.deadline_ms / 1000
            why = resources.pace.why_missed(resources.model.name, deadline_s)
            resources.report_status("slow", why)

    def late(
        self, state: DocumentState, generation: Generation, cursor: Cursor
    ) -> Suggestion | None:
        """What came after the deadline, to be announced; None where it is nothing to show."""
        if generation.rest_at(cursor) is None:
            return None
        ready = [c for c in self._candidates(state, cursor) if c.generation is generation]
        choice = choose(ready, NOTHING, impatient=True)
        question = Question(cursor, Trigger.AUTOMATIC, state.displayed, self._resources)
        if choice is None or why_not_text(question, choice.shaped.text) is not None:
            return None
        return Suggestion(id="", text=choice.shaped.text, cursor=cursor, source=Source.REUSE)

    def has_text(self, state: DocumentState, cursor: Cursor) -> bool:
        """Whether a line that can be shown at a cursor is there or on its way."""
        ready = self._candidates(state, cursor)
        return not all(c.is_bare and self._pool.may_double(c.generation) for c in ready)

    def _may_get_text(self, ready: list[Candidate]) -> bool:
        generations = (candidate.generation for candidate in ready)
        return any(each.running and not self._pool.is_stalled(each) for each in generations)

    def _begins_in_time(self, request: Request, ready: list[Candidate]) -> bool:
        """Whether the model's text has begun, or is likely to before the deadline."""
        running = [candidate.generation for candidate in ready if candidate.generation.running]
        if any(generation.first_token is not None for generation in running):
            return True
        started = min((generation.started for generation in running), default=now())
        return self._resources.pace.begins_by(started, request.deadline.at)

    def _may_need_guess(self, request: Request, ready: list[Candidate]) -> bool:
        """Whether the embedded engine is to be asked beside the model, or in place of it."""
        return (
            request.is_invoked
            or request.is_given_up
            or not self._resources.may_ask
            or now() >= request.deadline.at - GUESS_S
            # Text that has begun and agrees with the engine's need not be waited for.
            or any(candidate.generation.first_token is not None for candidate in ready)
            or not self._begins_in_time(request, ready)
        )

    # -- the choice among what is there --------------------------------------------------------

    def _candidates(self, state: DocumentState, cursor: Cursor) -> list[Candidate]:
        """What each stream that fits a cursor would show there, the best first.

        Kept, since it is asked after an edit and for the request that follows.
        """
        fits = self._pool.cache.fitting(cursor)
        multiline = self._resources.completion.multiline
        after_accept = state.displayed.is_after_accept(cursor)
        asked = cursor, multiline, after_accept, [(*fit, fit[0].state) for fit in fits]
        if asked != self._candidates_for:
            self._candidates_for = asked
            self._kept = candidates(fits, cursor, multiline=multiline, after_accept=after_accept)
        return list(self._kept)

    def _ready(self, state: DocumentState, request: Request) -> tuple[list[Candidate], Shaped]:
        """The candidates, and what is visible and must not be contradicted.

        What is visible meets the closers that the editor has inserted meanwhile. An explicitly
        invoked request may get something else, but what is visible stays the first.
        """
        cursor = request.cursor
        ready = self._candidates(state, cursor)
        text, replaces = meet_closers(state.displayed.visible_at(cursor), cursor)
        if not request.is_invoked:
            return ready, Shaped(text, True, replaces)
        ready.sort(key=lambda c: not c.shaped.text.startswith(text))
        return ready, NOTHING

    def _choose(
        self,
        state: DocumentState,
        request: Request,
        ready: list[Candidate],
        visible: Shaped,
        *,
        impatient: bool,
    ) -> Choice | None:
        """What to show now; a text that adds a syntax error gives way to the next one."""
        while choice := choose(ready, visible, impatient=impatient):
            generation = choice.generation
            if generation is None or not self._discards(request, generation, choice.shaped):
                return choice
            ready[:] = self._candidates(state, request.cursor)
        return None

    def _discards(self, request: Request, generation: Generation, shaped: Shaped) -> bool:
        """Whether a generation adds a syntax error, checked once. Its text is gone then."""
        if not has_time_to_check(request.deadline):
            return False
        cursor = request.cursor
        rest = generation.rest_at(cursor)
        end = len(generation.text) - len(rest or "") + len(shaped.text)
        if rest is None or end <= self._sound.get(generation, 0):
            return False
        why = adds_syntax_error(cursor, shaped.text, replaces=shaped.replaces)
        if why is not None:
            self._counts["refused"] += 1
            generation.refuse(why.detail)
            self._pool.cache.invalidate()
            return True
        self._sound[generation] = end
        return False

    def _suggestion(self, state: DocumentState, request: Request, choice: Choice) -> Answer:
        cursor, shaped, generation = request.cursor, choice.shaped, choice.generation
        unwanted = self._why_not_text(state, request, shaped.text)
        if unwanted is not None:
            return unwanted
        if generation is not None:
            self._pool.cache.touch(generation)
            self._resources.pace.n_missed = 0
            if generation.was_asked_at(cursor) and state.announced != cursor:
                self._resources.pace.n_late = 0
        return Suggestion(
            id=self._next_id(),
            text=shaped.text,
            cursor=cursor,
            source=_source(state, cursor, generation),
            replaces=shaped.replaces,
            complete=shaped.settled,
            alternatives=self._alternatives(state, request, shaped) if request.is_invoked else (),
            stream=generation,
        )

    def _why_not_text(
        self, state: DocumentState, request: Request, text: str
    ) -> NoSuggestion | None:
        question = Question(request.cursor, request.trigger, state.displayed, self._resources)
        return why_not_text(question, text)

    def _next_id(self) -> str:
        return f"s{next(self._ids)}"

    # -- alternatives, for an explicitly invoked request ---------------------------------------

    def _alternatives(
        self, state: DocumentState, request: Request, first: Shaped
    ) -> tuple[str, ...]:
        """What else could stand there, of what is there."""
        others = [
            candidate.shaped.whole_lines
            for candidate in self._candidates(state, request.cursor)
            if candidate.shaped.replaces == first.replaces
            and not self._discards(request, candidate.generation, candidate.shaped)
        ]
        guess = request.guess
        if guess is not None and not first.replaces and not _breaks(request, guess.text):
            others.append(guess.text)
        most = self._resources.completion.alternatives - 1
        return different(first.text, (other for other in others if other.strip()), most)

    def _waits_for_others(self, state: DocumentState, request: Request, choice: Choice) -> bool:
        """Whether a complete text waits for others beside it, which the model is asked for."""
        if not request.wants_others or not choice.shaped.settled:
            return False
        if request.others is None:
            n_there = len(self._alternatives(state, request, choice.shaped))
            n_missing = self._resources.completion.alternatives - 1 - n_there
            request.others = self._scheduler.start_others(
                request.cursor, n_missing, than=choice.generation
            )
        return any(generation.running for generation in request.others)

    # -- without a model -----------------------------------------------------------------------

    def _without_model(self) -> NoSuggestion:
        """Why nothing is shown where no model is asked and the embedded engine has no guess."""
        resources = self._resources
        if resources.budget is None or not resources.has_model or not resources.is_over_budget:
            return NoSuggestion(Reason.UNSURE)
        resources.report_status("budget", resources.budget.refusal)
        return NoSuggestion(Reason.BUDGET)

    def _guess(self, state: DocumentState, request: Request, otherwise: NoSuggestion) -> Answer:
        """The embedded engine's guess, if there is one that can be shown."""
        if request.guess is None or not self._can_show_guess(state, request):
            return otherwise
        text, cursor = request.guess.text, request.cursor
        return Suggestion(id=self._next_id(), text=text, cursor=cursor, source=Source.LOCAL)

    def _can_show_guess(self, state: DocumentState, request: Request) -> bool:
        """Whether there is a guess that may be shown; one that may not is dropped."""
        guess = request.guess
        if guess is None:
            return False
        unwanted = self._why_not_text(state, request, guess.text)
        if unwanted is not None or _breaks(request, guess.text):
            request.guess = None
        return request.guess is not None


def _source(state: DocumentState, cursor: Cursor, generation: Generation | None) -> Source:
    if generation is not None and generation.was_asked_at(cursor):
        return Source.MODEL
    if generation is None and state.displayed.is_local:
        return Source.LOCAL
    return Source.REUSE


def _breaks(request: Request, guess: str) -> bool:
    """Whether the embedded engine's guess adds a syntax error, where there is time to see."""
    has_time = has_time_to_check(request.deadline)
    return has_time and adds_syntax_error(request.cursor, guess) is not None


def _agree(ready: list[Candidate], cursor: Cursor, guess: str) -> bool:
    """Whether what a model has written here so far is a beginning of the embedded engine's guess.

    It is compared as it comes, since its line is not whole yet.
    """
    return any(
        len(candidate.generation.raw.strip()) >= MIN_AGREED_CHARS
        and guess.startswith(candidate.generation.raw)
        for candidate in ready
        if candidate.generation.running and candidate.generation.was_asked_at(cursor)
    )
