"""The indexed workspace as the engine sees it: which files are near a document, and their tokens.

Has a process bring the index up to date, now and then. Touches the disk: not for the event loop.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PurePath
from threading import Lock, Thread
from time import monotonic

from foretype.core.child_environment import without_keys
from foretype.core.text import Document
from foretype.core.uris import path_of
from foretype.local.library.uses import Kind
from foretype.local.packed import Packed
from foretype.local.walk import File
from foretype.local.workspace.indexer import Job
from foretype.local.workspace.nearness import imported_words, nearest
from foretype.local.workspace.store import Store

log = logging.getLogger(__name__)

REFRESH_S = 600.0
"""Seconds after which the workspace is looked through again."""
REFRESH_CHANGED_S = 20.0
"""The same after a file was closed, and so may have been saved."""


class Workspace:
    """The files of some folders that are not open."""

    def __init__(
        self, job: Job, is_excluded: Callable[[str], str | None], *, key_variable: str = ""
    ) -> None:
        """``key_variable`` names a variable that holds a key, which the process is not given."""
        self._job = job
        self._key_variable = key_variable
        self._is_excluded = is_excluded
        self._stores = [Store(Path(job.folder), Path(root)) for root in job.roots]
        self._process: subprocess.Popen[str] | None = None
        self._follower: Thread | None = None
        self._is_closed = False
        self._reading = Lock()
        self._refreshed: float | None = None
        self._has_changed = False
        self._version = 0

    @property
    def version(self) -> int:
        """Another number whenever there may be other files."""
        return self._version

    @property
    def is_busy(self) -> bool:
        """Whether the index is being brought up to date."""
        return self._follower is not None and self._follower.is_alive()

    def does(self, job: Job) -> bool:
        """Whether this is the workspace of a job."""
        return self._job == job

    def changed(self) -> None:
        """A file was closed: it may be another on disk by now."""
        self._has_changed = True

    def refresh(self, near: Sequence[Document]) -> None:
        """Bring the index up to date in the background, if it is time to."""
        if self._is_closed or self.is_busy:
            return
        pause = REFRESH_CHANGED_S if self._has_changed else REFRESH_S
        if self._refreshed is not None and monotonic() < self._refreshed + pause:
            return
        self._refreshed = monotonic()
        self._has_changed = False
        paths = (path_of(document.uri) for document in near)
        try:
            self._start(tuple(str(path) for path in paths if path is not None))
        except OSError as fault:
            log.info("the workspace is not indexed: %s", fault)

    def _start(self, near: tuple[str, ...]) -> None:
        folder = Path(self._job.folder)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Nothing is imported from the folder that the server happens to be in.
        command = [sys.executable, "-P", "-m", "foretype.local.workspace.indexer"]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env=without_keys(os.environ, self._key_variable),
            text=True,
            creationflags=_quiet_flags(),
        )
        self._follower = Thread(target=self._follow, args=(self._process, near), daemon=True)
        self._follower.start()

    def _follow(self, process: subprocess.Popen[str], near: tuple[str, ...]) -> None:
        """Give the process its job, and notice what it stores. Runs in a thread of its own.

        All files are looked through at each version: what is nearest is stored first, so that there
        is a new one whenever there are twice as many.
        """
        assert process.stdin is not None and process.stdout is not None
        with suppress(OSError, ValueError):
            process.stdin.write(self._job.near_to(near).line())
            process.stdin.flush()
            for n_batches, _ in enumerate(process.stdout, start=1):
                if n_batches.bit_count() == 1:
                    self._version += 1
        process.wait()
        self._version += 1
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError, ValueError):
                pipe.close()

    def nearest(self, document: Document, most_chars: int) -> list[File]:
        """Return the indexed files that are worth most for a document, up to a limit."""
        path = path_of(document.uri)
        if path is None:
            return []
        imported = imported_words(document.text)
        with self._reading:
            files = (file for store in self._stores for file in store.files())
            near = nearest(files, PurePath(path), document.language, imported, most_chars)
        return [file for file in near if self._is_excluded(file.path) is None]

    def read(self, file: File) -> Packed | None:
        """Return a file's tokens; None if they are gone or damaged."""
        with self._reading:
            found = (store.read(file.path) for store in self._stores)
            return next((tokens for tokens in found if tokens is not None), None)

    def uses_of(self, kind: Kind, first: str) -> Mapping[str, int]:
        """Return how often the members of a name are used in the installed packages."""
        with self._reading:
            found = (store.uses_of(kind, first) for store in self._stores)
            return next((uses for uses in found if uses), {})

    def close(self) -> None:
        """End what runs in the background."""
        self._is_closed = True
        if self._process is not None and self._process.poll() is None:
            with suppress(OSError):
                self._process.kill()
        with self._reading:
            for store in self._stores:
                store.close()


def _quiet_flags() -> int:
    """On Windows: no window, and after everything else; elsewhere the process sees to it."""
    if os.name != "nt":
        return 0
    flags = ("CREATE_NO_WINDOW", "BELOW_NORMAL_PRIORITY_CLASS")
    return sum(int(getattr(subprocess, flag, 0)) for flag in flags)
