"""API keys in the system's keyring, each for one origin: scheme, host and port.

Needs the package ``keyring``, which is an extra. Which origins have a key stands in a small file,
so that the keyring, which may ask the user something, is opened for those alone. Blocks: call it
in a thread first; afterwards the answer is known.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from foretype.core.atomic_write import write_atomically
from foretype.core.state_file import read_state
from foretype.settings.providers import origin_of
from foretype.spending.ledger import file_beside

SERVICE = "foretype"
FILE = "logins.json"
MAX_FILE_BYTES = 100_000
INSTALL = "The system's keyring needs the package keyring: `pipx inject foretype keyring`."

_known: dict[tuple[Path, str], str] = {}
"""Keys, by the file that names them and their origins; empty for none."""


class KeyringUnusable(Exception):
    """The system's keyring cannot be used. The text is a sentence for the user."""


def key_for(url: str, environ: Mapping[str, str]) -> str:
    """Return the key that was stored for a URL's origin; empty if there is none.

    Raises KeyringUnusable if one was stored and cannot be had.
    """
    file = _file(environ)
    if file is None:
        return ""
    known = file, origin_of(url)
    if known not in _known:
        _known[known] = _read(*known)
    return _known[known]


def retry() -> None:
    """Look again for keys where there were none."""
    for known in [known for known, key in _known.items() if not key]:
        del _known[known]


def store(url: str, key: str, environ: Mapping[str, str]) -> None:
    """Store a key for a URL's origin. Raises KeyringUnusable."""
    file = _file(environ)
    if file is None:
        raise KeyringUnusable("Nothing is stored while FORETYPE_LEDGER is :memory:.")
    origin = origin_of(url)
    _call("set_password", SERVICE, origin, key)
    _write_origins(file, {*_origins(file), origin})
    _known.pop((file, origin), None)


def delete(url: str, environ: Mapping[str, str]) -> bool:
    """Delete the key of a URL's origin; False if there was none. Raises KeyringUnusable."""
    file, origin = _file(environ), origin_of(url)
    if file is None or origin not in _origins(file):
        return False
    _write_origins(file, _origins(file) - {origin})
    _known.pop((file, origin), None)
    _call("delete_password", SERVICE, origin)
    return True


def _read(file: Path, origin: str) -> str:
    if origin not in _origins(file):
        return ""
    return _call("get_password", SERVICE, origin) or ""


def _call(name: str, *arguments: str) -> str | None:
    """Call the keyring, unless it would keep keys as plain text."""
    try:
        keyring: Any = import_module("keyring")
    except ImportError:
        raise KeyringUnusable(INSTALL) from None
    try:
        for backend in _backends(keyring.get_keyring()):
            if _is_unsafe(backend):
                raise KeyringUnusable(
                    "The system has no keyring but a file of plain text, in which no key is "
                    "stored. Set api_key_env or api_key_command instead."
                )
        found: str | None = getattr(keyring, name)(*arguments)
    except KeyringUnusable:
        raise
    except Exception as fault:  # Each backend has errors of its own.
        raise KeyringUnusable(
            f"The system's keyring cannot be used ({type(fault).__name__}). Unlock it, or set "
            "api_key_env or api_key_command instead."
        ) from None
    return found


def _backends(keyring: Any) -> list[Any]:
    """Return the backends behind one that tries several."""
    return list(getattr(keyring, "backends", None) or [keyring])


def _is_unsafe(backend: Any) -> bool:
    name = f"{type(backend).__module__}.{type(backend).__name__}"
    return name.startswith(("keyrings.alt", "keyring.backends.fail", "keyring.backends.null"))


def _file(environ: Mapping[str, str]) -> Path | None:
    return file_beside(environ, FILE)


def _origins(file: Path) -> set[str]:
    with contextlib.suppress(OSError, ValueError, RecursionError):
        found = json.loads(read_state(file, MAX_FILE_BYTES))
        if isinstance(found, list):
            return {origin for origin in found if isinstance(origin, str)}
    return set()


def _write_origins(file: Path, origins: set[str]) -> None:
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(file, json.dumps(sorted(origins)).encode())
    except OSError as fault:
        raise KeyringUnusable(f"{file} cannot be written ({type(fault).__name__}).") from None
