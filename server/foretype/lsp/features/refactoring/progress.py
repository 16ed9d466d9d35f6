"""What the user sees of a run: its progress while it goes on, and a sentence at its end.

Nothing waits for the client here: the model is asked while the client still makes its progress.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

if TYPE_CHECKING:
    from foretype.lsp.session.session import ForetypeServer
    from foretype.refactor.outcome import Progress

DOCUMENT = "foretype/document"
"""The notification by which our extensions get a text to be shown."""
INTERVAL_S = 0.1
"""The least time between two reports, in seconds: a client draws each of them."""
WAITS_S = 0.01
"""How long the client is not asked to make it, in seconds: first the model's request leaves."""
CREATED_S = 10.0
"""How long a client may take to make its progress, in seconds; one that never does gets none."""


@dataclass(slots=True)
class RunProgress:
    """The work-done progress of one run."""

    ls: ForetypeServer
    token: str
    title: str
    _shown: bool = False
    _reported: float = float("-inf")
    _first: str = ""
    _latest: Progress | None = None
    _ending: str | None = None

    def begin(self, message: str) -> None:
        """Have the client show it with a first message, where it can."""
        self._first = message
        if self.ls.profile.has_progress:
            self.ls.spawn(self._begin())

    def report(self, progress: Progress) -> None:
        """Show how far it is: a new stage at once."""
        is_new = progress.stage not in ("", self._latest.stage if self._latest else self._first)
        self._latest = progress
        now = asyncio.get_running_loop().time()
        if not self._shown or (not is_new and now - self._reported < INTERVAL_S):
            return
        self._reported = now
        report = types.WorkDoneProgressReport(cancellable=True, message=line(progress))
        self.ls.work_done_progress.report(self.token, report)

    def end(self, message: str) -> None:
        """Show how it ended."""
        self._ending = message
        if self._shown:
            self.ls.work_done_progress.end(self.token, types.WorkDoneProgressEnd(message=message))
            self.ls.work_done_progress.tokens.pop(self.token, None)

    async def _begin(self) -> None:
        await asyncio.sleep(WAITS_S)
        params = types.WorkDoneProgressCreateParams(token=self.token)
        try:
            async with asyncio.timeout(CREATED_S):
                await asyncio.shield(
                    asyncio.ensure_future(self.ls.window_work_done_progress_create_async(params))
                )
        except (JsonRpcException, TimeoutError):
            return
        self._shown = True
        message = self._first if self._latest is None else line(self._latest)
        title = f"foretype: {self.title}"
        begin = types.WorkDoneProgressBegin(title=title, cancellable=True, message=message)
        self.ls.work_done_progress.begin(self.token, begin)
        if self._ending is not None:
            self.end(self._ending)


def tell(ls: ForetypeServer, sentence: str, kind: types.MessageType) -> None:
    """Show the user a sentence."""
    message = f"foretype: {sentence[:1].lower()}{sentence[1:]}"
    ls.window_show_message(types.ShowMessageParams(type=kind, message=message))


def show_text(ls: ForetypeServer, title: str, text: str) -> None:
    """Show the user a text: as a document in our extensions, as a message elsewhere."""
    if ls.profile.shows_status:
        ls.notifier.send(DOCUMENT, {"title": title, "text": text})
    else:
        tell(ls, f"{title}:\n{text}", types.MessageType.Info)


def line(progress: Progress) -> str:
    """What a report says: what is done, or the newest line that arrived."""
    lines = [text for text in progress.text.split("\n") if text.strip()]
    if progress.stage or not lines:
        return progress.stage
    return f"{len(lines)} lines · {lines[-1].strip()[:60]}"
