"""A rewritten window as it arrives: an edit is certain once the answer agrees with the text."""

from __future__ import annotations

import pytest

from foretype.next_edit.model.answer_reader import AnswerReader, Hunk

WINDOW = ["def f(a):", "    x = a", "", "    y = x + 1", "    print(y)", "    return y"]


def read(answer: str, window: list[str] = WINDOW) -> tuple[tuple[Hunk, ...], str]:
    """The edits of an answer, and what of it was not read any more."""
    reader = AnswerReader(window)
    for at, char in enumerate(answer):
        if reader.feed(char):
            return reader.finish(), answer[at + 1 :]
    return reader.finish(), ""


@pytest.mark.parametrize(
    ("hunk", "unread"),
    [
        (Hunk(1, 2, ("    z = a",)), "    print(y)\n    return y\n"),
        (Hunk(0, 1, ("def f(a, b):",)), "\n    y = x + 1\n    print(y)\n    return y\n"),
        (Hunk(3, 3, ("    new = 1",)), "int(y)\n    return y\n"),
        (Hunk(2, 4, ()), ""),
        (Hunk(0, 2, ("def g():", "    z = 1", "    w = 2")), "int(y)\n    return y\n"),
    ],
)
def test_an_edit_is_certain_where_the_answer_agrees_again(hunk: Hunk, unread: str) -> None:
    """One line where as many came as went, else one and the beginning of the next."""
    lines = [*WINDOW[: hunk.first], *hunk.lines, *WINDOW[hunk.last :]]
    assert read("EDIT\n" + "\n".join(lines) + "\n") == ((hunk,), unread)


@pytest.mark.parametrize(
    "answer",
    [
        *("NO_EDIT", "NO_EDITS\n", "<NO_CHANGE>", "no changes", "No edit needed.", "", "\n\n"),
        "EDIT\n",
        "EDIT\n" + "\n".join(WINDOW),
        "\n".join(WINDOW),
        "```python\n" + "\n".join(WINDOW) + "\n```",
    ],
)
def test_nothing_to_do_is_recognized_however_it_is_put(answer: str) -> None:
    assert read(answer)[0] == ()


@pytest.mark.parametrize("head", ["EDIT\n", "", "```python\n", "EDIT\n<|code_to_edit|>\n"])
def test_packaging_is_no_part_of_it(head: str) -> None:
    answer = head + "def f(a):\n    x = a<|cursor|> + 2\n" + "\n".join(WINDOW[2:]) + "\n```\n"
    assert read(answer)[0] == (Hunk(1, 2, ("    x = a + 2",)),)


def test_an_answer_that_never_agrees_again_is_compared_at_its_end() -> None:
    answer = "EDIT\ndef f(a):\n    x = a\n\n    y = x + 2\n    log(y)\n    return y + 1"
    assert read(answer)[0] == (Hunk(3, 6, ("    y = x + 2", "    log(y)", "    return y + 1")),)


def test_a_window_that_begins_with_a_blank_line() -> None:
    assert read("EDIT\n\nb = 2\n", ["", "b = 1"])[0] == (Hunk(1, 2, ("b = 2",)),)


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_the_outcome_does_not_depend_on_how_it_was_cut(size: int) -> None:
    answer = "EDIT\ndef f(a):\n    z = a\n\n    y = z + 1\n    print(y)\n    return y\n"
    reader = AnswerReader(WINDOW)
    for at in range(0, len(answer), size):
        if reader.feed(answer[at : at + size]):
            break
    assert reader.finish()[0].first == 1


def test_blank_lines_at_the_windows_end_stay() -> None:
    window = ["x = 1", "y = 2", "", ""]
    assert read("EDIT\nx = 1\ny = 3", window)[0] == (Hunk(1, 2, ("y = 3",)),)
    assert read("EDIT\nx = 1\ny = 2\n\n", window)[0] == ()
