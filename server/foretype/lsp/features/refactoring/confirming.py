"""Ask the user before a change is applied, and show it first where that is set or due.

By a change annotation where the client honors one, as a diff in Neovim, else by
``window/showMessageRequest``; a client that has none of these gets no such edit.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from foretype.lsp.features.asking import ANSWER_S, Unanswered, ask
from foretype.lsp.features.refactoring.following import Declined, Run, Stop
from foretype.lsp.features.refactoring.placing import diff_of, edits_now, shown_path
from foretype.lsp.features.refactoring.workspace_edit import Confirmation
from foretype.refactor.outcome import Progress, Staged

if TYPE_CHECKING:
    from foretype.lsp.session.session import ForetypeServer

PREVIEW, PREVIEW_ENDED = "foretype/preview", "foretype/previewEnded"
"""The request by which our Neovim plugin shows a diff and says what the user chose; the
notification that nobody waits for a preview any more."""
SHOWN_LINES = 20
"""Lines of a diff that a plain question shows."""
APPLY, DISCARD = "Apply", "Discard"
DECLINED = "nothing was changed, as you chose"
RUN, DO_NOT_RUN = "Run", "Do not run"
TRUST, DO_NOT_TRUST = "Trust", "Do not trust"


async def confirm(ls: ForetypeServer, run: Run, outcome: Staged) -> Confirmation | None:
    """Have the user asked, or shown the change, where that is due; None where nothing is left to
    be asked.

    Declined: the user said no. Stop: the user cannot be asked, or the code has changed.
    """
    preview = ls.settings.refactor.preview
    reasons = question_of(run, outcome, ls.services.roots)
    if not reasons and preview != "always":
        return None
    question = reasons or f"{run.offer.title}:"
    with _waiting(run):
        if preview != "never" and ls.profile.honors_annotations:
            return Confirmation(run.offer.title, question)
        chosen = None
        if preview != "never" and ls.profile.shows_previews:
            chosen = await _previewed(ls, run, outcome, question)
        if chosen is None:
            if preview == "always":
                question += f"\n{await _diff(ls, run, outcome, SHOWN_LINES)}"
            chosen = await _answer(ls, question, (APPLY, DISCARD))
    if chosen != APPLY:
        raise Declined(f"{DECLINED} ({outcome.spent.line()})")
    return None


async def _previewed(ls: ForetypeServer, run: Run, outcome: Staged, question: str) -> str | None:
    """What the user chose who was shown a diff; None where the client shows none."""
    shown = {"id": run.id, "question": question, "diff": await _diff(ls, run, outcome)}
    try:
        async with asyncio.timeout(ANSWER_S):
            answer = await asyncio.shield(
                asyncio.ensure_future(ls.protocol.send_request_async(PREVIEW, shown))
            )
    except JsonRpcException:
        return None
    except TimeoutError:
        ls.notifier.send(PREVIEW_ENDED, {"id": run.id})
        raise Stop("not applied, because its preview was not answered") from None
    except asyncio.CancelledError:
        ls.notifier.send(PREVIEW_ENDED, {"id": run.id})
        raise
    applies = answer.get("apply") if isinstance(answer, Mapping) else None
    return APPLY if applies is True else DISCARD


async def _diff(ls: ForetypeServer, run: Run, outcome: Staged, most_lines: int = 0) -> str:
    """The change as a diff, of so many lines at most where a number is given."""
    edits = await edits_now(ls, run, outcome.changes)
    diff = await asyncio.to_thread(diff_of, edits, ls.services.roots)
    lines = diff.rstrip("\n").split("\n")
    if most_lines and len(lines) > most_lines:
        more = len(lines) - most_lines
        lines = [*lines[:most_lines], f"… ({more} more lines)"]
    return "\n".join(lines)


@contextlib.contextmanager
def _waiting(run: Run) -> Iterator[None]:
    """A run that waits for the user."""
    run.progress.report(Progress(stage="waiting for your confirmation"))
    run.asks = True
    try:
        yield
    finally:
        run.asks = False


async def may_run(ls: ForetypeServer, run: Run, question: str) -> bool:
    """Whether the user lets the tests run, which may hold code that a model wrote."""
    with _waiting(run), contextlib.suppress(Stop):
        return await _answer(ls, f"{run.offer.title}: {question}", (RUN, DO_NOT_RUN)) == RUN
    return False


async def may_trust(ls: ForetypeServer, run: Run, folder: Path) -> bool:
    """Whether the user trusts a folder; asked once, and remembered if the answer is yes."""
    trusted = ls.services.trusted_folders
    if await asyncio.to_thread(trusted.holds, folder):
        return True
    if not ls.profile.can_show_message_request:
        return False
    question = (
        f"{run.offer.title}: this follows what is written in the files of {folder}, and may change "
        "many of them. Do you trust this folder? A yes is remembered."
    )
    with _waiting(run):
        if await _answer(ls, question, (TRUST, DO_NOT_TRUST)) != TRUST:
            return False
    await asyncio.to_thread(trusted.add, folder)
    return True


async def _answer(ls: ForetypeServer, question: str, titles: tuple[str, str]) -> str | None:
    """The title of what the user chose. Stop: there is no answer."""
    if not ls.profile.can_show_message_request:
        raise Stop(f"not applied, because this editor cannot ask you to confirm it. {question}")
    try:
        return await ask(ls, question, titles, types.MessageType.Warning)
    except Unanswered as why:
        raise Stop(f"not applied, because {why}") from None


def question_of(run: Run, outcome: Staged, roots: tuple[Path, ...]) -> str:
    """What the user is asked; empty where nothing is."""
    shown = {risk.reason: risk.shown for risk in reversed(outcome.risks)}
    reasons = [
        f"{reason} ({shown[reason]})" if shown[reason] else reason
        for reason in dict.fromkeys(risk.reason for risk in outcome.risks)
    ]
    across = run.offer.action.answer == "tools"
    names = [shown_path(change.uri, roots) for change in outcome.changes]
    if len(names) == 1 and not reasons and not across:
        return ""
    count = f"{len(names)} files" if len(names) > 1 else "one file"
    where = f"{count} would change: {', '.join(names)}." if len(names) > 1 or across else ""
    what = f"The new code {'; it '.join(reasons)}." if reasons else ""
    return " ".join(part for part in (f"{run.offer.title}:", where, what) if part)
