"""What must not change unnoticed, kind by kind, each in several languages.

A case is a language, the old code with ``«…»`` around what is replaced, and the new code.
"""

# ruff: noqa: E501
from __future__ import annotations

import pytest
from helpers.verdicts import said

from foretype.languages import refactor_traits as languages

PYTHON = "def area(w, h=1):\n    check(w)\n    return w * h"
SCRIPT = "function area(w, h = 1) {\n  check(w);\n  return w * h;\n}"
TYPED = "export function area(w: number, h = 1): number {\n  check(w);\n  return w * h;\n}"
GO = "func area(w int, h int) int {\n\tcheck(w)\n\treturn w * h\n}"
RUST = "pub fn area(w: u8, h: u8) -> u8 {\n    check(w);\n    w * h\n}"
JAVA = "class A {\n«    public int area(int w, int h) {\n        check(w);\n        return w * h;\n    }»\n}"
RUBY = "def area(w, h = 1)\n  check(w)\n  w * h\nend"
CPP = "int area(int w, int h) {\n  check(w);\n  return w * h;\n}"
CSHARP = JAVA
CODE = {
    "python": f"«{PYTHON}»\n",
    "javascript": f"«{SCRIPT}»\n",
    "typescript": f"«{TYPED}»\n",
    "go": f"package a\n\n«{GO}»\n",
    "rust": f"«{RUST}»\n",
    "java": JAVA,
    "csharp": CSHARP,
    "ruby": f"«{RUBY}»\n",
    "cpp": f"«{CPP}»\n",
}
each_language = pytest.mark.parametrize("language", CODE)


def function(language: str) -> str:
    drawn = CODE[language]
    return drawn[drawn.index("«") + 1 : drawn.index("»")]


@each_language
def test_an_equal_function_passes(language: str) -> None:
    code = function(language)
    assert said(language, CODE[language], code.replace("w * h", "h * w")) == ""


@each_language
def test_other_parameters_are_asked_about(language: str) -> None:
    code = function(language)
    pairs = ((", h", ", height"), (", int h", ", int height"), ("w, h", "h, w"), ("(w", "(x, w"))
    changes = [code.replace(old, new, 1) for old, new in pairs if old in code.split("\n")[0]]
    assert changes
    for changed in changes:
        assert "parameters of area" in said(language, CODE[language], changed)
    told = "rename the parameter h to height"
    assert "parameters" not in said(language, CODE[language], changes[0], "instruct", told)


@pytest.mark.parametrize("language", ["go", "rust", "java", "cpp", "csharp", "typescript"])
def test_other_types_are_asked_about(language: str) -> None:
    code = function(language)
    for old, new in (("int w", "long w"), ("w int", "w string"), ("w: u8", "w: u64"),
                     ("w: number", "w: string")):  # fmt: skip
        if old in code:
            changed = code.replace(old, new, 1)
            assert "types of area's parameters" in said(language, CODE[language], changed)
            assert said(language, CODE[language], changed, "errors") == ""


@each_language
def test_a_stub_does_not_take_the_place_of_a_body(language: str) -> None:
    stubs = {
        "python": ["    pass", "    return None", "    raise NotImplementedError"],
        "ruby": ["  raise NotImplementedError", "  nil"],
        "go": ['\tpanic("not implemented")'],
        "rust": ["    todo!()", "    unimplemented!()"],
        "java": ["throw new UnsupportedOperationException();", "return 0;"],
        "csharp": ["throw new NotImplementedException();", "return default;"],
        "cpp": ["return {};", "return 0;"],
    }.get(language, ['  throw new Error("not implemented");', "  return null;"])
    lines = function(language).split("\n")
    end = [] if language == "python" else lines[-1:]
    for stub in stubs:
        found = said(language, CODE[language], "\n".join([lines[0], stub, *end]))
        assert "body of" in found, stub


@each_language
def test_the_end_of_a_function_stays(language: str) -> None:
    lines = function(language).split("\n")
    end = [] if language == "python" else lines[-1:]
    assert "end of area" in said(language, CODE[language], "\n".join([*lines[:2], *end]))
    if language != "ruby":  # There, any last call may give the value.
        code = "\n".join([*lines[:2], lines[1].replace("check", "log"), *end])
        assert "end of area" in said(language, CODE[language], code)


@each_language
def test_todo_in_place_of_code_is_a_fault(language: str) -> None:
    mark = languages.of_id(language).comment
    lines = function(language).split("\n")
    for text in ("TODO: implement the rest", "Your code here", "Add your logic here"):
        code = "\n".join([*lines[:2], f"    {mark} {text}", *lines[2:]])
        assert "placeholder" in said(language, CODE[language], code), text


@each_language
def test_comments_whose_code_stays_are_asked_about(language: str) -> None:
    mark = languages.of_id(language).comment
    drawn, code = CODE[language], function(language)
    lines = code.split("\n")
    indent = lines[1][: len(lines[1]) - len(lines[1].lstrip())]
    commented = "\n".join([lines[0], f"{indent}{mark} Never below zero.", *lines[1:]])
    old = drawn.replace(code, commented)
    assert "drops comments" in said(language, old, code)
    reworded = commented.replace("Never below zero", "Not negative")
    assert said(language, old, reworded) == ""
    moved = "\n".join([lines[0], lines[1], f"{indent}{mark} It is never below zero.", *lines[2:]])
    assert said(language, old, moved) == ""
    told = "remove the comments"
    assert said(language, old, code, "instruct", told) == ""


@each_language
def test_the_comment_that_asked_for_the_change_may_go(language: str) -> None:
    mark = languages.of_id(language).comment
    code = function(language)
    old = CODE[language].replace(code, f"{mark} foretype: shorter\n{code}")
    assert said(language, old, code, "asked", "shorter") == ""


@pytest.mark.parametrize("language", ["python", "javascript", "rust", "ruby", "cpp"])
def test_a_license_is_asked_about(language: str) -> None:
    mark = languages.of_id(language).comment
    code = function(language)
    old = f"«{mark} SPDX-License-Identifier: MIT\n\n{code}»\n"
    assert "drops a license" in said(language, old, code)


def test_docstrings_are_asked_about() -> None:
    old = 'def area(w, h):\n    """The area."""\n    return w * h'
    assert "documentation of area" in said(
        "python", f"«{old}»\n", old.replace('    """The area."""\n', "")
    )


EFFECTS = {
    "python": ["requests.post(url)", "print(area(1))", "atexit.register(f)", "x = urlopen(u)",
               'if __name__ == "__main__":\n    area(1)'],
    "javascript": ["fetch(url);", "console.log(area(1));", "Array.prototype.map = f;",
                   "setInterval(f, 10);"],
    "typescript": ["fetch(url);", "(globalThis as any).x = 1;"],
    "go": ["func init() {\n\tarea(1, 2)\n}", 'var _ = os.Setenv("A", "b")'],
    "ruby": ["puts area(1)", "at_exit { area(1) }"],
    "cpp": ["static int started = std::system(name);",
            'extern "C" {\nstatic int started = std::system(name);\n}'],
}  # fmt: skip


@pytest.mark.parametrize(
    ("language", "effect"), [(name, each) for name, some in EFFECTS.items() for each in some]
)
def test_code_that_runs_at_load_is_asked_about(language: str, effect: str) -> None:
    code = function(language)
    assert "when the file is loaded" in said(language, CODE[language], f"{code}\n\n{effect}")


@pytest.mark.parametrize(
    ("language", "more"),
    [
        ("python", "_LIMIT = 3"),
        ("python", "_WORD = re.compile('a')"),
        ("python", "def _helper():\n    return 1"),
        ("javascript", "const limit = 3;"),
        ("javascript", "const helper = (x) => fetch(x);"),
        ("go", "const limit = 3"),
        ("rust", "const LIMIT: u8 = 3;"),
        ("ruby", "LIMIT = 3"),
        ("cpp", 'extern "C" int helper(int x) {\n    return x;\n}'),
    ],
)
def test_new_names_beside_a_function_do_nothing(language: str, more: str) -> None:
    code = function(language)
    assert said(language, CODE[language], f"{more}\n\n{code}") == ""


@pytest.mark.parametrize(
    ("language", "handler"),
    [
        (
            "javascript",
            "on.start = on.update = (view) => {\n  check(view);\n  return view.w * 2;\n};",
        ),
        (
            "typescript",
            "on('start', function (view: View) {\n  check(view);\n  return view.w * 2;\n});",
        ),
        ("ruby", "on :start do |view|\n  check(view)\n  view.w * 2\nend"),
        ("python", "on('start', lambda view: view.w * 2)\n\n\ndef f():\n    return 1"),
    ],
)
def test_what_a_handler_does_does_not_run_at_load(language: str, handler: str) -> None:
    assert said(language, f"«{handler}»\n", handler.replace("view.w * 2", "2 * view.w")) == ""


DECORATED = [
    ("python", "@login_required\n@cached\n", PYTHON),
    ("java", "", "    @Transactional @Override\n    public int area() {\n        return f();\n    }"),
    ("csharp", "", "    [Authorize]\n    [HttpGet]\n    public int Area() {\n        return F();\n    }"),
    ("rust", "#[must_use]\n#[inline]\n", RUST),
    ("typescript", "", "  @Input()\n  @Logged()\n  area() {\n    return f();\n  }"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "heads", "code"), DECORATED)
def test_one_of_two_decorators_is_asked_about(language: str, heads: str, code: str) -> None:
    whole = heads + code
    drawn = f"«{whole}»\n" if heads else f"class A {{\n«{whole}»\n}}\n"
    first = {"java": "@Transactional ", "csharp": "    [Authorize]\n", "typescript": "  @Input()\n"}
    dropped = whole.replace(first.get(language, heads.split("\n")[0] + "\n"), "", 1)
    assert "drops" in said(language, drawn, dropped)
    assert said(language, drawn, whole) == ""


SPECIAL = [
    ("python", "class A:\n    def __init__(self):\n        self.x = 1", "    def __eq__(self, o):\n        return True"),
    ("javascript", "class A {\n  constructor() {\n    this.x = 1;\n  }", "  f() {\n    return 1;\n  }\n}"),
    ("java", "class A {\n    A() {\n        x = 1;\n    }", "    int f() {\n        return 1;\n    }\n}"),
    ("csharp", "class A {\n    A() {\n        x = 1;\n    }", "    int F() {\n        return 1;\n    }\n}"),
    ("ruby", "class A\n  def initialize\n    @x = 1\n  end", "  def f\n    1\n  end\nend"),
    ("cpp", "struct A {\n  A() {\n    x = 1;\n  }", "  int f() {\n    return 1;\n  }\n};"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "special", "rest"), SPECIAL)
def test_special_methods_stay(language: str, special: str, rest: str) -> None:
    head = special.split("\n")[0]
    found = said(language, f"«{special}\n\n{rest}»\n", f"{head}\n{rest}")
    assert "gone" in found


CHECKS = [
    ("python", PYTHON, "    check(w)", "    if w < 0:\n        raise ValueError(w)"),
    ("javascript", SCRIPT, "  check(w);", "  if (w < 0) throw new RangeError(w);"),
    ("java", "", "        check(w);", "        if (w < 0) throw new IllegalArgumentException();"),
    ("go", GO, "\tcheck(w)", "\tif err := check(w); err != nil {\n\t\treturn 0\n\t}"),
    ("rust", RUST, "    check(w);", "    check(w)?;"),
    ("ruby", RUBY, "  check(w)", "  raise ArgumentError if w < 0"),
]


@pytest.mark.parametrize(("language", "code", "plain", "checked"), CHECKS)
def test_error_checks_are_asked_about(language: str, code: str, plain: str, checked: str) -> None:
    drawn, new = CODE[language], function(language)
    assert "no longer raises, catches or checks" in said(
        language, drawn.replace(plain, checked), new
    )


TESTS = [
    ("python", "def test_a():\n    assert f(1)\n    assert f(2)", "    assert f(2)", "    f(2)"),
    ("javascript", 'it("a", () => {\n  expect(f(1));\n  expect(f(2));\n});', "  expect(f(2));\n", ""),
    ("go", "func TestA(t *testing.T) {\n\trequire.True(t, f(1))\n\trequire.True(t, f(2))\n}",
     "\trequire.True(t, f(2))\n", ""),
    ("rust", "#[test]\nfn test_a() {\n    assert!(f(1));\n    assert!(f(2));\n}",
     "    assert!(f(2));\n", ""),
]  # fmt: skip


@pytest.mark.parametrize(("language", "code", "line", "instead"), TESTS)
def test_assertions_are_asked_about(language: str, code: str, line: str, instead: str) -> None:
    assert "asserts less" in said(language, f"«{code}»\n", code.replace(line, instead), "optimize")


@pytest.mark.parametrize(
    ("language", "gone", "rest"),
    [
        ("python", "def test_a():\n    assert f(1)", "def test_b():\n    assert f(2)"),
        ("javascript", 'it("a", () => {\n  expect(f(1));\n});', 'it("b", () => {\n  expect(f(2));\n});'),
        ("go", "func TestA(t *testing.T) {\n\tf(t)\n}", "func TestB(t *testing.T) {\n\tg(t)\n}"),
        ("rust", "#[test]\nfn test_a() {\n    f();\n}", "#[test]\nfn test_b() {\n    g();\n}"),
    ],
)  # fmt: skip
def test_a_test_that_goes_is_asked_about(language: str, gone: str, rest: str) -> None:
    asked = "be quick, and rename it"
    found = said(language, f"«{gone}\n\n{rest}»\n", rest, "instruct", asked)
    assert "drops the test" in found


HEADS = [
    ("python", "@pytest.mark.skip\n", "def test_a():\n    assert f(1)\n    return None"),
    ("java", "@Disabled\n", "@Test\nvoid testA() {\n    f(1);\n    g(2);\n}"),
    ("rust", "#[ignore]\n", "#[test]\nfn test_a() {\n    f(1);\n    g(2);\n}"),
    ("csharp", "[Ignore]\n", "[Test]\nvoid TestA() {\n    f(1);\n    g(2);\n}"),
]


@pytest.mark.parametrize(("language", "head", "code"), HEADS)
def test_a_decorator_that_is_new_is_asked_about(language: str, head: str, code: str) -> None:
    around = ("class A {\n", "\n}") if language in ("java", "csharp") else ("", "")
    drawn = f"{around[0]}«{code}»{around[1]}\n"
    assert f"adds {head.strip()} to" in said(language, drawn, f"{head}{code}")


@each_language
def test_code_twice_and_a_part_of_it_are_faults(language: str) -> None:
    code = function(language)
    assert "twice" in said(language, CODE[language], f"{code}\n\n{code}")
    if language not in ("go", "rust", "java", "csharp", "cpp"):
        line = code.split("\n")[1].strip()
        assert "only a part of area" in said(language, CODE[language], line, "instruct", "be quick")


@pytest.mark.parametrize("language", ["python", "javascript", "typescript", "ruby", "go"])
def test_a_name_stands_once_where_it_alone_tells_functions_apart(language: str) -> None:
    code = function(language)
    pairs = ((", h", ", height"), ("h int", "height int"))
    old, new = next(pair for pair in pairs if pair[0] in code)
    other = code.replace(old, new, 1)
    assert "twice" in said(language, CODE[language], f"{code}\n\n{other}")


@pytest.mark.parametrize("end", ["this.sendAllLater(20);", "log(3);"])
def test_an_end_that_something_else_takes_over_is_no_loss(end: str) -> None:
    begun = "  void onChange(int n) {\n    count = n;\n"
    code = f"class A {{\n«{begun}    stamp = now();\n    sendAll();\n  }}»\n}}"
    assert said("java", code, f"{begun}    {end}\n  }}") == ""
