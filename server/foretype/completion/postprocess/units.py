"""Single characters: the prompt's mark, white space, and what no one sees."""

from __future__ import annotations

from foretype.completion.context.prompt import MARK
from foretype.completion.postprocess.context import CompletionContext
from foretype.completion.postprocess.stage import Stage
from foretype.completion.postprocess.steps import opens
from foretype.core.unseen import unseen_in
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
        self._depth: int | None = None
        """Steps of indentation at which the second line is expected."""
        self._width = 0
        """Columns of a step in the answer, or of its tabs; 0 while no line has any."""
        self._knows_tabs = False

    def push(self, line: str) -> list[str]:
        ctx, blanks, unit = self.ctx, indent_of(line), self.ctx.unit
        if self._depth is None:
            is_opened = opens((ctx.before + line).rstrip(), ctx.context.language)
            self._depth = columns(ctx.before) // max(1, columns(unit)) + is_opened
            return [line]
        # Who indents by tabs means the blanks: they align, or stand in a string of lines.
        self._knows_tabs = self._knows_tabs or "\t" in blanks
        is_own = self._knows_tabs if unit == "\t" else ctx.has_tabs or not self._knows_tabs
        is_own = is_own or (ctx.mixes_tabs and blanks in ctx.indentations)
        if is_own or not line.strip():
            return [line]
        tabs, n = blanks.count("\t"), blanks.count(" ")
        if unit == "\t":
            widths = (width for width in (4, 2, 8, 3) if width * self._depth == n)
            width = self._width = self._width or next(widths, 4)
            return ["\t" * (n // width) + " " * (n % width) + line[len(blanks) :]]
        step = len(unit)
        widths = (w for w in (step, 4, 2, 8, 3) if tabs * w + n == self._depth * step)
        width = self._width = self._width or next(widths, step)
        return [blanks.replace("\t", " " * width) + line[len(blanks) :]]


class Unseen(Stage):
    """End at a character that no one sees, where the file does not have it around the cursor.

    What a terminal would obey, and what hides or reorders text, has no place in ghost text.
    """

    def push(self, line: str) -> list[str]:
        for at in unseen_in(line):
            if not self.ctx.contains(line[at]):
                self.done = True
                return [line[:at]]
        return [line]


class Tidy(Stage):
    """No blanks at the ends of lines, where they mean nothing."""

    def __init__(self, ctx: CompletionContext) -> None:
        super().__init__(ctx)
        self._is_first = True

    def push(self, line: str) -> list[str]:
        is_first, self._is_first = self._is_first, False
        if self.ctx.language.is_document or not line.endswith("\n"):
            return [line]
        if is_first and line.strip() and self.ctx.after[:1] in tuple("\"'`"):
            return [line]
        return [line.rstrip() + "\n" if line.strip() or not is_first else line.lstrip(" \t")]
