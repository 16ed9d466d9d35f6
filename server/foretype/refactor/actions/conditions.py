"""Conditions under which a refactoring applies to a selection, used by the catalogue.

Each reads only the lines near the cursor, and parses nothing.
"""

from __future__ import annotations

import re

from foretype.refactor.actions.target import Spot


def lacks_hints(spot: Spot) -> bool:
    """Whether a signature lacks types; outside of Python, whether there is a signature."""
    code = spot.peek(spot.target)
    if spot.language.name != "Python":
        return spot.function is not None or spot.selected
    return bool(
        re.search(r"^[ \t]*+(?:async\s+)?def\s+\w+\s*\([^)]{0,1000}+\)\s*:", code, re.M)
    ) or bool(re.search(r"[(,]\s*(?!self\b|cls\b)\w+\s*[,)=]", _signatures(code)))


def lacks_docs(spot: Spot) -> bool:
    """Whether the function or class has no documentation yet."""
    span = spot.function or spot.type
    if spot.selected:
        return True
    if span is None:
        return False
    if spot.language.name == "Python":
        return not re.search(r":\s*(?:#.*)?\n\s*[rRuU]{0,2}(?:\"\"\"|''')", spot.peek(span))
    above = spot.line(span.first - 1).strip() if span.first else ""
    return not above.startswith(("*/", "///", "//", "#", "--", "*"))


def lacks_async(spot: Spot) -> bool:
    """Whether the function is not asynchronous yet."""
    function = spot.function
    if function is None:
        return spot.selected
    return not re.search(r"\basync\b", spot.line(function.first) + spot.line(function.first + 1))


def assigns_a_local(spot: Spot) -> bool:
    """Whether the cursor's line assigns a variable inside of a function."""
    text = spot.line(spot.lines.first).strip()[:200]
    assigns = re.match(
        r"(?:(?:const|let|var|val|auto|final|local|my|mut)\s+)*[$\w<\[*&][$\w<>\[\]*& ]{0,79}?"
        r"(?::\s*[^=]{1,80})?\s*:?=(?![=>])\s*\S",
        text,
    )
    return spot.function is not None and bool(assigns)


def has_function(spot: Spot) -> bool:
    """Whether the cursor is in a function."""
    return spot.function is not None


def is_testable(spot: Spot) -> bool:
    """Whether the file is not itself a test file."""
    folder, _, name = spot.document.uri.lower().rpartition("/")
    in_tests = re.search(r"/(?:tests?|specs?|__tests__)$", folder)
    return not in_tests and not re.search(r"^tests?_|[_.](?:tests?|spec)\.", name)


def imports_flask(spot: Spot) -> bool:
    """Whether the file imports Flask."""
    return bool(re.search(r"^[ \t]*+(?:from|import)[ \t]+flask\b", spot.head, re.M | re.I))


def has_request(spot: Spot) -> bool:
    """Whether there is a ``foretype: …`` comment here that requests a change."""
    return spot.request is not None


def _signatures(code: str) -> str:
    return "".join(re.findall(r"def\s+\w+\s*(\([^)]{0,1000}+\))", code))
