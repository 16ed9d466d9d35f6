"""Where a stream has given enough, so that it can be closed."""

from __future__ import annotations

from foretype.completion.postprocess.context import CompletionContext
from foretype.completion.postprocess.stage import Stage
from foretype.core.cursor import only_closers
from foretype.languages.columns import columns, left_open, open_quote

MAX_LINES = 40
SIGNIFICANT = 6
"""Characters without which a line stands everywhere and proves nothing."""
MAX_PERIOD = 6
"""Lines that may make up what is repeated."""


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
        self._n_same = 0
        """How many lines from there on are those after the cursor."""

    def push(self, line: str) -> list[str]:
        if not self._lines:
            line = self._before_rest(line)
        self._lines.append(line)
        number = len(self._lines) - 1
        if not line.strip():
            self._repetition()
            return []
        end = self._end(number)
        self._quote = open_quote(line, self._quote)
        if end is None and (self.done or (self.ctx.single_line and line.endswith("\n"))):
            end = number + 1
        if end is not None:
            self.done = True
            return self._up_to(end)
        undecided = self._suffix_at if self._suffix_at >= 0 else number + 1
        return self._up_to(min([undecided, *(number + 1 - run for run in self._runs if run)]))

    def flush(self) -> list[str]:
        return [] if self.done else self._up_to(len(self._lines))

    def _up_to(self, end: int) -> list[str]:
        given = self._lines[self._n_given : end]
        self._n_given = max(self._n_given, end)
        return given

    def _end(self, number: int) -> int | None:
        """The line before which the text ends, now that one more is there."""
        line = self._lines[number]
        if self._begins_suffix(number):
            return self._suffix_at
        again = self._repetition()
        if again is not None:
            return again
        if self._width is None:
            # Where line ends come first, the block at the cursor is finished: the next is meant.
            self._width = columns(line) if number else columns(self.ctx.before)
        elif not self._quote and self._leaves_block(line, self._lines[number - 1], self._width):
            return number
        return number if number >= MAX_LINES else None

    def _before_rest(self, line: str) -> str:
        """The first line, up to where it repeats the rest of the cursor's line."""
        ctx, text = self.ctx, line.rstrip()
        rest = ctx.after.strip()
        if not rest or only_closers(ctx.after):
            has_body = bool(ctx.following) and columns(ctx.following[0]) > columns(ctx.before)
            self.done = rest[-1:] in (":", "{") and has_body and text.endswith(rest)
            self.done = self.done and line.endswith("\n")
            return line
        kept = text.removesuffix(rest)
        # What a text needs to close its own brackets is its own.
        self.done = kept != text and len(left_open(kept)) <= len(left_open(text))
        return kept if self.done else line

    def _begins_suffix(self, number: int) -> bool:
        """Whether the lines from ``_suffix_at`` on are those after the cursor."""
        ctx, following = self.ctx, self.ctx.following
        if not following or (number == 0 and ctx.before.strip()):
            return False
        text = self._text(number)
        if 0 < self._n_same < len(following) and text == following[self._n_same]:
            self._n_same += 1
            # An answer may begin as what follows does, and then go on otherwise.
            begins = not "".join(self._lines[: self._suffix_at]).strip()
            return self._n_same >= (min(3, len(following)) if begins else 2)
        self._n_same = int(text == following[0])
        self._suffix_at = number if self._n_same else -1
        return False

    def _repetition(self) -> int | None:
        """Count how long the last lines repeat earlier ones; where that begins if too long."""
        number = len(self._lines) - 1
        for period in range(1, min(MAX_PERIOD, number) + 1):
            same = self._text(number) == self._text(number - period)
            self._runs[period] = self._runs[period] + 1 if same else 0
            if self._runs[period] >= 2 * period:
                start = number - 3 * period + 1
                model = [self._text(n) for n in range(start, start + period)]
                if sum(len(each.strip()) for each in model) >= SIGNIFICANT:
                    return start + period
        return None

    def _text(self, number: int) -> str:
        begun = self.ctx.before if number == 0 and not self.ctx.before.strip() else ""
        return (begun + self._lines[number]).rstrip()

    def _leaves_block(self, line: str, above: str, width: int) -> bool:
        """Whether a line leaves what the cursor is in: after a blank line, or at the margin."""
        found, is_apart = columns(line), not above.strip()
        leaves = (is_apart and (found < width or not found)) or (not found and width >= 4)
        return leaves and line.lstrip()[0] not in ")]}"
