"""Detect dots or comments that stand for code which the answer left out.

Considers only what is new: dots, stubs and comments of the old code may stay.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from foretype.languages.blanking import lines_in_strings
from foretype.languages.table import MARKDOWN, Language

_COMMENT = re.compile(r"^[ \t]*+\{?(?:#|//|--|/\*|\*|<!--|;|%)[#/*!;%-]*+(?P<said>.*)$")
_DOTS = r"(?:\.{3,}|…)"
_NOUNS = (
    r"(?:code|lines?|methods?|functions?|class(?:es)?|implementations?|logic|body|file|module|"
    r"imports?|tests?|fields?|cases?|content)"
)
_UNCHANGED = (
    r"(?:(?:is|are|remains?|stays?|goes)? ?(?:here|unchanged|omitted|the same|as is|as before|"
    r"same as before)(?: for brevity| here)?)"
)
_STANDS_FOR_CODE = re.compile(
    rf"{_DOTS}"
    rf"|(?:the )?(?:rest|remainder) of (?:the |this |your )?(?:\w+ )?{_NOUNS}(?: {_UNCHANGED})?"
    rf"|(?:the )?(?:rest|remaining {_NOUNS}|{_NOUNS}) {_UNCHANGED}"
    rf"|(?:the |your )?existing {_NOUNS}(?: {_UNCHANGED})?"
    r"|unchanged(?: code)?|(?:code )?omitted(?: for \w+)?|(?:the )?same as (?:before|above)"
)
_WITH_DOTS = re.compile(r"\b(?:existing|rest|remaining|unchanged|omitted|same as|other|previous)\b")
_ASKS_FOR_A_STUB = re.compile(
    r"\b(?:stubs?|pass|empty|no-?op|placeholders?|skeleton|abstract|protocol|interface|"
    r"not ?implemented|bod(?:y|ies)|nothing)\b|\.\.\.",
    re.I,
)


def find_placeholder_comment(old: str, code: str, language: Language) -> str:
    """Return what is wrong if a new comment stands for omitted code; otherwise ""."""
    had = set(_placeholders(old, language))
    for said in _placeholders(code, language):
        if said not in had:
            return f"a placeholder stands for code that was left out: {said[:60]}"
    return ""


def find_missing_body(
    old: ast.Module, new: ast.Module, instruction: str, *, keeps_names: bool
) -> str:
    """Return what is wrong if the body of a Python function was omitted; otherwise "".

    ``instruction`` may request a stub if names need not be kept.
    """
    if not keeps_names and _ASKS_FOR_A_STUB.search(instruction):
        return ""
    was, now = dict(_bodies(old)), dict(_bodies(new))
    gone = [name for name, full in now.items() if not full and was.get(name)]
    if keeps_names and all(was.values()) and was:
        gone += [name for name, full in now.items() if not full and name not in was]
    if gone:
        return f"the body of {', '.join(gone)} was left out"
    if _count_loose_dots(new) > _count_loose_dots(old):
        return "dots stand for code that was left out"
    return ""


def _placeholders(code: str, language: Language) -> Iterator[str]:
    """Return the lines outside of strings that only stand for more code."""
    inside: set[int] | None = None
    for number, line in enumerate(code.split("\n")):
        found = _COMMENT.match(line[:200])
        if not found or not _is_placeholder(found["said"]):
            continue
        begins = line.lstrip()
        if not language.shape and begins.startswith("*"):
            # In prose, this is a list.
            continue
        if language is MARKDOWN and not begins.startswith("<!--"):
            continue
        if inside is None:
            inside = lines_in_strings(code, language)
        if number not in inside:
            yield line.strip()


def _is_placeholder(said: str) -> bool:
    words = " ".join(said.replace("*/", " ").replace("-->", " ").split()).lower()
    words = words.rstrip("}").strip(" ()[]<>")
    if _STANDS_FOR_CODE.fullmatch(words.strip(" .…:") or words):
        return True
    dotted = words.startswith(("...", "…")) or words.endswith(("...", "…"))
    return dotted and len(words) < 80 and bool(_WITH_DOTS.search(words))


def _bodies(tree: ast.Module) -> Iterator[tuple[str, bool]]:
    """Map functions by name to whether they have a body.

    Functions that are only declared (overloads, abstract methods, protocols) do not count.
    """
    bodies: dict[str, bool] = {}

    def visit(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            match child:
                case ast.ClassDef():
                    if not any(re.search("Protocol|ABC", ast.unparse(b)) for b in child.bases):
                        visit(child, f"{prefix}{child.name}.")
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    name = prefix + child.name
                    if not any(
                        re.search("overload|abstract", ast.unparse(d)) for d in child.decorator_list
                    ):
                        bodies[name] = bodies.get(name, False) or _has_a_body(child.body)
                    visit(child, f"{name}.")
                case ast.stmt() | ast.excepthandler() | ast.match_case():
                    visit(child, prefix)

    visit(tree, "")
    yield from bodies.items()


def _has_a_body(body: list[ast.stmt]) -> bool:
    return not all(
        isinstance(one, ast.Pass) or _is_constant(one) or _raises_not_implemented(one)
        for one in body
    )


def _raises_not_implemented(node: ast.stmt) -> bool:
    """Whether a statement only says that the code is not implemented."""
    return isinstance(node, ast.Raise) and "NotImplementedError" in ast.unparse(node)


def _is_constant(node: ast.stmt) -> bool:
    """Whether a statement is a docstring or dots."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and (isinstance(node.value.value, str) or node.value.value is ...)
    )


def _is_dots(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and node.value.value is ...
    )


def _count_loose_dots(tree: ast.Module) -> int:
    """Count ``...`` statements among other statements, or as the body of a loop or condition."""
    count = 0
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            body = getattr(node, name, None)
            if not isinstance(body, list):
                continue
            alone = all(_is_constant(one) for one in body)
            branch = isinstance(node, ast.If | ast.For | ast.AsyncFor | ast.While | ast.Try)
            if not alone or branch:
                count += sum(map(_is_dots, body))
    return count
