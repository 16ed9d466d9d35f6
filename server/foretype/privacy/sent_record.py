"""The record of what left this machine: when, to whom, of which files, how many bytes.

One JSON object a line, in a file that only the user may read. Written in a thread of its own, so
that no request waits for a disk; a disk failure loses only the record.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import queue
import threading
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from foretype.privacy.masking import mask

log = logging.getLogger(__name__)

FILE = "sent.jsonl"
MAX_FILE_BYTES = 8_000_000
"""Bytes after which a new file begins; the one before is kept."""
MAX_WAITING = 1000
"""Entries that wait for the disk; what comes beyond is not recorded, and that is."""
MAX_FILES = 50
"""Names of files in one entry."""
CLOSE_TIMEOUT_S = 1.0
"""Seconds that the last entries may take at the end."""

Kind = Literal["off", "names", "bodies"]

sent_files: ContextVar[tuple[str, ...]] = ContextVar("sent_files", default=())
"""The files of which something is in the request that this task sends."""


class SentRecord:
    """Writes entries of one server. Safe to use from several threads."""

    def __init__(self, find: Callable[[], Path | None], kind: Kind = "names") -> None:
        """``find`` returns the file, and is called in a thread; None for no record."""
        self.kind = kind
        self._find = find
        self._waiting: queue.Queue[dict[str, Any] | None] = queue.Queue(MAX_WAITING)
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._n_dropped = 0

    def sent(self, url: str, model: str, body: bytes) -> None:
        """Record a request that is about to leave. Never blocks and never fails."""
        if self.kind == "off":
            return
        entry: dict[str, Any] = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "url": url.partition("?")[0],
            "model": model,
            "files": list(sent_files.get()[:MAX_FILES]),
            "bytes": len(body),
        }
        if self.kind == "bodies":
            entry["body"] = body.decode("utf-8", "replace")
        if self._n_dropped:
            entry["not_recorded_before"] = self._n_dropped
        try:
            self._waiting.put_nowait(entry)
            self._n_dropped = 0
        except queue.Full:
            self._n_dropped += 1
            return
        self._begin()

    def close(self) -> None:
        """Write what waits, within a short time. Not for the event loop."""
        thread = self._thread
        if thread is not None and thread.is_alive():
            with contextlib.suppress(queue.Full):
                self._waiting.put_nowait(None)
            thread.join(CLOSE_TIMEOUT_S)

    def _begin(self) -> None:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._write_all, name="foretype-sent", daemon=True
                )
                self._thread.start()

    def _write_all(self) -> None:
        path, has_failed = None, False
        while (entry := self._waiting.get()) is not None:
            try:
                path = path or self._find()
                if path is not None:
                    entry["files"] = [mask(file) for file in entry["files"]]
                    append(path, entry)
            except (OSError, RuntimeError, ValueError) as fault:
                if not has_failed:
                    # Not its text, which contains the path of the user's home.
                    log.warning("what is sent is not recorded: %s", type(fault).__name__)
                has_failed = True


def append(path: Path, entry: dict[str, Any]) -> None:
    """Add an entry to the file, in one write; a full file makes room."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_size > MAX_FILE_BYTES:
            os.replace(path, older(path))
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        line = json.dumps(entry, ensure_ascii=False) + "\n"
        os.write(handle, line.encode("utf-8", "surrogatepass"))
    finally:
        os.close(handle)


def older(path: Path) -> Path:
    """Return the name of the file that was full."""
    return path.with_name(f"{path.stem}.1{path.suffix}")


def read(path: Path, n_entries: int) -> list[dict[str, Any]]:
    """Return the latest entries, the last one last. What is no entry is left out."""
    entries = [entry for each in (older(path), path) for entry in _entries(each)]
    return entries[-n_entries:]


def _entries(path: Path) -> Iterator[dict[str, Any]]:
    if not path.is_file():
        return
    with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
        for line in file:
            with contextlib.suppress(ValueError, RecursionError):
                entry = json.loads(line)
                if isinstance(entry, dict):
                    yield entry


def clear(path: Path) -> None:
    """Delete the record."""
    for each in (path, older(path)):
        each.unlink(missing_ok=True)
