"""Rewrite newer Python syntax so that an older Python can parse the rest.

Uses the grammar's syntax tree, and keeps every line in its place. The result has a different
meaning and is only ever parsed.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from typing import Any

from foretype.languages.grammars import syntax_tree

_NEWEST = re.compile(r"^\s*(?:async\s+)?(?:def|class|type)\s+\w+\s*\[[^\]\n]*=", re.MULTILINE)

_DEFINITIONS = ("function_definition", "class_definition")


def has_newest_syntax(code: str) -> bool:
    """Whether code has syntax that the grammar lacks too: defaults of type parameters."""
    return bool(_NEWEST.search(code))


def downgrade(code: str) -> str:
    """Replace syntax that is newer than Python 3.11.

    That is: type parameters and aliases (3.12), nested quotes in f-strings (3.12), t-strings
    (3.14), and exceptions without parentheses (3.14).
    """
    tree = syntax_tree(code, "Python")
    if tree is None:
        return code
    data = code.encode("utf-8", "replace")
    for start, end, text in sorted(_newer_syntax(tree.root_node), reverse=True):
        lines = b"\\\n" * (data.count(b"\n", start, end) - text.count(b"\n"))
        data = data[:start] + text + lines + data[end:]
    return data.decode("utf-8", "replace") + "\n"


def parsed(code: str) -> ast.Module | None:
    """The tree of code that may be newer than this Python; None where nothing reads it.

    What stands in the braces of an f-string comes as statements at the end.
    """
    try:
        return _parsed(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pass
    try:
        module = _parsed(downgrade(code))
        for expression in _in_braces(code):
            module.body += _parsed(f"({expression})").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return module


def _parsed(code: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(code)


def _in_braces(code: str) -> Iterator[str]:
    """The expressions within strings, inner ones too, each rewritten."""
    tree = syntax_tree(code, "Python")
    stack = [] if tree is None else [tree.root_node]
    while stack:
        node = stack.pop()
        stack.extend(node.children)
        if node.type == "interpolation" and (inner := node.child_by_field_name("expression")):
            yield downgrade(inner.text.decode("utf-8", "replace"))


def _newer_syntax(root: Any) -> Iterator[tuple[int, int, bytes]]:
    """Yield the byte ranges of newer syntax, and their replacements."""
    stack = [root]
    while stack:
        node = stack.pop()
        start, end = node.start_byte, node.end_byte
        match node.type:
            case "string" if any(part.type == "interpolation" for part in node.children):
                yield start, end, repr(node.text.decode("utf-8", "replace")).encode()
                continue
            case "type_parameter" if node.parent.type in (
                "function_definition",
                "class_definition",
            ):
                yield start, end, b""
                continue
            case "type_alias_statement":
                # Its name is bound all the same.
                yield start, end, re.sub(rb"\Atype\s+(\w+).*", rb"\1 = 0", node.text, flags=re.S)
                continue
            case "except_clause":
                caught = node.children_by_field_name("value")
                if len(caught) > 1:
                    yield caught[0].start_byte, caught[0].start_byte, b"("
                    yield caught[-1].end_byte, caught[-1].end_byte, b")"
        stack.extend(node.children)


def parse_python(code: str) -> ast.Module | None:
    """The tree of code that this Python reads itself; None for any other."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
