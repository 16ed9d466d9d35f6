"""A pygls server that has nothing to say: what the framework itself costs."""

from __future__ import annotations

import asyncio
import logging
import os

from lsprotocol import types
from pygls.lsp.server import LanguageServer

logging.getLogger("pygls").setLevel(logging.ERROR)
SLEEP_S = float(os.environ.get("FORETYPE_BENCH_SLEEP_MS", "0")) / 1000
ls = LanguageServer("empty", "1")


@ls.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, types.InlineCompletionOptions())
async def inline_completion(params: types.InlineCompletionParams) -> None:
    await asyncio.sleep(SLEEP_S)


if __name__ == "__main__":
    ls.start_io()
