"""What is kept on disk of a workspace: the tokens of its files.

One SQLite file for each folder of a workspace, for the user alone, in the platform's cache folder.
It may be deleted at any time, is shared by several servers, and is replaced where it is damaged or
of another format. A row with a wrong checksum is left out. Touches the disk: not for the event
loop.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sqlite3
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from foretype.local.library.uses import Kind, Uses
from foretype.local.packed import Packed
from foretype.local.walk import File

log = logging.getLogger(__name__)

VARIABLE = "FORETYPE_INDEX"
"""The environment variable that names another folder, or ``:memory:`` for none."""
MEMORY = ":memory:"
FORMAT = 3
"""Increment when what is written changes, the lexer included: older files are replaced."""
BUSY_TIMEOUT_S = 2.0
"""Seconds to wait for another server that is writing."""
MAX_AGE_DAYS = 30
"""Days after which the index of a workspace that was not opened is deleted."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS files (
    path TEXT PRIMARY KEY, language TEXT, mtime_ns INTEGER, size INTEGER,
    checksum INTEGER, data BLOB
);
CREATE TABLE IF NOT EXISTS uses (kind TEXT, first TEXT, names TEXT, PRIMARY KEY (kind, first));
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT);
"""


def folder_of(environ: Mapping[str, str]) -> Path | None:
    """Return the folder of all indexes; None if nothing is to be kept. Loads ``platformdirs``."""
    named = environ.get(VARIABLE, "").strip()
    if named == MEMORY:
        return None
    if named:
        return Path(named).expanduser()
    import platformdirs

    return platformdirs.user_cache_path("foretype", appauthor=False) / "index"


def indexes(folder: Path) -> list[Path]:
    """Return the files of all indexes."""
    return sorted(folder.glob("*.db"))


def clear(folder: Path) -> list[Path]:
    """Delete all indexes; return those that could not be deleted."""
    for file in indexes(folder):
        with suppress(OSError):
            _delete(file)
    return indexes(folder)


def delete_old(folder: Path) -> None:
    """Delete the indexes of workspaces that were not opened for a long time."""
    oldest = time.time() - MAX_AGE_DAYS * 86_400
    for file in indexes(folder):
        with suppress(OSError):
            if file.stat().st_mtime < oldest:
                _delete(file)


class Store:
    """The index of one folder. For one thread at a time."""

    def __init__(self, folder: Path, root: Path) -> None:
        digest = hashlib.sha256(os.fsencode(root)).hexdigest()[:24]
        self.file = folder / f"{digest}.db"
        self._connection: sqlite3.Connection | None = None
        self._inode = 0
        """Of the file that is open."""

    def begin(self) -> None:
        """Open the file to write into, making or replacing it if need be. May raise OSError or
        sqlite3.Error."""
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self.file.exists():
            # Another server may still have the file that was deleted, with what is beside it. It
            # would take what is written there for its own.
            with suppress(OSError):
                _delete(self.file)
        try:
            self._open()
        except sqlite3.OperationalError:
            raise  # busy, or a full disk: replacing it would not help
        except sqlite3.DatabaseError:
            self.close()
            _delete(self.file)
            self._open()

    def _open(self) -> None:
        # Nobody else may read it, also where the folder was made by someone else.
        os.close(os.open(self.file, os.O_RDWR | os.O_CREAT, 0o600))
        connection = self._connect()
        found = connection.execute("PRAGMA user_version").fetchone()[0]
        if found not in (0, FORMAT):
            raise sqlite3.DatabaseError(f"format {found}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = OFF")
        connection.executescript(_SCHEMA)
        connection.execute(f"PRAGMA user_version = {FORMAT}")
        connection.commit()
        os.utime(self.file)

    def _notice_replacement(self) -> None:
        """Close a file that was deleted or replaced meanwhile."""
        try:
            is_same = self.file.stat().st_ino == self._inode
        except OSError:
            is_same = False
        if not is_same:
            self.close()

    def _connect(self) -> sqlite3.Connection:
        if self._connection is None:
            # Used by one thread at a time, not always the same one.
            self._connection = sqlite3.connect(
                self.file, timeout=BUSY_TIMEOUT_S, check_same_thread=False
            )
            self._inode = self.file.stat().st_ino
        return self._connection

    def files(self) -> Iterator[File]:
        """Yield the indexed files; none where there is no index that can be read."""
        self._notice_replacement()
        if self._connection is None and not self.file.exists():
            return
        try:
            connection = self._connect()
            if connection.execute("PRAGMA user_version").fetchone()[0] != FORMAT:
                return
            for row in connection.execute("SELECT path, language, mtime_ns, size FROM files"):
                yield File(*row)
        except (sqlite3.Error, OSError) as fault:
            self._give_up(fault)

    def read(self, path: str) -> Packed | None:
        """Return a file's streams; None if it has none that are intact."""
        try:
            row = (
                self._connect()
                .execute("SELECT checksum, data FROM files WHERE path = ?", (path,))
                .fetchone()
            )
            if row is None or zlib.crc32(row[1]) != row[0]:
                return None
            tokens, literal = row[1].decode().split("\0")
        except (sqlite3.Error, OSError, ValueError, TypeError) as fault:
            self._give_up(fault)
            return None
        return Packed(tokens, literal)

    def write(self, rows: Iterable[tuple[File, Packed]]) -> None:
        """Add or replace files, all or none of them. May raise sqlite3.Error."""
        values = []
        for file, streams in rows:
            data = "\0".join(streams).encode()
            values.append((*file, zlib.crc32(data), data))
        with self._connect() as transaction:
            transaction.executemany(
                "INSERT OR REPLACE INTO files"
                " (path, language, mtime_ns, size, checksum, data) VALUES (?, ?, ?, ?, ?, ?)",
                values,
            )

    def uses_of(self, kind: Kind, first: str) -> Mapping[str, int]:
        """Return how often the members of a name are used in the installed packages."""
        if self._connection is None:
            return {}
        try:
            row = self._connection.execute(
                "SELECT names FROM uses WHERE kind = ? AND first = ?", (kind, first)
            ).fetchone()
            return json.loads(row[0]) if row else {}
        except (sqlite3.Error, ValueError) as fault:
            self._give_up(fault)
            return {}

    def state_of_uses(self) -> str:
        """Return the state of the installed packages whose uses are stored."""
        row = self._connect().execute("SELECT value FROM state WHERE name = 'uses'").fetchone()
        return row[0] if row else ""

    def write_uses(self, uses: Uses, state: str) -> None:
        """Replace the uses that are stored. May raise sqlite3.Error."""
        rows = [(*key, json.dumps(names)) for key, names in uses.items()]
        with self._connect() as transaction:
            transaction.execute("DELETE FROM uses")
            transaction.executemany("INSERT INTO uses VALUES (?, ?, ?)", rows)
            transaction.execute("INSERT OR REPLACE INTO state VALUES ('uses', ?)", (state,))

    def remove(self, paths: Iterable[str]) -> None:
        """Remove files. May raise sqlite3.Error."""
        with self._connect() as transaction:
            transaction.executemany("DELETE FROM files WHERE path = ?", [(p,) for p in paths])

    def close(self) -> None:
        """Close the file; it is opened again when needed."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    def _give_up(self, fault: Exception) -> None:
        log.info("the index of the workspace cannot be read: %s", fault)
        self.close()


def _delete(file: Path) -> None:
    for each in (file, *(file.with_name(file.name + end) for end in ("-wal", "-shm"))):
        each.unlink(missing_ok=True)
