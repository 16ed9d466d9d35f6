"""Keep what is known of endpoints, for the process and in small files in the state folder.

A file for each endpoint and model: its URL, the model's name and numbers; never a key, code or a
prompt. Several servers of a user share the files, and none writes another endpoint's. A file that
cannot be read or written costs nothing but the memory.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from foretype.core.atomic_write import write_atomically
from foretype.core.state_file import read_state
from foretype.models.capabilities import EndpointCapabilities, RequestVariant
from foretype.models.wires.responses import REASONING_OFF
from foretype.settings.providers import Endpoint
from foretype.spending.ledger import file_beside

log = logging.getLogger(__name__)

FOLDER = "endpoints"
VERSION = 1
MAX_FILE_BYTES = 2**16
"""Larger files are not ours: nothing of them is read."""
MAX_ENDPOINTS = 64
"""Endpoints that are kept, those written last."""
SAVE_S = 30.0
"""Seconds for which changes are collected before they are written."""
CLOSE_TIMEOUT_S = 0.5
"""Seconds that writing may take at the end."""

Record = dict[str, Any]
"""What is known of an endpoint, as it stands in its file."""

known_capabilities: dict[tuple[str, str, str], EndpointCapabilities] = {}
"""Capabilities by URL, model and wire, for the lifetime of the process."""


def for_(endpoint: Endpoint) -> EndpointCapabilities:
    """Return what this process knows about an endpoint and its model."""
    key = (endpoint.base_url, endpoint.model, endpoint.wire)
    if key not in known_capabilities:
        known_capabilities[key] = new_capabilities(endpoint)
    return known_capabilities[key]


def new_capabilities(endpoint: Endpoint) -> EndpointCapabilities:
    """Return the capabilities of an endpoint that was never heard: those of its row."""
    spellings = REASONING_OFF if endpoint.wire == "responses" else endpoint.row.reasoning_off
    return EndpointCapabilities(len(spellings), RequestVariant(without=endpoint.row.omits))


def key_of(endpoint: Endpoint) -> str:
    """Return the name of an endpoint and its model."""
    return " ".join((endpoint.base_url, endpoint.wire, endpoint.model))


def folder_of(environ: Mapping[str, str]) -> Path | None:
    """Return the files' folder, which is beside the ledger; None if nothing is to be stored.

    Call it in a thread.
    """
    return file_beside(environ, FOLDER)


class CapabilityFile:
    """One endpoint's file. For use on the event loop, except for ``load``."""

    def __init__(self, endpoint: Endpoint, find: Callable[[], Path | None]) -> None:
        """``find`` returns the files' folder, and is called in a thread."""
        self.capabilities = for_(endpoint)
        self._key = key_of(endpoint)
        self._find = find
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._unsaved = False
        self.capabilities.measured.on_change = self._changed

    def load(self) -> None:
        """Take what was stored about the endpoint. Call it in a thread; never raises."""
        try:
            path = self._path()
            stored = read(path) if path is not None else None
        except (OSError, RuntimeError, ValueError) as fault:
            log.info("what is known of endpoints is not read: %s", type(fault).__name__)
            return
        self.capabilities.take(stored or {})

    async def close(self) -> None:
        """Write what is not yet written, within a short time."""
        self._stop_timer()
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                if self._task is not None:
                    await asyncio.shield(self._task)
                if self._unsaved:
                    await self._save()
        except TimeoutError:
            log.info("what is known of endpoints was not written in time")
        self._stop_timer()

    def _changed(self) -> None:
        self._unsaved = True
        if self._timer is None and self._task is None:
            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:
                return  # Off the event loop; the next change, or the end, saves it.
            self._timer = loop.call_later(SAVE_S, self._begin)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _begin(self) -> None:
        self._stop_timer()
        self._task = asyncio.get_running_loop().create_task(self._save())
        self._task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("what is known of endpoints could not be saved", exc_info=fault)

    async def _save(self) -> None:
        self._unsaved = False
        await asyncio.to_thread(self._write, self.capabilities.as_json())

    def _write(self, known: Record) -> None:
        path = self._path()
        if path is not None:
            _write(path, self._key, known)

    def _path(self) -> Path | None:
        folder, name = self._find(), hashlib.sha256(self._key.encode()).hexdigest()[:16]
        return None if folder is None else folder / f"{name}.json"


# --- on a thread ------------------------------------------------------------------------------


def read(path: Path) -> Record | None:
    """Return the record in a file, an empty one for nonsense; None for a newer version's file."""
    try:
        whole = json.loads(read_state(path, MAX_FILE_BYTES))
    except (FileNotFoundError, ValueError, RecursionError):
        return {}
    if not isinstance(whole, dict):
        return {}
    version = whole.get("version")
    return None if isinstance(version, int) and version > VERSION else whole


def _write(path: Path, key: str, known: Record) -> None:
    """Write a record. What is known only from the file stays in it."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        stored = read(path)
        if stored is None:
            return
        own = {name: value for name, value in known.items() if value or name not in stored}
        data = {**stored, **own, "version": VERSION, "endpoint": key}
        write_atomically(path, json.dumps(data, indent=1).encode())
        _forget_others(path.parent)
    except (OSError, RuntimeError, ValueError) as fault:
        # Not its text, which contains the path of the user's home.
        log.info("what is known of endpoints is not written: %s", type(fault).__name__)


def _forget_others(folder: Path) -> None:
    """Delete the files beyond the limit, those that were written first."""
    files = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime)
    for path in files[:-MAX_ENDPOINTS]:
        path.unlink(missing_ok=True)
