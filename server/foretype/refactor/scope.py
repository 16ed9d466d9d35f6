"""What stands at a selection: the function around it, a stub, a comment that asks for something.

Reads only the lines near the cursor, so that a file of any length is answered at once. Knows
lines and indentation; parses nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from foretype.refactor import languages
from foretype.refactor.languages import Language
from foretype.refactor.lexing import CLOSERS, OPENERS, blanked, brackets
from foretype.text import Document

REACH = 300
"""How many lines are looked at before and after the cursor."""
HEAD = 80
"""How many lines at the file's top are looked at for imports."""
SHORT = 200
"""How many lines a file may have to be rewritten as a whole where nothing is selected."""
PEEK, PEEKED = 200, 20_000
"""How many lines, and characters, of a span are looked at to see what can be done there."""
WIDTH = 500
"""How many characters of one line are looked at: minified files have lines without end."""

_ASKS = re.compile(
    r"^\s*(?:#|//|--|/\*+|<!--|;+|%)\s*foretype\s*:\s*(.*?)\s*(?:\*/|-->)?\s*$", re.I
)
_TODO = re.compile(r"(?:#|//|--|/\*)\s*(?:TODO|FIXME)\b", re.I)
_STUB = re.compile(
    r"\.\.\.|pass|raise NotImplementedError\b.*|todo!\(.*\);?|unimplemented!\(.*\);?"
    r"|throw new \w*(?:Error|Exception|NotImplemented\w*)\(.*(?:implement|TODO).*\);?"
    r"|panic\(.*(?:implement|TODO).*\)|TODO\(.*\)|fatalError\(.*\)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Problem:
    """A diagnostic that the editor shows, its place counted in characters."""

    start: int
    end: int
    message: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """Whole lines, the last one included, counted from 0."""

    first: int
    last: int
    name: str = ""

    def __contains__(self, line: int) -> bool:
        return self.first <= line <= self.last

    @property
    def n_lines(self) -> int:
        return self.last - self.first + 1


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
        return self._around(languages.function_name)

    @cached_property
    def type(self) -> Span | None:
        """The class, or its like, that the cursor's line begins."""
        name = languages.type_name(self.line(self.lines.first), self.language)
        return self._block(self.lines.first, name) if name else None

    @cached_property
    def target(self) -> Span:
        """What is rewritten unless an action says otherwise: the selection; else the function
        around the cursor, the class that it stands on, or, in a short file, the file."""
        if self.selected:
            return self.lines
        if found := self.function or self.type:
            return found
        if self.document.n_lines <= SHORT:
            return Span(0, self.document.n_lines - 1)
        return self.paragraph(self.lines.first)

    @cached_property
    def request(self) -> Request | None:
        """The comment ``foretype: …`` in the selection, at the cursor or up to 3 lines above."""
        last = min(self.lines.last, self.lines.first + REACH)
        for line in [*range(self.lines.first, last + 1), *range(self.lines.first - 1, -1, -1)[:3]]:
            if found := _ASKS.match(self.line(line)):
                return self._request(line, found[1])
        return None

    @cached_property
    def stub(self) -> bool:
        """Whether the function has no body yet, or a TODO stands in the lines looked at."""
        span = self.lines if self.selected or self.function is None else self.function
        if any(_TODO.search(self.line(line)) for line in _some(self.lines)):
            return True
        return self.function is not None and span.n_lines <= 40 and self._is_stub(self.function)

    @cached_property
    def head(self) -> str:
        """The file's first lines, where imports stand."""
        return "\n".join(self.line(line) for line in range(min(HEAD, self.document.n_lines)))

    def line(self, number: int) -> str:
        """A line, cut where it is very long."""
        start = self.document.line_start(number)
        end = min(self.document.line_end(number), start + WIDTH)
        return self.document.text[start:end]

    def peek(self, span: Span) -> str:
        """A span's first lines, as far as one looks to see what can be done there."""
        last = min(span.last, span.first + PEEK)
        return "\n".join(self.line(line) for line in range(span.first, last + 1))[:PEEKED]

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
        while last + 1 < self.document.n_lines and last - first < REACH:
            if not self.line(last + 1).strip():
                break
            last += 1
        return Span(first, last)

    def block_at(self, line: int) -> Span | None:
        """The function or class that begins at a line, its decorators included."""
        last = min(line + 8, self.document.n_lines)
        for header in range(line, last):
            text = self.line(header)
            name = languages.function_name(text, self.language)
            name = name or languages.type_name(text, self.language)
            if name:
                return self._block(header, name)
            if not _decorates(text):
                return None
        return None

    def _request(self, line: int, instruction: str) -> Request:
        last = line
        marker = re.match(r"\s*(\S+?)\s*foretype", self.line(line), re.I)
        opener = re.escape(marker[1]) if marker else "#"
        more = re.compile(rf"^\s*{opener}\s?(\S.*?)\s*$")
        while last + 1 < self.document.n_lines and last - line < 20 and marker:
            found = more.match(self.line(last + 1))
            if not found or _ASKS.match(self.line(last + 1)):
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

    def _around(self, name_of: languages.NameOf) -> Span | None:
        cursor = self.lines.first
        depth: int | None = None
        tried = 0
        for number in range(cursor, max(cursor - REACH, 0) - 1, -1):
            text = self.line(number)
            if not text.strip():
                continue
            if number == cursor and _decorates(text) and (span := self.block_at(number)):
                return span
            # A string may hold lines further left than the code around it, so Python looks on.
            outer = depth is None or _indent(text) <= depth or self.language.shape == "indent"
            if outer and (name := name_of(text, self.language)):
                span = self._block(number, name)
                if span is not None and self.lines.last <= span.last:
                    return span
                # One without an end was looked for at length.
                tried += 1 if span else 4
                if tried >= 12:
                    return None
            if not _closes(text) and not text.startswith("#"):
                depth = _indent(text) if depth is None else min(depth, _indent(text))
        return None

    def _block(self, header: int, name: str) -> Span | None:
        if self.language.shape == "braces":
            last = self._brace_end(header)
        else:
            last = self._indent_end(header)
        if last is None:
            return None
        first = header
        indent = _indent(self.line(header))
        while first > 0 and header - first < 20:
            above = self.line(first - 1)
            if not _decorates(above) or _indent(above) != indent:
                break
            first -= 1
        return Span(first, last, name)

    def _brace_end(self, header: int) -> int | None:
        start = self.document.line_start(header)
        stop = self.document.line_start(min(header + 2 * REACH, self.document.n_lines))
        depth = 0
        opened = False
        text = self.document.text
        for char, offset in brackets(text, self.language, start, min(stop, start + 40_000)):
            if char in OPENERS:
                depth += 1
                opened = opened or (char == "{" and depth == 1)
            elif char in CLOSERS:
                depth -= 1
                if depth < 0:
                    return None
                if depth == 0 and char == "}" and opened:
                    return self.document.line_of(offset)
            elif depth == 0:
                arrow = "=" in text[start:offset]
                return self.document.line_of(offset) if arrow else None
        return None

    def _indent_end(self, header: int) -> int | None:
        indent = _indent(self.line(header))
        last = header
        quotes = _triple_quotes(self.line(header))
        for number in range(header + 1, min(header + 2 * REACH, self.document.n_lines)):
            text = self.line(number)
            if not text.strip():
                continue
            in_string = quotes % 2 == 1 and self.language.shape == "indent"
            quotes += _triple_quotes(text)
            if _indent(text) > indent or in_string:
                last = number
                continue
            ends = text.split()[0] == "end"
            if _indent(text) < indent or not (ends or _closes(text)):
                return last
            last = number
            if ends:
                return last
        return last

    def _is_stub(self, span: Span) -> bool:
        code = self.peek(span)
        if self.language.shape == "braces":
            start, end = blanked(code, self.language).find("{"), code.rfind("}")
            body = code[start + 1 : end] if 0 <= start < end else "…"
        elif self.language.shape == "end":
            body = "\n".join(code.split("\n")[1:-1])
        else:
            return _is_python_stub(blanked(code, self.language))
        lines = blanked(body, self.language, strings=False).split("\n")
        lines = [line.strip() for line in lines if line.strip()]
        return not lines or (len(lines) == 1 and bool(_STUB.fullmatch(lines[0])))


def without_request(code: str, original: str) -> str:
    """The code without a comment ``foretype: …`` that the original had and the model kept."""
    asked = {line.strip() for line in original.splitlines() if _ASKS.match(line)}
    if not asked:
        return code
    return "\n".join(line for line in code.split("\n") if line.strip() not in asked)


def _is_python_stub(code: str) -> bool:
    lines = [line.strip() for line in code.split("\n") if line.strip()]
    last = lines.pop()
    one_liner = re.sub(r"^.*:\s*(?=pass$|\.\.\.$)", "", last)
    if one_liner != last:
        return all(line.startswith("@") for line in lines)
    headers = [line for line in lines if line.endswith(":")]
    docstring_only = last.endswith(":") and not headers
    stub = bool(_STUB.fullmatch(last)) and len(headers) == 1 and lines[-1:] == headers
    return docstring_only or stub


def _triple_quotes(text: str) -> int:
    return text.count('"""') + text.count("'''")


def _some(span: Span) -> range:
    return range(span.first, min(span.last, span.first + REACH) + 1)


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _decorates(text: str) -> bool:
    return text.lstrip().startswith(("@", "#[", "///", "template <", "template<"))


def _closes(text: str) -> bool:
    return text.lstrip()[:1] in CLOSERS
