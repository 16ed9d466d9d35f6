"""Resolve what the names in Python code refer to, and which constants they hold.

Reads the syntax tree and runs nothing. Names are followed through imports, assignments, and
``getattr`` and similar calls with a constant name; computed names are not followed.
"""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Names:
    """What the names in a piece of code refer to."""

    stand_for: dict[str, str] = field(default_factory=dict)
    constants: dict[str, set[Any]] = field(default_factory=dict)
    """The constants assigned to a name, or its defaults."""
    unpacked: set[str] = field(default_factory=set)
    """Dictionaries passed as keyword arguments (``**name``)."""
    prose: set[int] = field(default_factory=set)
    """``id`` of the nodes of strings that are statements, such as docstrings."""
    compared: set[int] = field(default_factory=set)
    """``id`` of the nodes of comparisons' operands: comparing an option does not enable it."""

    def learn(self, tree: ast.Module) -> None:
        for node in ast.walk(tree):
            match node:
                case ast.Import(names=imported):
                    for one in imported:
                        # ``import a.b`` binds ``a``.
                        local = one.asname or one.name.partition(".")[0]
                        self.stand_for[local] = one.name if one.asname else local
                case ast.ImportFrom(module=str(module), names=imported, level=0):
                    for one in imported:
                        self.stand_for[one.asname or one.name] = f"{module}.{one.name}"
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value)):
                    self.constants.setdefault(name, set()).add(value)
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    if (known := self.of(value)) and known != name:
                        self.stand_for.setdefault(name, known)
                case ast.arguments():
                    self._learn_defaults(node)
                case ast.keyword(arg=None, value=value):
                    self.unpacked |= {self.of(value)} - {""}
                case ast.Compare(left=left, comparators=others):
                    self.compared.update(id(one) for one in (left, *others))
                case ast.Expr(ast.Constant() as text):
                    self.prose.add(id(text))
                case ast.JoinedStr(values=parts):
                    # Handled as a whole.
                    self.prose.update(id(part) for part in parts)

    def _learn_defaults(self, arguments: ast.arguments) -> None:
        places = [*arguments.posonlyargs, *arguments.args]
        pairs = list(zip(places[::-1], arguments.defaults[::-1], strict=False))
        pairs += [
            (name, default)
            for name, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
            if default is not None
        ]
        for name, default in pairs:
            if isinstance(default, ast.Constant):
                self.constants.setdefault(name.arg, set()).add(default.value)

    def of(self, node: ast.AST) -> str:
        """Return what an expression refers to, such as ``os.system``; "" if unknown."""
        match node:
            case ast.Name(id=name):
                return _without_builtins(self.stand_for.get(name, name))
            case ast.Attribute(value=owner, attr=name):
                return self._member(owner, name)
            case ast.Subscript(value=owner, slice=key):
                return (
                    self._member(_without_dict(owner), text) if (text := constant_text(key)) else ""
                )
            case ast.Call(func=ast.Name(id="getattr" | "setattr"), args=[owner, key, *_]):
                return self._member(owner, text) if (text := constant_text(key)) else ""
            case ast.Call(func=function, args=[module, *_]):
                loads = self.of(function) in ("__import__", "importlib.import_module")
                return constant_text(module) if loads else ""
        return ""

    def _member(self, owner: ast.AST, name: str) -> str:
        match owner:
            case ast.Call(func=ast.Name(id="globals" | "locals" | "vars"), args=[]):
                return _without_builtins(self.stand_for.get(name, name))
        known = self.of(owner)
        if known == "sys.modules":
            return name
        return _without_builtins(f"{known}.{name}") if known else ""

    def values(self, node: ast.AST) -> set[Any]:
        """Return the constants that an expression may evaluate to."""
        match node:
            case ast.Constant(value):
                return {value}
            case ast.Name(id=name):
                return self.constants.get(name, set())
            case ast.UnaryOp(ast.Not(), operand):
                return {not value for value in self.values(operand)}
        return set()


def constant_text(node: ast.AST | None) -> str:
    """Return a constant string, also one concatenated from constants; "" if it is not constant."""
    match node:
        case ast.Constant(str(text)):
            return text
        case ast.BinOp(left, ast.Add(), right):
            first, second = constant_text(left), constant_text(right)
            return first + second if first and second else ""
        case ast.JoinedStr(values):
            return "".join(constant_text(value) for value in values)
        case ast.FormattedValue(value):
            return constant_text(value)
    return ""


def _without_dict(node: ast.AST) -> ast.AST:
    """Return the owner of a namespace: ``os`` for ``os.__dict__`` and ``vars(os)``."""
    match node:
        case ast.Attribute(value=owner, attr="__dict__"):
            return owner
        case ast.Call(func=ast.Name(id="vars"), args=[owner]):
            return owner
    return node


def _without_builtins(name: str) -> str:
    """Remove the prefix ``builtins.`` from a name."""
    return name.removeprefix("__builtins__.").removeprefix("builtins.")


def parse_python(code: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
