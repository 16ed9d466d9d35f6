"""Find code that an answer added beyond the request, and names that it dropped.

Chat models return the function around the lines, the line after them, a second copy, or an
example call; and they drop decorators, ``export`` and small functions. Reads lines and
indentation near the code; parses nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from foretype.languages import refactor_traits as languages
from foretype.languages.blanking import CLOSERS, OPENERS, blanked
from foretype.languages.table import Language

NEAR_CHARS = 10_000
"""Characters examined before and after the code."""

_HAS_CONTENT = re.compile(r"\w.*(?:\W\w|[=(])")
"""Matches lines with content, unlike a lone bracket, ``else`` or ``end``."""
_USAGE_EXAMPLE = re.compile(
    r"(?:print\w*|console\.\w+|puts|echo|var_dump|print_r)\b|if\s+__name__\s*==", re.I
)
_DECORATOR = re.compile(r"[ \t]*+(?:@|#\[)([\w.:]+)")
_OVERLOAD_DECORATOR = re.compile(
    r"(?:@|#\[)(?:[\w.]*\b(?:overload|setter|getter|deleter|register|cfg)\b|\w*dispatch)"
)
_OBSOLETE_DECORATORS = {"coroutine", "asyncio.coroutine", "types.coroutine", "SuppressWarnings"}
"""Decorators that may be dropped when code is rewritten."""


def find_surplus(before: str, start: int, end: int, code: str, language: Language) -> str:
    """Return what is wrong if ``code`` holds more than the replacement of ``before[start:end]``."""
    first, last = max(start - NEAR_CHARS, 0), end + NEAR_CHARS
    above = before[before.rfind("\n", 0, first) + 1 if first else 0 : start]
    below = before[end:last]
    old = before[start:end]
    twice = _count_duplicates(above + code + below, language) - _count_duplicates(
        above + old + below, language
    )
    if twice:
        name = next(iter(twice))
        return f"{name} would stand there twice: give the lines that were asked for alone, once"
    return _find_echo(above, old, code, below)


def find_usage_example(old: str, code: str, language: Language) -> str:
    """Return what is wrong if an example call was added after a function; otherwise ""."""
    if not _begins_definition(old, language):
        return ""
    lines = _outermost_lines(code)
    used = {line for line in _outermost_lines(old) if _USAGE_EXAMPLE.match(line)}
    for line in lines:
        if _USAGE_EXAMPLE.match(line) and line not in used:
            return f"code that shows its use was added: {line[:60]}"
    return ""


def find_lost(old: str, code: str, now: str, language: Language) -> list[str]:
    """Return what is wrong if decorators, visibility modifiers, or private functions are gone.

    Private functions count if ``now``, the text with the new code, still refers to them.
    """
    had = _decorators(old) - _OBSOLETE_DECORATORS
    if had and not any(re.search(rf"{re.escape(name)}\b", code) for name in had):
        return [f"what decorates it is gone: {', '.join(sorted(had))}"]
    was, has = _function_modifiers(old, language), _function_modifiers(code, language)
    for name in sorted(was.keys() & has.keys()):
        if hidden := was[name] - has[name]:
            return [f"{name} is no longer {' '.join(sorted(hidden))}"]
    gone = {name for name in was.keys() - has.keys() if re.match(r"_[A-Za-z]", name)}
    plain = blanked(now, language) if gone else ""
    return [
        f"{name} is gone, and is still used"
        for name in sorted(gone)
        if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", plain)
    ]


def _count_duplicates(text: str, language: Language) -> Counter[str]:
    """Count repeated definitions: of a function in one scope, of a function or class in itself.

    Only Python distinguishes functions by name alone; elsewhere the whole line counts, because of
    overloads. Functions with an overload-like decorator may share a name.
    """
    found: Counter[str] = Counter()
    scopes: list[_Scope] = []
    of_family = False
    for line in text.split("\n"):
        stripped = line.strip()
        if not stripped:
            continue
        indent = len(line) - len(line.lstrip())
        while scopes and scopes[-1].indent > indent:
            scopes.pop()
        if not scopes or scopes[-1].indent < indent:
            scopes.append(_Scope(indent))
        scope = scopes[-1]
        name, has_twins = _defined(stripped, language)
        if name:
            key = name if language.name == "Python" else stripped
            within = any(outer.header == key for outer in scopes[:-1])
            if within or (key in scope.known and not (has_twins or of_family)):
                found[name] += 1
            if not of_family:
                scope.known.add(key)
            scope.header = key
        elif stripped[0] not in _CONTINUATION:
            scope.header = ""
        if not stripped.startswith(("@", "#[")):
            of_family = False
        elif _OVERLOAD_DECORATOR.match(stripped):
            of_family = True
    return found


@dataclass(slots=True)
class _Scope:
    """The lines of one indentation depth."""

    indent: int
    known: set[str] = field(default_factory=set)
    """The names defined there."""
    header: str = ""
    """What the last line of this depth defines; deeper lines belong to it."""


_CONTINUATION = f"{OPENERS}{CLOSERS}#/*"
"""First characters of lines between a header and its body."""


def _defined(line: str, language: Language) -> tuple[str, bool]:
    """Return the name that a line defines, and whether it may be defined in several parts."""
    if "=>" in line or "(function" in line:
        return "", False  # A call with a function argument, such as ``test("…", () => {``.
    if name := languages.function_name(line, language):
        return ("" if name == "_" else name), False
    return languages.type_name(line, language), language.name != "Python"


def _find_echo(above: str, old: str, code: str, below: str) -> str:
    """Return what is wrong if the code repeats the lines before or after it."""
    known = set(old.split("\n"))
    lines = [line for line in code.split("\n") if line.strip()]
    over = [line for line in above.split("\n") if line.strip()]
    under = [line for line in below.split("\n") if line.strip()]
    for size in range(1, min(len(lines), len(over)) + 1):
        if lines[:size] == over[-size:] and (line := _first_new_line(lines[:size], known)):
            return f"the code before it is repeated: {line}"
    for size in range(1, min(len(lines), len(under)) + 1):
        if lines[-size:] == under[:size] and (line := _first_new_line(lines[-size:], known)):
            return f"the code after it is repeated: {line}"
    return ""


def _first_new_line(lines: list[str], known: set[str]) -> str:
    """Return the first line with content that was not in the old code."""
    found = (line for line in lines if line not in known and _HAS_CONTENT.search(line))
    return next(found, "").strip()[:60]


def _begins_definition(code: str, language: Language) -> bool:
    for line in code.split("\n"):
        if line.strip() and not _DECORATOR.match(line):
            named = languages.function_name(line, language) or languages.type_name(line, language)
            return bool(named)
    return False


def _outermost_lines(code: str) -> list[str]:
    """Return the lines that are not indented deeper than the first one."""
    lines = [line for line in code.split("\n") if line.strip()]
    depth = len(lines[0]) - len(lines[0].lstrip()) if lines else 0
    return [line.strip() for line in lines if len(line) - len(line.lstrip()) <= depth]


def _decorators(code: str) -> set[str]:
    """Return the names of the decorators of the code's first function."""
    names = set()
    for line in code.split("\n"):
        found = _DECORATOR.match(line)
        if not found:
            break
        names.add(found[1])
    return names


def _function_modifiers(code: str, language: Language) -> dict[str, set[str]]:
    """Return the functions of a piece of code with their visibility modifiers."""
    heads: dict[str, set[str]] = {}
    for line in code.split("\n"):
        if name := languages.function_name(line, language):
            before = line.partition(name)[0]
            words = set(re.findall(r"\b(?:export|default|pub|public|static)\b", before))
            if language.name == "Go" and "(" in before:
                words.add("a method")
            heads[name] = heads.get(name, set()) | words
    return heads
