"""Type a stretch of a file against a server, in the manner of an editor, and count."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benches.ghost_text import shown_by
from benches.manners import Manner
from benches.rpc import Asked, Connection
from benches.tally import Pause, Tally
from foretype.core.deadline import now
from foretype.evaluation.ghost_screen import Screen, is_right
from foretype.evaluation.holes import Hole
from foretype.evaluation.keystrokes import PAUSE_S, keys_at

AGAIN_S = 0.05
"""Text that is typed through is to be offered again within so many seconds."""
LATE_S = 0.01
"""An answer may come so long after the change or cancel that voids it."""
TAB_S = 0.5
"""A user who accepts does so this long after the last key."""


@dataclass(slots=True)
class Pending:
    """A request on its way, and what the editor knew when it asked."""

    asked: Asked
    typed: str
    fits: str = ""
    """What was visible and fitted when it was asked, because it was typed through."""
    voided: float | None = None


class Player:
    """One document being typed."""

    def __init__(
        self,
        connection: Connection,
        manner: Manner,
        tally: Tally,
        *,
        uri: str,
        stretch: Hole,
        seed: int,
        could: Callable[[int], bool] = lambda at: True,
        first_line: bool = False,
    ) -> None:
        self.connection = connection
        self.manner = manner
        self.tally = tally
        self.uri = uri
        self.stretch = stretch
        self.seed = seed
        self.could = could
        self.first_line = first_line
        self.screen = Screen(manner.clears_on_key)
        self.typed = ""
        self.version = 1
        self.pending: list[Pending] = []
        self.key_at = now()
        self.right_at: float | None = None
        self._answers: list[str] = []
        self._first_line = stretch.before.count("\n")
        self._changes: list[dict[str, Any]] = []
        self._sent_at = 0.0
        self._ask: asyncio.TimerHandle | None = None
        self._send: asyncio.TimerHandle | None = None

    # The hand.

    async def play(self, enough: Callable[[], bool]) -> None:
        """Open the document, type the stretch until it is enough, close the document."""
        self.connection.on_answered = self._on_answer
        self.connection.on_notification = self._on_notification
        document = {
            "uri": self.uri,
            "languageId": self.stretch.source.language,
            "version": 1,
            "text": self.stretch.before + self.stretch.after,
        }
        self.connection.notify("textDocument/didOpen", {"textDocument": document})
        self.key_at = now()
        truth = self.stretch.truth
        while len(self.typed) < len(truth) and not enough():
            for key in keys_at(truth, len(self.typed), self.seed):
                if await self._rest(key.after_s):
                    break
                self._press(key.text, deletes=key.deletes)
        await self._finish()

    async def _rest(self, seconds: float) -> bool:
        """Wait until the next key; True if the time was used to accept instead."""
        next_at = self.key_at + seconds
        on_truth = self.stretch.truth.startswith(self.typed)
        if self.manner.accepts and on_truth and seconds > TAB_S:
            await _sleep_until(self.key_at + TAB_S)
            if self._right():
                self._note_pause(TAB_S)
                self._accept()
                return True
        await _sleep_until(next_at)
        # Before its first key the document has only been opened: nothing asks.
        if seconds > PAUSE_S and on_truth and self.typed:
            self._note_pause(seconds)
        return False

    def _note_pause(self, length: float) -> None:
        right_after = None if self.right_at is None else max(self.right_at - self.key_at, 0.0)
        line = self.typed[self.typed.rfind("\n") + 1 :]
        place = f"{self.stretch.source.name}:{len(self.stretch.before) + len(self.typed)} {line!r}"
        could = self.could(len(self.typed))
        began, answers = self.key_at, tuple(self._answers)
        self.tally.pauses.append(
            Pause(length, right_after, could, place, self.seed, began, answers)
        )

    def _press(self, text: str, *, deletes: bool) -> None:
        self.tally.keys += 1
        if deletes:
            self._change(self._position(len(self.typed) - 1), self._position(), "")
            self.typed = self.typed[:-1]
            self.screen.gone()
        else:
            at = self._position()
            self.screen.typed(text)
            self._change(at, at, text)
            self.typed += text
        self._after_key()

    def _accept(self) -> None:
        self.tally.tabs += 1
        self.tally.accepted_chars += len(self.screen.ghost)
        at = self._position()
        self._change(at, at, self.screen.ghost)
        self.typed += self.screen.ghost
        command = self.screen.command
        self.screen.gone()
        self._after_key()
        if command:
            self._flush()
            told = {"command": command["command"], "arguments": command.get("arguments")}
            self.connection.ask("workspace/executeCommand", told)

    def _after_key(self) -> None:
        self.key_at = now()
        self.right_at = None
        self._answers.clear()
        self._look()
        self._send_or_hold()
        if self._ask:
            self._ask.cancel()
        loop = asyncio.get_running_loop()
        self._ask = loop.call_later(self.manner.asks_after_s, self._request)

    async def _finish(self) -> None:
        if self._ask:
            self._ask.cancel()
        self._flush()
        self.connection.notify("textDocument/didClose", {"textDocument": {"uri": self.uri}})
        self.tally.replaced += self.screen.replaced
        self.tally.cleared += self.screen.cleared
        await asyncio.sleep(0.1)

    # The editor.

    def _change(self, start: dict[str, int], end: dict[str, int], text: str) -> None:
        self._changes.append({"range": {"start": start, "end": end}, "text": text})

    def _send_or_hold(self) -> None:
        if self.manner.cancels:
            for pending in self._running():
                if pending.voided is None:
                    self.connection.cancel(pending.asked)
                    self._void(pending)
        wait = self._sent_at + self.manner.holds_s - now()
        if wait <= 0:
            self._flush()
        elif self._send is None:
            self._send = asyncio.get_running_loop().call_later(wait, self._flush)

    def _flush(self) -> None:
        if self._send:
            self._send.cancel()
            self._send = None
        if not self._changes:
            return
        self.version += 1
        document = {"uri": self.uri, "version": self.version}
        changes, self._changes = self._changes, []
        self.connection.notify(
            "textDocument/didChange", {"textDocument": document, "contentChanges": changes}
        )
        self._sent_at = now()
        for pending in self._running():
            self._void(pending)

    def _request(self) -> None:
        self._flush()
        params = {
            "textDocument": {"uri": self.uri},
            "position": self._position(),
            "context": {"triggerKind": 2},
        }
        asked = self.connection.ask("textDocument/inlineCompletion", params)
        self.tally.requests += 1
        self.pending.append(Pending(asked, self.typed, self.screen.fits.rstrip()))

    def _running(self) -> list[Pending]:
        return [pending for pending in self.pending if not pending.asked.answers]

    def _void(self, pending: Pending) -> None:
        if pending.voided is None:
            pending.voided = now()
            if pending.fits and pending.voided - pending.asked.sent > AGAIN_S:
                self.tally.fitting_keys += 1

    def _on_answer(self, asked: Asked) -> None:
        pending = next((each for each in self.pending if each.asked is asked), None)
        if pending is None or len(asked.answers) > 1:
            return
        self.pending.remove(pending)
        self._answers.append(self._told(pending))
        if pending.voided is not None:
            if asked.at - pending.voided > LATE_S:
                self.tally.late.append(asked.at - pending.voided - LATE_S)
            if self.manner.cancels:
                return
        if asked.error:
            return
        line = pending.typed[pending.typed.rfind("\n") + 1 :]
        at = self._position_of(pending.typed)
        text, command = shown_by(asked.result, at["line"], at["character"], line)
        self._note_again(pending, text)
        if pending.typed != self.typed:
            since = self.typed[len(pending.typed) :]
            if not (text and self.typed.startswith(pending.typed) and text.startswith(since)):
                self.tally.stale += bool(text)
                return
            text = text[len(since) :]
        empties = self.manner.cancels or asked.result is not None
        self.screen.answered(text, command=command, empties=empties)
        self._look()

    def _note_again(self, pending: Pending, text: str) -> None:
        if not pending.fits or pending.voided is not None:
            return
        took = pending.asked.at - pending.asked.sent
        self.tally.fitting_keys += 1
        if text and (text.startswith(pending.fits) or pending.fits.startswith(text)):
            self.tally.through.append(took)
            self.tally.offered_again += took <= AGAIN_S

    def _on_notification(self, method: str, params: Any) -> None:
        ready = method == "foretype/suggestionReady" and params.get("uri") == self.uri
        if ready and not self.screen.ghost and not self._running() and not self._changes:
            self._request()

    def _told(self, pending: Pending) -> str:
        asked = pending.asked
        told = asked.error["message"] if asked.error else asked.result
        times = f"{asked.sent - self.key_at:+.3f} {asked.at - self.key_at:+.3f}"
        return f"{times} {json.dumps(told)[:200]}"

    # The eye.

    def _right(self) -> bool:
        remaining = self.stretch.truth[len(self.typed) :] + "\n"
        on_truth = self.stretch.truth.startswith(self.typed)
        return on_truth and is_right(self.screen.ghost, remaining, first_line=self.first_line)

    def _look(self) -> None:
        if self.right_at is None and self._right():
            self.right_at = now()

    # Positions.

    def _position(self, length: int | None = None) -> dict[str, int]:
        return self._position_of(self.typed if length is None else self.typed[:length])

    def _position_of(self, typed: str) -> dict[str, int]:
        line = typed[typed.rfind("\n") + 1 :]
        character = len(line.encode("utf-16-le")) // 2
        return {"line": self._first_line + typed.count("\n"), "character": character}


async def _sleep_until(moment: float) -> None:
    await asyncio.sleep(max(moment - now(), 0))
