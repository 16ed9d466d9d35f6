"""What the bodies of functions say: stubs, ends, docstrings. Read from the tree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from foretype.languages.definitions import COMMENTS, Definition, word_set
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
    return side.text.split("\n")[outer[-1].header] if outer else ""


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
    last, texts = old[-1], [words_of(part) for part in new]
    if words_of(last) in texts:
        return ""
    if texts[-1] in {words_of(part) for part in old[:-1]}:
        return words_of(last)
    if _gives_value(last):
        return "" if _always_ends(new[-1]) else words_of(last)
    wanted, there = _names(last), _names(now.node)
    replaced = texts[-1] not in {words_of(part) for part in old}
    if replaced and len(wanted & _names(new[-1])) * 5 >= 2 * len(wanted):
        return ""
    does = _DOES.match(text_of(last))
    known = [_names(node) for node in _inner_statements(now.node)]
    alike = any(len(wanted & each) * 2 >= len(wanted) for each in known)
    alike = alike and (does is None or does[1] in there)
    return "" if alike or not wanted else words_of(last)


_DOES = re.compile(r"(?:await\s+|yield\s+)?[\w.:>-]*?(\w+)\s*(?:\(|[+|-]?=[^=>])")
"""What a statement calls, or assigns to."""


def _names(node: Any) -> frozenset[str]:
    return frozenset(re.findall(r"[A-Za-z_]\w+", text_of(node)))


def _inner_statements(node: Any) -> Iterator[Any]:
    for child in node.named_children:
        if child.type.endswith(("statement", "declaration", "call", "expression", "invocation")):
            yield child
        yield from _inner_statements(child)


def _gives_value(node: Any) -> bool:
    """Whether a statement gives a function's value: the last expression does in Rust and Ruby."""
    if node.type in ("return_statement", "return", "return_expression"):
        return bool(node.named_child_count)
    plain = not node.type.endswith(("statement", "declaration", "clause", "definition"))
    return bool(plain and node.type not in _CONTROL)


_CONTROL = word_set("if unless while for until call case begin assignment")
_ENDS = re.compile(
    r"return|throw|raise|panic|break|continue|goto|yield|match|case|switch|loop|call|unsafe"
    r"|process\.exit|sys\.exit|os\._exit|todo|unreachable|while\s*\(?(?:[Tt]rue|1)"
)


def _always_ends(node: Any) -> bool:
    """Whether nothing after a statement could be reached, or it gives a value; true if unclear."""
    kind = node.type
    if kind in ("if_statement", "else_clause", "elif_clause", "try_statement", "with_statement",
                "block", "statement_block", "compound_statement", "using_statement",
                "lock_statement", "synchronized_statement", "catch_clause",
                "except_clause"):  # fmt: skip
        return _branches_end(node)
    if _ENDS.match(kind) or _ENDS.match(text_of(node)) or _gives_value(node):
        return True
    if kind == "expression_statement" and node.named_child_count == 1:
        inner = node.named_children[0].type
        # In Rust an expression with a semicolon gives nothing, unless it does not come back.
        return bool(_ENDS.match(inner)) and inner not in ("call_expression", "call")
    return False


def _branches_end(node: Any) -> bool:
    if node.type == "if_statement":
        parts = [
            node.child_by_field_name("consequence"),
            *node.children_by_field_name("alternative"),
        ]
        return len(parts) > 1 and all(part is None or _always_ends(part) for part in parts)
    if node.type == "try_statement":
        body = node.child_by_field_name("body")
        return body is None or _always_ends(body)
    inner = [part for part in node.named_children if part.type not in COMMENTS]
    return bool(inner) and _always_ends(inner[-1])


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
    for node in side.nodes:
        if node.type != "ellipsis" or node.parent.type != "expression_statement":
            continue
        block = node.parent.parent
        others = [
            part
            for part in block.named_children
            if part != node.parent and part.type not in COMMENTS and not _is_docstring(part)
        ]
        owner = block.parent.type if block.parent is not None else ""
        branch = owner.endswith(("if_statement", "for_statement", "while_statement"))
        is_body = owner.endswith(("definition", "clause"))
        count += branch or owner in ("else_clause", "elif_clause") or bool(others and is_body) or (
            bool(others) and block.type == "module" and False
        )  # fmt: skip
    return count
