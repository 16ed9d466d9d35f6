"""Beginning, settings and folders: what concerns the session rather than a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from foretype.lsp.session.session import ForetypeServer


def register(ls: ForetypeServer) -> None:
    """Follow the session's life. ``shutdown`` and ``exit`` are the protocol's own."""
    ls.feature(types.INITIALIZE)(initialize)
    ls.feature(types.INITIALIZED)(initialized)
    ls.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)(did_change_configuration)
    ls.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)(did_change_workspace_folders)


def initialize(ls: ForetypeServer, params: types.InitializeParams) -> None:
    ls.begin(ls.protocol.initialize_params, params.process_id)


def initialized(ls: ForetypeServer, params: types.InitializedParams) -> None:
    ls.start()


def did_change_configuration(
    ls: ForetypeServer, params: types.DidChangeConfigurationParams
) -> None:
    ls.spawn(ls.reload(params.settings))


def did_change_workspace_folders(
    ls: ForetypeServer, params: types.DidChangeWorkspaceFoldersParams
) -> None:
    ls.refresh()
    # Each folder may bring settings along, such as what is excluded.
    ls.spawn(ls.read_again())
