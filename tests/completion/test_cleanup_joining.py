"""Where a line end was left out it is put back, and nowhere else."""

from __future__ import annotations

import argparse
import dataclasses
import inspect
import random

import pytest
from helpers.cleanup_places import PLACES, streams, surroundings
from helpers.examples import examples
from helpers.marks import cursor as drawn
from hypothesis import given

from foretype.completion.cleanup import CompletionContext, Flow, clean
from foretype.completion.cleanup.joining import begin_new_line
from foretype.completion.complete_text import completion_context
from foretype.completion.context.window import gather
from foretype.core.cursor import Cursor
from foretype.core.text import Document

SPOKEN_FOR = ("python comment", "python docstring", "markdown", "html", "diff", "python middle")
"""Places where a line goes on whatever comes."""


def around(cursor: Cursor, *, own_line: bool = False) -> CompletionContext:
    return completion_context(cursor, gather(cursor, tokens=2000), own_line=own_line)


def joined(text: str, cursor: Cursor, *, own_line: bool = False) -> str:
    return clean(text, around(cursor, own_line=own_line), final=True).text


@pytest.mark.parametrize("module", [argparse, dataclasses, random])
def test_a_line_of_real_code_goes_on_wherever_it_is_cut(module: object) -> None:
    text = inspect.getsource(module)  # type: ignore[arg-type]
    dice, n_tried = random.Random(3), 0
    while n_tried < 300:
        document = Document("file:///a.py", text, "python")
        number = dice.randrange(document.n_lines)
        start, end = document.line_start(number), document.line_end(number)
        at = dice.randint(start, end)
        if not text[start:at].strip() or at == end:
            continue
        n_tried += 1
        rest = text[at:end]
        cursor = Cursor(Document("file:///a.py", text[:at] + text[end:], "python"), at)
        given = begin_new_line(Flow(rest, final=True), around(cursor)).text
        assert given == rest, (text[start:at], rest)


@pytest.mark.parametrize("name", SPOKEN_FOR)
@examples(60)
@given(stream=streams())
def test_a_text_is_left_alone_where_its_line_goes_on(name: str, stream: tuple[str, str]) -> None:
    _, raw = stream
    assert begin_new_line(Flow(raw, final=True), surroundings(PLACES[name])).text == raw


@examples(150)
@given(streams())
def test_a_text_that_begins_with_a_line_end_is_left_alone(stream: tuple[str, str]) -> None:
    name, raw = stream
    given = begin_new_line(Flow(f"\n{raw}", final=True), surroundings(PLACES[name]))
    assert given.text == f"\n{raw}"


def test_behind_a_line_of_foretypes_own_the_next_one_begins() -> None:
    cursor = drawn("def f(beta):\n    alpha = beta‸\n")
    assert joined("compute(alpha)", cursor, own_line=True) == "\n    compute(alpha)"
    assert joined("compute(alpha)", cursor) == "compute(alpha)"


def test_behind_a_line_of_foretypes_own_that_wants_more_it_goes_on() -> None:
    cursor = drawn("def f(beta):\n    return‸\n")
    assert joined(" beta", cursor, own_line=True) == " beta"
