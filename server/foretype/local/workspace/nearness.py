"""Which files are worth most at a place: what it imports, then those of the nearest folders.

Measured elsewhere for cache models of code: neighboring files are worth nearly as much as the file
itself. Pure.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import accumulate
from pathlib import PurePath

from foretype.languages import table
from foretype.local.walk import File

HEAD_CHARS = 20_000
"""Characters at the top of a file among which its imports are."""
_IMPORT = re.compile(r"^.*\b(?:import|from|require\w*|use|using|include|mod)\b.*$", re.MULTILINE)
_WORD = re.compile(r"\w{2,}")
_STANDS_FOR_FOLDER = frozenset({"__init__", "index", "mod", "lib"})


def distance(one: Sequence[str], other: Sequence[str]) -> int:
    """Return the steps from one folder to another, each given as the parts of its path."""
    shared = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        shared += 1
    return len(one) + len(other) - 2 * shared


def steps_from(folders: Sequence[Sequence[str]]) -> Callable[[str], int]:
    """Return what counts the steps to a folder from the nearest of some, each given as parts."""

    # Files are many and folders few; a path object for each file would take most of the time.
    @cache
    def steps(folder: str) -> int:
        parts = PurePath(folder).parts
        return min(distance(each, parts) for each in folders)

    return steps


def imported_words(text: str) -> frozenset[str]:
    """Return the words of the lines that look like imports."""
    lines = _IMPORT.findall(text[:HEAD_CHARS])
    return frozenset(word for line in lines for word in _WORD.findall(line))


def nearest(
    files: Iterable[File], path: PurePath, language: str, imported: frozenset[str], most_bytes: int
) -> list[File]:
    """Return the files that are worth most at a place in a file, up to a limit, the best first.

    That file itself is left out.
    """
    own = str(path)
    family = table.of_id(language).family
    steps_to = steps_from([path.parent.parts])

    def rank(file: File) -> tuple[bool, int, int]:
        parent, name = os.path.split(file.path)
        stem = name.partition(".")[0]
        if stem in _STANDS_FOR_FOLDER:
            stem = os.path.basename(parent)
        steps = -1 if stem in imported else steps_to(parent)
        return table.of_id(file.language).family != family, steps, -file.mtime_ns

    # There may be many more than are wanted, and each is an object.
    found: list[_Ranked] = []
    n_bytes, too_far = 0, None
    for file in files:
        each = rank(file), file.path, file
        if file.path == own or (too_far is not None and each > too_far):
            continue
        found.append(each)
        n_bytes += file.size
        if n_bytes > 2 * most_bytes:
            found, too_far = _best(found, most_bytes)
            n_bytes = sum(file.size for _, _, file in found)
    return [file for _, _, file in _best(found, most_bytes)[0]]


_Ranked = tuple[tuple[bool, int, int], str, File]


def _best(found: list[_Ranked], most_bytes: int) -> tuple[list[_Ranked], _Ranked | None]:
    """The best that are within a limit, in order, and the first that is not."""
    found.sort()
    for n, n_bytes in enumerate(accumulate(file.size for _, _, file in found)):
        if n_bytes > most_bytes:
            return found[:n], found[n]
    return found, None
