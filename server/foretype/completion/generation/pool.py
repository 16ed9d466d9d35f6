"""The streams of the server: started, kept while they agree with what is typed, and ended.

The rule by which a stream ends is in ``lifetime.py``; it is applied here and nowhere else. Which
request is answered with what is decided by its caller, to which every progress is reported.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

from foretype.completion.complete_text import completion_context
from foretype.completion.context.background import NOTHING, RetrievedContext
from foretype.completion.context.notebook import with_cells_above
from foretype.completion.context.prompt import build_prompt, fitting_tokens
from foretype.completion.context.window import Snippet, gather
from foretype.completion.generation.cache import GenerationCache
from foretype.completion.generation.debounce import AdaptiveDebounce
from foretype.completion.generation.generation import Generation
from foretype.completion.generation.lifetime import Lifetime
from foretype.completion.postprocess import CompletionContext
from foretype.completion.resources import Resources
from foretype.core.cursor import Cursor, with_inserted
from foretype.core.deadline import now
from foretype.core.text import common_head
from foretype.models.measured import measured_of
from foretype.models.protocol import Model, Prompt, PromptTooLong, layout_of

MAX_RUNNING = 2
"""Streams at a time, without those that requests in other documents wait for."""
MAX_IN_ALL = 8
"""Streams at a time, whoever waits for them."""
LAST_USAGE_S = 0.25
"""Seconds at the end in which the count of what was spent may come."""
MAX_SLIP_CHARS = 3
"""Characters of a slip that is not seen sooner."""
MAX_RECENT = 8
"""Generations, the last ones, that may be what the user was typing."""
MIN_TOKENS = 100
"""Tokens around the cursor without which a prompt is of no use."""
RESTED_S = 2.0
"""Seconds after which it is looked again whether the user still rests where a stream fits."""


@dataclass(slots=True)
class PoolRecord(Lifetime):
    """What the pool knows of a stream."""

    is_judged: bool = False
    """It has ended, and was of use or in vain."""
    is_timed: bool = False
    """The time to its first token was recorded."""
    review: asyncio.TimerHandle | None = None
    """When the pool decides again whether it goes on."""

    def stop_review(self) -> None:
        if self.review is not None:
            self.review.cancel()
            self.review = None


class GenerationPool:
    """All generations, running and finished."""

    def __init__(
        self,
        resources: Resources,
        debounce: AdaptiveDebounce,
        counts: Counter[str],
        on_progress: Callable[[Generation], None],
        awaited_until: Callable[[Generation], float],
        is_rested_on: Callable[[Generation], bool],
        on_end: Callable[[Generation], None] = lambda generation: None,
    ) -> None:
        """``awaited_until`` gives the deadline of the request that waits for a stream, on the
        event loop's clock; a moment long past where none does. ``is_rested_on``: whether the user
        rests where it fits, and text that comes late is welcome. ``on_end`` is called once nothing
        more comes of a stream, not even its usage."""
        self.cache = GenerationCache()
        self.debounce = debounce
        self._resources = resources
        self._counts = counts
        self._on_progress = on_progress
        self._awaited_until = awaited_until
        self._is_rested_on = is_rested_on
        self._on_end = on_end
        self._records: WeakKeyDictionary[Generation, PoolRecord] = WeakKeyDictionary()
        self._tasks: dict[asyncio.Task[None], Generation] = {}

    def start(
        self,
        model: Model,
        cursor: Cursor,
        *,
        lead: str = "",
        ends_line: bool = False,
        background: RetrievedContext = NOTHING,
        temperature: float | None = None,
    ) -> Generation:
        """Ask the model what follows a cursor, or what follows a text that will stand there.

        Streams beyond the limit are ended for it. ``ends_line``: the lead is finished, not cut.
        """
        self._make_room(cursor)
        prompt, around = self.prompt_at(
            model, cursor, lead=lead, ends_line=ends_line, background=background
        )
        if temperature is not None:
            prompt = replace(prompt, temperature=temperature)
        generation = Generation(cursor, prompt, around, lead)
        self._records[generation] = PoolRecord(due=self._due(generation))
        self.cache.add(generation)
        self._counts["streams"] += 1
        task = generation.start(model, self._progress)
        self._tasks[task] = generation
        task.add_done_callback(self._tasks.pop)
        task.add_done_callback(lambda _: self._on_end(generation))
        self.review(generation)
        return generation

    def prompt_at(
        self,
        model: Model,
        cursor: Cursor,
        *,
        lead: str = "",
        ends_line: bool = False,
        background: RetrievedContext = NOTHING,
    ) -> tuple[Prompt, CompletionContext]:
        """Return what the model is asked at a cursor, and what its answer is judged by."""
        settings, measured = self._resources.completion, measured_of(model)
        place = with_inserted(cursor, lead)
        whole = self._in_notebook(place)
        above = whole.document.text[: whole.offset - place.offset]
        context = gather(
            whole,
            tokens=int(min(settings.context_tokens, measured.fitting_tokens)),
            snippets=_not_in(background.snippets, above),
            recent=background.recent,
            instructions=settings.instructions,
        )
        around = completion_context(cursor, context, settings.multiline, ends_line=ends_line)
        prompt = build_prompt(
            context,
            mark=around.mark,
            max_tokens=self._resources.text_tokens,
            layout=layout_of(model),
            repeats=measured.repeats,
        )
        return replace(prompt, max_tokens=measured.tokens_to_ask(prompt.max_tokens)), around

    def _in_notebook(self, cursor: Cursor) -> Cursor:
        """The cursor behind the cells above it in a notebook, but for those that are excluded."""
        cells, gate = self._resources.cells_above(cursor.document.uri), self._resources.gate
        kept = [cell for cell in cells if gate.excluded(cell.uri) is None]
        return with_cells_above(cursor, kept) if kept else cursor

    def record(self, generation: Generation) -> PoolRecord:
        """What decides how long a generation's stream runs."""
        return self._records[generation]

    def shorten(self, generation: Generation, refusal: PromptTooLong) -> bool:
        """Shorten the prompts from now on: the model refused one as too long. False where the
        next one would be as long."""
        if self._resources.model is None:
            return False
        measured = measured_of(self._resources.model)
        sent = generation.context.context.n_tokens
        fitting = fitting_tokens(generation.prompt, sent, refusal)
        measured.saw_too_long(max(fitting, MIN_TOKENS))
        return measured.fitting_tokens < sent

    def is_stalled(self, generation: Generation) -> bool:
        """Whether a stream has given no text for longer than that usually takes."""
        if not generation.running or generation.is_thinking:
            return False
        return now() - generation.heard >= self._resources.pace.limit

    def may_double(self, generation: Generation) -> bool:
        """Whether another stream beside a stalled one is worth its price."""
        return self.is_stalled(generation) and self._resources.pace.may_double

    def reconcile(self, cursor: Cursor, *, typed: Cursor | None = None) -> None:
        """Compare each stream of the document with the text before the cursor.

        ``typed``: the cursor without the popup's entry, which contradicts nothing that fits there.
        """
        self._learn_from_ended(cursor)
        for generation in self.cache.running:
            if generation.anchor.uri != cursor.document.uri:
                continue
            record = self._records[generation]
            cursors = (cursor,) if typed is None else (cursor, typed)
            self.judge(generation, *cursors)
            if record.contradicted is None:
                record.orphaned = None
            if generation.rest_at(cursor) is not None:
                if not self.is_stalled(generation):
                    # One without any text fits whatever is typed, and would never end.
                    record.due = max(record.due, self._due(generation))
                self.note_typed_through(generation, cursor)
            self.review(generation)

    def _learn_from_ended(self, cursor: Cursor) -> None:
        """See whether the user typed on as the latest texts, those that have ended, say."""
        for generation in tuple(self.cache)[-MAX_RECENT:]:
            record = self._records[generation]
            if record.is_judged or not generation.complete:
                continue
            rest = generation.rest_at(cursor)
            if rest is not None:
                self.note_typed_through(generation, cursor)
            is_vain = rest is None and not record.typed_through and record.contradicted is None
            if is_vain and generation.anchor.typed_since(cursor):
                self.debounce.ended_in_vain()
            record.is_judged = rest is None or record.typed_through > 0

    def judge(self, generation: Generation, *cursors: Cursor) -> bool:
        """Compare a stream with the text before the cursor, because one of them has changed.

        A stream agrees with whatever is typed beyond its text, until more of its text comes.
        ``cursors``: where the user is, and where its text would be shown. True where it is
        contradicted only now.
        """
        record = self._records[generation]
        fits = any(generation.rest_at(cursor) is not None for cursor in cursors)
        is_contradicted = record.judge(now(), fits=fits)
        if is_contradicted:
            has_answered = generation.complete or not generation.is_silent
            if has_answered and not record.typed_through:
                self.debounce.outcome(agreed=False)
            self.review(generation)
        return is_contradicted

    def _due(self, generation: Generation) -> float:
        """The deadline of those who need a stream now."""
        deadline_s = self._resources.completion.deadline_ms / 1000
        return max(now() + deadline_s, self._awaited_until(generation))

    def is_left(self, cursor: Cursor) -> bool:
        """Whether the last characters before a cursor left a text that was typed until then."""
        was_left = any(
            self._n_beyond(generation, cursor) <= MAX_SLIP_CHARS
            for generation in tuple(self.cache)[-MAX_RECENT:]
        )
        return was_left and not any(rest.strip() for _, rest in self.cache.fitting(cursor))

    def _n_beyond(self, generation: Generation, cursor: Cursor) -> float:
        """How many characters before a cursor differ from a generation's text."""
        typed = generation.anchor.typed_since(cursor, len(generation.text) + MAX_SLIP_CHARS)
        n_right = common_head(typed or "", generation.text)
        if not typed or not n_right or n_right == len(typed):
            return math.inf
        return len(typed) - n_right

    def note_typed_through(self, generation: Generation, cursor: Cursor) -> None:
        """Part of a generation's text stands in the document now."""
        record = self._records[generation]
        typed = generation.n_typed_at(cursor)
        if typed > 0 and not record.typed_through:
            self.debounce.outcome(agreed=True)
        record.typed_through = max(record.typed_through, typed)

    def orphan(self, cursor: Cursor) -> None:
        """The request at a cursor was cancelled: its streams get a moment for a new one."""
        for generation in self.cache.running:
            if generation.rest_at(cursor) is not None:
                self._records[generation].orphaned = now()
                self.review(generation)

    def review(self, generation: Generation) -> None:
        """End a stream that nobody needs, or look again when that may be so."""
        record = self._records[generation]
        record.stop_review()
        if not generation.running:
            return
        end = record.ends_at(rested_on=self._is_rested_on(generation))
        if end <= now():
            self._abort(generation)
            return
        loop = asyncio.get_running_loop()
        look = now() + RESTED_S if math.isinf(end) else end
        record.review = loop.call_at(look, self.review, generation)

    def _abort(self, generation: Generation) -> None:
        """End a stream. One that has not begun to answer teaches how long that takes."""
        self._counts["aborted"] += 1
        if generation.first_token is None:
            self._resources.pace.no_first_token(now() - generation.started)
        generation.abort()

    def abort_all(self) -> None:
        """End all that runs; the text so far is kept."""
        for generation in self.cache.running:
            self._counts["aborted"] += 1
            generation.abort()

    def closed(self, uri: str) -> None:
        """A document was closed: its streams end."""
        for generation in self.cache.running:
            if generation.anchor.uri == uri:
                generation.abort()
        self.cache.drop_document(uri)

    async def close(self) -> None:
        """End all streams. Those whose text is complete get a moment to report their usage."""
        for record in self._records.values():
            record.stop_review()
        owed = [task for task, generation in self._tasks.items() if generation.complete]
        if owed:
            await asyncio.wait(owed, timeout=LAST_USAGE_S)
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def has_room(self, cursor: Cursor) -> bool:
        """Whether a stream can start at a cursor without ending one that is still of use."""
        counted = (g for g in self.cache.running if not self._is_awaited_elsewhere(g, cursor))
        return sum(self._records[each].contradicted is None for each in counted) < MAX_RUNNING

    def _make_room(self, cursor: Cursor) -> None:
        """End the streams beyond the limit: contradicted ones first, then those made elsewhere.

        What a request in another document waits for is ended last.
        """
        running = self.cache.running
        awaited = {g for g in running if self._is_awaited_elsewhere(g, cursor)}
        running.sort(
            key=lambda g: (
                self._records[g].contradicted is None,
                g in awaited,
                g.rest_at(cursor) is not None,
                g.started,
            )
        )
        n_counted = len(running) - len(awaited)
        n_beyond = max(n_counted - MAX_RUNNING, len(running) - MAX_IN_ALL) + 1
        for generation in running[: max(0, n_beyond)]:
            self._abort(generation)

    def _is_awaited_elsewhere(self, generation: Generation, cursor: Cursor) -> bool:
        is_elsewhere = generation.anchor.uri != cursor.document.uri
        return is_elsewhere and self._awaited_until(generation) > now()

    def _progress(self, generation: Generation) -> None:
        record = self._records[generation]
        if generation.first_token is not None and not record.is_timed:
            record.is_timed = True
            pace = self._resources.pace
            pace.first_token(generation.first_token - generation.started)
            if any(each.started < generation.started for each in self.cache.running):
                pace.begins_beside_another()
        if not generation.running:
            record.stop_review()
        self._on_progress(generation)


def _not_in(snippets: tuple[Snippet, ...], above: str) -> tuple[Snippet, ...]:
    """The snippets that the cells above do not have already."""
    return tuple(each for each in snippets if not above or each.text.strip() not in above)
