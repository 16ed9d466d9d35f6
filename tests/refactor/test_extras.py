"""Answers that hold more than was asked for, or less, and honest ones that look like them."""

from __future__ import annotations

from textwrap import indent

import pytest
from helpers.marks import selection
from helpers.refactor_samples import SAMPLES, Sample
from helpers.verdicts import faults, verdict

from foretype.languages import refactor_traits as languages
from foretype.refactor.actions.catalogue import BY_NAME

SHOP = """\
import os


class Shop:
    limit = 10

«    def large(self, prices):
        found = []
        for price in prices:
            if price > self.limit:
                found.append(price)
        return found»

    def small(self, prices):
        return prices
"""
LOOP = """\
def large(prices, limit):
    found = []
«    for price in prices:
        if price > limit:
            found.append(price)»
    return found


def small(prices):
    return prices
"""
LARGE = "    def large(self, prices):\n        return [p for p in prices if p > self.limit]"
EXTENDED = "    found.extend(p for p in prices if p > limit)"
AREA = "«def area(w, h):\n    return w * h»\n\nX = area(1, 2)\n"
SAME_AREA = "def area(w, h):\n    return h * w"


def check(
    drawn: str, code: str, *, action: str = "simplify", language: str = "python"
) -> list[str]:
    text, start, end = selection(drawn)
    said = verdict(text, start, end, code, languages.of_id(language), BY_NAME[action])
    return [*said.faults, *said.doubts]


@pytest.mark.parametrize("action", ["simplify", "instruct"])
@pytest.mark.parametrize(
    ("drawn", "code", "fault"),
    [
        (SHOP, f"{LARGE}\n\n    def small(self, prices):\n        return prices[:]", "small would"),
        (SHOP, f"{LARGE}\n\n{LARGE}", "large would"),
        (SHOP, "    class Shop:\n" + indent(LARGE, "    "), "Shop would"),
        (LOOP, "    def large(prices: list, limit):\n        return prices", "large would"),
        (LOOP, f"{EXTENDED}\n    return found", "the code after it is repeated: return found"),
        (LOOP, f"    found = []\n{EXTENDED}", "the code before it is repeated: found = []"),
        (LOOP, "    def small(prices):\n        return prices", ""),
        (LOOP, EXTENDED, ""),
        ("«a = 1»\nb = 2\n", "a = 1\na = 1", ""),
        ("if a:\n«    b()»\nelse:\n    c()\n", "    c()\n    b()", ""),
    ],
)
def test_what_stands_around_the_code_is_not_repeated(
    drawn: str, code: str, fault: str, action: str
) -> None:
    said = " ".join(check(drawn, code, action=action))
    assert (fault in said) if fault else not said


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.language)
def test_the_whole_function_in_the_place_of_its_body_is_seen(sample: Sample) -> None:
    lines = sample.old.split("\n")
    start = sample.whole.index(sample.old) + len(lines[0]) + 1
    end = start + len("\n".join(lines[1:-1]))
    language = languages.of_id(sample.language)
    assert faults(sample.whole, start, end, sample.new, language, BY_NAME["instruct"])


@pytest.mark.parametrize(
    "family",
    [
        "@property\ndef area(self):\n    return 1\n\n@area.setter\ndef area(self, v):\n    pass",
        "@overload\ndef area(w: int) -> int: ...\n@overload\ndef area(w: str) -> str: ...\n",
        "try:\n    from a import area\nexcept ImportError:\n    def area(): return 1",
        "class A:\n    def area(self): return 1\n\nclass B:\n    def area(self): return 2",
        "def _(a: int): return a\n\ndef _(b: str): return b",
    ],
)
def test_families_of_functions_may_share_a_name(family: str) -> None:
    assert check("«x = 1»\n", f"x = 1\n\n{family}") == []


@pytest.mark.parametrize(
    ("language", "family"),
    [
        ("typescript", "function f(a: string): string;\nfunction f(a: any): any {\n  return a;\n}"),
        (
            "java",
            "class A {\n  int f(int a) {\n    return a;\n  }\n  int f() {\n    return 1;\n  }\n}",
        ),
        (
            "go",
            "func (a A) N() string {\n\treturn a\n}\n\nfunc (b B) N() string {\n\treturn b\n}",
        ),
        (
            "javascript",
            "useEffect(function () {\n  a();\n});\nuseEffect(function () {\n  b();\n});",
        ),
        ("javascript", "test('a', () => {\n  a();\n});\ntest('b', () => {\n  a();\n});"),
        ("rust", "impl A for B {\n    fn f() {}\n}\n\nimpl C for B {\n    fn f() {}\n}"),
    ],
)
def test_other_languages_have_several_functions_of_a_name(language: str, family: str) -> None:
    assert check("«»", family, action="instruct", language=language) == []


@pytest.mark.parametrize(
    ("code", "action", "fine"),
    [
        (f"{SAME_AREA}\n\n# Example usage:\nprint(area(1, 2))", "simplify", False),
        (f'{SAME_AREA}\n\nif __name__ == "__main__":\n    area(1, 2)', "type-hints", False),
        (f"{SAME_AREA}\n\nprint(area(1, 2))", "instruct", False),
        ("def area(w, h):\n    check(w)\n    return w * h", "simplify", True),
    ],
)
def test_a_call_that_shows_the_use_is_left_out(code: str, action: str, fine: bool) -> None:
    assert (check(AREA, code, action=action) == []) == fine


def test_a_module_may_keep_its_own_calls() -> None:
    drawn = "«def f():\n    return  1\n\nprint(f())»\n"
    assert check(drawn, "def f():\n    return 1\n\nprint(f())") == []


@pytest.mark.parametrize(
    ("head", "language", "new_head", "fine"),
    [
        ("@app.route('/area')", "python", "", False),
        ("@app.route('/area')", "python", "@app.route('/area/')", True),
        ("@asyncio.coroutine", "python", "", True),
        ("@Override", "java", "", False),
    ],
)
def test_what_decorates_a_function_stays(
    head: str, language: str, new_head: str, fine: bool
) -> None:
    body = "def f():\n    return " if language == "python" else "int f() {\n  return 1 +"
    tail = "" if language == "python" else ";\n}"
    code = f"{new_head}\n{body}2{tail}".lstrip()
    assert (check(f"«{head}\n{body}1{tail}»\n", code, language=language) == []) == fine


@pytest.mark.parametrize(
    ("language", "word", "head"),
    [
        ("javascript", "export", "function f(x) {"),
        ("typescript", "export default", "async function f(x: string) {"),
        ("rust", "pub", "fn f(x: i32) -> i32 {"),
        ("java", "public", "int f(int x) {"),
        ("csharp", "public static", "int F(int x) {"),
    ],
)
def test_what_others_see_of_a_function_stays(language: str, word: str, head: str) -> None:
    old, new = f"{word} {head}\n  return x;\n}}", f"{word} {head}\n  return x + 1;\n}}"
    short = new.replace(word, "").strip()
    assert check(f"«{old}»\n", new, language=language) == []
    (said,) = check(f"«{old}»\n", short, language=language)
    assert "no longer" in said


def test_a_private_function_that_is_still_used_stays() -> None:
    drawn = "«def f():\n    return 1\n\n\ndef _g():\n    return 2»\n\nX = _g()\n"
    assert check(drawn, "def f():\n    return 1") == ["_g is gone, and is still used"]
    assert check(drawn.replace("_g()\n", "f()\n"), "def f():\n    return 1") == []
