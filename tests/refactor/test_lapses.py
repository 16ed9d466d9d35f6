"""What code no longer does, though all it defines is there: kind by kind, in several languages.

A case is a language, the old code with ``«…»`` around what is replaced, and the new code.
"""

# ruff: noqa: E501
from __future__ import annotations

import pytest
from helpers.verdicts import said

from foretype.languages import refactor_traits as languages
from foretype.refactor.risks.find_risks import find_risks

BODIES = {
    "python": "def save(data):\n    {}\n    if data:\n        return data.size\n    return 0",
    "javascript": "function save(data) {\n  {};\n  if (data) {\n    return data.size;\n  }\n  return 0;\n}",
    "go": "func save(data Data) int {\n\t{}\n\tif data.Ok {\n\t\treturn data.Size\n\t}\n\treturn 0\n}",
    "ruby": "def save(data)\n  {}\n  if data\n    return data.size\n  end\n  0\nend",
    "rust": "fn save(data: &Data) -> u8 {\n    {};\n    if data.ok {\n        return data.size;\n    }\n    0\n}",
    "java": "class A {\n    int save(Data data) {\n        {};\n        if (data.ok) {\n            return data.size;\n        }\n        return 0;\n    }\n}",
    "cpp": "int save(Data data) {\n  {};\n  if (data.ok) {\n    return data.size;\n  }\n  return 0;\n}",
}  # fmt: skip
each_language = pytest.mark.parametrize("language", BODIES)


def with_line(language: str, line: str) -> str:
    return BODIES[language].replace("{}", line, 1)


def without_line(language: str) -> str:
    lines = BODIES[language].split("\n")
    return "\n".join(line for line in lines if "{}" not in line)


def change(language: str, old: str, new: str, action: str = "simplify", told: str = "") -> str:
    lead = "package a\n\n" if language == "go" else ""
    return said(language, f"{lead}«{old}»\n", new, action, told)


@each_language
def test_what_a_function_calls_for_its_effect_stays(language: str) -> None:
    old, new = with_line(language, "log.flush(data)"), without_line(language)
    assert "no longer calls flush" in change(language, old, new)
    assert change(language, old, new, "instruct", "remove the call of flush") == ""
    other = with_line(language, "log.finish(data)")
    assert change(language, old, other) == ""  # something else instead


@each_language
def test_code_behind_a_return_is_asked_about(language: str) -> None:
    end = "" if language in ("python", "go", "ruby") else ";"
    line = "return 1"
    old = with_line(language, "check(data)")
    new = old.replace(f"check(data){end}", f"check(data){end}\n{line}{end}", 1)
    if language == "python":
        new = new.replace("\nreturn 1", "\n    return 1")
    assert "never reached" in change(language, old, new)


@each_language
def test_a_condition_that_is_none_is_asked_about(language: str) -> None:
    old = with_line(language, "check(data)")
    never = "False" if language == "python" else "false"
    for asked in ("if (data.ok)", "if (data)", "if data.ok", "if data.Ok", "if data"):
        if asked in old:
            word = f"if ({never})" if "(" in asked else f"if {never}"
            assert "never reached" in change(language, old, old.replace(asked, word))
            return


@each_language
def test_code_that_becomes_a_comment_is_asked_about(language: str) -> None:
    mark = languages.of_id(language).comment
    old = with_line(language, "check(data)")
    new = old.replace("check(data)", f"{mark} check(data)").replace("); ;", ");")
    assert "turns code into a comment" in change(language, old, new)
    again = new.replace(f"{mark} check(data)", f"{mark} check(data)\n{mark} check(data)", 1)
    assert "turns code into a comment" in change(language, new, again)


def test_a_builtin_is_defined_without_an_assignment() -> None:
    old = "def f(data):\n    str = data.n\n    return keep(str)"
    assert change("python", old, old.replace("    str = data.n\n", "")) == ""


@each_language
def test_a_name_that_is_used_stays_defined(language: str) -> None:
    value = {
        "python": "n = data.n", "ruby": "n = data.n", "go": "n := data.N",
        "rust": "let n = data.n", "javascript": "const n = data.n", "java": "int n = data.n",
        "cpp": "int n = data.n",
    }[language]  # fmt: skip
    old = with_line(language, value)
    old = old.replace("return 0", "return keep(n)").replace("\n  0\n", "\n  keep(n)\n")
    old = old.replace("\n    0\n", "\n    keep(n)\n")
    new = "\n".join(line for line in old.split("\n") if value not in line)
    assert "uses n, and nothing defines it any more" in change(language, old, new)
    renamed = old.replace(value, value.replace("n =", "m =").replace("n :=", "m :=")).replace(
        "keep(n)", "keep(m)"
    )
    assert change(language, old, renamed) == ""


@pytest.mark.parametrize(
    ("language", "drawn"),
    [
        ("python", "«import json\nfrom re import sub\n\n\ndef f(x):\n    return json.dumps(sub(x))»\n"),
        ("javascript", "«const json = require('json');\nconst sub = require('sub');\n\nfunction f(x) {\n  return json(sub(x));\n}»\n"),
        ("typescript", "«import { sub } from './re';\nimport json from './json';\n\nfunction f(x: A) {\n  return json(sub(x));\n}»\n"),
        ("java", "«import a.Json;\nimport b.Sub;\n\nclass A {\n    int f(int x) {\n        return Json.dump(Sub.of(x));\n    }\n}»\n"),
        ("go", "package a\n\n«import (\n\t\"json\"\n\t\"sub\"\n)\n\nfunc f(x int) int {\n\treturn json.Of(sub.Of(x))\n}»\n"),
    ],
)  # fmt: skip
def test_what_is_used_stays_imported(language: str, drawn: str) -> None:
    code = drawn[drawn.index("«") + 1 : drawn.index("»")]
    lines = code.split("\n")
    gone = next(n for n, line in enumerate(lines) if "sub" in line.lower())
    found = said(language, drawn, "\n".join([*lines[:gone], *lines[gone + 1 :]]))
    assert "no longer imports" in found or "is gone, and is still used" in found


@each_language
def test_what_writes_to_the_console_is_asked_about(language: str) -> None:
    printing = {
        "python": "print(data)", "ruby": "puts data", "go": "fmt.Println(data)",
        "rust": "dbg!(data)", "javascript": "console.log(data)",
        "java": "System.out.println(data)", "cpp": "std::cout << data",
    }[language]  # fmt: skip
    new = with_line(language, printing)
    assert "prints, or stops in a debugger" in change(language, without_line(language), new)
    told = "print the data first"
    assert "prints" not in change(language, without_line(language), new, "instruct", told)


@each_language
def test_checks_that_are_turned_off_are_asked_about(language: str) -> None:
    comment = {
        "python": "# type: ignore", "ruby": "# rubocop:disable all", "go": "//nolint",
        "rust": "#[allow(unused)]", "javascript": "// eslint-disable", "java": "// NOSONAR",
        "cpp": "// NOLINT",
    }[language]  # fmt: skip
    old = with_line(language, "check(data)")
    lines = old.split("\n")
    at = next(n for n, line in enumerate(lines) if "check(data)" in line)
    indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    new = "\n".join([*lines[:at], indent + comment, *lines[at:]])
    assert "turns off a check" in change(language, old, new)
    assert "drops" in change(language, new, old)


@pytest.mark.parametrize(
    ("language", "old", "new", "what"),
    [
        ("python", "def f(a, n=1):\n    g(a)\n    return n", "def f(a, n=2):\n    g(a)\n    return n", "default of f"),
        ("javascript", "function f(a, n = 1) {\n  g(a);\n  return n;\n}", "function f(a, n = 2) {\n  g(a);\n  return n;\n}", "default of f"),
        ("ruby", "def f(a, n = 1)\n  g(a)\n  n\nend", "def f(a, n = 2)\n  g(a)\n  n\nend", "default of f"),
        ("typescript", "function f(a: A, n = 1) {\n  g(a);\n  return n;\n}", "function f(a: A, n = 2) {\n  g(a);\n  return n;\n}", "default of f"),
        ("go", "func (a *A) F() int {\n\tg(a)\n\treturn 1\n}", "func (a A) F() int {\n\tg(a)\n\treturn 1\n}", "called on"),
        ("cpp", "int A::f() const {\n  g(a);\n  return 1;\n}", "int A::f() {\n  g(a);\n  return 1;\n}", "called on"),
        ("python", "def f(a):\n    for b in a:\n        yield b", "def f(a):\n    for b in a:\n        return b", "generator"),
        ("python", "class A(B):\n    def f(self):\n        return 1", "class A:\n    def f(self):\n        return 1", "drops B"),
        ("java", "class A extends B implements C {\n    int x = 1;\n}", "class A extends B {\n    int x = 1;\n}", "drops C"),
        ("typescript", "class A extends B {\n  x = 1;\n}", "class A {\n  x = 1;\n}", "drops B"),
        ("cpp", "class A : public B {\n  int x;\n};", "class A {\n  int x;\n};", "drops B"),
        ("ruby", "class A < B\n  def f\n    1\n  end\nend", "class A\n  def f\n    1\n  end\nend", "drops B"),
        ("typescript", "class A {\n  x = 1;\n  y = 2;\n}", "class A {\n  x = 1;\n}", "A.y"),
        ("go", "type A struct {\n\tX int\n\tY int\n}", "type A struct {\n\tX int\n}", "A.Y"),
        ("rust", "pub enum A {\n    X,\n    Y,\n}", "pub enum A {\n    X,\n}", "A.Y"),
        ("cpp", "struct A {\n  int x;\n  int y;\n};", "struct A {\n  int x;\n};", "A.y"),
    ],
)  # fmt: skip
def test_what_a_definition_promises_stays(language: str, old: str, new: str, what: str) -> None:
    assert what in change(language, old, new)
    assert change(language, old, old.replace("return 1", "return 2")) == ""


@pytest.mark.parametrize(
    ("language", "old", "new", "what"),
    [
        ("python", "def f(a):\n    try:\n        g(a)\n    except KeyError:\n        h(a)\n    return a", "def f(a):\n    try:\n        g(a)\n    except KeyError:\n        pass\n    return a", "does nothing"),
        ("java", "class A {\n    void f() {\n        try {\n            g();\n        } catch (B e) {\n            throw e;\n        }\n    }\n}", "class A {\n    void f() {\n        try {\n            g();\n        } catch (B e) {\n        }\n    }\n}", "does nothing"),
        ("python", "def f(a):\n    try:\n        g(a)\n    except KeyError:\n        h(a)\n    return a", "def f(a):\n    try:\n        g(a)\n    except Exception:\n        h(a)\n    return a", "catches every error"),
        ("ruby", "def f(a)\n  g(a)\nrescue B\n  h(a)\nend", "def f(a)\n  g(a)\nrescue Exception\n  h(a)\nend", "catches every error"),
        ("cpp", "void f() {\n  try {\n    g();\n  } catch (const B& e) {\n    h();\n  }\n}", "void f() {\n  try {\n    g();\n  } catch (...) {\n    h();\n  }\n}", "catches every error"),
        ("go", "func f() error {\n\terr := g()\n\th(err)\n\treturn err\n}", "func f() error {\n\t_ = g()\n\th(err)\n\treturn nil\n}", "throws errors away"),
    ],
)  # fmt: skip
def test_errors_that_are_hidden_are_asked_about(
    language: str, old: str, new: str, what: str
) -> None:
    assert what in change(language, old, new)


IFS = [
    ("python", "    if a:\n        g(a)\n    else:\n        h(a)", "    if a:\n        g(a)", "    if a is None:\n        h(a)\n        return 0\n    g(a)"),
    ("javascript", "  if (a) {\n    g(a);\n  } else {\n    h(a);\n  }", "  if (a) {\n    g(a);\n  }", "  (a ? g : h)(a);"),
    ("go", "\tif a {\n\t\tg(a)\n\t} else {\n\t\th(a)\n\t}", "\tif a {\n\t\tg(a)\n\t}", "\tif !a {\n\t\th(a)\n\t\treturn 0\n\t}\n\tg(a)"),
    ("rust", "    if a {\n        g(a);\n    } else {\n        h(a);\n    }", "    if a {\n        g(a);\n    }", "    if !a {\n        h(a);\n        return 0;\n    }\n    g(a);"),
    ("cpp", "  if (a) {\n    g(a);\n  } else {\n    h(a);\n  }", "  if (a) {\n    g(a);\n  }", "  if (!a) {\n    h(a);\n    return 0;\n  }\n  g(a);"),
    ("ruby", "  if a\n    g(a)\n  else\n    h(a)\n  end", "  if a\n    g(a)\n  end", "  return h(a) unless a\n  g(a)"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "branches", "one", "other"), IFS)
def test_what_is_done_otherwise_stays(language: str, branches: str, one: str, other: str) -> None:
    head, end = {
        "python": ("def f(a):", "    return h(0)"),
        "javascript": ("function f(a) {", "  return h(0);\n}"),
        "go": ("func f(a bool) int {", "\treturn h(false)\n}"),
        "rust": ("fn f(a: bool) -> u8 {", "    h(false)\n}"),
        "cpp": ("int f(bool a) {", "  return h(false);\n}"),
        "ruby": ("def f(a)", "  h(0)\nend"),
    }[language]
    old = f"{head}\n{branches}\n{end}"
    # All that the branch says stands elsewhere, too.
    assert "no longer has the branch" in change(language, old, f"{head}\n{one}\n{end}")
    assert change(language, old, f"{head}\n{other}\n{end}") == ""


@pytest.mark.parametrize(
    ("language", "old", "new"),
    [
        # A handler that acts hides nothing, nor does one that raises again.
        ("java", "class A {\n    void f() {\n        g();\n    }\n}", "class A {\n    void f() {\n        try {\n            g();\n        } catch (Exception e) {\n            h();\n        }\n    }\n}"),
        ("python", "def f(a):\n    try:\n        g(a)\n    except KeyError:\n        raise B\n    return a", "def f(a):\n    try:\n        g(a)\n    except Exception:\n        raise B\n    return a"),
        ("ruby", "def f(a)\n  g(a)\nrescue B\n  raise C\nend", "def f(a)\n  g(a)\nrescue StandardError\n  raise C\nend"),
        # A helper is written out, something else is called, a value is another one.
        ("javascript", "function f(a) {\n  function check() {\n    if (!a) throw new Error(a);\n  }\n  check();\n  return a;\n}", "function f(a) {\n  if (!a) throw new Error(a);\n  return a;\n}"),
        ("typescript", "function f(a: A) {\n  start();\n  try {\n    g(a);\n  } finally {\n    end();\n  }\n}", "function f(a: A) {\n  batch(() => {\n    g(a);\n  });\n}"),
        ("cpp", "void f(A a) {\n  a.start();\n  a.as(b);\n}", "void f(A a) {\n  a.start();\n  b = a.try_as();\n}"),
        ("javascript", "function f(a) {\n  const b = a ? a.size : null;\n  return g(b);\n}", "function f(a) {\n  const b = a.size;\n  return g(b);\n}"),
        # A name that is passed by is no use of a variable; one that is assigned to, no declaration.
        ("python", "def f(a):\n    err = g(a)\n    return err", "def f(a):\n    return g(a, err=True)"),
        ("go", "func f(a *A) {\n\tb := g()\n\ta.b = b\n}", "func f(a *A) {\n\ta.b = g()\n}"),
    ],
)  # fmt: skip
def test_what_is_done_by_other_means_has_not_gone(language: str, old: str, new: str) -> None:
    assert change(language, old, new) == ""


@pytest.mark.parametrize(
    ("language", "old", "new"),
    [
        ("go", "func f(a *A) int {\n\tb := g()\n\ta.b = b\n\treturn b\n}", "func f(a *A) int {\n\ta.b = the_b\n\treturn the_b\n}"),
        ("javascript", "function f(a) {\n  let b = null;\n  if (a) {\n    b = g(a);\n  }\n  return b;\n}", "function f(a) {\n  if (a) {\n    b = g(a);\n  }\n  return b;\n}"),
        ("java", "class A {\n    private B b;\n    B get() {\n        return this.b;\n    }\n    void f() {\n        B b = get();\n        h(b);\n    }\n}", "class A {\n    B get() {\n        return this.b;\n    }\n    void f() {\n        B b = get();\n        h(b);\n    }\n}"),
    ],
)  # fmt: skip
def test_what_only_declares_a_name_stays(language: str, old: str, new: str) -> None:
    assert any(what in change(language, old, new) for what in ("nothing defines", "b is gone"))


@pytest.mark.parametrize(
    ("language", "risky", "harmless"),
    [
        ("python", "hashlib.md5(x)", "hashlib.sha256(x)"),
        ("javascript", "crypto.createHash('sha1')", "crypto.createHash('sha256')"),
        ("java", 'Cipher.getInstance("AES/ECB/PKCS5Padding");', 'Cipher.getInstance("AES/GCM/NoPadding");'),
        ("go", "md5.Sum(x)", "sha256.Sum256(x)"),
        ("ruby", "Digest::MD5.hexdigest(x)", "Digest::SHA256.hexdigest(x)"),
        ("python", "importlib.import_module(name)", "importlib.import_module('json')"),
        ("javascript", "require(name)", "require('name')"),
        ("cpp", "dlopen(path, 1)", 'dlopen("libm.so", 1)'),
        ("ruby", "Object.const_get(name)", "Object.const_get(:Name)"),
        ("go", "ssh.InsecureIgnoreHostKey()", "ssh.FixedHostKey(key)"),
        ("python", "app.run(host='0.0.0.0')", "app.run(host='127.0.0.1')"),
        ("javascript", "res.setHeader('Access-Control-Allow-Origin', '*')", "res.setHeader('Access-Control-Allow-Origin', origin)"),
        ("ruby", "params.permit!", "params.permit(:name)"),
        ("java", "http.csrf().disable();", "http.csrf().enable();"),
        ("cpp", "reinterpret_cast<char*>(x)", "static_cast<char>(x)"),
        ("rust", "String::from_utf8_unchecked(x)", "String::from_utf8(x)"),
    ],
)  # fmt: skip
def test_more_that_is_risky(language: str, risky: str, harmless: str) -> None:
    row = languages.of_id(language)
    assert find_risks("", risky, row)
    assert not find_risks("", harmless, row)


@pytest.mark.parametrize("language", ["python", "javascript", "go", "ruby", "java"])
def test_a_machine_that_the_file_does_not_name_is_asked_about(language: str) -> None:
    row = languages.of_id(language)
    old, new = 'get("https://api.shop.io/v1")', 'get("https://collect.hub.io/v1")'
    assert "another machine, collect.hub.io" in find_risks(old, new, row, old)[0].reason
    assert not find_risks(old, old.replace("v1", "v2"), row, old)
    assert not find_risks(old, 'get("https://example.com")', row, old)
    assert not find_risks(old, f"{row.comment} see https://collect.hub.io/v1\n{old}", row, old)


@pytest.mark.parametrize(
    "bound",
    ["const { n } = data", "const { m: n } = data", "const [n] = data", "const { n = 1 } = data"],
)
def test_a_name_may_be_bound_by_a_pattern(bound: str) -> None:
    old = with_line("javascript", "const n = data.n").replace("return 0", "return keep(n)")
    assert change("javascript", old, old.replace("const n = data.n", bound)) == ""
