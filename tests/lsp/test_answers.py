"""What goes out: items for ghost text and menus, and what the user is told."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from helpers.marks import cursor
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from foretype.completion.suggestion import NoSuggestion, Reason, Source, Suggestion
from foretype.lsp.features.completion_menu import to_item
from foretype.lsp.features.inline_completion import to_items
from foretype.lsp.session.client_profiles import GENERIC, ClientProfile
from foretype.lsp.session.notifier import ClientNotifier

ENCODING = types.PositionEncodingKind.Utf16


def suggestion(drawn: str, text: str, **more: Any) -> Suggestion:
    return Suggestion(id="s1", text=text, cursor=cursor(drawn), source=Source.MODEL, **more)


@pytest.mark.parametrize("reason", [Reason.SUPERSEDED, Reason.STALE])
@pytest.mark.parametrize("clears", [True, False])
def test_an_answer_that_came_too_late_leaves_the_screen_alone(reason: Reason, clears: bool) -> None:
    assert to_items(NoSuggestion(reason), None, ENCODING, clears=clears) is None


@pytest.mark.parametrize("reason", [Reason.EMPTY, Reason.DEADLINE, Reason.OFF, Reason.UNWANTED])
def test_nothing_to_say_clears_the_screen_where_an_empty_list_does(reason: Reason) -> None:
    assert to_items(NoSuggestion(reason), None, ENCODING, clears=True) == []
    assert to_items(NoSuggestion(reason), None, ENCODING, clears=False) is None


def test_alternatives_are_items_of_their_own_and_none_twice() -> None:
    answer = suggestion("x = ‸", "1", alternatives=("2", "1", "3"))
    items = to_items(answer, None, ENCODING, clears=True)
    assert items is not None
    assert [item.insert_text for item in items] == ["1", "2", "3"]


def test_closers_that_a_suggestion_contains_are_replaced() -> None:
    items = to_items(suggestion("print(‸)", "a)", replaces=1), None, ENCODING, clears=True)
    assert items is not None
    assert items[0].range == types.Range(types.Position(0, 6), types.Position(0, 7))


def test_a_popups_entry_of_another_beginning_is_left_where_it_is() -> None:
    entry = types.Range(types.Position(0, 0), types.Position(0, 3))
    selected = types.SelectedCompletionInfo(entry, "partial")
    items = to_items(suggestion("pri‸", "nt()"), selected, ENCODING, clears=True)
    assert items is not None
    assert items[0].insert_text == "nt()"
    assert items[0].range == types.Range(types.Position(0, 3), types.Position(0, 3))


def menu_item(drawn: str, text: str, profile: ClientProfile = GENERIC) -> types.CompletionItem:
    return to_item(text, suggestion(drawn, text), profile, ENCODING)


def test_a_menus_item_begins_with_the_word_being_typed() -> None:
    item = menu_item("    pri‸", "nt(x)")
    assert isinstance(item.text_edit, types.TextEdit)
    assert item.label == item.filter_text == item.text_edit.new_text == "print(x)"
    assert item.text_edit.range.start == types.Position(0, 4)


def test_a_menus_item_shows_one_line_and_documents_all() -> None:
    item = menu_item("    if a‸", ":\n        return\n")
    assert item.label == "a:"
    assert isinstance(item.documentation, types.MarkupContent)
    assert item.documentation.value == "```python\na:\n    return\n```"


def test_a_suggestion_that_begins_with_a_line_end_has_a_label_all_the_same() -> None:
    assert menu_item("def f():‸", "\n    return 1").label == "return 1"


def test_the_label_tells_what_stands_below_a_finished_word() -> None:
    item = menu_item("x = total‸", "\ny = 2")
    assert (item.label, item.filter_text) == ("y = 2", "total")


def test_only_an_editors_line_ends_are_followed_by_indentation() -> None:
    adds = replace(GENERIC, dedent_continuation=True)
    item = menu_item("    x = ‸", '"a\u2028    b"\n    y = 1', adds)
    assert isinstance(item.text_edit, types.TextEdit)
    assert item.text_edit.new_text == '"a\u2028    b"\ny = 1'


def test_a_long_label_is_shortened_and_its_filter_is_not() -> None:
    item = menu_item("x = ‸", "y" * 200)
    assert len(item.label) == 60
    assert item.filter_text == "y" * 200


def test_indentation_is_left_to_a_client_that_adds_it() -> None:
    adds = replace(GENERIC, dedent_continuation=True)
    item = menu_item("    if a‸", ":\n        return", adds)
    assert isinstance(item.text_edit, types.TextEdit)
    assert item.text_edit.new_text == "a:\n    return"


def test_a_fence_in_the_code_does_not_end_the_documentation() -> None:
    item = menu_item("x = ‸", '"""\n```\ncode\n```\n"""')
    assert isinstance(item.documentation, types.MarkupContent)
    assert item.documentation.value.startswith("````python\n")


class Heard:
    """A server that keeps what it is to say."""

    def __init__(self, profile: ClientProfile = GENERIC) -> None:
        self.statuses: list[Any] = []
        self.shown: list[str] = []
        self.logged: list[str] = []
        fake = SimpleNamespace(
            protocol=SimpleNamespace(notify=lambda method, params: self.statuses.append(params)),
            window_show_message=lambda params: self.shown.append(params.message),
            window_log_message=lambda params: self.logged.append(params.message),
        )
        self.notifier = ClientNotifier(cast(LanguageServer, fake))
        self.notifier.profile = profile

    @property
    def states(self) -> list[str]:
        return [status["state"] for status in self.statuses]


def test_a_status_is_sent_where_it_changes() -> None:
    heard = Heard()
    for state in ("ready", "ready", "error", "ready"):
        heard.notifier.set_status(state)
    assert heard.states == ["ready", "error", "ready"]


def test_thinking_ends_in_the_state_before_it() -> None:
    heard = Heard()
    heard.notifier.set_status("ready")
    heard.notifier.set_busy()
    heard.notifier.set_busy()
    heard.notifier.set_idle()
    heard.notifier.set_idle()
    assert heard.states == ["ready", "thinking", "ready"]


def test_what_is_switched_off_does_not_think() -> None:
    heard = Heard()
    heard.notifier.off = True
    heard.notifier.set_status("ready")
    heard.notifier.set_busy()
    assert heard.states == ["off"]


def test_a_message_is_shown_once_where_nothing_shows_the_status() -> None:
    heard = Heard()
    heard.notifier.set_status("needs_key", "Set a key.")
    heard.notifier.set_status("ready")
    heard.notifier.set_status("needs_key", "Set a key.")
    assert heard.shown == ["foretype: Set a key."]


def test_an_error_that_passes_is_a_line_in_the_log_now_and_then() -> None:
    heard = Heard()
    for seconds in range(5):
        heard.notifier.set_status("error", f"Trying again in {seconds} s.")
    assert (heard.shown, heard.logged) == ([], ["foretype: Trying again in 0 s."])


def test_an_extension_that_shows_the_status_needs_no_message() -> None:
    heard = Heard(replace(GENERIC, shows_status=True))
    heard.notifier.set_status("needs_key", "Set a key.")
    assert (heard.states, heard.shown, heard.logged) == (["needs_key"], [], [])


def test_a_client_that_complains_of_what_it_does_not_know_is_spared() -> None:
    heard = Heard(replace(GENERIC, takes_notifications=False))
    heard.notifier.set_status("needs_key", "Set a key.")
    assert (heard.states, heard.shown) == ([], ["foretype: Set a key."])
