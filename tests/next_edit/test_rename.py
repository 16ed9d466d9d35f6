"""A declaration was renamed: its uses follow."""

from __future__ import annotations

import pytest
from helpers.next_edits import NextEditEditor

SHOP = """\
def total(prices):
    result = sum(prices)
    return result


def report(prices):
    print(total(prices))
    return total(prices) + total([])
"""


def test_a_renamed_function_is_renamed_where_it_is_called_line_by_line() -> None:
    editor = NextEditEditor(SHOP)
    editor.replace("total", "amount")
    assert editor.line_after() == "print(amount(prices))"
    found = editor.proposed()
    assert found is not None
    assert (found.label, found.n_more) == ("rename total to amount", 1)
    editor.accept()
    assert editor.line_after() == "return amount(prices) + amount([])"
    editor.accept()
    assert editor.proposed() is None
    assert editor.text == SHOP.replace("total", "amount")


def test_a_local_name_is_renamed_in_its_function_alone() -> None:
    editor = NextEditEditor("def f():\n    x1 = 1\n    return x1\n\n\ndef g():\n    return x1\n")
    editor.replace("x1", "first")
    assert editor.line_after() == "return first"
    editor.accept()
    assert editor.proposed() is None


def test_a_parameter_is_renamed_in_the_body() -> None:
    editor = NextEditEditor(SHOP)
    editor.replace("prices", "costs")
    assert editor.line_after() == "result = sum(costs)"


def test_a_name_typed_key_by_key_is_renamed_once() -> None:
    editor = NextEditEditor(SHOP)
    editor.replace("total", "")
    editor.type(4, "amount")
    assert editor.line_after() == "print(amount(prices))"


@pytest.mark.parametrize(
    ("text", "old", "new", "nth"),
    [
        pytest.param(SHOP, "total", "amount", 1, id="a use was changed"),
        pytest.param(
            SHOP + "\ndef total():\n    pass\n", "total", "amount", 0, id="declared twice"
        ),
        pytest.param(SHOP + "\namount = 3\n", "total", "amount", 0, id="the new name was there"),
        pytest.param("def f():\n    pass\n# f stays\n", "f", "gg", 0, id="only in a comment"),
        pytest.param(
            "def ff(key):\n    return dict(key=1)\n", "key", "name", 0, id="an argument's name"
        ),
        pytest.param("x1 = 1\nx1 = 2\nprint(x1)\n", "x1", "y1", 0, id="assigned again"),
        pytest.param(
            "x1, y = 1, 2\nprint(x1)\nx1, y = 2, 3\n", "x1", "z1", 0, id="several targets"
        ),
        pytest.param(
            "def f(line: Line) -> str:\n    return line.text\n",
            "line: Line",
            "rhs: Side",
            0,
            id="its type was changed with it",
        ),
    ],
)
def test_nothing_is_renamed_where(text: str, old: str, new: str, nth: int) -> None:
    editor = NextEditEditor(text)
    editor.replace(old, new, nth)
    assert editor.proposed() is None


def test_an_attribute_is_renamed_on_the_object_itself_alone() -> None:
    text = (
        "class Shop:\n    def open(self):\n        self.key = 1\n\n    def run(self):\n"
        "        use(self.key)\n        key('file')\n        other.key()\n"
    )
    editor = NextEditEditor(text)
    editor.replace("key", "lock")
    assert editor.line_after() == "use(self.lock)"
    editor.accept()
    assert editor.proposed() is None


def test_a_constant_is_renamed_in_typescript() -> None:
    editor = NextEditEditor(
        "const limit = 3;\nfunction f(a: number) {\n  return a > limit;\n}\n", "typescript"
    )
    editor.replace("limit", "most")
    assert editor.line_after() == "return a > most;"
