"""Make the server: a session, and the features that answer its client."""

from __future__ import annotations

from collections.abc import Mapping

from foretype.lsp.features import (
    completion_menu,
    copilot,
    execute_command,
    initialization,
    inline_completion,
    key_question,
    next_edit,
    text_sync,
)
from foretype.lsp.features.refactoring import requests
from foretype.lsp.session.session import ForetypeServer

FEATURES = (
    initialization,
    text_sync,
    inline_completion,
    completion_menu,
    execute_command,
    key_question,
    next_edit,
    copilot,
    requests,
)
"""The modules that answer the client; each has a function ``register``."""


def make_server(
    environ: Mapping[str, str],
    *,
    watch_parent: bool = False,
    through_port: bool = False,
    traced: bool = False,
    speaks_copilot: bool = False,
) -> ForetypeServer:
    """Make the server for one client, with all features registered.

    ``traced``: the client is shown what is sent and what comes back.
    """
    server = ForetypeServer(environ, watch_parent=watch_parent, through_port=through_port)
    server.speaks_copilot = speaks_copilot
    for feature in FEATURES:
        feature.register(server)
    if traced:
        from foretype.lsp.features import trace

        trace.register(server)
    return server
