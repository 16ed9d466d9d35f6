"""The client's part in the settings: what it sends at its start, and what it tells when asked."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from foretype.lsp.session.client_profiles import GENERIC, ClientProfile

log = logging.getLogger(__name__)

ANSWER_S = 10.0
"""How long a client may take to tell its configuration, in seconds."""
SECTION = "foretype"


class ClientSettings:
    """What one client has configured, as raw JSON."""

    def __init__(self, server: LanguageServer) -> None:
        self._server = server
        self.profile: ClientProfile = GENERIC
        self.init_options: Any = None
        self.workspace: Any = None
        self.ignored: frozenset[str] = frozenset()
        """Names of what the client sends along and is no setting of ours."""

    async def follow(self) -> None:
        """Have the client tell whenever its configuration changes."""
        if self.profile.registers_configuration:
            await self.register_late(
                types.WORKSPACE_DID_CHANGE_CONFIGURATION,
                types.DidChangeConfigurationRegistrationOptions(section=SECTION),
            )

    async def take(self, pushed: Any) -> None:
        """The client says that something changed. Those that cannot be asked send it along."""
        if self.profile.pulls_configuration:
            await self.pull()
        else:
            if isinstance(pushed, dict):
                pushed = {name: v for name, v in pushed.items() if name not in self.ignored}
            self.workspace = pushed

    async def pull(self) -> bool:
        """Ask the client for its configuration. Whether there is one, or was."""
        if not self.profile.pulls_configuration:
            return False
        items = [types.ConfigurationItem(section=SECTION)]
        try:
            async with asyncio.timeout(ANSWER_S):
                asked = self._server.workspace_configuration_async(types.ConfigurationParams(items))
                found = await asked
        except Exception as fault:
            log.info("the client did not tell its configuration: %s", type(fault).__name__)
            return False
        config = found[0] if found else None
        if config is None and self.workspace is None:
            return False
        self.workspace = config
        return True

    async def register_late(self, method: str, options: Any) -> None:
        """Offer something that was not offered in the answer to ``initialize``."""
        registration = types.Registration(id=method, method=method, register_options=options)
        try:
            async with asyncio.timeout(ANSWER_S):
                await self._server.client_register_capability_async(
                    types.RegistrationParams(registrations=[registration])
                )
        except Exception as fault:
            log.info("the client did not register %s: %s", method, type(fault).__name__)
