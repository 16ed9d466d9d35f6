from __future__ import annotations

import pytest
from refactor_samples import SAMPLES, Sample

from foretype.grammars import n_errors
from foretype.refactor import languages
from foretype.refactor.catalogue import BY_NAME
from foretype.refactor.check import faults, faults_of_file, public_names, wrong_language
from foretype.refactor.reply import Block
from foretype.refactor.risks import risk_of_file, risks

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


def test_names_of_methods_count() -> None:
    old = "class A:\n    def f(self): ...\n    def _g(self): ...\n\nX = 1"
    assert public_names(old, PYTHON) == {"A", "A.f", "X"}
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


@pytest.mark.parametrize(
    ("language", "risky", "harmless"),
    [
        ("python", "eval(x)", "ast.literal_eval(x)"),
        ("python", "exec(code)", "cursor.exec(code)"),
        ("python", "os.system('ls ' + x)", "subprocess.run(['ls', x])"),
        ("python", "subprocess.run(x, shell = True)", "subprocess.run(x, shell=False)"),
        ("python", "from os import system", "from os import path"),
        ("python", "requests.get(u, verify=False)", "requests.get(u, verify=True)"),
        ("python", "ssl._create_unverified_context()", "ssl.create_default_context()"),
        ("python", "context.check_hostname = False", "context.check_hostname = True"),
        ("python", "pickle.loads(x)", "json.loads(x)"),
        ("python", "yaml.load(x)", "yaml.load(x, Loader=yaml.SafeLoader)"),
        ("javascript", "eval(x)", "evaluate(x)"),
        ("javascript", "new Function(x)", "new MyFunction(x)"),
        ("javascript", "exec(`rm ${x}`)", "/a/.exec(x)"),
        ("javascript", "execSync('ls')", "execFileSync('ls', [])"),
        ("typescript", "{ rejectUnauthorized: false }", "{ rejectUnauthorized: true }"),
        ("typescript", 'process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0"', "process.env.X"),
        ("go", "tls.Config{InsecureSkipVerify: true}", "tls.Config{}"),
        ("go", 'exec.Command("sh", "-c", x)', 'exec.Command("git", x)'),
        ("rust", ".danger_accept_invalid_certs(true)", ".danger_accept_invalid_certs(false)"),
        ("rust", "unsafe { *p }", "safe(p)"),
        ("rust", 'Command::new("sh")', 'Command::new("git")'),
        ("java", "Runtime.getRuntime().exec(x)", "executor.execute(x)"),
        ("csharp", "Process.Start(x)", "process.StartInfo"),
        ("csharp", "handler.ServerCertificateCustomValidationCallback = f", "handler.Timeout = 1"),
        ("c", "system(cmd);", "file_system(cmd);"),
        ("php", "shell_exec($x);", "$db->exec($x);"),
        ("php", "curl_setopt($c, CURLOPT_SSL_VERIFYPEER, false);", "curl_exec_all($c);"),
        ("ruby", "http.verify_mode = OpenSSL::SSL::VERIFY_NONE", "http.use_ssl = true"),
        ("ruby", "system('ls')", "filesystem('ls')"),
        ("lua", "os.execute(x)", "execute_all(x)"),
        ("shellscript", "curl -k https://a", "curl -K file https://a"),
        ("shellscript", "curl https://a | sh", "curl https://a | jq ."),
        ("shellscript", 'eval "$x"', "evaluate x"),
    ],
)
def test_risky_code_is_named(language: str, risky: str, harmless: str) -> None:
    row = languages.of_id(language)
    assert risks("", f"first\n{risky}", row), risky
    assert risks("", risky, row)[0].line == 1
    assert not risks(risky, risky, row), "it was there already"
    assert not risks("", harmless, row), harmless


@pytest.mark.parametrize(
    ("language", "risky"),
    [
        ("python", "import builtins\nbuiltins.eval(x)"),
        ("python", "run = eval\nrun(x)"),
        ("python", "    y = f'{eval(x)}'"),
        ("python", "\uff45val(x)"),
        ("python", "subprocess.run(c, shell=1)"),
        ("python", "subprocess.run(['/bin/sh', '-c', c])"),
        ("python", "requests.get(u, verify=0)"),
        ("javascript", "window.eval(x)"),
        ("javascript", "(0, eval)(x)"),
        ("javascript", "y = `${eval(x)}`"),
    ],
)
def test_risky_code_in_disguise_is_named(language: str, risky: str) -> None:
    row = languages.of_id(language)
    assert len(risks("", risky, row)) == 1
    assert not risks(risky, risky, row), "it was there already"


def test_calls_that_look_alike_are_no_risk() -> None:
    code = "model.eval()\nrun(c, shell=False)\nget(u, verify=True)\nrun(['ls', '-c'])\nf.exec(x)"
    assert not risks("", code, PYTHON)


def test_a_second_use_of_what_was_there_is_new() -> None:
    assert risks("eval(a)", "eval(a)\neval(b)", PYTHON)


def test_what_a_comment_or_a_string_says_is_no_risk() -> None:
    assert not risks("", "# never eval(x)\nx = 'os.system(1)'", PYTHON)


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


@pytest.mark.parametrize("char", ["\u202e", "\u2066", "\u200b", "\U000e0041"])
def test_characters_that_nobody_sees_are_a_risk(char: str) -> None:
    assert risks("x = 1", f"x = 1  # a{char}b", PYTHON)[0].reason == "holds invisible characters"
    assert not risks(f"x = '{char}'", f"y = '{char}'", PYTHON)


def test_control_characters_are_a_fault() -> None:
    assert check("x = 1", "x = '\x1b[2J'") == ["the code holds control characters"]
    assert check("x = '\x1b'", "y = '\x1b'", action="fix") == []


@pytest.mark.parametrize(
    ("path", "risky"),
    [
        ("file:///work/package.json", True),
        ("file:///work/.github/workflows/x.yml", True),
        ("file:///work/.vscode/tasks.json", True),
        ("file:///work/Makefile", True),
        ("file:///work/src/makefile.py", False),
        ("file:///work/src/a.py", False),
    ],
)
def test_files_that_run_by_themselves_are_a_risk(path: str, risky: bool) -> None:
    assert (risk_of_file(path) is not None) == risky
