"""Find the lines of functions and classes, and tell whether a function is a stub.

Works with lines, indentation and brackets; parses nothing.
"""

from __future__ import annotations

import re

from foretype.languages import refactor_traits as languages
from foretype.languages.blanking import CLOSERS, OPENERS, blanked, brackets
from foretype.languages.table import Language
from foretype.refactor.actions.line_index import REACH_LINES, Lines, Span

_STUB = re.compile(
    r"\.\.\.|pass|raise NotImplementedError\b.*|todo!\(.*\);?|unimplemented!\(.*\);?"
    r"|throw new \w*(?:Error|Exception|NotImplemented\w*)\(.*(?:implement|TODO).*\);?"
    r"|panic\(.*(?:implement|TODO).*\)|TODO\(.*\)|fatalError\(.*\)",
    re.I,
)


def enclosing_block(lines: Lines, cursor: int, last: int, name_of: languages.NameOf) -> Span | None:
    """Return the innermost block around some lines whose header ``name_of`` finds a name in."""
    depth: int | None = None
    tried = 0
    for number in range(cursor, max(cursor - REACH_LINES, 0) - 1, -1):
        text = lines.line(number)
        stripped = text.lstrip()
        if not stripped:
            continue
        if number == cursor and _decorates(text) and (span := block_at(lines, number)):
            return span
        indent = len(text) - len(stripped)
        # In Python a string may hold lines further left than its code, so the search goes on.
        outer = depth is None or indent <= depth or lines.language.shape == "indent"
        if outer and (name := name_of(text, lines.language)):
            span = block(lines, number, name)
            if span is not None and last <= span.last:
                return span
            # Searching for an end that is not there is expensive.
            tried += 1 if span else 4
            if tried >= 12:
                return None
        if stripped[0] not in CLOSERS and text[0] != "#":
            depth = indent if depth is None else min(depth, indent)
    return None


def block_at(lines: Lines, line: int) -> Span | None:
    """Return the function or class that begins at a line, its decorators included."""
    last = min(line + 8, lines.document.n_lines)
    for header in range(line, last):
        text = lines.line(header)
        name = languages.function_name(text, lines.language)
        name = name or languages.type_name(text, lines.language)
        if name:
            return block(lines, header, name)
        if not _decorates(text):
            return None
    return None


def block(lines: Lines, header: int, name: str) -> Span | None:
    """Return the block that a line begins, with its decorators; None where its end is not found."""
    if lines.language.shape == "braces":
        last = _brace_end(lines, header)
    else:
        last = _indent_end(lines, header)
    if last is None:
        return None
    first = header
    indent = _indent(lines.line(header))
    while first > 0 and header - first < 20:
        above = lines.line(first - 1)
        if not _decorates(above) or _indent(above) != indent:
            break
        first -= 1
    return Span(first, last, name)


def is_stub(code: str, language: Language) -> bool:
    """Whether a function has no body yet."""
    if language.shape == "braces":
        start, end = blanked(code, language).find("{"), code.rfind("}")
        body = code[start + 1 : end] if 0 <= start < end else "…"
    elif language.shape == "end":
        body = "\n".join(code.split("\n")[1:-1])
    else:
        return _is_python_stub(blanked(code, language))
    lines = blanked(body, language, strings=False).split("\n")
    lines = [line.strip() for line in lines if line.strip()]
    return not lines or (len(lines) == 1 and bool(_STUB.fullmatch(lines[0])))


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


def _brace_end(lines: Lines, header: int) -> int | None:
    start = lines.document.line_start(header)
    stop = lines.document.line_start(min(header + 2 * REACH_LINES, lines.document.n_lines))
    depth = 0
    opened = False
    text = lines.document.text
    for char, offset in brackets(text, lines.language, start, min(stop, start + 40_000)):
        if char in OPENERS:
            depth += 1
            opened = opened or (char == "{" and depth == 1)
        elif char in CLOSERS:
            depth -= 1
            if depth < 0:
                return None
            if depth == 0 and char == "}" and opened:
                return lines.document.line_of(offset)
        elif depth == 0:
            arrow = "=" in text[start:offset]
            return lines.document.line_of(offset) if arrow else None
    return None


def _indent_end(lines: Lines, header: int) -> int | None:
    indent = _indent(lines.line(header))
    last = header
    quotes = _triple_quotes(lines.line(header))
    for number in range(header + 1, min(header + 2 * REACH_LINES, lines.document.n_lines)):
        text = lines.line(number)
        if not text.strip():
            continue
        in_string = quotes % 2 == 1 and lines.language.shape == "indent"
        quotes += _triple_quotes(text)
        if _indent(text) > indent or in_string:
            last = number
            continue
        ends = text.split()[0] == "end"
        if _indent(text) < indent or not (ends or _begins_with_closer(text)):
            return last
        last = number
        if ends:
            return last
    return last


def _triple_quotes(text: str) -> int:
    return text.count('"""') + text.count("'''")


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _decorates(text: str) -> bool:
    return text.lstrip().startswith(("@", "#[", "///", "template <", "template<"))


def _begins_with_closer(text: str) -> bool:
    return text.lstrip()[:1] in CLOSERS
