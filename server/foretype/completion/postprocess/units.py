"""The prompt's mark of the cursor, and the file's own character of indentation."""

from __future__ import annotations

from foretype.completion.context.prompt import MARK
from foretype.completion.postprocess.context import CompletionContext
from foretype.completion.postprocess.stage import Stage
from foretype.completion.postprocess.steps import opens
from foretype.languages.columns import columns, indent_of


class CursorMark(Stage):
    """Drop the prompt's own mark; what is repeated before it is left to the alignment."""

    def __init__(self, ctx: CompletionContext) -> None:
        super().__init__(ctx)
        self._marks = [mark for mark in {ctx.mark, MARK} if not ctx.contains(mark)]
        self._seen = self._began = False

    def push(self, line: str) -> list[str]:
        for mark in self._marks:
            head, found, rest = line.partition(mark)
            if not found:
                continue
            last, typed = head.strip(), self.ctx.before.strip()
            repeats = typed.endswith(last) if last else not (typed and self._began)
            if self._seen or not repeats:
                self.done = True
                return [head] if head else []
            self._seen = True
            line = head + rest if last or self._began else rest
            return self.push(line) if line else []
        for mark in self._marks:
            # Half of it, where the answer was cut.
            at = line.rfind(mark[:4])
            if at >= 0 and mark.startswith(line[at:]):
                return [line[:at]] if at else []
        self._began = self._began or bool(line.strip())
        return [line]


class Units(Stage):
    """Indent the lines after the first by the file's own character."""

    def __init__(self, ctx: CompletionContext) -> None:
        super().__init__(ctx)
        self._n = 0
        self._width: int | None = None
        self._knows_tabs = False
        self._first = ctx.before

    def push(self, line: str) -> list[str]:
        self._n += 1
        blanks, unit = indent_of(line), self.ctx.unit
        if self._n == 1:
            self._first = line if not self.ctx.before.strip() else self.ctx.before + line
            return [line]
        if not blanks or not line.strip():
            return [line]
        # Who indents by tabs means the blanks: they align, or stand in a string of lines.
        self._knows_tabs = self._knows_tabs or "\t" in blanks
        if unit == "\t" and " " in blanks and not self._knows_tabs:
            width = self._width = self._width or self._blanks_a_step(len(blanks))
            n = len(blanks.expandtabs(width))
            return ["\t" * (n // width) + " " * (n % width) + line[len(blanks) :]]
        if unit != "\t" and "\t" in blanks and not self.ctx.has_tabs:
            width = self._width = self._width or self._tab_width(blanks)
            return [blanks.replace("\t", " " * width) + line[len(blanks) :]]
        return [line]

    def _depths(self) -> tuple[int, ...]:
        depth = 1 if opens(self._first.rstrip(), self.ctx.context.language) else 0
        return (depth, 1 - depth)

    def _blanks_a_step(self, n: int) -> int:
        base = self.ctx.before.count("\t")
        for depth in (base + each for each in self._depths()):
            if depth and n % depth == 0 and n // depth in (2, 3, 4, 8):
                return n // depth
        return 4

    def _tab_width(self, blanks: str) -> int:
        step, base = len(self.ctx.unit), columns(self.ctx.before)
        tabs, rest = blanks.count("\t"), blanks.count(" ")
        wanted = {base + each * step for each in self._depths()[:1]}
        widths = (step, 4, 2, 8, 3)
        return next((width for width in widths if tabs * width + rest in wanted), step)
