"""How often the installed packages use each member of what they import: what is usual.

Only names are kept, and how often they occur. Reads files: not for the event loop.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Literal

from foretype.core.read_file import read_file
from foretype.local.walk import MAX_FILE_BYTES, files_below

MAX_FILES = 3_000
MAX_TOTAL_BYTES = 25_000_000
MAX_NAMES = 100
"""Uses of the members of one name that are kept, the most frequent ones."""
MIN_USES = 2
"""A member that is used once is no habit."""

Kind = Literal["member", "import"]

_MEMBER = re.compile(
    r"(->|[-+*/%<>=!]=|[:=(,\[{|@]|\b(?:return|raise|except|in|is|not|and|or|if|elif|while|await))?"
    r"[ ]?(?<![\w.)\]])([A-Za-z_]\w*)\.([A-Za-z_]\w*)"
)
_IMPORT = re.compile(r"^from[ \t]+(\w[\w.]*)[ \t]+import[ \t]+(\([^)]*\)|[^\n#(]+)", re.MULTILINE)
_NAME = re.compile(r"([A-Za-z_]\w*)(?:[ \t]+as[ \t]+\w+)?")


Uses = dict[tuple[Kind, str], dict[str, int]]
"""For each name before a dot, and each module: how often each member was used, or imported. A
member stands after what was before the name and a space: ``: Optional``, ``= get``, `` path``."""
UsesOf = Callable[[Kind, str], Mapping[str, int]]
"""Where they are looked up."""


def no_uses(kind: Kind, first: str) -> Mapping[str, int]:
    """Nothing is known to be usual."""
    return {}


def count_uses(folders: Iterable[Path]) -> Uses:
    """Count the uses in the Python files of folders of installed packages."""
    members: Counter[tuple[str, str]] = Counter()
    imports: Counter[tuple[str, str]] = Counter()
    n_bytes = 0
    files = (file for folder in folders for file in files_below(folder))
    for file in islice((file for file in files if file.language == "python"), MAX_FILES):
        n_bytes += file.size
        if n_bytes > MAX_TOTAL_BYTES:
            break
        try:
            data = read_file(file.path, MAX_FILE_BYTES, follows_links=False)
        except OSError:
            continue
        text = data.decode("utf-8", "replace")
        members.update((name, f"{before} {it}") for before, name, it in _MEMBER.findall(text))
        for module, names in _IMPORT.findall(text):
            imports.update((module, name) for name in _NAME.findall(names))
    return {**_by_first("member", members), **_by_first("import", imports)}


def _by_first(kind: Kind, counts: Counter[tuple[str, str]]) -> Uses:
    found: Uses = {}
    for (first, second), n in counts.items():
        if n >= MIN_USES and first not in ("self", "cls"):
            found.setdefault((kind, first), {})[second] = n
    return {key: dict(Counter(names).most_common(MAX_NAMES)) for key, names in found.items()}
