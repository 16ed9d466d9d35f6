"""The folders of the client's workspace, as paths."""

from __future__ import annotations

from pathlib import Path

from pygls.workspace import Workspace

from foretype.core.uris import path_of


def folders_of(workspace: Workspace) -> tuple[Path, ...]:
    """The folders that lie on this machine; the root where the client names no folders."""
    folders = [folder.uri for folder in workspace.folders.values()]
    uris = folders or ([workspace.root_uri] if workspace.root_uri else [])
    paths = [path_of(uri) for uri in uris]
    return tuple(path for path in paths if path is not None)
