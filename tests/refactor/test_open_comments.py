from __future__ import annotations

import pytest
from helpers.spots import spot

from foretype.languages import refactor_traits as languages
from foretype.refactor.actions.offers import Offer, find_offer
from foretype.refactor.actions.open_comments import open_comment
from foretype.settings.schema import RefactorSettings


@pytest.mark.parametrize(
    ("drawn", "text"),
    [
        ("# read the file and sort its lines‸\n", "read the file and sort its lines"),
        ("# read the file and sort its lines\n‸\n", "read the file and sort its lines"),
        ("x = 1\n\n# add up prices,\n# but‸ returns\n\ny = 2", "add up prices, but returns"),
        ("def f(a):\n    # the sum of all values in a\n    ‸\n", "the sum of all values in a"),
        ("def f(a):\n    # the sum of all values‸\n\n\ndef g(): ...", "the sum of all values"),
        ("«# add up all prices»\n", "add up all prices"),
    ],
)  # fmt: skip
def test_a_comment_that_nothing_follows_says_what_to_write(drawn: str, text: str) -> None:
    found = open_comment(spot(drawn + "\n"))
    assert found is not None and found.instruction == text


@pytest.mark.parametrize(
    "drawn",
    [
        "# the sum of all values‸\ntotal = sum(values)",
        "# the sum of all values\n\n‸\n",
        "# Prices‸\n\nx = 1",
        "# TODO: add up all prices‸\n",
        "# Copyright by the authors of this‸\n",
        "# foretype: add up all prices‸\n",
        "# noqa: too many of them‸\n",
        "#!/usr/bin/env python of mine‸\n",
        "# ---- all about the prices ----‸\n",
        "# total = add up prices here‸\n",
        "x = '# add up all prices'‸\n",
        "x = 1  # add up all prices‸\n",
    ],
)
def test_other_comments_say_nothing_of_the_kind(drawn: str) -> None:
    assert open_comment(spot(drawn + "\n")) is None


@pytest.mark.parametrize("language", ["javascript", "rust", "go", "ruby", "lua", "cpp"])
def test_it_is_found_in_every_language_with_comments(language: str) -> None:
    mark = languages.of_id(language).comment
    found = open_comment(spot(f"{mark} read all lines of a file‸\n", language))
    assert found is not None and found.instruction == "read all lines of a file"


@pytest.mark.parametrize("language", ["json", "markdown", "plaintext"])
def test_where_there_is_no_code_nothing_is_written(language: str) -> None:
    assert open_comment(spot("# read all lines of a file‸\n", language)) is None


def test_the_comment_is_the_task_and_stays() -> None:
    found = find_offer(spot("x = 1\n\n# add up all prices‸\n\ny = 2"), RefactorSettings(), "write")
    assert isinstance(found, Offer)
    assert found.title == "Write what the comment says: add up all prices"
    assert found.instruction.endswith("Keep the comment. It says: add up all prices")
    assert found.spot.code(found.span) == "# add up all prices"
