"""Ask whether a general key may be sent to another endpoint than it served so far."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from foretype.lsp.features.asking import Unanswered, ask

if TYPE_CHECKING:
    from foretype.lsp.session.session import ForetypeServer
    from foretype.models.endpoint_choice import KeyNotAgreed

SEND, DO_NOT_SEND = "Send the key", "Do not send it"


def register(ls: ForetypeServer) -> None:
    """Ask when it is known that the key would go elsewhere, once a session for each host."""
    asked: set[str] = set()

    def opened() -> None:
        question = ls.services.key_question
        if question is not None and question.origin not in asked:
            asked.add(question.origin)
            ls.spawn(_ask(ls, question))

    ls.events.model_opened.append(opened)


async def _ask(ls: ForetypeServer, question: KeyNotAgreed) -> None:
    """Ask the user, and send the key there from now on if the answer is yes."""
    if not ls.profile.can_show_message_request:
        return
    with contextlib.suppress(Unanswered):
        if await ask(ls, question.question, (SEND, DO_NOT_SEND)) == SEND:
            await send(ls, question)


async def send(ls: ForetypeServer, question: KeyNotAgreed) -> None:
    """Send the key there from now on: the user agreed."""
    await asyncio.to_thread(question.agree)
    await ls.open_model_anew()
