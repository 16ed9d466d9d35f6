"""When the model is asked: not before a pause is likely, not twice for the same place.

All requests to a model begin here. What a stream does then is ``pool.py``'s part.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from foretype.completion.context.background import RetrievedContexts
from foretype.completion.generation.client_follows import LONG_WAIT, ClientFollows
from foretype.completion.generation.generation import Generation
from foretype.completion.generation.pool import MAX_RUNNING, GenerationPool
from foretype.completion.protocols import Budget, Client
from foretype.completion.selection.candidates import Candidate
from foretype.core.cursor import Cursor
from foretype.core.deadline import now
from foretype.models.protocol import Model
from foretype.settings.schema import CompletionSettings

AHEAD = 12
"""Characters left of a text being typed through at which the model is asked for what follows."""
MIN_COMPLETION_RATE = 0.4
"""The share of texts that must hold to their last word for this to be worth its tokens."""
MIN_ACCEPTANCE_RATE = 0.3
"""The share of suggestions that must be accepted for a request ahead to be worth its tokens."""
ALTERNATIVE_TEMPERATURES = (0.7, 1.0)
"""The temperatures at which a model is asked for another text than it gave already."""
INTEREST = 1.0
"""Seconds after a deadline for which a late text is still worth a second stream."""
SELECTING = 0.1
"""Seconds for which an entry of a popup must stay selected."""

_IN_WORD = re.compile(r"\w\w$")
_WORD_BEGUN = re.compile(r"\w$")


class Scheduler:
    """Decides when a stream is started, and for which place."""

    def __init__(
        self,
        settings: CompletionSettings,
        model: Model | None,
        client: Client,
        pool: GenerationPool,
        retrieved: RetrievedContexts,
        candidates: Callable[[Cursor], list[Candidate]],
        purse: Budget | None = None,
    ) -> None:
        self.settings = settings
        self.model = model
        self._client = client
        self._pool = pool
        self._debounce = pool.debounce
        self._retrieved = retrieved
        self._candidates = candidates
        self._purse = purse
        self._following = ClientFollows(client.waits_ms / 1000)
        self._planned: dict[str, asyncio.TimerHandle] = {}
        self._places: dict[str, Cursor] = {}
        self._ending: dict[str, Generation] = {}
        """The text of each document that is being typed to its end."""
        self._slips: set[str] = set()
        """The documents whose last edit may be taken back."""

    @property
    def may_ask(self) -> bool:
        """Whether there is a model to ask at all, and money for it."""
        return self.has_model and not self.is_out_of_money

    @property
    def has_model(self) -> bool:
        return self.model is not None and self.settings.local != "only"

    @property
    def is_out_of_money(self) -> bool:
        """Whether today's budget is used up."""
        return self._purse is not None and self._purse.is_used_up

    def requested(self, uri: str) -> None:
        """The client sent an automatic request in a document, whatever comes of it."""
        self._following.asked(uri)

    def plan(self, cursor: Cursor, *, is_invoked: bool, is_selecting: bool = False) -> None:
        """A request came that nothing answers yet: ask the model, after a pause in typing.

        ``is_selecting``: it is for an entry of a popup, and the next one may be selected soon.
        """
        if is_selecting and not is_invoked:
            self.forget(cursor.document.uri)
            self._plan(cursor, now() - self._debounce.last_key + SELECTING)
            return
        has_waited = self._client.waits_ms / 1000 >= LONG_WAIT
        is_pause = has_waited and cursor.document.uri not in self._slips
        self._plan(cursor, 0.0 if is_invoked or is_pause else self._wait(cursor))

    def head_start(
        self, cursor: Cursor, *, may_be_slip: bool = False, after_accept: bool = False
    ) -> None:
        """An edit came: ask the model at once where a pause is likely, before the client asks.

        Who has just accepted something looks for what comes next. ``may_be_slip``: the edit left
        what fitted until then, and may be taken back.
        """
        self._places[cursor.document.uri] = cursor
        if may_be_slip:
            self.note_slip(cursor)
        if not self.settings.head_start or not self.may_ask or not self._will_ask(cursor):
            return
        self._learn_from_end(cursor)
        self._following.edited(cursor.document.uri, now())
        if not self._may_start_ahead(cursor):
            return
        ready = self._candidates(cursor)
        if self._is_stalled(ready):
            wait = 0.0 if after_accept else self._wait(cursor)
            self._plan(cursor, wait, start=self._start_ahead)
        elif not any(c.generation.running for c in ready):
            self._look_ahead(cursor)

    def note_slip(self, cursor: Cursor) -> None:
        """What was typed last left a text that fitted until then, and may be taken back."""
        if _WORD_BEGUN.search(cursor.before):
            self._slips.add(cursor.document.uri)

    def speculate(self, cursor: Cursor) -> None:
        """A suggestion was accepted: ask for what follows before the client does.

        Only where the user wants it, a budget has something left for it, and suggestions are
        mostly of use.
        """
        if not self.settings.speculate or self._purse is None or not self._purse.has_budget:
            return
        is_worth_it = self._debounce.acceptance_rate >= MIN_ACCEPTANCE_RATE
        if self.may_ask and is_worth_it and self._may_start_ahead(cursor):
            self._places[cursor.document.uri] = cursor
            self.start_if_needed(cursor)

    def _may_start_ahead(self, cursor: Cursor) -> bool:
        """Whether the client's own request can be counted on to follow."""
        return self._following.may_start(cursor.document.uri, now())

    def _will_ask(self, cursor: Cursor) -> bool:
        """Whether the client is going to ask at a place: menus open within words alone."""
        if not self._client.waits_ms:
            return False
        return self._client.inline_completion or _IN_WORD.search(cursor.before) is not None

    def start_if_needed(self, cursor: Cursor) -> None:
        """Ask the model what follows a place, unless something that was said fits it."""
        if self._is_stalled(self._candidates(cursor)):
            self._start(cursor)

    def _is_stalled(self, ready: list[Candidate]) -> bool:
        """Whether nothing that fits a place has said a line of use, nor is about to."""
        return all(c.is_bare and self._pool.is_stalled(c.generation) for c in ready)

    def others(self, cursor: Cursor, n: int, *, than: Generation | None) -> list[Generation]:
        """Ask the model for so many other texts, and no more than may run.

        Those that are being written already are among them.
        """
        if self.model is None or not self.may_ask:
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
            self._pool.start(
                self.model, cursor, self.settings, background=background, temperature=temperature
            )
            for temperature in warmer[: max(0, min(n - len(running), room))]
        ]

    def forget(self, uri: str) -> None:
        """What was planned for a document is void: it changed or was closed."""
        planned = self._planned.pop(uri, None)
        if planned is not None:
            planned.cancel()
        self._places.pop(uri, None)
        self._slips.discard(uri)

    def closed(self, uri: str) -> None:
        """A document was closed."""
        self.forget(uri)
        self._following.closed(uri)
        self._ending.pop(uri, None)

    def close(self) -> None:
        """Nothing more is asked."""
        self.model = None
        for uri in tuple(self._planned):
            self.forget(uri)

    def _wait(self, cursor: Cursor) -> float:
        """Seconds from the last key until the model is asked."""
        if self.settings.debounce_ms != "auto":
            return self.settings.debounce_ms / 1000
        may_be_slip = cursor.document.uri in self._slips
        return self._debounce.wait(cursor.before, now(), may_be_slip=may_be_slip)

    def _plan(
        self, cursor: Cursor, wait: float, *, start: Callable[[Cursor], None] | None = None
    ) -> None:
        """Ask once the hand has rested for so long since the last key; the earlier plan counts."""
        uri = cursor.document.uri
        self._places[uri] = cursor
        planned = self._planned.pop(uri, None)
        start_at = max(now(), self._debounce.last_key + wait)
        if planned is not None:
            start_at = min(start_at, planned.when())
            planned.cancel()
        start = start or self.start_if_needed
        if start_at <= now():
            start(cursor)
            return
        loop = asyncio.get_running_loop()
        self._planned[uri] = loop.call_at(start_at, self._start_planned, cursor, start)

    def _start_planned(self, cursor: Cursor, start: Callable[[Cursor], None]) -> None:
        self._planned.pop(cursor.document.uri, None)
        start(cursor)

    def _start_ahead(self, cursor: Cursor) -> None:
        """Ask before the client does, unless its request is overdue by now."""
        if self._may_start_ahead(cursor) and self._is_stalled(self._candidates(cursor)):
            self._start(cursor, is_ahead=True)

    def _look_ahead(self, cursor: Cursor) -> None:
        """Ask for what follows a text that is nearly typed through."""
        fits = [(g, rest) for g, rest in self._pool.cache.fitting(cursor) if rest.strip()]
        if not fits or len(fits[0][1].strip()) > AHEAD:
            return
        generation, rest = fits[0]
        self._pool.note_typed_through(generation, rest)
        if not generation.typed_through or generation.is_silent:
            return
        self._ending[cursor.document.uri] = generation
        if self._debounce.completion_rate >= MIN_COMPLETION_RATE:
            ends_line = not generation.cut_short
            self._start(cursor, lead=rest.rstrip(), ends_line=ends_line, is_ahead=True)

    def _learn_from_end(self, cursor: Cursor) -> None:
        generation = self._ending.get(cursor.document.uri)
        rest = generation.rest_at(cursor) if generation is not None else None
        if generation is None or (rest and rest.strip()):
            return
        del self._ending[cursor.document.uri]
        self._debounce.end_reached(agreed=rest is not None)

    def _start(
        self, cursor: Cursor, *, lead: str = "", ends_line: bool = False, is_ahead: bool = False
    ) -> None:
        if self.model is None or not self.may_ask:
            return
        if is_ahead:
            self._following.started(cursor.document.uri)
        background = self._retrieved.ready(cursor.document.uri)
        generation = self._pool.start(
            self.model,
            cursor,
            self.settings,
            lead=lead,
            ends_line=ends_line,
            background=background,
        )
        if not self._is_beside(generation):
            limit = self._debounce.first_token_limit
            loop = asyncio.get_running_loop()
            loop.call_later(limit, self._look_for_first_token, generation, is_ahead)

    def _is_beside(self, generation: Generation) -> bool:
        """Whether it stands beside one that does not begin. A third would not do better."""
        return any(
            other is not generation
            and other.anchor.uri == generation.anchor.uri
            and self._pool.is_stalled(other)
            for other in self._pool.cache.running
        )

    def _look_for_first_token(self, generation: Generation, is_ahead: bool) -> None:
        """A stream that does not begin must not block those that follow: start another beside.

        ``is_ahead``: it was started before the client asked, which it may not have done since.
        """
        cursor = self._places.get(generation.anchor.uri)
        if cursor is None or generation.orphaned is not None:
            return
        if is_ahead and not self._may_start_ahead(cursor):
            return
        is_wanted = generation.rest_at(cursor) is not None and now() <= generation.due + INTEREST
        is_stalled = self._pool.is_stalled(generation)
        if is_wanted and is_stalled and self._pool.has_room(cursor):
            self.start_if_needed(cursor)
