"""What languages look like: one row a language, read by every part that treats them differently.

To teach foretype about a language, add or change its row here. How its comments and strings are
scanned is named by ``family``, whose patterns stand in ``lexical.py``. Rows are data: nothing is
compiled, and no grammar imported, before it is used.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePath
from typing import Literal

Shape = Literal["indent", "braces", "end", ""]
"""How a block is closed: by indentation, by a brace, by the word ``end``; empty if unknown."""

Family = Literal[
    "python", "js", "go", "rust", "c", "java", "kotlin", "dart", "swift", "csharp", "ruby",
    "elixir", "perl", "php", "shell", "powershell", "sql", "html", "css", "scss", "yaml", "toml",
    "lua", "json", "hcl", "hash", "julia", "graphql", "haskell", "ocaml", "lisp", "percent",
    "dashes", "zig", "",
]  # fmt: skip
"""Languages that write comments and strings alike; empty where they are not scanned."""

ImportStyle = Literal["python", "script", "go", "rust", "java", "c", "ruby", ""]
"""How a file names the files that it imports; empty where they are not followed."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Language:
    """One language. There is one row of each, so rows are compared by identity.

    Fields from ``shape`` on describe code to be refactored; a row without a ``shape`` is
    refactored as ``PLAIN`` is, with fewer checks.
    """

    name: str
    """The name that a reader, and a model, knows it by."""
    ids: tuple[str, ...]
    """Language ids as editors spell them; the first is the protocol's."""
    suffixes: tuple[str, ...] = ()
    """Ends of file names, in lower case."""
    filenames: tuple[str, ...] = ()
    """Whole file names."""
    indentation: str = "    "
    """One step of indentation where a file shows none: a tab, or some blanks."""
    family: Family = ""
    keywords: str = ""
    """Words that are no names. The embedded engine takes those of all languages for one set, with
    which its confidence was fitted."""
    import_lines: tuple[str, ...] = ()
    """Regular expressions for the lines that name what a file uses."""
    imports: ImportStyle = ""
    grammars: tuple[tuple[str, str], ...] = ()
    """Module and function of each tree-sitter grammar, the one that accepts most first."""
    checks_syntax: bool = False
    """Whether completions are checked by a grammar: for those of which ``benches/syntax_errors.py``
    refused no real text, and Java."""

    is_prose: bool = False
    """Whether plain English may stand anywhere."""
    is_markup: bool = False
    """Whether it has tags in angle brackets."""
    is_document: bool = False
    """Whether it is Markdown or its like, in which fences are text."""
    embeds_scripts: bool = False
    """Whether scripts and style sheets stand in tags of their own."""
    has_lists: bool = False
    """Whether a line may begin with a number, a dash or a plus."""
    has_braces: bool = False
    """Whether braces make blocks, or a semicolon ends a statement."""
    has_labels: bool = False
    """Whether labels or directives stand at the margin, wherever they belong."""
    has_backticks: bool = True
    """Whether a backtick may stand in its code."""

    shape: Shape = ""
    comment: str = ""
    """What begins a comment that runs to the line's end."""
    block_comment: tuple[str, str] | None = None
    literals: str = ""
    """A regular expression for string literals."""
    functions: tuple[str, ...] = ()
    """Regular expressions for the line that begins a function, its name in a group."""
    types: tuple[str, ...] = ()
    """The same for classes and their like."""
    tests: str = ""
    """Where tests of ``{stem}`` go; beside the file where it holds no folder."""
    framework: str = ""
    """What those tests are written with, unless the project uses something else."""
    tags: tuple[str, ...] = ()
    """Further tags that models write after a fence."""


_DOUBLE = r'"(?>(?:\\.|[^"\\\n])*)"?'
_SINGLE = r"'(?>(?:\\.|[^'\\\n])*)'?"
_BACKTICK = r"`(?>(?:\\.|[^`\\])*)`?"
_TRIPLE = r'"""(?>(?s:\\.|(?!""").)*)(?:""")?|' r"'''(?>(?s:\\.|(?!''').)*)(?:''')?"
_CHARACTER = r"'(?:\\[^\n]{1,9}?|[^'\\\n])'"

_SCRIPT_FUNCTIONS = (
    r"(?:export\s+)?(?:default\s+)?(?:async\s+)?function\s*\*?\s*(\w+)",
    r"(?:export\s+)?(?:const|let|var)\s+(\w+)\b[^=]*+=\s*(?:async\s*)?(?:\(|function\b|\w+\s*=>)",
)
_CLASS = (r"(?:[a-z]+\s+){0,6}?(?:class|interface|enum|struct|record|trait|object)\s+(\w+)",)

CALL_LIKE = r"(?>(?:[\w<>\[\],.&*?:~@]++\s+|[*&]+)*)[*&]*(~?[\w:]+)\s*+(?:<[^()]*+>)?\("
"""A method or a C function, which has no keyword of its own: something(…) that is no statement.
Tried last."""

_IMPORT = r"import\b"
_INCLUDE = r"#\s*include\b"
_PACKAGE = r"package\s+\w"
_REQUIRE = r"require(?:_relative)?\b"
_USE = r"use\s+[\w:\\]+"
_USING = r"using\s+[\w.]+"

_TWO = "  "
_c_like = partial(
    Language, has_braces=True, shape="braces", comment="//", block_comment=("/*", "*/")
)

PLAIN = Language(name="", ids=(), comment="#", literals=_DOUBLE)
"""The row of every language that is not listed."""

MARKDOWN = Language(
    name="Markdown",
    ids=("markdown", "mdx", "quarto", "rmd"),
    suffixes=(".md", ".mdx", ".markdown", ".qmd", ".rmd"),
    is_prose=True,
    is_markup=True,
    is_document=True,
    has_lists=True,
    comment="<!--",
    block_comment=("<!--", "-->"),
    literals=_DOUBLE,
)
"""Text that holds fences and headings of its own. It has no shape, as blocks of any language may
stand in it."""

_JAVASCRIPT = _c_like(
    name="JavaScript",
    ids=("javascript",),
    suffixes=(".js", ".mjs", ".cjs"),
    indentation=_TWO,
    family="js",
    keywords=(
        "async await break case catch class const constructor continue default delete do "
        "else export extends false finally for from function get if import in instanceof "
        "let new null of return set static super switch this throw true try typeof "
        "undefined var void while yield"
    ),
    import_lines=(
        _IMPORT,
        r"(?:const|let|var)\s.*=\s*require\(",
    ),
    imports="script",
    grammars=(("tree_sitter_javascript", "language"),),
    checks_syntax=True,
    literals=f"{_BACKTICK}|{_DOUBLE}|{_SINGLE}",
    functions=(*_SCRIPT_FUNCTIONS, CALL_LIKE),
    types=(r"(?:export\s+)?(?:default\s+)?class\s+(\w+)",),
    tests="{stem}.test{suffix}",
    framework="Jest",
    tags=("js", "node", "mjs"),
)

_TYPESCRIPT = replace(
    _JAVASCRIPT,
    name="TypeScript",
    ids=("typescript",),
    suffixes=(".ts", ".mts", ".cts"),
    keywords=(
        f"{_JAVASCRIPT.keywords} abstract as enum implements interface namespace private "
        "protected public readonly string type"
    ),
    # A cast in angle brackets is one, or a tag in the other: the reading with fewer errors counts.
    grammars=(
        ("tree_sitter_typescript", "language_typescript"),
        ("tree_sitter_typescript", "language_tsx"),
    ),
    types=(
        r"(?:export\s+)?(?:default\s+)?(?:abstract\s+)?(?:class|interface|enum)\s+(\w+)",
        r"(?:export\s+)?type\s+(\w+)",
    ),
    framework="Vitest",
    tags=("ts",),
)


def _with_tags(language: Language, *ids: str, suffix: str) -> Language:
    """A script's row as it is where tags, and the English between them, may stand in the code."""
    return replace(
        language, ids=ids, suffixes=(suffix,), tags=(), is_prose=True, is_markup=True,
        has_braces=False,
    )  # fmt: skip


_REFACTORED: tuple[Language, ...] = (
    Language(
        name="Python",
        ids=("python",),
        suffixes=(".py", ".pyi"),
        family="python",
        keywords=(
            "False None True and as assert async await bool break case class cls continue def "
            "del dict elif else except finally float for from global if import in int is "
            "isinstance lambda len list match nonlocal not Optional or pass print raise return "
            "self str super try tuple type while with yield"
        ),
        import_lines=(_IMPORT, r"from\s+\S+\s+import\b"),
        imports="python",
        grammars=(("tree_sitter_python", "language"),),
        checks_syntax=True,
        has_backticks=False,
        shape="indent",
        comment="#",
        literals=f"{_TRIPLE}|{_DOUBLE}|{_SINGLE}",
        functions=(r"(?:async\s+)?def\s+(\w+)",),
        types=(r"class\s+(\w+)",),
        tests="tests/test_{stem}.py",
        framework="pytest",
        tags=("py", "python3"),
    ),
    _JAVASCRIPT,
    _with_tags(_JAVASCRIPT, "javascriptreact", "jsx", suffix=".jsx"),
    _TYPESCRIPT,
    _with_tags(_TYPESCRIPT, "typescriptreact", "tsx", suffix=".tsx"),
    _c_like(
        name="Go",
        ids=("go",),
        suffixes=(".go",),
        indentation="\t",
        family="go",
        keywords=(
            "bool break byte case chan const continue default defer else error fallthrough "
            "false for func go goto if import int int32 int64 interface len map nil package "
            "range return select string struct switch true type uint32 uint64 var"
        ),
        import_lines=(_IMPORT, _PACKAGE),
        imports="go",
        grammars=(("tree_sitter_go", "language"),),
        checks_syntax=True,
        has_labels=True,
        literals=f"`[^`]*+`?|{_DOUBLE}|{_CHARACTER}",
        functions=(r"func\s+(?:\([^)]*+\)\s*)?(\w+)",),
        types=(r"type\s+(\w+)",),
        tests="{stem}_test.go",
        framework="the testing package, table-driven",
        tags=("golang",),
    ),
    _c_like(
        name="Rust",
        ids=("rust",),
        suffixes=(".rs",),
        family="rust",
        keywords=(
            "as async await bool break char const continue crate dyn else enum f32 f64 false fn "
            "for i32 i64 if impl in let loop match mod move mut pub ref return self Self static "
            "str struct super trait true type u32 u64 u8 unsafe use usize where while"
        ),
        import_lines=(_USE, r"mod\s+\w+;"),
        imports="rust",
        grammars=(("tree_sitter_rust", "language"),),
        checks_syntax=True,
        has_backticks=False,
        literals=rf'r#*+"(?>(?s:(?!"#*).)*)"#*|{_DOUBLE}|{_CHARACTER}',
        functions=(r"(?:pub(?:\([^)]*+\))?\s+)?(?>(?:(?:async|const|unsafe)\s+)*)fn\s+(\w+)",),
        types=(r"(?:pub(?:\([^)]*+\))?\s+)?(?:struct|enum|trait|impl|mod)\b[^\w]*+(\w+)",),
        tests="tests/{stem}.rs",
        framework="#[test] functions",
        tags=("rs",),
    ),
    _c_like(
        name="Java",
        ids=("java",),
        suffixes=(".java",),
        family="java",
        keywords=(
            "abstract assert break byte case catch char class continue default do double else "
            "enum extends false final finally float for if implements import instanceof int "
            "interface long new null package private protected public return short static super "
            "switch this throw throws true try var void while"
        ),
        import_lines=(_IMPORT, _PACKAGE),
        imports="java",
        grammars=(("tree_sitter_java", "language"),),
        checks_syntax=True,
        has_backticks=False,
        literals=f'"""(?>(?s:\\\\.|(?!""").)*)(?:""")?|{_DOUBLE}|{_CHARACTER}',
        functions=(CALL_LIKE,),
        types=_CLASS,
        tests="{stem}Test.java",
        framework="JUnit 5",
    ),
    _c_like(
        name="C#",
        ids=("csharp",),
        suffixes=(".cs",),
        family="csharp",
        keywords=(
            "abstract as bool break byte case catch char class const continue default do double "
            "else enum false finally float for get if in int interface is long namespace new "
            "null object override private protected public readonly ref return sealed set short "
            "static string struct switch this throw true try using var virtual void when where "
            "while"
        ),
        import_lines=(_USING,),
        grammars=(("tree_sitter_c_sharp", "language"),),
        has_labels=True,
        has_backticks=False,
        literals=f'@"(?>(?:""|[^"])*)"?|"""(?>(?s:(?!""").)*)(?:""")?|{_DOUBLE}|{_CHARACTER}',
        functions=(CALL_LIKE,),
        types=_CLASS,
        tests="{stem}Tests.cs",
        framework="xUnit",
        tags=("cs",),
    ),
    _c_like(
        name="Kotlin",
        ids=("kotlin",),
        suffixes=(".kt", ".kts"),
        family="kotlin",
        keywords=(
            "abstract as break class companion const continue data do else enum false final for "
            "if import in interface is null object override package private protected public "
            "return sealed super this throw true try val var when while"
        ),
        import_lines=(_IMPORT, _PACKAGE),
        imports="java",
        literals=f'"""(?>(?s:(?!""").)*)(?:""")?|{_DOUBLE}|{_CHARACTER}',
        functions=(r"(?:[a-z]+\s+){0,6}?fun\s+(?:<[^>]*+>\s*)?(?:\w+\.)?(\w+)",),
        types=_CLASS,
        tests="{stem}Test.kt",
        framework="kotlin.test",
        tags=("kt",),
    ),
    _c_like(
        name="Swift",
        ids=("swift",),
        suffixes=(".swift",),
        family="swift",
        keywords=(
            "as break case catch class continue default defer do else enum false final for func "
            "if import in is let nil override private public return self Self static struct "
            "super switch throw throws true try var where while"
        ),
        import_lines=(_IMPORT,),
        has_backticks=False,
        literals=f'"""(?>(?s:(?!""").)*)(?:""")?|{_DOUBLE}',
        functions=(r"(?:[a-z@]+\s+){0,6}?func\s+(\w+)",),
        types=(r"(?:[a-z]+\s+){0,6}?(?:class|struct|enum|protocol|extension|actor)\s+(\w+)",),
        tests="{stem}Tests.swift",
        framework="XCTest",
    ),
    _c_like(
        name="C",
        ids=("c",),
        suffixes=(".c", ".h"),
        family="c",
        keywords=(
            "auto break case char const continue default do double else enum float for goto if "
            "int long return short static struct switch unsigned void while"
        ),
        import_lines=(_INCLUDE,),
        imports="c",
        grammars=(("tree_sitter_c", "language"),),
        has_labels=True,
        has_backticks=False,
        literals=f"{_DOUBLE}|{_CHARACTER}",
        functions=(CALL_LIKE,),
        types=(r"(?:typedef\s+)?(?:struct|union|enum)\s+(\w+)",),
        tests="test_{stem}.c",
        framework="plain assertions with a main function",
    ),
    _c_like(
        name="C++",
        ids=("cpp",),
        suffixes=(".cpp", ".cc", ".cxx", ".hpp", ".hh"),
        family="c",
        keywords=(
            "auto bool break case catch char class const continue default delete do double else "
            "enum false final float for goto if int long namespace new nullptr operator "
            "override private protected public return short static struct switch template this "
            "throw true try typename unsigned using virtual void while"
        ),
        import_lines=(_INCLUDE, _USING),
        imports="c",
        grammars=(("tree_sitter_cpp", "language"),),
        has_labels=True,
        has_backticks=False,
        literals=f"{_DOUBLE}|{_CHARACTER}",
        functions=(CALL_LIKE,),
        types=(r"(?:template\s*<[^{]*+>\s*)?(?:class|struct|union|enum|namespace)\s+(\w+)",),
        tests="test_{stem}.cpp",
        framework="GoogleTest",
        tags=("cc", "cxx", "hpp"),
    ),
    _c_like(
        name="PHP",
        ids=("php",),
        suffixes=(".php",),
        family="php",
        keywords=(
            "abstract and as break case catch class const continue default do echo else extends "
            "false final finally fn for function global if implements instanceof interface "
            "match namespace new null or print private protected public readonly require return "
            "self static switch this throw true try use var while yield"
        ),
        import_lines=(_USE, _REQUIRE),
        # Without its opening tag, all of PHP is text to the first of these.
        grammars=(("tree_sitter_php", "language_php"), ("tree_sitter_php", "language_php_only")),
        is_markup=True,
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
        indentation=_TWO,
        family="ruby",
        keywords=(
            "and begin break case class def do else elsif end false for if in module nil not or "
            "require return self super then true unless when while yield"
        ),
        import_lines=(_REQUIRE,),
        imports="ruby",
        grammars=(("tree_sitter_ruby", "language"),),
        shape="end",
        comment="#",
        literals=f"{_BACKTICK}|{_DOUBLE}|{_SINGLE}",
        functions=(r"def\s+(?:self\.)?(\w+)",),
        types=(r"(?:class|module)\s+(\w+)",),
        tests="{stem}_test.rb",
        framework="Minitest",
        tags=("rb",),
    ),
    Language(
        name="Lua",
        ids=("lua", "luau"),
        suffixes=(".lua",),
        indentation=_TWO,
        family="lua",
        keywords=(
            "and break do else end false for function goto if in local nil not or require "
            "return then true while"
        ),
        import_lines=(_REQUIRE,),
        has_backticks=False,
        shape="end",
        comment="--",
        block_comment=("--[[", "]]"),
        literals=rf"\[\[(?>(?s:(?!\]\]).)*)(?:\]\])?|{_DOUBLE}|{_SINGLE}",
        functions=(r"(?:local\s+)?function\s+([\w.:]+)", r"(?:local\s+)?(\w+)\s*=\s*function\b"),
        tests="{stem}_spec.lua",
        framework="busted",
    ),
    Language(
        name="shell",
        ids=("shellscript", "sh", "bash", "zsh"),
        suffixes=(".sh", ".bash", ".zsh"),
        indentation=_TWO,
        family="shell",
        keywords=(
            "break case continue do done echo elif else esac export fi for function if in local "
            "return select set then true while"
        ),
        shape="braces",
        comment="#",
        literals=r'"(?>(?:\\.|[^"\\])*)"?|' r"'[^']*+'?",
        functions=(r"(?:function\s+)?(\w+)\s*\(\)",),
        tests="{stem}.bats",
        framework="bats",
    ),
)

_FURTHER: tuple[Language, ...] = (
    # --- programming languages ---
    Language(name="Ada", ids=("ada",), family="dashes"),
    Language(name="Apex", ids=("apex",), family="java"),
    Language(name="AWK", ids=("awk",), family="hash"),
    Language(name="Clojure", ids=("clojure",), suffixes=(".clj",), family="lisp"),
    Language(name="CoffeeScript", ids=("coffeescript",), family="hash"),
    Language(name="Common Lisp", ids=("commonlisp", "lisp"), family="lisp"),
    Language(name="Crystal", ids=("crystal",), family="ruby"),
    Language(name="CUDA", ids=("cuda-cpp",), family="c"),
    Language(name="Cython", ids=("cython",), family="python"),
    Language(
        name="Dart", ids=("dart",), suffixes=(".dart",), indentation=_TWO, family="dart",
        has_braces=True,
    ),
    Language(
        name="Elixir", ids=("elixir",), suffixes=(".ex", ".exs"), indentation=_TWO,
        family="elixir",
    ),
    Language(name="Elm", ids=("elm",), family="haskell"),
    Language(name="Emacs Lisp", ids=("emacs-lisp", "elisp"), suffixes=(".el",), family="lisp"),
    Language(name="Erlang", ids=("erlang",), family="percent"),
    Language(name="F#", ids=("fsharp",), family="ocaml"),
    Language(name="fish", ids=("fish",), family="shell"),
    Language(name="GDScript", ids=("gdscript",), family="hash"),
    Language(name="GLSL", ids=("glsl",), family="c"),
    Language(name="Groovy", ids=("groovy", "gradle"), family="kotlin"),
    Language(
        name="Haskell", ids=("haskell",), suffixes=(".hs",), family="haskell",
        import_lines=(_IMPORT, r"module\s+[\w.]+"),
    ),
    Language(name="HLSL", ids=("hlsl",), family="c"),
    Language(name="Julia", ids=("julia",), suffixes=(".jl",), family="julia"),
    Language(name="Nim", ids=("nim",), family="hash"),
    Language(
        name="Objective-C", ids=("objective-c", "objective-cpp"), family="c", imports="c",
        has_braces=True, has_labels=True,
    ),
    Language(name="OCaml", ids=("ocaml",), suffixes=(".ml",), family="ocaml"),
    Language(name="Perl", ids=("perl",), suffixes=(".pl",), family="perl", has_braces=True),
    Language(name="PowerShell", ids=("powershell",), suffixes=(".ps1",), family="powershell"),
    Language(name="PureScript", ids=("purescript",), family="haskell"),
    Language(name="R", ids=("r",), suffixes=(".r",), family="hash"),
    Language(name="Racket", ids=("racket",), family="lisp"),
    Language(
        name="Scala", ids=("scala",), suffixes=(".scala",), family="kotlin", has_braces=True
    ),
    Language(name="Scheme", ids=("scheme",), family="lisp"),
    Language(name="Solidity", ids=("solidity",), family="c"),
    Language(
        name="SQL", ids=("sql", "plsql", "mysql", "pgsql"), suffixes=(".sql",), family="sql",
        has_braces=True,
    ),
    Language(name="Starlark", ids=("starlark",), family="python"),
    Language(name="Verilog", ids=("verilog",), family="c"),
    Language(name="VHDL", ids=("vhdl",), family="dashes"),
    Language(
        name="Zig", ids=("zig",), suffixes=(".zig",), family="zig", has_braces=True,
        has_backticks=False,
    ),
    # --- data, builds and configuration ---
    Language(name="CMake", ids=("cmake",), indentation=_TWO, family="hash"),
    Language(name="CSV", ids=("csv",), is_prose=True),
    Language(name="diff", ids=("diff", "patch"), is_prose=True),
    Language(
        name="Dockerfile", ids=("dockerfile",), filenames=("Dockerfile",), family="hash"
    ),
    Language(name="gettext", ids=("po",), is_prose=True),
    Language(name="GraphQL", ids=("graphql",), indentation=_TWO, family="graphql"),
    Language(name="INI", ids=("ini",), family="hash"),
    Language(
        name="JSON", ids=("json", "jsonc", "json5"), suffixes=(".json",), indentation=_TWO,
        family="json", has_backticks=False,
    ),
    Language(
        name="Makefile", ids=("makefile", "make"), filenames=("Makefile",), indentation="\t",
        family="hash",
    ),
    Language(name="Nix", ids=("nix",), family="hash"),
    Language(name="Properties", ids=("properties",), family="hash", is_prose=True),
    Language(
        name="Protocol Buffers", ids=("proto3", "proto"), indentation=_TWO, family="c"
    ),
    Language(name="Terraform", ids=("terraform", "hcl"), indentation=_TWO, family="hcl"),
    Language(
        name="TOML", ids=("toml",), suffixes=(".toml",), family="toml", has_backticks=False
    ),
    Language(
        name="YAML", ids=("yaml", "dockercompose", "github-actions-workflow"),
        suffixes=(".yaml", ".yml"), indentation=_TWO, family="yaml", is_prose=True,
        has_lists=True,
    ),
    # --- style sheets and markup ---
    Language(
        name="CSS", ids=("css",), suffixes=(".css",), indentation=_TWO, family="css",
        has_braces=True, has_backticks=False,
    ),
    Language(
        name="Less", ids=("less",), suffixes=(".less",), indentation=_TWO, family="scss",
        has_braces=True,
    ),
    Language(name="Sass", ids=("sass",), family="scss"),
    Language(
        name="SCSS", ids=("scss",), suffixes=(".scss",), indentation=_TWO, family="scss",
        has_braces=True,
    ),
    Language(
        name="Astro", ids=("astro",), indentation=_TWO, family="html", is_prose=True,
        is_markup=True, embeds_scripts=True,
    ),
    Language(name="ERB", ids=("erb",), is_prose=True, is_markup=True),
    Language(
        name="Handlebars", ids=("handlebars",), family="html", is_prose=True, is_markup=True,
        embeds_scripts=True,
    ),
    Language(
        name="HTML", ids=("html", "xhtml"), suffixes=(".html",), indentation=_TWO,
        family="html", is_prose=True, is_markup=True, embeds_scripts=True,
    ),
    Language(
        name="Jinja", ids=("jinja", "jinja-html", "django-html", "twig"), is_prose=True,
        is_markup=True,
    ),
    Language(
        name="Razor", ids=("razor",), family="html", is_markup=True, embeds_scripts=True
    ),
    Language(
        name="Svelte", ids=("svelte",), indentation=_TWO, family="html", imports="script",
        is_prose=True, is_markup=True, embeds_scripts=True,
    ),
    Language(
        name="Vue", ids=("vue",), suffixes=(".vue",), indentation=_TWO, family="html",
        imports="script", is_prose=True, is_markup=True, embeds_scripts=True,
    ),
    Language(
        name="XML", ids=("xml", "svg", "xsl"), suffixes=(".xml",), indentation=_TWO,
        family="html", is_prose=True, is_markup=True,
    ),
    # --- prose ---
    MARKDOWN,
    Language(
        name="AsciiDoc", ids=("asciidoc",), is_prose=True, is_document=True, has_lists=True
    ),
    Language(name="BibTeX", ids=("bibtex",), is_prose=True),
    Language(name="commit message", ids=("git-commit", "scminput"), is_prose=True),
    Language(name="Gherkin", ids=("feature", "cucumber", "gherkin"), is_prose=True),
    Language(
        name="LaTeX", ids=("latex", "tex"), suffixes=(".tex",), family="percent", is_prose=True
    ),
    Language(name="Org", ids=("org",), is_prose=True),
    Language(name="plain text", ids=("plaintext", "text"), is_prose=True, has_lists=True),
    Language(
        name="reStructuredText", ids=("restructuredtext", "rst"), is_prose=True,
        is_document=True, has_lists=True,
    ),
    # A client that sends no language id.
    Language(name="", ids=("",), is_prose=True),
)  # fmt: skip

LANGUAGES = (*_REFACTORED, *_FURTHER)
"""All rows. Of those that share a name, the first is the plain one."""

_BY_ID = {id_: row for row in LANGUAGES for id_ in row.ids}
_BY_SUFFIX = {suffix: row for row in LANGUAGES for suffix in row.suffixes}
_BY_FILENAME = {name: row for row in LANGUAGES for name in row.filenames}


def of_id(language_id: str) -> Language:
    """The row of an editor's language id; ``PLAIN`` where it is not listed."""
    return _BY_ID.get(language_id, PLAIN)


def of_suffix(suffix: str) -> Language:
    """The row of a file name's suffix, dot included; ``PLAIN`` where it is not listed."""
    return _BY_SUFFIX.get(suffix.lower(), PLAIN)


def of_file(path: PurePath) -> Language:
    """The row of a file, by its whole name or its suffix; ``PLAIN`` where it is not listed."""
    return _BY_FILENAME.get(path.name) or of_suffix(path.suffix)
