from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from marks import place

from foretype.local.engine import Engine
from foretype.text import Document, Edit


def guessed(drawn: str, *, language: str = "python", others: tuple[str, ...] = ()) -> str | None:
    engine = Engine()
    for n, text in enumerate(others):
        engine.opened(Document(f"file:///work/other{n}.py", text, language, 1))
    here = place(drawn, language=language)
    engine.opened(here.document)
    while engine.idle():
        pass
    guess = engine.predict(here)
    return guess.text if guess else None


PYTHON = """
class Circle:
    def __init__(self, center, radius):
        self.center = center
        self.radius = radius

    def moved(self, offset):
        return Circle(self.center + offset, self.radius)


class Square:
    def __init__(self, center, side):
        self.center = ‸
"""


def test_says_what_the_file_said_before() -> None:
    assert guessed(PYTHON) == "center"


def test_is_silent_in_an_empty_file() -> None:
    assert guessed("‸") is None


def test_is_silent_in_prose() -> None:
    assert guessed("The quick brown fox jumps over the dog, and ‸", language="markdown") is None


@given(st.text(max_size=200), st.data())
def test_any_text_may_be_asked_about(text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    guessed(text[:offset].replace("‸", "") + "‸" + text[offset:].replace("‸", ""))


LINES = st.lists(
    st.sampled_from(["def f(x):", "    return x", "", "y = f(1)", "\ty = g(x)", "é = 'ü'", "\r"]),
    max_size=12,
).map("\n".join)


@given(LINES, st.lists(st.tuples(st.integers(0, 80), st.integers(0, 20), LINES), max_size=4))
def test_an_edited_document_is_known_as_if_it_were_new(
    text: str, edits: list[tuple[int, int, str]]
) -> None:
    document = Document("file:///work/a.py", text, "python")
    engine = Engine()
    engine.opened(document)
    engine.idle(1000)
    for start, length, inserted in edits:
        start = min(start, len(document.text))
        end = min(start + length, len(document.text))
        document = document.apply(Edit(start, end, inserted))
        engine.edited(document)
        engine.idle(1000)
    fresh = Engine()
    fresh.opened(document)
    fresh.idle(1000)
    assert engine.tokens_of(document.uri) == fresh.tokens_of(document.uri)
