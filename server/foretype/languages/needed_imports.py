"""Which imports a text needs that a model wrote beside it, and where they go in its file.

Reads lines, in languages whose imports name what they bring: Python, JavaScript, TypeScript, Java
and Rust. In doubt an import is left out. Does no input or output.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable

from foretype.core.text import Document, Edit
from foretype.core.text_style import line_end_of, with_line_ends
from foretype.languages import table
from foretype.languages.definitions import word_set
from foretype.languages.import_placement import insert_imports

MAX_LINE_CHARS = 300

_PYTHON = re.compile(
    r"from\s+(?P<module>\.*[\w.]*)\s+import\s+(?P<names>[\w, ]+)$|import\s+(?P<whole>[\w., ]+)$"
)
_SCRIPT = re.compile(
    r"import\s+(?:type\s+)?(?P<names>[\w$\s{},*]+?)\s+from\s*(['\"])(?P<module>[^'\"]+)\2;?$"
    r"|(?:const|let|var)\s+(?P<bound>[\w$\s{},:]+?)\s*=\s*require\((['\"])(?P<required>[^'\"]+)\5\);?$"
)
_JAVA = re.compile(r"import\s+(?:static\s+)?(?P<module>[\w.]+)\.(?P<names>\w+);$")
_RUST = re.compile(r"use\s+(?P<module>[\w:]+?)::(?P<names>\w+|\{[\w, ]+\});$")
_PATTERNS = {
    "Python": _PYTHON,
    "JavaScript": _SCRIPT,
    "TypeScript": _SCRIPT,
    "Java": _JAVA,
    "Rust": _RUST,
}
_NODE = word_set(
    "assert buffer child_process cluster console crypto dgram dns events fs http http2 https "
    "module net os path perf_hooks process punycode querystring readline repl stream "
    "string_decoder timers tls tty url util v8 vm worker_threads zlib"
)
"""The modules of Node.js that need no prefix, as its documentation lists them."""


def needed(imports: Iterable[str], text: str, document: Document) -> tuple[str, ...]:
    """Return the imports whose names a text uses and its file does not bind."""
    return tuple(
        line
        for line in dict.fromkeys(imports)
        if (names := names_of(line, document.language))
        and any(_has(text, name) and not _binds(document.text, name) for name in names)
    )


def names_of(line: str, language: str) -> tuple[str, ...]:
    """Return the names that an import brings; none where that is not certain."""
    found = _read(line, language)
    if found is None:
        return ()
    groups = found.groupdict()
    if whole := groups.get("whole"):
        each = (part.strip() for part in whole.split(","))
        return tuple(
            part.split(" as ")[-1].strip() if " as " in part else part.split(".")[0]
            for part in each
            if part
        )
    listed = groups.get("names") or groups.get("bound") or ""
    parts = (part.strip() for part in re.split(r"[,{}]", listed))
    return tuple(re.split(r"\s+as\s+|\s*:\s*", part)[-1] for part in parts if part and part != "*")


def is_standard(line: str, language: str) -> bool:
    """Whether an import is of the language's standard library."""
    found = _read(line, language)
    if found is None:
        return False
    groups = found.groupdict()
    module = groups.get("module") or groups.get("required") or ""
    match table.of_id(language).name:
        case "Python":
            named = groups.get("whole") or module
            tops = {part.split()[0].partition(".")[0] for part in named.split(",") if part.strip()}
            return bool(tops) and tops <= sys.stdlib_module_names
        case "JavaScript" | "TypeScript":
            return module.startswith("node:") or module.partition("/")[0] in _NODE
        case "Java":
            return module.startswith("java.")
        case "Rust":
            return module.split("::")[0] in ("std", "core", "alloc")
    return False


def is_relative(line: str, language: str) -> bool:
    """Whether an import means another module in another folder."""
    found = _read(line, language)
    groups = {} if found is None else found.groupdict()
    module = groups.get("module") or groups.get("required") or ""
    return module.startswith(".") or module.split("::")[0] in ("self", "super")


def import_edit(document: Document, imports: tuple[str, ...], before: int) -> Edit | None:
    """Return the edit that adds imports to those above an offset; None where all are there."""
    language = table.of_id(document.language)
    start = document.line_start(document.line_of(before))
    above = document.text[:start].replace("\r\n", "\n")
    follows = "def f(): ..." if language.name == "Python" else "x"
    stays, added = insert_imports(above, [*imports], follows, language)
    if not above.strip():
        stays, added = "", "".join(f"{line}\n" for line in imports) + above
    if not added:
        return None
    kept = above[len(stays) :]
    new = added.removesuffix(kept) if kept else added
    if kept.startswith("\n"):
        new = new.rstrip("\n") + "\n"
    at = document.line_start(stays.count("\n"))
    return Edit(at, at, with_line_ends(new, line_end_of(document.text)))


def _read(line: str, language: str) -> re.Match[str] | None:
    pattern = _PATTERNS.get(table.of_id(language).name)
    if pattern is None or len(line) > MAX_LINE_CHARS:
        return None
    return pattern.match(line.strip())


def _has(text: str, name: str) -> bool:
    return re.search(rf"(?<![\w$.]){re.escape(name)}(?![\w$])", text) is not None


def _binds(text: str, name: str) -> bool:
    """Whether a file has a name as something of its own already: imported, defined, assigned."""
    word = rf"(?<![\w$.]){re.escape(name)}(?![\w$])"
    return (
        re.search(
            rf"^[ \t]*(?:import|from|use|(?:const|let|var)[^=\n]*)\b[^\n]*{word}"
            rf"|\b(?:def|class|function|fn|struct|enum|interface)\s+{word}|^{word}\s*(?::[^\n=]*)?=",
            text,
            re.MULTILINE,
        )
        is not None
    )
