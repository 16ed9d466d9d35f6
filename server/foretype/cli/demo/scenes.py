"""The demo's scenes: a part of a bundled file, or of the user's own."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

from foretype.cli.demo.typist import Scene
from foretype.cli.file_position import language_of, read_document
from foretype.cli.terminal import BadInput

SHIPPED = (
    ("weather.py", "def windiest", "def summary"),
    ("config.go", "\tretries, err", "\treturn &Config"),
)
"""Files of ``files``: what the typed stretch begins with, and what stands after it."""

_LINE_END = re.compile(r"\r\n|\r|\n")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_BLOCK = re.compile(r"(?:\r\n|\r|\n)[ \t]*(?:\r\n|\r|\n)(?=[^\s)\]}])")

MAX_SCENE_LINES = 14
"""Maximum non-blank lines of the user's file that are typed."""
MAX_SCENE_CHARS = 420
"""Maximum characters of the user's file that are typed."""


def shipped_scenes() -> list[Scene]:
    """Return the bundled scenes."""
    return [_shipped(*row) for row in SHIPPED]


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


def _shipped(name: str, begins: str, follows: str) -> Scene:
    raw = (resources.files("foretype.cli.demo") / "files" / name).read_bytes()
    text = raw.decode().replace("\r\n", "\n")
    first, end = text.index(begins), text.index(follows)
    return _scene(name, f"untitled:foretype-demo/{name}", text, first, end)


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
