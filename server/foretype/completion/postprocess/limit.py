"""Where a stream has given enough, so that it can be closed."""

from __future__ import annotations

import re

from foretype.completion.postprocess.context import CompletionContext
from foretype.completion.postprocess.stage import Stage
from foretype.core.cursor import only_closers
from foretype.languages.columns import columns, n_torn, open_quote

MAX_LINES = 40
MIN_REST = 5
"""Characters of the rest of a line that are looked for anywhere; less only at the end."""
SIGNIFICANT = 6
"""Characters without which a line stands everywhere and proves nothing."""
MAX_PERIOD = 6
"""Lines that may make up what is repeated."""

_ATTRIBUTES = ("#[", "@", "[")
"""What stands before many a definition, alike."""
# What stands at the margin, wherever it belongs: directives, and labels of C and Go.
_WITH_LABELS = frozenset({"c", "cpp", "csharp", "objective-c", "go"})
_MARGIN = re.compile(r"#\s*(?:if|else|elif|endif|define|undef|include|pragma|error|region)|\w+:$")


class Limit(Stage):
    """End where the text after the cursor begins, where lines repeat, and where a block is left."""

    def __init__(self, ctx: CompletionContext) -> None:
        super().__init__(ctx)
        self._lines: list[str] = []
        self._n_given = 0
        """How many of them were handed on."""
        self._quote = ""
        self._width: int | None = None
        self._runs = [0] * (MAX_PERIOD + 1)
        """For each period, how many of the last lines are those so many before them."""
        self._suffix_at = -1
        """The line that may be where the text after the cursor begins; -1 for none."""
        self._proves = False
        """Whether that line proves it where no other follows."""

    def push(self, line: str) -> list[str]:
        if not self._lines:
            line = self._before_rest(line)
        self._lines.append(line)
        number = len(self._lines) - 1
        if not line.strip():
            self._count_runs()
            return []
        end = self._end(number)
        if end is not None:
            self.done = True
            return self._up_to(end)
        self._quote = open_quote(line, self._quote)
        if self.done or (self.ctx.single_line and line.endswith("\n")):
            self.done = True
            return self._up_to(number + 1)
        return self._up_to(self._certain(number + 1))

    def flush(self) -> list[str]:
        if self.done:
            return []
        lines = self._lines
        if self._suffix_at >= 0 and self._proves:
            return self._up_to(self._suffix_at)
        if lines and self._suffix_at < 0 and self._is_cut(lines[-1]):
            return self._up_to(len(lines) - 1)
        return self._up_to(len(lines))

    def _up_to(self, end: int) -> list[str]:
        given = self._lines[self._n_given : end]
        self._n_given = max(self._n_given, end)
        return given

    def _certain(self, end: int) -> int:
        """How many lines are certain: not those that may repeat, or begin what follows."""
        undecided = self._suffix_at if self._suffix_at >= 0 else end
        return min([undecided, *(end - run for run in self._runs if run)])

    def _end(self, number: int) -> int | None:
        """The line before which the text ends, now that one more is there."""
        line = self._lines[number]
        if self._begins_suffix(number):
            return self._suffix_at
        again = self._count_runs()
        if again is not None:
            return again
        if self._width is None:
            # Where line ends come first, the block at the cursor is finished: the next is meant.
            self._width = columns(line) if number else columns(self.ctx.before)
        elif not self._quote and self._leaves_block(line, self._lines[number - 1], self._width):
            return number
        return number if number >= MAX_LINES else None

    # --- what follows the cursor --------------------------------------------------------------

    def _before_rest(self, line: str) -> str:
        """The first line, up to where it repeats the rest of the cursor's line."""
        ctx, text = self.ctx, line.rstrip("\n")
        rest, is_whole = ctx.after.strip(), line.endswith("\n")
        if not rest or only_closers(ctx.after):
            has_body = bool(ctx.following) and columns(ctx.following[0]) > columns(ctx.before)
            if rest[-1:] in {":", "{"} and rest and has_body and text.rstrip().endswith(rest):
                self.done = is_whole
            return line
        at = text.find(rest) if len(rest) >= MIN_REST else -1
        if text.rstrip().endswith(rest):
            cut = text.rstrip()[: -len(rest)]
        elif at >= 0 and n_torn("", ctx.before + text + ctx.after) > n_torn(
            "", ctx.before + text[:at] + ctx.after
        ):
            cut = text[:at]
        else:
            return line
        self.done = True
        return cut.rstrip(" ") if ctx.after[0].isspace() else cut

    def _begins_suffix(self, number: int) -> bool:
        """Whether the lines from ``_suffix_at`` on are those after the cursor."""
        ctx, following = self.ctx, self.ctx.following
        if not following or (number == 0 and ctx.before.strip()):
            return False
        line = self._lines[number]
        text = ((ctx.before if number == 0 else "") + line).rstrip()
        if self._suffix_at >= 0:
            if text == following[1]:
                return True
            self._suffix_at = -1
        if text != following[0]:
            return False
        self._suffix_at = number
        stripped = text.strip()
        if stripped == "*/":
            # No comment ends twice.
            return True
        if ctx.is_prose and re.fullmatch(r"[A-Z]{3,}|\"{3}|'{3}", stripped):
            # What ends a text of several lines in a script.
            return True
        is_common = ctx.line_counts.get(stripped, 0) > 1
        self._proves = len(stripped) >= SIGNIFICANT and not is_common
        self._proves = self._proves and not stripped.startswith(_ATTRIBUTES)
        if len(following) == 1:
            if self._proves:
                return True
            self._suffix_at = -1
        return False

    def _is_cut(self, line: str) -> bool:
        """Whether a last line is the beginning of the next one, cut inside a word by a limit."""
        following = self.ctx.following
        text = (self.ctx.before if len(self._lines) == 1 else "") + line
        if len(text.strip()) < 2 * SIGNIFICANT or not following or line.endswith("\n"):
            return False
        if len(self._lines) == 1 and self.ctx.before.strip():
            return False
        if not following[0].startswith(text) or following[0] == text:
            return False
        return re.fullmatch(r"\w\w", following[0][len(text) - 1 : len(text) + 1]) is not None

    # --- repetition and blocks ----------------------------------------------------------------

    def _count_runs(self) -> int | None:
        """Count how long the last lines repeat earlier ones; where that begins if too long."""
        lines = self._lines
        number = len(lines) - 1
        for period in range(1, min(MAX_PERIOD, number) + 1):
            same = self._text(number) == self._text(number - period)
            self._runs[period] = self._runs[period] + 1 if same else 0
            if self._runs[period] >= 2 * period:
                start = number - 3 * period + 1
                model = [self._text(n) for n in range(start, start + period)]
                if model[0].strip() and sum(len(each.strip()) for each in model) >= SIGNIFICANT:
                    return start + period
        return None

    def _text(self, number: int) -> str:
        begun = self.ctx.before if number == 0 and not self.ctx.before.strip() else ""
        return (begun + self._lines[number]).rstrip()

    def _leaves_block(self, line: str, above: str, width: int) -> bool:
        """Whether a line leaves what the cursor is in: after a blank line, or at the margin."""
        found, is_apart = columns(line), not above.strip()
        leaves = found < width and (is_apart or (found == 0 and width >= 4))
        if not (leaves or (found == width == 0 and is_apart)) or line.lstrip()[0] in ")]}":
            return False
        if self.ctx.context.language not in _WITH_LABELS:
            return True
        return width == 0 or _MARGIN.match(line.strip()) is None
