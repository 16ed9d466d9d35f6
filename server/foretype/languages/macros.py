"""C and C++ as their grammars can read them: without what only a preprocessor understands.

``EXPORT_API void f()``, ``class EXPORT_API C``, ``DECLARE(C)`` without a semicolon, or branches
of ``#if`` that each begin the same function are guessed at by a parser, which then loses the
functions around. Macros are told from names by their capitals.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from foretype.languages.blanking import blanked
from foretype.languages.table import Language

LANGUAGES = ("C", "C++")

_NAME = r"\b(?:[A-Z][A-Z0-9]*_[A-Z0-9_]*|[A-Z]{3,}[A-Z0-9]*)\b"
_BRACKETS = r"\((?>(?:[^(){};]|\((?>(?:[^(){};]|\([^(){};]*+\))*)\))*)\)"
"""The arguments of a macro, with two more levels of brackets in them."""
_CALL = rf"{_NAME}(?>(?:[ \t]*{_BRACKETS})?)"
_LINE = rf"(?m:^)[ \t]*{_CALL}[ \t]*$"
_MACROS = tuple(
    re.compile(pattern, re.M)
    for pattern in (
        # A line of its own, unless it heads a body or an expression goes on below.
        rf"{_LINE}(?!\s*[-+*/%=<>?:.,{{&|^])",
        # A label, such as that of a class's part.
        rf"^[ \t]*(?:(?:public|protected|private)[ \t]+)?{_NAME}[ \t]*:[ \t]*$",
        # The head of a block.
        rf"^[ \t]*{_NAME}(?=\s*\{{)",
        # Before what it says something of, unless it is the type of a variable.
        rf"(?<![\w.>:]){_CALL}(?=\s+(?:~|::|[A-Za-z_]\w*+\s*+[^\s=;,\[)]))",
        rf"(?<![\w.>:]){_NAME}[ \t]*{_BRACKETS}(?=\s+[A-Za-z_])",
        # Behind an enumerator or a parameter.
        rf"(?<=\w)\s+{_NAME}[ \t]*{_BRACKETS}(?=\s*(?:=[^=]|[,)]))",
        # Behind parameters.
        rf"(?<=\)){_CALL}(?=\s*(?:[{{;:]|=\s*[0d]))|(?<=\))\s+(?:const\s+)?{_CALL}(?=\s*(?:[{{;:]|=\s*[0d]))",
    )
)
_DIRECTIVE = re.compile(r"^[ \t]*#[ \t]*(\w*)(?:\\\r?\n|[^\n])*", re.M)
_KEPT = ("define", "include")
"""Directives that stand between statements, where a grammar knows them."""
_WHOLE = re.compile(rf"\A\s*\Z|(?:[;}}:]|{_LINE})\s*\Z", re.M)
_NOT_A_LINE_END = re.compile(r"[^\r\n]+")


def without_macros(code: str, language: Language) -> str:
    """The code with blanks for macros and directives; the offset of each byte stays the same."""
    # With one byte for each character, so that blanks do not move what follows.
    quiet = blanked(code, language).encode("ascii", "replace").decode()
    directives = list(_directives(quiet))
    taken = [span for span, is_kept in directives if not is_kept]
    quiet = _without(quiet, [span for span, _ in directives])
    for pattern in _MACROS:
        found = [match.span() for match in pattern.finditer(quiet)]
        taken += found
        quiet = _without(quiet, found)
    return _without(code, sorted(taken))


def _without(code: str, spans: list[tuple[int, int]]) -> str:
    """Code with as many blanks as bytes for some parts of it, which are in order."""
    pieces, at = [], 0
    for start, end in spans:
        gone = code[max(start, at) : end]
        pieces += [code[at:start], _NOT_A_LINE_END.sub(_blanks, gone)]
        at = max(at, end)
    return "".join([*pieces, code[at:]])


def _blanks(found: re.Match[str]) -> str:
    return " " * len(found[0].encode("utf-8", "replace"))


def _directives(quiet: str) -> Iterator[tuple[tuple[int, int], bool]]:
    """Where directives begin and end, and whether a grammar knows them where they stand.

    Of branches that are no statements by themselves, the first is left.
    """
    branches: list[int] = []
    """Where the first branches of the conditions around begin."""
    dropped: tuple[int, int] | None = None
    """Where what is dropped begins, and how many conditions are around it."""
    for found in _DIRECTIVE.finditer(quiet):
        kind, start = found[1], found.start()
        if kind.startswith("if"):
            branches.append(found.end())
        elif kind.startswith("el") and branches and dropped is None:
            if not _is_whole(quiet[branches[-1] : start]):
                dropped = start, len(branches)
        elif kind == "endif" and branches:
            if dropped and dropped[1] == len(branches):
                start, dropped = dropped[0], None
            branches.pop()
        if dropped is None:
            yield (start, found.end()), kind in _KEPT


def _is_whole(branch: str) -> bool:
    """Whether a branch holds whole statements."""
    code = _DIRECTIVE.sub("", branch)
    is_closed = all(code.count(a) == code.count(b) for a, b in ("()", "{}"))
    return is_closed and bool(_WHOLE.search(code))
