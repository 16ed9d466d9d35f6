"""The manners in which models give code: each is read as if it stood alone in a fence."""

from __future__ import annotations

from difflib import unified_diff

import pytest
from helpers.refactor_samples import SAMPLES, Sample

from foretype.languages import grammars
from foretype.languages import refactor_traits as languages
from foretype.languages.import_placement import place_imports
from foretype.refactor.checks.comparison import Side
from foretype.refactor.response import parse
from foretype.refactor.rewrite.manners import choose, extract

PARSED = [
    each
    for each in SAMPLES
    if grammars.has_grammar(languages.of_id(each.language).name) and each.language != "php"
]
"""Samples in languages with a grammar."""


def place_of(sample: Sample) -> Side:
    start = sample.whole.index(sample.old)
    first = sample.whole.count("\n", 0, start)
    language = languages.of_id(sample.language)
    return Side(sample.whole.split("\n"), first, first + sample.old.count("\n"), language)


def read(sample: Sample, answer: str) -> str:
    """The code that is taken from an answer, or what is wrong with it."""
    place = place_of(sample)
    chosen = choose(parse(answer), place)
    return chosen.fault or extract(chosen.block.code, place).strip() if chosen.block else (
        chosen.fault
    )  # fmt: skip


def fence(sample: Sample, code: str) -> str:
    return f"```{sample.language}\n{code}\n```"


each_language = pytest.mark.parametrize("sample", PARSED, ids=lambda sample: sample.language)


@each_language
def test_blocks_of_commands_and_plans_stand_beside(sample: Sample) -> None:
    code = fence(sample, sample.new)
    wanted = sample.new.strip()
    assert read(sample, f"{code}\n\n```bash\nmake test\n```") == wanted
    assert read(sample, f"```text\n1. read\n```\n\n{code}") == wanted


@each_language
def test_of_before_and_after_the_latter_is_taken(sample: Sample) -> None:
    answer = f"Before:\n{fence(sample, sample.old)}\nAfter:\n{fence(sample, sample.new)}"
    assert read(sample, answer) == sample.new.strip()


@each_language
def test_of_alternatives_the_first_is_taken_and_said_to_be(sample: Sample) -> None:
    answer = f"{fence(sample, sample.new)}\nOr:\n{fence(sample, sample.commented)}"
    chosen = choose(parse(answer), place_of(sample))
    assert chosen.block is not None and chosen.block.code == sample.new
    assert chosen.note == "the first of 2 alternatives was taken"


@each_language
def test_of_the_whole_file_the_function_is_taken(sample: Sample) -> None:
    whole = sample.whole.replace(sample.old, sample.new)
    # Imports that it repeats are left out where they are placed.
    assert read(sample, fence(sample, whole.strip())).endswith(sample.new.strip())


@each_language
def test_a_diff_is_applied(sample: Sample) -> None:
    new = sample.whole.replace(sample.old, sample.new)
    lines = unified_diff(sample.whole.split("\n"), new.split("\n"), "a/x", "b/x", lineterm="")
    assert read(sample, "```diff\n" + "\n".join(lines) + "\n```") == sample.new.strip()


@each_language
def test_search_and_replace_is_applied(sample: Sample) -> None:
    block = f"<<<<<<< SEARCH\n{sample.old}\n=======\n{sample.new}\n>>>>>>> REPLACE"
    assert read(sample, fence(sample, block)) == sample.new.strip()


@each_language
def test_a_fence_may_be_forgotten(sample: Sample) -> None:
    assert read(sample, f"```{sample.language}\n{sample.new}\n") == sample.new.strip()


def test_changes_that_do_not_fit_or_go_elsewhere_are_not_applied() -> None:
    sample = PARSED[0]
    block = "<<<<<<< SEARCH\nnot there\n=======\nx\n>>>>>>> REPLACE"
    assert "do not fit" in read(sample, fence(sample, block))
    other = sample.whole.replace(sample.old, "").strip().split("\n")[-1]
    block = f"<<<<<<< SEARCH\n{other}\n=======\n{other}x\n>>>>>>> REPLACE"
    assert "not asked for" in read(sample, fence(sample, block))


CLASSES = [
    ("python", "class Shop:\n    «def f(self):\n        return 1»\n", "        return 2"),
    ("javascript", "class Shop {\n  «f() {\n    return 1;\n  }»\n}\n", "    return 2;\n  }"),
    ("typescript", "class Shop {\n  «f(): void {\n    g(1);\n  }»\n}\n", "    g(2);\n  }"),
    ("java", "class Shop {\n    «int f() {\n        return 1;\n    }»\n}\n",
     "        return 2;\n    }"),
    ("csharp", "class Shop {\n    «int F() {\n        return 1;\n    }»\n}\n",
     "        return 2;\n    }"),
    ("rust", "impl Shop {\n    «fn f() -> u8 {\n        1\n    }»\n}\n", "        2\n    }"),
    ("ruby", "class Shop\n  «def f\n    1\n  end»\nend\n", "    2\n  end"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "drawn", "body"), CLASSES)
def test_of_the_class_around_it_the_method_is_taken(language: str, drawn: str, body: str) -> None:
    if not grammars.has_grammar(languages.of_id(language).name):
        pytest.skip("there is no grammar for this platform")
    text = drawn.replace("«", "").replace("»", "")
    first = drawn[: drawn.index("«")].count("\n")
    last = drawn[: drawn.index("»")].count("\n")
    place = Side(text.split("\n"), first, last, languages.of_id(language))
    head = drawn[drawn.index("«") + 1 :].split("\n")[0]
    answer = text.replace(drawn[drawn.index("«") + 1 : drawn.index("»")], f"{head}\n{body}")
    taken = [line.strip() for line in extract(answer.strip("\n"), place).split("\n")]
    assert taken == [head, *(line.strip() for line in body.split("\n"))]


IMPORTS = [
    ("javascript", "import a from 'a';", "import b from 'b';", "function f() {\n  b();\n}"),
    ("javascript", "const a = require('a');", "const b = require('b');", "function f() {}"),
    ("typescript", "import { a } from './a';", "import { b } from './b';", "function f() {}"),
    ("rust", "use a::b;", "use c::{\n    d,\n};", "fn f() {}"),
    ("go", 'package a\n\nimport "fmt"', 'import "os"', "func f() {\n}"),
    ("java", "package a;\n\nimport a.B;", "import c.D;", "class F {\n}"),
    ("csharp", "using System;", "using System.IO;", "class F {\n}"),
    ("cpp", "#include <a>", "#include <b>", "void f() {\n}"),
    ("ruby", "require 'a'", "require 'b'", "def f\nend"),
]


@pytest.mark.parametrize(("language", "there", "new", "code"), IMPORTS)
def test_imports_go_to_those_of_the_file(language: str, there: str, new: str, code: str) -> None:
    row = languages.of_id(language)
    above = f"{there}\n\n"
    repeated = there.split("\n")[-1]
    done = place_imports(above, code, f"{repeated}\n{new}\n\n{code}", row)
    assert (done.above + done.added, done.code.strip()) == (f"{there}\n{new}\n\n", code)
    done = place_imports(above, code, f"{repeated}\n\n{code}", row)
    assert (done.above, done.added, done.code.strip()) == (above, "", code)


@pytest.mark.parametrize(
    ("language", "first", "second", "new"),
    [
        ("javascript", "a({\n  f (x) { g(1) }\n})", "  f (x) { g(2) }", "  f (x) { h() }"),
        ("typescript", "a({\n  f(x) { g(1) }\n})", "  f(x) { g(2) }", "  f(x) { h() }"),
        ("cpp", "int f(char *a);", "int f(char *a) { g(2); }", "int f(char* a) { h(); }"),
        (
            "java",
            "class A { int f(Long a) { } }",
            "int f(Byte a) { g(2); }",
            "int f(byte a) { h(); }",
        ),
    ],
)
def test_of_several_with_one_name_the_one_at_the_same_place_is_taken(
    language: str, first: str, second: str, new: str
) -> None:
    row = languages.of_id(language)
    if not grammars.has_grammar(row.name):
        pytest.skip("there is no grammar for this platform")
    script = language.endswith("script")
    whole = f"{first}\n\n" + (f"b({{\n{second}\n}})" if script else second) + "\n"
    line = whole.count("\n", 0, whole.index(second))
    place = Side(whole.split("\n"), line, line, row)
    assert extract(whole.replace(second, new), place).strip() == new.strip()


def written(sample: Sample, manner: str) -> str:
    """An answer in a manner in which models miss the form that is asked for."""
    tag, code = sample.language, sample.new.strip("\n")
    numbered = "\n".join(f"{n:3} | {line}" for n, line in enumerate(code.split("\n"), 1))
    return {
        "the fence closes behind the code": f"```{tag}\n{code}```",
        "the fence opens behind prose": f"Here it is: ```{tag}\n{code}\n```",
        "no closing fence, and prose": f"```{tag}\n{code}\n\nThis one is easier to read.",
        "line numbers": f"```{tag}\n{numbered}\n```",
        "quoted": "\n".join(f"> {line}" for line in fence(sample, code).split("\n")),
        "a byte order mark": f"\ufeff{fence(sample, code)}",
    }[manner]


@each_language
@pytest.mark.parametrize(
    "manner",
    [
        "the fence closes behind the code",
        "the fence opens behind prose",
        "no closing fence, and prose",
        "line numbers",
        "quoted",
        "a byte order mark",
    ],
)
def test_a_form_that_is_missed_is_read_all_the_same(sample: Sample, manner: str) -> None:
    assert read(sample, written(sample, manner)) == sample.new.strip()


@each_language
def test_a_patch_between_asterisks_is_applied(sample: Sample) -> None:
    new = sample.whole.replace(sample.old, sample.new)
    hunks = list(unified_diff(sample.whole.split("\n"), new.split("\n"), lineterm=""))[2:]
    body = "\n".join("@@" if line.startswith("@@") else line for line in hunks)
    answer = f"```\n*** Begin Patch\n*** Update File: x\n{body}\n*** End Patch\n```"
    assert read(sample, answer) == sample.new.strip()
