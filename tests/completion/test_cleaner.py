"""The clean-up of a stream: the same however it is cut, with work bounded by what comes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import SupportsIndex, overload

import pytest
from helpers.cleanup_places import PLACES, streams, surroundings
from helpers.examples import examples
from helpers.service_editor import editor
from helpers.virtual import virtual
from hypothesis import given
from hypothesis import strategies as st

from foretype.completion.cleanup import CompletionContext, Flow, clean, stops
from foretype.completion.cleanup import incremental as cleaner
from foretype.completion.cleanup.incremental import SHARE, SMALL, Cleaner
from foretype.completion.generation.generation import MAX_CHARS
from foretype.completion.suggestion import Suggestion
from foretype.models.scripted import Script, ScriptedModel

THOUGHTS = "<think>\n" + "The list may be empty. " * 600


class Counted:
    """The clean-up, counting the characters that it is given to read."""

    def __init__(self) -> None:
        self.n_read = 0
        self.n_longest = 0

    def __call__(self, raw: str, around: CompletionContext, *, final: bool) -> Flow:
        self.n_read += len(raw)
        self.n_longest = max(self.n_longest, len(raw))
        return clean(raw, around, final=final)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    counted = Counted()
    monkeypatch.setattr(cleaner, "clean", counted)
    return counted


def may_read(n_chars: int) -> int:
    """Characters that may be read of so many: a fixed number of times each, and the first often."""
    return SMALL * SMALL + (SHARE + 3) * n_chars


@examples(300)
@given(streams(), st.data())
def test_a_stream_is_cleaned_the_same_however_it_is_cut(
    stream: tuple[str, str], data: st.DataObject
) -> None:
    name, raw = stream
    cuts = data.draw(st.lists(st.integers(0, len(raw)), max_size=12).map(sorted))
    pieces = [raw[a:b] for a, b in zip([0, *cuts], [*cuts, len(raw)], strict=True)]
    around = surroundings(PLACES[name])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cleaner, "SMALL", 2)
        patch.setattr(cleaner, "SHARE", 2)
        said, given_so_far = Cleaner(around), ""
        for piece in pieces:
            said.add(piece)
            assert said.flow.text.startswith(given_so_far)
            given_so_far = said.flow.text
            if said.flow.done:
                break
        assert said.end().text == clean(raw, around, final=True).text


@pytest.mark.parametrize("name", ["python body", "python comment", "markdown", "javascript"])
@pytest.mark.parametrize("unit", ["a", "x = 1; ", " ", "`", "(", '"', "\t", "é", "<", "\r"])
def test_a_line_without_an_end_is_read_a_fixed_number_of_times(
    name: str, unit: str, counted: Counted
) -> None:
    said = Cleaner(surroundings(PLACES[name]))
    said.add("x")
    for character in (unit * 20_000)[:20_000]:
        said.add(character)
    said.end()
    assert counted.n_read <= may_read(20_000)


@pytest.mark.parametrize(
    "units",
    [
        ["<think>"] + ["</thinking>"] * 2_000,
        ["</think>"] * 2_000,
        ["<think>", "a</think>"] * 1_000,
        ["</think>"] + [" "] * 10_000,
        ["</think>"] + ["\n", " "] * 5_000,
        ["Hmm, "] + ["the list. "] * 2_000,
        ["<think>"] + ["</thin", "g>"] * 2_000,
        ["Sure, here is the code. "] + ["It adds the items. "] * 1_000,
    ],
    ids=lambda units: "".join(units[:3]),
)
def test_tags_and_blanks_without_an_end_are_read_a_fixed_number_of_times(
    units: list[str], counted: Counted
) -> None:
    said = Cleaner(surroundings(PLACES["python body"]))
    for unit in units:
        said.add(unit)
    said.end()
    assert counted.n_read <= may_read(len("".join(units)))


@pytest.mark.parametrize(
    "end", ["</think>\n\n", "</THINK>", "</think>   \n", "\r\n</think>\r\n\r\n"]
)
def test_what_follows_long_thoughts_is_there_at_once(end: str, counted: Counted) -> None:
    said = Cleaner(surroundings(PLACES["python body"]))
    for character in THOUGHTS + end:
        said.add(character)
    shown = ""
    for character in "result += item.price\n":
        said.add(character)
        shown += character
        assert shown.startswith(said.flow.text)
    assert said.flow.text == "result += item.price\n"
    assert counted.n_read <= may_read(len(THOUGHTS))


def pieces_of(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


@pytest.mark.parametrize(
    "pieces",
    [
        ["x = " + "a" * 65_000] * 16,
        pieces_of("a" * 40_000, 1),
        pieces_of("x = [" + "1, " * 20_000, 3),
        pieces_of('x = "' + "word " * 20_000, 5),
    ],
    ids=["65 KB", "one character", "numbers", "words"],
)
@virtual
async def test_an_answer_without_an_end_is_read_no_further_than_suggestions_go(
    pieces: list[str], counted: Counted
) -> None:
    model = ScriptedModel(Script(pieces, first=0.1, stall=True))
    e = editor("‸\n", model)
    assert not isinstance(await e.ask(), Suggestion)
    await asyncio.sleep(0.1)
    assert model.running == 0
    assert counted.n_longest <= MAX_CHARS
    assert counted.n_read <= may_read(MAX_CHARS)


@virtual
async def test_of_an_answer_without_an_end_whole_lines_are_shown() -> None:
    e = editor("‸\n", ScriptedModel(Script(["total = 0\nx = " + "a" * 65_000], first=0.1)))
    assert await e.shown() == "total = 0"


class Lines(list[str]):
    """Lines that count how often one of them is read."""

    n_read = 0

    @overload
    def __getitem__(self, at: SupportsIndex) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: SupportsIndex | slice) -> str | list[str]:
        got = super().__getitem__(at)
        self.n_read += len(got) if isinstance(got, list) else 1
        return got

    def __iter__(self) -> Iterator[str]:
        for line in super().__iter__():
            self.n_read += 1
            yield line


@pytest.mark.parametrize("line", ["a\n", "    return result\n", "\n", "    result = 0\n"])
@pytest.mark.parametrize("name", ["python body", "python brackets", "python docstring"])
def test_each_of_many_lines_is_compared_with_what_follows_a_fixed_number_of_times(
    line: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Lines] = []

    def whole_lines(text: str) -> Sequence[str]:
        made.append(Lines(text.splitlines(keepends=True)))
        return made[-1]

    monkeypatch.setattr(stops, "whole_lines", whole_lines)
    around = surroundings(PLACES[name])
    stops.stop_where_suffix_begins(Flow("x\n" + line * 5_000), around)
    assert sum(lines.n_read for lines in made) <= 10 * 5_000
