"""Code of the top level that runs when a file is loaded."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from foretype.languages.definitions import Definition
from foretype.refactor.checks.comparison import Comparison, Finding, Side, text_of, words_of

_INERT = re.compile(
    r"import|export|use_|using|package|preproc|comment|.*_(?:definition|item|declaration|spec"
    r"|specifier|signature)$|function|class|method|singleton_method|module|interface|enum|type"
    r"|decorated_definition|attribute|pass_statement|empty_statement|macro_|extern|;|text_interp"
    r"|php_tag|global_statement|access_specifier|.*_field_definition|field_definition|alias"
    r"|.*specifiers?$|block_comment|line_comment|ERROR"
)
"""Nodes of a file's top level that do nothing when it is loaded."""
_ACTS = re.compile(
    r"\b(?:post|put|request|fetch|urlopen|open|write\w*|connect|system|popen|Popen|run|exec\w*"
    r"|spawn\w*|listen|register\w*|send|setenv|Setenv|putenv|remove\w*|delete\w*|unlink|start\w*"
    r"|setTimeout|setInterval|Get|Post|sleep)\s*\("
)
"""Calls that make the value of a new name an effect."""
_RUNS = frozenset(("static_initializer", "static_block", "class_static_block"))


def runs_at_load(change: Comparison) -> Iterator[Finding]:
    """Such code that was not there."""
    if not change.before.edge:
        return
    had = Counter(text for text, _ in _effects(change.before))
    for text, line in _effects(change.after):
        had[text] -= 1
        if had[text] < 0:
            yield Finding(f"runs code when the file is loaded: {text[:60]}", line=line)
            return


def _effects(side: Side) -> Iterator[tuple[str, int]]:
    """The statements that run when the file is loaded: text and line, from 0."""
    for node in side.statements:
        if _is_effect(node):
            yield _outside_functions(node), node.start_point[0]
    for each in side.definitions:
        if each.kind == "function" and _runs_by_itself(each):
            yield f"{each.name}()", each.header


def _is_effect(node: Any) -> bool:
    kind = node.type
    if kind in _RUNS:
        return True
    if kind == "expression_statement" and node.named_child_count == 1:
        inner = node.named_children[0]
        kind = inner.type
        if kind in ("string", "ellipsis", "null"):
            return False
        if kind in ("assignment", "assignment_expression", "augmented_assignment"):
            return _assigns(inner)
        return True
    if kind in ("assignment", "operator_assignment", "identifier"):
        return kind != "identifier" and _assigns(node)
    if kind.endswith("declaration") or kind in ("const_declaration", "var_declaration"):
        holds = kind in ("lexical_declaration", "variable_declaration", "var_declaration",
                         "declaration", "field_declaration")  # fmt: skip
        return holds and bool(_ACTS.search(_outside_functions(node)))
    if kind == "call":
        method = node.child_by_field_name("method")
        return method is None or not re.match(
            r"attr_|private|public|protected|require|include|extend|module_function|alias|using"
            r"|autoload|belongs_to|has_|validates?|scope|delegate|def_|refine|define_method",
            text_of(method),
        )
    return not _INERT.match(kind)


_EXPORTS = re.compile(r"(?:module\.)?exports\b|\w+\.prototype\.")
_BUILT_IN = re.compile(r"(?:Array|Object|String|Number|Function|Promise|Map|Set|Date)\b")


def _assigns(node: Any) -> bool:
    """Whether an assignment does more than to name a value."""
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None or right is None:
        return True
    name = text_of(left)
    if _BUILT_IN.match(name):
        return True
    if _EXPORTS.match(name) or right.type in ("function_expression", "arrow_function"):
        return False
    plain = left.type in ("identifier", "constant", "pattern_list")
    return not plain or bool(_ACTS.search(text_of(right)))


def _outside_functions(node: Any) -> str:
    """A statement's text before the first function in it, which does not run yet."""
    return _FUNCTION.split(words_of(node), maxsplit=1)[0]


_FUNCTION = re.compile(r"=>|\b(?:function|lambda)\b|\bdo\b \|")


def _runs_by_itself(each: Definition) -> bool:
    if each.name == "init" and each.node is not None and each.node.type == "function_declaration":
        return not each.parents and not each.parameters
    return any(re.search(r"atexit|\bctor\b|constructor\b", d) for d in each.decorators)
