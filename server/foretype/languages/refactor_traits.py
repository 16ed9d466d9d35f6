"""What a refactoring must know of each language: its comments, strings, blocks and tests.

One row a language, and an empty row for all others: a language that is not listed is still
refactored, with fewer checks. Knows no model and no protocol.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Shape = Literal["indent", "braces", "end", ""]
"""How a block is closed: by indentation, by a brace, by the word ``end``; empty if unknown."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Language:
    """One language, or several ids that are alike. There is one row of each: rows are the same
    where they are one object, which makes them cheap to look up."""

    name: str
    """The name that a reader, and a model, knows it by."""
    ids: tuple[str, ...]
    """Language ids as editors spell them."""
    suffixes: tuple[str, ...]
    tags: tuple[str, ...] = ()
    """Further tags that models write after a fence."""
    shape: Shape = "braces"
    comment: str = "//"
    """What begins a comment that runs to the line's end."""
    block_comment: tuple[str, str] | None = ("/*", "*/")
    literals: str = ""
    """A regular expression for string literals; those in double quotes where empty."""
    functions: tuple[str, ...] = ()
    """Regular expressions for the line that begins a function, its name in a group."""
    types: tuple[str, ...] = ()
    """The same for classes and their like."""
    tests: str = ""
    """Where tests of ``{stem}`` go; beside the file where it holds no folder."""
    framework: str = ""
    """What those tests are written with, unless the project says otherwise."""


_DOUBLE = r'"(?:\\.|[^"\\\n])*+"?'
_SINGLE = r"'(?:\\.|[^'\\\n])*+'?"
_BACKTICK = r"`(?:\\.|[^`\\])*+`?"
_TRIPLE = r'"""(?s:\\.|(?!""").)*+(?:""")?|' r"'''(?s:\\.|(?!''').)*+(?:''')?"
_CHARACTER = r"'(?:\\[^\n]{1,9}?|[^'\\\n])'"

_SCRIPT_FUNCTIONS = (
    r"(?:export\s+)?(?:default\s+)?(?:async\s+)?function\s*\*?\s*(\w+)",
    r"(?:export\s+)?(?:const|let|var)\s+(\w+)\b[^=]*+=\s*(?:async\s*)?(?:\(|function\b|\w+\s*=>)",
)
_CLASS = (r"(?:[a-z]+\s+){0,6}?(?:class|interface|enum|struct|record|trait|object)\s+(\w+)",)

# A method or a C function has no keyword of its own: something(…) that is not a statement.
# Tried last, and only where the line does not begin with one of these words.
_CALL_LIKE = r"(?:[\w<>\[\],.&*?:~@]++\s+|[*&]+)*+[*&]*(~?[\w:]+)\s*+(?:<[^()]*+>)?\("
_STATEMENT = re.compile(
    r"(?:if|else|for|foreach|while|switch|case|catch|return|throw|new|do|try|await|yield|using"
    r"|lock|delete|super|this|typeof|sizeof|assert|echo|print|import|package|goto)\b"
)

LANGUAGES: tuple[Language, ...] = (
    Language(
        name="Python",
        ids=("python",),
        suffixes=(".py", ".pyi"),
        tags=("py", "python3"),
        shape="indent",
        comment="#",
        block_comment=None,
        literals=f"{_TRIPLE}|{_DOUBLE}|{_SINGLE}",
        functions=(r"(?:async\s+)?def\s+(\w+)",),
        types=(r"class\s+(\w+)",),
        tests="tests/test_{stem}.py",
        framework="pytest",
    ),
    Language(
        name="JavaScript",
        ids=("javascript", "javascriptreact"),
        suffixes=(".js", ".jsx", ".mjs", ".cjs"),
        tags=("js", "jsx", "node", "mjs"),
        literals=f"{_BACKTICK}|{_DOUBLE}|{_SINGLE}",
        functions=(*_SCRIPT_FUNCTIONS, _CALL_LIKE),
        types=(r"(?:export\s+)?(?:default\s+)?class\s+(\w+)",),
        tests="{stem}.test{suffix}",
        framework="Jest",
    ),
    Language(
        name="TypeScript",
        ids=("typescript", "typescriptreact"),
        suffixes=(".ts", ".tsx", ".mts", ".cts"),
        tags=("ts", "tsx"),
        literals=f"{_BACKTICK}|{_DOUBLE}|{_SINGLE}",
        functions=(*_SCRIPT_FUNCTIONS, _CALL_LIKE),
        types=(
            r"(?:export\s+)?(?:default\s+)?(?:abstract\s+)?(?:class|interface|enum)\s+(\w+)",
            r"(?:export\s+)?type\s+(\w+)",
        ),
        tests="{stem}.test{suffix}",
        framework="Vitest",
    ),
    Language(
        name="Go",
        ids=("go",),
        suffixes=(".go",),
        tags=("golang",),
        literals=f"`[^`]*+`?|{_DOUBLE}|{_CHARACTER}",
        functions=(r"func\s+(?:\([^)]*+\)\s*)?(\w+)",),
        types=(r"type\s+(\w+)",),
        tests="{stem}_test.go",
        framework="the testing package, table-driven",
    ),
    Language(
        name="Rust",
        ids=("rust",),
        suffixes=(".rs",),
        tags=("rs",),
        literals=rf'r#*+"(?s:(?!"#*).)*+"#*|{_DOUBLE}|{_CHARACTER}',
        functions=(r"(?:pub(?:\([^)]*+\))?\s+)?(?:(?:async|const|unsafe)\s+)*+fn\s+(\w+)",),
        types=(r"(?:pub(?:\([^)]*+\))?\s+)?(?:struct|enum|trait|impl|mod)\b[^\w]*+(\w+)",),
        tests="tests/{stem}.rs",
        framework="#[test] functions",
    ),
    Language(
        name="Java",
        ids=("java",),
        suffixes=(".java",),
        literals=f'"""(?s:\\\\.|(?!""").)*+(?:""")?|{_DOUBLE}|{_CHARACTER}',
        functions=(_CALL_LIKE,),
        types=_CLASS,
        tests="{stem}Test.java",
        framework="JUnit 5",
    ),
    Language(
        name="C#",
        ids=("csharp",),
        suffixes=(".cs",),
        tags=("cs", "c#"),
        literals=f'@"(?:""|[^"])*+"?|"""(?s:(?!""").)*+(?:""")?|{_DOUBLE}|{_CHARACTER}',
        functions=(_CALL_LIKE,),
        types=_CLASS,
        tests="{stem}Tests.cs",
        framework="xUnit",
    ),
    Language(
        name="Kotlin",
        ids=("kotlin",),
        suffixes=(".kt", ".kts"),
        tags=("kt",),
        literals=f'"""(?s:(?!""").)*+(?:""")?|{_DOUBLE}|{_CHARACTER}',
        functions=(r"(?:[a-z]+\s+){0,6}?fun\s+(?:<[^>]*+>\s*)?(?:\w+\.)?(\w+)",),
        types=_CLASS,
        tests="{stem}Test.kt",
        framework="kotlin.test",
    ),
    Language(
        name="Swift",
        ids=("swift",),
        suffixes=(".swift",),
        literals=f'"""(?s:(?!""").)*+(?:""")?|{_DOUBLE}',
        functions=(r"(?:[a-z@]+\s+){0,6}?func\s+(\w+)",),
        types=(r"(?:[a-z]+\s+){0,6}?(?:class|struct|enum|protocol|extension|actor)\s+(\w+)",),
        tests="{stem}Tests.swift",
        framework="XCTest",
    ),
    Language(
        name="C",
        ids=("c",),
        suffixes=(".c", ".h"),
        literals=f"{_DOUBLE}|{_CHARACTER}",
        functions=(_CALL_LIKE,),
        types=(r"(?:typedef\s+)?(?:struct|union|enum)\s+(\w+)",),
        tests="test_{stem}.c",
        framework="plain assertions with a main function",
    ),
    Language(
        name="C++",
        ids=("cpp",),
        suffixes=(".cpp", ".cc", ".cxx", ".hpp", ".hh"),
        tags=("c++", "cc", "cxx", "hpp"),
        literals=f"{_DOUBLE}|{_CHARACTER}",
        functions=(_CALL_LIKE,),
        types=(r"(?:template\s*<[^{]*+>\s*)?(?:class|struct|union|enum|namespace)\s+(\w+)",),
        tests="test_{stem}.cpp",
        framework="GoogleTest",
    ),
    Language(
        name="PHP",
        ids=("php",),
        suffixes=(".php",),
        literals=f"{_DOUBLE}|{_SINGLE}",
        functions=(r"(?:[a-z]+\s+){0,6}?function\s+&?(\w+)",),
        types=_CLASS,
        tests="{stem}Test.php",
        framework="PHPUnit",
    ),
    Language(
        name="Ruby",
        ids=("ruby",),
        suffixes=(".rb",),
        tags=("rb",),
        shape="end",
        comment="#",
        block_comment=None,
        literals=f"{_BACKTICK}|{_DOUBLE}|{_SINGLE}",
        functions=(r"def\s+(?:self\.)?(\w+)",),
        types=(r"(?:class|module)\s+(\w+)",),
        tests="{stem}_test.rb",
        framework="Minitest",
    ),
    Language(
        name="Lua",
        ids=("lua",),
        suffixes=(".lua",),
        shape="end",
        comment="--",
        block_comment=("--[[", "]]"),
        literals=rf"\[\[(?s:(?!\]\]).)*+(?:\]\])?|{_DOUBLE}|{_SINGLE}",
        functions=(r"(?:local\s+)?function\s+([\w.:]+)", r"(?:local\s+)?(\w+)\s*=\s*function\b"),
        tests="{stem}_spec.lua",
        framework="busted",
    ),
    Language(
        name="shell",
        ids=("shellscript",),
        suffixes=(".sh", ".bash", ".zsh"),
        tags=("sh", "bash", "shell", "zsh"),
        comment="#",
        block_comment=None,
        literals=r'"(?:\\.|[^"\\])*+"?|' r"'[^']*+'?",
        functions=(r"(?:function\s+)?(\w+)\s*\(\)",),
        tests="{stem}.bats",
        framework="bats",
    ),
)

PLAIN = Language(
    name="", ids=(), suffixes=(), shape="", comment="#", block_comment=None, literals=_DOUBLE
)
"""The row of every language that is not listed."""

MARKDOWN = Language(
    name="",
    ids=(),
    suffixes=(".md", ".mdx", ".markdown", ".qmd", ".rmd"),
    shape="",
    comment="<!--",
    block_comment=("<!--", "-->"),
    literals=_DOUBLE,
)
"""The row of text that holds fences and headings of its own. It is in no language, as blocks of
any may stand in it."""

NameOf = Callable[[str, Language], str]
"""What reads a name off a line, or nothing."""

_BY_ID = {id_: language for language in LANGUAGES for id_ in language.ids}
_BY_ID |= dict.fromkeys(("markdown", "mdx", "quarto", "rmd"), MARKDOWN)
_BY_TAG = {tag: row for row in LANGUAGES for tag in (*row.ids, *row.tags, row.name.lower())}
_BY_SUFFIX = {
    suffix: language for language in (*LANGUAGES, MARKDOWN) for suffix in language.suffixes
}


def of_id(language_id: str) -> Language:
    """The row of an editor's language id."""
    return _BY_ID.get(language_id, PLAIN)


def of_tag(tag: str) -> Language | None:
    """The row of the tag after a fence; None where the tag says nothing that is known."""
    return _BY_TAG.get(tag.lower())


def of_suffix(suffix: str) -> Language:
    """The row of a file name's suffix."""
    return _BY_SUFFIX.get(suffix.lower(), PLAIN)


@lru_cache(4096)
def function_name(line: str, language: Language) -> str:
    """The name of the function that a line begins; empty where it begins none."""
    text = line.strip()[:200]
    if not text or _STATEMENT.match(text):
        return ""
    for pattern in language.functions:
        found = re.match(pattern, text)
        if found and (pattern is not _CALL_LIKE or _heads_a_body(text, found, language)):
            return found[1]
    return ""


@lru_cache(4096)
def type_name(line: str, language: Language) -> str:
    """The name of the class, or its like, that a line begins; empty where it begins none."""
    text = line.strip()[:200]
    for pattern in language.types:
        if found := re.match(pattern, text):
            return found[1]
    return ""


def _heads_a_body(text: str, found: re.Match[str], language: Language) -> bool:
    """Whether ``name(…`` begins a body rather than being called."""
    if found[1] == "function" or text.endswith(";"):
        return False
    if language.ids[0] in ("javascript", "typescript"):
        return text.endswith(("{", "(")) and "=>" not in text
    return _has_a_type(text, found) or text.endswith("{")


def _has_a_type(text: str, found: re.Match[str]) -> bool:
    before = text[: found.start(1)].strip()
    return bool(before) and not before.endswith(("=", ".", "(", ",", "->"))
