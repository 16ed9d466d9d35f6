"""One client's conversation with its server, over whatever brings the bytes."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from foretype.lsp.session.session import ForetypeServer
    from foretype.lsp.wire.transport import Chunks

log = logging.getLogger(__name__)


async def converse(server: ForetypeServer, chunks: Chunks) -> int:
    """Serve one client until it says ``exit``, is gone, or is given up. Gives the exit code."""
    from foretype.lsp.wire.transport import pump

    protocol = server.protocol
    reading = asyncio.create_task(pump(chunks, protocol))
    ended = asyncio.create_task(protocol.ended.wait())
    try:
        await asyncio.wait({reading, ended}, return_when=asyncio.FIRST_COMPLETED)
        if reading.done() and (fault := reading.exception()) is not None:
            log.error("what the client sends can no longer be read", exc_info=fault)
    finally:
        protocol.end()
        reading.cancel()
        await protocol.abandon()
        await server.close()
    return protocol.exit_code
