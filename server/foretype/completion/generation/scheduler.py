"""When the model is asked: not before a pause is likely, not twice for the same cursor.

All requests to a model begin here. What a stream does then is decided in ``pool.py``.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from foretype.completion.context.background import RetrievedContexts
from foretype.completion.generation.client_follows import LONG_WAIT_S, ClientFollows
from foretype.completion.generation.generation import Generation
from foretype.completion.generation.pool import MAX_RUNNING, GenerationPool
from foretype.completion.resources import Resources
from foretype.core.cursor import Cursor
from foretype.core.deadline import now

LOOK_AHEAD_CHARS = 12
"""Characters left of a text being typed through at which the model is asked for what follows; more
where it begins so late that they would be typed by then."""
MIN_COMPLETION_RATE = 0.4
"""The share of texts that must hold to their last word for this to be worth its tokens."""
MIN_ACCEPTANCE_RATE = 0.3
"""The share of suggestions that must be accepted for a request ahead to be worth its tokens."""
ALTERNATIVE_TEMPERATURES = (0.7, 1.0)
"""The temperatures at which a model is asked for another text than it gave already."""
LATE_INTEREST_S = 1.0
"""Seconds after a deadline for which a late text is still worth a second stream."""
SELECTING_S = 0.1
"""Seconds for which an entry of a popup must stay selected."""

_IN_WORD = re.compile(r"\w\w$")
_WORD_BEGUN = re.compile(r"\w$")


@dataclass(slots=True)
class Schedule:
    """When the model is asked in one document, and where."""

    cursor: Cursor | None = None
    """Where it is asked or was asked last; None once the document has changed."""
    timer: asyncio.TimerHandle | None = None
    """The planned start of a stream."""
    may_be_slip: bool = False
    """The last edit may be taken back."""
    ending: Generation | None = None
    """The text that is being typed to its end."""
    follows: ClientFollows = field(default_factory=ClientFollows)

    def cancel(self) -> None:
        """Drop what was planned: the document changed or was closed."""
        if self.timer is not None:
            self.timer.cancel()
        self.timer = self.cursor = None
        self.may_be_slip = False


class Scheduler:
    """Decides when a stream is started, and for which cursor."""

    def __init__(
        self,
        resources: Resources,
        pool: GenerationPool,
        retrieved: RetrievedContexts,
        has_text: Callable[[Cursor], bool],
    ) -> None:
        """``has_text``: whether a line that can be shown at a cursor is there or on its way."""
        self._resources = resources
        self._pool = pool
        self._debounce = pool.debounce
        self._retrieved = retrieved
        self._has_text = has_text

    def plan(
        self, schedule: Schedule, cursor: Cursor, *, is_invoked: bool, is_selecting: bool = False
    ) -> None:
        """Ask the model for a request that nothing answers yet, after a pause in typing.

        ``is_selecting``: it is for an entry of a popup, and the next one may be selected soon.
        """
        if is_selecting and not is_invoked:
            schedule.cancel()
            self._plan(schedule, cursor, now() - self._debounce.last_key + SELECTING_S)
            return
        has_waited = self._resources.wait_s >= LONG_WAIT_S
        is_pause = has_waited and not schedule.may_be_slip
        self._plan(
            schedule, cursor, 0.0 if is_invoked or is_pause else self._wait(schedule, cursor)
        )

    def head_start(
        self,
        schedule: Schedule,
        cursor: Cursor,
        *,
        may_be_slip: bool = False,
        after_accept: bool = False,
    ) -> None:
        """Ask the model after an edit, before the client asks, once a pause is likely.

        Who has just accepted something looks for what comes next. ``may_be_slip``: the edit left
        what fitted until then, and may be taken back.
        """
        schedule.cursor = cursor
        if may_be_slip:
            self.note_slip(schedule, cursor)
        resources = self._resources
        if not resources.completion.head_start or not resources.may_ask:
            return
        if not self._will_ask(cursor):
            return
        self._learn_from_end(schedule, cursor)
        schedule.follows.note_edit(now(), resources.wait_s)
        if not self._may_start_ahead(schedule):
            return
        if not self._has_text(cursor):
            wait = 0.0 if after_accept else self._wait(schedule, cursor)
            self._plan(schedule, cursor, wait, start=self._start_ahead)
        elif not any(generation.running for generation, _ in self._pool.cache.fitting(cursor)):
            self._look_ahead(schedule, cursor)

    def note_slip(self, schedule: Schedule, cursor: Cursor) -> None:
        """Expect that what was typed last is taken back: it left a text that fitted until then."""
        if _WORD_BEGUN.search(cursor.before):
            schedule.may_be_slip = True

    def speculate(self, schedule: Schedule, cursor: Cursor) -> None:
        """Ask for what follows an accepted suggestion before the client does.

        Only where the user wants it, a budget has something left for it, and suggestions are
        mostly of use.
        """
        resources, budget = self._resources, self._resources.budget
        if not resources.completion.speculate or budget is None or not budget.has_budget:
            return
        is_worth_it = self._debounce.acceptance_rate >= MIN_ACCEPTANCE_RATE
        if resources.may_ask and is_worth_it and self._may_start_ahead(schedule):
            schedule.cursor = cursor
            self.start_if_needed(schedule, cursor)

    def start_if_needed(self, schedule: Schedule, cursor: Cursor) -> None:
        """Ask the model what follows a cursor, unless some text fits it."""
        if not self._has_text(cursor):
            self._start(schedule, cursor)

    def start_others(self, cursor: Cursor, n: int, *, than: Generation | None) -> list[Generation]:
        """Ask the model for ``n`` other texts, and no more than may run.

        Those that are being written already are among them.
        """
        model = self._resources.model
        if model is None or not self._resources.may_ask:
            return []
        fitting = [g for g in self._pool.cache.running if g.rest_at(cursor) is not None]
        running = [generation for generation in fitting if generation is not than]
        room = MAX_RUNNING - len(fitting)
        background = self._retrieved.ready(cursor.document.uri)
        there = [g for g in self._pool.cache if g.was_asked_at(cursor)]
        tried = {g.prompt.temperature for g in there if g.running or g.complete}
        warmer = [
            temperature for temperature in ALTERNATIVE_TEMPERATURES if temperature not in tried
        ]
        return running + [
            self._pool.start(model, cursor, background=background, temperature=temperature)
            for temperature in warmer[: max(0, min(n - len(running), room))]
        ]

    def _may_start_ahead(self, schedule: Schedule) -> bool:
        """Whether the client's own request can be counted on to follow."""
        return schedule.follows.may_start(now(), self._resources.wait_s)

    def _will_ask(self, cursor: Cursor) -> bool:
        """Whether the client is going to ask at a cursor: menus open within words alone."""
        client = self._resources.client
        if not client.waits_ms:
            return False
        return client.inline_completion or _IN_WORD.search(cursor.before) is not None

    def _wait(self, schedule: Schedule, cursor: Cursor) -> float:
        """Seconds from the last key until the model is asked."""
        debounce_ms = self._resources.completion.debounce_ms
        if debounce_ms != "auto":
            return debounce_ms / 1000
        return self._debounce.wait(cursor.before, now(), may_be_slip=schedule.may_be_slip)

    def _plan(
        self,
        schedule: Schedule,
        cursor: Cursor,
        wait: float,
        *,
        start: Callable[[Schedule, Cursor], None] | None = None,
    ) -> None:
        """Ask once the user has paused for ``wait`` seconds; an earlier plan stays as early."""
        schedule.cursor = cursor
        start_at = max(now(), self._debounce.last_key + wait)
        if schedule.timer is not None:
            start_at = min(start_at, schedule.timer.when())
            schedule.timer.cancel()
            schedule.timer = None
        start = start or self.start_if_needed
        if start_at <= now():
            start(schedule, cursor)
            return
        loop = asyncio.get_running_loop()
        schedule.timer = loop.call_at(start_at, self._start_planned, schedule, cursor, start)

    def _start_planned(
        self, schedule: Schedule, cursor: Cursor, start: Callable[[Schedule, Cursor], None]
    ) -> None:
        schedule.timer = None
        start(schedule, cursor)

    def _start_ahead(self, schedule: Schedule, cursor: Cursor) -> None:
        """Ask before the client does, unless its request is overdue by now."""
        if self._may_start_ahead(schedule) and not self._has_text(cursor):
            self._start(schedule, cursor, is_ahead=True)

    def _look_ahead(self, schedule: Schedule, cursor: Cursor) -> None:
        """Ask for what follows a text that is nearly typed through."""
        fits = [(g, rest) for g, rest in self._pool.cache.fitting(cursor) if rest.strip()]
        n_ahead = max(LOOK_AHEAD_CHARS, self._resources.pace.late / self._debounce.interval)
        if not fits or len(fits[0][1].strip()) > n_ahead:
            return
        generation, rest = fits[0]
        self._pool.note_typed_through(generation, cursor)
        if not self._pool.record(generation).typed_through or generation.is_silent:
            return
        schedule.ending = generation
        if self._debounce.completion_rate >= MIN_COMPLETION_RATE:
            ends_line = not generation.cut_short
            self._start(schedule, cursor, lead=rest.rstrip(), ends_line=ends_line, is_ahead=True)

    def _learn_from_end(self, schedule: Schedule, cursor: Cursor) -> None:
        generation = schedule.ending
        rest = generation.rest_at(cursor) if generation is not None else None
        if generation is None or (rest and rest.strip()):
            return
        schedule.ending = None
        self._debounce.end_reached(agreed=rest is not None)

    def _start(
        self,
        schedule: Schedule,
        cursor: Cursor,
        *,
        lead: str = "",
        ends_line: bool = False,
        is_ahead: bool = False,
    ) -> None:
        model = self._resources.model
        if model is None or not self._resources.may_ask:
            return
        if is_ahead:
            schedule.follows.note_start()
        background = self._retrieved.ready(cursor.document.uri)
        generation = self._pool.start(
            model, cursor, lead=lead, ends_line=ends_line, background=background
        )
        if not self._is_beside(generation):
            limit = self._resources.pace.limit
            loop = asyncio.get_running_loop()
            loop.call_later(limit, self._look_for_first_token, schedule, generation, is_ahead)

    def _is_beside(self, generation: Generation) -> bool:
        """Whether it stands beside one that does not begin. A third would not do better."""
        return any(
            other is not generation
            and other.anchor.uri == generation.anchor.uri
            and self._pool.is_stalled(other)
            for other in self._pool.cache.running
        )

    def _look_for_first_token(
        self, schedule: Schedule, generation: Generation, is_ahead: bool
    ) -> None:
        """Start another stream beside one that does not begin, which must not block the rest.

        ``is_ahead``: it was started before the client asked, which it may not have done since.
        """
        cursor, record = schedule.cursor, self._pool.record(generation)
        if cursor is None or record.orphaned is not None:
            return
        if is_ahead and not self._may_start_ahead(schedule):
            return
        is_wanted = generation.rest_at(cursor) is not None and now() <= record.due + LATE_INTEREST_S
        if is_wanted and self._pool.may_double(generation) and self._pool.has_room(cursor):
            self.start_if_needed(schedule, cursor)
