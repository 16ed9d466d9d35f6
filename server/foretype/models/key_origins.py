"""Where a general key may be sent: to the first endpoint that it served, and to agreed ones.

A key in ``FORETYPE_API_KEY`` or ``api_key`` names no endpoint, and what names one may change
without the user. So the origin that the key first served is remembered, as a salted hash in the
state folder, and another one gets it only after the user agreed once. This machine always may.
Blocks: call it in a thread first; afterwards what is in the file is known.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from foretype.core.atomic_write import write_atomically
from foretype.core.state_file import read_state
from foretype.settings.providers import is_loopback, origin_of
from foretype.spending.ledger import file_beside

FILE = "key_origins.json"
MAX_FILE_BYTES = 100_000
MAX_KEYS = 200
"""Keys that are remembered, those heard of last."""
SALT_BYTES = 16
HASH_BYTES = 16


@dataclass(slots=True)
class _Known:
    """What the file holds: hashes of keys, and of each key with its origins."""

    salt: bytes = field(default_factory=lambda: secrets.token_bytes(SALT_BYTES))
    origins: dict[str, list[str]] = field(default_factory=dict)

    def hash(self, *texts: str) -> str:
        text = "\n".join(texts).encode("utf-8", "surrogatepass")
        return hashlib.blake2b(text, key=self.salt, digest_size=HASH_BYTES).hexdigest()


_known: dict[Path, _Known] = {}


def may_serve(key: str, url: str, environ: Mapping[str, str]) -> bool:
    """Whether a general key may be sent to a URL. Never raises."""
    file = _file(environ)
    if file is None or is_loopback(url):
        return True
    if file not in _known:
        _known[file] = _read(file)
    known = _known[file]
    bound = known.origins.get(known.hash(key))
    return bound is None or known.hash(key, origin_of(url)) in bound


def served(key: str, url: str, environ: Mapping[str, str]) -> None:
    """Remember the first origin that a key has served; later ones only if they were agreed to."""
    if may_serve(key, url, environ):
        agree(key, url, environ)


def agree(key: str, url: str, environ: Mapping[str, str]) -> None:
    """Let a key be sent to a URL's origin from now on. Never raises.

    Where the file cannot be written, that holds for this process.
    """
    file = _file(environ)
    if file is None or is_loopback(url):
        return
    known = _known[file] = _read(file)  # Another server may have written meanwhile.
    name, pair = known.hash(key), known.hash(key, origin_of(url))
    bound = known.origins.pop(name, [])
    known.origins[name] = bound if pair in bound else [*bound, pair]
    while len(known.origins) > MAX_KEYS:
        del known.origins[next(iter(known.origins))]
    if pair in bound:
        return
    data = {"salt": known.salt.hex(), "origins": known.origins}
    with contextlib.suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(file, json.dumps(data).encode())


def retry() -> None:
    """Read the file again when it is needed next."""
    _known.clear()


def _file(environ: Mapping[str, str]) -> Path | None:
    try:
        return file_beside(environ, FILE)
    except RuntimeError:  # There is no home.
        return None


def _read(file: Path) -> _Known:
    """Read the file; what cannot be read was not written by us, and says nothing."""
    with contextlib.suppress(OSError, ValueError, LookupError, TypeError, AttributeError):
        found = json.loads(read_state(file, MAX_FILE_BYTES))
        salt = bytes.fromhex(found["salt"])
        origins = {str(name): [str(each) for each in of] for name, of in found["origins"].items()}
        if 0 < len(salt) <= hashlib.blake2b.MAX_KEY_SIZE:
            return _Known(salt, origins)
    return _Known()
