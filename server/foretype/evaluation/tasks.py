"""What a model is asked in an evaluation: places to complete and code to refactor.

Twenty tasks come with the package, as files of ``tasks/``; others are cut out of the user's code.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from foretype.core.cursor import Cursor
from foretype.core.text import Document
from foretype.evaluation.holes import Hole, Source

MARK = "‸"
"""Stands for the cursor in a task's text."""
KINDS: tuple[Literal["completion", "refactoring"], ...] = ("completion", "refactoring")


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Lines to refactor, and how."""

    text: str
    """The whole file."""
    first: int
    """The first of the lines, from 0."""
    last: int
    action: str
    """The name of a refactoring of the menu; empty where there is an instruction."""
    instruction: str

    def becomes(self, lines: str) -> str:
        """Return the whole file with other lines in place of these."""
        old = self.text.split("\n")
        return "\n".join([*old[: self.first], *lines.split("\n"), *old[self.last + 1 :]])


@dataclass(frozen=True, kw_only=True)
class Task:
    """One question to a model, and what is known of its answer."""

    name: str
    kind: str
    """``completion``, ``refactoring``, or the kind of a hole in the user's code."""
    language: str
    """A language id."""
    file: str
    """The file's path in its project, with slashes."""
    root: Path
    """The project's folder. That of a task of the package does not exist."""
    hole: Hole | None = None
    """The place to complete, with what stood there; None for a refactoring."""
    rewrite: Rewrite | None = None
    tests: str = ""
    """A program that says whether the file is right; empty where there is none."""
    solution: str = ""
    """The whole file as it should become, where it is known."""
    wrong: tuple[str, ...] = field(default=(), repr=False)
    """Whole files that the tests must refuse."""

    @property
    def path(self) -> Path:
        return self.root / self.file

    @cached_property
    def document(self) -> Document:
        """The file as it is when the model is asked."""
        if self.rewrite is not None:
            text = self.rewrite.text
        else:
            assert self.hole is not None
            text = self.hole.before + self.hole.after
        return Document(self.path.as_uri(), text, self.language, version=1)

    @property
    def cursor(self) -> Cursor:
        """Where a completion is asked for."""
        assert self.hole is not None
        return Cursor(self.document, self.hole.start)

    @cached_property
    def fingerprint(self) -> str:
        """Return a name for what is asked: the same for the same question."""
        place = str(self.hole.start) if self.hole else repr(self.rewrite)
        asked = "\0".join([self.name, self.file, place, self.document.text])
        return sha256(asked.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def built_in(root: Path) -> list[Task]:
    """Return the tasks of the package, as files of a project in a folder. Reads files."""
    folder = files("foretype.evaluation").joinpath("tasks")
    return [
        _task(entry.name.removesuffix(".toml"), kind, tomllib.loads(entry.read_text("utf-8")), root)
        for kind in KINDS
        for entry in sorted(folder.joinpath(kind).iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".toml")
    ]


def of_holes(holes: Iterable[Hole], root: Path) -> list[Task]:
    """Return the tasks of holes in a project's files, which are named relative to its folder."""
    return [
        Task(
            name=f"{hole.source.name}:{hole.before.count(chr(10)) + 1}",
            kind=hole.kind,
            language=hole.source.language,
            file=hole.source.name,
            root=root,
            hole=hole,
            solution=hole.source.text,
        )
        for hole in holes
    ]


def _task(name: str, kind: str, row: dict[str, Any], root: Path) -> Task:
    text, solution = row["text"], row["solution"]
    common: dict[str, Any] = {
        "name": name,
        "kind": kind,
        "language": row["language"],
        "file": row["file"],
        "root": root / name,
        "tests": row["tests"],
    }
    if kind == "completion":
        before, after = text.split(MARK)
        whole = before + solution + after
        source = Source(row["file"], row["language"], whole)
        hole = Hole(source, kind, len(before), len(before) + len(solution))
        wrong = tuple(before + each + after for each in row["wrong"])
        return Task(**common, hole=hole, solution=whole, wrong=wrong)
    first, last = row["lines"]
    rewrite = Rewrite(text, first - 1, last - 1, row.get("action", ""), row.get("instruction", ""))
    wrong = tuple(rewrite.becomes(each.strip("\n")) for each in row["wrong"])
    done = rewrite.becomes(solution.strip("\n"))
    return Task(**common, rewrite=rewrite, solution=done, wrong=wrong)
