"""Have the client apply what a run staged, and see that it did.

The changes are placed in the text as it is by now, sent by ``workspace/applyEdit`` in the
client's own manner, and compared with the change that follows. Nothing is applied blindly.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from foretype.core.edits import with_edits
from foretype.core.text import Document
from foretype.core.uris import path_of
from foretype.lsp.features.asking import ANSWER_S
from foretype.lsp.features.refactoring.confirming import DECLINED, PREVIEW_ENDED
from foretype.lsp.features.refactoring.following import Declined, Run, Stop
from foretype.lsp.features.refactoring.placing import edits_now
from foretype.lsp.features.refactoring.workspace_edit import Confirmation, parts, to_workspace_edit
from foretype.refactor.outcome import Change, FileEdit

if TYPE_CHECKING:
    from foretype.lsp.session.session import ForetypeServer

APPLY_S = 30.0
"""How long a client may take to apply an edit, in seconds; it may ask the user first."""
FOLLOWS_S = 2.0
"""How long after an applied edit the change may take to arrive, in seconds."""
CROSSES_S = 0.3
"""How long a change may take to arrive that made the client refuse an edit, in seconds."""
CLOSES_S = 2.0
"""How long a client may take to close a preview of a run that was cancelled, in seconds."""
TRIES = 3
"""How often an edit is sent that keeps being crossed by keys. One that the user is shown first is
placed and shown anew as often as they type."""


async def apply(
    ls: ForetypeServer, run: Run, changes: tuple[Change, ...], confirmation: Confirmation | None
) -> int:
    """Have all changes applied; how many files the user left out, who was shown them first.

    Declined: all of them. Stop: they were not applied, or only some of them.
    """
    await edits_now(ls, run, changes)  # all fit, or none is sent
    n_done = left_out = 0
    for part in parts(changes, ls.profile):
        try:
            left_out += await _apply(ls, run, part, confirmation)
        except Stop as stop:
            if not n_done:
                raise
            done = f"only {n_done} of {len(changes)} files were changed, undo them or run it again"
            raise Stop(f"{done}: {stop}") from None
        n_done += len(part)
    return left_out


async def _apply(
    ls: ForetypeServer, run: Run, changes: tuple[Change, ...], confirmation: Confirmation | None
) -> int:
    """One request; once more where a key crossed it on the way. How many files were left out."""
    reviews = confirmation is not None or ls.profile.reviews_edits
    for _ in itertools.count() if ls.profile.reviews_edits else range(TRIES):
        edits = await edits_now(ls, run, changes)
        reason = await _refusal(ls, run, edits, confirmation, ANSWER_S if reviews else APPLY_S)
        if reason is None:
            break
        if not await _has_moved(ls, run, edits):
            if reviews and not reason:
                raise Declined(DECLINED)
            raise Stop(f"the editor did not apply the edit{reason}")
    else:
        raise Stop(f"the text changes too fast to be edited{reason}")
    left_out = 0
    for edit in edits:
        if edit.document is not None and ls.documents.get(edit.uri) is not None:
            try:
                await _see(ls, run, edit.uri, with_edits(edit.document.text, edit.edits))
            except Stop:
                current = ls.documents.get(edit.uri)
                if not confirmation or not is_part(edit, current):
                    raise
                left_out += current == edit.document
        elif confirmation and edit.document is None:
            path = path_of(edit.uri)
            left_out += path is None or not await asyncio.to_thread(path.exists)
    return left_out


async def _refusal(
    ls: ForetypeServer,
    run: Run,
    edits: list[FileEdit],
    confirmation: Confirmation | None,
    limit_s: float,
) -> str | None:
    """Why the client did not apply the edits; None where it did."""
    edit = to_workspace_edit(edits, ls.documents, ls.profile, confirmation)
    if edit is None:
        raise Stop("this editor cannot create files")
    params = types.ApplyWorkspaceEditParams(edit=edit, label=f"foretype: {run.offer.title}")
    sent, run.sent = run.sent, True
    request = asyncio.ensure_future(ls.workspace_apply_edit_async(params))
    try:
        async with asyncio.timeout(limit_s):
            # Cancelling the run does not take back the request itself.
            result = await asyncio.shield(request)
    except asyncio.CancelledError:
        if confirmation and ls.profile.closes_previews:
            ls.notifier.send(PREVIEW_ENDED, {"id": run.id})
            run.sent = sent or await _is_applied(request)
        raise
    except JsonRpcException as refused:
        run.sent = sent
        return f": {refused.message}"
    except TimeoutError:
        raise Stop("the editor did not say whether it applied the edit") from None
    if result.applied:
        return None
    run.sent = sent
    return f": {result.failure_reason}" if result.failure_reason else ""


async def _is_applied(request: asyncio.Future[types.ApplyWorkspaceEditResult]) -> bool:
    """Whether an edit was applied whose preview is being closed."""
    with contextlib.suppress(JsonRpcException, TimeoutError):
        async with asyncio.timeout(CLOSES_S):
            return (await asyncio.shield(request)).applied
    return True


async def _has_moved(ls: ForetypeServer, run: Run, edits: list[FileEdit]) -> bool:
    """Whether a document is newer than the edits, which would be why they were refused."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(CROSSES_S):
            while True:
                for edit in edits:
                    if edit.document is not None and ls.documents.get(edit.uri) != edit.document:
                        return True
                run.moved.clear()
                await run.moved.wait()
    return False


async def _see(ls: ForetypeServer, run: Run, uri: str, text: str) -> None:
    """Wait for the change that an applied edit makes, and compare it. What is typed right after
    it makes another version, which is none of this run's business."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(FOLLOWS_S):
            while (now := ls.documents.get(uri)) is not None and not run.was(text, now):
                run.moved.clear()
                await run.moved.wait()
            return
    raise Stop("the text after the edit is not what was checked: look at it, or undo")


def is_part(edit: FileEdit, current: Document | None) -> bool:
    """Whether a document has some of an edit's parts, or none, and nothing else."""
    if edit.document is None or current is None:
        return False
    text, end, pattern = edit.document.text, 0, ""
    for one in edit.edits:
        old, new = text[one.start : one.end], one.text
        pattern += f"{_quoted(text[end : one.start])}(?:{_quoted(old)}|{_quoted(new)})"
        end = one.end
    pattern += _quoted(text[end:])
    return re.fullmatch(pattern, _plain(current.text)) is not None


def _quoted(text: str) -> str:
    return re.escape(_plain(text))


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n")
