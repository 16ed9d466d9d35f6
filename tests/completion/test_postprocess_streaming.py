"""The contract of postprocessing: what was given is only ever extended, however a stream is cut."""

from __future__ import annotations

import pytest
from helpers.completion_places import PLACES, context_at, streams
from helpers.examples import examples
from helpers.marks import cursor
from hypothesis import given
from hypothesis import strategies as st

from foretype.completion.context.prompt import MARK
from foretype.completion.postprocess import Postprocessor, complete_text

CONTEXTS = {name: context_at(place) for name, place in PLACES.items()}


@examples(250)
@given(streams(), st.lists(st.integers(1, 9), min_size=1, max_size=12))
def test_what_was_given_is_only_ever_extended(stream: tuple[str, str], sizes: list[int]) -> None:
    name, raw = stream
    ctx = CONTEXTS[name]
    whole = Postprocessor(ctx)
    expected = whole.feed(raw, final=True)
    cut, given, at, turn = Postprocessor(ctx), "", 0, 0
    while at < len(raw):
        size = sizes[turn % len(sizes)]
        text = cut.feed(raw[at : at + size])
        assert text.startswith(given), (raw[:at], given, text)
        assert expected.startswith(text), (raw[:at], text, expected)
        if cut.done:
            assert text == expected and whole.done
        given, at, turn = text, at + size, turn + 1
    assert cut.feed("", final=True) == expected, (raw, cut.text, expected)


@examples(150)
@given(streams(), st.sampled_from(["auto", "single", "block"]))
def test_what_is_shown_is_only_ever_extended(stream: tuple[str, str], multiline: str) -> None:
    name, raw = stream
    ctx, place = CONTEXTS[name], PLACES[name]
    last = complete_text(raw, ctx, place, multiline=multiline).extent  # type: ignore[arg-type]
    for n in range(len(raw) + 1):
        now = complete_text(raw[:n], ctx, place, final=False, multiline=multiline).extent  # type: ignore[arg-type]
        if now.settled:
            assert now == last, (raw[:n], now, last)
            break
        # What is shown at the deadline stays, unless nothing is worth showing in the end.
        assert last.text.startswith(now.whole_lines) or not last.text, (raw[:n], now, last)


@examples(150)
@given(streams(), st.text("ab \n\0\x1b\x85\u200b\u2066\u202e\ufeff\U000e0041"), st.booleans())
def test_no_stream_brings_a_character_that_no_one_sees(
    stream: tuple[str, str], more: str, final: bool
) -> None:
    name, raw = stream
    place = PLACES[name]
    text = Postprocessor(CONTEXTS[name]).feed(raw + more, final=final)
    for unseen in "\0\x1b\x85\u200b\u2066\u202e\ufeff\U000e0041":
        assert unseen not in text or unseen in place.document.text, (raw + more, text)


@pytest.mark.parametrize("name", sorted(name for name, ctx in CONTEXTS.items() if not ctx.is_prose))
@examples(60)
@given(stream=streams())
def test_no_fence_mark_or_thought_is_ever_inserted(name: str, stream: tuple[str, str]) -> None:
    _, raw = stream
    text = complete_text(raw, CONTEXTS[name], PLACES[name]).extent.text
    if '"""' not in text and "'''" not in text and "`x" not in text:
        # A string of several lines may hold one.
        assert not any(line.lstrip().startswith("```") for line in text.split("\n")), raw
    assert MARK not in text and "<|im_end|>" not in text and "think>" not in text.lower(), raw


@pytest.mark.parametrize(
    ("drawn", "said"),
    [
        ("def f(a):\n    b = 1‸\n", "\n\n    # Both of them.\n"),
        ("def f(a):\n ‸\n", "   # Both of them.\n"),
        (
            "class A:\n    def f(a):\n        pass\n\nclass B:\n    def g(b):\n        pass‸\n",
            "\n\n    def f(a):\n",
        ),
    ],
)
def test_a_line_that_can_be_read_one_way_only_is_certain_at_its_end(drawn: str, said: str) -> None:
    assert Postprocessor(context_at(cursor(drawn))).feed(said) == said


@pytest.mark.parametrize("run", [" ", "\t", "`", " ~", "x` ", "<", "[", "a "])
@pytest.mark.parametrize("start", ["x", "A b c d"])
def test_a_long_run_holds_up_nothing(start: str, run: str) -> None:
    ctx = CONTEXTS["python end"]
    for final in (False, True):
        text = Postprocessor(ctx).feed(start + run * 50_000 + "y", final=final)
        assert text.startswith(start[0]) or not text
