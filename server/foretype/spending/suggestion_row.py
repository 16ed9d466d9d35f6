"""What is kept of one answer: times, counts and outcome; never code, never a path."""

from __future__ import annotations

import re
import secrets
import time
from collections import Counter
from dataclasses import dataclass, fields

MAX_NAME_CHARS = 200
"""Characters kept of a model's name."""
_PLAIN_NAME = re.compile(r"[\w.+#-]{1,40}")

_KEY_BITS = 20
"""Bits of a key beside the time: two servers hardly choose the same in one millisecond."""


@dataclass(slots=True, kw_only=True)
class SuggestionRow:
    """One answer to a request. Sorted by its key, which begins with the time."""

    key: int
    day: str
    model: str = ""
    """The model's name; ``embedded`` for the embedded engine, empty if nothing was asked."""
    provider: str = ""
    """Where the model was asked, as in the settings."""
    language: str = ""
    editor: str = ""
    invoked: int = 0
    """1 if the user explicitly invoked it."""
    source: str = ""
    """``model``, ``reuse`` or ``local``; empty if nothing was shown."""
    outcome: str = "none"
    """``none`` (nothing was shown), ``shown``, ``accepted``, ``partly``, ``typed`` or
    ``rejected``."""
    reason: str = ""
    """Why nothing was shown."""
    answer_ms: float | None = None
    """From the request to its answer."""
    asked_ms: float | None = None
    """From the request until the model was asked; 0 if it was asked before."""
    first_token_ms: float | None = None
    """From there to the model's first token."""
    whole_ms: float | None = None
    """From there to the end of the stream."""
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = None
    characters: int = 0
    """Characters that were shown."""
    accepted_characters: int = 0
    kept: float | None = None
    """The share of the accepted text that was still there after 30 seconds, from 0 to 1."""
    kept_at_save: float | None = None
    """The same when the file was last saved."""


FIELDS = tuple(field.name for field in fields(SuggestionRow))


def new_key() -> int:
    """Return a key for now."""
    return (time.time_ns() // 1_000_000 << _KEY_BITS) | secrets.randbits(_KEY_BITS)


def key_at(unix_s: float) -> int:
    """Return the lowest key of a moment."""
    return int(unix_s * 1000) << _KEY_BITS


def time_of(key: int) -> float:
    """Return a key's moment, in seconds since 1970."""
    return (key >> _KEY_BITS) / 1000


def plain_name(name: str) -> str:
    """Return a client's name for a language or an editor; ``other`` for what may be anything."""
    return name if not name or _PLAIN_NAME.fullmatch(name) else "other"


@dataclass(frozen=True, slots=True)
class TallyKey:
    """What a tally counts, and of what."""

    day: str
    model: str
    language: str
    editor: str
    what: str
    """Such as ``shown``, ``reason:deadline`` or ``ms:answer:57``, a bucket of a histogram."""


Tallies = Counter[TallyKey]
