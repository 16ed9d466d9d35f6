"""Give new code the indentation of the code it replaces.

Models return a method unindented, indent by two where the file has four, or omit only the first
line's indentation. Changes nothing but the indentation of lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from foretype.core.text_style import indentation_of
from foretype.languages.blanking import CLOSERS, OPENERS, blanked, lines_in_strings
from foretype.languages.table import Language


def reindent(code: str, original: str, language: Language) -> str:
    """Give the code the original's depth, tabs or spaces, and indentation width.

    Lines inside of string literals move only as far as the surrounding code was unindented; if the
    answer already has the right depth, nothing is changed.
    """
    lines = code.split("\n")
    while lines and not lines[0].strip():
        lines.pop(0)
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        return ""
    # A comment above the code may have any indentation, so it does not show the code's depth.
    n_above = _n_comments(lines, language)
    if n_above:
        code = reindent("\n".join(lines[n_above:]), _without_comments(original, language), language)
        return "\n".join([*_reindent_comments(_depth(code.split("\n")), lines[:n_above]), code])
    original = _without_comments(original, language)
    in_strings = lines_in_strings("\n".join(lines), language)
    lines = _match_tabs(original, lines, in_strings)
    if not in_strings:
        lines = _match_steps(original, lines, language)
    wanted, given = _depth(original.split("\n")), _depth(lines)
    if wanted == given:
        return "\n".join(lines)
    if not given and _only_first_is_left(lines, original, in_strings):
        return "\n".join([wanted + lines[0], *lines[1:]])
    kept = set(original.split("\n"))
    moved = []
    for number, line in enumerate(lines):
        if not line.strip():
            moved.append("" if number not in in_strings else line)
        elif number in in_strings and line in kept:
            moved.append(line)
        elif line.startswith(given):
            moved.append(wanted + line[len(given) :])
        else:
            moved.append(line if number in in_strings else wanted + line.lstrip())
    return "\n".join(moved)


def _depth(lines: list[str]) -> str:
    """Return the indentation of the first line that is not blank."""
    for line in lines:
        if line.strip():
            return line[: len(line) - len(line.lstrip())]
    return ""


def _n_comments(lines: list[str], language: Language) -> int:
    """Count the comments and blank lines above the code; 0 if there is no code."""
    plain = blanked("\n".join(lines), language, strings=False).split("\n")
    return next((number for number, line in enumerate(plain) if line.strip()), 0)


def _without_comments(code: str, language: Language) -> str:
    lines = code.split("\n")
    return "\n".join(lines[_n_comments(lines, language) :])


def _reindent_comments(wanted: str, comments: list[str]) -> list[str]:
    """Move comments so that the first has the wanted indentation; lines of a block move along."""
    given = _depth(comments)
    moved = []
    for line in comments:
        rest = line[len(given) :] if line.startswith(given) else line.lstrip()
        moved.append(wanted + rest if line.strip() else "")
    return moved


def _match_tabs(original: str, lines: list[str], in_strings: set[int]) -> list[str]:
    """Convert between tabs and spaces as in the original, one per indentation step."""
    tabs = bool(re.search(r"^\t+\S", original, re.M))
    spaces = bool(re.search(r"^ {2,}\S", original, re.M))
    step = _step([line for n, line in enumerate(lines) if n not in in_strings])
    moved = []
    for number, line in enumerate(lines):
        lead = line[: len(line) - len(line.lstrip())]
        if number in in_strings:
            moved.append(line)
        elif tabs and not spaces and " " in lead:
            width = len(lead.expandtabs(step))
            moved.append("\t" * (width // step) + " " * (width % step) + line.lstrip())
        elif spaces and not tabs and "\t" in lead:
            width = len(lead.expandtabs(_step(original.split("\n"))))
            moved.append(" " * width + line.lstrip())
        else:
            moved.append(line)
    return moved


def _match_steps(original: str, lines: list[str], language: Language) -> list[str]:
    """Convert between steps of two and four spaces as in the original, if both are regular."""
    wanted, given = (_plain_step(each, language) for each in (original.split("\n"), lines))
    if not wanted or not given or wanted == given:
        return lines
    depth = len(_depth(lines))
    scaled = []
    for line in lines:
        width = len(line) - len(line.lstrip(" "))
        if line.strip() and width > depth:
            steps, over = divmod(width - depth, given)
            line = " " * (depth + steps * wanted + over) + line.lstrip(" ")
        scaled.append(line)
    return scaled


def _plain_step(lines: list[str], language: Language) -> int:
    """Return two or four if the depth of every line of a block is a multiple of it; 0 if unclear.

    The ``*`` of a block comment is indented by one more.
    """
    depth = _depth(lines)
    if "\t" in depth or any("\t" in line[: len(line) - len(line.lstrip())] for line in lines):
        return 0
    widths = [
        len(line) - len(line.lstrip()) - len(depth) - line.lstrip().startswith("*")
        for line in _in_blocks(lines, language)
        if line.strip()
    ]
    deeper = [width for width in widths if width > 0]
    if not deeper or any(width % 2 for width in deeper):
        return 0
    if all(width % 4 == 0 for width in deeper):
        return 4 if 4 in deeper else 0
    return 2 if sum(width % 4 == 2 for width in deeper) > 1 or len(deeper) == 1 else 0


def _in_blocks(lines: list[str], language: Language) -> Iterator[str]:
    """The lines that are no continuations, which may be indented by any width."""
    open_brackets = ""
    for line, plain in zip(lines, blanked("\n".join(lines), language).split("\n"), strict=True):
        if open_brackets[-1:] != "(" and (open_brackets or language.shape != "braces"):
            yield line
        for char in plain:
            open_brackets += char if char in OPENERS else ""
            open_brackets = open_brackets[:-1] if char in CLOSERS else open_brackets


def _only_first_is_left(lines: list[str], original: str, in_strings: set[int]) -> bool:
    """Whether only the first line lacks its indentation, and the others match the original."""
    wanted = len(_depth(original.split("\n")))
    rest = [line for n, line in enumerate(lines[1:], 1) if line.strip() and n not in in_strings]
    was = [line for line in original.strip("\n").split("\n")[1:] if line.strip()]
    if not rest or not was:
        return False
    depth, least = (min(len(one) - len(one.lstrip()) for one in some) for some in (rest, was))
    opens = lines[0].rstrip().endswith((":", "{", "(", "["))
    closes = rest[-1].lstrip()[0] in CLOSERS
    return depth == least and (depth > wanted or (depth == wanted and opens == closes))


def _step(lines: list[str]) -> int:
    """Return the spaces of one indentation step; 4 if the lines do not show it."""
    step = indentation_of("\n".join(lines))
    return 4 if step == "\t" else len(step)
