"""What real code says is left as it is, and a stream ends soon after it has been said.

Holes are cut in modules of the standard library, the same ones each time.
"""

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

import pytest
from helpers.cleanup_places import PLACES, streams, surroundings
from helpers.examples import examples
from hypothesis import example, given

from foretype.completion.cleanup.marks import ENDS
from foretype.completion.cleanup.reasoning import TAGS
from foretype.completion.complete_text import complete_text
from foretype.completion.context.prompt import MARK
from foretype.core.cursor import Cursor
from foretype.core.text import Document
from foretype.settings.schema import CompletionSettings

MODULES: tuple[ModuleType, ...] = (
    argparse, dataclasses, difflib, heapq, inspect, json.decoder, random, textwrap,
)  # fmt: skip
KINDS = ("rest", "line", "block", "middle", "brackets", "string", "comment")
N_HOLES = 160
SINGLE_LINE = CompletionSettings(multiline="single")


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
        or any(tag in hole.truth for pair in TAGS for tag in pair)
    )


def test_the_truth_of_real_holes_is_left_as_it_is() -> None:
    n_whole, tried = 0, list(holes())
    for hole in tried:
        shown = complete_text(hole.truth, hole.cursor).shaped.text
        assert hole.truth.startswith(shown) and shown, (hole.cursor.before, hole.truth, shown)
        rest = hole.truth[len(shown) :]
        assert not rest.strip() or rest.lstrip(" ").startswith("\n"), (hole.truth, shown)
        n_whole += not rest.strip()
    assert n_whole >= 0.97 * len(tried)


def test_what_follows_a_line_is_left_as_deep_and_as_far_below_as_it_is() -> None:
    dice = random.Random(4)
    for _ in range(400):
        module = dice.choice(MODULES)
        text = inspect.getsource(module)
        document = Document(f"file:///{module.__name__}.py", text, "python")
        number = dice.randrange(3, document.n_lines - 8)
        start = document.line_end(number)
        end = document.line_end(number + dice.randint(1, 7))
        if not document.line(number).strip() or not text[start:end].strip():
            continue
        left, truth = text[:start] + text[end:], text[start:end]
        cursor = Cursor(Document(document.uri, left, "python"), start)
        said = complete_text(truth, cursor).cleaned
        assert truth.startswith(said.rstrip()), (cursor.before, truth, said)


def tokens(text: str) -> list[str]:
    """Pieces as a model gives them: a word with the blank before it, a sign, a line end."""
    return re.findall(r" ?\w+|\n+ *|[^\w\n]", text)


def test_a_single_line_ends_the_stream_within_two_tokens_of_its_end() -> None:
    late, tried = 0, 0
    for hole in holes():
        if "\n" in hole.truth:
            continue
        said = ""
        ends_at = len(hole.truth + hole.cursor.after) if hole.cursor.after else len(hole.truth)
        n_beyond = 0
        for token in tokens(hole.truth + hole.after[:400]):
            said += token
            n_beyond += len(said) > ends_at
            if complete_text(said, hole.cursor, SINGLE_LINE, final=False).done:
                break
        tried += 1
        late += n_beyond > 2
    assert tried > 100
    assert late <= 0.1 * tried


def test_at_a_line_end_no_stream_runs_past_its_paragraph() -> None:
    for hole in holes():
        if hole.kind != "block" or hole.truth.count('"""') % 2:
            continue
        # What follows at the margin is another matter.
        beyond = f"{hole.truth}\n\n\ndef another_one():\n    return None\n"
        said = ""
        for token in tokens(beyond):
            said += token
            now = complete_text(said, hole.cursor, final=False)
            assert "another" not in now.cleaned, (hole.truth, now.cleaned)
            if now.done:
                break


CODE_PLACES = sorted(name for name, cursor in PLACES.items() if not surroundings(cursor).is_prose)
"""Places where neither the language nor a string or comment holds such a thing."""


@pytest.mark.parametrize("name", CODE_PLACES)
@examples(60)
@given(stream=streams())
@example(stream=("c", "x = ```python\n"))
def test_no_fence_mark_or_thought_is_ever_inserted(name: str, stream: tuple[str, str]) -> None:
    _, raw = stream
    cursor = PLACES[name]
    text = complete_text(raw, cursor).shaped.text
    assert not re.search(r"^\s*(```|~~~)", text, re.MULTILINE), (raw, text)
    assert not any(mark in text for mark in (*ENDS, MARK)), (raw, text)
    lowered = text.lower()
    assert not any(tag.lower() in lowered for pair in TAGS for tag in pair), (raw, text)
