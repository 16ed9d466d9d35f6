"""What became of a suggestion, told from document changes alone."""

from __future__ import annotations

from helpers.marks import cursor

from foretype.completion.feedback.displayed import DisplayedSuggestion, Event
from foretype.completion.suggestion import Source, Suggestion
from foretype.core.cursor import Cursor
from foretype.core.text import Edit


class Story:
    """One suggestion on a screen, and the edits that follow."""

    def __init__(self, drawn: str, text: str) -> None:
        self.at = cursor(drawn)
        self.screen = DisplayedSuggestion()
        self.clock = 0.0
        self.screen.show(Suggestion(id="s1", text=text, cursor=self.at, source=Source.MODEL), 0.0)

    def edit(self, start: int, end: int, text: str) -> Event:
        old = self.at.document
        edit = Edit(start, end, text)
        self.at = Cursor(old.apply(edit), start + len(text))
        return self.screen.edited(old, self.at, edit, self.clock)

    def type(self, text: str, after: float = 0.2) -> Event:
        self.clock += after
        return self.edit(self.at.offset, self.at.offset, text)

    def backspace(self, after: float = 0.2) -> Event:
        self.clock += after
        return self.edit(self.at.offset - 1, self.at.offset, "")

    @property
    def visible(self) -> str:
        return self.screen.visible_at(self.at)


def test_a_key_of_the_suggestion_is_typed_through() -> None:
    story = Story("total = ‸", "sum(prices)")
    assert story.type("s") is Event.TYPED
    assert story.visible == "um(prices)"


def test_the_whole_text_at_once_is_an_acceptance() -> None:
    story = Story("total = ‸", "sum(prices)")
    assert story.type("sum(prices)") is Event.ACCEPTED
    assert story.visible == ""


def test_a_word_of_it_at_once_is_a_partial_acceptance() -> None:
    story = Story("total = ‸", "sum(prices)")
    assert story.type("sum") is Event.ACCEPTED_PART
    assert story.visible == "(prices)"


def test_keys_that_a_client_sends_together_are_typed() -> None:
    story = Story("total = ‸", "sum(all_prices)")
    assert story.type("su", after=0.15) is Event.TYPED
    assert story.type("m(a", after=0.15) is Event.TYPED
    assert story.type("ll_", after=0.15) is Event.TYPED
    assert story.type("prices", after=0.25) is Event.TYPED
    assert story.type(")") is Event.TYPED
    assert story.screen.shown is not None and story.screen.shown.accepted


def test_words_that_come_faster_than_a_hand_or_after_a_pause_are_accepted() -> None:
    story = Story("total = ‸", "sum(all, of, them)")
    assert story.type("sum", after=0.1) is Event.ACCEPTED_PART
    assert story.type("(all", after=0.1) is Event.ACCEPTED_PART
    assert story.type(", of", after=1.0) is Event.ACCEPTED_PART
    assert story.type(", them)", after=0.2) is Event.ACCEPTED


def test_the_rest_at_once_is_an_acceptance_after_keys_of_it() -> None:
    story = Story("total = ‸", "sum(prices)")
    story.type("s")
    assert story.type("um(prices)") is Event.ACCEPTED


def test_another_key_contradicts_and_taking_it_back_brings_the_text_back() -> None:
    story = Story("total = ‸", "sum(prices)")
    assert story.type("x") is Event.CONTRADICTED
    assert story.visible == ""
    assert story.backspace() is Event.NONE
    assert story.visible == "sum(prices)"


def test_a_text_that_was_read_and_left_behind_is_dismissed() -> None:
    story = Story("total = ‸", "sum(prices)")
    story.type("x", after=2)
    story.type("y", after=2)
    assert story.screen.settle_dismissal(story.clock)
    assert story.screen.is_dismissed(cursor("total = ‸"), "sum(prices)")
    assert not story.screen.is_dismissed(cursor("total = ‸"), "max(prices)")
    assert not story.screen.is_dismissed(cursor("count = ‸"), "sum(prices)")


def test_a_text_that_flashed_by_was_not_read() -> None:
    story = Story("total = ‸", "sum(prices)")
    story.type("x", after=0.3)
    assert not story.screen.settle_dismissal(10.0)


def test_a_text_of_which_some_was_typed_was_not_dismissed() -> None:
    story = Story("total = ‸", "sum(prices)")
    story.type("s", after=2)
    story.type("x", after=2)
    assert not story.screen.settle_dismissal(20.0)


def test_a_text_that_only_undoes_a_deletion_is_known() -> None:
    story = Story("total = price‸", "s")
    for _ in "price":
        story.backspace()
    assert story.screen.only_undoes(story.at, "price", story.clock)
    assert not story.screen.only_undoes(story.at, "prices[0]", story.clock)
    assert not story.screen.only_undoes(story.at, "price", story.clock + 60)


def test_a_slip_is_no_deletion_to_be_guarded() -> None:
    story = Story("total = prx‸", "")
    story.backspace()
    assert not story.screen.only_undoes(story.at, "x", story.clock)
