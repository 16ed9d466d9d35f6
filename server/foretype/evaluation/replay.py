"""Type a part of a file at a person's pace, and count when the right text was visible.

In the manner of VS Code: each change at once, a request 50 ms later, the one before cancelled.
``benches/human_typing.py`` does the same with the server as a process, and with other editors.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from foretype.completion.service import CompletionService
from foretype.completion.suggestion import Suggestion, Trigger
from foretype.core.cursor import Cursor
from foretype.core.deadline import Deadline, now
from foretype.core.text import Edit
from foretype.evaluation.ghost_screen import Screen, is_right
from foretype.evaluation.holes import Hole, Source
from foretype.evaluation.keystrokes import PAUSE_S, keys_at
from foretype.evaluation.observed_model import ObservedModel, Stream
from foretype.evaluation.tasks import Task
from foretype.lsp.session.client_profiles import profile_of
from foretype.privacy.gate import Gate
from foretype.settings.schema import Settings
from foretype.spending.usage import sum_usd

ASKS_AFTER_S = 0.05
"""Seconds after a key at which VS Code asks."""
KEYS_PER_PAUSE = 23
"""Keys that are typed for each pause of more than 0.4 s, on average."""
KEYS_PER_S = 5.4
"""Pauses included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What was counted while one model wrote beside the typist; parts add up. Times in seconds."""

    model: str
    typed: int = 0
    """Characters of the text that stand there at the end."""
    keys: int = 0
    pauses: tuple[float | None, ...] = ()
    """For each pause, after how long something right was visible; None for never."""
    requests: int = 0
    """Requests to the model."""
    output_tokens: int = 0
    cost_usd: float | None = 0.0
    fault: str = ""
    """What the endpoint failed with last."""

    def covered(self, within_s: float) -> int:
        """Return the number of pauses in which something right was visible in time."""
        return sum(after is not None and after <= within_s for after in self.pauses)

    @property
    def nothing_more(self) -> Replayed:
        """A part that adds nothing to this one."""
        return Replayed(model=self.model, typed=self.typed)

    def is_whole(self, truth: str, n_pauses: int) -> bool:
        """Whether there were so many pauses, or all of the text is typed."""
        return len(self.pauses) >= n_pauses or self.typed >= len(truth)

    def __add__(self, later: Replayed) -> Replayed:
        return replace(
            self,
            typed=later.typed,
            keys=self.keys + later.keys,
            pauses=self.pauses + later.pauses,
            requests=self.requests + later.requests,
            output_tokens=self.output_tokens + later.output_tokens,
            cost_usd=sum_usd((self.cost_usd, later.cost_usd)),
            fault=later.fault or self.fault,
        )


def from_json(row: Mapping[str, Any]) -> Replayed:
    """Return a part as it was stored. Raises TypeError if the row is none."""
    known = {field.name for field in fields(Replayed)}
    kept = {name: value for name, value in row.items() if name in known}
    return Replayed(**{**kept, "pauses": tuple(row.get("pauses", ()))})


def cut(source: Source, n_pauses: int, seed: int) -> Hole | None:
    """Cut out paragraphs that are long enough for so many pauses; None where there are none."""
    text, starts, at = source.text, [], 0
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if line.strip() and number and not lines[number - 1].strip():
            starts.append(at)
        at += len(line) + 1
    if not starts:
        return None
    size = n_pauses * KEYS_PER_PAUSE
    fitting = [start for start in starts if start + size <= len(text)] or starts[:1]
    start = random.Random(seed).choice(fitting)
    ends = [end for end in starts if end >= start + size]
    typed = text[start : ends[0] if ends else len(text)].rstrip()
    return Hole(source, "paragraphs", start, start + len(typed)) if typed else None


class Typist:
    """What a task's hole holds being typed, with a completion service beside it."""

    def __init__(
        self,
        task: Task,
        model: ObservedModel,
        settings: Settings,
        gate: Gate,
        seed: int,
        done: Replayed,
    ) -> None:
        """``done`` was typed and counted before: it goes on from there."""
        self.counted = done
        assert task.hole is not None
        self._truth, self._settings, self._seed = task.hole.truth, settings, seed
        self._model = model
        self._screen = Screen(clears_on_key=False)
        self._typed = self._truth[: done.typed]
        start, empty = task.cursor.offset, task.document
        begun = empty.apply(Edit(start, start, self._typed), empty.version)
        self._at = Cursor(begun, start + len(self._typed))
        self._key_at = 0.0
        self._right_at: float | None = None
        self._part = done.nothing_more
        """What was counted since something was kept last."""
        self._asking: asyncio.Task[None] | None = None
        self._service = CompletionService(
            settings=settings,
            model=model,
            gate=gate,
            client=profile_of({"clientInfo": {"name": "Visual Studio Code"}}),
            on_late=lambda suggestion: self._ask_again(),
        )

    async def play(self, n_pauses: int, keep: Callable[[Replayed], None]) -> Replayed:
        """Type until there were so many pauses, or to the end.

        ``keep`` is given what was counted up to each pause, and at the end, whatever ends it.
        """
        self._service.opened(self._at.document)
        await self._service.rest_at(self._at)
        self._key_at = now()
        if self._typed:
            self._asking = asyncio.create_task(self._ask())
        try:
            while not (self.counted + self._part).is_whole(self._truth, n_pauses):
                if self._model.cap.stopped:
                    break
                self._part += await self._next_key()
                if self._part.pauses:
                    self._keep_part(keep)
        finally:
            self._cancel()
            await self._service.close()
            self._keep_part(keep)
        return self.counted

    def _keep_part(self, keep: Callable[[Replayed], None]) -> None:
        part = self._part + _counted(self._part, self._model.take_streams())
        self.counted += part
        self._part = self.counted.nothing_more
        if part != self._part:
            keep(part)

    async def _next_key(self) -> Replayed:
        """Bring the next key on screen, typos included; count what was visible in pauses."""
        keys = keys_at(self._truth, len(self._typed), self._seed)
        pauses: list[float | None] = []
        for key in keys:
            await asyncio.sleep(max(self._key_at + key.after_s - now(), 0))
            if key.after_s > PAUSE_S and self._is_on_truth and self._typed:
                after = self._right_at
                pauses.append(None if after is None else max(after - self._key_at, 0.0))
            self._press(key.text, deletes=key.deletes)
        name, typed = self.counted.model, len(self._typed)
        return Replayed(model=name, typed=typed, keys=len(keys), pauses=tuple(pauses))

    def _press(self, text: str, *, deletes: bool) -> None:
        self._cancel()
        offset = self._at.offset
        if deletes:
            self._typed = self._typed[:-1]
            self._screen.gone()
            self._change(Edit(offset - 1, offset, ""))
        else:
            self._typed += text
            self._screen.typed(text)
            self._change(Edit(offset, offset, text))
        self._key_at, self._right_at = now(), None
        self._look()
        self._asking = asyncio.create_task(self._ask())

    def _change(self, edit: Edit) -> None:
        old = self._at.document
        new = old.apply(edit, old.version + 1)
        self._at = Cursor(new, edit.start + len(edit.text))
        self._service.edited(old, new, (edit,))

    async def _ask(self, after_s: float = ASKS_AFTER_S) -> None:
        await asyncio.sleep(after_s)
        limit = Deadline.after_ms(self._settings.completion.deadline_ms)
        answer = await self._service.suggest(self._at, Trigger.AUTOMATIC, limit)
        self._screen.answered(answer.text if isinstance(answer, Suggestion) else "")
        self._look()

    def _ask_again(self) -> None:
        """Late text has come: an editor asks once more, if nothing is visible."""
        if not self._screen.ghost and (self._asking is None or self._asking.done()):
            self._asking = asyncio.create_task(self._ask(0.0))

    def _cancel(self) -> None:
        if self._asking is not None:
            self._asking.cancel()

    @property
    def _is_on_truth(self) -> bool:
        return self._truth.startswith(self._typed)

    def _look(self) -> None:
        remaining = self._truth[len(self._typed) :] + "\n"
        if self._right_at is None and self._is_on_truth and is_right(self._screen.ghost, remaining):
            self._right_at = now()


def _counted(part: Replayed, streams: Sequence[Stream]) -> Replayed:
    """Return what requests that have ended add to a part."""
    failures = [stream.failure for stream in streams if stream.failure]
    return replace(
        part.nothing_more,
        requests=len(streams),
        output_tokens=sum(stream.usage.output_tokens for stream in streams),
        cost_usd=sum_usd(stream.usage.cost_usd for stream in streams),
        fault=failures[-1] if failures else "",
    )
