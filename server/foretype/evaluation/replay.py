"""Type a part of a file at a person's pace, and count when the right text was visible.

In the manner of VS Code: each change at once, a request 50 ms later, the one before cancelled.
``benches/human_typing.py`` does the same with the server as a process, and with other editors.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from foretype.completion.service import CompletionService
from foretype.completion.suggestion import Suggestion, Trigger
from foretype.core.cursor import Cursor
from foretype.core.deadline import Deadline, now
from foretype.core.text import Document, Edit
from foretype.evaluation.ghost_screen import Screen, is_right
from foretype.evaluation.keystrokes import PAUSE_S, keys_at
from foretype.evaluation.observed_model import ObservedModel
from foretype.lsp.session.client_profiles import profile_of
from foretype.privacy.gate import Gate
from foretype.settings.schema import Settings

ASKS_AFTER_S = 0.05
"""Seconds after a key at which VS Code asks."""
KEYS_PER_PAUSE = 23
"""Keys that are typed for each pause of more than 0.4 s, on average."""
KEYS_PER_S = 5.4
"""Pauses included."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a file that is typed: ``text[start:end]``."""

    document: Document
    """The whole file."""
    start: int
    end: int

    @property
    def typed(self) -> str:
        return self.document.text[self.start : self.end]

    @property
    def seconds(self) -> float:
        """How long typing it takes, roughly."""
        return len(self.typed) / KEYS_PER_S


@dataclass(slots=True)
class Replayed:
    """What was counted while one model wrote beside the typist. Times in seconds."""

    model: str
    keys: int = 0
    pauses: list[float | None] = field(default_factory=list)
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


def stretch_of(document: Document, n_pauses: int, seed: int) -> Stretch | None:
    """Return paragraphs of a file that are long enough for so many pauses; None for none."""
    lines = document.text.split("\n")
    starts, at = [], 0
    for number, line in enumerate(lines):
        if line.strip() and number and not lines[number - 1].strip():
            starts.append(at)
        at += len(line) + 1
    if not starts:
        return None
    size = n_pauses * KEYS_PER_PAUSE
    fitting = [start for start in starts if start + size <= len(document.text)] or starts[:1]
    start = random.Random(seed).choice(fitting)
    ends = [end for end in starts if end >= start + size]
    end = ends[0] if ends else len(document.text)
    typed = document.text[start:end].rstrip()
    return Stretch(document, start, start + len(typed)) if typed else None


class Typist:
    """One stretch being typed, with a completion service beside it."""

    def __init__(
        self, stretch: Stretch, model: ObservedModel, settings: Settings, gate: Gate, seed: int
    ) -> None:
        self.counted = Replayed(model.name)
        self._stretch, self._settings, self._seed = stretch, settings, seed
        self._model = model
        self._screen = Screen(clears_on_key=False)
        whole = stretch.document
        text = whole.text[: stretch.start] + whole.text[stretch.end :]
        self._at = Cursor(Document(whole.uri, text, whole.language, 1), stretch.start)
        self._typed = ""
        self._key_at = 0.0
        self._right_at: float | None = None
        self._asking: asyncio.Task[None] | None = None
        self._service = CompletionService(
            settings=settings,
            model=model,
            gate=gate,
            client=profile_of({"clientInfo": {"name": "Visual Studio Code"}}),
            on_late=lambda suggestion: self._ask_again(),
        )

    async def play(self, n_pauses: int, on_pause: Callable[[], None]) -> Replayed:
        """Type until there were so many pauses, or to the end."""
        self._service.opened(self._at.document)
        await self._service.rest_at(self._at)
        truth, self._key_at = self._stretch.typed, now()
        try:
            while len(self._typed) < len(truth) and len(self.counted.pauses) < n_pauses:
                if self._model.cap.stopped:
                    break
                for key in keys_at(truth, len(self._typed), self._seed):
                    await self._rest(key.after_s, on_pause)
                    self._press(key.text, deletes=key.deletes)
        finally:
            self._cancel()
            await self._service.close()
        self._count()
        return self.counted

    async def _rest(self, seconds: float, on_pause: Callable[[], None]) -> None:
        """Wait until the next key; what was visible in a pause is counted."""
        await asyncio.sleep(max(self._key_at + seconds - now(), 0))
        on_truth = self._stretch.typed.startswith(self._typed)
        if seconds > PAUSE_S and on_truth and self._typed:
            after = None if self._right_at is None else max(self._right_at - self._key_at, 0.0)
            self.counted.pauses.append(after)
            on_pause()

    def _press(self, text: str, *, deletes: bool) -> None:
        self.counted.keys += 1
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

    def _look(self) -> None:
        remaining = self._stretch.typed[len(self._typed) :] + "\n"
        on_truth = self._stretch.typed.startswith(self._typed)
        if self._right_at is None and on_truth and is_right(self._screen.ghost, remaining):
            self._right_at = now()

    def _count(self) -> None:
        streams = self._model.take_streams()
        costs = [stream.usage.cost_usd for stream in streams]
        self.counted.requests = len(streams)
        self.counted.output_tokens = sum(stream.usage.output_tokens for stream in streams)
        known = [cost for cost in costs if cost is not None]
        self.counted.cost_usd = sum(known) if len(known) == len(costs) else None
        faults = [stream.failure for stream in streams if stream.failure]
        self.counted.fault = faults[-1] if faults else ""
