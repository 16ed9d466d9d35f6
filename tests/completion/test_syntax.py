"""What adds a syntax error is told from what is only unfinished, or stands in a broken file."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator

import pytest
from helpers.marks import cursor
from helpers.paths import ROOT
from helpers.service_editor import editor, reason
from helpers.virtual import VirtualLoop, virtual

from foretype.completion.selection import syntax_check as syntax
from foretype.completion.selection.syntax_check import adds_errors, errors_added, warm
from foretype.completion.suggestion import NoSuggestion, Reason, Suggestion, Trigger
from foretype.core.cursor import Cursor
from foretype.core.text import Document
from foretype.languages import grammars
from foretype.languages.scopes import scope_at
from foretype.models.scripted import Script, ScriptedModel

LANGUAGES = ("python", "javascript", "typescript", "typescriptreact", "go", "rust", "java")


@pytest.fixture(autouse=True)
def warmed() -> None:
    for language in LANGUAGES:
        warm(language)


def adds(drawn: str, text: str, language: str = "python") -> bool | None:
    return adds_errors(cursor(drawn, language=language), text)


BROKEN = [
    ("python", "def f(a):\n    ‸\n", "x = (a + 1\n    y = 2)\n    return x"),
    ("python", "def f(a):\n    ‸\n", "Here is the code you asked for."),
    ("python", "def f(a):\n    ‸\n", "return a\n\nThis returns the value that it was given."),
    ("python", "print(‸)\n", "a))"),
    ("python", "x = ‸\n", "= 3"),
    ("python", "def f(a):\n    return ‸\n", "> a"),
    ("python", "def f(a):\n    return ‸\n", "<empty>"),
    ("python", "y = 1\nx = ‸\n", "…"),
    ("javascript", "const x = ‸;\n", ") + 1"),
    ("go", "func f() int {\n\treturn ‸\n}\n", "= 1"),
    ("python", "x = [‸]\n", "1, 2}"),
    ("javascript", "function f(a) {\n  ‸\n}\n", "const b = g(a;\n  return b;"),
    ("javascript", "f(‸);\n", "a)"),
    ("javascript", "class A {\n  ‸\n}\n", "b() { return 1; }\n  c d() {"),
    ("typescript", "const a: ‸;\n", "number> = 1"),
    ("typescriptreact", "const a = <p>‸</p>;\n", "{b}}</b>"),
    ("go", "func f() int {\n\t‸\n}\n", "x := g(1\n\treturn x"),
    ("rust", "fn f() -> u8 {\n    ‸\n}\n", "let x = g(1;\n    x"),
    ("java", "class A {\n    int f() {\n        ‸\n    }\n}\n", "int x = g(1;\n        return x;"),
]


@pytest.mark.parametrize(("language", "drawn", "text"), BROKEN)
def test_a_syntax_error_is_found(language: str, drawn: str, text: str) -> None:
    assert adds(drawn, text, language) is True


UNFINISHED = [
    ("python", "def f(a):\n    ‸\n", "if a:"),
    ("python", "def f(a):\n    ‸\n", "try:\n        g()"),
    ("python", "def f(a):\n    ‸\n    return x\n", "x = g(\n        a,"),
    ("python", "‸\n", "@cache"),
    ("python", "‸\nclass A:\n    pass\n", "x = [\n    1,"),
    ("javascript", "function f(a) {\n  ‸\n}\n", "if (a) {\n    g({"),
    ("javascript", "function f(a) {\n  ‸\n}\n", "const b = a &&"),
    ("typescript", "interface A {\n  ‸\n}\n", "b(c: {"),
    ("go", "package a\n\n‸\n", "func f() (int, error) {\n\tif x {"),
    ("rust", "‸\n", "#[derive(Debug)]"),
    ("rust", "fn f() {\n    ‸\n}\n", "match x {\n        Some(y) =>"),
    ("java", "class A {\n    ‸\n}\n", "@Override\n    public void f("),
]


@pytest.mark.parametrize(("language", "drawn", "text"), UNFINISHED)
def test_what_is_only_unfinished_is_none(language: str, drawn: str, text: str) -> None:
    assert not adds(drawn, text, language)


@pytest.mark.parametrize(
    ("language", "drawn", "text"),
    [
        ("python", "def f(:\n    x = (\n    ‸\n", "return 1"),
        ("javascript", "const = ;\nfunction f() {\n  ‸\n}\n", "return 1;"),
        ("javascript", "f(a b ‸);\n", "c"),
        ("python", "print(‸))\n", "a"),
        ("python", 'x = """\n‸\n', "Here is some text in a string, and an odd ) in it."),
        ("python", "# ‸\n", "prose in a comment )"),
        ("python", "‸\n", "def f[T = int](a: T): ..."),
        ("typescript", "‸\n", 'type X = import("a").B<C>;'),
        ("ruby", "‸\n", "f(a b c))"),
        ("python", "x = ‸\n", " \n"),
    ],
)
def test_nothing_is_said_of_what_cannot_be_told(language: str, drawn: str, text: str) -> None:
    assert not adds(drawn, text, language)


def test_the_document_above_the_window_does_not_matter() -> None:
    above = "def broken(:\n" + "x = 1\n" * 400
    assert adds(above + "y = ‸\n", "(1") is False
    assert adds(above + "y = ‸\n", "f(1 2)") is True


def test_a_window_within_a_long_class_has_the_lines_that_begin_it() -> None:
    body = "  m() {\n    return [\n      1,\n    ];\n  }\n" * 200
    drawn = "class A {\n" + body + "  n() {\n    ‸\n  }\n}\n"
    assert adds(drawn, "return super.m();", "javascript") is False
    assert adds(drawn, "return super.m(;\n    x()", "javascript") is True


def heard(drawn: str, inserted: str) -> list[str]:
    """What the parser told while a sound text was looked at."""
    told: list[str] = []
    listen = syntax._Look._listen

    def note(look: syntax._Look, kind: object, message: str) -> None:
        told.append(message)
        listen(look, kind, message)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(syntax._Look, "_listen", note)
        assert adds(drawn, inserted) is False
    return told


def test_comments_above_do_not_make_the_look_long() -> None:
    comments = "# words and more words\n" * 60
    assert 0 < len(heard("x = 1\n" + comments + "y = ‸\n", "f(a,")) < 2_000


def test_what_parses_is_not_listened_to() -> None:
    assert not heard("x = 1\ny = ‸\n", "f(a, b)")


def test_line_ends_and_wide_characters_are_counted_as_the_parser_does() -> None:
    assert adds('x = "漢🙂"\r\nif x:\r\n    ‸\r\n', 'y = "é"\r\n    f(1 2)\r\n    z = 1') is True
    assert adds('x = "漢🙂"\r\nif x:\r\n    ‸\r\n', 'y = "é"\r\n    f(1, 2)') is False


def test_closers_that_the_text_stands_for_are_not_there_twice() -> None:
    drawn = cursor("f(‸)\n", language="javascript")
    assert adds_errors(drawn, "a, () => {\n})", replaces=1) is False
    assert adds_errors(drawn, "a, b)", replaces=1) is False
    assert adds_errors(drawn, "a, b)") is True


def test_without_a_grammar_nothing_is_known() -> None:
    warm("lua")
    assert adds("print(‸)\n", "a))", "lua") is None
    assert errors_added("lua", "print(", "a))", ")\n") is None


@pytest.mark.parametrize("limit", ["FIRST_LOOK_MESSAGES", "SECOND_LOOK_MESSAGES"])
def test_a_parse_that_takes_too_much_work_says_nothing(
    monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    drawn, text = "x = 1\n" * 100 + "print(‸)\n", "a b c\nd"
    assert adds(drawn, text) is True
    monkeypatch.setattr(syntax, limit, 200)
    assert not adds(drawn, text)


def test_a_look_ends_soon_after_its_work_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn, text = "y = ‸\n", "[" + "f(a), " * 300
    assert len(heard(drawn, text)) > 6_000
    monkeypatch.setattr(syntax, "FIRST_LOOK_MESSAGES", 1_000)
    assert len(heard(drawn, text)) < 2_000


def real_places() -> Iterator[tuple[Cursor, str]]:
    """Places in this project's own files, where lines were taken out, and what stood there."""
    dice = random.Random(4)
    files = sorted((ROOT / "server").glob("**/*.py"))
    for path in dice.sample(files, 40):
        document = Document(path.as_uri(), path.read_text(encoding="utf-8"), "python")
        for _ in range(5):
            first = dice.randrange(document.n_lines)
            last = min(first + dice.randrange(8), document.n_lines - 1)
            start, end = document.line_start(first), document.line_end(last)
            start += len(document.line(first)) // 2 * dice.randrange(2)
            text = document.text
            left = Cursor(Document(f"{document.uri}#{first}", text[:start] + text[end:]), start)
            said = text[start:end].split("\n")
            yield left, "\n".join(said[: dice.randrange(1, len(said) + 1)])


def test_what_really_stood_there_is_never_refused() -> None:
    told = []
    for at, text in real_places():
        document = Document(at.document.uri, at.document.text, "python")
        scope_at(Cursor(document, at.offset))
        told.append(adds_errors(Cursor(document, at.offset), text))
    assert True not in told
    assert told.count(False) > len(told) / 2


# --- at the service ------------------------------------------------------------------------------


@virtual
async def test_a_text_with_a_syntax_error_is_not_shown_and_not_asked_for_again() -> None:
    model = ScriptedModel(Script(["g(a b)\n"], first=0.1))
    e = editor("def f(a):\n    x = ‸\n", model)
    assert reason(await e.ask()) is Reason.FILTERED
    assert await e.ask() == NoSuggestion(Reason.FILTERED, "it adds a syntax error")
    assert len(model.prompts) == 1
    assert e.service.counts["refused"] == 1


@virtual
async def test_a_text_that_came_too_late_is_looked_at_when_it_is_to_be_shown() -> None:
    model = ScriptedModel(Script(["g(a b)\n"], first=0.6))
    e = editor("def f(a):\n    x = ‸\n", model)
    assert reason(await e.ask()) is Reason.DEADLINE
    await asyncio.sleep(1)
    e.at = Cursor(e.at.document, e.at.offset)
    assert reason(await e.ask()) is Reason.FILTERED
    assert len(model.prompts) == 1


@virtual
async def test_one_grammar_is_loaded_on_a_thread_a_while_after_a_document_was_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    loaded: list[tuple[str, bool]] = []
    load_grammar = grammars.load_grammar

    def load(module: str, function: str) -> object:
        loaded.append((module, loop.in_executor))
        return load_grammar(module, function)

    monkeypatch.setattr(grammars, "load_grammar", load)
    e = editor("‸", ScriptedModel("x"))
    # No other test has a document in this language.
    e.service.opened(Document("file:///project/a.jsx", "x = <p/>\n", "javascriptreact"))
    await asyncio.sleep(0.9)
    assert not loaded
    await asyncio.sleep(0.2)
    assert loaded == [("tree_sitter_javascript", True)]


@virtual
async def test_another_text_that_fits_takes_its_place() -> None:
    model = ScriptedModel(Script(["g(a)\n"], first=0.5), Script(["g(a b) + 1\n"], first=0.05))
    e = editor("def f(a):\n    x = ‸\n", model)
    assert reason(await e.ask()) is Reason.DEADLINE
    e.service.pool.start(model, e.at)
    await asyncio.sleep(0.3)
    answer = await e.ask(Trigger.INVOKED)
    assert isinstance(answer, Suggestion)
    assert answer.text == "g(a)"


@virtual
async def test_what_is_typed_through_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[str] = []
    monkeypatch.setattr(
        "foretype.completion.selection.eligibility.adds_errors",
        lambda cursor, text, replaces=0: looks.append(text),
    )
    e = editor("total = ‸\n", ScriptedModel(Script(["sum(prices)\n"], first=0.1)))
    assert await e.shown() == "sum(prices)"
    for key in "sum(":
        e.type(key)
        await e.shown()
    assert looks == ["sum(prices)"]
