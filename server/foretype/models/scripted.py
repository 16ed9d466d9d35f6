"""A scripted model for unit tests, which records its prompts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass, field

from foretype.models.measured import Measured
from foretype.models.protocol import Chunk, ModelError, Prompt


@dataclass
class Script:
    """One answer: its pieces, and its delays in seconds."""

    says: Iterable[str | Chunk | ModelError] = ()
    first: float = 0.0
    gap: float = 0.0
    stall: bool = False
    """Never end after the last piece."""


@dataclass
class ScriptedModel:
    """Plays its scripts in order, repeating the last one.

    >>> model = ScriptedModel(Script(["return a", " + b"], first=0.2, gap=0.03))
    """

    scripts: list[Script]
    prompts: list[Prompt] = field(default_factory=list)
    aborted: list[int] = field(default_factory=list)
    """Indices of the streams that were closed before their end."""
    running: int = 0
    name: str = "scripted"
    measured: Measured = field(default_factory=Measured)

    def __init__(self, *scripts: Script | str) -> None:
        self.scripts = [s if isinstance(s, Script) else Script([s]) for s in scripts]
        self.prompts = []
        self.aborted = []
        self.running = 0
        self.name = "scripted"
        self.measured = Measured()

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        number = len(self.prompts)
        self.prompts.append(prompt)
        script = self.scripts[min(number, len(self.scripts) - 1)]
        finished = False
        self.running += 1
        try:
            await asyncio.sleep(script.first)
            for piece in script.says:
                if isinstance(piece, ModelError):
                    finished = True
                    raise piece
                yield piece if isinstance(piece, Chunk) else Chunk(text=piece)
                await asyncio.sleep(script.gap)
            if script.stall:
                await asyncio.Event().wait()
            yield Chunk(finish="stop")
            finished = True
        finally:
            self.running -= 1
            if not finished:
                self.aborted.append(number)

    async def warm(self) -> None:
        return None

    async def close(self) -> None:
        return None
