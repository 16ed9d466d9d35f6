"""Steps of indentation from a line to the next one, by the kinds of both: in any language."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from foretype.languages.columns import columns, is_comment, left_open

_OPENS = re.compile(
    r"[{(\[]$|(?<!:):$|\{ ?\|[^|]*\|$|=>$|->$|\bfunction ?\([^()]*\)$"
    r"|\b(?:do|then|else|begin|try|loop|ensure|where)(?: \|[^|]*\|)?$"
)
_IN_SHELL = re.compile(r";\s*(?:do|then)$")
"""What opens a block of a shell script, wherever one is written."""
_OPENS_BY_WORD = re.compile(
    r"(?:(?:local )?function|def|module|class|if|unless|elsif|elseif|while|until|for|when|rescue)\b"
    r"(?!.*(?:\bend\b|[{:]$))"
)
_BLOCKS_BY_WORD = frozenset({"ruby", "lua", "elixir", "julia"})
_GOES_ON = re.compile(r"[,\\=+&|.?-]$|\b(?:and|or|not|in)$")
_LEAVES = re.compile(r"(?:return|break|continue|raise|throw|pass|goto|yield)\b")
_GUARDED = re.compile(r"\s(?:if|unless)\s")
_DEDENTS = re.compile(
    r"[)\]}{#]|case\b(?=.*(?::|=>))|(?:default|else|elif|elsif|except|finally|rescue|ensure|when|end"
    r"|fi|done|esac|catch)\b"
)
BEGINS_BELOW = re.compile(r"[)\]}@#]|(?:def|class|async|export|import|from|function|func|fn|pub)\b")
"""What begins a line of its own, mostly further left than the lines of a block."""
_COMMENT_AT_END = re.compile(r"\s(?:#|//|--)\s.*$")


def opens(line: str, language: str) -> bool:
    """Whether the line below one is indented more."""
    if is_comment(line):
        return False
    code = _COMMENT_AT_END.sub("", line).strip()
    if language == "shellscript" and code.endswith(")"):
        return code.count(")") > code.count("(")
    if language in _BLOCKS_BY_WORD and _OPENS_BY_WORD.match(code):
        return True
    found = _OPENS.search(code)
    if found is None:
        return False
    return (
        language in (*_BLOCKS_BY_WORD, "shellscript")
        or found.group()[-1] in ":{([>|"
        or found.group() in ("else", "where")
        or _IN_SHELL.search(code) is not None
    )


def goes_on(line: str, language: str) -> bool:
    """Whether a line needs others after it."""
    code = _COMMENT_AT_END.sub("", line).strip()
    waits = code.endswith(":") or _GOES_ON.search(code) is not None
    return opens(line, language) or (waits and not is_comment(line))


def step(
    upper: str,
    lower: str,
    depths: tuple[int, int],
    unit: str,
    language: str,
    *,
    apart: bool,
    before: str,
) -> str:
    """From what kind of line to what kind, and how far to the side: ``o. +``.

    ``before`` is the line above the upper one.
    """
    above, below = depths
    by = below - above
    if by < 0:
        side = "-" if -by == columns(unit) else "<" if below else "0"
    else:
        side = "=" if not by else "+" if by == columns(unit) else "1" if by == 1 else ">"
    hangs = before != "" and columns(before) <= above and _goes_on_in(before, above, language)
    kind = _upper(upper, language) + "h" * hangs + "~" * apart
    return f"{kind}{lower_kind(lower)} {side}"


def _goes_on_in(before: str, depth: int, language: str) -> bool:
    """Whether a line is continued by the next one, rather than that it begins a block there."""
    kind = _upper(before, language)
    return kind == "g" or (columns(before) < depth and kind not in "ob#/")


def _upper(line: str, language: str) -> str:
    line = line.strip()
    if line[:2] == "/*" and not line.endswith("*/"):
        return "/"
    if is_comment(line):
        return "#"
    if opens(line, language):
        return "o"
    if left_open(line):
        return "b"
    if _GOES_ON.search(line):
        return "c" if line[-1] == "," else "g"
    if _LEAVES.match(line) and not _GUARDED.search(line):
        return "l"
    if line[:1] == "*":
        return "*"
    closes = line[:1] in ")]}" or line[:2] == "</"
    return "x" if closes else "k" if line[:1] in ".?:&|+-" else "."


def lower_kind(line: str) -> str:
    line = line.strip()
    if line[:2] == "</":
        return "x"
    if line[:1] in ")]}{":
        return "{" if line[:1] == "{" else "x"
    if line[:1] == "*":
        return "*"
    if is_comment(line):
        return "#"
    if _DEDENTS.match(line):
        return "e"
    return "d" if BEGINS_BELOW.match(line) else "k" if line[:1] in ".?:&|+-" else "."


def steps(lines: Iterable[str], unit: str, language: str) -> Counter[str]:
    """How often each step from a line to the next one with text stands in a text."""
    found: Counter[str] = Counter()
    before, above, apart = "", "", False
    for line in lines:
        if line.strip():
            if above:
                depths = columns(above), columns(line)
                name = step(above, line, depths, unit, language, apart=apart, before=before)
                found[name] += 1
            before, above, apart = above, line, False
        else:
            apart = True
    return found
