"""The demo's scenes: a part of a file of the standard library, or of the user's own."""

from __future__ import annotations

import random
import re
import sysconfig
from dataclasses import replace
from pathlib import Path

from foretype.cli.demo.typist import Scene
from foretype.cli.file_position import language_of, read_document
from foretype.cli.terminal import BadInput

N_SCENES = 2
LEAST_BYTES, MOST_BYTES = 6_000, 60_000
"""Sizes of the files that are typed: with something to learn from, and not generated."""
_NOT_CODE = frozenset({"test", "tests", "site-packages", "dist-packages", "encodings"})
"""Folders of the standard library with files made to be read by programs."""

_LINE_END = re.compile(r"\r\n|\r|\n")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_BLOCK = re.compile(r"(?:\r\n|\r|\n)[ \t]*(?:\r\n|\r|\n)(?=[^\s)\]}])")

MAX_SCENE_LINES = 14
"""Maximum non-blank lines of the user's file that are typed."""
MAX_SCENE_CHARS = 420
"""Maximum characters of the user's file that are typed."""


def library_scenes(seed: int) -> list[Scene]:
    """Return stretches of files of Python's standard library, chosen by a seed.

    Code that people wrote for another purpose, which each user has. It is typed into new files,
    since the place of the library may be one that an ignore file excludes.
    """
    files = _library_files(Path(sysconfig.get_paths()["stdlib"]))
    # Where the library is no folder, as in a frozen program, foretype's own files stand in.
    files = files or _library_files(Path(__file__).parents[2])
    chosen = random.Random(seed).sample(files, min(N_SCENES, len(files)))
    return [
        replace(scene_from_file(path), uri=f"untitled:foretype-demo/{path.name}") for path in chosen
    ]


def _library_files(folder: Path) -> list[Path]:
    return [
        path
        for path in sorted((*folder.glob("*.py"), *folder.glob("*/*.py")))
        if path.parent.name not in _NOT_CODE
        and not path.name.startswith("_")
        and LEAST_BYTES <= path.stat().st_size <= MOST_BYTES
    ]


def scene_from_file(path: Path, line: int | None = None) -> Scene:
    """Create a scene from the user's file, which is never written.

    From a line (counted from 1) where one is named; else from the beginning of a block in the
    file's second half, where there is something to learn from before it. Raises BadInput.
    """
    document = read_document(path)
    text = document.text
    if not text.strip():
        raise BadInput(f"{path} is empty.")
    if line is not None and not 1 <= line <= document.n_lines:
        raise BadInput(f"{path} has no line {line}: it ends with line {document.n_lines}.")
    first = _block_after_half(text) if line is None else document.line_start(line - 1)
    end = _stretch_end(text, first)
    if not text[first:end].strip():
        raise BadInput(f"There is nothing to type from line {document.line_of(first) + 1} on.")
    return _scene(path.name, document.uri, text, first, end)


def _scene(name: str, uri: str, text: str, first: int, end: int) -> Scene:
    # What is blank around the stretch stays on the page: nobody types it.
    kept = text[first:end].rstrip()
    end = first + len(kept)
    return Scene(name, uri, language_of(Path(name)), text[:first], text[first:end], text[end:])


def _block_after_half(text: str) -> int:
    """Where a block (after a blank line, not indented) begins in the second half, with room."""
    starts = [0, *(match.end() for match in _BLOCK.finditer(text))]
    if len(starts) == 1:
        lines = [match.end() for match in _LINE_END.finditer(text)]
        starts += [line for line in lines if text[line:].strip()]
    roomy = [start for start in starts if len(text) - start >= MAX_SCENE_CHARS // 2] or starts
    return next((start for start in roomy if start >= len(text) // 2), roomy[-1])


def _stretch_end(text: str, first: int) -> int:
    """The end of as many whole lines as a demo has time for; of a part of one, if it is huge."""
    end = first
    for _ in range(MAX_SCENE_LINES):
        while (line := _LINE.match(text, end)) and not line.group().strip() and line.group():
            end = line.end()
        if line is None or not line.group() or line.end() - first > MAX_SCENE_CHARS:
            break
        end = line.end()
    return end if text[first:end].strip() else min(end + MAX_SCENE_CHARS, len(text))
