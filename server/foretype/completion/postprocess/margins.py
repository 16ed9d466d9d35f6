"""Line numbers and diff marks that a model puts before lines."""

from __future__ import annotations

import re

from foretype.completion.postprocess.context import FENCE, CompletionContext
from foretype.completion.postprocess.stage import Stage
from foretype.languages.lexical import Scope

_NUMBER = re.compile(r"[ ]{0,6}(\d{1,6})(?:(:| ?\||\.(?= )|\)(?= ))[ ]?|(\t))")
_HEADER = re.compile(r"diff --git |index \w|@@ -|\+\+\+ |--- ")
_HUNK = re.compile(r"diff --git |@@ -\d")
_LISTS = frozenset(
    [
        "markdown", "mdx", "yaml", "plaintext", "restructuredtext", "asciidoc", "text",
        "dockercompose",
    ]
)  # fmt: skip
"""Languages in which a line may begin with a number or a plus."""
_LEADERS = frozenset({"#", "//", "--", "/*", "*", ";", ";;", "%"})
LEAST = 3
"""Characters of a line that are repeated by no accident."""


class Margin(Stage):
    """Hold the first lines until it is known whether they have a margin, then take it off."""

    def __init__(self, ctx: CompletionContext) -> None:
        super().__init__(ctx)
        self._held: list[str] = []
        self._has_margin: bool | None = None

    def push(self, line: str) -> list[str]:
        if self._has_margin is None:
            self._held.append(line)
            lines = [each for each in self._held if each.strip()]
            self._has_margin = self.judge(lines, ended=False) if lines else None
            return self._released() if self._has_margin is not None else []
        return self._taken_off(line)

    def flush(self) -> list[str]:
        if self._has_margin is None:
            lines = [each for each in self._held if each.strip()]
            self._has_margin = bool(lines) and bool(self.judge(lines, ended=True))
        return self._released()

    def judge(self, lines: list[str], *, ended: bool) -> bool | None:
        """Whether the first lines have a margin; None where more lines must tell."""
        raise NotImplementedError

    def strip(self, line: str) -> str | None:
        """A line without its margin; None where it is dropped with it."""
        raise NotImplementedError

    def _taken_off(self, line: str) -> list[str]:
        kept = self.strip(line) if self._has_margin and line.strip() else line
        return [] if kept is None else [kept]

    def _released(self) -> list[str]:
        held, self._held = self._held, []
        return [kept for line in held for kept in self._taken_off(line)]


class LineNumbers(Margin):
    """Numbers that count lines: those of the file, or those of the answer."""

    _next = 0

    def judge(self, lines: list[str], *, ended: bool) -> bool | None:
        ctx, first = self.ctx, _NUMBER.match(lines[0])
        if first is None:
            return False
        self._next = number = int(first[1])
        rest, typed = lines[0][first.end() :].strip(), ctx.before.strip()
        n_above = ctx.context.line_number - number
        in_file = 0 <= n_above < len(ctx.prefix_lines)
        stands = ctx.prefix_lines[-1 - n_above].strip() if in_file else ""
        if any(len(each) >= LEAST and rest.startswith(each) for each in (stands, typed)):
            return True
        if typed and not n_above and rest.startswith(typed):
            return True
        is_list = ctx.context.language in _LISTS
        if (is_list and (n_above or first[2] in {".", ")"})) or _NUMBER.match(
            ctx.line_above.strip()
        ):
            return False
        if not n_above and not typed and rest:
            return True
        if n_above and (number != 1 or rest.endswith((",", "}", "]"))):
            return False
        if len(lines) == 1:
            return False if ended else None
        second = _NUMBER.match(lines[1])
        return second is not None and int(second[1]) == number + 1 and second[2] == first[2]

    def strip(self, line: str) -> str | None:
        found = _NUMBER.match(line)
        is_counted = found is not None and int(found[1]) == self._next
        is_cursor_line = self._next == self.ctx.context.line_number
        self._next += 1
        kept = line[found.end() :] if found and is_counted else line
        return kept.removeprefix(self.ctx.before) if is_cursor_line else kept


class DiffMarks(Margin):
    """The marks of a diff: its added lines are the text."""

    _is_first = True

    def judge(self, lines: list[str], *, ended: bool) -> bool | None:
        if self.ctx.context.language in {"diff", "patch"}:
            return False
        first = lines[0]
        if _HUNK.match(first):
            return True
        if first.startswith("--- "):
            return lines[1].startswith("+++ ") if len(lines) > 1 else False if ended else None
        marked = self._is_marked(first) if first[0] in "+-" else False
        if marked is not None or len(lines) == 1:
            return marked if marked is not None or not ended else False
        return lines[1][0] == "+"

    def _is_marked(self, first: str) -> bool | None:
        """Whether a plus before the first line is a mark; None where the next line tells."""
        before, text = self.ctx.before, first[1:].rstrip("\n")
        if before.strip():
            is_long = len(before) >= LEAST or before[0].isspace() or before.strip() in _LEADERS
            return is_long and text.strip().startswith(before.strip())
        if first[0] == "-":
            return False
        is_star = self.ctx.scope is Scope.COMMENT and text.lstrip()[:1] == "*"
        if is_star or text[:1].isalpha() or text[:1] in tuple("_@#}{)]"):
            return True
        if not before and text[:1] not in ("", "+", "=", " ", "\t"):
            return True
        if self.ctx.context.language in _LISTS:
            return False
        return True if text.strip() and text.startswith(("  ", "\t")) else None

    def strip(self, line: str) -> str | None:
        if line[0] == "-" or _HEADER.match(line):
            return None
        kept = line[1:] if line[0] in "+ " else line
        if FENCE.match(kept.rstrip("\n")) and not self.ctx.has_fences:
            return None
        before = self.ctx.before
        is_first, self._is_first = self._is_first, False
        is_typed = is_first and len(before.strip()) < LEAST and bool(before.strip())
        return kept.removeprefix(before) if is_typed else kept
