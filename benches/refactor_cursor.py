"""Whether the function under the cursor is found, by the word of programs that are not ours.

    python -m benches.refactor_cursor fit|measure|fresh|macros|held|unread|last|newest
        [--show LANGUAGE]

Where functions are is told by Python's own ``ast``, by TypeScript's compiler (JavaScript and
TypeScript) and Ruby's parser, both fetched by npm, by Universal Ctags (Java, C++, C#, Go;
``ctags`` on PATH), and in Rust by the indentation that rustfmt writes. The cursor stands in the
middle line of each named function of more than one line; right is the innermost one around it, to
its last line, with the comments and attributes above it. *Further in*: Ctags does not see the
methods of Java's anonymous classes, so what is found is a smaller function around the cursor.
The sets *macros*, *held* and *unread* are of packages of which no answers are made: the first was
looked at while macros were learned, the last two read once.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from benches.corpus import npm
from benches.figures import table
from benches.refactor_cases import SETS, SUFFIXES, files
from foretype.core.text import Document
from foretype.refactor.actions.target import Span, Spot

MOST_FILES = 60
_SETS: dict[str, dict[str, tuple[str, ...]]] = {
    **SETS,
    "macros": {
        "cpp": ("apt libasio-dev", "apt libspdlog-dev", "apt libprotobuf-dev", "apt qtbase5-dev"),
        "ruby": ("apt ruby-mail", "apt ruby-sequel"),
    },
    "held": {
        "javascript": ("npm socket.io 4.8.1", "npm mongoose 8.9.5"),
        "cpp": ("apt libabsl-dev", "apt libopencv-core-dev", "npm nan 2.22.0"),
        "csharp": ("npm react-native-fs 2.20.0", "npm react-native-code-push 8.3.1"),
        "rust": ("apt librust-tokio-dev", "apt librust-clap-dev"),
        "ruby": ("apt ruby-kramdown", "apt ruby-rouge", "apt puma"),
    },
    "unread": {
        "javascript": ("npm sequelize 6.37.5", "npm knex 3.1.0"),
        "cpp": ("apt rapidjson-dev", "apt wx3.2-headers", "apt catch2"),
        "csharp": ("npm react-native-video 5.2.1", "npm react-native-camera 4.2.1"),
        "rust": ("apt librust-crossbeam-channel-dev",),
        "ruby": ("apt ruby-asciidoctor", "apt jekyll", "apt ruby-nokogiri"),
    },
    "last": {
        "javascript": ("npm @hapi/hapi 21.3.12", "npm nodemailer 6.9.16"),
        "cpp": ("apt googletest", "apt libbenchmark-dev", "pip pybind11 2.6.0 2.13.6"),
        "rust": ("apt librust-rayon-dev", "apt librust-chrono-dev"),
        "ruby": ("apt ruby-sidekiq", "apt ruby-haml"),
    },
    "newest": {
        "javascript": ("npm superagent 9.0.2", "npm browserify 17.0.1", "npm grunt 1.6.1"),
        "cpp": ("apt libfmt-dev", "apt libtbb-dev", "apt libjsoncpp-dev", "apt libpugixml-dev"),
    },
}
_ABOVE = ("///", "//", "#", "@", "/*", "*", "template", "[")
"""How lines begin that may belong to a function below them."""
_ENDS = (";", "}", "{")
"""How lines end that do not; others hold a type or a template's parameters."""
_MACRO = re.compile(r"[A-Z][A-Z0-9_]*\(.*\)")
_NOT_YET = re.compile(rf"|(?://|/?\*|#).*|{_MACRO.pattern}")
"""Macros, comments and directives above a function."""
Place = tuple[int, int]
"""A function's first and last line, from 0."""
_TYPESCRIPT = """
const ts = require(process.argv[2]);
for (const file of process.argv.slice(3)) {
  const text = require("fs").readFileSync(file, "utf8");
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const line = (at) => source.getLineAndCharacterOfPosition(at).line;
  const visit = (node) => {
    const value = node.initializer ?? (ts.isBinaryExpression(node) ? node.right : undefined);
    const named = (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)
      || ts.isConstructorDeclaration(node) || ts.isAccessor(node)) && node.body !== undefined
      || value !== undefined && (ts.isArrowFunction(value) || ts.isFunctionExpression(value));
    if (named) {
      console.log(JSON.stringify([file, line(node.getStart()), line(node.getEnd())]));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
}
"""
_RUBY = """
import { readFileSync } from "node:fs";
const { loadPrism, DefNode } = await import(process.argv[2]);
const parse = await loadPrism();
for (const file of process.argv.slice(3)) {
  const source = readFileSync(file);
  const line = (offset) => source.subarray(0, offset).toString("latin1").split("\\n").length - 1;
  const visit = (node) => {
    if (node instanceof DefNode) {
      const { startOffset, length } = node.location;
      console.log(JSON.stringify([file, line(startOffset), line(startOffset + length)]));
    }
    node.compactChildNodes().forEach(visit);
  };
  visit(parse(source.toString()).value);
}
"""
_COMPILER = ("typescript", "5.4.5", "lib/typescript.js", _TYPESCRIPT)
_SCRIPTS = {
    "javascript": _COMPILER,
    "typescript": _COMPILER,
    "ruby": ("@ruby/prism", "1.4.0", "src/index.js", _RUBY),
}
"""The package of a language's parser, its version and entry, and what prints the functions."""


def _by_ast(text: str) -> Iterator[Place]:
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            yield node.lineno - 1, node.end_lineno - 1


def _by_indentation(text: str) -> Iterator[Place]:
    lines = text.split("\n")
    for first, line in enumerate(lines):
        found = re.match(r"(\s*)(?:pub(?:\(.*?\))? )?(?:(?:const|async|unsafe) )*fn \w", line)
        if not found or line.endswith("}"):
            continue
        for last in range(first, len(lines)):
            if lines[last] == f"{found[1]}}}":
                yield first, last
                break
            if lines[last].endswith(";") and not any("{" in x for x in lines[first : last + 1]):
                break  # declared only


def _by_programs(language: str, paths: list[Path]) -> Iterator[tuple[str, Place]]:
    if language in _SCRIPTS:
        package, version, entry, source = _SCRIPTS[language]
        script = paths[0].with_name(f"functions.{'mjs' if 'import ' in source else 'cjs'}")
        script.write_text(source, encoding="utf-8")
        done = _output(["node", str(script), str(npm(package, version) / entry), *map(str, paths)])
        for name, first, last in map(json.loads, done.splitlines()):
            yield name, (first, last)
        return
    fields = ["--fields=+neK", "--output-format=u-ctags", "--sort=no", "-f", "-"]
    for row in _output(["ctags", *fields, *map(str, paths)]).splitlines():
        function, name, *rest = row.split("\t")
        if function.startswith("__anon"):
            continue
        at = dict(part.partition(":")[::2] for part in rest)
        if {"function", "func", "method", "singletonMethod"} & set(rest) and "end" in at:
            yield name, (int(at["line"]) - 1, int(at["end"]) - 1)


def _output(command: list[str]) -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, encoding="utf-8", check=True, timeout=300
        )
    except (OSError, subprocess.SubprocessError) as fault:
        print(f"left out: {command[0]} ({fault})", file=sys.stderr)
        return ""
    return done.stdout


def _places(language: str, found: list[tuple[str, str]]) -> dict[int, list[Place]]:
    """The functions of each file, by its number."""
    own = {"python": _by_ast, "rust": _by_indentation}
    if language in own:
        return {number: list(own[language](text)) for number, (_, text) in enumerate(found)}
    places: dict[int, list[Place]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        paths = [
            Path(folder) / f"{number}{Path(name).suffix}" for number, (name, _) in enumerate(found)
        ]
        for path, (_, text) in zip(paths, found, strict=True):
            path.write_text(text, encoding="utf-8")
        for name, place in _by_programs(language, paths) if paths else ():
            number = int(Path(name).stem)
            places[number].append(_without_macros(place, found[number][1].split("\n")))
    return places


def _without_macros(place: Place, lines: list[str]) -> Place:
    """A function without the macro on a line of its own above it, at which Ctags begins it."""
    first, last = place
    if _MACRO.fullmatch(lines[first].strip()):
        while first < last and _NOT_YET.fullmatch(lines[first].strip()):
            first += 1
    return first, last


def _row(language: str, found: list[tuple[str, str]], show: str) -> list[str]:
    verdicts: Counter[str] = Counter()
    n = 0
    for number, places in _places(language, found).items():
        name, text = found[number]
        document = Document(f"file:///project/{name}", text, language)
        for first, last in places:
            line = (first + last) // 2
            around = [place for place in places if place[0] <= line <= place[1]]
            inner = max((place for place in around if place[1] > place[0]), default=None)
            if inner is None or first == last:
                continue
            at = document.line_end(line)
            mine = Spot(document, at, at).function
            n += 1
            found_as = _verdict(mine, inner, text.split("\n"))
            verdicts[found_as] += 1
            is_right = found_as != "missed"
            if show == language and not is_right:
                print(name, f"{inner[0] + 1}-{inner[1] + 1}", mine)
    shares = (f"{100 * verdicts[name] / max(n, 1):.1f}" for name in ("right", "further in"))
    return [language, *shares, str(n)]


def _verdict(mine: Span | None, inner: Place, lines: list[str]) -> str:
    if mine is None:
        return "missed"
    above = (line.strip() for line in lines[mine.first : inner[0]])
    if mine.last == inner[1] and mine.first <= inner[0]:
        belongs = all(line.startswith(_ABOVE) or not line.endswith(_ENDS) for line in above)
        return "right" if belongs else "missed"
    return "further in" if inner[0] < mine.first and mine.last < inner[1] else "missed"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benches.refactor_cursor")
    parser.add_argument("set", choices=[*_SETS])
    parser.add_argument("--show", default="", help="print the functions of a language not found")
    args = parser.parse_args()
    packages = _SETS[args.set]
    rows = [
        _row(language, files(language, packages)[:MOST_FILES], args.show)
        for language in SUFFIXES
        if language in packages
    ]
    print(table(["function under the cursor", "found, %", "further in", "n"], rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
