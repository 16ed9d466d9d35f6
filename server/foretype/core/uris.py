"""From a document's URI to a path: one that can be opened, and one that can be judged."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from urllib.parse import unquote

_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]+):")
_ELSEWHERE = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]+)://([^/?#]+)/")
_MEANT = re.compile(r"%(2[35Ff]|3[Ff])")
_DRIVE_OF_URI = re.compile(r"^file:///[A-Za-z]:(?=/|$)", re.IGNORECASE)
_DRIVE = re.compile(r"^/?([A-Za-z]):(?=/|$)")


def path_of(uri: str) -> Path | None:
    """The path of a file's URI, links not resolved; None where there is no file to be opened.

    That is so for every other scheme, such as ``untitled:``, and for what names no absolute path
    on this system.
    """
    scheme = _SCHEME.match(uri)
    if scheme is None or scheme[1].lower() != "file" or "\0" in (decoded := _decoded(uri)):
        return None
    path = Path(_tidy(decoded))
    # Another host's files have a path of their own on Windows alone.
    is_remote = decoded.startswith("//") and not path.drive
    return path if path.is_absolute() and not is_remote else None


def elsewhere(uri: str) -> str:
    """The place of a file that is not on this machine, such as ``vscode-vfs://github``.

    Empty for a file that can be opened, and for what is in no folder, such as ``untitled:``.
    """
    found = _ELSEWHERE.match(uri)
    if found is None or path_of(uri) is not None or found[2].lower() == "localhost":
        return ""
    return f"{found[1].lower()}://{unquote(found[2])}"


def one_spelling(uri: str) -> str:
    """A URI with only those characters escaped that would mean another thing bare, and with a
    drive in lower case: clients spell one file in more ways than one."""
    plain = unquote(_MEANT.sub(lambda escape: f"%25{escape[1]}", uri))
    return _DRIVE_OF_URI.sub(lambda drive: drive[0].lower(), plain)


def path_text(uri_or_path: str) -> str:
    r"""The path that a URI of any scheme names, or a path, with ``/`` for ``\`` on every system.

    For names that are shown or judged, such as by an ignore file; what it gives need not exist.
    """
    return _tidy(_decoded(uri_or_path).replace("\\", "/"))


def _decoded(uri_or_path: str) -> str:
    scheme = _SCHEME.match(uri_or_path)
    if scheme is None:
        return uri_or_path
    path = unquote(re.split(r"[?#]", uri_or_path[scheme.end() :], maxsplit=1)[0])
    if not path.startswith("//"):
        return path
    host, slash, rest = path[2:].partition("/")
    # Only a file's URI has a host that is part of its path; "%3A" may hide in a drive.
    keeps_host = scheme[1].lower() == "file" and host not in ("", "localhost")
    return f"//{host}/{rest}" if keeps_host else slash + rest


def _tidy(path: str) -> str:
    """A path without ``..``, and with a drive in one spelling."""
    if drive := _DRIVE.match(path):
        path = f"{drive[1].lower()}:{path[drive.end() :]}"
    return posixpath.normpath(path) if path else ""
