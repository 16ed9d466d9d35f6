"""What models make of the text they mean: each habit does what its name says."""

from __future__ import annotations

import pytest

from foretype.upstream.answer import make_answer
from foretype.upstream.habits import HABITS, SILENT, IntendedText
from foretype.upstream.question import read
from foretype.upstream.script import Script

BEFORE = "def add(a, b):\n    total = a\n    return ("
AFTER = ")\n\n\ndef other():\n    pass\n"
MEANT = IntendedText(text="total + b", before=BEFORE, after=AFTER)

SAID = {
    "exact": "total + b",
    "fenced": "```\ntotal + b\n```",
    "echoes_line": "    return (total + b",
    "echoes_lines": "def add(a, b):\n    total = a\n    return (total + b",
    "adds_indent": "total + b",
    "keeps_mark": "<|cursor|>total + b<|cursor|>",
    "trailing_blanks": "total + b  \n\n  \n",
    "whole_function": "def add(a, b):\n    total = a\n    return (total + b)\n\n\n",
    "nothing": "",
    "cut": "total + b)\n\n\ndef other():\n    ",
    "doubles_closers": "total + b)",
    "numbered": "3:     return (total + b",
    "diff_marks": "+    return (total + b",
}


@pytest.mark.parametrize("name", SAID)
def test_a_habit_changes_the_text_as_its_name_says(name: str) -> None:
    assert HABITS[name].says(MEANT) == SAID[name]


def test_indentation_is_stripped_and_changed() -> None:
    at_line_start = IntendedText(text="    return a\n    return b", before="def f():\n", after="\n")
    assert HABITS["strips_indent"].says(at_line_start) == "return a\n    return b"
    assert HABITS["tabs_for_spaces"].says(at_line_start) == "\treturn a\n\treturn b"
    assert HABITS["spaces_for_tabs"].says(IntendedText(text="a\n\tb")) == "a\n    b"
    two = IntendedText(text="  return a", before="def f()\n  b\n  c\n", after="\n")
    assert HABITS["tabs_for_spaces"].says(two) == "\treturn a"
    behind = IntendedText(text="return a", before="def f():\n    ")
    assert HABITS["adds_indent"].says(behind) == "    return a"
    assert HABITS["cut"].says(at_line_start) == "    return a\n    re"
    assert HABITS["crlf"].says(at_line_start) == "    return a\r\n    return b"


def test_a_line_end_is_left_out_only_where_the_text_begins_with_one() -> None:
    says = HABITS["strips_line_end"].says
    assert says(IntendedText(text="\n    return a\n    b", before="def f():")) == "return a\n    b"
    assert says(IntendedText(text="return a\n    b", before="def f():\n    ")) == "return a\n    b"


@pytest.mark.parametrize("name", sorted(HABITS))
def test_every_habit_says_the_truth_or_a_part_of_it_but_the_silent_ones(name: str) -> None:
    body = {"messages": [{"role": "user", "content": f"{BEFORE}<|cursor|>"}], "stream": True}
    truth = {"a.py": BEFORE + MEANT.text + AFTER}
    ends = {"a.py": len(BEFORE + MEANT.text)}
    said = make_answer(read("chat", body), Script(truth=truth, ends=ends, habit=name))
    assert ("total" in said.text) is (name not in SILENT)


def test_a_habit_may_change_how_it_is_said() -> None:
    question = read("chat", {"messages": [{"role": "user", "content": "x<|cursor_7|>"}]})
    assert make_answer(question, Script(text="ab", habit="characters")).pieces == ("a", "b")
    assert make_answer(question, Script(text="ab", habit="cut")).finish == "length"
    assert make_answer(question, Script(text="ab", habit="reasons")).n_reasoning > 0
    assert make_answer(question, Script(text="ab", habit="thinks")).text.startswith("<think>")
    assert make_answer(question, Script(text="ab", habit="keeps_mark")).text.startswith(
        "<|cursor_7|>ab"
    )
