from __future__ import annotations

import pytest
from helpers.refactor_samples import SAMPLES, Sample
from helpers.spots import spot

from foretype.core.text import Document
from foretype.refactor.actions.menu import MOST_ENTRIES, shortened
from foretype.refactor.actions.offers import offers
from foretype.refactor.actions.target import Problem, Spot
from foretype.settings.schema import CustomAction, RefactorSettings

SETTINGS = RefactorSettings()


def shown(here: Spot, settings: RefactorSettings = SETTINGS) -> list[str]:
    return [offer.action.name for offer in shortened(offers(here, settings, asks=True))]


@pytest.mark.parametrize(
    ("drawn", "names"),
    [
        ("def f(x):\n    return ‸x", ["type-hints", "docstrings", "instruct"]),
        ('def f(x: int) -> int:\n    """Do."""\n    return ‸x', ["simplify"]),
        ("def f(x):\n    ‸...", ["implement", "type-hints", "instruct"]),
        ("def f(x):\n    «a = 1\n    b = 2»\n    return a", ["simplify", "extract", "instruct"]),
        ("# foretype: sort\ndef f(x):\n    return ‸x", ["asked", "type-hints", "docstrings"]),
    ],
)
def test_what_fits_best_is_shown(drawn: str, names: list[str]) -> None:
    found = shown(spot(drawn))
    assert [name for name in found if name in names] == names
    assert len(found) <= MOST_ENTRIES


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.language)
def test_a_menu_is_never_long(sample: Sample) -> None:
    own = tuple(CustomAction(title=f"Own {n}", instruction="Do it.") for n in range(3))
    document = Document("file:///a", sample.whole, sample.language)
    for at in range(0, len(sample.whole), 7):
        here = Spot(document, at, at, tuple(Problem(at, at, f"bad {n}") for n in range(3)))
        for actions in ((), own):
            found = shown(here, RefactorSettings(actions=actions))
            assert len(found) <= MOST_ENTRIES
            assert found.count("fix") == found.count("instruct") == 1


def test_refactorings_of_ones_own_fit_best() -> None:
    own = tuple(CustomAction(title=title, instruction="Do it.") for title in ("A", "B", "C"))
    found = shown(spot("def f(x):\n    return ‸x"), RefactorSettings(actions=own))
    assert found == ["A", "B", "instruct"]


def test_a_module_of_flask_is_turned_where_the_cursor_is_in_no_function() -> None:
    code = "from flask import Flask‸\n\n\ndef a():\n    return 1"
    assert "flask-to-fastapi" in shown(spot(code))
    inside = code.replace("‸", "").replace("return", "‸return")
    assert "flask-to-fastapi" not in shown(spot(inside))


def test_where_nothing_is_possible_the_menu_says_why() -> None:
    text = "\n".join(f"value_{n} = compute({n})" for n in range(2000))
    here = Spot(Document("file:///a", text, "python"), 0, len(text))
    (only,) = shortened([one for one in offers(here, SETTINGS) if one.disabled])
    assert "too many for one answer" in only.disabled
