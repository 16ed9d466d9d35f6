"""What a request can be answered with at a moment: of what streams said, what is visible and what
the embedded engine guesses.

Answers nobody and starts nothing but the streams for other texts: it says what the answer is, and
the desk gives it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

from foretype.completion.feedback.tracker import FeedbackTracker
from foretype.completion.generation.generation import Generation
from foretype.completion.generation.pool import GenerationPool
from foretype.completion.generation.scheduler import Scheduler
from foretype.completion.protocols import Budget
from foretype.completion.request import Request
from foretype.completion.selection.alternatives import different
from foretype.completion.selection.candidates import Candidate, Choice, choose, nothing
from foretype.completion.selection.syntax_check import adds_errors
from foretype.completion.shape import Shaped, meet_closers
from foretype.completion.suggestion import Answer, NoSuggestion, Reason, Source, Suggestion
from foretype.core.cursor import Cursor
from foretype.core.deadline import now
from foretype.settings.schema import CompletionSettings

TIME_TO_LOOK = 0.025
"""Seconds that must be left until the deadline for a text to be looked at for syntax errors: two
looks may take 20 ms."""

NOTHING = Shaped("", True)

_UNSAID = frozenset({Reason.CUT, Reason.REASONING})


class Answers:
    """What could be shown where."""

    def __init__(
        self,
        settings: CompletionSettings,
        pool: GenerationPool,
        feedback: FeedbackTracker,
        scheduler: Scheduler,
        candidates: Callable[[Cursor], list[Candidate]],
        purse: Budget | None,
        say: Callable[[str, str], None],
    ) -> None:
        self.settings = settings
        self._pool = pool
        self._feedback = feedback
        self._scheduler = scheduler
        self._candidates = candidates
        self._purse = purse
        self._say = say
        self._ids = itertools.count(1)

    def by_now(self, request: Request) -> Answer | None:
        """The answer, if what is there is enough; None where waiting may bring more."""
        ready, visible = self._ready(request)
        choice = self._choose(request, ready, visible, impatient=now() >= request.patience)
        if choice is not None:
            waits = self._waits_for_others(request, choice)
            return None if waits else self._suggestion(request, choice)
        if not self._scheduler.may_ask:
            return self._guess(request, self._without_model()) if request.guessed else None
        if request.guess is not None and _agree(ready, request.guess.text):
            return self._guess(request, NoSuggestion(Reason.UNSURE))
        reason = nothing(ready)
        if reason is not None and reason.reason is Reason.REASONING:
            self._say("reasoning", "")
        if reason is not None and reason.reason in _UNSAID:
            # The model did not come to say it: the embedded engine may.
            return self._guess(request, reason) if request.guessed else None
        return reason

    def at_deadline(self, request: Request) -> Answer:
        """The answer that is given when there is no more time."""
        ready, _ = self._ready(request)
        choice = self._choose(request, ready, NOTHING, impatient=True)
        if choice is not None:
            return self._suggestion(request, choice)
        if request.failure is not None and not self._may_say_more(ready):
            return self._guess(request, NoSuggestion(Reason.UNAVAILABLE, str(request.failure)))
        if any(c.generation.is_thinking for c in ready):
            self._say("reasoning", "")
            return self._guess(request, NoSuggestion(Reason.REASONING))
        return self._guess(request, nothing(ready) or NoSuggestion(Reason.DEADLINE))

    def is_hopeless(self, cursor: Cursor) -> bool:
        """Whether nothing that fits a place is being written."""
        return not self._may_say_more(self._candidates(cursor))

    def late(self, generation: Generation, cursor: Cursor) -> Suggestion | None:
        """What came after the deadline, to be announced; None where it is nothing to show."""
        if generation.rest_at(cursor) is None:
            return None
        ready = [c for c in self._candidates(cursor) if c.generation is generation]
        choice = choose(ready, NOTHING, impatient=not generation.running)
        if choice is None or self._unwanted(cursor, choice.shaped.text) is not None:
            return None
        return Suggestion(id="", text=choice.shaped.text, cursor=cursor, source=Source.REUSE)

    def _may_say_more(self, ready: list[Candidate]) -> bool:
        pool = (candidate.generation for candidate in ready)
        return any(stream.running and not self._pool.is_stalled(stream) for stream in pool)

    def _ready(self, request: Request) -> tuple[list[Candidate], Shaped]:
        """The candidates, and what is visible and must not be contradicted.

        What is visible meets the closers that the editor has inserted meanwhile. Who asks by hand
        may get something else, but what is visible stays the first.
        """
        cursor = request.cursor
        ready = self._candidates(cursor)
        text, replaces = meet_closers(self._feedback.screen(cursor).visible_at(cursor), cursor)
        if not request.is_invoked:
            return ready, Shaped(text, True, replaces)
        ready.sort(key=lambda c: not c.shaped.text.startswith(text))
        return ready, NOTHING

    def _choose(
        self, request: Request, ready: list[Candidate], visible: Shaped, *, impatient: bool
    ) -> Choice | None:
        """What to show now, unless it adds a syntax error, where there is time to see that."""
        while choice := choose(ready, visible, impatient=impatient):
            generation = choice.generation
            if generation is None or not _has_time(request):
                return choice
            if not self._pool.refuses(generation, request.cursor, choice.shaped):
                return choice
            ready[:] = self._candidates(request.cursor)
        return None

    def _suggestion(self, request: Request, choice: Choice) -> Answer:
        cursor, shaped, generation = request.cursor, choice.shaped, choice.generation
        unwanted = None if request.is_invoked else self._unwanted(cursor, shaped.text)
        if unwanted is not None:
            return unwanted
        is_fresh = generation is not None and generation.was_asked_at(cursor)
        if generation is not None:
            self._pool.cache.touch(generation)
        return Suggestion(
            id=self._next_id(),
            text=shaped.text,
            cursor=cursor,
            source=Source.MODEL if is_fresh else Source.REUSE,
            replaces=shaped.replaces,
            complete=shaped.settled,
            alternatives=self._alternatives(request, shaped) if request.is_invoked else (),
        )

    def _unwanted(self, cursor: Cursor, text: str) -> NoSuggestion | None:
        """Why the user does not want a text at a place, unless asking by hand."""
        screen = self._feedback.screen(cursor)
        if screen.is_dismissed(cursor, text):
            return NoSuggestion(Reason.REJECTED)
        if screen.only_undoes(cursor, text, now()):
            return NoSuggestion(Reason.FILTERED, "it only undoes a deletion")
        return None

    def _next_id(self) -> str:
        return f"s{next(self._ids)}"

    # -- other texts, for who asked by hand ----------------------------------------------------

    def _alternatives(self, request: Request, first: Shaped) -> tuple[str, ...]:
        """What else could stand there, of what is there."""
        others = [
            candidate.shaped.whole_lines
            for candidate in self._candidates(request.cursor)
            if candidate.shaped.replaces == first.replaces
            and not (
                _has_time(request)
                and self._pool.refuses(candidate.generation, request.cursor, candidate.shaped)
            )
        ]
        guess = request.guess
        if guess is not None and not first.replaces and not _breaks(request, guess.text):
            others.append(guess.text)
        most = self.settings.alternatives - 1
        return different(first.text, (other for other in others if other.strip()), most)

    def _waits_for_others(self, request: Request, choice: Choice) -> bool:
        """Whether a complete text waits for others beside it, which the model is asked for."""
        if not request.wants_others or not choice.shaped.settled:
            return False
        if request.others is None:
            there = len(self._alternatives(request, choice.shaped))
            missing = self.settings.alternatives - 1 - there
            request.others = self._scheduler.others(request.cursor, missing, than=choice.generation)
        return any(generation.running for generation in request.others)

    # -- without a model -----------------------------------------------------------------------

    def _without_model(self) -> NoSuggestion:
        """Why nothing is shown where no model is asked and the embedded engine is silent."""
        if self._purse is None or not self._scheduler.has_model or not self._purse.is_used_up:
            return NoSuggestion(Reason.UNSURE)
        self._say("budget", self._purse.refusal)
        return NoSuggestion(Reason.BUDGET)

    def _guess(self, request: Request, otherwise: NoSuggestion) -> Answer:
        """The embedded engine's guess, if there is one that can be shown."""
        guess, cursor = request.guess, request.cursor
        if guess is None:
            return otherwise
        unwanted = None if request.is_invoked else self._unwanted(cursor, guess.text)
        if unwanted is not None or _breaks(request, guess.text):
            return otherwise
        return Suggestion(id=self._next_id(), text=guess.text, cursor=cursor, source=Source.LOCAL)


def _has_time(request: Request) -> bool:
    """Whether there is time to look for syntax errors."""
    return request.deadline.at - now() >= TIME_TO_LOOK


def _breaks(request: Request, guess: str) -> bool:
    """Whether the embedded engine's guess adds a syntax error, where there is time to see."""
    return _has_time(request) and adds_errors(request.cursor, guess) is True


def _agree(ready: list[Candidate], guess: str) -> bool:
    """Whether what a model has said so far is a beginning of the embedded engine's guess."""
    said = next((c.shaped.text for c in ready if c.generation.running), "")
    return len(said.strip()) >= 3 and guess.startswith(said)
