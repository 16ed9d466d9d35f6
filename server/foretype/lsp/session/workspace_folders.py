"""The folders of the client's workspace."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pygls.workspace import Workspace

from foretype.core.uris import path_of


def folder_uris(workspace: Workspace) -> list[str]:
    """The folders as the client names them; the root where it names none."""
    folders = [folder.uri for folder in workspace.folders.values()]
    return folders or ([workspace.root_uri] if workspace.root_uri else [])


def folders_of(uris: Iterable[str]) -> tuple[Path, ...]:
    """The folders that are on this machine."""
    return tuple(path for uri in uris if (path := path_of(uri)) is not None)
