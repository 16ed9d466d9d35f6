"""Continuing a true text from wherever the cursor stands in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretype.upstream import Script, tokenizer, truth

FILE = """\
import os

def first(path):
    name = os.path.basename(path)
    return name

def second(path):
    name = os.path.basename(path)
    return name.upper()
"""


def said(before: str, **changes: object) -> str | None:
    script = Script().changed(changes)
    found = truth.find(before, {"a.py": FILE})
    return truth.continuation(found, script) if found else None


@pytest.mark.parametrize(
    ("before", "follows"),
    [
        ("import os\n\ndef first(path):\n    name", " = os.path.basename(path)\n    return name"),
        ("def second(path):\n    name = os.path.basename(path)\n    return name", ".upper()\n"),
        ("", "import os"),
        ("Continue the text:\nimp", "ort os"),
        ("    return name\n", "\ndef second(path):\n    name = os.path.basename(path)\n"),
    ],
)
def test_goes_on_from_the_cursor_to_a_blank_line(before: str, follows: str) -> None:
    got = said(before)
    assert got is not None and got.startswith(follows.rstrip("\n"))
    assert "\n\n" not in got.lstrip("\n")


def test_a_longer_agreement_wins() -> None:
    before = FILE[: FILE.rindex("    return name")]
    assert said("# some prompt\n" + before) == "    return name.upper()\n"


def test_a_mistyped_character_stands_for_the_right_one() -> None:
    before = FILE[: FILE.index("basename")] + "bax"
    assert said(before) == "ename(path)\n    return name"


def test_an_unknown_place_is_not_found() -> None:
    assert said("this text is nowhere in the file at all, not one bit") is None


def test_a_place_that_the_script_names_is_not_looked_for() -> None:
    second = FILE.rindex("name = ")
    before = "Before the cursor:\n" + FILE[:second]
    script = Script(truth={"a.py": FILE}, starts={"a.py": second})
    assert truth.named(before, script) == truth.find(before, script.truth)
    at_beginning = Script(truth={"a.py": FILE}, starts={"a.py": 0}, ends={"a.py": 9})
    found = truth.named("Before the cursor:\n", at_beginning)
    assert found and truth.continuation(found, at_beginning) == "import os"


def test_a_place_that_the_script_names_and_the_prompt_does_not_show_is_none() -> None:
    script = Script(truth={"a.py": FILE}, starts={"a.py": FILE.rindex("name = ")})
    assert truth.named("another text", script) is None
    assert truth.named(FILE, Script(truth={"a.py": FILE})) is None


def test_stops_after_lines_and_tokens() -> None:
    assert said("def first(path):\n", max_lines=1) == "    name = os.path.basename(path)"
    assert said("def first(path):", most_tokens=2) == "\n    name"
    assert said("def first(path):", ends={"a.py": FILE.index(" = os")}) == "\n    name"


def test_a_wrong_word_ends_it_and_is_right_once_begun() -> None:
    script = Script(wrong_words=1.0)
    found = truth.find("def first(path):\n    name = ", {"a.py": FILE})
    assert found
    wrong = truth.continuation(found, script)
    assert wrong and not "os.path".startswith(wrong[0])
    begun = truth.find("def first(path):\n    name = o", {"a.py": FILE})
    assert begun
    assert truth.continuation(begun, script).startswith("s.")


def test_wrong_words_come_in_their_share() -> None:
    wrong = sum(truth.is_wrong("a.py", offset, 0.12, Script()) for offset in range(10_000))
    assert 1100 < wrong < 1300


def test_a_wrong_line_ends_it_and_is_right_once_begun() -> None:
    script = Script(wrong_lines=1.0)
    before = "def first(path):\n    "
    found = truth.find(before, {"a.py": FILE})
    assert found
    wrong = truth.continuation(found, script)
    assert wrong.endswith("\n") and not FILE.startswith(before + wrong[0])
    begun = truth.find(before + "n", {"a.py": FILE})
    assert begun
    right, end, wrong = truth.continuation(begun, script).partition("\n")
    assert right == "ame = os.path.basename(path)" and end
    assert before + "n" + right + end + wrong not in FILE


@given(st.text())
def test_tokens_joined_are_the_text(text: str) -> None:
    assert "".join(tokenizer.split(text)) == text


def test_a_token_is_about_four_characters() -> None:
    assert 2.5 < len(FILE) / len(tokenizer.split(FILE)) < 5.5
