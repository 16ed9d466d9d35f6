"""Cases with a history in which the next edit is none: finished, reverted, pasted, in comments."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from helpers.next_edits import NextEditEditor

PYTHON = """\
def total(prices, tax):
    # total of the prices
    result = sum(prices) * tax
    log.warn("total", result)
    return result


class Shop:
    def __init__(self, name):
        self.name = name

    def open(self):
        log.warn("open", self.name)
        return total([1], tax=2)


print(total([1, 2], 3))
print(total([3], tax=4))
log.warn("done", 1)
"""
SCRIPT = """\
import { join } from "path";

const limit = 3;

function large(items, size) {
  // size of the items
  const found = items.filter((item) => item.length > size);
  console.log("large", found);
  return found;
}

class Store {
  open() {
    console.log("open", this.name);
    return large([], limit);
  }
}

console.log("done", limit);
console.log("end", { limit, size: 2 });
"""
History = Callable[[NextEditEditor], None]


def done(old: str, new: str) -> History:
    """Every place is changed already, one after the other."""

    def edit(editor: NextEditEditor) -> None:
        while old in editor.text:
            editor.replace(old, new)

    return edit


def once(old: str, new: str, nth: int = 0) -> History:
    return lambda editor: editor.replace(old, new, nth)


def reverted(old: str, new: str, nth: int = 0) -> History:
    """Changed, and taken back in one step."""

    def edit(editor: NextEditEditor) -> None:
        before = editor.text
        editor.replace(old, new, nth)
        editor.undo(before)

    return edit


def taken_back(old: str, new: str) -> History:
    """The first change was accepted elsewhere, then all of it was undone step by step."""

    def edit(editor: NextEditEditor) -> None:
        states = [editor.text]
        editor.replace(old, new)
        states.append(editor.text)
        if editor.proposed() is not None:
            editor.accept()
        for state in reversed(states):
            editor.undo(state)

    return edit


def pasted(text: str) -> History:
    """A block is inserted at the end."""
    from foretype.core.text import Edit

    return lambda editor: editor.change(Edit(len(editor.text), len(editor.text), text))


def formatted(old: str, new: str) -> History:
    return lambda editor: editor.undo(editor.text.replace(old, new))


CASES: list[tuple[str, str, History]] = [
    # Finished: nothing is left to do.
    ("python", PYTHON, done("total", "amount")),
    ("python", PYTHON, done("result", "outcome")),
    ("python", PYTHON, done("log.warn", "log.error")),
    ("python", PYTHON, done("tax", "rate")),
    ("python", PYTHON, done("Shop", "Market")),
    ("javascript", SCRIPT, done("limit", "most")),
    ("javascript", SCRIPT, done("large", "big")),
    ("javascript", SCRIPT, done("console.log", "console.warn")),
    ("javascript", SCRIPT, done("found", "hits")),
    # Reverted: the old text is wanted.
    ("python", PYTHON, reverted("total", "amount")),
    ("python", PYTHON, reverted("result", "outcome")),
    ("python", PYTHON, reverted("prices", "costs")),
    ("javascript", SCRIPT, reverted("limit", "most")),
    ("javascript", SCRIPT, reverted("large", "big")),
    ("python", PYTHON, taken_back("total", "amount")),
    ("python", PYTHON, taken_back("result", "outcome")),
    ("javascript", SCRIPT, taken_back("limit", "most")),
    ("javascript", SCRIPT, taken_back("found", "hits")),
    # Only a use was changed: it may mean another name.
    ("python", PYTHON, once("total([1]", "amount([1]")),
    ("python", PYTHON, once("sum(prices)", "sum(costs)")),
    ("python", PYTHON, once("log.warn", "log.error")),
    ("python", PYTHON, once("self.name)", "self.title)")),
    ("javascript", SCRIPT, once("console.log", "console.warn")),
    ("javascript", SCRIPT, once("> size", "> length")),
    # In comments and strings.
    ("python", PYTHON, once("# total", "# amount")),
    ("python", PYTHON, once('"total"', '"amount"')),
    ("python", PYTHON, once("the prices", "all prices")),
    ("javascript", SCRIPT, once("// size", "// length")),
    ("javascript", SCRIPT, once('"large"', '"big"')),
    ("javascript", SCRIPT, once('"path"', '"node:path"')),
    # Pasted and formatted.
    ("python", PYTHON, pasted("def total(a):\n    return a\n" * 5)),
    ("python", PYTHON, pasted("log.error('x', 1)\n" * 9)),
    ("javascript", SCRIPT, pasted("const most = 3;\n" * 20)),
    ("python", PYTHON, formatted("    ", "  ")),
    ("python", PYTHON, formatted('"', "'")),
    ("javascript", SCRIPT, formatted("  ", "\t")),
    ("javascript", SCRIPT, formatted(";", "")),
    # Something else than a rename.
    ("python", PYTHON, once("result = sum", "result = max")),
    ("python", PYTHON, once("def total(prices, tax)", "def total(prices, tax, rest)")),
    ("python", PYTHON, once("self.name = name", "self.name = name.strip()")),
    ("javascript", SCRIPT, once("const limit = 3", "const limit = 4")),
    ("javascript", SCRIPT, once("return found", "return found.length")),
    ("javascript", SCRIPT, once("import { join }", "import { join, sep }")),
]


@pytest.mark.parametrize("number", range(len(CASES)))
def test_nothing_is_proposed(number: int) -> None:
    language, text, history = CASES[number]
    editor = NextEditEditor(text, language)
    history(editor)
    assert editor.proposed() is None


def test_an_edit_that_was_undone_is_not_proposed_again() -> None:
    editor = NextEditEditor(PYTHON)
    editor.replace("total", "amount")
    before = editor.text
    editor.accept()
    accepted = editor.document.line_of(editor.offset)
    editor.undo(before)
    found = editor.proposed()
    assert found is None or found.document.line_of(found.edit.start) != accepted
