"""Keep what is known of endpoints, for the process and in a small file in the state folder.

The file holds URLs, models' names and numbers; never a key, code or a prompt. Several servers of a
user share it: each adds what it knows to what the others have written. A file that cannot be read
or written costs nothing but the memory.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from foretype.core.atomic_write import write_atomically
from foretype.models.capabilities import EndpointCapabilities, RequestVariant
from foretype.models.wires.responses import REASONING_OFF
from foretype.settings.providers import Endpoint
from foretype.spending.ledger import file_beside

log = logging.getLogger(__name__)

FILE = "endpoints.json"
VERSION = 1
MAX_FILE_BYTES = 2**18
"""Larger files are not ours: nothing of them is read."""
MAX_ENDPOINTS = 64
"""Endpoints that are kept, those heard last."""
MAX_KEY_CHARS = 1000
SAVE_S = 30.0
"""Seconds for which changes are collected before they are written."""
CLOSE_TIMEOUT_S = 0.5
"""Seconds that writing may take at the end."""

Stored = dict[str, dict[str, Any]]
"""Records by ``key_of`` their endpoint, as they stand in the file."""

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
    """Return the name of an endpoint and its model in the file."""
    return " ".join((endpoint.base_url, endpoint.wire, endpoint.model))


def file_of(environ: Mapping[str, str]) -> Path | None:
    """Return the file, which is beside the ledger; None if nothing is to be stored.

    Call it in a thread.
    """
    return file_beside(environ, FILE)


class CapabilityFile:
    """One endpoint's part of the file. For use on the event loop, except for ``load``."""

    def __init__(self, endpoint: Endpoint, find: Callable[[], Path | None]) -> None:
        """``find`` returns the file, and is called in a thread."""
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
            path = self._find()
            stored = read(path) if path is not None else None
        except (OSError, RuntimeError, ValueError) as fault:
            log.info("what is known of endpoints is not read: %s", type(fault).__name__)
            return
        self.capabilities.take((stored or {}).get(self._key, {}))

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
        own = {self._key: self.capabilities.as_json()}
        await asyncio.to_thread(_write, self._find, own)


# --- on a thread ------------------------------------------------------------------------------


def read(path: Path) -> Stored | None:
    """Return the records in a file, none for nonsense; None for a newer version's file."""
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
        whole = json.loads(data) if len(data) <= MAX_FILE_BYTES else None
    except (FileNotFoundError, ValueError, RecursionError):
        return {}
    if not isinstance(whole, dict):
        return {}
    version = whole.get("version")
    if isinstance(version, int) and version > VERSION:
        return None
    records = whole.get("endpoints")
    if not isinstance(records, dict):
        return {}
    return {
        key: record
        for key, record in records.items()
        if isinstance(record, dict) and len(key) <= MAX_KEY_CHARS
    }


def _write(find: Callable[[], Path | None], own: Stored) -> None:
    """Add records to the file. The others' stay, up to the limit."""
    try:
        path = find()
        if path is None or any(len(key) > MAX_KEY_CHARS for key in own):
            return
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        others = read(path)
        if others is None:
            return
        records = sorted({**others, **own}.items(), key=lambda item: _heard(item[1]))
        data = {"version": VERSION, "endpoints": dict(records[-MAX_ENDPOINTS:])}
        write_atomically(path, json.dumps(data, indent=1).encode())
    except (OSError, RuntimeError, ValueError) as fault:
        # Not its text, which contains the path of the user's home.
        log.info("what is known of endpoints is not written: %s", type(fault).__name__)


def _heard(record: Mapping[str, Any]) -> float:
    heard = record.get("heard")
    known = isinstance(heard, int | float) and not isinstance(heard, bool) and heard >= 0
    return min(float(heard), time.time()) if known and heard is not None else 0.0
