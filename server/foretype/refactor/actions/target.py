"""What stands at a selection: the function around it, a stub, a comment that asks for something.

Reads only the lines near the cursor, so that a file of any length is answered at once. Knows
lines and indentation; parses nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from foretype.core.text import Document
from foretype.languages import refactor_traits as languages
from foretype.languages.table import Language
from foretype.refactor.actions import blocks
from foretype.refactor.actions.line_index import REACH_LINES, Lines, Span

HEAD_LINES = 80
"""How many lines at the file's top are looked at for imports."""
SHORT_FILE_LINES = 200
"""How many lines a file may have to be rewritten as a whole where nothing is selected."""
PEEK_LINES, PEEK_CHARS = 200, 20_000
"""How many lines, and characters, of a span are looked at to see what can be done there."""

_REQUEST = re.compile(
    r"^\s*(?:#|//|--|/\*+|<!--|;+|%)\s*foretype\s*:\s*(.*?)\s*(?:\*/|-->)?\s*$", re.I
)
_TODO = re.compile(r"(?:#|//|--|/\*)\s*(?:TODO|FIXME)\b", re.I)


@dataclass(frozen=True, slots=True)
class Problem:
    """A diagnostic that the editor shows, its place counted in characters."""

    start: int
    end: int
    message: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """A comment ``foretype: …`` that asks for something, and the lines that it stands in."""

    instruction: str
    span: Span


@dataclass(frozen=True)
class Spot:
    """What the user selected, or where the cursor is, in one version of a document."""

    document: Document
    start: int
    end: int
    problems: tuple[Problem, ...] = ()

    @cached_property
    def language(self) -> Language:
        return languages.of_id(self.document.language)

    @cached_property
    def text(self) -> Lines:
        return Lines(self.document, self.language)

    @cached_property
    def selected(self) -> bool:
        """Whether something is selected. Helix always selects one character: that is a cursor."""
        return self.end - self.start > 1 and bool(self.document.text[self.start : self.end].strip())

    @cached_property
    def lines(self) -> Span:
        """The selection's lines, or the cursor's."""
        first = self.document.line_of(self.start)
        last = self.document.line_of(self.end)
        if last > first and self.end == self.document.line_start(last):
            last -= 1
        return self._trimmed(Span(first, last)) if self.selected else Span(first, first)

    @cached_property
    def function(self) -> Span | None:
        """The innermost function around the selection, with what decorates it."""
        return blocks.enclosing_block(
            self.text, self.lines.first, self.lines.last, languages.function_name
        )

    @cached_property
    def type(self) -> Span | None:
        """The class, or its like, that the cursor's line begins."""
        name = languages.type_name(self.line(self.lines.first), self.language)
        return blocks.block(self.text, self.lines.first, name) if name else None

    @cached_property
    def target(self) -> Span:
        """What is rewritten unless an action says otherwise: the selection; else the function
        around the cursor, the class that it stands on, or, in a short file, the file."""
        if self.selected:
            return self.lines
        if found := self.function or self.type:
            return found
        if self.document.n_lines <= SHORT_FILE_LINES:
            return Span(0, self.document.n_lines - 1)
        return self.paragraph(self.lines.first)

    @cached_property
    def request(self) -> Request | None:
        """The comment ``foretype: …`` in the selection, at the cursor or up to 3 lines above."""
        last = min(self.lines.last, self.lines.first + REACH_LINES)
        for line in [*range(self.lines.first, last + 1), *range(self.lines.first - 1, -1, -1)[:3]]:
            if found := _REQUEST.match(self.line(line)):
                return self._request(line, found[1])
        return None

    @cached_property
    def stub(self) -> bool:
        """Whether the function has no body yet, or a TODO stands in the lines looked at."""
        span = self.lines if self.selected or self.function is None else self.function
        if any(_TODO.search(self.line(line)) for line in _first_lines(self.lines)):
            return True
        return (
            self.function is not None
            and span.n_lines <= 40
            and blocks.is_stub(self.peek(self.function), self.language)
        )

    @cached_property
    def head(self) -> str:
        """The file's first lines, where imports stand."""
        return "\n".join(self.line(line) for line in range(min(HEAD_LINES, self.document.n_lines)))

    def line(self, number: int) -> str:
        """A line, cut where it is very long; empty beyond the last one."""
        return self.text.line(number)

    def peek(self, span: Span) -> str:
        """A span's first lines, as far as one looks to see what can be done there."""
        last = min(span.last, span.first + PEEK_LINES)
        return "\n".join(self.line(line) for line in range(span.first, last + 1))[:PEEK_CHARS]

    def offsets(self, span: Span) -> tuple[int, int]:
        """Where a span's text begins and ends, its last line end left out."""
        return self.document.line_start(span.first), self.document.line_end(span.last)

    def code(self, span: Span) -> str:
        """A span's text."""
        start, end = self.offsets(span)
        return self.document.text[start:end]

    def paragraph(self, first: int) -> Span:
        """The lines from one to the next blank line."""
        last = first
        while last + 1 < self.document.n_lines and last - first < REACH_LINES:
            if not self.line(last + 1).strip():
                break
            last += 1
        return Span(first, last)

    def _request(self, line: int, instruction: str) -> Request:
        last = line
        marker = re.match(r"\s*(\S+?)\s*foretype", self.line(line), re.I)
        opener = re.escape(marker[1]) if marker else "#"
        more = re.compile(rf"^\s*{opener}\s?(\S.*?)\s*$")
        while last + 1 < self.document.n_lines and last - line < 20 and marker:
            found = more.match(self.line(last + 1))
            if not found or _REQUEST.match(self.line(last + 1)):
                break
            instruction += f" {found[1]}"
            last += 1
        return Request(instruction, Span(line, last))

    def _trimmed(self, span: Span) -> Span:
        first, last = span.first, span.last
        while first < last and not self.line(first).strip():
            first += 1
        while last > first and not self.line(last).strip():
            last -= 1
        return Span(first, last)


def without_request(code: str, original: str) -> str:
    """The code without a comment ``foretype: …`` that the original had and the model kept."""
    asked = {line.strip() for line in original.splitlines() if _REQUEST.match(line)}
    if not asked:
        return code
    return "\n".join(line for line in code.split("\n") if line.strip() not in asked)


def _first_lines(span: Span) -> range:
    return range(span.first, min(span.last, span.first + REACH_LINES) + 1)
