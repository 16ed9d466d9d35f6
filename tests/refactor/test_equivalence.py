"""Answers that change more than the comments, types or local names that were asked for."""

from __future__ import annotations

import pytest
from helpers.verdicts import faults

from foretype.languages import refactor_traits as languages
from foretype.languages.grammars import n_errors
from foretype.refactor.actions.catalogue import BY_NAME

TOTAL = """\
def total(prices, rate=1):
    t = 0
    for p in prices:
        t += p * rate
    return round(t)
"""
CHANGED = "the code itself was changed, where only"
TYPED = TOTAL.replace("prices, rate=1):", "prices: list[float], rate: float = 1) -> int:")


def check(new: str, action: str, old: str = TOTAL) -> list[str]:
    return faults(old, 0, len(old), new, languages.of_id("python"), BY_NAME[action])


@pytest.mark.parametrize(
    ("new", "fine"),
    [
        (TYPED, True),
        (TYPED.replace("t = 0", "t: float = 0"), True),
        (TYPED.replace("t = 0", "t: float\n    t = 0"), True),
        (f"from typing import Any\n\n{TYPED}", True),
        (f"Prices = list[float]\n\n{TYPED}", True),
        (f"class Row(Protocol):\n    price: float\n\n{TYPED}", True),
        (f"if TYPE_CHECKING:\n    from a import B\n\n{TYPED}", True),
        (TYPED.replace("round(t)", "cast(int, round(t))"), True),
        (TYPED.replace("round(t)", "t"), False),
        (TYPED.replace("rate: float = 1", "rate: float = 2"), False),
        (TYPED.replace("t = 0", "t = 0.0"), False),
    ],
)
def test_where_types_are_asked_for_the_code_stays(new: str, fine: bool) -> None:
    said = check(new, "type-hints")
    assert said == (
        [] if fine else ["the code itself was changed, where only types were asked for"]
    )


NAMED = TOTAL.replace("t =", "total =").replace("t +=", "total +=").replace("(t)", "(total)")


@pytest.mark.parametrize(
    ("new", "fine"),
    [
        (NAMED, True),
        (NAMED.replace("p in", "price in").replace("p *", "price *"), True),
        (NAMED.replace("    total = 0", '    """It is."""\n    total = 0'), True),
        (NAMED.replace("prices", "amounts"), False),
        (NAMED.replace("rate", "factor"), False),
        (NAMED.replace("round", "rounded"), False),
        (NAMED.replace("+=", "-="), False),
    ],
)
def test_where_names_are_asked_for_all_else_stays(new: str, fine: bool) -> None:
    said = check(new, "rename")
    assert said == (
        [] if fine else ["the code itself was changed, where only names were asked for"]
    )


def test_functions_within_and_caught_errors_may_be_named_anew() -> None:
    old = (
        "def f(a):\n    def g(x):\n        return x\n    try:\n        g(a)\n"
        "    except E as e:\n        h(e)"
    )
    new = old.replace("g(", "same(").replace(" e:", " error:").replace("(e)", "(error)")
    assert check(new, "rename", old) == []
    assert check(new.replace("h(", "handle("), "rename", old) != []


def test_types_and_names_are_not_told_apart_in_other_languages() -> None:
    old, new = "function f(a) {\n  let b = a;\n}", "function f(a) {\n  let copy = a;\n}"
    row = BY_NAME["rename"]
    assert faults(old, 0, len(old), new, languages.of_id("javascript"), row) == []


GENERIC = TOTAL.replace(
    "total(prices, rate=1):", "total[T: float](prices: list[T], rate=1) -> int:"
)
NESTED = 'def show(row):\n    return f"{row["name"]}: {row["price"]}"\n'


@pytest.mark.skipif(n_errors("", "Python") is None, reason="needs the grammar")
@pytest.mark.parametrize(
    ("action", "old", "new", "fine"),
    [
        ("type-hints", TOTAL, GENERIC, True),
        ("type-hints", TOTAL, f"type Price = float\n\n{GENERIC}", True),
        ("type-hints", TOTAL, GENERIC.replace("+=", "-="), False),
        ("type-hints", TOTAL, GENERIC.replace("round(t)", "t"), False),
        ("type-hints", NESTED, NESTED.replace("row)", "row: dict[str, str]) -> str"), True),
        ("type-hints", NESTED, NESTED.replace('"name"', '"id"'), False),
        ("type-hints", NESTED, NESTED.replace(": {", "; {"), False),
        ("docstrings", GENERIC, GENERIC.replace("    t = 0", '    """Add."""\n    t = 0'), True),
        ("docstrings", GENERIC, GENERIC.replace("t = 0", "t = 1"), False),
    ],
)
def test_newer_syntax_than_this_python_reads_is_compared_too(
    action: str, old: str, new: str, fine: bool
) -> None:
    assert (check(new, action, old) == []) is fine
