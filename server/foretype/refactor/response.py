"""Extract code from the model's response: fenced blocks, in order, with their file names.

Tolerates prose around the blocks. ``reindent.py`` fixes a block's indentation; ``acceptance.py``
checks the code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from foretype.languages import refactor_traits as languages
from foretype.languages.table import Language

_FENCE = re.compile(r"^(?P<indent>[ \t]*)(?P<fence>`{3,}+|~{3,}+)(?P<info>[^`\r\n]*+)$")
_REASONING = re.compile(r"\A\s*<think(?:ing)?>.*?</think(?:ing)?>", re.S)
_REASONING_END = re.compile(r"</think(?:ing)?>[ \t]*+$", re.M)
_NAME = r"[\w@+-][\w.@+ -]*(?:[/\\][\w.@+ -]+)*\.\w{1,8}|[\w./\\-]*(?:Makefile|Dockerfile)"
_NAMED_INFO = re.compile(
    rf"""(?:^|[\s:="'{{(])(?P<name>(?:[A-Za-z]:)?(?>(?:\.{{0,2}}[/\\])*)(?:{_NAME}))"""
)
_NAMED_ABOVE = re.compile(
    rf"""^\W*(?:\d+[.)]\s*)?(?:file(?:\s*name)?|path|create|new\s+file)?\s*:?\s*[`*"'(]*"""
    rf"""(?P<name>(?:[A-Za-z]:)?(?>(?:\.{{0,2}}[/\\])*)(?:{_NAME}))[`*"')]*\s*(?:\([^)]*\))?\s*:?\W*$""",
    re.I,
)
_NAMED_INSIDE = re.compile(
    rf"^\s*(?:#|//|--|/\*)\s*(?:file|path)?\s*:?\s*(?P<name>{_NAME})\s*(?:\*/)?$"
)


MAX_FENCES = 200
"""Fences beyond which a response is ignored: matching them takes quadratic time."""
MAX_NAMED_LINE_CHARS = 160
"""Characters of a line beyond which it is not searched for a file name: the search takes cubic
time, about 2 ms for a line of this length."""


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block."""

    code: str
    """Its lines, joined by ``\\n``, without the fences and without a last line end."""
    tag: str = ""
    """The language named at the fence."""
    name: str = ""
    """The file name at the fence, above it, or in the first line."""


@dataclass(frozen=True, slots=True)
class Response:
    """A parsed response of the model."""

    blocks: tuple[Block, ...]
    prose: str
    """The text outside of the blocks."""
    cut: bool = False
    """Whether the last block is not closed."""


def parse(text: str) -> Response:
    """Parse a response. Reasoning inside the text is left out."""
    lines = _with_whole_fences(re.split(r"\r\n|\r|\n", _plain(_without_reasoning(text))))
    text = "\n".join(lines)
    blocks: list[Block] = []
    prose: list[str] = []
    fences = {n: found for n, line in enumerate(lines) if (found := _FENCE.match(line))}
    if len(fences) == 1 and max(fences) == len("\n".join(lines).rstrip().split("\n")) - 1:
        return Response((), "\n".join(lines[: max(fences)]).strip("\n"))
    if len(fences) > MAX_FENCES:
        return Response((), text.strip())
    number = 0
    while number < len(lines):
        opening = fences.get(number)
        if opening is None:
            prose.append(lines[number])
            number += 1
            continue
        end = _closing(fences, number) or len(lines)
        inside = [_unindent(line, opening["indent"]) for line in lines[number + 1 : end]]
        if end == len(lines):
            inside = _without_prose_below(inside)
        blocks.append(_block(opening["info"].strip(), _unnumbered(inside), prose))
        number = end + 1
        if end == len(lines):
            return Response(tuple(blocks), "\n".join(prose).strip(), cut=True)
    # Without a fence it may be code, whose first line is indented.
    return Response(tuple(blocks), "\n".join(prose).strip("\n").rstrip())


_QUOTED = re.compile(r"^> ?", re.M)
_CLOSED_BEHIND = re.compile(r"(?P<code>.*[^\s`])(?P<fence>`{3,}|~{3,})\s*")
_OPENED_BEHIND = re.compile(r"(?P<prose>.*\w\W*?)\s(?P<fence>(?:`{3,}|~{3,})\w[\w+#.-]*)\s*")
_NUMBERED = re.compile(r"\s*\d+ ?(?:\||:|│) ?")
_TAG_LINE = re.compile(
    r"(?m)^[ \t]*</?(?:code|answer|output|result|response|file)(?:\s[^<>]*)?>[ \t]*$\n?"
)


def _plain(text: str) -> str:
    """A response without what is around all of it: a mark of its encoding, a quotation."""
    text = text.removeprefix("\ufeff")
    is_quoted = all(line.startswith(">") for line in text.strip().split("\n"))
    return _QUOTED.sub("", text) if is_quoted else text


def _with_whole_fences(lines: list[str]) -> list[str]:
    """Lines in which a fence that stands behind a line has one of its own, where one is missing."""
    if sum(bool(_FENCE.match(line)) for line in lines) % 2 == 0:
        return lines
    for number, line in enumerate(lines):
        for pattern, part in ((_CLOSED_BEHIND, "code"), (_OPENED_BEHIND, "prose")):
            if len(line) < MAX_NAMED_LINE_CHARS and (found := pattern.fullmatch(line)):
                return [*lines[:number], found[part], found["fence"], *lines[number + 1 :]]
    return lines


def _without_prose_below(lines: list[str]) -> list[str]:
    """Lines of a block that is not closed, without the sentences that follow the code."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or _PROSE.match(lines[end - 1])):
        end -= 1
    return lines[:end] if end and any(map(str.strip, lines[end:])) else lines


def _unnumbered(lines: list[str]) -> list[str]:
    """Lines without their numbers, where each has one."""
    has_all = sum(bool(line.strip()) for line in lines) > 1 and all(
        _NUMBERED.match(line) for line in lines if line.strip()
    )
    return [_NUMBERED.sub("", line, count=1) for line in lines] if has_all else lines


def bare_code(text: str, original: str, language: Language) -> Block | None:
    """Return the response itself if it is only code without a fence; otherwise None.

    Code defines something near its first line, or has a third of its lines from the original.
    """
    text = _TAG_LINE.sub("", _plain(_without_reasoning(text))).strip("\r\n")
    every = _without_prose_below(text.split("\n"))
    while every and (not every[0].strip() or _PROSE.match(every[0])):
        every = every[1:]
    text = "\n".join(every)
    lines = [line for line in every if line.strip()]
    if not lines:
        return None
    known = {line.strip() for line in original.split("\n") if len(line.strip()) > 3}
    shared = sum(line.strip() in known for line in lines)
    named = (languages.function_name, languages.type_name)
    begins = any(name(line, language) for line in lines[:NEAR_FIRST] for name in named)
    return Block(text) if begins or shared * 3 >= len(lines) else None


NEAR_FIRST = 6
"""Lines, with imports, comments and decorators among them, in which code defines something."""
_PROSE = re.compile(r"\s*(?:[A-Z][\w']*(?: [\w',-]+){3,}[.:!]?|[\w']+(?: [\w',-]+){3,}[.:])\s*$")


def join_continuation(first: str, second: str) -> str:
    """Join a response and its continuation, without repeated text or a reopened fence."""
    second = _REASONING.sub("", second)
    if not re.search(r"(?:^|\n)[ \t]*+(?:`{3,}+|~{3,}+)[^\n]*+\Z", first):
        second = re.sub(r"\A\s*(?:`{3,}|~{3,})[\w+#.-]*\r?\n", "", second)
    for length in range(min(len(first), len(second), 2000), 7, -1):
        if first.endswith(second[:length]):
            return first + second[length:]
    return first + second


def _without_reasoning(text: str) -> str:
    """Return the text after the reasoning, whose opening tag some providers omit.

    Code may contain the tag too: then a block is open, and no other block begins after it.
    """
    text = _REASONING.sub("", text.replace("\r\n", "\n"))
    end = _REASONING_END.search(text)
    if end is None:
        return text
    before, rest = text[: end.start()], text[end.end() :]
    if sum(1 for line in before.split("\n") if _FENCE.match(line)) % 2 == 0:
        return rest
    first = next((found for line in rest.split("\n") if (found := _FENCE.match(line))), None)
    return rest if first and first["info"].strip() else text


def _closing(fences: dict[int, re.Match[str]], start: int) -> int | None:
    """Return the line that closes the block opened at a line; None if there is none.

    A fence with a language inside of a block opens a nested block: models put one into the
    docstring of the code that they return.
    """
    inner: list[str] = []
    for number, found in fences.items():
        if number <= start:
            continue
        current = inner[-1] if inner else fences[start]["fence"]
        same = found["fence"][0] == current[0] and len(found["fence"]) >= len(current)
        if found["info"].strip():
            if same and _closes_later(fences, number, len(inner)):
                inner.append(found["fence"])
        elif same and inner:
            inner.pop()
        elif same:
            return number
    return None


def _closes_later(fences: dict[int, re.Match[str]], number: int, depth: int) -> bool:
    """Whether enough bare fences follow to close a nested block and the blocks around it."""
    mark = fences[number]["fence"][0]
    closing = [found for n, found in fences.items() if n > number and found["fence"][0] == mark]
    bare = sum(1 for found in closing if not found["info"].strip())
    opened = len(closing) - bare
    return bare - opened >= depth + 2


def _block(info: str, inside: list[str], prose: list[str]) -> Block:
    tag = re.match(r"[\w+#.-]*", info)
    word = tag[0] if tag else ""
    known = languages.of_tag(word) is not None
    name = _file_name_in(_NAMED_INFO, info if not known else info[len(word) :])
    if not name and (above := [line for line in prose[-3:] if line.strip()]):
        name = _file_name_in(_NAMED_ABOVE, above[-1])
    if not name and inside:
        name = _file_name_in(_NAMED_INSIDE, inside[0])
    return Block("\n".join(inside), word if word != name else "", name)


def without_path(code: str, original: str, path: str) -> str:
    """Remove a first comment that only names the file, which models add."""
    first, _, rest = code.partition("\n")
    name = _file_name_in(_NAMED_INSIDE, first).replace("\\", "/").rpartition("/")[2]
    kept = first.strip() in {line.strip() for line in original.split("\n")}
    return rest.lstrip("\n") if rest and name and not kept and name == path else code


def _file_name_in(pattern: re.Pattern[str], line: str) -> str:
    """Return the file name that a pattern finds in a line; "" if there is none."""
    plain = " ".join(line.split())
    found = pattern.search(plain) if len(plain) <= MAX_NAMED_LINE_CHARS else None
    return found["name"].strip() if found else ""


def _unindent(line: str, indent: str) -> str:
    """Remove the fence's indentation from a line of its block, as in a list."""
    shared = 0
    while shared < min(len(indent), len(line)) and line[shared] == indent[shared]:
        shared += 1
    return line[shared:]
