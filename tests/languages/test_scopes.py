"""Where a cursor is, drawn in each language: in code, in a comment or in a string."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from helpers.examples import examples
from helpers.marks import cursor
from helpers.service_editor import OpenGate, Waits
from hypothesis import given
from hypothesis import strategies as st

from foretype.completion.feedback.displayed import DisplayedSuggestion
from foretype.completion.resources import Resources
from foretype.completion.selection.eligibility import Question, why_not_here
from foretype.completion.suggestion import NoSuggestion, Reason, Trigger
from foretype.core.cursor import Cursor
from foretype.core.text import Document, Edit
from foretype.languages import scopes
from foretype.languages.lexical import Scope
from foretype.languages.scopes import scope_at
from foretype.settings.schema import CompletionSettings, Settings

CODE, COMMENT, STRING = Scope.CODE, Scope.COMMENT, Scope.STRING

CASES = [
    ("python", "x = ‸", CODE),
    ("python", "x = 1  # as in ‸", COMMENT),
    ("python", "# as in ‸ here\nx", COMMENT),
    ("python", "# as in\n‸", CODE),
    ("python", "x‸ # as in", CODE),
    ("python", "x = '‸'", STRING),
    ("python", "x = ''‸", CODE),
    ("python", "x = 'it\\'s ‸'", STRING),
    ("python", "x = 'open\ny = ‸", CODE),
    ("python", "x = 'on\\\nand ‸'", STRING),
    ("python", "x = 'on\\\r\nand ‸'", STRING),
    ("python", "x = '# no comment' + ‸", CODE),
    ("python", '# "no string\nx = ‸', CODE),
    ("python", 'def f():\n    """Say ‸\n    """\n', STRING),
    ("python", 'def f():\n    """Say."""\n    ‸', CODE),
    ("python", '"""it\'s "quoted" and \\""" on\n‸"""', STRING),
    ("python", "'''a'''  # '''\n‸", CODE),
    ("python", "x = f'{na‸}'", CODE),
    ("python", "x = f'{name} is ‸'", STRING),
    ("python", "x = f'{{na‸}}'", STRING),
    ("python", "x = f'{name!r:>{wid‸}}'", CODE),
    ("python", "x = '{na‸}'", STRING),
    ("python", 'x = rf"""\n{a["b"]} {‸', CODE),
    ("python", "x = b'‸'", STRING),
    ("python", "‸", CODE),
    ("typescript", "let x = ‸", CODE),
    ("typescript", "// to ‸", COMMENT),
    ("typescript", "/* to\n ‸ */", COMMENT),
    ("typescript", "/* to\n */ ‸", CODE),
    ("typescript", "/*/ ‸", COMMENT),
    ("typescript", "/** a **/ ‸", CODE),
    ("typescript", 'const glob = "src/**/*.ts"; ‸', CODE),
    ("typescript", "let x = `a\n‸`", STRING),
    ("typescript", "let x = `a ${‸}`", CODE),
    ("typescript", "let x = `a ${b} ‸`", STRING),
    ("typescript", "let x = `a ${ {a: 1}.‸ }`", CODE),
    ("typescript", "let x = `a ${ {a: 1}.a } ‸`", STRING),
    ("typescript", "let x = `a ${b ? `c‸` : 1}`", STRING),
    ("typescript", "let x = `a ${b ? `c` : '‸'}`", STRING),
    ("typescript", "let x = `a ${b ? `c` : d‸}`", CODE),
    ("typescript", "let x = `a \\${b‸`", STRING),
    ("typescript", "let x = `a $b` + ‸", CODE),
    ("javascript", "x = s.replace(/['\"`]/g, ‸", CODE),
    ("javascript", "return /[/'`]/.test(‸", CODE),
    ("javascript", "x = a / b + '‸", STRING),
    ("javascriptreact", "<p>Don't</p>\n‸", CODE),
    ("go", "x := `a\n\\‸`", STRING),
    ("go", "x := `a\\` + ‸", CODE),
    ("go", "r := '\"' // ‸", COMMENT),
    ("rust", 'let x = r#"a "b" ‸"#;', STRING),
    ("rust", 'let x = r#"a "b" "#; ‸', CODE),
    ("rust", 'let x = r"a\\"; ‸', CODE),
    ("rust", "fn f<'a>(x: &'a str) { ‸", CODE),
    ("rust", "let c = '\"'; ‸", CODE),
    ("rust", "let c = '\\''; ‸", CODE),
    ("rust", 'let x = "a\n‸";', STRING),
    ("rust", "#[derive(Debug)] /// ‸", COMMENT),
    ("cpp", 'auto x = R"(a "b" ‸)";', STRING),
    ("cpp", 'auto x = R"d(a )" b)d"; ‸', CODE),
    ("cpp", "int x = 1'000'000; ‸", CODE),
    ("c", "char c = '\"'; /* ‸", COMMENT),
    ("java", 'var x = """\n  "a" ‸', STRING),
    ("java", 'var x = """\n  "a" """ + ‸', CODE),
    ("kotlin", 'val x = "a ${b‸}"', CODE),
    ("kotlin", 'val x = "a ${b} ‸"', STRING),
    ("swift", 'let x = "a \\(b‸)"', CODE),
    ("dart", "var x = '''\n‸'''", STRING),
    ("csharp", 'var x = @"a\\"; ‸', CODE),
    ("csharp", 'var x = @"a ""b"" ‸";', STRING),
    ("csharp", 'var x = $"a {b‸}";', CODE),
    ("csharp", 'var x = $"a {b} ‸";', STRING),
    ("csharp", 'var x = $@"a\n{b‸}";', CODE),
    ("csharp", 'var x = """\n "a" ‸', STRING),
    ("ruby", "=begin\nit's ‸\n=end", COMMENT),
    ("ruby", "=begin\nit's\n=end\n‸", CODE),
    ("ruby", "x = <<~TEXT\n  it's ‸\nTEXT", STRING),
    ("ruby", "x = <<~TEXT.strip\n  it's\nTEXT\n‸", CODE),
    ("ruby", 'x = "a #{b‸}"', CODE),
    ("ruby", 'x = "a #{b} ‸"', STRING),
    ("ruby", "list << Item.new(‸", CODE),
    ("ruby", "list <<item\n‸", CODE),
    ("elixir", '@doc """\nSay ‸\n"""', STRING),
    ("perl", "my $n = $#list; ‸", CODE),
    ("perl", "=pod\n\nit's ‸\n\n=cut", COMMENT),
    ("php", "<p>Don't <?php $x = ‸", CODE),
    ("php", "<p>Don't ‸</p><?php", CODE),
    ("php", "<?php $x = 'a\n‸';", STRING),
    ("php", "<?php $x = 1; ?><p>Don't</p><?php // ‸", COMMENT),
    ("php", "<?php #[Pure] ‸", CODE),
    ("php", "<?php $x = <<<'EOT'\nit's ‸\nEOT;", STRING),
    ("shellscript", "echo 'a\n‸'", STRING),
    ("shellscript", "echo it\\'s ‸", CODE),
    ("shellscript", "curl http://a/#b ‸", CODE),
    ("shellscript", "ls # ‸", COMMENT),
    ("shellscript", 'echo "a $(ls ‸)"', CODE),
    ("shellscript", "cat <<EOF | sort\nit's ‸\nEOF", STRING),
    ("shellscript", "cat <<EOF | ‸", CODE),
    ("shellscript", "cat <<-'EOF'\n\tit's\n\tEOF\n‸", CODE),
    ("shellscript", "x=$((1<<n)); ‸", CODE),
    ("powershell", "<# it's\n‸ #>", COMMENT),
    ("sql", "SELECT 'it''s ‸'", STRING),
    ("sql", "SELECT 'it''s' -- ‸", COMMENT),
    ("sql", 'SELECT "column‸"', CODE),
    ("html", "<!-- it's\n‸ -->", COMMENT),
    ("html", "<p>Don't ‸</p>", CODE),
    ("html", '<a href="‸">', STRING),
    ("html", '<a href="x" ‸>', CODE),
    ("html", "<script>\nlet x = '‸'</script>", STRING),
    ("html", "<script>\n// it's ‸", COMMENT),
    ("html", "<script>'a'</script>\n// ‸", CODE),
    ("html", "<style>\n/* ‸", COMMENT),
    ("vue", '<template><p>It\'s</p></template>\n<script setup lang="ts">\nx = `‸', STRING),
    ("css", "a { /* ‸", COMMENT),
    ("css", "a { background: url(http://a.b/c); ‸", CODE),
    ("scss", "a { // ‸", COMMENT),
    ("yaml", "a: don't ‸", CODE),
    ("yaml", "a: 'don ‸", STRING),
    ("yaml", "a: b#c ‸", CODE),
    ("yaml", "a: b # ‸", COMMENT),
    ("toml", 'a = """\n‸', STRING),
    ("toml", "a = 1 # ‸", COMMENT),
    ("lua", "--[==[ a ]] ‸ ]==]", COMMENT),
    ("lua", "--[[ a ]] ‸", CODE),
    ("lua", "-- a ‸", COMMENT),
    ("lua", "x = [[a\n‸", STRING),
    ("jsonc", '{"a": "‸"}', STRING),
    ("terraform", 'a = "x ${b‸}"', CODE),
    ("dockerfile", "RUN a # ‸", COMMENT),
    ("haskell", "foldl' x ys -- ‸", COMMENT),
    ("haskell", "x --> ‸", CODE),
    ("haskell", "{- a\n‸ -}", COMMENT),
    ("ocaml", "(* it's \n‸ *)", COMMENT),
    ("clojure", '(f \\" x) ; ‸', COMMENT),
    ("latex", "50\\% of ‸", CODE),
    ("latex", "a % ‸", COMMENT),
    ("julia", "#= a\n‸ =#", COMMENT),
    ("graphql", '"""\n‸', STRING),
    ("markdown", "It's `‸", CODE),
    ("klingon", "# 'a‸", CODE),
    ("", "# 'a‸", CODE),
]


@pytest.mark.parametrize(("language", "drawn", "expected"), CASES)
def test_tells_what_the_cursor_is_in(language: str, drawn: str, expected: Scope) -> None:
    assert scope_at(cursor(drawn, language=language)) is expected
    # The same below a file's worth of other code.
    above = "\n" if language in ("ruby", "perl", "php") else ""
    assert scope_at(cursor(above + drawn, language=language)) is expected


PIECES = st.sampled_from(
    ['"', "'", "`", '"""', "'''", "#", "//", "/*", "*/", "${", "{", "}", "\\", "\n", "\r\n", "x "]
)


@examples(150)
@given(
    lines=st.lists(st.lists(PIECES, max_size=5).map("".join), min_size=1, max_size=30),
    edits=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 9), PIECES), max_size=6),
    at=st.floats(0, 1),
    language=st.sampled_from(["python", "typescript", "go", "rust", "php", "shellscript"]),
)
def test_marks_of_older_texts_change_nothing(
    lines: list[str], edits: list[tuple[float, int, str]], at: float, language: str
) -> None:
    # Filled up so that there are many marks.
    text = "\n".join(line + "\n" + "y " * 400 for line in lines)
    document = Document("file:///project/a", text, language, 1)
    scope_at(Cursor(document, len(text)))
    for where, length, new in edits:
        start = int(where * len(document.text))
        document = document.apply(Edit(start, min(start + length, len(document.text)), new))
        offset = int(at * len(document.text))
        known = scope_at(Cursor(document, offset))
        fresh = Document(f"file:///project/{random.random()}", document.text, language, 1)
        assert known is scope_at(Cursor(fresh, offset))


def long_file() -> str:
    return "".join(
        f'def f{n}(x):\n    """Say {n}."""\n    return "it\'s {n}"  # as ever\n\n'
        for n in range(2_500)
    )


@pytest.mark.parametrize("edited", [0.0, 0.5, 0.999])
def test_a_key_in_a_long_file_reads_little_of_it(
    edited: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = Document("file:///project/long.py", long_file(), "python", 1)
    assert document.n_lines > 10_000
    scope_at(Cursor(document, len(document.text)))
    read = 0
    plain = scopes._read

    def counted(text: str, start: int, end: int, *rest: object) -> Scope:
        nonlocal read
        read += max(end - start, 0)
        return plain(text, start, end, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(scopes, "_read", counted)
    at = document.line_start(int(edited * document.n_lines))
    for key in "x = 'a'":
        document = document.apply(Edit(at, at, key), document.version + 1)
        at += 1
        scope_at(Cursor(document, at))
    assert scope_at(Cursor(document, len(document.text) - 5)) is COMMENT
    assert read < 20 * 4 * scopes.STEP_CHARS


@pytest.mark.parametrize(
    ("drawn", "off", "detail"),
    [
        ("x = 1  # as in ‸", {"in_comments": False}, "in comments, by completion.in_comments"),
        ("x = 'as in ‸'", {"in_strings": False}, "in strings, by completion.in_strings"),
        ("x = 1  # as in ‸", {"in_strings": False}, None),
        ("x = 'as in ‸'", {"in_comments": False}, None),
        ("x = ‸", {"in_comments": False, "in_strings": False}, None),
        ("x = 'as in ‸'  ", {}, None),
    ],
)
def test_the_settings_say_where_nothing_is_suggested(
    drawn: str, off: dict[str, Any], detail: str | None
) -> None:
    settings = Settings(completion=CompletionSettings(**off))
    resources = Resources(settings, None, OpenGate(), Waits())
    question = Question(cursor(drawn), Trigger.AUTOMATIC, DisplayedSuggestion(), resources)
    found = why_not_here(question)
    assert found == (None if detail is None else NoSuggestion(Reason.OFF, detail))
    assert why_not_here(replace(question, trigger=Trigger.INVOKED)) is None
