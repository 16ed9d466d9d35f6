"""The pure parts of a stream: events from bytes, text cut at stop sequences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretype.models import sse
from foretype.models.sse import EventParser, EventTooLong, ServerEvent
from foretype.models.stop_sequences import StopSequenceCutter


def events(*pieces: bytes) -> list[str]:
    parser = EventParser()
    out = [event for piece in pieces for event in parser.feed(piece)]
    return [event.data for event in out + parser.end()]


class TestEvents:
    def test_one_event_a_blank_line(self) -> None:
        assert events(b'data: {"a":1}\n\ndata: [DONE]\n\n') == ['{"a":1}', "[DONE]"]

    def test_comments_names_and_ids_are_passed_over(self) -> None:
        assert events(b": OPENROUTER PROCESSING\n\nevent: x\nid: 1\nretry: 3\ndata: a\n\n") == ["a"]

    def test_an_event_is_given_as_soon_as_it_is_whole(self) -> None:
        parser = EventParser()
        assert parser.feed(b"data: a\n") == []
        assert parser.feed(b"\n") == [ServerEvent("a")]

    def test_the_last_event_may_lack_its_blank_line(self) -> None:
        assert events(b"data: a\n\ndata: b") == ["a", "b"]

    def test_only_the_three_line_ends_end_a_line(self) -> None:
        separators = "a\u2028b\x0cc\x85d\x1ee"
        assert events(f"data: {separators}\n\n".encode()) == [separators]

    def test_several_data_lines_are_one_event(self) -> None:
        assert events(b"data: a\ndata: b\n\n") == ["a\nb"]

    def test_what_is_no_event_stream_gives_nothing(self) -> None:
        assert events(b"<!doctype html>\n<p>data</p>\n\n") == []

    def test_an_event_without_end_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sse, "MAX_EVENT_BYTES", 1000)
        parser = EventParser()
        with pytest.raises(EventTooLong):
            for _ in range(20):
                parser.feed(b"x" * 100)

    def test_many_lines_without_a_blank_one_are_refused(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sse, "MAX_EVENT_BYTES", 1000)
        parser = EventParser()
        with pytest.raises(EventTooLong):
            for _ in range(20):
                parser.feed(b"data: " + b"x" * 100 + b"\n")

    def test_text_that_is_no_utf8_is_an_error(self) -> None:
        with pytest.raises(ValueError, match="utf-8"):
            events(b"data: \xff\n\n")

    @given(
        st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]))),
        st.sampled_from(["\n", "\r\n", "\r"]),
        st.data(),
    )
    def test_are_the_same_for_every_way_of_chunking(
        self, payloads: list[str], end: str, data: st.DataObject
    ) -> None:
        stream = "".join(f"data: {p}{end}{end}" for p in payloads).encode()
        cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
        bounds = [0, *cuts, len(stream)]
        pieces = [stream[a:b] for a, b in zip(bounds, bounds[1:], strict=False)]
        assert events(*pieces) == payloads


def cut(stops: tuple[str, ...], *pieces: str) -> str:
    cutter = StopSequenceCutter(stops)
    return "".join(cutter.feed(piece) for piece in pieces) + cutter.end()


class TestCutter:
    def test_cuts_where_a_stop_sequence_begins(self) -> None:
        assert cut(("<|end|>",), "a = 1<|end|>b") == "a = 1"

    def test_cuts_a_stop_sequence_that_comes_in_pieces(self) -> None:
        assert cut(("<|end|>",), "a = 1<|", "en", "d|>b") == "a = 1"

    def test_takes_the_first_of_several(self) -> None:
        assert cut(("zz", "b"), "abczz") == "a"

    def test_takes_the_one_that_is_complete_first(self) -> None:
        assert cut(("<", "><<"), "><<") == cut(("<", "><<"), "><", "<") == ">"

    def test_gives_text_at_once_where_no_stop_sequence_begins(self) -> None:
        cutter = StopSequenceCutter(("<|end|>",))
        assert cutter.feed("a = 1") == "a = 1"

    def test_gives_back_what_only_looked_like_one(self) -> None:
        cutter = StopSequenceCutter(("<|end|>",))
        assert cutter.feed("a <") == "a "
        assert cutter.feed("b") == "<b"

    def test_never_holds_back_a_line_end(self) -> None:
        cutter = StopSequenceCutter(("\n\n",))
        assert cutter.feed("a\n") == "a\n"
        assert cutter.feed("\nb") == ""
        assert cutter.stopped

    def test_gives_nothing_after_the_stop(self) -> None:
        cutter = StopSequenceCutter(("\n",))
        assert cutter.feed("a\nb") == "a"
        assert cutter.feed("c") == ""
        assert cutter.end() == ""

    def test_joins_the_halves_of_a_character(self) -> None:
        assert cut((), "a\ud83d", "\ude00b") == "a😀b"

    def test_half_a_character_that_stays_alone_never_gets_out(self) -> None:
        assert "\ud83d" not in cut((), "a\ud83d", "b")
        assert cut((), "a\ud83d") == "a"

    @given(
        st.text("ab<|>\n", max_size=30),
        st.lists(st.text("ab<|>\n", min_size=1, max_size=4), max_size=3),
        st.data(),
    )
    def test_is_the_same_for_every_way_of_chunking(
        self, text: str, stops: list[str], data: st.DataObject
    ) -> None:
        cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
        bounds = [0, *cuts, len(text)]
        pieces = [text[a:b] for a, b in zip(bounds, bounds[1:], strict=False)]
        wanted = cut(tuple(stops), text)
        given_ = cut(tuple(stops), *pieces)
        assert text.startswith(wanted)
        assert not any(stop in wanted for stop in stops)
        assert wanted == text or any(text.startswith(stop, len(wanted)) for stop in stops)
        # Of a stop sequence that is white space, a beginning may have been given already.
        assert given_.startswith(wanted)
        assert not given_[len(wanted) :].strip()
        if not any(stop[:1].isspace() for stop in stops):
            assert given_ == wanted
