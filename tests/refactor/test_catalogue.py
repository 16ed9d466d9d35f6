from __future__ import annotations

import re

import pytest
from helpers.paths import ROOT
from helpers.refactor_samples import BY_LANGUAGE, SAMPLES, Sample
from helpers.spots import spot

from foretype.core.text import Document
from foretype.languages import refactor_traits as languages
from foretype.refactor.actions.catalogue import BY_NAME, CATALOGUE
from foretype.refactor.actions.offers import Offer, find_offer, offers
from foretype.refactor.actions.target import Problem, Span, Spot
from foretype.settings.schema import CustomAction, RefactorSettings

SETTINGS = RefactorSettings()

FLASK = (
    "from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get('/')\ndef a():\n    return ‸1"
)


def names(drawn: str | Spot, language: str = "python", **options: object) -> list[str]:
    here = spot(drawn, language) if isinstance(drawn, str) else drawn
    settings = options.pop("settings", SETTINGS)
    found = offers(here, settings, **options)  # type: ignore[arg-type]
    return [offer.action.name for offer in found if not offer.disabled]


def named(drawn: str, name: str, language: str = "python") -> Offer:
    found = find_offer(spot(drawn, language), SETTINGS, name)
    assert isinstance(found, Offer), found
    return found


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.language)
def test_an_action_is_offered_only_in_the_languages_it_claims(sample: Sample) -> None:
    here = Spot(Document("file:///a", sample.whole, sample.language), sample.at, sample.at)
    found = set(names(here))
    for action in CATALOGUE:
        if action.languages and sample.language not in action.languages:
            assert action.name not in found
        if action.name == "type-hints" and sample.language.startswith("typescript"):
            assert action.name not in found  # its sample is typed
        elif (
            action.name in ("type-hints", "async", "errors") and sample.language in action.languages
        ):
            assert action.name in found
    assert {"simplify", "modernize", "optimize", "explain", "tests", "rename"} <= found


def test_every_action_that_claims_a_language_names_it_as_editors_do() -> None:
    for action in CATALOGUE:
        for language in action.languages:
            assert language in BY_LANGUAGE


@pytest.mark.parametrize("name", [action.name for action in CATALOGUE])
def test_every_name_is_found_again(name: str) -> None:
    assert re.fullmatch(r"[a-z-]+", name)
    assert BY_NAME[name].name == name


@pytest.mark.parametrize(
    ("drawn", "offered"),
    [
        ("def f(x):\n    return ‸x", {"type-hints", "docstrings", "async", "errors", "rename"}),
        ("def f(x):\n    y = ‸1\n    return y", {"inline"}),
        ("def f(x):\n    ‸pass", {"implement"}),
        ("def f(x):\n    «a = 1\n    b = 2»\n    return a + b", {"extract", "simplify"}),
        ("# foretype: sort\nx = ‸[2, 1]", {"asked", "across-files"}),
        (FLASK, {"flask-to-fastapi"}),
    ],
)
def test_what_is_offered(drawn: str, offered: set[str]) -> None:
    assert offered <= set(names(drawn))


@pytest.mark.parametrize(
    ("drawn", "not_offered"),
    [
        ("def f(x: int) -> int:\n    return ‸x", {"type-hints", "implement", "asked"}),
        ("async def f(x):\n    return ‸x", {"async"}),
        ('def f(x):\n    """Say."""\n    return ‸x', {"docstrings"}),
        ("def f(x):\n    return ‸x", {"extract", "flask-to-fastapi", "inline", "across-files"}),
        ("x = ‸1", {"rename", "inline", "async"}),
        ("# we replaced flask\ndef f(): return ‸1", {"flask-to-fastapi"}),
    ],
)
def test_what_is_not_offered(drawn: str, not_offered: set[str]) -> None:
    assert not not_offered & set(names(drawn))


@pytest.mark.parametrize(
    ("language", "drawn", "offered"),
    [
        ("json", '{"a": ‸1}', set()),
        ("json", '«{"a": 1,\n"b": 2}»', set()),
        ("yaml", "a: ‸1", set()),
        ("markdown", "# Titl‸e\n\nWords.", set()),
        ("css", "a { color: ‸red }", {"simplify", "modernize", "optimize", "explain"}),
        ("sql", "SELECT ‸1", {"simplify", "modernize", "optimize", "explain"}),
        (
            "typescript",
            "function f(a: number): string {\n  return ‸`${a}`;\n}",
            {"rename", "tests"},
        ),
    ],
)
def test_what_makes_no_sense_in_a_language_is_not_offered(
    language: str, drawn: str, offered: set[str]
) -> None:
    found = set(names(drawn, language))
    assert offered <= found
    if offered:
        assert not found & {"type-hints"}
    if language in ("json", "yaml", "markdown", "css", "sql"):
        assert found - {"explanation"} == offered


@pytest.mark.parametrize(
    ("signature", "is_offered"),
    [
        ("function f(a: number): string", False),
        ("function f(a): string", True),
        ("function f(a: number)", True),
        ("export const f = (a: number): string =>", False),
        ("export const f = (a) =>", True),
        ("class A { constructor(a: number)", False),
    ],
)
def test_types_are_offered_where_typescript_lacks_them(signature: str, is_offered: bool) -> None:
    drawn = f"{signature} {{\n  ‸g(a);\n}}" + "}" * signature.count("{")
    assert ("type-hints" in names(drawn, "typescript")) == is_offered


@pytest.mark.parametrize("language", ["python", "javascript", "rust", "ruby"])
def test_nothing_is_made_of_imports_and_comments(language: str) -> None:
    mark = languages.of_id(language).comment
    lines = {
        "python": "import os",
        "javascript": 'import a from "a";',
        "rust": "use std::fmt;",
        "ruby": 'require "json"',
    }
    assert names(f"{lines[language]}‸\n{mark} All of it.\n", language) == ["explanation"]


def test_a_selection_that_defines_nothing_is_not_documented() -> None:
    assert "docstrings" not in names("def f(x):\n    «a = 1\n    b = 2»\n    return a + b")
    assert "docstrings" in names("«def f(x):\n    return x»\n")


def test_extraction_says_what_it_lacks() -> None:
    found = {o.action.name: o.disabled for o in offers(spot("def f():\n    return ‸1"), SETTINGS)}
    assert found["extract"] == "select the statements to extract"


def test_tests_of_tests_are_not_offered() -> None:
    document = Document("file:///project/tests/test_a.py", "def f(): ...", "python")
    assert "tests" not in names(Spot(document, 0, 0))


@pytest.mark.parametrize(
    ("only", "kinds"),
    [
        (("refactor",), {"refactor.rewrite", "refactor.extract", "refactor.inline"}),
        (("refactor.extract",), {"refactor.extract"}),
        (("quickfix",), {"quickfix"}),
        (("source",), {"source"}),
        (("source.organizeImports",), set()),
        (("refactor.extract.function",), set()),
        (("",), {"refactor.rewrite", "refactor.extract", "refactor.inline", "quickfix", "source"}),
    ],
)
def test_only_the_kinds_asked_for_are_offered(only: tuple[str, ...], kinds: set[str]) -> None:
    document = Document("file:///a", "def f():\n    # foretype: sort\n    x = [2, 1]\n", "python")
    here = Spot(document, 34, 44, (Problem(34, 35, "bad"),))
    assert {offer.kind for offer in offers(here, SETTINGS, only=only)} == kinds


def test_a_diagnostic_is_fixed_with_its_own_words() -> None:
    document = Document("file:///a", "def f():\n    return x\n", "python")
    here = Spot(document, 20, 20, (Problem(20, 21, "undefined name 'x' {scope}", "ruff"),))
    first = offers(here, SETTINGS)[0]
    assert first.title == "Fix: undefined name 'x' {scope}"
    assert first.problem == "undefined name 'x' {scope} (ruff)"
    assert first.span == Span(0, 1, "f")


def test_the_title_names_what_is_rewritten() -> None:
    assert named("def f():\n    return ‸1", "simplify").title == "Simplify f"
    assert named("«a = 1\nb = 2»\nc = 3", "simplify").title == "Simplify the selection"
    assert named("a = ‸1", "simplify").title == "Simplify this file"
    assert named("«a = 1\nb = 2\n»", "simplify").title == "Simplify this file"


@pytest.mark.parametrize(
    ("drawn", "lines"),
    [
        (
            "# foretype: sort\ndef f():\n    return ‸1\n\nx = 1",
            "# foretype: sort\ndef f():\n    return 1",
        ),
        (
            "# foretype: s‸ort\ndef f():\n    return 1\n\nx = 1",
            "# foretype: sort\ndef f():\n    return 1",
        ),
        ("# foretype: s‸ort\na = 1\nb = 2\n\nc = 3", "# foretype: sort\na = 1\nb = 2"),
        (
            "def f():\n    # foretype: s‸ort\n    return 1",
            "def f():\n    # foretype: sort\n    return 1",
        ),
        ("# foretype: write a cla‸ss A", "# foretype: write a class A"),
    ],
)
def test_a_comment_speaks_of_what_follows_it(drawn: str, lines: str) -> None:
    offer = named(drawn, "asked")
    assert offer.spot.code(offer.span) == lines


def test_a_long_selection_is_refused_before_it_costs_anything() -> None:
    text = "\n".join(f"value_{n} = compute({n})" for n in range(2000))
    here = Spot(Document("file:///a", text, "python"), 0, len(text))
    found = {offer.action.name: offer.disabled for offer in offers(here, SETTINGS)}
    assert found["simplify"] == "2000 lines are too many for one answer: select fewer"


def test_work_across_files_needs_trust() -> None:
    untrusted = RefactorSettings(trusted=False)
    here = spot("# foretype: sort\nx = ‸1")
    assert "across-files" not in names(here, settings=untrusted)
    assert find_offer(here, untrusted, "across-files", "do it") == (
        "work across files needs a trusted workspace"
    )


def test_an_editor_that_asks_gets_what_needs_an_instruction() -> None:
    found = names("def f():\n    return ‸1", asks=True)
    assert {"instruct", "across-files"} <= set(found)
    assert "instruct" not in names("def f():\n    return ‸1")


def test_refactorings_of_ones_own_come_first() -> None:
    own = CustomAction(title="Use {our} logger", instruction="Log.", languages=("python",))
    settings = RefactorSettings(actions=(own,))
    here = spot("def f():\n    return ‸1")
    assert offers(here, settings)[0].title == "Use {our} logger"
    assert "Use {our} logger" not in names("int f() { ‸}", "c", settings=settings)
    found = find_offer(here, settings, "Use {our} logger")
    assert isinstance(found, Offer) and found.instruction == "Log."


@pytest.mark.parametrize(
    ("name", "instruction", "sentence"),
    [
        ("simplfy", "", "there is no refactoring named 'simplfy'"),
        ("instruct", " ", "an instruction is needed"),
        ("", "", "an instruction is needed"),
        ("fix", "", "no diagnostic"),
        ("flask-to-fastapi", "", "does not apply here"),
        ("extract", "", "select the statements"),
    ],
)
def test_what_cannot_be_done_is_said(name: str, instruction: str, sentence: str) -> None:
    found = find_offer(spot("def f():\n    return ‸1"), SETTINGS, name, instruction)
    assert isinstance(found, str) and sentence in found


def test_an_instruction_takes_the_place_of_the_actions_own() -> None:
    found = find_offer(spot("def f():\n    return ‸1"), SETTINGS, "", "use a set")
    assert isinstance(found, Offer) and found.instruction == "use a set"


def test_nothing_is_offered_where_refactorings_are_off() -> None:
    assert offers(spot("def f():\n    return ‸1"), RefactorSettings(enabled=False)) == []


def test_the_page_of_refactorings_names_them_all() -> None:
    page = (ROOT / "docs" / "refactorings.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| `([a-z-]+)` \|", page, re.M)
    assert sorted(named) == sorted(BY_NAME)
