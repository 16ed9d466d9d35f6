"""A parameter is added or removed: the calls for which the argument is evident follow."""

from __future__ import annotations

import pytest
from helpers.bounded import bounded
from helpers.next_edits import NextEditEditor

SHOP = """\
def total(prices, tax):
    return sum(prices) * tax


def report(prices, tax, rate):
    print(total(prices, tax))
    return total(prices, tax) + len(prices)


print(total([1], 2))
"""


def lines(editor: NextEditEditor) -> list[str]:
    """The lines that are proposed, each accepted in turn."""
    found = []
    for line in bounded(iter(editor.line_after, None)):
        found.append(line)
        editor.accept()
    return found


def test_an_argument_is_added_where_a_variable_of_its_name_is_in_scope() -> None:
    editor = NextEditEditor(SHOP)
    editor.replace("def total(prices, tax)", "def total(prices, tax, rate)")
    assert lines(editor) == [
        "print(total(prices, tax, rate))",
        "return total(prices, tax, rate) + len(prices)",
    ]


def test_an_argument_is_removed_where_a_call_has_too_many() -> None:
    editor = NextEditEditor(SHOP)
    editor.replace("def total(prices, tax)", "def total(prices)")
    assert lines(editor) == [
        "print(total(prices))",
        "return total(prices) + len(prices)",
        "print(total([1]))",
    ]


def test_a_named_argument_is_removed_by_its_name() -> None:
    editor = NextEditEditor("def f(a, b=1):\n    return a\n\n\nf(1, b=2)\nf(b=3, a=1)\n")
    editor.replace("(a, b=1)", "(a)")
    assert lines(editor) == ["f(1)", "f(a=1)"]


def test_what_has_to_be_named_is_added_by_its_name() -> None:
    editor = NextEditEditor("def f(a, *, b):\n    return a\n\n\ndef g(b, c):\n    f(1, b=b)\n")
    editor.replace("*, b", "*, b, c")
    assert lines(editor) == ["f(1, b=b, c=c)"]


def test_calls_of_a_method_are_those_on_the_object_itself() -> None:
    text = (
        "class Shop:\n    def total(self, tax):\n        return tax\n\n"
        "    def report(self, tax):\n        shop.total(1)\n        return self.total(tax)\n"
    )
    editor = NextEditEditor(text)
    editor.replace("def total(self, tax)", "def total(self)")
    assert lines(editor) == ["return self.total()"]


def test_functions_of_scripts() -> None:
    text = (
        "function total(prices) {\n  return 1;\n}\n\nfunction f(tax) {\n  return total([1]);\n}\n"
    )
    editor = NextEditEditor(text, "javascript")
    editor.replace("total(prices)", "total(prices, tax)")
    assert lines(editor) == ["return total([1], tax);"]


@pytest.mark.parametrize(
    ("old", "new", "more"),
    [
        ("tax)", "tax, rate=1)", ""),  # It need not be given.
        ("tax)", "tax, other)", ""),  # No variable has its name.
        ("(prices, tax)", "(tax, prices)", ""),
        ("(prices, tax)", "()", ""),
        ("(prices, tax)", "(prices)", "\nmap(total, [1])\n"),  # Handed on as a value.
        ("(prices, tax)", "(prices)", "\ntotal(*[1, 2])\n"),
        ("(prices, tax)", "(prices)", "\n\ndef total(a, b):\n    return a\n"),
    ],
)
def test_nothing_is_proposed_where_nothing_is_evident(old: str, new: str, more: str) -> None:
    editor = NextEditEditor(SHOP + more)
    editor.replace(old, new)
    assert editor.proposed() is None


def test_a_setter_beside_a_getter_is_no_call_of_it() -> None:
    text = (
        "class A {\n  set size(value) {\n    this.s = value;\n  }\n\n"
        "  get size(value) {\n    return this.s;\n  }\n}\n"
    )
    editor = NextEditEditor(text, "javascript")
    editor.replace("get size(value)", "get size()")
    assert editor.proposed() is None
