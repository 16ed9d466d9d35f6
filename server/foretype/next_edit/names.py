"""Where a name occurs in a text, which occurrences declare it, and how far a declaration reaches.

Read from tokens and indentation, not parsed: a file of 5,000 lines has to take under 5 ms. What
is not certain is not given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from foretype.core.cursor import Cursor
from foretype.core.text import Document
from foretype.languages import refactor_traits, table
from foretype.languages.lexical import Scope
from foretype.languages.scopes import scope_at

MAX_OCCURRENCES = 200
"""A name that occurs more often is not followed."""
HEADER_LINES = 12
"""Lines that the head of a function may have, at most."""

DeclarationKind = Literal["local", "parameter", "definition", "import", "attribute", "inner"]
"""``inner``: what is bound for less than a block, such as the name in a comprehension."""

_DEFINING = re.compile(
    r"(?:^|[^\w.])(?:def|class|function\*?|func|fn|struct|enum|trait|interface|type|macro_rules!)"
    r"\s+$"
)
_LOCAL_WORD = re.compile(r"(?:^|[^\w.])(?:const|let(?:\s+mut)?|var|val|as)\s+$")
_LOOP = re.compile(r"(?:^|[^\w.])for\s+(?:await\s+)?\(?(?:const |let |var )?[\w,\s()*]*$")
_IN = re.compile(r"[\w,\s()*]*\b(?:in|of)\b")
_INNER = re.compile(r"(?:^|\W)(?:lambda\b[^:]*|(?:const|let|var)\s*[{\[][^=]*)$")
_ARROW = re.compile(r"[^()]*\)\s*=>|\s*=>")
_TARGETS = re.compile(r"\s*(?:[*\w.]+\s*,\s*)*\*?$")
_MORE_TARGETS = re.compile(r"(?:\s*,\s*[*\w.]+)+\s*=(?!=)")
_IMPORTING = re.compile(r"^\s*(?:from\s+[\w.]+\s+import\b|import\b|use\b)")
_ASSIGNED = re.compile(r"\s*(?::=|:\s*[\w.\[\], |]+=(?!=)|=(?![=>]))")
_SELF = re.compile(r"(?:^|[^\w.])(?:self|this)\.$")
_BASES = re.compile(
    r"\bextends\b|\bimplements\b|\bfor\b|\w\s*\((?!\s*(?:object\s*)?\)|$)|\w\s*\($|<\s*\w+\s*$|[\w>]\s*:\s*\w"
)
_AT_MARGIN = re.compile(r"^\s*$")


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A name in the code of a document; not in a comment or a string."""

    start: int
    end: int
    before: str
    """Its line up to it."""
    after: str
    """The rest of its line."""

    @property
    def is_member(self) -> bool:
        """Whether it is read off something: ``x.name``."""
        return self.before.rstrip().endswith((".", "->", "::", "?."))

    @property
    def is_own_member(self) -> bool:
        """Whether it is read off the object itself: ``self.name``."""
        return _SELF.search(self.before) is not None


def occurrences(
    document: Document, name: str, start: int = 0, end: int = -1, *, at_margin: bool = False
) -> list[Occurrence]:
    """Where a name stands in code, in order; none where it occurs too often to be followed.

    ``at_margin``: only in lines that are not indented, before their first parenthesis.
    """
    found: list[Occurrence] = []
    end = len(document.text) if end < 0 else end
    search = _found_at_margin if at_margin else _found
    for at in search(document.text, name, start, end):
        if len(found) == MAX_OCCURRENCES:
            return []
        line = document.line_of(at)
        found.append(
            Occurrence(
                at,
                at + len(name),
                document.text[document.line_start(line) : at],
                document.text[at + len(name) : document.line_end(line)],
            )
        )
    return [each for each in found if scope_at(Cursor(document, each.start)) is Scope.CODE]


def _found(text: str, name: str, start: int, end: int) -> Iterator[int]:
    at = text.find(name, start, end)
    while at >= 0:
        after = at + len(name)
        if not (at and _is_word(text[at - 1])) and not (
            after < len(text) and _is_word(text[after])
        ):
            yield at
        at = text.find(name, after, end)


def _found_at_margin(text: str, name: str, start: int, end: int) -> Iterator[int]:
    # In parentheses are parameters, which reach nothing else, and arguments. A pattern passes over
    # indented lines ten times as fast as a loop over what is found.
    word = re.escape(name)
    lines = re.compile(rf"^(?:[^\s(][^(\n]*)?{word}(?![\w$])", re.MULTILINE)
    for line in lines.finditer(text, start, end):
        yield from _found(text, name, *line.span())


def _is_word(char: str) -> bool:
    return char.isalnum() or char in "_$"


def declaration(document: Document, place: Occurrence) -> DeclarationKind | None:
    """What an occurrence declares; None where it only uses the name."""
    before, after = place.before, place.after
    if _IMPORTING.match(before):
        is_path = after.lstrip().startswith((".", "::", "as ")) or before.endswith(".")
        return None if is_path else "import"
    if _DEFINING.search(before):
        return "definition"
    if place.is_own_member and _AT_MARGIN.match(_SELF.sub("", before)):
        return "attribute" if _ASSIGNED.match(after) else None
    if place.is_member:
        return None
    if _LOOP.search(before) and _IN.match(after):
        return "local" if before.lstrip().startswith("for") else "inner"
    if _LOCAL_WORD.search(before):
        return "local"
    if _is_parameter(document, place):
        return "parameter"
    if _INNER.search(before) or _ARROW.match(after):
        return "inner"
    return _assigned(document, place)


def _assigned(document: Document, place: Occurrence) -> DeclarationKind | None:
    """Whether a place begins an assignment, or is one of several targets."""
    alone = _AT_MARGIN.match(place.before) and _ASSIGNED.match(place.after)
    several = _TARGETS.match(place.before) and (
        _MORE_TARGETS.match(place.after) or ("," in place.before and _ASSIGNED.match(place.after))
    )
    if not alone and not several:
        return None
    # Between brackets it is an argument with a name, or a field of a literal.
    return None if _is_bracketed(document, place.start) else "local"


@dataclass(frozen=True, slots=True)
class Reach:
    """Where, and how, what was declared is referred to."""

    start: int
    end: int
    members: bool = False
    """Whether it is read off the object itself, rather than standing alone."""
    inherits: bool = False
    """Whether it belongs to a type that has others as its base, as far as its line tells."""

    def holds_at(self, offset: int) -> bool:
        return self.start <= offset < self.end

    def holds(self, place: Occurrence) -> bool:
        if not self.holds_at(place.start):
            return False
        return place.is_own_member if self.members else not place.is_member


def reach_of(document: Document, place: Occurrence, kind: DeclarationKind) -> Reach:
    """How far a declaration reaches."""
    whole = Reach(0, len(document.text))
    if kind == "import":
        return whole
    header = _header_around(document, place.start, own=kind == "parameter")
    if header is None:
        return whole
    language = refactor_traits.of_id(document.language)
    is_type = bool(refactor_traits.type_name(document.line(header), language))
    if kind == "attribute":
        while header is not None and not is_type:
            header = _header_around(document, document.line_start(header), own=False)
            is_type = header is not None and bool(
                refactor_traits.type_name(document.line(header), language)
            )
        if header is None:
            return replace(whole, members=True)
        is_type = True
    inherits = is_type and _BASES.search(document.line(header)) is not None
    return Reach(*block_of(document, header), members=is_type, inherits=inherits)


def block_around(document: Document, offset: int) -> tuple[int, int] | None:
    """The range of the innermost function or type that a line begins, or stands in."""
    language = refactor_traits.of_id(document.language)
    line = document.line_of(offset)
    text = document.line(line)
    is_header = refactor_traits.function_name(text, language) or refactor_traits.type_name(
        text, language
    )
    header = line if is_header else _header_around(document, offset, own=False)
    return None if header is None else block_of(document, header)


def block_of(document: Document, header: int) -> tuple[int, int]:
    """The range of a line that begins a block, and of the lines that are deeper or close it."""
    depth = _depth(document.line(header))
    has_labels = table.of_id(document.language).has_labels
    last = header
    for line in range(header + 1, document.n_lines):
        text = document.line(line)
        if not text.strip():
            continue
        is_label = has_labels and text.rstrip().endswith(":")
        if _depth(text) <= depth and not is_label:
            if text.lstrip()[:1] in (")", "}", "]", "{"):
                last = line
                if text.rstrip().endswith((":", "{", "(")):
                    continue
                if text.lstrip()[:1] == "}":
                    break
                continue
            break
        last = line
    return document.line_start(header), document.line_start(last + 1)


def _is_parameter(document: Document, place: Occurrence) -> bool:
    """Whether a place is the name of a parameter in a function's head."""
    header = _head_around(document, place)
    if header is None:
        return False
    before, after = place.before.rstrip(), place.after.lstrip()
    starts = before.endswith(("(", ",", "*", "&", "...")) or not before
    ends = not after or after[0] in ",:=)?" or after.startswith("/*")
    return starts and ends


def _head_around(document: Document, place: Occurrence) -> int | None:
    """The line of the function in whose parentheses a place is; None where it is in none."""
    language = refactor_traits.of_id(document.language)
    depth, line = 0, document.line_of(place.start)
    text = place.before
    for number in range(line, max(line - HEADER_LINES, -1), -1):
        for index in range(len(text) - 1, -1, -1):
            char = text[index]
            if char in ")]}":
                depth += 1
            elif char in "([{":
                depth -= 1
                if depth < 0:
                    name = refactor_traits.function_name(document.line(number), language)
                    named = rf"\b{re.escape(name)}\s*(?:<[^>]*>)?\s*$" if name else r"(?!)"
                    is_head = re.search(rf"{named}|\bfunction\s*$", text[:index]) is not None
                    return number if char == "(" and is_head else None
        if number:
            text = document.line(number - 1)
    return None


def _is_bracketed(document: Document, offset: int) -> bool:
    """Whether a place is in parentheses or square brackets that began on a line above."""
    line = document.line_of(offset)
    depth = 0
    own = _depth(document.line(line))
    for number in range(line - 1, max(line - 60, -1), -1):
        text = document.line(number)
        depth += sum(text.count(c) for c in ")]") - sum(text.count(c) for c in "([")
        if depth < 0:
            return True
        if text.strip() and _depth(text) < own and not text.lstrip().startswith((")", "]", "}")):
            return False
    return False


def _header_around(document: Document, offset: int, *, own: bool) -> int | None:
    """The line that begins the innermost function or type around a place; None without one.

    ``own``: a function that begins on the place's own line is around it.
    """
    language = refactor_traits.of_id(document.language)
    line = document.line_of(offset)
    depth = _depth(document.line(line))
    if own and refactor_traits.function_name(document.line(line), language):
        return line
    for number in range(line - 1, -1, -1):
        if depth == 0:
            return None
        text = document.line(number)
        if not text.strip() or _depth(text) >= depth:
            continue
        if refactor_traits.function_name(text, language) or refactor_traits.type_name(
            text, language
        ):
            return number
        if text.lstrip()[:1] not in (")", "}", "]"):
            depth = _depth(text)
    return None


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())
