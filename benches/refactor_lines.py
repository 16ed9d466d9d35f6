"""Where mutations take hold of a function: its place in the file, its statements."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from benches.refactor_cases import Case, Rewrite, answer_case, fence
from foretype.languages import refactor_traits
from foretype.languages.definitions import Definition, outline_of

Mutation = Callable[[Rewrite, random.Random], "Case | str | None"]
"""Makes the answer's code, or a whole case; None where it does not fit the function."""


def case_of(rewrite: Rewrite, code: str) -> Case:
    """A case of an answer that consists of some code, where the function was to be simplified."""
    case = answer_case(rewrite, "", fence(rewrite, code))
    return replace(case, action="simplify", instruction="")


def function_in(rewrite: Rewrite, code: str) -> tuple[Definition, Any] | None:
    """The function in the file with new code, and its body."""
    text = rewrite.with_code(code)
    outline = outline_of(text, refactor_traits.of_id(rewrite.language))
    for each in outline.definitions:
        if each.path == rewrite.old.path and each.first <= rewrite.old.header + 3:
            body = each.node.child_by_field_name("body")
            if body is not None and each.first >= rewrite.old.first:
                return each, body
    return None


def statements(rewrite: Rewrite, code: str) -> list[tuple[int, int]]:
    """The lines of the statements of a function's body, counted in its own code."""
    found = function_in(rewrite, code)
    if found is None:
        return []
    first, body = found[0].first, found[1]
    if body.type == "block" and body.named_child_count == 1:
        inner = body.named_children[0]
        body = inner if inner.type == "statement_list" else body
    rows = [
        (child.start_point[0] - first, child.end_point[0] - first)
        for child in body.named_children
        if "comment" not in child.type
    ]
    return [each for each in rows if each[0] > found[0].header - first]


def inserted(rewrite: Rewrite, code: str, added: str) -> str | None:
    """Code with lines more, before the first statement of the body."""
    rows = statements(rewrite, code)
    if not rows:
        return None
    lines = code.split("\n")
    blanks = re.match(r"\s*", lines[rows[0][0]])
    depth = blanks[0] if blanks else ""
    new = [depth + line for line in added.split("\n")]
    return "\n".join([*lines[: rows[0][0]], *new, *lines[rows[0][0] :]])
