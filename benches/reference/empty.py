"""A pygls server that has nothing to say: what the framework itself costs."""

from __future__ import annotations

import logging

from lsprotocol import types
from pygls.lsp.server import LanguageServer

logging.getLogger("pygls").setLevel(logging.ERROR)
ls = LanguageServer("empty", "1")


@ls.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, types.InlineCompletionOptions())
async def inline_completion(params: types.InlineCompletionParams) -> None:
    return None


if __name__ == "__main__":
    ls.start_io()
