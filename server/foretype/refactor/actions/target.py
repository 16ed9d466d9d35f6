"""Find what a selection refers to: the function around it, a stub, a requesting comment.

Functions and classes come from the syntax tree. Where there is no grammar, and in very long
files, only the lines near the cursor are read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from foretype.core.text import BYTE_ORDER_MARK, Document
from foretype.core.text_style import with_line_ends
from foretype.languages import refactor_traits as languages
from foretype.languages import table
from foretype.languages.blocks import (
    REACH_LINES,
    Block,
    block_at,
    function_around,
    short_line,
)
from foretype.languages.definitions import Definition, Outline, is_namespace, outline_of
from foretype.languages.grammars import best_tree
from foretype.languages.table import Language

HEAD_LINES = 80
"""Lines at the top of a file that are searched for imports."""
SHORT_FILE_LINES = 200
"""Lines up to which a file is rewritten as a whole when nothing is selected."""
MAX_PARSED_CHARS = 100_000
"""Characters of a file up to which its functions are found by its tree, which takes about 10 ms
once for each version; in a longer one they are found by lines."""
PEEK_LINES, PEEK_CHARS = 200, 20_000
"""Lines and characters of a span that are examined to find which actions apply."""

_UNREAD = frozenset(("token_tree", "macro_definition", "ERROR"))
"""Nodes in which there are no trees of functions."""
_REQUEST = re.compile(
    r"^\s*(?:#|//|--|/\*+|<!--|;+|%)\s*foretype\s*:\s*(.*?)\s*(?:\*/|-->)?\s*$", re.I
)
_BLANKS = re.compile(r"\s*")
_BLANK_LINE = re.compile(r"(?>\r\n?|\n)[^\S\r\n]*(?=[\r\n]|\Z)")
_DATA = frozenset(("json", "yaml", "toml", ""))
"""Families of languages whose files do nothing: data and prose. A row with a shape is code."""


@dataclass(frozen=True, slots=True)
class Span:
    """A range of whole lines, counted from 0, the last one included."""

    first: int
    last: int
    name: str = ""

    def __contains__(self, line: int) -> bool:
        return self.first <= line <= self.last

    @property
    def n_lines(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Problem:
    """A diagnostic shown by the editor; its range is in characters."""

    start: int
    end: int
    message: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """A ``foretype: …`` comment that requests a change, and its lines."""

    instruction: str
    span: Span


@dataclass(frozen=True)
class Spot:
    """The selection, or the cursor's position, in one version of a document."""

    document: Document
    start: int
    end: int
    problems: tuple[Problem, ...] = ()

    @cached_property
    def language(self) -> Language:
        return languages.of_id(self.document.language)

    @cached_property
    def selected(self) -> bool:
        """Whether text is selected. One character, as Helix always selects, counts as a cursor."""
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
        """The innermost function around the selection, with its decorators."""
        around = self._around
        if around is None:
            return self._function_by_lines
        found = [each for each in around if each.kind == "function" and each.has_body]
        # A function on one line in another is rewritten with that.
        found = [each for each in found if not each.local or each.last > each.first]
        mine = _span(found[-1]) if found else None
        lost = mine is None and self._outline is not None and self._outline.root.has_error
        if (lost or self._is_unread) and (inner := self._function_by_lines):
            return inner if mine is None or inner.first > mine.first else mine
        return mine

    @property
    def _is_unread(self) -> bool:
        """Whether the cursor's line is in text of which there is no tree: a macro's, or what the
        grammar cannot read."""
        assert self._outline is not None
        first = self.lines.first
        place = (first, len(self.line(first)) - len(self.line(first).lstrip()))
        node = self._outline.root.descendant_for_point_range(place, place)
        while node is not None and node.type not in _UNREAD:
            node = node.parent
        return node is not None

    @property
    def _function_by_lines(self) -> Span | None:
        first, last = self.lines.first, self.lines.last
        found = function_around(self.document, self.language, first, last)
        return None if found is None else _span(found)

    @cached_property
    def functions(self) -> list[Definition]:
        """The functions that begin in the lines to rewrite; none where nothing is parsed."""
        if not is_parsed_at_once(self.document):
            return []
        first, last = self.target.first, self.target.last
        outline = outline_of(self.document.text, self.language, first, last)
        return [
            each
            for each in outline.definitions
            if each.kind == "function" and first <= each.header <= last
        ]

    @cached_property
    def type(self) -> Span | None:
        """The innermost class, or similar type, that the cursor stands in.

        One that is longer than a short file only where the cursor is on its first lines.
        """
        if self._around is None:
            begun = block_at(self.document, self.language, self.lines.first)
            return _span(begun) if begun and begun.kind == "type" else None
        found = [each for each in self._around if each.kind == "type" and not is_namespace(each)]
        if not found:
            return None
        span = _span(found[-1])
        at_head = self.lines.first <= found[-1].header
        return span if at_head or span.n_lines <= SHORT_FILE_LINES else None

    @cached_property
    def _around(self) -> list[Definition] | None:
        """The definitions around the lines, the outermost first; None where nothing is parsed."""
        first, last = self.lines.first, self.lines.last
        return None if self._outline is None else self._outline.around(first, last)

    @cached_property
    def _outline(self) -> Outline | None:
        return self._outline_of(self.lines)

    def _outline_of(self, span: Span) -> Outline | None:
        """The outline around some lines; None where nothing is parsed."""
        text, language = self.document.text, self.language
        if not is_parsed_at_once(self.document) or best_tree(text, language.name) is None:
            return None
        outline = outline_of(text, language, span.first, span.last)
        return outline if outline.root is not None else None

    def beginning_at(self, line: int) -> Span | None:
        """The function or class that begins at a line, its decorators included."""
        found: Block | Definition | None
        if (outline := self._outline_of(Span(line, line))) is None:
            found = block_at(self.document, self.language, line)
        else:
            begun = (d for d in outline.definitions if d.first <= line <= d.header)
            found = next((each for each in begun if each.kind != "value"), None)
        return None if found is None else _span(found)

    @cached_property
    def target(self) -> Span:
        """The default range to rewrite: the selection, or else the function around the cursor.

        Without either, it is the class at the cursor, or, in a short file, the whole file.
        """
        if self.selected:
            return self.lines
        if found := self.function or self.type:
            return found
        if self.document.n_lines <= SHORT_FILE_LINES:
            return Span(0, self.document.n_lines - 1)
        return self.paragraph(self.lines.first)

    @cached_property
    def request(self) -> Request | None:
        """The ``foretype: …`` comment in the selection, at the cursor or up to 3 lines above."""
        for line in [*self.first_lines, *range(self.lines.first - 1, -1, -1)[:3]]:
            if found := _REQUEST.match(self.line(line)):
                return self._request(line, found[1])
        return None

    @property
    def first_lines(self) -> range:
        """The selection's first lines, as many as are searched for what they ask for."""
        return range(self.lines.first, min(self.lines.last, self.lines.first + REACH_LINES) + 1)

    @cached_property
    def has_code(self) -> bool:
        """Whether the target does something: more than blank lines, comments and imports."""
        if not self.language.shape and table.of_id(self.document.language).family in _DATA:
            return False
        lines = (line.strip() for line in self.peek(self.target).split("\n"))
        signs = (self.language.comment, *(self.language.block_comment or ()), "* ")
        asides = tuple(sign for sign in signs if sign)
        return any(
            not line.startswith(asides)
            and not any(re.match(pattern, line) for pattern in self.language.import_lines)
            for line in lines
            if line
        )

    @cached_property
    def head(self) -> str:
        """The first lines of the file, which hold its imports."""
        return self.peek(Span(0, HEAD_LINES - 1))

    def line(self, number: int) -> str:
        """Return a line, truncated if very long; an empty string beyond the last line."""
        return short_line(self.document, number)

    def peek(self, span: Span) -> str:
        """Return the first lines of a span, as many as are examined to find which actions apply."""
        start, end = self.offsets(Span(span.first, min(span.last, span.first + PEEK_LINES)))
        code = self.document.text[start : min(end, start + PEEK_CHARS)]
        return with_line_ends(code.removeprefix(BYTE_ORDER_MARK), "\n")

    def offsets(self, span: Span) -> tuple[int, int]:
        """Return the start and end offsets of a span's text, without its last line end."""
        return self.document.line_start(span.first), self.document.line_end(span.last)

    def is_whole_file(self, span: Span) -> bool:
        """Whether there is nothing but blanks around a span."""
        start, end = self.offsets(span)
        above, below = _BLANKS.match(self.document.text), _BLANKS.match(self.document.text, end)
        assert above is not None and below is not None
        return above.end() >= start and below.end() == len(self.document.text)

    def code(self, span: Span) -> str:
        """Return the text of a span."""
        start, end = self.offsets(span)
        return self.document.text[start:end]

    def paragraph(self, first: int) -> Span:
        """Return the lines from a given one to the next blank line."""
        last = min(first + REACH_LINES, self.document.n_lines - 1)
        end = self.document.line_end(last)
        blank = _BLANK_LINE.search(self.document.text, self.document.line_end(first), end)
        return Span(first, self.document.line_of(blank.start()) if blank else last)

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


def is_parsed_at_once(document: Document) -> bool:
    """Whether a file is short enough to be parsed whenever the cursor moves."""
    return len(document.text) <= MAX_PARSED_CHARS


def prepare(document: Document) -> None:
    """Parse a file, so that what is in it is found at once. Not for the event loop."""
    best_tree(document.text, languages.of_id(document.language).name)


def _span(found: Definition | Block) -> Span:
    return Span(found.first, found.last, found.name)


def without_request(code: str, original: str) -> str:
    """Remove the ``foretype: …`` comment that the original had and the model kept."""
    asked = {line.strip() for line in original.splitlines() if _REQUEST.match(line)}
    if not asked:
        return code
    return "\n".join(line for line in code.split("\n") if line.strip() not in asked)
