"""From a model's answer to the text that belongs at the cursor: unwrap, align, extent.

``unwrap`` separates text from packaging, ``align`` finds the part of it that belongs behind the
cursor, ``limit`` ends the stream and ``extent`` decides how much of it is shown.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

from foretype.completion.postprocess.align import Align
from foretype.completion.postprocess.context import CompletionContext
from foretype.completion.postprocess.extent import Shaped, shape
from foretype.completion.postprocess.limit import Limit
from foretype.completion.postprocess.margins import DiffMarks, LineNumbers
from foretype.completion.postprocess.prompted import Prompted
from foretype.completion.postprocess.stage import Stage, run
from foretype.completion.postprocess.units import CursorMark, Tidy, Units, Unseen
from foretype.completion.postprocess.unwrap import Unwrap
from foretype.core.cursor import Cursor
from foretype.settings.schema import Multiline

__all__ = ["Completion", "CompletionContext", "Postprocessor", "after_each_stage", "complete_text"]


@dataclass(frozen=True, slots=True)
class Completion:
    """What an answer becomes at a cursor."""

    text: str
    """The text that follows the cursor, as far as it is certain."""
    done: bool
    """The rest of the stream is not wanted."""
    imports: tuple[str, ...]
    """Imports that the text may need, and that do not belong here."""
    extent: Shaped
    """How much of the text is shown."""


class Postprocessor:
    """One stream on its way to the cursor. Every chunk costs what it is long."""

    def __init__(self, ctx: CompletionContext) -> None:
        self.ctx = ctx
        self.text = ""
        self.done = False
        self._align = Align(ctx)
        self.stages: tuple[Stage, ...] = (
            Prompted(ctx),
            Unwrap(ctx),
            Unseen(ctx),
            LineNumbers(ctx),
            DiffMarks(ctx),
            CursorMark(ctx),
            Units(ctx),
            self._align,
            Limit(ctx),
            Tidy(ctx),
        )
        self._part: list[str] = []
        """The line that has begun, in pieces."""

    @property
    def imports(self) -> tuple[str, ...]:
        """Imports that the text may need."""
        return self._align.imports

    @property
    def likely(self) -> str:
        """The text so far with the line that has begun, where that line can be read one way only.

        Not certain: it shows early that a stream contradicts what was typed, and is never shown.
        """
        line = "".join(self._part)
        if self.done or not line.strip() or self._align.may_repeat(line):
            return self.text
        ahead = copy.deepcopy(self, {id(self.ctx): self.ctx})
        return ahead.feed("", final=True)

    def feed(self, chunk: str, *, final: bool = False) -> str:
        """Take a piece of the stream; the text so far is certain."""
        if self.done:
            return self.text
        if self._part and self._part[-1].endswith("\r"):
            chunk = self._part.pop() + chunk
        if "\n" in chunk or "\r" in chunk[:-1] or final:
            lines = self._lines("".join([*self._part, chunk]), final=final)
            self._take(lines, final=final)
        elif chunk:
            self._part.append(chunk)
        return self.text

    def _lines(self, text: str, *, final: bool) -> list[str]:
        """The whole lines of what came; the rest is kept for the next piece."""
        kept = "\r" if text.endswith("\r") and not final else ""
        text = text[: len(text) - len(kept)].replace("\r\n", "\n").replace("\r", "\n")
        *whole, rest = text.split("\n")
        self._part = [] if final else [part for part in (rest, kept) if part]
        lines = [line + "\n" for line in whole]
        return [*lines, rest] if final and rest else lines

    def _take(self, lines: list[str], *, final: bool) -> None:
        given: list[str] = []
        for line in lines:
            given += run(self.stages, [line], ended=False)
            self.done = any(stage.done for stage in self.stages)
            if self.done:
                break
        if final and not self.done:
            given += run(self.stages, [], ended=True)
            self.done = any(stage.done for stage in self.stages)
        line_end = self.ctx.context.line_end
        text = "".join(given)
        self.text += text if line_end == "\n" else text.replace("\n", line_end)


def complete_text(
    raw: str,
    ctx: CompletionContext,
    place: Cursor,
    *,
    final: bool = True,
    is_cut: bool = False,
    multiline: Multiline = "auto",
    after_accept: bool = False,
) -> Completion:
    """What an answer, whole or not, becomes at a cursor."""
    stream = Postprocessor(ctx)
    text = stream.feed(raw, final=final)
    extent = shape(
        text,
        place,
        finished=(final and not is_cut) or stream.done,
        multiline=multiline,
        after_accept=after_accept,
    )
    return Completion(text, stream.done, stream.imports, extent)


def after_each_stage(raw: str, ctx: CompletionContext) -> list[tuple[str, str]]:
    """The answer, and the text after each stage that changed something, by the stage's name."""
    texts = [("answer", raw)]
    for n_stages in range(1, len(Postprocessor(ctx).stages) + 1):
        made = Postprocessor(ctx)
        made.stages = made.stages[:n_stages]
        if (text := made.feed(raw, final=True)) != texts[-1][1]:
            texts.append((type(made.stages[-1]).__name__, text))
    return texts
