"""The same change was made twice: it follows elsewhere."""

from __future__ import annotations

import pytest
from helpers.next_edits import NextEditEditor

LOGS = """\
log.warn("one")
log.warn("two")
other.warn("three")
log.warn("four")
"""


def test_a_change_made_twice_is_proposed_where_the_same_tokens_stand_around_it() -> None:
    editor = NextEditEditor(LOGS)
    editor.replace("log.warn", "log.error")
    assert editor.proposed() is None
    editor.replace("log.warn", "log.error")
    assert editor.line_after() == 'log.error("four")'
    editor.accept()
    assert editor.proposed() is None


def test_three_places_have_to_agree_where_the_same_was_left_behind() -> None:
    """Who has passed it by decides from case to case."""
    editor = NextEditEditor("stop(log.warn)\nstart(log.warn)\n" + 4 * "log.warn(x)\n")
    for _ in range(3):
        assert editor.proposed() is None
        editor.replace("\nlog.warn", "\nlog.error")
    assert editor.line_after() == "log.error(x)"


def test_operators_count_among_what_was_left_behind() -> None:
    editor = NextEditEditor("stop(a==b)\nstart(c==d)\n" + 4 * "run(a == b)\n")
    for _ in range(3):
        assert editor.proposed() is None
        editor.replace("run(a ==", "run(a !=")
    assert editor.line_after() == "run(a != b)"


def test_a_longer_operator_is_another_one() -> None:
    editor = NextEditEditor("stop(a===b)\nstart(a===b)\n" + 3 * "run(a = b)\n", "javascript")
    editor.replace("run(a =", "run(a +=")
    editor.replace("run(a =", "run(a +=")
    assert editor.line_after() == "run(a += b)"


def test_two_places_are_enough_upwards_too_where_nothing_was_left_behind() -> None:
    editor = NextEditEditor("stop(log.warn)\nstart(log.warn)\n" + 4 * "log.warn(x)\n")
    editor.replace("log.warn(x)", "log.error(x)", 3)
    editor.replace("log.warn(x)", "log.error(x)", 2)
    assert editor.line_after() == "log.error(x)"


def test_an_insertion_is_proposed_after_the_third_and_keeps_the_blanks_around_it() -> None:
    editor = NextEditEditor("run(a, 1)\nrun(a, 1)\nrun(a, 1)\nrun(a, 1)\n")
    editor.replace(", 1)", ", 1, safe=True)")
    editor.replace(", 1)", ", 1, safe=True)")
    assert editor.proposed() is None
    editor.replace(", 1)", ", 1, safe=True)")
    assert editor.line_after() == "run(a, 1, safe=True)"


@pytest.mark.parametrize(
    ("text", "edits"),
    [
        pytest.param("a = 1\nb = 1\nc = 1\n", ["1", "1"], id="too little stands around it"),
        pytest.param(
            "go.run(1)\ngo.run(1)\ngo.run(1)\ngo.run(1)\n",
            ["run(1)", "", "run(1)"],
            id="one skipped",
        ),
        pytest.param(
            '# log.warn("a")\n# log.warn("b")\nlog.warn("c")\n', ["log.warn"] * 2, id="in comments"
        ),
    ],
)
def test_nothing_is_repeated_where(text: str, edits: list[str]) -> None:
    editor = NextEditEditor(text)
    nth = 0
    for old in edits:
        if not old:
            nth += 1
            continue
        editor.replace(old, old.replace("1", "2").replace("warn", "error"), nth)
    assert editor.proposed() is None


def test_a_local_name_is_not_repeated_where_it_is_not_bound() -> None:
    text = (
        "def f(conn):\n    use(this.config)\n    use(this.config)\n    use(this.config)\n\n\n"
        "def g():\n    use(this.config)\n"
    )
    editor = NextEditEditor(text)
    editor.replace("use(this", "use(conn")
    editor.replace("use(this", "use(conn")
    assert editor.line_after() == "use(conn.config)"
    editor.accept()
    assert editor.proposed() is None
