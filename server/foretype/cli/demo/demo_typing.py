"""Type a scene with a real server, like VS Code, and measure its ghost text.

A request for every key, 50 ms after it; cancelled by the next; its answer dropped if the text
has moved on; ghost text kept while it is typed through. The typist takes it with Tab when it is
right, and types on when it is not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from foretype.cli.demo.typist import (
    Ghost,
    Page,
    Scene,
    Tally,
    TypingRhythm,
    count_strokes,
    ghost_at,
    right_part,
    strokes,
)
from foretype.cli.lsp_client import Editor, Json, ServerFault
from foretype.core.cursor import Cursor
from foretype.core.text import Edit

REQUEST_DELAY_S = 0.05
"""Seconds that VS Code waits after a key before its request (measured)."""

MIN_KEYS_SAVED = 3
"""Minimum saved keys for which a suggestion is accepted."""


def look_time_s(text: str) -> float:
    """Return the seconds that a person looks at ghost text before accepting it."""
    return min(0.3 + 0.012 * len(text), 0.9)


@dataclass(frozen=True, slots=True)
class DemoMoment:
    """The visible state at one moment."""

    scene: Scene
    page: Page
    ghost: Ghost | None
    tally: Tally
    took_ms: float | None = None
    """Milliseconds from the key to the ghost text."""
    right: str = ""
    """The part of the ghost text that matches the intended text."""
    accepted: tuple[int, int] | None = None
    """The range of text that was just accepted."""


class Watcher:
    """Receives every moment and ignores it; the base class of screens."""

    def typed(self, moment: DemoMoment) -> None:
        """A key was typed."""

    def shown(self, moment: DemoMoment) -> None:
        """New ghost text appeared."""

    def accepted(self, moment: DemoMoment) -> None:
        """Ghost text, or whole lines of it, became text."""


class Session:
    """A simulated user typing one scene."""

    def __init__(
        self, editor: Editor, scene: Scene, *, rhythm: TypingRhythm, tally: Tally, watcher: Watcher
    ) -> None:
        self.page = scene.page
        self.rest = scene.truth
        """The text still to be typed."""
        self.ghost: Ghost | None = None
        self._took_ms: float | None = None
        self._command: Json = None
        self._editor = editor
        self._scene = scene
        self._rhythm = rhythm
        self._tally = tally
        self._watcher = watcher
        self._asking: asyncio.Task[None] | None = None
        self._telling: set[asyncio.Task[None]] = set()
        self._pressed_at = 0.0
        self._news = asyncio.Event()

    async def type_all(self, enough: Callable[[], bool] = lambda: False) -> None:
        """Type the scene to its end, or until ``enough``. Raises ServerFault."""
        self._editor.open(self.page.document)
        last = "\n"
        try:
            while self.rest and not enough():
                stroke = next(strokes(self.rest))
                await self._pause(self._rhythm.before(stroke, last))
                if self._worth_taking():
                    last = await self._look_and_accept()
                else:
                    await self._press(stroke)
                    last = stroke
        finally:
            await self._stop_asking()
            await asyncio.gather(*self._telling)
            self._editor.close(self.page.document)

    async def _pause(self, seconds: float) -> None:
        """Wait for the next key, or until there is ghost text worth taking."""
        try:
            async with asyncio.timeout(seconds):
                while not self._worth_taking():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            # The next key is due.
            return

    async def _press(self, stroke: str) -> None:
        await self._stop_asking()
        self.ghost = self.ghost.after_typing(stroke) if self.ghost else None
        self._change(self.page.typing(stroke))
        self.rest = self.rest[len(stroke) :]
        self._tally.typed += 1
        self._watcher.typed(self._moment())
        self._asking = asyncio.create_task(self._ask())

    async def _look_and_accept(self) -> str:
        """Look at the ghost text, then accept what is right of it. Gives the last key."""
        await asyncio.sleep(look_time_s(self._right_part()) / self._rhythm.pace)
        part = self._right_part()
        ghost = self.ghost
        if ghost is None or not part:
            return " "
        await self._stop_asking()
        whole = part == ghost.text
        before = self.page.offset
        self._change(ghost.accepting(self.page) if whole else self.page.typing(part))
        if whole and self._command:
            self._tell_accepted(self._command)
        self.ghost = None if whole else Ghost(ghost.text[len(part) :], ghost.replaces, ghost.id)
        self._tally.accepted += 1
        self._tally.typed += 1
        self._tally.saved += count_strokes(part) - 1
        self.rest = self.rest[len(part) :]
        self._watcher.accepted(self._moment(accepted=(before, self.page.offset)))
        self._asking = asyncio.create_task(self._ask())
        return "\t"

    def _change(self, edit: Edit) -> None:
        old = self.page
        self.page = old.edited(edit)
        self._editor.change(old.document, edit, self.page.document)
        self._pressed_at = asyncio.get_running_loop().time()

    async def _ask(self) -> None:
        await asyncio.sleep(REQUEST_DELAY_S)
        page = self.page
        self._tally.requests += 1
        try:
            items = await self._editor.ask(Cursor(page.document, page.offset))
        except asyncio.CancelledError:
            self._tally.cancelled += 1
            raise
        # An empty answer leaves what is shown and still fits, as VS Code does.
        if page is not self.page or not items:
            return
        edit, id, command = items[0]
        ghost = ghost_at(page, edit, id)
        if ghost is None or (self.ghost and self.ghost.text == ghost.text):
            return
        self._show(ghost, command)

    def _show(self, ghost: Ghost, command: Json) -> None:
        again = self.ghost is not None and ghost.text.startswith(self.ghost.text)
        self.ghost = ghost
        self._command = command
        if not again:
            since = asyncio.get_running_loop().time() - self._pressed_at
            self._took_ms = since * 1000
            self._tally.shown_ms.append(self._took_ms)
            self._tally.right += bool(self._right_part())
        self._watcher.shown(self._moment())
        self._news.set()

    def _right_part(self) -> str:
        return right_part(self.ghost, self.page, self.rest) if self.ghost else ""

    def _worth_taking(self) -> bool:
        return count_strokes(self._right_part()) >= MIN_KEYS_SAVED

    def _moment(self, accepted: tuple[int, int] | None = None) -> DemoMoment:
        return DemoMoment(
            self._scene,
            self.page,
            self.ghost,
            self._tally,
            took_ms=self._took_ms if self.ghost else None,
            right=self._right_part(),
            accepted=accepted,
        )

    def _tell_accepted(self, command: Json) -> None:
        async def tell() -> None:
            try:
                await self._editor.request(
                    "workspace/executeCommand",
                    {
                        "command": command["command"],
                        "arguments": command.get("arguments") or [],
                    },
                )
            except ServerFault:
                # The next request finds out whether the server is still there.
                pass

        self._telling.add(task := asyncio.create_task(tell()))
        task.add_done_callback(self._telling.discard)

    async def _stop_asking(self) -> None:
        """Cancel the last request. Raises ServerFault where it found the server gone."""
        if self._asking is None:
            return
        # Awaited, so that the cancel goes out before the change that is its cause.
        self._asking.cancel()
        asking, self._asking = self._asking, None
        (fault,) = await asyncio.gather(asking, return_exceptions=True)
        if isinstance(fault, Exception):
            raise fault
