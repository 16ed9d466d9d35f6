"""When the session's model is asked for the next edit, and who waits how long for it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from foretype.core.cursor import Cursor
from foretype.core.text import Document

if TYPE_CHECKING:
    from foretype.lsp.session.session import ForetypeServer
    from foretype.next_edit.model.model_edits import ModelEdits

HOLD_S = 1.5
"""How long a request waits for the model, in seconds. What comes later is announced."""
READY = "foretype/nextEditReady"


async def ask(ls: ForetypeServer, edits: ModelEdits, cursor: Cursor) -> None:
    """Ask the model about a place, unless something speaks against it, and wait a while."""
    model = ls.services.model
    if model is None:
        return
    loop, document = asyncio.get_running_loop(), cursor.document
    if (wait_s := edits.wait_s(cursor, loop.time())) > 0:
        await asyncio.sleep(wait_s)
    if ls.documents.get(document.uri) != document:
        return
    task = edits.running
    if task is None:
        is_visible = ls.service is not None and ls.service.is_visible(cursor)
        silence = edits.why_silent(cursor, loop.time(), ghost_text=is_visible)
        if silence is not None:
            edits.why = f"the model was not asked: {silence.value}"
            return
        task = edits.start(model, cursor, ls.documents.get)
    if task is None:
        return
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(HOLD_S):
            # A request that is cancelled ends its waiting, not the stream.
            await asyncio.wait([task])
            return
    if ls.settings.notify_late:
        task.add_done_callback(lambda _: _announce(ls, document))


def _announce(ls: ForetypeServer, document: Document) -> None:
    """Tell the client to ask again, where the text is still the same."""
    if ls.documents.get(document.uri) == document:
        ls.notifier.send(READY, {"uri": document.uri, "version": document.version})
