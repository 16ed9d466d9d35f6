"""*reuse*: one stream at a time, kept while the user types what it says; no debounce.

The bar: what a careful afternoon's work reaches. Its way is in ``reusing.py``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from lsprotocol import types
from openai import OpenAIError
from pygls.lsp.server import LanguageServer

from benches.reference.common import MAX_TOKENS, client, messages, place, server, shown
from benches.reference.reusing import Around, Failed, Reuse

ls = server("reuse")
openai = client()


async def ask(at: Around) -> AsyncIterator[str]:
    """Ask the model what follows a place; give its text piece by piece."""
    try:
        stream = await openai.chat.completions.create(
            model="scripted",
            messages=messages(at),
            max_tokens=MAX_TOKENS,
            stream=True,
        )
        async with stream:
            async for chunk in stream:
                if chunk.choices and chunk.choices[0].delta:
                    yield chunk.choices[0].delta.content or ""
    except (OpenAIError, ValueError) as error:
        raise Failed from error


reuse = Reuse(ask)


@ls.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, types.InlineCompletionOptions())
async def inline_completion(
    ls: LanguageServer, params: types.InlineCompletionParams
) -> types.InlineCompletionList | None:
    at = place(ls, params)
    return shown(await reuse.answer(Around(at.uri, at.before, at.after)), at)


if __name__ == "__main__":
    ls.start_io()
