"""Packages for the embedded engine's bench, and places in them at which it is asked.

None of the packages that are measured had a part in fitting. Constants were chosen on
``MEASURED``; ``HELD_BACK`` was looked at three times before the last constants, ``UNREAD`` never.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path

from benches.corpus import CACHE, debian, fetched_folder
from foretype.core.cursor import Cursor
from foretype.core.text import Document
from foretype.core.uris import path_of
from foretype.local.engine import Engine
from foretype.local.library.modules import Modules
from foretype.local.library.uses import UsesOf, count_uses, no_uses
from foretype.local.packed import Packed, packed
from foretype.local.walk import MAX_FILE_BYTES, File, files_below
from foretype.local.workspace.nearness import imported_words, nearest


@dataclass(frozen=True, slots=True)
class Package:
    """One package, and what it needs to be installed beside it."""

    kind: str
    """``pip``, ``npm`` or ``apt``."""
    name: str
    version: str = ""
    below: str = ""
    """The folder within it that holds its sources."""

    def folder(self) -> Path:
        """The folder of its sources, fetched if need be."""
        if self.kind == "apt":
            return debian(self.name)
        if self.kind == "npm":
            fetched = fetched_folder(
                f"{self.name.replace('/', '+')}-{self.version}",
                ["npm", "pack", f"{self.name}@{self.version}", "--silent"],
                "*.tgz",
                ["tar", "xzf"],
            )
            return fetched / "package" / self.below
        pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary=:none:", "-q"]
        unpack = [sys.executable, "-m", "zipfile", "-e"]
        command = [*pip, f"{self.name}=={self.version}"]
        return fetched_folder(f"{self.name}-{self.version}", command, "*.whl", unpack) / self.below


FITTING = (
    Package("pip", "flask", "3.0.3", "flask"),
    Package("pip", "attrs", "24.2.0", "attr"),
    Package("pip", "jinja2", "3.1.5", "jinja2"),
    Package("pip", "requests", "2.32.3", "requests"),
    Package("pip", "uvicorn", "0.32.1", "uvicorn"),
    Package("pip", "cookiecutter", "2.6.0", "cookiecutter"),
    Package("pip", "typer", "0.15.1", "typer"),
    Package("npm", "rxjs", "7.8.2", "src"),
    Package("npm", "immer", "10.1.1", "src"),
    Package("npm", "redux", "5.0.1", "src"),
    Package("npm", "commander", "12.1.0"),
    Package("npm", "express", "4.21.2"),
    Package("npm", "cordova-android", "13.0.0"),
    Package("apt", "golang-github-spf13-cobra-dev"),
    Package("apt", "golang-github-gorilla-mux-dev"),
    Package("apt", "librust-regex-dev"),
    Package("apt", "librust-anyhow-dev"),
)
MEASURED = (
    Package("pip", "starlette", "0.41.3", "starlette"),
    Package("pip", "httpie", "3.2.4", "httpie"),
    Package("npm", "mobx", "6.13.5", "src"),
    Package("npm", "@trpc/server", "10.45.2", "src"),
    Package("npm", "fastify", "5.2.1", "lib"),
    Package("npm", "react-native-device-info", "14.0.2"),
    Package("apt", "golang-github-sirupsen-logrus-dev"),
    Package("apt", "librust-itertools-dev"),
)
HELD_BACK = (
    Package("pip", "mkdocs", "1.6.1", "mkdocs"),
    Package("pip", "twine", "6.0.1", "twine"),
    Package("npm", "@reduxjs/toolkit", "2.5.0", "src"),
    Package("npm", "@tanstack/query-core", "5.62.0", "src"),
    Package("npm", "eslint", "9.17.0", "lib"),
    Package("npm", "koa", "2.15.3", "lib"),
    Package("npm", "@capacitor/android", "6.2.0"),
    Package("apt", "golang-github-gin-gonic-gin-dev"),
    Package("apt", "golang-github-gorilla-websocket-dev"),
    Package("apt", "librust-serde-json-dev"),
)
UNREAD = (
    Package("pip", "pre-commit", "4.0.1", "pre_commit"),
    Package("pip", "nox", "2024.10.9", "nox"),
    Package("pip", "httpcore", "1.0.7", "httpcore"),
    Package("npm", "preact", "10.25.1", "src"),
    Package("npm", "pino", "9.5.0", "lib"),
    Package("npm", "@tanstack/table-core", "8.20.5", "src"),
    Package("npm", "@trpc/client", "10.45.2", "src"),
    Package("npm", "@capacitor/camera", "6.1.2"),
    Package("apt", "golang-github-go-chi-chi-dev"),
    Package("apt", "golang-github-spf13-viper-dev"),
    Package("apt", "librust-nom-dev"),
)
SETS = {"fitting": FITTING, "measured": MEASURED, "held back": HELD_BACK, "unread": UNREAD}
TYPES = ("@types/node@20", "@types/react@18", "@types/koa@2", "@types/express@4")
"""Installed beside the npm packages, as their authors have them."""

_APART = re.compile(
    r"/(?:tests?|__tests__|examples?|benchmarks?|benches|spec|dist)/|[_.]test\.|\.spec\.|\.d\.ts$"
)


def installed(packages: Sequence[Package], name: str) -> list[Path]:
    """The folders in which what some packages need is installed, fetched if need be."""
    base = CACHE / "installed" / name.replace(" ", "-")
    python = [f"{p.name}=={p.version}" for p in packages if p.kind == "pip"]
    script = [f"{p.name}@{p.version}" for p in packages if p.kind == "npm"]
    if not base.is_dir():
        base.mkdir(parents=True)
        pip = [sys.executable, "-m", "pip", "install", "-q", "--no-compile", "--target"]
        modules = [*script, *TYPES]
        for command in (
            [*pip, str(base / "python"), *python],
            ["npm", "install", "--ignore-scripts", "--silent", "--prefix", str(base), *modules],
        ):
            if shutil.which(command[0]):
                subprocess.run(command, check=False, capture_output=True, timeout=600)
    return [base / "python", base / "node_modules"]


def read_folder(folder: Path, *, tests: bool) -> list[Document]:
    """The source files of a folder; its tests and examples among them or not."""
    documents = []
    for file in sorted(files_below(folder)):
        is_apart = _APART.search("/" + Path(file.path).relative_to(folder).as_posix())
        text = Path(file.path).read_bytes()[:MAX_FILE_BYTES].decode("utf-8", "replace")
        if (tests or not is_apart) and ".min." not in file.path and "\0" not in text:
            documents.append(Document(Path(file.path).as_uri(), text, file.language))
    return documents


class OnDisk:
    """A workspace as the engine sees it, without a process and a file of its own."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._files = {
            str(path_of(document.uri)): (
                File(str(path_of(document.uri)), document.language, 0, len(document.text)),
                _packed(document.text),
            )
            for document in documents
        }
        self.version = 1

    def changed(self) -> None:
        """Nothing changes."""

    def refresh(self, near: Sequence[Document]) -> None:
        """All is read already."""

    def nearest(self, document: Document, most_chars: int) -> list[File]:
        """The files that are worth most for a document."""
        path = path_of(document.uri)
        assert path is not None
        files = (file for file, _ in self._files.values())
        imported = imported_words(document.text)
        return nearest(files, path, document.language, imported, most_chars)

    def read(self, file: File) -> Packed | None:
        """A file's tokens."""
        return self._files[file.path][1]

    def close(self) -> None:
        """Nothing is held."""


_packed = lru_cache(maxsize=4096)(packed)

WORLDS = ("alone", "disk", "installed", "open")
"""What there is beside the file: nothing; its workspace; that and what it needs; open files."""


@dataclass(frozen=True, slots=True)
class Target:
    """One place to ask at, and what the author typed there."""

    cursor: Cursor
    truth: str
    """The rest of the line."""
    beyond: str
    """That, and the lines that the author typed after it."""


def targets(
    documents: Sequence[Document], n: int, *, below: bool, seed: int, ends: bool = False
) -> Iterator[Target]:
    """Places drawn evenly from all lines, file by file; line ends among them or not."""
    dice = random.Random(seed)
    lines = [
        (d, line)
        for d, document in enumerate(documents)
        for line in range(document.n_lines)
        if 3 <= len(document.line(line).strip()) <= 160
    ]
    for d, line in sorted(dice.sample(lines, min(n, len(lines)))):
        document = documents[d]
        text = document.line(line).rstrip()
        column = dice.randrange(len(text) - len(text.lstrip()), len(text) + ends)
        yield target_at(document, line, column, below=below)


def target_at(document: Document, line: int, column: int, *, below: bool) -> Target:
    """A place in a line, of which the rest is not typed yet."""
    text = document.line(line).rstrip()
    start = document.line_start(line)
    rest = document.text[document.line_end(line) :]
    kept = document.text[: start + column] + (rest if below else "")
    cut = Document(document.uri, kept, document.language, line)
    beyond = "" if below else rest
    return Target(Cursor(cut, start + column), text[column:], text[column:] + beyond)


def asked(
    engine: Engine,
    documents: Sequence[Document],
    places: Iterator[Target],
    world: str,
    environments: Sequence[Path],
) -> Iterator[Target]:
    """The places, each as soon as the engine is ready for it in one of the worlds."""
    for uri, group in groupby(places, lambda target: target.cursor.document.uri):
        own = str(path_of(uri))
        for document in documents:
            engine.closed(document.uri)
        if world == "open":
            for document in documents:
                if document.uri != uri:
                    engine.opened(document)
        elif world not in ("alone", "line"):
            others = [document for document in documents if document.uri != uri]
            # What the author has not typed yet is nowhere to be read.
            modules = Modules(
                [_root(documents)],
                lambda path, own=own: "it is open" if path == own else None,  # type: ignore[misc]
                environments=environments,
                reads_installed=world == "installed",
                uses_of=_uses_of(tuple(environments)) if world == "installed" else no_uses,
            )
            engine.use(OnDisk(others), modules)
        for target in group:
            engine.edited(target.cursor.document)
            while engine.idle(1000):
                pass
            yield target


@lru_cache(maxsize=1)
def _uses_of(environments: tuple[Path, ...]) -> UsesOf:
    uses = count_uses(environments)
    return lambda kind, first: uses.get((kind, first), {})


def _root(documents: Sequence[Document]) -> Path:
    paths = [path for document in documents if (path := path_of(document.uri)) is not None]
    return min((path.parent for path in paths), key=lambda path: len(path.parts)).parent


_IMPORTED_DOT = re.compile(r"(?<![\w.)\]])([A-Za-z_]\w*)\.(?=[A-Za-z_]\w*)")
_TOP_IMPORT = re.compile(
    r"^(?:import[ \t]+([\w.]+)(?:[ \t]+as[ \t]+(\w+))?"
    r"|from[ \t]+(\w[\w.]*)[ \t]+import[ \t]+([^\n(]+|\([^)]*\)))",
    re.MULTILINE,
)


def members(documents: Sequence[Document], n: int, *, seed: int) -> Iterator[Target]:
    """Places after the dot of what Python files import from outside of their package."""
    dice = random.Random(seed)
    own = {Path(document.uri).parts[-2] for document in documents}
    found = []
    for d, document in enumerate(documents):
        if document.language != "python":
            continue
        names: set[str] = set()
        for module, alias, source, imported in _TOP_IMPORT.findall(document.text):
            if (module or source).split(".")[0] in own:
                continue
            if module:
                names.add(alias or module)
            names.update(
                part.split()[-1] for part in imported.strip("()").split(",") if part.split()
            )
        for line in range(document.n_lines):
            text = document.line(line)
            for dot in _IMPORTED_DOT.finditer(text):
                if dot[1] in names and "#" not in text[: dot.start()] and text.count('"""') == 0:
                    found.append((d, line, dot.end()))
    for d, line, column in sorted(dice.sample(found, min(n, len(found)))):
        yield target_at(documents[d], line, column, below=False)
