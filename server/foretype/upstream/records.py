"""The scripted upstream's log: one record per request, times on the monotonic clock."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

KEY_HEADERS = frozenset({"authorization", "api-key", "x-api-key"})


@dataclass(slots=True, kw_only=True)
class Record:
    """One request for text and its outcome. Times are from ``time.monotonic()``."""

    number: int
    path: str
    wire: str
    authorized: bool
    """Whether a key came along. The key itself is not kept."""
    headers: dict[str, str]
    body: dict[str, Any]
    connection: int
    """The number of the connection it came by, from 1."""
    arrived: float = field(default_factory=time.monotonic)
    first: float | None = None
    """When the first piece was written."""
    last: float | None = None
    """When the last piece was written."""
    ended: float | None = None
    """When everything was written, or the client went away."""
    aborted: float | None = None
    """When the client went away before the end."""
    fault: str = ""
    status: int = 200
    n_chars: int = 0
    """Characters of prompt."""
    planned: int = 0
    """Tokens of the whole answer."""
    sent: int = 0
    """Tokens written."""
    finish: str = ""
    said: str = ""
    """The text that was written."""


@dataclass(slots=True)
class Log:
    """Everything since the start or the last reset."""

    requests: list[Record] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)
    """When connections were warmed: requests that ask for no text."""
    connections: int = 0
    """Connections that carried at least one request."""

    @property
    def aborted(self) -> list[Record]:
        return [record for record in self.requests if record.aborted is not None]

    @property
    def running(self) -> list[Record]:
        return [record for record in self.requests if record.ended is None]

    def as_json(self) -> dict[str, Any]:
        return {
            "requests": [asdict(record) for record in self.requests],
            "warm": self.warm,
            "connections": self.connections,
        }


def headers_without_key(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers, lower-cased, those that hold a key left out."""
    return {
        name.lower(): value for name, value in headers.items() if name.lower() not in KEY_HEADERS
    }


def has_key(headers: Mapping[str, str]) -> bool:
    return any(name.lower() in KEY_HEADERS and bool(headers[name].strip()) for name in headers)
