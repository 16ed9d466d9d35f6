"""A rewritten window as it arrives: an edit is certain once the answer agrees with the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    ("window", "answer"),
    [
        pytest.param(
            [
                "for order in orders:",
                "    total += order.price",
                "    log.debug(order)",
                "    n += 1",
            ],
            """\
for order in orders:
    total += order.price * order.amount
    log.d‸ebug(order)
    n += 1
""",
            id="a beginning that stands at one place",
        ),
        pytest.param(
            ["    self.a = first", "    self.b = second", "    self.c = 3", "    return self"],
            """\
    self.a = begin
    self.b =‸ second
    self.c = 3
    return self
""",
            id="several lines begin so",
        ),
        pytest.param(
            ["    a = t.List[int]", "    names = t.List[str]", "    save(a, names)"],
            """\
    a = list[int]
    names = t.List[‸str]
    save(a, names)
""",
            id="it may go on where the same stands",
        ),
        pytest.param(
            ["    start()", "    match = find(path)", "    return match"],
            """\
    start()
    path = route(scope)
    match = find(path)‸
    return match
""",
            id="a whole line after lines that came",
        ),
        pytest.param(
            ["first()", "    seconds = 1", "    hours = 3600", "    days = 86400", "done()"],
            """\
first()
    hours = 3600
    days =‸ 86400
done()
""",
            id="a whole line after lines that went, and what is like them",
        ),
        pytest.param(
            ["    if a:", "        b()", "    }", "    }", "    }", "    c()"],
            """\
    if a:
        d()
    }
    }
    }
    c(‸)
""",
            id="lines that tell little",
        ),
    ],
)
def test_an_edit_has_ended_where_what_follows_tells_it(window: list[str], answer: str) -> None:
    """As soon as the text at the cursor is read, and no earlier."""
    read_first, unread = answer.split("‸")
    hunks, rest = read("EDIT\n" + read_first + unread, window)
    assert rest == unread
    assert [*window[: hunks[0].first], *hunks[0].lines, *window[hunks[0].last :]] == (
        (read_first + unread).splitlines()
    )


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


_LINES = st.lists(
    st.sampled_from(["a = 1", "b = a", "call(a)", "", "}", "return b"]), max_size=8
).map(lambda lines: ["def f():", *lines])


@given(window=_LINES, wanted=_LINES)
def test_an_edit_in_full_or_in_part_is_what_was_written_so_far(
    window: list[str], wanted: list[str]
) -> None:
    """What is read of the rewritten window before the edit has ended stands there afterwards."""
    reader = AnswerReader(window)
    text = "EDIT\n" + "".join(f"{line}\n" for line in wanted)
    n_read = next((n for n, char in enumerate(text, 1) if reader.feed(char)), None)
    if n_read is not None:
        (hunk,) = reader.finish()
        after = [*window[: hunk.first], *hunk.lines, *window[hunk.last :]]
        assert "\n".join(after).startswith(text[len("EDIT\n") : n_read])
