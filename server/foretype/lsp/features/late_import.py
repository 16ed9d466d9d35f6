"""What a feature imports only once ``initialize`` is answered, and waits for until then."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
STARTING_S = 5.0
"""How long a request that asks what there is waits for what it needs, in seconds."""


class LateImport(Generic[T]):
    """One object whose modules are imported in a thread."""

    def __init__(self, imports: Callable[[], Callable[[], T]]) -> None:
        """``imports`` imports the modules, and returns what makes the object."""
        self._imports = imports
        self._loading = asyncio.Lock()
        self._loaded = asyncio.Event()
        self.value: T | None = None
        """None until it is loaded."""

    async def load(self) -> T:
        """The object; the first call imports the modules and makes it, however long that takes."""
        async with self._loading:
            if self.value is None:
                make = await asyncio.to_thread(self._imports)
                self.value = make()
                self._loaded.set()
        return self.value

    async def get(self) -> T | None:
        """The object, waited for a little where the server has only just started."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STARTING_S):
                await self._loaded.wait()
        return self.value
