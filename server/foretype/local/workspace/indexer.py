"""Index a workspace, in a process of its own: ``python -P -m foretype.local.workspace.indexer``.

Reads a job as one line of JSON from standard input, and ends when that is closed, so that it never
outlives the server. Writes a line for each batch that is stored. Excluded and ignored files are not
read, files behind links neither, and lines with what looks like a secret are left out.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from itertools import groupby, islice
from pathlib import Path, PurePath
from threading import Thread
from typing import Any

from foretype.core.read_file import read_file
from foretype.local.lexer import MAX_LINE_CHARS
from foretype.local.library.modules import site_packages
from foretype.local.library.uses import count_uses
from foretype.local.packed import Packed, packed
from foretype.local.walk import MAX_FILE_BYTES, File, files_below
from foretype.local.workspace.nearness import steps_from
from foretype.local.workspace.store import Store, delete_old
from foretype.privacy import masking
from foretype.privacy.gate import Gate
from foretype.settings.schema import Settings

log = logging.getLogger(__name__)

MAX_FILES = 10_000
MAX_TOTAL_BYTES = 60_000_000
"""Limits of one workspace; of a larger one, the files nearest to those open are indexed."""
BATCH_FILES = 40
MAX_CHARS_PER_LINE = 200
"""A file with longer lines on average is minified, or data."""


@dataclass(frozen=True, slots=True)
class Job:
    """What the server asks for."""

    folder: str
    """Where the indexes are kept."""
    roots: tuple[str, ...]
    near: tuple[str, ...] = ()
    """The open files: those around them come first."""
    exclude: tuple[str, ...] = ()
    respect_gitignore: bool = True
    dependencies: bool = True
    """Whether the installed packages are read, too."""
    api_key: str = field(default="", repr=False)
    """The user's own key, which is a secret wherever it stands."""

    def line(self) -> str:
        """The job as the process reads it."""
        return json.dumps(asdict(self)) + "\n"

    def near_to(self, near: tuple[str, ...]) -> Job:
        """The same with other open files."""
        return replace(self, near=near)

    @classmethod
    def read(cls, line: str) -> Job:
        """The job that a line describes."""
        values: dict[str, Any] = json.loads(line)
        lists = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
        return cls(**{**values, **lists})


def run(job: Job, on_batch: Callable[[], None]) -> None:
    """Bring the indexes up to date. May raise OSError or sqlite3.Error."""
    settings = Settings(
        exclude=job.exclude, respect_gitignore=job.respect_gitignore, api_key=job.api_key
    )
    roots = tuple(Path(root) for root in job.roots)
    gate = Gate(settings, roots)
    for root in roots:
        store = Store(Path(job.folder), root)
        try:
            store.begin()
            _update(store, root, gate, job.near, on_batch)
            if job.dependencies:
                _update_uses(store, root)
        finally:
            store.close()
    delete_old(Path(job.folder))


def _update(
    store: Store, root: Path, gate: Gate, near: Iterable[str], on_batch: Callable[[], None]
) -> None:
    known = {file.path: file for file in store.files()}
    wanted = {file.path: file for file in _within_limits(_by_nearness(root, gate, near))}
    store.remove(known.keys() - wanted.keys())
    changed = (file for file in wanted.values() if known.get(file.path) != file)
    read = ((file, _tokens_of(file)) for file in changed)
    while batch := list(islice(read, BATCH_FILES)):
        store.write(batch)
        on_batch()


def _update_uses(store: Store, root: Path) -> None:
    """Count what is usual in the installed packages, if there are others than before."""
    folders = list(site_packages(root))
    state = " ".join(str(folder.stat().st_mtime_ns) for folder in folders)
    if state != store.state_of_uses():
        store.write_uses(count_uses(folders), state)


def _by_nearness(root: Path, gate: Gate, near: Iterable[str]) -> list[File]:
    """The files of a folder that may be read, those nearest to some others first."""
    steps_to = steps_from([PurePath(path).parent.parts for path in near] or [root.parts])

    def rank(file: File) -> tuple[int, int]:
        return steps_to(os.path.dirname(file.path)), -file.mtime_ns

    return sorted(_allowed(files_below(root), gate), key=rank)


def _allowed(files: Iterable[File], gate: Gate) -> Iterator[File]:
    """The files that are not excluded, given folder by folder."""
    for folder, group in groupby(files, lambda file: os.path.dirname(file.path)):
        inside = list(group)
        rules = gate.excluded_in(folder, [os.path.basename(file.path) for file in inside])
        yield from (file for file, rule in zip(inside, rules, strict=True) if rule is None)


def _within_limits(files: Iterable[File]) -> Iterator[File]:
    n_bytes = 0
    for file in islice(files, MAX_FILES):
        n_bytes += file.size
        if n_bytes > MAX_TOTAL_BYTES:
            return
        yield file


def _tokens_of(file: File) -> Packed:
    """The tokens of a file; none where it has nothing that teaches anything."""
    text = _text_of(file.path)
    tokens = packed(text)
    left_out = [line for line in text.split("\n") if len(line) > MAX_LINE_CHARS]
    words = "\n".join([tokens.tokens, *left_out])
    masked = masking.mask(text, words=words)  # the gate's cache would keep what never comes again
    if masked == text:
        return tokens
    lines = masked.splitlines()
    return packed("\n".join("" if masking.MASK in line else line for line in lines))


def _text_of(path: str) -> str:
    try:
        text = read_file(path, MAX_FILE_BYTES + 1, follows_links=False).decode()
    except (OSError, UnicodeDecodeError):
        return ""
    n_lines = text.count("\n") + 1
    is_data = "\0" in text or len(text) > MAX_CHARS_PER_LINE * n_lines
    return "" if is_data or len(text) > MAX_FILE_BYTES else text


def _report_batch() -> None:
    sys.stdout.write("stored\n")
    sys.stdout.flush()


def _end_with_server() -> None:
    sys.stdin.read()
    os._exit(0)


def main() -> None:
    """Do the one job that standard input describes."""
    job = Job.read(sys.stdin.readline())
    Thread(target=_end_with_server, daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(10)
    try:
        run(job, _report_batch)
    except (OSError, sqlite3.Error):
        sys.exit(1)  # there is nobody to read why


if __name__ == "__main__":
    main()
