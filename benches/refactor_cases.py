"""Answers to refactorings with a known truth: functions as they became in a later release.

Where a language's packages have one release here, a local name is changed instead. The packages
that rules were fitted on and those that they are measured on are disjoint.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from benches.corpus import debian, fetched_folder, npm, read_text
from foretype.languages import refactor_traits
from foretype.languages.definitions import Definition, outline_of

FITTING = {
    "python": ("pip flask 2.0.3 3.0.3", "pip attrs 22.1.0 24.2.0"),
    "javascript": ("npm commander 9.5.0 12.1.0", "npm express 4.16.0 4.21.2"),
    "typescript": ("npm rxjs 7.0.0 7.8.2",),
    "java": ("npm cordova-android 10.1.2 13.0.0",),
    "cpp": ("npm react-native-windows 0.72.0 0.74.0",),
    "csharp": ("sdist pythonnet 3.0.1 3.0.3",),
    "go": ("apt golang-github-gorilla-mux-dev", "apt golang-github-spf13-cobra-dev"),
    "rust": ("apt librust-regex-dev",),
    "ruby": ("apt ruby-rack",),
}
MEASURING = {
    "python": ("pip requests 2.25.0 2.32.3", "pip jinja2 3.0.0 3.1.5"),
    "javascript": ("npm fastify 4.0.0 5.2.1",),
    "typescript": ("npm mobx 6.3.0 6.13.5",),
    "java": ("npm react-native 0.72.0 0.74.0",),
    "cpp": ("npm react-native 0.72.0 0.74.0",),
    "csharp": ("npm react-native-windows 0.72.0 0.74.0",),
    "go": ("apt golang-github-sirupsen-logrus-dev", "apt golang-github-gin-gonic-gin-dev"),
    "rust": ("apt librust-itertools-dev", "apt librust-hashbrown-dev"),
    "ruby": ("apt ruby-sinatra", "apt ruby-thor"),
}
FRESH = {
    "python": ("pip click 8.0.4 8.1.7", "pip sqlparse 0.4.1 0.5.3"),
    "javascript": ("npm axios 0.27.2 1.7.9", "npm mocha 9.2.2 10.8.2"),
    "typescript": ("npm @tanstack/query-core 4.36.1 5.62.0",),
    "java": ("npm react-native-device-info 8.7.1 14.0.2", "npm @capacitor/android 4.8.1 6.2.0"),
    "cpp": ("npm better-sqlite3 8.0.0 11.0.0", "npm node-addon-api 3.0.0 5.1.0"),
    "csharp": ("npm edge-js 15.4.0 19.3.0",),
    "go": ("apt golang-github-labstack-echo-dev", "apt golang-go.uber-zap-dev"),
    "rust": ("apt librust-indexmap-dev", "apt librust-smallvec-dev"),
    "ruby": ("apt rake",),
}
"""Read for the first time when everything was fitted and measured."""
HEADERS: dict[str, tuple[str, ...]] = {
    "cpp": ("pip pybind11 2.6.0 2.13.6", "pip nanobind 1.0.0 2.4.0",
            "apt googletest", "apt libeigen3-dev"),
}  # fmt: skip
"""C++ with macros: the first half was looked at, the second read once."""
A: dict[str, tuple[str, ...]] = {
    "python": ("pip cachetools 4.2.4 5.5.0", "pip bleach 3.3.1 6.1.0", "pip pyjwt 2.0.1 2.9.0"),
    "javascript": ("npm log4js 4.0.2 6.9.1", "npm grunt 1.0.4 1.6.1", "npm nodemon 2.0.4 3.1.7"),
    "typescript": ("npm pdf-lib 1.10.0 1.17.1", "npm ethers 6.0.0 6.13.0"),
    "java": (
        "npm react-native-maps 0.26.1 0.30.1", "npm @react-native-community/netinfo 5.0.0 9.0.0",
    ),
    "go": ("apt golang-github-spf13-afero-dev", "apt golang-github-spf13-pflag-dev"),
    "rust": ("apt librust-url-dev", "apt librust-h2-dev"),
    "ruby": ("apt ruby-addressable", "apt pry"),
    "cpp": ("apt libfmt-dev", "apt libpugixml-dev"),
}  # fmt: skip
"""The rules about odd mutations and manners were fitted here."""
B: dict[str, tuple[str, ...]] = {
    "python": ("pip humanize 3.14.0 4.11.0", "pip tabulate 0.8.7 0.9.0"),
    "javascript": (
        "npm superagent 6.1.0 9.0.2", "npm browserify 16.5.2 17.0.1", "npm archiver 4.0.2 7.0.1",
    ),
    "typescript": ("npm prosemirror-view 1.28.0 1.37.0", "npm chevrotain 10.0.0 11.0.0"),
    "java": (
        "npm @react-native-firebase/messaging 12.0.0 20.0.0",
        "npm @react-native-firebase/app 12.0.0 20.0.0",
    ),
    "go": ("apt golang-github-miekg-dns-dev",),
    "rust": ("apt librust-quick-xml-dev", "apt librust-ignore-dev"),
    "ruby": ("apt ruby-httparty", "apt ruby-tzinfo"),
    "cpp": ("apt libtbb-dev", "apt libjsoncpp-dev"),
}  # fmt: skip
"""And measured here, at first sight."""
SETS = {
    "fit": FITTING, "measure": MEASURING, "fresh": FRESH, "headers": HEADERS, "A": A, "B": B,
}  # fmt: skip
Group = Literal["usual", "odd"]
"""Which manners and mutations cases are made with: the first ones, or those that came later."""
SUFFIXES = {
    "python": (".py",), "javascript": (".js",), "typescript": (".ts",), "java": (".java",),
    "cpp": (".cpp", ".hpp", ".h"), "csharp": (".cs",), "go": (".go",), "rust": (".rs",),
    "ruby": (".rb",),
}  # fmt: skip
PER_LANGUAGE = 36
"""Rewrites of a language that are taken at most."""


@dataclass(frozen=True, slots=True)
class Case:
    """One answer of a model, and what is to become of it."""

    group: str
    """A manner of good answers, or the kind of a bad one."""
    language: str
    name: str
    text: str
    """The file."""
    line: int
    """The line of the cursor."""
    answer: str
    action: str = "simplify"
    instruction: str = ""
    truth: str = ""
    """The file afterwards; empty for a bad answer."""
    selected: tuple[int, int] | None = None
    """Lines that are selected, the last included."""
    mended: str = ""
    """What the file may become though the answer is bad: what was too much is left out."""

    def as_json(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A function of a real file, and what it becomes."""

    language: str
    name: str
    text: str
    old: Definition
    new: str
    """Its new code, in the file's indentation."""
    line: int
    """A line in it, for the cursor."""

    @property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    @property
    def code(self) -> str:
        return "\n".join(self.lines[self.old.first : self.old.last + 1])

    @property
    def truth(self) -> str:
        return self.with_code(self.new)

    def with_code(self, code: str) -> str:
        lines = self.lines
        lines[self.old.first : self.old.last + 1] = code.split("\n")
        return "\n".join(lines)

    @property
    def keeps_header(self) -> bool:
        """Whether a caller sees no difference."""
        outline = outline_of(self.truth, refactor_traits.of_id(self.language))
        for each in outline.definitions:
            if each.path == self.old.path and each.first == self.old.first:
                return _header(each) == _header(self.old)
        return False


def _header(definition: Definition) -> tuple[object, ...]:
    return (
        *(definition.parameters, definition.result),
        *(definition.modifiers, definition.decorators),
    )


def rewrites(language: str, packages: dict[str, tuple[str, ...]]) -> list[Rewrite]:
    """Real rewrites of a language, the same ones each time."""
    found: list[Rewrite] = []
    for package in packages.get(language, ()):
        kind, name, *versions = package.split()
        if len(versions) == 2:
            old, new = (package_folder(kind, name, version) for version in versions)
            found += _released(old, new, language)
        else:
            found += _renamed(package_folder(kind, name, *versions), language)
    if not found:
        print(f"no {language} rewrites can be had here: left out", file=sys.stderr)
    found.sort(key=lambda each: (each.name, each.old.first))
    random.Random(language).shuffle(found)
    return found[:PER_LANGUAGE]


def files(language: str, packages: dict[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    """The newest files of a language's packages: name and text."""
    found = []
    for package in packages.get(language, ()):
        kind, name, *versions = package.split()
        folder = package_folder(kind, name, *versions[-1:])
        found += [(path.name, text) for path, text in _texts(folder, language)]
    random.Random(language).shuffle(found)
    return found


def package_folder(kind: str, name: str, version: str = "") -> Path:
    if kind == "apt":
        return debian(name)
    if kind == "npm":
        return npm(name, version)
    binary = ":none:" if kind == "pip" else ":all:"
    pip = [sys.executable, "-m", "pip", "download", "--no-deps", f"--no-binary={binary}", "-q"]
    archive = "*.whl" if kind == "pip" else "*.tar.gz"
    unpack = [sys.executable, "-m", "zipfile", "-e"] if kind == "pip" else ["tar", "xzf"]
    folder = fetched_folder(f"{name}-{version}", [*pip, f"{name}=={version}"], archive, unpack)
    inner = folder / f"{name}-{version}"
    return inner if kind == "sdist" and inner.is_dir() else folder


def _texts(folder: Path, language: str) -> Iterator[tuple[Path, str]]:
    skipped = {"dist", "deps", "vendor", "node_modules", "third-party"}
    for path in sorted(folder.glob("**/*")):
        wanted = path.name.endswith(SUFFIXES[language]) and path.is_file()
        parts = path.relative_to(folder).parts
        if not wanted or skipped & set(parts) or path.name.endswith((".d.ts", ".min.js")):
            continue
        text = read_text(path).replace("\r\n", "\n")
        if 600 <= len(text) <= 60_000 and "\r" not in text and not text.startswith("\ufeff"):
            yield path.relative_to(folder), text


def functions(text: str, language: str) -> list[Definition]:
    """The functions of a file that a refactoring could be asked for."""
    outline = outline_of(text, refactor_traits.of_id(language))
    found = outline.definitions
    if outline.root is None or outline.root.has_error:
        return []
    return [
        each
        for each in found
        if each.kind == "function" and each.has_body and not each.local
        if 4 <= each.last - each.first <= 60
    ]


def _released(old: Path, new: Path, language: str) -> Iterator[Rewrite]:
    later = dict(_texts(new, language))
    for path, text in _texts(old, language):
        if path not in later or later[path] == text:
            continue
        was, now = functions(text, language), functions(later[path], language)
        names = [each.path for each in was]
        by_name = {each.path: each for each in now}
        for each in was:
            if names.count(each.path) > 1 or each.path not in by_name:
                continue
            after = by_name[each.path]
            lines = later[path].split("\n")[after.first : after.last + 1]
            before = text.split("\n")[each.first : each.last + 1]
            if len(lines) < 4 or lines == before or _depth(lines) != _depth(before):
                continue
            if abs(len(lines) - len(before)) > 0.5 * len(before):
                continue
            line = _line_in(text, each, language)
            yield Rewrite(language, path.name, text, each, "\n".join(lines), line)


def _depth(lines: list[str]) -> int:
    return len(lines[0]) - len(lines[0].lstrip())


_ASSIGNED = {
    "cpp": r"(?m)^\s+(?:const )?[\w:]+(?:<[\w:, *&]+>)?[ *&]+(\w{3,}) = ",
    "go": r"(?m)^\s+(\w{3,})(?:, \w+)? := ",
    "rust": r"(?m)^\s+let (?:mut )?(\w{3,})\b.* = ",
    "ruby": r"(?m)^\s+(\w{3,}) = ",
}


def _renamed(folder: Path, language: str) -> Iterator[Rewrite]:
    for path, text in _texts(folder, language):
        if path.name.endswith("_test.go"):
            continue
        for each in functions(text, language):
            code = "\n".join(text.split("\n")[each.first : each.last + 1])
            body = code.partition("\n")[2]
            found = re.search(_ASSIGNED[language], body)
            if not found or re.search(rf"[.:>@\"']{found[1]}\b|\b{found[1]}:|\{{{found[1]}", code):
                continue
            if found[1] in {"self", "new", "mut"} or re.search(
                rf"\b{found[1]}\b", code.split("\n")[0]
            ):
                continue
            new = re.sub(rf"\b{found[1]}\b", f"the_{found[1]}", code)
            yield Rewrite(language, path.name, text, each, new, _line_in(text, each, language))


def _line_in(text: str, function: Definition, language: str) -> int:
    """A line of a function that is in no function within it."""
    outline = outline_of(text, refactor_traits.of_id(language))
    inner = {
        line
        for each in outline.definitions
        if each.local and function.first <= each.first and each.last <= function.last
        for line in range(each.first, each.last + 1)
    }
    lines = [n for n in range(function.header, function.last + 1) if n not in inner]
    return random.Random(f"{function.path}{function.first}").choice(lines)


def answer_case(rewrite: Rewrite, group: str, answer: str) -> Case:
    """A case of an answer that is as good as the rewrite."""
    name = rewrite.old.name
    keeps = rewrite.keeps_header
    return Case(
        group,
        rewrite.language,
        rewrite.name,
        rewrite.text,
        rewrite.line,
        answer,
        "simplify" if keeps else "instruct",
        ""
        if keeps
        else f"Change parameters, types and decorators of {name} to those of the next release.",
        rewrite.truth,
    )


def fence(rewrite: Rewrite, code: str, tag: str = "", mark: str = "```") -> str:
    """Code in a fence with its language's tag."""
    return f"{mark}{tag or rewrite.language}\n{code}\n{mark}"
