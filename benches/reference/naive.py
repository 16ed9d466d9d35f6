"""*naive*: a request, a chat completion, an answer."""

from __future__ import annotations

from lsprotocol import types
from openai import OpenAIError
from pygls.lsp.server import LanguageServer

from benches.reference.common import MAX_TOKENS, client, messages, place, server, shown

ls = server("naive")
openai = client()


@ls.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, types.InlineCompletionOptions())
async def inline_completion(
    ls: LanguageServer, params: types.InlineCompletionParams
) -> types.InlineCompletionList | None:
    at = place(ls, params)
    try:
        answer = await openai.chat.completions.create(
            model="scripted",
            messages=messages(at),
            max_tokens=MAX_TOKENS,
        )
    except (OpenAIError, ValueError):
        return None
    return shown(answer.choices[0].message.content or "", at) if answer.choices else None


if __name__ == "__main__":
    ls.start_io()
