from __future__ import annotations

import sys

import pytest
from helpers.refactor_samples import SAMPLES, Sample
from helpers.verdicts import faults, faults_of_file, verdict

from foretype.languages import grammars
from foretype.languages import refactor_traits as languages
from foretype.languages.grammars import n_errors
from foretype.refactor.actions.catalogue import BY_NAME
from foretype.refactor.checks.acceptance import (
    judge_file,
    wrong_language,
)
from foretype.refactor.response import Block

PYTHON = languages.of_id("python")


def check(old: str, new: str, *, language: str = "python", action: str = "simplify") -> list[str]:
    """The faults of code that replaces all of a file."""
    return faults(old, 0, len(old), new, languages.of_id(language), BY_NAME[action])


def sample_faults(sample: Sample, code: str, action: str = "simplify") -> list[str]:
    start = sample.whole.index(sample.old)
    language = languages.of_id(sample.language)
    return faults(sample.whole, start, start + len(sample.old), code, language, BY_NAME[action])


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.language)
def test_good_code_passes_in_every_language(sample: Sample) -> None:
    assert sample_faults(sample, sample.new) == []


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.language)
def test_broken_code_does_not_pass(sample: Sample) -> None:
    if (
        sample.language in ("ruby", "lua", "shellscript")
        and n_errors("", languages.of_id(sample.language).name) is None
    ):
        pytest.skip("no parser for this language without a grammar, and brackets are no measure")
    assert sample_faults(sample, sample.broken) != []


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.language)
def test_a_lost_public_name_is_named(sample: Sample) -> None:
    name = "Large" if sample.language == "csharp" else "large"
    if sample.language == "lua":
        return  # The sample's function is local.
    renamed = sample.new.replace(name, "bigger")
    assert f"{name}" in " ".join(sample_faults(sample, renamed))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.language)
def test_comments_alone_are_no_code(sample: Sample) -> None:
    mark = languages.of_id(sample.language).comment
    assert sample_faults(sample, f"{mark} It is gone.") == ["there are only comments and no code"]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.language)
def test_where_comments_are_asked_for_the_code_stays(sample: Sample) -> None:
    assert sample_faults(sample, sample.commented, "explain") == []
    assert "comments" in sample_faults(sample, sample.new, "explain")[0]


@pytest.mark.parametrize(
    ("new", "fault"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        ("x = 1\n```", "fence"),
        ("x = (1", "does not parse"),
        ("x = 1\n  y = 2", "does not parse"),
        ("function f() { return 1; }", "does not parse"),
    ],
)
def test_what_is_wrong_is_named(new: str, fault: str) -> None:
    (said,) = check("x = 0", new)
    assert fault in said


def test_a_docstring_may_hold_a_fence() -> None:
    assert check("x = 0", 'x = 1\n"""\n```python\nx\n```\n"""') == []


def test_a_file_that_did_not_parse_need_not_parse_afterwards() -> None:
    assert check("def f(:\n    pass", "def f(x:\n    pass") == []


def test_a_range_that_parsed_in_a_broken_file_must_still_parse() -> None:
    whole = "def broken(:\n\ndef f():\n    return 1"
    start = whole.index("def f")
    assert faults(whole, start, len(whole), "def f(:", PYTHON, BY_NAME["simplify"])


def test_an_indentation_that_fits_only_elsewhere_is_seen() -> None:
    whole = "class A:\n    def f(self):\n        return 1\n\n    def g(self): ..."
    start = whole.index("    def f")
    end = whole.index("\n\n    def g")
    new = "def f(self):\n    return 2"
    assert faults(whole, start, end, new, PYTHON, BY_NAME["simplify"])


@pytest.mark.parametrize(
    ("whole", "new"),
    [
        ("def f():\n    return 1", "return 1"),
        ("import os\n\nx = 1", "import os\nfrom __future__ import annotations\n\nx = 1"),
        ("def f(): g()", "def f(): await g()"),
        ("for a in b:\n    pass", "continue"),
    ],
)
def test_what_the_grammar_lets_pass_and_python_does_not_is_seen(whole: str, new: str) -> None:
    (said,) = check(whole, new, action="instruct")
    assert "does not parse" in said


def test_names_of_methods_count() -> None:
    old = "class A:\n    def f(self): ...\n    def _g(self): ...\n\nX = 1"
    assert "A.f" in check(old, "class A:\n    def h(self): ...\n\nX = 1")[0]


def test_where_names_may_change_they_may() -> None:
    assert check("def f(): ...", "def g(): ...", action="fix") == []


def test_docstrings_leave_the_code_as_it_is() -> None:
    assert check("def f():\n    pass", 'def f():\n    """Do."""', action="docstrings") == []
    assert check("def f():\n    g()", 'def f():\n    """Do."""\n    h()', action="docstrings")


def test_a_new_file_must_parse() -> None:
    assert faults_of_file(None, "x = 1\n", PYTHON) == []
    assert faults_of_file(None, "x = (\n", PYTHON)
    assert faults_of_file(None, "# later\n", PYTHON)


@pytest.mark.parametrize(
    ("tag", "language", "right"),
    [
        ("python", "python", True),
        ("py", "python", True),
        ("", "python", True),
        ("text", "python", True),
        ("javascript", "python", False),
        ("js", "typescript", True),
        ("c++", "c", True),
        ("rust", "go", False),
        ("rust", "unheard-of", True),
    ],
)
def test_the_language_that_a_block_names(tag: str, language: str, right: bool) -> None:
    assert (wrong_language(Block("x", tag), languages.of_id(language)) == "") == right


@pytest.mark.parametrize("above", [0, 20_000], ids=["short file", "long file"])
@pytest.mark.parametrize(
    ("new", "fine"),
    [
        ("    def g(self):\n        return 2", True),
        ("def g(self):\nreturn 2", False),
        ("        def g(self):\n            return 2", False),
        ("    def g(self):\n        return (2", False),
    ],
)
def test_a_method_is_checked_in_its_place(above: int, new: str, fine: bool) -> None:
    old = "    def g(self):\n        return 1"
    rest = "    def h(self):\n        return 3\n\n\n"
    whole = (
        "x = 1\n" * above
        + f"class A:\n    y = (\n        1\n    )\n\n{old}\n\n{rest}"
        + "z = 1\n" * above
    )
    start = whole.index(old)
    found = faults(whole, start, start + len(old), new, PYTHON, BY_NAME["fix"])
    assert (found == []) == fine


def test_control_characters_are_a_fault() -> None:
    assert check("x = 1", "x = '\x1b[2J'") == ["the code holds control characters"]
    assert check("x = '\x1b'", "y = '\x1b'", action="fix") == []


# --- whatever the machine, its Python and its load --------------------------------------------

MARK = "\ufeff"
NEWER = [
    'x = f"{s["a"]}"',
    "def calc[T](x: T) -> T:\n    return x",
    "type Pairs[T] = list[tuple[T, T]]",
    "try:\n    x()\nexcept ValueError, TypeError:\n    y()",
    'x = t"{a}"',
]
"""Right in Python 3.12 to 3.14."""

needs_grammar = pytest.mark.skipif(
    not grammars.has_grammar("Python"), reason="there is no grammar for this platform"
)


@pytest.fixture
def no_grammars(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grammars, "load_grammar", lambda module, function: None)


@needs_grammar
@pytest.mark.parametrize("new", NEWER)
def test_newer_syntax_than_this_python_reads_is_right(new: str) -> None:
    for old in ("n = 0\n", new, f"{new}\n\n\nz = 1"):
        said = verdict(old, 0, len(old), new, PYTHON, BY_NAME["instruct"])
        assert not [one for one in said.faults if "parse" in one], old
        assert said.doubts == (), old


@needs_grammar
@pytest.mark.parametrize("there", NEWER)
@pytest.mark.parametrize(
    "broken",
    ["y = (1", "y = = 1", "def f(:\n    pass", "def f():\nreturn 1", "  y = 1"],
)
def test_broken_code_beside_newer_syntax_does_not_pass(there: str, broken: str) -> None:
    before = f"{there}\n\n\ny = 0\n"
    start = before.index("y = 0")
    said = faults(before, start, start + 5, broken, PYTHON, BY_NAME["instruct"])
    assert "does not parse" in " ".join(said)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.language)
def test_a_byte_order_mark_changes_nothing(sample: Sample) -> None:
    start, language = sample.whole.index(sample.old) + 1, languages.of_id(sample.language)
    for new in (sample.new, sample.broken):
        marked = faults(
            MARK + sample.whole, start, start + len(sample.old), new, language, BY_NAME["simplify"]
        )
        assert marked == sample_faults(sample, new)
    assert faults_of_file(MARK + sample.whole, sample.whole, language) == []


def test_a_broken_answer_below_a_byte_order_mark_does_not_pass() -> None:
    (said,) = faults(f"{MARK}x = 0", 0, 6, f"{MARK}x = (1", PYTHON, BY_NAME["simplify"])
    assert "does not parse" in said
    assert check(f"{MARK}x = 0", "x = 1") == []


@pytest.mark.parametrize(
    ("language", "line", "broken"),
    [
        ("javascript", "const a = [1, 2, 3];\n", "const b = [1, 2;"),
        ("python", "a = [1, 2, 3]\n", "b = [1, 2"),
        ("go", "var a = []int{1, 2, 3}\n", "var b = []int{1, 2"),
    ],
)
def test_a_long_file_is_parsed_however_long_that_takes(
    language: str, line: str, broken: str
) -> None:
    if not grammars.has_grammar(languages.of_id(language).name):
        pytest.skip("there is no grammar for this platform")
    old = ("package a\n" if language == "go" else "") + line * (600_000 // len(line))
    (said,) = faults(old, len(old), len(old), broken, languages.of_id(language), BY_NAME["fix"])
    assert "does not parse" in said


@needs_grammar
def test_a_file_that_is_too_large_to_be_parsed_is_asked_about() -> None:
    old = "a = [1, 2, 3]\n" * 150_000
    said = verdict(old, len(old), len(old), "b = [1", PYTHON, BY_NAME["fix"])
    assert said.faults == ()
    assert said.doubts == ("is in a file of more than 2 MB, whose syntax is not checked",)


@pytest.mark.usefixtures("no_grammars")
@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python reads all of it")
def test_without_a_grammar_what_this_python_cannot_read_is_asked_about() -> None:
    for new in (NEWER[3], NEWER[4], "x = (1"):
        said = judge_file("x = 0\n", new, PYTHON)
        assert said.faults == (), new
        assert said.doubts[0].startswith("cannot be read by Python 3."), new
    assert judge_file("x = 0\n", "x = 1\n", PYTHON).doubts == ()


@pytest.mark.usefixtures("no_grammars")
def test_without_a_grammar_what_no_python_runs_does_not_pass() -> None:
    assert "outside function" in faults_of_file("x = 0\n", "return 1\n", PYTHON)[0]


PLAIN = "def f(x):\n    return x\n"
GENERIC = "def f[T](x: T) -> T:\n    return x\n"


@pytest.mark.skipif(n_errors("", "Python") is None, reason="needs the grammar")
@pytest.mark.parametrize(
    ("old", "new", "gone"),
    [
        (f"LIMIT = 3\n\n\n{PLAIN}", f"LIMIT = 3\n\n\n{GENERIC}", ""),
        ("Id = Union[int, str]\n", "type Id = int | str\n", ""),
        (f"LIMIT = 3\n\n\n{PLAIN}", GENERIC, "LIMIT"),
    ],
)
def test_names_are_found_beside_newer_syntax(old: str, new: str, gone: str) -> None:
    wanted = [f"public names are gone: {gone}"] if gone else []
    assert check(old, new, action="modernize") == wanted


@pytest.mark.skipif(n_errors("", "Python") is None, reason="needs the grammar")
@pytest.mark.parametrize("new", ["print 'a'", "exec 'a'", "a = 1\nprint a, b", "x\u200b = 1"])
def test_what_is_no_python_3_is_a_fault(new: str) -> None:
    assert verdict("f()", 0, 3, new, PYTHON, BY_NAME["simplify"]).faults


@pytest.mark.skipif(n_errors("", "Python") is None, reason="needs the grammar")
def test_a_stub_beside_newer_syntax_is_seen() -> None:
    assert check("def f(x):\n    return x + 1\n", "def f[T](x: T) -> T:\n    ...\n") != []


@pytest.mark.parametrize("action", ["simplify", "docstrings", "rename"])
@pytest.mark.parametrize(
    ("language", "old"),
    [
        ("python", "def f(a):\n    b = {}\n    return b"),
        ("javascript", "function f(a) {\n  b = {};\n  return b;\n}"),
        ("go", "package a\n\nfunc f(a int) int {\n\tb := {}\n\treturn b\n}"),
        ("rust", "fn f(a: u8) -> u8 {\n    let b = {};\n    b\n}"),
    ],
)
def test_an_expression_of_thousands_of_terms_is_no_obstacle(
    language: str, old: str, action: str
) -> None:
    code = old.replace("{}", " + ".join(["a"] * 3000))
    assert check(code, code, language=language, action=action) == []
    if action == "docstrings":
        changed = code.replace("+ a\n", "+ c\n").replace("+ a;", "+ c;")
        assert check(code, changed, language=language, action=action) != []
