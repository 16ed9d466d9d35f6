"""`foretype setup vim`: coc.nvim's settings, changed as text so that all else stays."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretype.cli.setups.vim import NAME, SERVERS, server, with_server, without_server

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)
SETTINGS = st.dictionaries(st.text(max_size=5), VALUES, max_size=4)
OTHERS = st.none() | st.dictionaries(st.text(min_size=1, max_size=5), VALUES, max_size=3)


def test_a_file_that_is_not_there_is_made_and_goes_again() -> None:
    text = with_server(None)
    assert json.loads(text) == {SERVERS: {NAME: server()}}
    assert without_server(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "{\n}\n",
        '{"a": 1}',
        '{\n    "suggest.noselect": true,\n    "languageserver": {}\n}\n',
        '{\r\n  "languageserver": {\r\n    "go": {"command": "gopls"}\r\n  },\r\n "b": []\r\n}\r\n',
        '{"languageserver":{"foretype":{"command":"old"}},"z":1}',
        '{"languageserver":{"go":{},"foretype":{"command":"old"}}}',
        '{"x": {"languageserver": {"foretype": 1}}, "languageserver": {"go": 1}}',
    ],
)
def test_it_is_added_once_beside_what_is_there(text: str) -> None:
    added = with_server(text)
    before, after = json.loads(text), json.loads(added)
    assert after[SERVERS].pop(NAME) == server()
    before.setdefault(SERVERS, {}).pop(NAME, None)
    assert after == before
    assert with_server(added) == added
    if "\r\n" in text:
        assert "\n" not in added.replace("\r\n", "")


@given(SETTINGS, OTHERS, st.sampled_from([None, 2, 4, "\t"]))
def test_taken_out_again_all_else_is_as_it_was(
    settings: dict[str, object], others: dict[str, object] | None, indent: int | str | None
) -> None:
    settings.pop(SERVERS, None)
    if others is not None:
        others.pop(NAME, None)
        settings[SERVERS] = others
    text = json.dumps(settings, indent=indent)
    added = with_server(text)
    assert json.loads(added)[SERVERS][NAME] == server()
    left = without_server(added)
    kept = {key: value for key, value in settings.items() if key != SERVERS or value}
    assert ({} if left is None else json.loads(left)) == kept


def test_what_is_without_it_stays_word_for_word() -> None:
    text = '{ "a":1,\n\n  "languageserver": {"go": {}} }'
    assert without_server(text) == text
    assert without_server(with_server(text)) == text
