"""Conditions under which a refactoring applies to a selection, used by the catalogue.

Each reads only the lines near the cursor, and the tree that these were found with.
"""

from __future__ import annotations

import re

from foretype.languages import refactor_traits
from foretype.languages.definitions import Definition
from foretype.refactor.actions.target import Spot


def has_text(spot: Spot) -> bool:
    """Whether there is anything but blank lines."""
    return bool(spot.peek(spot.target).strip())


def has_functions(spot: Spot) -> bool:
    """Whether there is code, in a language whose functions are known."""
    return bool(spot.language.shape) and spot.has_code


def lacks_hints(spot: Spot) -> bool:
    """Whether a signature lacks types; where comments hold these, whether there is a signature."""
    if not spot.has_code:
        return False
    code = spot.peek(spot.target)
    if spot.language.name == "TypeScript":
        return any(_lacks_types(function) for function in spot.functions)
    if spot.language.name != "Python":
        return spot.function is not None or spot.selected
    return bool(
        re.search(r"^[ \t]*+(?:async\s+)?def\s+\w+\s*\([^)]{0,1000}+\)\s*:", code, re.M)
    ) or bool(re.search(r"[(,]\s*(?!self\b|cls\b)\w+\s*[,)=]", _signatures(code)))


def lacks_docs(spot: Spot) -> bool:
    """Whether the function or class has no documentation yet."""
    if spot.selected:
        return _defines(spot)
    span = spot.function or spot.type
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
        return spot.selected and spot.has_code
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


def is_testable(spot: Spot) -> bool:
    """Whether there is something to test, and the file is not itself a test file."""
    if not has_functions(spot):
        return False
    folder, _, name = spot.document.uri.lower().rpartition("/")
    in_tests = re.search(r"/(?:tests?|specs?|__tests__)$", folder)
    return not in_tests and not re.search(r"^tests?_|[_.](?:tests?|spec)\.", name)


def imports_flask(spot: Spot) -> bool:
    """Whether the file imports Flask."""
    return bool(re.search(r"^[ \t]*+(?:from|import)[ \t]+flask\b", spot.head, re.M | re.I))


def is_selected_code(spot: Spot) -> bool:
    """Whether statements are selected."""
    return spot.selected and has_functions(spot)


def _defines(spot: Spot) -> bool:
    """Whether the selection holds the beginning of a function or a class."""
    lines = spot.peek(spot.lines).split("\n")
    return any(
        refactor_traits.function_name(line, spot.language)
        or refactor_traits.type_name(line, spot.language)
        for line in lines
    )


def _lacks_types(function: Definition) -> bool:
    """Whether a parameter of a function in TypeScript, or its result, has no type."""
    has_result = function.result or function.name == "constructor" or "set" in function.modifiers
    return not has_result or any(":" not in one.text for one in function.parameters)


def _signatures(code: str) -> str:
    return "".join(re.findall(r"def\s+\w+\s*(\([^)]{0,1000}+\))", code))
