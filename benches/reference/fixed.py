"""*fixed debounce*: 200 ms without a further request, then a stream, then an answer."""

from __future__ import annotations

import asyncio

from lsprotocol import types
from openai import OpenAIError
from pygls.lsp.server import LanguageServer

from benches.reference.common import MAX_TOKENS, Place, client, messages, place, server, shown

DEBOUNCE_S = 0.2

ls = server("fixed debounce")
openai = client()
latest = 0


@ls.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, types.InlineCompletionOptions())
async def inline_completion(
    ls: LanguageServer, params: types.InlineCompletionParams
) -> types.InlineCompletionList | None:
    global latest
    latest += 1
    number, at = latest, place(ls, params)
    await asyncio.sleep(DEBOUNCE_S)
    if number != latest:
        return None
    try:
        text = await complete(at, number)
    except (OpenAIError, ValueError):
        return None
    return shown(text, at)


async def complete(at: Place, number: int) -> str:
    """The model's text; nothing if another request came meanwhile."""
    text = ""
    stream = await openai.chat.completions.create(
        model="scripted",
        messages=messages(at),
        max_tokens=MAX_TOKENS,
        stream=True,
    )
    async with stream:
        async for chunk in stream:
            if number != latest:
                return ""
            if chunk.choices and chunk.choices[0].delta:
                text += chunk.choices[0].delta.content or ""
    return text


if __name__ == "__main__":
    ls.start_io()
