"""Holes cut in files, and what a suggestion for one is worth."""

from __future__ import annotations

import pytest

from benches.holes import KINDS, cut
from foretype.evaluation.holes import Hole, Source, why_hopeless
from foretype.evaluation.judging import outcome

TEXT = """\
def add(first, second):
    # Adds the first to the second one, whatever they are.
    print("adding them up", first, second)
    return first + second


def sub(first, second):
    total = first - second
    return total if total else None
"""


def hole(truth: str) -> Hole:
    start = TEXT.index(truth)
    return Hole(Source("a.py", "python", TEXT), "line", start, start + len(truth))


def test_every_kind_of_hole_is_found_and_fills_to_the_file() -> None:
    made = list(cut([Source("a.py", "python", TEXT)], len(KINDS), seed=1))
    assert {each.kind for each in made} == set(KINDS)
    assert all(each.before + each.truth + each.after == TEXT for each in made)


@pytest.mark.parametrize(
    ("truth", "why"),
    [
        ("total = first - second", ""),
        ("\n\n\n", "blank"),
        ("first - second\n    return total if total else None\n", ""),
    ],
)
def test_what_is_hopeless_is_said_beforehand(truth: str, why: str) -> None:
    assert why_hopeless(hole(truth)) == why


def test_a_truth_that_ends_as_the_file_goes_on_is_hopeless() -> None:
    source = Source("a.py", "python", "a = 1\nfoo()\nfoo()\n")
    assert why_hopeless(Hole(source, "line", 6, 11)) == "ends with the line that follows"
    assert why_hopeless(Hole(source, "line", 12, 17)) == "begins with the line before"


@pytest.mark.parametrize(
    ("text", "worth"),
    [
        ("\n    total = first - second\n    return total if total else None", "exact"),
        ("\n    total = first - second  \n    return total if total else None", "exact"),
        ("\n    total = first - second", "beginning"),
        ("\n    total = first", "wrong"),
        ("\n    total = 1", "wrong"),
        (" ", "silent"),
    ],
)
def test_what_a_suggestion_is_worth(text: str, worth: str) -> None:
    missing = hole("\n    total = first - second\n    return total if total else None")
    assert outcome(missing, (text, missing.before + text + missing.after)) == worth


def test_nothing_shown_is_silent() -> None:
    assert outcome(hole("total = first - second"), None) == "silent"
