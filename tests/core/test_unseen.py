"""Characters that no one sees are taken out, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretype.core.unseen import UNSEEN, unseen_in, without_unseen

FLAG = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a\u200bb", "ab"),
        ("\ufeffx = 1\n", "x = 1\n"),
        ("\x1b[2Jx\x00\x7f", "[2Jx"),
        ("if a\u202e: b\u2066", "if a: b"),
        ("x\U000e0069\U000e0067\U000e006e", "x"),
        ("tab\tand\r\nline\x0cend", "tab\tand\r\nline\x0cend"),
        (f"{FLAG} ❤️ 👩\u200d💻 ñ 日本", f"{FLAG} ❤️ 👩\u200d💻 ñ 日本"),
    ],
)
def test_what_no_one_sees_is_taken_out(text: str, seen: str) -> None:
    assert without_unseen(text) == seen


@given(st.text(st.sampled_from(f"ab \n\u200b\u200d\ufe0f👩💻{FLAG}"), max_size=30))
def test_what_is_left_is_the_rest_in_order(text: str) -> None:
    gone = set(unseen_in(text))
    assert without_unseen(text) == "".join(c for i, c in enumerate(text) if i not in gone)
    assert all(UNSEEN.match(text[at]) for at in gone)
