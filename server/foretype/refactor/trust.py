"""Remember the folders that the user trusts, in a small file in the state folder.

What is asked once is not asked again. The file holds hashes of paths, no path; one that cannot be
read costs a question, nothing else. Reads and writes files: not for the event loop.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from pathlib import Path

from foretype.core.atomic_write import write_atomically
from foretype.core.state_file import read_state
from foretype.spending.ledger import file_beside

log = logging.getLogger(__name__)

FILE = "trusted.json"
MAX_FOLDERS = 1000
"""Folders that are remembered, those trusted last."""
MAX_FILE_BYTES = 2**18
"""Larger files are not ours: nothing of them is read."""


class TrustedFolders:
    """The folders that a user trusts, with all that is below them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._here: set[str] = set()
        """Those trusted in this process, which may be unable to write the file."""

    def holds(self, folder: Path) -> bool:
        """Whether a folder is trusted, or one around it."""
        trusted = self._here.union(self._stored())
        real = folder.resolve()
        return any(_hash(each) in trusted for each in (real, *real.parents))

    def add(self, folder: Path) -> None:
        """Trust a folder from now on. Never raises OSError."""
        name = _hash(folder.resolve())
        self._here.add(name)
        kept = [each for each in self._stored() if each != name]
        data = json.dumps({"folders": [*kept, name][-MAX_FOLDERS:]})
        try:
            if (path := self._file()) is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
                write_atomically(path, data.encode())
        except OSError as fault:
            log.warning("That a folder is trusted could not be written down: %s", fault.strerror)

    def _stored(self) -> list[str]:
        try:
            path = self._file()
            if path is None:
                return []
            folders = json.loads(read_state(path, MAX_FILE_BYTES))["folders"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return []
        if not isinstance(folders, list):
            return []
        return [each for each in folders if isinstance(each, str)]

    def _file(self) -> Path | None:
        return file_beside(self._environ, FILE)


def _hash(folder: Path) -> str:
    return hashlib.sha256(folder.as_posix().encode("utf-8", "surrogateescape")).hexdigest()
