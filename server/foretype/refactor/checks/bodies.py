"""What the bodies of functions say: stubs, ends, docstrings. Read from the tree."""

from __future__ import annotations

import re
from typing import Any

from foretype.languages.definitions import COMMENTS, Definition
from foretype.refactor.checks.comparison import Comparison, Side, text_of, words_of

_UNFINISHED = re.compile(
    r"raise NotImplementedError\b.*|(?:todo|unimplemented)!\s*[({\[].*"
    r"|(?:throw\b|panic\b|raise\b|fatalError|TODO).*(?:Implemented|Unsupported|implement|TODO).*",
    re.I | re.S,
)
_NOTHING = re.compile(
    r"(?:return\b\s*)?(?:None|null|nil|undefined|default|false|true|0|\{\}|\[\]|\(\)|\"\"|'')?"
    r"(?: as \w+)?\s*;?|pass|\.\.\."
)
LEAST_STATEMENTS = 2
"""Statements of a body that do not become a plain ``return`` unnoticed."""


def lost_bodies(change: Comparison, *, new_ones_too: bool) -> list[str]:
    """The functions whose bodies were left out; new stubs too, if nothing was one before."""
    was = {d.path: d for d in change.before.definitions if _is_concrete(d)}
    gone = []
    for each in change.after.definitions:
        if not _is_concrete(each) or each.node is None or has_code(each):
            continue
        old = was.get(each.path)
        if old is None:
            others = all(has_code(d) for d in was.values()) and was
            declared = "Protocol" in _bases(each, change.after)
            if new_ones_too and others and not declared and _is_unfinished(each):
                gone.append(each.name)
        elif has_code(old) and (_is_unfinished(each) or len(_statements(old)) >= LEAST_STATEMENTS):
            gone.append(each.path)
    return gone


def _is_concrete(definition: Definition) -> bool:
    """Whether a function is more than declared, as overloads and abstract methods are."""
    declared = any(re.search("overload|abstract", each) for each in definition.decorators)
    return definition.kind == "function" and not declared and definition.has_body


def _bases(definition: Definition, side: Side) -> str:
    outer = [d for d in side.outline.around(definition.first, definition.last) if d.kind == "type"]
    return side.file[outer[-1].header] if outer else ""


def has_code(definition: Definition) -> bool:
    """Whether a function does anything; true where there is no tree."""
    parts = _statements(definition)
    if definition.node is None or not _body(definition):
        return True
    return not all(_is_nothing(part) or _UNFINISHED.fullmatch(text_of(part)) for part in parts)


def _is_unfinished(definition: Definition) -> bool:
    """Whether a stub cannot be taken for a body that does nothing."""
    parts = [text_of(part).strip() for part in _statements(definition)]
    return not parts or any(_UNFINISHED.fullmatch(t) or t in ("pass", "...", "") for t in parts)


def _is_nothing(node: Any) -> bool:
    string = node.type == "expression_statement" and all(
        part.type == "string" for part in node.named_children
    )
    return bool(_NOTHING.fullmatch(text_of(node).strip())) or (
        string and node.named_child_count > 0
    )


def _body(definition: Definition) -> Any:
    node = definition.node
    return node.child_by_field_name("body") if node is not None else None


_LISTS = frozenset(["block", "statement_list", "body_statement"])


def _statements(definition: Definition) -> list[Any]:
    """The statements of a body, without its docstring and comments."""
    body = _body(definition)
    if body is None:
        return []
    if body.type == "arrow_expression_clause" or "body" not in body.type and "block" not in (
        body.type
    ) and body.type not in ("compound_statement", "do_block"):  # fmt: skip
        return [body]
    parts = [part for part in body.named_children if part.type not in COMMENTS]
    if len(parts) == 1 and parts[0].type in _LISTS:
        parts = [part for part in parts[0].named_children if part.type not in COMMENTS]
    if parts and _is_docstring(parts[0]) and len(parts) > 1:
        parts = parts[1:]
    return parts


def _is_docstring(node: Any) -> bool:
    only = node.type == "expression_statement" and node.named_child_count == 1
    return bool(only and node.named_children[0].type == "string")


def lost_end(was: Definition, now: Definition) -> str:
    """The last statement of a function, if it is gone and nothing took its place; else ""."""
    old, new = _statements(was), _statements(now)
    if len(old) < LEAST_STATEMENTS or was.kind != "function" or not new:
        return ""
    last, there = words_of(old[-1]), [words_of(part) for part in new]
    if last in there:
        return ""
    gave = old[-1].type.startswith(_LEAVING) or old[-1].type.endswith("_expression")
    is_cut = there[-1] in {words_of(part) for part in old[:-1]}
    return last if is_cut or gave and not _gives(new[-1]) else ""


def _gives(node: Any) -> bool:
    """Whether a function's value may come from its last statement."""
    text, alternative = words_of(node), node.child_by_field_name("alternative")
    plain = not node.type.endswith(("statement", "declaration"))
    is_block = node.type == "expression_statement" and text.endswith("}")
    passed = _PASSED.match(text) and (not text.startswith("if") or alternative is None)
    return plain or is_block or bool(_ENDS.search(text) and not passed)


_LEAVING = ("return", "throw", "raise")
_ENDS = re.compile(r"\b(?:return|throw|raise|panic|yield|await|exit|_exit|todo|unreachable)\b")
"""What stands in a statement after which nothing is reached, or that gives a value."""
_PASSED = re.compile(r"(?:if|for|foreach|while)\b(?!\s*\(?(?:;;|true|True|1|\{))")
"""What begins a statement that may be passed by."""


def documented(side: Side) -> set[str]:
    """The paths of functions and classes that have a docstring inside."""
    found = set()
    for each in side.definitions:
        body = _body(each)
        parts = body.named_children if body is not None else []
        if parts and _is_docstring(parts[0]) and each.kind != "value":
            found.add(each.path)
    return found


def count_loose_dots(side: Side) -> int:
    """Count ``...`` statements among other statements, or as the body of a loop or condition."""
    count = 0
    for node in side.leaves:
        if node.type == "ellipsis" and node.parent.type == "expression_statement":
            block = node.parent.parent
            parts = [part for part in block.named_children if not _is_docstring(part)]
            owner = block.parent.type if block.parent is not None else "module"
            count += "_" in owner and (len(parts) > 1 or owner.endswith(_BRANCHES))
    return count


_BRANCHES = ("if_statement", "for_statement", "while_statement", "else_clause", "elif_clause")
