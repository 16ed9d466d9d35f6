"""Ask the user one question, through ``window/showMessageRequest``."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

if TYPE_CHECKING:
    from foretype.lsp.session.session import ForetypeServer

ANSWER_S = 300.0
"""How long a question stands, in seconds."""


class Unanswered(Exception):
    """The user was not asked, or did not answer; the text is the reason, for the user."""


async def ask(
    ls: ForetypeServer,
    question: str,
    titles: Iterable[str],
    kind: types.MessageType = types.MessageType.Info,
) -> str | None:
    """The title of what the user chose; None where the question was closed.

    Unanswered: there is no answer.
    """
    actions = [types.MessageActionItem(title=title) for title in titles]
    message = f"foretype: {question}"
    params = types.ShowMessageRequestParams(type=kind, message=message, actions=actions)
    try:
        async with asyncio.timeout(ANSWER_S):
            # A cancel does not take back the request itself.
            chosen = await asyncio.shield(
                asyncio.ensure_future(ls.window_show_message_request_async(params))
            )
    except JsonRpcException as refused:
        raise Unanswered(f"the editor did not ask you: {refused.message}") from None
    except TimeoutError:
        minutes = round(ANSWER_S / 60)
        raise Unanswered(f"its question was not answered within {minutes} minutes") from None
    return chosen.title if chosen is not None else None
