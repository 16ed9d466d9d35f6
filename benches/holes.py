"""Holes cut in real files: places where someone could have typed, with what stood there."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator

from foretype.evaluation.holes import MAX_CHARS, MAX_LINES, Hole, Source

_TRIES = 500
"""Places that are looked at for one hole, on average."""

_COMMENT = re.compile(r"(?:#|//)\s+(?=\S.{11,}$)")
_STRING = re.compile(r"(?P<quote>[\"'`])(?P<inside>[^\"'`\\\n]{8,60})(?P=quote)")
_BRACKETS = re.compile(r"[(\[{](?P<inside>[^()\[\]{}\n]{5,60})[)\]}]")
_FINISHED = re.compile(r"[\w)\]}\"';]$")
_COMMENT_LINE = re.compile(r"\s*(?:#|//|\*|/\*)")
_OPENER = re.compile(r"(?:[:{]|\bdo|\bthen)\s*$")


def cut(sources: list[Source], n: int, seed: int) -> Iterator[Hole]:
    """So many holes, the kinds in turn, the same for the same seed."""
    dice = random.Random(seed)
    kinds = list(KINDS)
    made: set[tuple[str, int]] = set()
    for turn in range(_TRIES * n if sources else 0):
        if len(made) == n:
            return
        # A kind that cannot be found gives way to the next one after a while.
        kind = kinds[(len(made) + turn // _TRIES) % len(kinds)]
        hole = _one(dice.choice(sources), kind, dice)
        if hole is not None and (hole.source.name, hole.start) not in made:
            made.add((hole.source.name, hole.start))
            yield hole


def _one(source: Source, kind: str, dice: random.Random) -> Hole | None:
    lines = source.text.split("\n")
    number = dice.randrange(len(lines))
    line_start = sum(len(line) + 1 for line in lines[:number])
    found = KINDS[kind](lines, number, dice)
    if found is None:
        return None
    start, truth = found
    start += line_start
    end = start + len(truth)
    if source.text[start:end] != truth or not 0 < len(truth) <= MAX_CHARS:
        return None
    return Hole(source, kind, start, end)


_Found = tuple[int, str] | None
"""Where in its line a hole begins, and what stood there."""


def _rest(lines: list[str], n: int, dice: random.Random) -> _Found:
    line = lines[n]
    breaks = [m.start() for m in re.finditer(r"(?<=[\s(\[,.=:])(?=\w)", line.rstrip()) if m.start()]
    inside = [at for at in breaks if line[:at].strip() and len(line) - at >= 4]
    if not inside:
        return None
    at = dice.choice(inside)
    return at, line[at:]


def _line(lines: list[str], n: int, dice: random.Random) -> _Found:
    line = lines[n]
    at = len(line) - len(line.lstrip())
    return (at, line[at:]) if len(line.strip()) >= 8 else None


def _next_line(lines: list[str], n: int, dice: random.Random) -> _Found:
    """The line below one that is finished, its line end first."""
    following = lines[n + 1] if n + 1 < len(lines) else ""
    is_alike = _indent(lines[n]) == _indent(following) and len(following.strip()) >= 8
    if not is_alike or not _FINISHED.search(lines[n]) or _COMMENT_LINE.match(lines[n]):
        return None
    return len(lines[n]), "\n" + following


def _block(lines: list[str], n: int, dice: random.Random) -> _Found:
    body = _body(lines, n)
    return (len(lines[n]), "\n" + body) if body else None


def _empty_body(lines: list[str], n: int, dice: random.Random) -> _Found:
    body = _body(lines, n)
    if not body:
        return None
    indent = len(body) - len(body.lstrip())
    return len(lines[n]) + 1 + indent, body[indent:]


def _body(lines: list[str], n: int) -> str:
    """The block that a line opens, if it is a short one."""
    if not _OPENER.search(lines[n]):
        return ""
    indent = _indent(lines[n])
    body: list[str] = []
    for line in lines[n + 1 :]:
        if not line.strip() or _indent(line) <= indent:
            break
        body.append(line)
        if len(body) > MAX_LINES:
            return ""
    ends = n + 1 + len(body)
    whole = ends >= len(lines) or not lines[ends].strip() or _indent(lines[ends]) <= indent
    return "\n".join(body) if body and whole else ""


def _middle(lines: list[str], n: int, dice: random.Random) -> _Found:
    line = lines[n].rstrip()
    words = [m for m in re.finditer(r"[\w.]{4,}", line) if re.search(r"\w", line[m.end() :])]
    words = [m for m in words if line[: m.start()].strip()]
    if not words:
        return None
    word = dice.choice(words)
    return word.start(), word.group()


def _brackets(lines: list[str], n: int, dice: random.Random) -> _Found:
    match = _BRACKETS.search(lines[n])
    return (match.start("inside"), match["inside"]) if match else None


def _string(lines: list[str], n: int, dice: random.Random) -> _Found:
    match = _STRING.search(lines[n])
    # With quotes before it, it may as well stand between two strings.
    if match is None or re.search(r"[\"'`]", lines[n][: match.start()]):
        return None
    return match.start("inside"), match["inside"]


def _comment(lines: list[str], n: int, dice: random.Random) -> _Found:
    match = _COMMENT.search(lines[n])
    if match is None:
        return None
    words = [m.start() for m in re.finditer(r"(?<= )\w", lines[n]) if m.start() > match.end()]
    at = words[len(words) // 2] if words else match.end()
    return at, lines[n][at:]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


KINDS: dict[str, Callable[[list[str], int, random.Random], _Found]] = {
    "rest of a line": _rest,
    "line": _line,
    "next line": _next_line,
    "block": _block,
    "empty body": _empty_body,
    "middle of a line": _middle,
    "brackets": _brackets,
    "string": _string,
    "comment": _comment,
}
MULTILINE = frozenset({"block", "empty body"})
