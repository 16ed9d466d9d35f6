"""How far a stream ran beyond what was needed, from the upstream's record of it."""

from __future__ import annotations

from typing import Any

import pytest

from benches.stream_endings import report, stopped
from foretype.evaluation.holes import Hole, Source
from foretype.upstream import tokenizer

TEXT = "def add(first, second):\n    total = first + second\n    return total\n"


def hole(truth: str) -> Hole:
    start = TEXT.index(truth)
    return Hole(Source("a.py", "python", TEXT), "line", start, start + len(truth))


def record(sent: int, said: str = "") -> dict[str, Any]:
    return {"sent": sent, "said": said}


@pytest.mark.parametrize(
    ("truth", "multiline", "where", "needed"),
    [
        ("first + second", "auto", "at a line's end, or before closers", "first + second"),
        ("first, second", "auto", "at a line's end, or before closers", "first, second"),
        ("total = first", "auto", "in the middle of a line", "total = first + second"),
        ("first + second", "single", "with `single`", "first + second"),
    ],
)
def test_a_stream_is_counted_from_where_its_line_ends(
    truth: str, multiline: str, where: str, needed: str
) -> None:
    n = len(tokenizer.split(needed))
    found = stopped(hole(truth), multiline, record(n + 3))
    assert (found.where, found.beyond) == (where, 3)


def test_what_stands_in_no_file_is_noticed() -> None:
    found = stopped(hole("first + second"), "auto", record(40, "def another_one():\n"))
    assert found.ran_past


def test_the_table_has_a_row_for_each_place() -> None:
    ended = [stopped(hole("first + second"), each, record(6)) for each in ("auto", "single")]
    assert [line.count("|") for line in report(ended).split("\n")] == [7] * 4
