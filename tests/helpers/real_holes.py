"""Holes cut in the standard library's own code."""

from __future__ import annotations

import argparse
import dataclasses
import difflib
import heapq
import inspect
import json.decoder
import random
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

from foretype.core.cursor import Cursor
from foretype.core.text import Document

KINDS = ("rest", "line", "block", "middle", "brackets", "string", "comment")


N_HOLES = 160


@dataclass(frozen=True)
class Hole:
    """``truth`` is missing at ``place``."""

    kind: str
    cursor: Cursor
    truth: str

    @property
    def after(self) -> str:
        return self.cursor.document.text[self.cursor.offset :]


def holes() -> Iterator[Hole]:
    dice = random.Random(2)
    found = 0
    while found < N_HOLES:
        module = dice.choice(MODULES)
        text = inspect.getsource(module)
        kind = KINDS[found % len(KINDS)]
        span = cut(text, kind, dice)
        if span is None:
            continue
        start, end = span
        document = Document(f"file:///{module.__name__}.py", text[:start] + text[end:], "python")
        hole = Hole(kind, Cursor(document, start), text[start:end])
        if described_by_a_rule(hole):
            continue
        found += 1
        yield hole


def cut(text: str, kind: str, dice: random.Random) -> tuple[int, int] | None:
    """A span of a kind, by chance; None where the line that was met has none."""
    document = Document("", text)
    number = dice.randrange(3, document.n_lines - 3)
    line, start = document.line(number), document.line_start(number)
    indent = len(line) - len(line.lstrip())
    if len(line.strip()) < 4:
        return None
    if kind == "line":
        return start + indent, start + len(line)
    if kind == "block":
        if not re.search(r"[:{]$", line):
            return None
        below = number + 1
        while below < document.n_lines and len(document.line(below)) > indent:
            deeper = document.line(below)
            if not deeper.strip() or len(deeper) - len(deeper.lstrip()) <= indent:
                break
            below += 1
        body = text[document.line_start(number + 1) : document.line_end(below - 1)]
        begin = document.line_start(number + 1) + len(body) - len(body.lstrip(" "))
        return (begin, document.line_end(below - 1)) if number + 1 < below < number + 14 else None
    patterns = {
        "rest": r"(?<=[\s(\[,.=:])\w.*$",
        "middle": r"\b\w[\w.]{3,}(?=.*\w)",
        "brackets": r"(?<=\()[^()]{3,}(?=\))",
        "string": r"(?<=\")[^\"]{4,}(?=\")|(?<=')[^']{4,}(?=')",
        "comment": r"(?<=# )\w.{8,}$",
    }
    spans = [m.span() for m in re.finditer(patterns[kind], line) if m.start() > indent]
    if not spans:
        return None
    begin, end = dice.choice(spans)
    return start + begin, start + end


def tokens(text: str) -> list[str]:
    """Pieces as a model gives them: a word with the blank before it, a sign, a line end."""
    return re.findall(r" ?\w+|\n+ *|[^\w\n]", text)


MODULES: tuple[ModuleType, ...] = (
    argparse, dataclasses, difflib, heapq, inspect, json.decoder, random, textwrap,
)  # fmt: skip


def described_by_a_rule(hole: Hole) -> bool:
    """Whether the truth is what a named rule takes away, or more than is ever shown at once."""
    cursor, lines = hole.cursor, hole.truth.split("\n")
    number = cursor.document.line_of(cursor.offset)
    below = cursor.document.line(number + 1).strip()
    above = cursor.document.line(number - 1).strip()
    whole = (cursor.before + lines[0] + cursor.after).strip()
    return (
        not hole.truth.strip()
        or lines[-1].strip() == below
        or (len(lines) == 1 and whole in {above, below})
        or any(line.lstrip().startswith("```") for line in lines)
        or re.search(r"</?think", hole.truth) is not None
    )
