"""*reuse*: one stream at a time, kept while the user types what it says; no debounce.

The bar: what a careful afternoon's work reaches.
"""

from __future__ import annotations

import asyncio

from lsprotocol import types
from openai import OpenAIError
from pygls.lsp.server import LanguageServer

from benches.reference.common import MAX_TOKENS, Place, client, messages, place, server, shown

ls = server("reuse")
openai = client()


class Generation:
    """One stream and what it has said so far."""

    def __init__(self, at: Place) -> None:
        self.at = at
        self.text = ""
        self.done = self.failed = False
        self.changed = asyncio.Event()
        self.task = asyncio.create_task(self.run())

    async def run(self) -> None:
        try:
            stream = await openai.chat.completions.create(
                model="scripted",
                messages=messages(self.at),
                max_tokens=MAX_TOKENS,
                stream=True,
            )
            async with stream:
                async for chunk in stream:
                    if chunk.choices and chunk.choices[0].delta:
                        self.text += chunk.choices[0].delta.content or ""
                        self.changed.set()
        except (OpenAIError, ValueError):
            self.failed = True
        finally:
            self.done = True
            self.changed.set()

    def rest(self, at: Place) -> str | None:
        """What it says at a place, so far; None where it does not fit."""
        if at.uri != self.at.uri or at.after != self.at.after or self.failed:
            return None
        if not at.before.startswith(self.at.before):
            return None
        typed = at.before[len(self.at.before) :]
        if self.text.startswith(typed):
            rest = self.text[len(typed) :]
            return None if self.done and not rest.strip() else rest
        return "" if not self.done and typed.startswith(self.text) else None


running: Generation | None = None
latest = 0


@ls.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, types.InlineCompletionOptions())
async def inline_completion(
    ls: LanguageServer, params: types.InlineCompletionParams
) -> types.InlineCompletionList | None:
    global running, latest
    latest += 1
    number, at = latest, place(ls, params)
    if running is None or running.rest(at) is None:
        if running is not None:
            running.task.cancel()
        running = Generation(at)
    generation = running
    while number == latest:
        rest = generation.rest(at)
        if rest is None:
            return None
        if generation.done or "\n" in rest.strip():
            whole_lines = rest if generation.done else rest[: rest.rindex("\n")]
            return shown(whole_lines, at)
        generation.changed.clear()
        await generation.changed.wait()
    return None


if __name__ == "__main__":
    ls.start_io()
