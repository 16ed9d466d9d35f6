"""What the reference servers share: a pygls server, the SDK's client, one prompt for all.

Told by the environment, as foretype is: ``FORETYPE_BASE_URL``, ``FORETYPE_API_KEY``.
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass

from lsprotocol import types
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionMessageParam
from pygls.lsp.server import LanguageServer

from benches.reference.reusing import Around

MAX_TOKENS = 128
_BEFORE, _AFTER = 4000, 1000

_SYSTEM = "Continue the code at the cursor. Answer with the inserted text only, without fences."


@dataclass(frozen=True, slots=True)
class Place:
    """A document and a cursor in it, as one request found them."""

    uri: str
    before: str
    after: str
    position: types.Position


def server(name: str) -> LanguageServer:
    logging.getLogger("pygls").setLevel(logging.ERROR)
    return LanguageServer(name, "1")


def client() -> AsyncOpenAI:
    return AsyncOpenAI(
        base_url=os.environ["FORETYPE_BASE_URL"],
        api_key=os.environ.get("FORETYPE_API_KEY", "not-a-key"),
        max_retries=0,
        timeout=30,
    )


def place(ls: LanguageServer, params: types.InlineCompletionParams) -> Place:
    document = ls.workspace.get_text_document(params.text_document.uri)
    source, offset = document.source, document.offset_at_position(params.position)
    return Place(document.uri, source[:offset], source[offset:], params.position)


def messages(at: Place | Around) -> list[ChatCompletionMessageParam]:
    task = (
        f"File: {at.uri.rpartition('/')[2]}\n"
        f"Text after the cursor:\n{at.after[:_AFTER]}\n\n"
        f"Text before the cursor:\n{at.before[-_BEFORE:]}<|cursor|>"
    )
    return [{"role": "system", "content": _SYSTEM}, {"role": "user", "content": task}]


def shown(text: str, at: Place) -> types.InlineCompletionList | None:
    if not text.strip():
        return None
    where = types.Range(start=at.position, end=at.position)
    return types.InlineCompletionList(
        items=[types.InlineCompletionItem(insert_text=text, range=where)]
    )
