"""Compare code while ignoring comments, types or the names of variables.

Python's syntax trees are compared; of other languages the code without comments, where types and
names are not distinguished.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from foretype.languages.blanking import blanked
from foretype.languages.definitions import word_set
from foretype.languages.grammars import syntax_tree
from foretype.languages.table import Language
from foretype.refactor.actions.catalogue import Only
from foretype.refactor.checks.comparison import text_of


def same_but_for(only: Only, old: str, new: str, language: Language) -> bool:
    """Whether only comments and docstrings, or types, or local names differ. True if unclear."""
    is_python = language.name == "Python"
    if is_python:
        # An expression of a thousand terms is as many nodes deep.
        with suppress(RecursionError):
            return _is_same_python(only, old, new)
    if only != "comments":
        return True
    one, other = (blanked(text, language, strings=is_python) for text in (old, new))
    return one.split() == other.split()


def _is_same_python(only: Only, old: str, new: str) -> bool:
    was, now = (syntax_tree(textwrap.dedent(text), "Python") for text in (old, new))
    if was is None or now is None or was.root_node.has_error or now.root_node.has_error:
        return True
    known = frozenset(filter(None, map(_defines, was.root_node.named_children)))
    one, other = (_Reader(only, known, _local_names(tree)) for tree in (was, now))
    return list(one.read(was.root_node)) == list(other.read(now.root_node))


_UNREAD = word_set("comment line_continuation pass_statement , ; : ( ) [ ] { }")
_TYPES = word_set(
    "import_statement import_from_statement future_import_statement type_alias_statement"
    " type_parameter type"
)
_PLAIN = {"typed_default_parameter": "default_parameter"}
"""What a node is without its type."""


@dataclass(frozen=True, slots=True)
class _Reader:
    """Writes a tree out, without the parts that may differ."""

    only: Only
    known: frozenset[str]
    """What the old code defines."""
    local: frozenset[str]

    def read(self, node: Any) -> Iterator[str]:
        kind = node.type
        if kind in _UNREAD or _is_docstring_or_dots(node):
            return
        if self.only == "types":
            if kind in _TYPES or self._is_new_type(node):
                return
            kind = _PLAIN.get(kind, kind)
            if _is_cast(node):
                yield from self.read(node.child_by_field_name("arguments").named_children[1])
                return
        if kind == "string_start":
            yield text_of(node).strip("\"'").lower()
        elif kind == "string_content" or not node.child_count:
            is_local = self.only == "names" and kind == "identifier" and _is_variable(node)
            yield "_" if is_local and text_of(node) in self.local else text_of(node)
        elif kind in ("parenthesized_expression", "typed_parameter"):
            for child in node.children:
                yield from self.read(child)
        elif kind != "string_end":
            yield f"{kind}("
            for child in node.children:
                yield from self.read(child) if child.type not in ("->", "string_end") else ()
            yield ")"

    def _is_new_type(self, node: Any) -> bool:
        """Whether a statement is only about types: an alias, a protocol, an import for them."""
        if node.type == "if_statement":
            return text_of(node.child_by_field_name("condition")).endswith("TYPE_CHECKING")
        if node.type == "expression_statement" and node.named_children[0].type == "assignment":
            assigned = node.named_children[0]
            if assigned.child_by_field_name("right") is None:
                return True
        at_top = node.parent is not None and node.parent.type == "module"
        return at_top and bool(name := _defines(node)) and name not in self.known


def _is_docstring_or_dots(node: Any) -> bool:
    # A stub's "..." is removed when a docstring is added, so both are ignored.
    only = node.type == "expression_statement" and node.named_child_count == 1
    kinds = ("string", "concatenated_string", "ellipsis")
    return only and node.named_children[0].type in kinds


def _is_cast(node: Any) -> bool:
    if node.type != "call" or node.child_by_field_name("arguments").named_child_count != 2:
        return False
    return text_of(node.child_by_field_name("function")) in ("cast", "typing.cast", "t.cast")


def _defines(node: Any) -> str:
    """The name of a class or of a value that a statement defines."""
    if node.type == "expression_statement" and node.named_children[0].type == "assignment":
        left = node.named_children[0].child_by_field_name("left")
        return text_of(left) if left.type == "identifier" else ""
    return text_of(node.child_by_field_name("name")) if node.type == "class_definition" else ""


def _is_variable(node: Any) -> bool:
    """Whether an identifier may name a variable: no attribute, parameter or argument's name."""
    parent = node.parent
    if parent.type == "function_definition":
        return _is_within_a_function(parent)
    named = {"attribute": "attribute", "keyword_argument": "name", "default_parameter": "name"}
    place = named.get(parent.type, "")
    return parent.type != "parameters" and not (place and parent.child_by_field_name(place) == node)


def _is_within_a_function(node: Any) -> bool:
    while (node := node.parent) is not None:
        if node.type == "function_definition":
            return True
    return False


def _local_names(tree: Any) -> frozenset[str]:
    """The names assigned in functions, and of the functions nested in them."""
    return frozenset(_bound(tree.root_node, False))


def _bound(node: Any, inside: bool) -> Iterator[str]:
    if inside and node.type in ("function_definition", "named_expression"):
        yield text_of(node.child_by_field_name("name"))
    elif inside and node.type == "as_pattern_target":
        yield text_of(node)
    elif inside and (left := node.child_by_field_name("left")) is not None:
        yield from _targets(left)
    for child in node.named_children:
        yield from _bound(child, inside or node.type == "function_definition")


def _targets(node: Any) -> Iterator[str]:
    if node.type == "identifier":
        yield text_of(node)
    elif node.type.endswith(("pattern", "pattern_list")):
        for child in node.named_children:
            yield from _targets(child)
