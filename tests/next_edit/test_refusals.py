"""What a model proposes and is refused: a test for each refusal, and for each complaint of users.

The proposed text is the whole document as it would be.
"""

from __future__ import annotations

import pytest
from helpers.next_edits import NextEditEditor
from helpers.next_edits import why_refused as why

from foretype.completion.selection import syntax_check
from foretype.core.text import Document, Edit, difference
from foretype.next_edit.model.candidate import Candidate
from foretype.next_edit.model.refusals import why_refused

SHOP = """\
import os


def total(prices):
    result = sum(prices)
    return result


def report(prices):
    print(total(prices))
    print("done")


def other(values):
    first = values[0]
    second = values[1]
    third = values[2]
    return first + second + third
"""
TOKEN = "AKIA" + "QYLPMN5HFIQR7B4Z"
syntax_check.warm("python")


@pytest.fixture
def editor() -> NextEditEditor:
    """An editor in which a function was renamed."""
    editor = NextEditEditor(SHOP)
    editor.replace("total", "amount")
    return editor


def test_what_follows_from_the_edit_is_let_through(editor: NextEditEditor) -> None:
    assert why(editor, "print(total(prices))", "print(amount(prices))") is None
    assert why(editor, "    result = sum", "    result = abs + sum") is None


def test_a_function_like_the_one_above_is_no_repetition(editor: NextEditEditor) -> None:
    another = "\n\ndef amounts(prices):\n    result = sum(prices)\n    return result\n"
    assert why(editor, BODY, BODY + another) is None


def test_a_stale_one(editor: NextEditEditor) -> None:
    candidate = Candidate(
        now=editor.document,
        edit=Edit(0, 1, "x"),
        document=Document(editor.document.uri, SHOP, "python"),
        window=(0, 100),
        offset=0,
    )
    assert why_refused(candidate) == "the text has changed"


LAST = SHOP[SHOP.index("    first = ") :]
BODY = "    result = sum(prices)\n    return result\n"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("result = sum", "result = sum", "it changes nothing"),
        ("result = sum", "<|code_to_edit|>result = min", "it holds marks or prose"),
        (BODY, f"```python\n{BODY}", "it holds marks or prose"),
        (BODY, "5| result = min(prices)\n6| return 1\n", "it holds marks or prose"),
        (BODY, "    Here is the code that you asked for.\n", "it holds marks or prose"),
        (BODY, f"    # Updated to use the new name\n{BODY}", "it holds marks or prose"),
        (BODY, "    # result = sum(prices)\n    return 1\n", "it holds marks or prose"),
        ("    result = sum", "      result = sum", "it changes only blanks"),
        ("sum(prices)", "sum(prices,)", "it only reformats"),
        ("import os\n", "import os\nimport re\n", "it changes only imports"),
        (LAST, "", "it is too large"),
        (BODY, "".join(f"    step_{n}()\n" for n in range(13)), "it is too large"),
        (BODY, BODY + BODY, "it repeats the lines around it"),
        ("    return result\n", "    return (\n", "it adds a syntax error"),
    ],
)
def test_each_refusal(editor: NextEditEditor, old: str, new: str, reason: str) -> None:
    assert why(editor, old, new) == reason


def test_what_is_outside_of_the_lines_that_the_model_saw(editor: NextEditEditor) -> None:
    assert why(editor, "done", "ready", window=(0, 20)) == (
        "it is outside of what the model was shown"
    )


def test_what_was_dismissed_before(editor: NextEditEditor) -> None:
    rejected = frozenset({("done", "ready")})
    assert why(editor, '"done"', '"ready"', rejected=rejected) == "it was dismissed before"


def test_what_is_masked() -> None:
    def masked(text: str) -> str:
        return text.replace(TOKEN, "MASKED")

    editor = NextEditEditor(SHOP + f'key = "{TOKEN}"\n')
    editor.replace("total", "amount")
    assert why(editor, '"done"', "MASKED") == "it touches a secret"
    assert why(editor, f'"{TOKEN}"', '"x"', masked=masked) == "it touches a secret"


def test_what_contradicts_the_line_that_is_being_typed() -> None:
    editor = NextEditEditor("a = 1\nvalue = \nb = 2\n")
    editor.type(14, "compute(")
    assert why(editor, "value = compute(", "value = compute(a)") is None
    assert why(editor, "value = compute(", "other = compute(a)") == (
        "it contradicts what is being typed"
    )


# Complaints of users about other products, by their numbers in the study.


def test_13_an_edit_that_was_just_made_is_not_undone(editor: NextEditEditor) -> None:
    assert why(editor, "def amount(prices)", "def total(prices)") is not None
    editor.replace("print(total", "print(amount")
    assert why(editor, "print(amount", "print(total") is not None


def test_14_the_new_name_is_not_deleted(editor: NextEditEditor) -> None:
    assert why(editor, "def amount(prices):\n", "") is not None
    assert why(editor, "def amount(", "def (") is not None


def test_15_lines_that_were_just_inserted_are_not_repeated() -> None:
    editor = NextEditEditor(SHOP)
    line = "    checked = validate_all(prices)\n"
    editor.change(Edit(SHOP.index("    result"), SHOP.index("    result"), line))
    assert why(editor, "    result = sum", f"{line}    result = sum") is not None
    assert why(editor, "    return result", f"{line}    return result") is not None


def test_16_the_surroundings_are_not_copied_in_markdown() -> None:
    text = "# Shop\n\nSells things.\n\n- one item of this\n- two items of that\n"
    editor = NextEditEditor(text, "markdown")
    editor.replace("things", "goods")
    copied = "- one item of this\n- two items of that\n- one item of this\n- two items of that\n"
    assert why(editor, "- one item of this\n- two items of that\n", copied) is not None


def test_17_a_function_is_not_deleted(editor: NextEditEditor) -> None:
    at = SHOP.index("def other")
    assert why(editor, SHOP[at:], "") == "it is too large"


def test_18_marks_of_the_prompt_do_not_leak(editor: NextEditEditor) -> None:
    for mark in ("<|cursor|>", "<|user_cursor_is_here|>", "<|editable_region_end|>", "NO_EDIT"):
        assert why(editor, "    return result\n", f"    return 1\n{mark}\n") is not None


def test_19_a_changed_use_renames_nothing() -> None:
    editor = NextEditEditor("log.warn('a')\nlog.warn('b')\nother.warn('c')\nwarn('d')\n")
    editor.replace("log.warn", "log.error")
    editor.replace("log.warn", "log.error")
    assert editor.proposed() is None


def test_20_what_was_undone_is_not_proposed_again() -> None:
    editor = NextEditEditor(SHOP)
    editor.replace("total", "amount")
    assert editor.proposed() is not None
    editor.undo(SHOP)
    assert editor.proposed() is None


def test_the_difference_that_is_judged_is_the_smallest() -> None:
    document = Document("file:///a.py", "a = one\n", "python")
    edit = Edit(0, 8, "a = two\n")
    candidate = Candidate(document, edit, document, (0, 8), 0)
    assert candidate.key == ("one", "two")
    assert difference("a = one\n", "a = two\n") == candidate.smallest
