"""The contract of the clean-up: what was given is only ever extended, however the stream is cut."""

from __future__ import annotations

import pytest
from helpers.cleanup_places import PLACES, streams, surroundings
from helpers.examples import examples
from helpers.marks import cursor as drawn
from helpers.streaming import check_stream
from hypothesis import example, given
from hypothesis import strategies as st

from foretype.completion.cleanup import STEPS, Flow, Step, clean
from foretype.completion.shape import Shaped, meet_closers, shape


@examples(250)
@given(streams())
def test_what_was_given_is_only_ever_extended(stream: tuple[str, str]) -> None:
    name, raw = stream
    around = surroundings(PLACES[name])
    check_stream(raw, lambda text, final: clean(text, around, final=final))


@pytest.mark.parametrize("step", STEPS, ids=lambda step: str(step.__name__))
@examples(60)
@given(stream=streams())
@example(stream=("c", "x```\n```"))
def test_each_step_by_itself_only_ever_extends_what_it_gave(
    step: Step, stream: tuple[str, str]
) -> None:
    name, raw = stream
    around = surroundings(PLACES[name])
    unified = raw.replace("\r\n", "\n").replace("\r", "\n")
    # The steps after the first one see line ends of one kind.
    said = raw if step is STEPS[0] else unified
    check_stream(said, lambda text, final: step(Flow(text, final), around))


@examples(250)
@given(streams(), st.text("ab \n\0\x1b\x85\u200b\u2066\u202e\ufeff\U000e0041"), st.booleans())
def test_no_stream_brings_a_character_that_no_one_sees(
    stream: tuple[str, str], more: str, final: bool
) -> None:
    name, raw = stream
    cursor = PLACES[name]
    text = clean(raw + more, surroundings(cursor), final=final).text
    for unseen in "\0\x1b\x85\u200b\u2066\u202e\ufeff\U000e0041":
        assert unseen not in text or unseen in cursor.document.text, (raw + more, text)


@examples(250)
@given(streams(), st.sampled_from(["auto", "single", "block"]))
def test_what_is_shown_is_only_ever_extended(stream: tuple[str, str], multiline: str) -> None:
    name, raw = stream
    cursor, around = PLACES[name], surroundings(PLACES[name])

    def shaped(flow: Flow, finished: bool) -> Shaped:
        return shape(flow.text, cursor, finished=finished, multiline=multiline)  # type: ignore[arg-type]

    last = shaped(clean(raw, around, final=True), True)
    for n in range(len(raw) + 1):
        flow = clean(raw[:n], around, final=False)
        now = shaped(flow, flow.done)
        if now.settled:
            assert now == last, (raw[:n], now, last)
            break
        # What is shown at the deadline stays, unless nothing is worth showing in the end.
        assert last.text.startswith(now.whole_lines) or not last.text, (raw[:n], now, last)


def test_a_line_that_also_stands_far_above_is_shown_as_soon_as_it_is_there() -> None:
    cursor = drawn(
        "```ts\nimport { range } from 'rxjs';\n\nrange(1, 200)\n  .pipe(\n    filter(odd)\n  );\n"
        "```\n\n```ts\nimport { filter } from 'rxjs/operators';‸\n",
        language="markdown",
    )
    flow = clean("\n\nrange(1, 200)\n  .pipe(", surroundings(cursor), final=False)
    assert flow.text.startswith("\n\nrange(1, 200)\n")


@pytest.mark.parametrize(
    "tags", ["</think>", "<think></think>", "Hmm</think>\n\n", "</THINK> [/THINK]"]
)
@pytest.mark.parametrize("final", [False, True])
def test_any_number_of_thoughts_is_dropped(tags: str, final: bool) -> None:
    around = surroundings(PLACES["python end"])
    assert clean(tags * 2000 + "x = 1\ny", around, final=final).text.startswith("x = 1")


@pytest.mark.parametrize("run", [" ", "\t", "`", " ~", "x` "])
@pytest.mark.parametrize("start", ["x", "A b c d"])
def test_a_long_run_is_read_once(start: str, run: str) -> None:
    # Read again from each of its characters, it takes many minutes.
    around = surroundings(PLACES["python end"])
    for final in (False, True):
        text = clean(start + run * 200_000 + "y", around, final=final).text
        assert text.startswith(start[0]) or not (final or text)


@pytest.mark.parametrize("name", sorted(PLACES))
def test_a_text_of_nothing_meets_the_closers_of_any_place(name: str) -> None:
    assert meet_closers("", PLACES[name])[0] == ""
