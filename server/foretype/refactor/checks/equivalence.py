"""Compare code while ignoring comments, types or the names of variables.

For Python the syntax trees are compared; for other languages the code without comments, where
types and names are not distinguished.
"""

from __future__ import annotations

import ast
import textwrap

from foretype.languages.blanking import blanked
from foretype.languages.table import Language
from foretype.refactor.actions.catalogue import Only
from foretype.refactor.checks import older_python
from foretype.refactor.checks.older_python import parse_python


def same_but_for(only: Only, old: str, new: str, language: Language) -> bool:
    """Whether only comments and docstrings, or types, or local names differ. True if unclear."""
    if language.name == "Python":
        # A name within a string is known only where this Python itself reads it.
        read = parse_python if only == "names" else older_python.parsed
        was, now = read(textwrap.dedent(old)), read(textwrap.dedent(new))
        if was is not None and now is not None:
            return _normalized(was, only, was) == _normalized(now, only, was)
    if only != "comments":
        return True
    was_code, now_code = (blanked(text, language, strings=False) for text in (old, new))
    return was_code.split() == now_code.split()


def _normalized(tree: ast.Module, only: Only, origin: ast.Module) -> str:
    """Serialize a tree without the parts that may differ from the original tree."""
    kept = tree.body
    if only == "types":
        known = _defined(origin)
        kept = [node for node in kept if not _is_new_type(node, known)]
    plain: ast.AST = ast.Module(kept, [])
    if only == "types":
        plain = _TypeRemover().visit(plain)
    if only == "names":
        plain = _NameRemover(_local_names(tree)).visit(plain)
    return ast.dump(_without_docstrings(plain))


def _without_docstrings(tree: ast.AST) -> ast.AST:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [part for part in body if not _is_docstring_or_dots(part)]  # type: ignore[attr-defined]
    return tree


def _is_docstring_or_dots(node: ast.AST) -> bool:
    # A stub's "..." is removed when a docstring is added, so both are ignored.
    if isinstance(node, ast.Pass):
        return True
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and (isinstance(node.value.value, str) or node.value.value is ...)
    )


def _defined(tree: ast.Module) -> set[str]:
    """Return the names that a module assigns or defines."""
    names = set()
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.ClassDef(name=name):
                names.add(name)
    return names


def _is_new_type(node: ast.stmt, known: set[str]) -> bool:
    """Whether a statement is only about types: an alias, a protocol, an import for them."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.ClassDef(name=name):
            return name not in known
        case ast.AnnAssign(value=ast.expr()):
            return ast.unparse(node.annotation).endswith("TypeAlias")
        case ast.If(test=test):
            return ast.unparse(test).endswith("TYPE_CHECKING")
    return type(node).__name__ == "TypeAlias"


class _TypeRemover(ast.NodeTransformer):
    """Removes annotations, imports, and casts."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        return ast.arg(node.arg, None)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if node.value is None:
            return None
        return self.generic_visit(ast.Assign([node.target], node.value))

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if len(node.args) == 2 and ast.unparse(node.func) in ("cast", "typing.cast", "t.cast"):
            return node.args[1]
        return node

    def visit_Import(self, node: ast.Import) -> None:
        return None

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        return None


class _NameRemover(ast.NodeTransformer):
    """Removes the names of variables and of nested functions.

    Keeps parameters, which callers may name, and all names that are not assigned here.
    """

    def __init__(self, local: set[str]) -> None:
        self._local = local
        self._depth = 0

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        node.name = "_" if self._depth else node.name
        self._depth += 1
        self.generic_visit(node)
        self._depth -= 1
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name("_", node.ctx) if node.id in self._local else node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        node.name = "_" if node.name else None
        return self.generic_visit(node)


def _local_names(tree: ast.Module) -> set[str]:
    """Return the names assigned in a module's functions, and their nested functions."""
    names: set[str] = set()
    for top in ast.walk(tree):
        if not isinstance(top, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for node in ast.walk(top):
            match node:
                case ast.Name(id=name, ctx=ast.Store()) | ast.ExceptHandler(name=str(name)):
                    names.add(name)
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    names |= {name} if node is not top else set()
    return names
