from __future__ import annotations

from typing import Any

import pytest
from helpers.refactor_samples import SAMPLES, Sample
from helpers.spots import spot
from hypothesis import given
from hypothesis import strategies as st

from foretype.core.text import Document
from foretype.languages.blocks import MAX_LINE_CHARS, short_line
from foretype.refactor.actions.stubs import is_unwritten
from foretype.refactor.actions.target import MAX_PARSED_CHARS, Problem, Span, Spot, without_request

TALL = "".join(f"{number}\n" for number in range(130))


@given(st.lists(st.sampled_from(["a", "\t b  ", "c" * 600, "\n", "\r", "\r\n", TALL])))
def test_lines_are_those_of_the_document_cut_where_they_are_long(pieces: list[str]) -> None:
    document = Document("file:///a", "".join(pieces))
    for number in range(document.n_lines + 2):
        whole = document.line(number) if number < document.n_lines else ""
        assert short_line(document, number) == whole[:MAX_LINE_CHARS]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.language)
def test_the_function_around_the_cursor_is_found(sample: Sample) -> None:
    here = Spot(Document("file:///a", sample.whole, sample.language), sample.at, sample.at)
    assert here.function is not None
    assert here.code(here.function) == sample.old
    assert here.function.name.lower() == "large"


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.language)
def test_outside_of_a_function_there_is_none(sample: Sample) -> None:
    here = Spot(Document("file:///a", sample.whole, sample.language), 0, 0)
    assert here.function is None


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.language)
def test_the_function_is_found_from_each_of_its_lines(sample: Sample) -> None:
    document = Document("file:///a", sample.whole, sample.language)
    start = sample.whole.index(sample.old)
    for line in range(document.line_of(start), document.line_of(start + len(sample.old)) + 1):
        here = Spot(document, document.line_start(line), document.line_start(line))
        assert here.function is not None, document.line(line)
        assert here.code(here.function) == sample.old


@pytest.mark.parametrize(
    ("drawn", "function"),
    [
        ("def a():\n    def b():\n        x = ‸1\n    return b", "b"),
        ("def a():\n    def b():\n        x = 1\n    return ‸b", "a"),
        ("def a():\n    x = 1\n\n\ny = ‸2", None),
        ('def a():\n    x = """\nfar left\n"""\n    y = ‸1', "a"),
        ('def a():\n    x = """\nfar ‸left\n"""\n    y = 1', "a"),
        ("@cache\n@other(1)\ndef a():\n    return ‸1", "a"),
        ("@ca‸che\ndef a():\n    return 1", "a"),
        ("def a(\n    x: int,\n) -> int:\n    return ‸x", "a"),
        ("class A:\n    async def a(self):\n        return ‸1\n\n    def b(self): ...", "a"),
        ("def a(): return ‸1\ndef b(): return 2", "a"),
    ],
)
def test_functions_of_python(drawn: str, function: str | None) -> None:
    found = spot(drawn).function
    assert (found.name if found else None) == function


@pytest.mark.parametrize(
    ("language", "drawn", "function"),
    [
        ("typescript", "class A {\n  get(x: number): number {\n    return ‸x;\n  }\n}", "get"),
        (
            "typescript",
            "class A {\n  constructor(private x: X) {\n    this.y = ‸x;\n  }\n}",
            "constructor",
        ),
        ("typescript", "export const f = async (a: A): Promise<B> => {\n  return ‸a;\n};", "f"),
        ("typescript", "export const f = (a: A) => ‸a;\n", "f"),
        ("javascript", "if (x) {\n  call(‸y);\n}", None),
        (
            "javascript",
            "describe('a', () => {\n  it('b', () => {\n    const x = ‸1;\n  });\n});",
            None,
        ),
        (
            "c",
            "static int f(int a)\n{\n#ifdef X\n    if (a) {\n        g(‸a);\n    }\n#endif\n}",
            "f",
        ),
        ("c", "int f(int a)\n{\n    char c = '}';\n    /* } */\n    g(‸a);\n}", "f"),
        (
            "cpp",
            "void A::f() const {\n    for (int i = 0; i < 3; i++) {\n        g(‸i);\n    }\n}",
            "f",
        ),
        (
            "cpp",
            "struct A {\n    explicit operator bool() const {\n        return ‸x;\n    }\n};",
            "operator bool",
        ),
        ("cpp", "A::operator JsValue() const {\n    return ‸x;\n}", "operator JsValue"),
        (
            "rust",
            "macro_rules! m {\n  () => {\n    fn f() {\n      ‸g();\n    }\n  };\n}",
            "f",
        ),
        ("rust", "macro_rules! m {\n    () => {\n        ‸g();\n    };\n}", "m"),
        ("rust", "check! {\n    fn f(x: u8) -> bool {\n        ‸x == 1\n    }\n}", "f"),
        ("rust", 'fn f() {\n    println!(\n        "{}", ‸x\n    );\n}', "f"),
        ("javascript", "const a = make({\n  f (x) {\n    return ‸x\n  }\n})", "f"),
        ("javascript", "const a = {\n  f: (x) => {\n    return ‸x\n  }\n}", "f"),
        ("typescript", "const a: A = {\n  get(x: X) {\n    return ‸x;\n  },\n};", "get"),
        (
            "java",
            "class A {\n    @Override\n    public String toString() {\n        ‸x();\n    }\n}",
            "toString",
        ),
        (
            "java",
            "class A {\n    void f() {\n        if (a) {\n            b(‸);\n        }\n    }\n}",
            "f",
        ),
        (
            "rust",
            "impl A {\n    #[inline]\n    pub async fn f<'a>(x: &'a T) {\n        ‸g();\n    }\n}",
            "f",
        ),
        ("go", "func (s *Server) Serve() error {\n\treturn ‸nil\n}", "Serve"),
        ("ruby", "class A\n  def self.f\n    if a\n      ‸b\n    end\n  end\nend", "f"),
    ],
)
def test_functions_of_other_languages(language: str, drawn: str, function: str | None) -> None:
    found = spot(drawn, language).function
    assert (found.name if found else None) == function


def test_a_line_wise_selection_does_not_hold_the_next_line() -> None:
    assert spot("a = 1\n«b = 2\n»c = 3").lines == Span(1, 1)


def test_blank_lines_around_a_selection_are_left_out() -> None:
    assert spot("«\n\nb = 2\n\n»c = 3").lines == Span(2, 2)


def test_one_selected_character_is_a_cursor() -> None:
    assert not spot("a = «1»").selected


@pytest.mark.parametrize(
    ("drawn", "instruction"),
    [
        ("# foretype: use a set\nx = ‸1", "use a set"),
        ("# Foretype:   use a set  \n‸x = 1", "use a set"),
        ("# foretype: use a set\n# and sort it\n\nx = ‸1", "use a set and sort it"),
        ("«x = 1\n# foretype: sort\ny = 2»", "sort"),
        ("x = ‸1\n# foretype: below the cursor's line", None),
        ("# foretypes: no\nx = ‸1", None),
        ("# foretype: far\n\n\n\n\nx = ‸1", None),
    ],
)
def test_a_comment_that_asks_is_found(drawn: str, instruction: str | None) -> None:
    request = spot(drawn).request
    assert (request.instruction if request else None) == instruction


@pytest.mark.parametrize(
    ("language", "comment"),
    [
        ("javascript", "// foretype: sort"),
        ("c", "/* foretype: sort */"),
        ("html", "<!-- foretype: sort -->"),
        ("lua", "-- foretype: sort"),
        ("clojure", ";; foretype: sort"),
        ("latex", "% foretype: sort"),
    ],
)
def test_every_kind_of_comment_can_ask(language: str, comment: str) -> None:
    request = spot(f"{comment}\nx‸", language).request
    assert request is not None and request.instruction == "sort"


def test_a_kept_request_is_taken_out() -> None:
    original = "# foretype: sort\nx = [2, 1]"
    assert without_request("# foretype: sort\nx = [1, 2]", original) == "x = [1, 2]"
    assert without_request("# foretype: else\nx = 1", original) == "# foretype: else\nx = 1"


@pytest.mark.parametrize(
    ("language", "drawn"),
    [
        ("python", "def f(x):\n    ‸pass"),
        ("python", "def f(x): ‸..."),
        ("python", 'def f(x):\n    """Say it.\n\n    At length.‸\n    """'),
        ("python", 'def f(x):\n    """Say it."""\n    raise NotImplementedError‸'),
        ("python", "def f(x):\n    # TODO: sort‸\n    return x"),
        ("javascript", "function f(x) {\n‸}"),
        ("javascript", "function f(x) {\n  // later‸\n}"),
        ("typescript", 'function f(x: X): Y {\n  throw new Error("not implemented");‸\n}'),
        ("rust", "fn f() -> i32 {\n    todo!()‸\n}"),
        (
            "java",
            'class A {\n    int f() {\n        throw new RuntimeException("TODO");‸\n    }\n}',
        ),
        ("go", 'func f() int {\n\tpanic("not implemented")‸\n}'),
        ("ruby", "def f(x)\n‸end"),
        ("kotlin", "fun f(): Int {\n    TODO()‸\n}"),
    ],
)
def test_a_stub_is_seen(language: str, drawn: str) -> None:
    assert is_unwritten(spot(drawn, language))


@pytest.mark.parametrize(
    ("language", "drawn"),
    [
        ("python", "def f(x):\n    try:\n        g()\n    except E:\n        ‸pass"),
        ("python", "def f(x):\n    return ‸x"),
        ("python", "def f(x):\n    if x:\n        pass‸"),
        ("javascript", "function f(x) {\n  return ‸x;\n}"),
        ("rust", "fn f() -> i32 {\n    ‸1\n}"),
    ],
)
def test_a_body_is_no_stub(language: str, drawn: str) -> None:
    assert not is_unwritten(spot(drawn, language))


class Counting(str):
    """Text that counts how many characters are read from it."""

    read = 0

    def __getitem__(self, key: Any) -> str:
        piece = str.__getitem__(self, key)
        Counting.read += len(piece)
        return piece


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.language)
def test_a_long_file_is_no_more_work_than_a_short_one(sample: Sample) -> None:
    def characters_read(n_before: int) -> int:
        filler = "\n".join("" for _ in range(n_before))
        text = Counting(sample.whole + filler + sample.whole + filler)
        document = Document("file:///a", text, sample.language)
        at = len(sample.whole) + len(filler) + sample.at
        Counting.read = 0
        here = Spot(document, at, at)
        assert here.function and here.code(here.function) == sample.old
        _ = here.request, is_unwritten(here), here.head, here.type
        return Counting.read

    assert characters_read(10 * MAX_PARSED_CHARS) <= characters_read(MAX_PARSED_CHARS)


def test_problems_are_kept() -> None:
    problem = Problem(0, 1, "unused", "ruff")
    assert Spot(Document("file:///a", "x"), 0, 0, (problem,)).problems == (problem,)


@given(st.lists(st.sampled_from(["a = 1\n", "\n", "  \r\n", "\t\n", "b"]), min_size=1), st.data())
def test_a_span_is_the_whole_file_where_only_blanks_are_around_it(
    pieces: list[str], data: st.DataObject
) -> None:
    document = Document("file:///a.py", "".join(pieces), "python")
    first = data.draw(st.integers(0, document.n_lines - 1))
    last = data.draw(st.integers(first, document.n_lines - 1))
    here, span = Spot(document, 0, 0), Span(first, last)
    start, end = here.offsets(span)
    around = document.text[:start] + document.text[end:]
    assert here.is_whole_file(span) == (not around.strip())
