"""The scripted upstream on an event loop of its own, for tests that drive processes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from foretype.upstream import Log, ScriptedUpstream


class Upstream:
    """What tests need of a scripted upstream that runs elsewhere."""

    def __init__(self, up: ScriptedUpstream, loop: asyncio.AbstractEventLoop) -> None:
        self._up = up
        self.loop = loop
        self.url = up.url

    @property
    def log(self) -> Log:
        return self._up.log

    def says(self, text: str = "pass", **script: Any) -> None:
        """Forget everything, and from now on say this."""

        def change() -> None:
            self._up.reset()
            self._up.script = self._up.script.changed({"text": text, **script})

        self._do(change)

    def next(self, *changes: str | Mapping[str, Any]) -> None:
        self._do(lambda: self._up.next(*changes))

    def _do(self, change: Any) -> None:
        done = threading.Event()

        def run() -> None:
            change()
            done.set()

        self.loop.call_soon_threadsafe(run)
        assert done.wait(30)


@contextmanager
def upstream() -> Iterator[Upstream]:
    """A scripted upstream that runs until the block ends."""
    started: list[Upstream] = []
    ready, stop = threading.Event(), asyncio.Event()

    async def main() -> None:
        async with ScriptedUpstream() as up:
            started.append(Upstream(up, asyncio.get_running_loop()))
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    assert ready.wait(30)
    try:
        yield started[0]
    finally:
        started[0].loop.call_soon_threadsafe(stop.set)
        thread.join()
