"""From a keystroke to an answer, in the order in which it happens.

The desk owns the streams, so that they outlive the requests that started them: it lets requests
wait for them, answers each exactly once and in time, and ends the streams that nobody needs.
Knows neither the protocol nor any SDK.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace

from foretype.completion.asking import Asking
from foretype.completion.background import Backgrounds
from foretype.completion.choice import Candidate, Choice, candidates, choose, nothing
from foretype.completion.debounce import Rhythm
from foretype.completion.generation import Generation
from foretype.completion.others import PATIENCE, different
from foretype.completion.places import cursor_after, is_typing, rest_of_selected, with_inserted
from foretype.completion.ports import Client, Gate, Guess, Local, Purse
from foretype.completion.reception import TAKEN, Reception
from foretype.completion.scopes import scope_at
from foretype.completion.shape import Shaped
from foretype.completion.skip import has_scopes_off, skip
from foretype.completion.streams import Streams
from foretype.completion.suggestion import (
    Answer,
    NoSuggestion,
    Place,
    Reason,
    Source,
    Suggestion,
    Trigger,
)
from foretype.completion.syntax import adds_errors, prepare
from foretype.deadline import Deadline, now
from foretype.models.base import Model, ModelError, ModelRejected
from foretype.settings import Settings
from foretype.text import Document, Edit
from foretype.timings import Timings

log = logging.getLogger(__name__)

MARGIN = 0.004
"""Seconds before a deadline at which its timer fires, so that the answer is written in time."""
TRANSIT = 0.03
"""Seconds that a key takes to the server, and an answer to the screen."""
RETRIES = 2
"""How often one request starts a stream again after a fault of the provider."""
READ_AHEAD = 0.25
"""Seconds without an edit after which the embedded engine reads what it has not read yet."""
TIME_TO_LOOK = 0.01
"""Seconds that must be left until the deadline for a text to be looked at for syntax errors."""


@dataclass(eq=False)
class Request:
    """A question that waits for its answer."""

    place: Place
    trigger: Trigger
    deadline: Deadline
    patience: float
    """The moment from which whole lines are enough."""
    answer: asyncio.Future[Answer]
    ahead: str = ""
    """What stands before its place only once the popup's entry is taken."""
    timings: Timings = field(default_factory=Timings)
    timers: list[asyncio.TimerHandle] = field(default_factory=list)
    guess: Guess | None = None
    guessed: bool = False
    """The embedded engine has spoken, or will not."""
    wants_others: bool = False
    """Asked by hand where something is shown already: other texts are waited for."""
    others: list[Generation] | None = None
    """The streams that were started for that."""
    attempts: int = 0
    failure: ModelError | None = None


class Desk:
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
        purse: Purse | None = None,
    ) -> None:
        self.settings = settings
        self.gate = gate
        self.client = client
        self.local = local
        self.on_late = on_late
        self.on_status = on_status
        """Told how the model is: ready, error, reasoning or budget, and a sentence."""
        self.purse = purse
        self.rhythm = Rhythm()
        self.streams = Streams(self.rhythm, self._on_progress)
        self.backgrounds = Backgrounds(lambda uri: self.gate.excluded(uri))
        self.asking = Asking(
            settings.completion,
            model,
            client,
            self.streams,
            self.backgrounds,
            self._candidates,
            purse,
        )
        self.counts: Counter[str] = Counter()
        self.reception = Reception(self.rhythm, self.counts, purse, self._author)
        self.last: Answer | None = None
        """The last answer, for ``foretype.why``."""
        self.last_timings: Timings | None = None
        self._waiting: dict[str, Request] = {}
        self._places: dict[str, Place] = {}
        self._missed: dict[str, Place] = {}
        self._reading: asyncio.TimerHandle | None = None
        self._is_closed = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._ids = itertools.count(1)

    # -- requests ------------------------------------------------------------------------------

    async def suggest(
        self, place: Place, trigger: Trigger, deadline: Deadline, *, selected: str = ""
    ) -> Answer:
        """What to show at a place, at the deadline at the latest.

        Cancelling the caller ends its waiting and not the stream. ``selected`` is the entry that
        the client's completion popup has selected; the suggestion then begins with it.
        """
        ahead = rest_of_selected(place, selected)
        if ahead is None:
            return self._note(NoSuggestion(Reason.UNWANTED, "the popup's entry stands elsewhere"))
        request = self._arrive(with_inserted(place, ahead), trigger, deadline, ahead)
        try:
            answer = await request.answer
        except asyncio.CancelledError:
            self._leave(request)
            raise
        if ahead and isinstance(answer, Suggestion):
            return replace(
                answer,
                text=ahead + answer.text,
                place=place,
                alternatives=tuple(ahead + other for other in answer.alternatives),
            )
        return answer

    def _arrive(self, place: Place, trigger: Trigger, deadline: Deadline, ahead: str) -> Request:
        uri = place.document.uri
        self._dismiss_request(uri, Reason.SUPERSEDED)
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        request = Request(place, trigger, deadline, self._patience(deadline), answer, ahead)
        if self._is_closed:
            self._answer(request, NoSuggestion(Reason.STALE))
            return request
        unwanted = self._unwanted(place, trigger)
        if unwanted is not None:
            self._answer(request, unwanted)
            return request
        self._waiting[uri] = request
        self._places[uri] = place
        self.streams.agree(place, self.settings.completion)
        loop = asyncio.get_running_loop()
        request.timers.append(loop.call_at(deadline.at - MARGIN, self._at_deadline, request))
        if request.patience < deadline.at - MARGIN:
            request.timers.append(loop.call_at(request.patience, self._settle, request))
        if trigger is Trigger.INVOKED and self.reception.screen(place).visible_at(place).strip():
            request.wants_others = True
            until = min(now() + PATIENCE, deadline.at - MARGIN)
            request.timers.append(loop.call_at(until, self._wait_no_longer, request))
        self._settle(request)
        if not request.answer.done():
            self._ask_local(request)
            self.asking.plan(place, by_hand=trigger is Trigger.INVOKED)
        return request

    def _patience(self, deadline: Deadline) -> float:
        """The moment by which a key is to be followed by text: the deadline, counted from it.

        A client that waits before it asks has used part of the time already.
        """
        waited = self.client.waits_ms / 1000
        arrived = now()
        key = max(self.rhythm.last_key, arrived - waited)
        allowed = deadline.at - arrived
        return max(arrived + 0.01, min(deadline.at, key + allowed - TRANSIT))

    def _unwanted(self, place: Place, trigger: Trigger) -> NoSuggestion | None:
        uri = place.document.uri
        unwanted = skip(place, trigger, self.settings.completion)
        if unwanted is not None:
            return unwanted
        rule = self.gate.excluded(uri)
        if rule is not None:
            return NoSuggestion(Reason.EXCLUDED, rule)
        if self.gate.secret_beside(place.document.text, place.offset):
            return NoSuggestion(Reason.SECRET)
        return None

    def _leave(self, request: Request) -> None:
        """The client took its question back: the stream has half a second to find a new waiter."""
        for timer in request.timers:
            timer.cancel()
        uri = request.place.document.uri
        if self._waiting.get(uri) is request:
            del self._waiting[uri]
            self.counts["cancelled"] += 1
            self.streams.orphan(request.place)

    def _dismiss_request(self, uri: str, reason: Reason) -> None:
        request = self._waiting.get(uri)
        if request is not None:
            self._answer(request, NoSuggestion(reason))

    # -- answers -------------------------------------------------------------------------------

    def _settle(self, request: Request) -> None:
        """Answer a request if what is there is enough."""
        if request.answer.done():
            return
        try:
            self._decide(request)
        except Exception:
            log.exception("What is there could not be made an answer.")

    def _decide(self, request: Request) -> None:
        place = request.place
        ready = self._candidates(place)
        invoked = request.trigger is Trigger.INVOKED
        visible = self.reception.screen(place).visible_at(place)
        if invoked:
            ready.sort(key=lambda c: not c.shaped.text.startswith(visible))
            visible = ""
        choice = self._choose(request, ready, visible, impatient=now() >= request.patience)
        if choice is not None:
            if not self._waits_for_others(request, choice):
                self._show(request, choice)
            return
        if not self.asking.may_ask:
            if request.guessed:
                self._show_guess(request, self._without_model())
            return
        if request.guess is not None and _agree(ready, request.guess.text):
            self._show_guess(request, NoSuggestion(Reason.UNSURE))
            return
        reason = nothing(ready)
        if reason is not None:
            if reason.reason is Reason.REASONING:
                self._say("reasoning", "")
            self._answer(request, reason)

    def _choose(
        self, request: Request, ready: list[Candidate], visible: str, *, impatient: bool
    ) -> Choice | None:
        """What to show now, unless it adds a syntax error, where there is time to see that."""
        while choice := choose(ready, visible, impatient=impatient):
            generation = choice.generation
            if generation is None or request.deadline.at - now() < TIME_TO_LOOK:
                return choice
            if not self.streams.refuses(generation, request.place, choice.shaped):
                return choice
            ready[:] = self._candidates(request.place)
        return None

    def _breaks(self, request: Request, guess: str) -> bool:
        """Whether the embedded engine's guess adds a syntax error, where there is time to see."""
        in_time = request.deadline.at - now() >= TIME_TO_LOOK
        return in_time and adds_errors(request.place, guess) is True

    def _without_model(self) -> NoSuggestion:
        """Why nothing is shown where no model is asked and the embedded engine is silent."""
        if self.purse is None or not self.asking.has_model or not self.purse.is_used_up:
            return NoSuggestion(Reason.UNSURE)
        self._say("budget", self.purse.refusal)
        return NoSuggestion(Reason.BUDGET)

    def _at_deadline(self, request: Request) -> None:
        if request.answer.done():
            return
        try:
            self._decide_finally(request)
        except Exception:
            log.exception("What is there at the deadline could not be made an answer.")
            self._answer(request, NoSuggestion(Reason.DEADLINE))

    def _decide_finally(self, request: Request) -> None:
        place = request.place
        ready = self._candidates(place)
        if request.trigger is Trigger.INVOKED:
            visible = self.reception.screen(place).visible_at(place)
            ready.sort(key=lambda c: not c.shaped.text.startswith(visible))
        choice = self._choose(request, ready, "", impatient=True)
        if choice is not None:
            self._show(request, choice)
            return
        if request.failure is not None and not any(c.generation.running for c in ready):
            reason = NoSuggestion(Reason.UNAVAILABLE, str(request.failure))
        elif any(c.generation.is_thinking for c in ready):
            self._say("reasoning", "")
            reason = NoSuggestion(Reason.REASONING)
        else:
            reason = nothing(ready) or NoSuggestion(Reason.DEADLINE)
        if not request.ahead:
            self._missed[place.document.uri] = place
        self._show_guess(request, reason)

    def _show(self, request: Request, choice: Choice) -> None:
        place, shaped, generation = request.place, choice.shaped, choice.generation
        screen = self.reception.screen(place)
        if request.trigger is Trigger.AUTOMATIC:
            if screen.is_dismissed(place, shaped.text):
                self._answer(request, NoSuggestion(Reason.REJECTED))
                return
            if screen.only_undoes(place, shaped.text, now()):
                self._answer(request, NoSuggestion(Reason.FILTERED, "it only undoes a deletion"))
                return
        fresh = generation is not None and generation.was_asked_at(place)
        if generation is not None:
            self.streams.shelf.touch(generation)
        self._answer(
            request,
            Suggestion(
                id=f"s{next(self._ids)}",
                text=shaped.text,
                place=place,
                source=Source.MODEL if fresh else Source.REUSE,
                replaces=shaped.replaces,
                complete=shaped.settled,
                alternatives=self._alternatives(request, shaped),
            ),
        )

    def _alternatives(self, request: Request, first: Shaped) -> tuple[str, ...]:
        """What else could stand there, for who asked by hand, of what is there."""
        if request.trigger is not Trigger.INVOKED:
            return ()
        ready = self._candidates(request.place)
        in_time = request.deadline.at - now() >= TIME_TO_LOOK
        others = [
            candidate.shaped.whole_lines
            for candidate in ready
            if candidate.shaped.replaces == first.replaces
            and not (
                in_time
                and self.streams.refuses(candidate.generation, request.place, candidate.shaped)
            )
        ]
        guess = request.guess
        if guess is not None and not first.replaces and not self._breaks(request, guess.text):
            others.append(guess.text)
        most = self.settings.completion.alternatives - 1
        return different(first.text, (other for other in others if other.strip()), most)

    def _waits_for_others(self, request: Request, choice: Choice) -> bool:
        """Whether a complete text waits for others beside it, which the model is asked for."""
        if not request.wants_others or not choice.shaped.settled:
            return False
        if request.others is None:
            there = len(self._alternatives(request, choice.shaped))
            missing = self.settings.completion.alternatives - 1 - there
            request.others = self.asking.others(request.place, missing, than=choice.generation)
        return any(generation.running for generation in request.others)

    def _wait_no_longer(self, request: Request) -> None:
        request.wants_others = False
        self._settle(request)

    def _show_guess(self, request: Request, otherwise: NoSuggestion) -> None:
        guess, place = request.guess, request.place
        screen = self.reception.screen(place)
        dismissed = guess is not None and screen.is_dismissed(place, guess.text)
        if guess is None or dismissed or self._breaks(request, guess.text):
            self._answer(request, otherwise)
            return
        self._answer(
            request,
            Suggestion(id=f"s{next(self._ids)}", text=guess.text, place=place, source=Source.LOCAL),
        )

    def _answer(self, request: Request, answer: Answer) -> None:
        for timer in request.timers:
            timer.cancel()
        uri = request.place.document.uri
        if self._waiting.get(uri) is request:
            del self._waiting[uri]
        if request.answer.done():
            return
        request.timings.mark("answer")
        self.last_timings = request.timings
        request.answer.set_result(self._note(answer))
        if isinstance(answer, Suggestion):
            self._missed.pop(uri, None)
            self.reception.show(answer)

    def _author(self, suggestion: Suggestion) -> str:
        """The name of the model that wrote it; empty for the embedded engine."""
        model = self.asking.model
        return model.name if model is not None and suggestion.source is not Source.LOCAL else ""

    def _note(self, answer: Answer) -> Answer:
        self.counts[
            answer.source.value if isinstance(answer, Suggestion) else answer.reason.name
        ] += 1
        if not isinstance(answer, NoSuggestion) or answer.reason not in _PASSING:
            self.last = answer
        return answer

    def _candidates(self, place: Place) -> list[Candidate]:
        accepted = self.reception.is_after_accept(place)
        multiline = self.settings.completion.multiline
        fits = self.streams.shelf.fitting(place)
        return candidates(fits, place, multiline=multiline, after_accept=accepted)

    # -- the embedded engine -------------------------------------------------------------------

    def _ask_local(self, request: Request) -> None:
        if self.local is None or self.settings.completion.local == "off":
            request.guessed = True
            self._settle(request)
            return
        self._spawn(self._predict(self.local, request))

    async def _predict(self, local: Local, request: Request) -> None:
        def predict() -> Guess | None:
            # The answer may have been given while this waited for a thread.
            return None if request.answer.done() else local.predict(request.place)

        try:
            if not request.answer.done():
                request.guess = await asyncio.to_thread(predict)
        finally:
            request.guessed = True
            request.timings.mark("local")
            self._settle(request)

    def _read_ahead(self) -> None:
        """Let the embedded engine read what changed, once the hand rests for a moment."""
        if self._reading is not None:
            self._reading.cancel()
        loop = asyncio.get_running_loop()
        self._reading = loop.call_later(READ_AHEAD, lambda: self._spawn(self._read_on()))

    async def _read_on(self) -> None:
        local, since = self.local, self._reading
        while local is not None and self._reading is since:
            if not await asyncio.to_thread(local.idle):
                return

    # -- streams -------------------------------------------------------------------------------

    def _on_progress(self, generation: Generation) -> None:
        request = self._waiting.get(generation.anchor.uri)
        if request is not None:
            request.timings.mark_at("model", generation.started)
            if generation.first_token is not None:
                request.timings.mark("first_token")
            self._settle(request)
        if generation.failure is not None:
            self._say("error", str(generation.failure))
            if request is not None and not request.answer.done():
                self._try_again(request, generation.failure)
            return
        if generation.complete:
            self._say("ready", "")
            if request is not None and not request.answer.done():
                # All that it said stands there already, by now.
                self.asking.start_if_needed(request.place)
        if request is None:
            self._announce_late(generation)

    def _try_again(self, request: Request, failure: ModelError) -> None:
        request.failure = failure
        request.attempts += 1
        gone_for_good = isinstance(failure, ModelRejected) or request.attempts > RETRIES
        if gone_for_good:
            if not any(c.generation.running for c in self._candidates(request.place)):
                self._at_deadline(request)
            return
        pause = 0.0 if request.attempts == 1 else 0.1
        loop = asyncio.get_running_loop()
        request.timers.append(loop.call_later(pause, self.asking.start_if_needed, request.place))

    def _announce_late(self, generation: Generation) -> None:
        """Tell the client of text that came after its deadline, where nothing is shown."""
        place = self._missed.get(generation.anchor.uri)
        if place is None or self.on_late is None or self._places.get(place.document.uri) != place:
            return
        if generation.rest_at(place) is None:
            return
        ready = [c for c in self._candidates(place) if c.generation is generation]
        choice = choose(ready, "", impatient=not generation.running)
        if choice is None or self.reception.screen(place).is_dismissed(place, choice.shaped.text):
            return
        del self._missed[place.document.uri]
        self.counts["late"] += 1
        self.on_late(Suggestion(id="", text=choice.shaped.text, place=place, source=Source.REUSE))

    # -- documents -----------------------------------------------------------------------------

    def opened(self, document: Document) -> None:
        """A document was opened, or replaced as a whole."""
        asyncio.get_running_loop().run_in_executor(None, prepare, document)
        self.backgrounds.opened(document)
        self.backgrounds.later(Place(document, 0), tokens=self.settings.completion.context_tokens)
        if has_scopes_off(self.settings.completion):
            # Read from the top once, so that no key has to wait for it.
            end = Place(document, len(document.text))
            asyncio.get_running_loop().run_in_executor(None, scope_at, end)
        if self.local is not None:
            self.local.opened(document)
            self._read_ahead()

    def edited(self, old: Document, new: Document, edits: tuple[Edit, ...]) -> None:
        """A document changed. What waits on the older text is answered at once."""
        if self.local is not None:
            self.local.edited(new)
            self._read_ahead()
        uri = new.uri
        self._dismiss_request(uri, Reason.STALE)
        self.asking.forget(uri)
        if not edits:
            return
        place = Place(new, cursor_after(edits[-1]))
        self._places[uri] = place
        tokens = self.settings.completion.context_tokens
        self.backgrounds.edited(old, place, edits[-1], tokens=tokens)
        self._missed.pop(uri, None)
        self.rhythm.key(now())
        event = self.reception.edited(old, place, edits)
        self.streams.agree(place, self.settings.completion)
        is_wanted = self._unwanted(place, Trigger.AUTOMATIC) is None
        if is_wanted and event in TAKEN:
            self.asking.speculate(place)
            self.asking.head_start(place, after_accept=True)
        elif is_wanted and is_typing(edits):
            self.asking.head_start(place, may_be_slip=self.streams.is_left(place))

    def closed(self, uri: str) -> None:
        """A document was closed; its streams end."""
        self._dismiss_request(uri, Reason.STALE)
        if self.local is not None:
            self.local.closed(uri)
        self.streams.closed(uri)
        self.backgrounds.closed(uri)
        self.asking.closed(uri)
        self.reception.closed(uri)
        for state in (self._places, self._missed):
            state.pop(uri, None)

    # -- the rest ------------------------------------------------------------------------------

    def accepted(self, suggestion_id: str) -> None:
        """The client says that a suggestion was accepted."""
        self.reception.accepted(suggestion_id)

    def set_model(self, model: Model | None) -> None:
        """From now on another model is asked, by those who wait for the one before as well."""
        self.asking.model = model
        self.streams.abort_all()
        for request in self._waiting.values():
            request.failure = None
            self.asking.start_if_needed(request.place)

    def set_settings(self, settings: Settings) -> None:
        """From now on other settings hold."""
        self.settings = settings
        self.asking.settings = settings.completion
        # What is excluded may be another now; what was gathered before must not be sent.
        self.backgrounds.drop()

    async def close(self) -> None:
        """End all streams and answer what waits, now and later."""
        self._is_closed = True
        for uri in tuple(self._waiting):
            self._dismiss_request(uri, Reason.STALE)
        if self._reading is not None:
            self._reading.cancel()
        self.asking.close()
        await self.streams.close()
        await self.backgrounds.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _say(self, state: str, message: str) -> None:
        if self.on_status is not None:
            self.on_status(state, message)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


_PASSING = frozenset({Reason.SUPERSEDED, Reason.STALE})


def _agree(ready: list[Candidate], guess: str) -> bool:
    """Whether what a model has said so far is a beginning of the embedded engine's guess."""
    said = next((c.shaped.text for c in ready if c.generation.running), "")
    return len(said.strip()) >= 3 and guess.startswith(said)
