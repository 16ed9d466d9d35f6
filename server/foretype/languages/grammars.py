"""The tree-sitter grammars, and how many syntax errors a text has.

Each is loaded at its first use, and none is needed: where there is no wheel for a platform,
refactorings count brackets and completions are not checked. A parse is bounded by the work it
does, never by the clock, so that a busy machine judges as a quiet one does.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import count
from typing import Any

from foretype.core.text import common_head, common_tail
from foretype.languages import macros
from foretype.languages.table import LANGUAGES

LARGEST_PARSE = 2_000_000
"""Bytes beyond which nothing is parsed. So many take some 0.3 s, in which other threads go on."""
MOST_STEPS = 400_000
"""Steps, as the parser counts them, that one parse may take; the largest file takes 20,000."""

_GRAMMARS: dict[str, tuple[tuple[str, str], ...]] = {}
for row in LANGUAGES:
    if row.grammars:
        # Of the rows that share a name, the first is the plain one.
        _GRAMMARS.setdefault(row.name, row.grammars)
GRAMMAR_LANGUAGES = tuple(_GRAMMARS)
"""The languages that have a grammar, by name."""


def new_parsers(language: str) -> tuple[Any, ...]:
    """A parser of one's own for each grammar of a language, the kindest reading first.

    Imports the grammars: not for the event loop. A parser belongs to one thread.
    """
    made = (_new_parser(module, function) for module, function in _GRAMMARS.get(language, ()))
    return tuple(parser for parser in made if parser is not None)


def has_grammar(language: str) -> bool:
    """Whether a grammar of a language is installed. Imports it: not for the event loop."""
    return any(load_grammar(module, function) for module, function in _GRAMMARS.get(language, ()))


def languages_without_grammar() -> dict[str, str]:
    """The languages whose grammar cannot be loaded, with the package that is missing.

    Imports all grammars: not for the event loop.
    """
    return {
        language: grammars[0][0].replace("_", "-")
        for language, grammars in _GRAMMARS.items()
        if not has_grammar(language)
    }


def has_parser() -> bool:
    """Whether the parser that all grammars need is installed."""
    try:
        importlib.import_module("tree_sitter")
    except ImportError:
        return False
    return True


def n_errors(code: str, language: str) -> tuple[int, int] | None:
    """How many syntax errors there are, and the line of the last one, from 1.

    The language is named as in ``languages/table.py``. None where there is no grammar, or
    where the text is too large. Takes time that grows with the text: not for the event loop.
    """
    counted = [_errors_by(*grammar, code) for grammar in _grammars_for(language, code)]
    return min((errors for errors in counted if errors is not None), default=None)


def syntax_tree(code: str, language: str) -> Any:
    """The tree of the kindest reading; None where there is no grammar, or the text is too large.
    Not for the event loop."""
    return next((_tree(*grammar, code) for grammar in _grammars_for(language, code)), None)


def best_tree(code: str, language: str) -> Any:
    """The tree with the fewest errors, of all grammars of a language; None as above.

    Where macros are what a grammar cannot read, they are in no node, but in the text of those
    around them.
    """
    best = None
    for grammar in _grammars_for(language, code):
        tree = _tree(*grammar, code)
        if tree is not None and not tree.root_node.has_error:
            return tree
        best = tree if best is None else best
    if best is not None and language in macros.LANGUAGES:
        return _without_macros(*_GRAMMARS[language][0], language, code) or best
    return best


def _grammars_for(language: str, code: str) -> tuple[tuple[str, str], ...]:
    grammars = _GRAMMARS.get(language, ())
    if language == "PHP":
        return grammars[:1] if "<?" in code else grammars[1:]
    return grammars


def _errors_by(module: str, function: str, code: str) -> tuple[int, int] | None:
    tree = _tree(module, function, code)
    if tree is None:
        return None
    if not tree.root_node.has_error:
        return 0, 0
    rows = _error_rows(tree.root_node)
    return len(rows), max(rows, default=0) + 1


def _tree(module: str, function: str, code: str) -> Any:
    return _parsed(module, function, code) if _new_parser(module, function) else None


@lru_cache(4)
def _parsed(module: str, function: str, code: str) -> Any:
    """A tree, kept for those who ask again. Of a long text, what stayed is not parsed again."""
    data = code.encode("utf-8", "replace")
    if len(data) > LARGEST_PARSE:
        return None
    parser = _new_parser(module, function)
    tree, known = None, _latest.get((module, function))
    if known and len(data) >= LONG:
        tree = _parse(parser, data, _edited(*known, data))
    if tree is None or tree.root_node.has_error:
        # Where errors stand must not depend on what was parsed before.
        tree = _parse(parser, data)
    if tree is not None and len(data) >= LONG:
        _latest[module, function] = data, tree
    return tree


@lru_cache(4)
def _without_macros(module: str, function: str, language: str, code: str) -> Any:
    """The tree of what is left without macros; None where it has as many errors."""
    row = next(row for row in LANGUAGES if row.name == language)
    less = macros.without_macros(code, row)
    if less == code:
        return None
    data, text = (each.encode("utf-8", "replace") for each in (less, code))
    tree = _parse(_new_parser(module, function), data, text=text)
    was = _parsed(module, function, code)
    return tree if tree is not None and _n_unread(tree) < _n_unread(was) else None


LONG = 20_000
"""Bytes from which on a text is parsed from the tree of the one before. So many take 3 ms."""
_latest: dict[tuple[str, str], tuple[bytes, Any]] = {}


def _parse(parser: Any, data: bytes, *old: Any, text: bytes = b"") -> Any:
    """Parse ``data``; the text of its nodes is ``text``, if any, which is as long."""
    steps = count()
    source = _Source(data)
    try:
        # Read and counted piece by piece: between two pieces other threads go on.
        tree = parser.parse(source, *old, progress_callback=lambda *_: next(steps) > MOST_STEPS)
    except ValueError:
        return None
    source.data, source.piece = text or data, NODE_PIECE
    return tree


class _Source:
    """A text in pieces: large ones for the parser, small ones for the text of a node, of which
    each byte is looked at."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.piece = 65_536

    def __call__(self, offset: int, _: object) -> bytes:
        return self.data[offset : offset + self.piece]


NODE_PIECE = 512
"""Bytes that are read at a time for the text of a node."""


def _edited(old: bytes, tree: Any, new: bytes) -> Any:
    """A text's tree, marked with what is another in a new text."""
    head = common_head(old, new)
    tail = common_tail(old, new, min(len(old), len(new)) - head)
    ends = len(old) - tail, len(new) - tail
    tree = tree.copy()
    tree.edit(head, *ends, _point(old, head), _point(old, ends[0]), _point(new, ends[1]))
    return tree


def _point(data: bytes, offset: int) -> tuple[int, int]:
    return data.count(b"\n", 0, offset), offset - data.rfind(b"\n", 0, offset) - 1


def _error_rows(node: Any) -> list[int]:
    return [error.start_point[0] for error in _errors(node)]


def _n_unread(tree: Any) -> int:
    """How many lines a grammar cannot read: one error may take in most of a file."""
    spans = ((error.start_point[0], error.end_point[0]) for error in _errors(tree.root_node))
    return sum(last - first + 1 for first, last in spans)


def _errors(node: Any) -> Iterator[Any]:
    stack = [node]
    while stack:
        current = stack.pop()
        if current.is_error or current.is_missing:
            yield current
        elif current.has_error:
            stack.extend(current.children)


def _new_parser(module: str, function: str) -> Any:
    language = load_grammar(module, function)
    if language is None:
        return None
    return importlib.import_module("tree_sitter").Parser(language)


@cache
def load_grammar(module: str, function: str) -> Any:
    """One grammar; None where its package or the parser is not installed, or does not fit."""
    try:
        core = importlib.import_module("tree_sitter")
        grammar = importlib.import_module(module)
        return core.Language(getattr(grammar, function)())
    except (ImportError, AttributeError, ValueError, TypeError):
        return None
