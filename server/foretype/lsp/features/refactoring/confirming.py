"""Ask the user before several files, or risky code, are applied.

By a change annotation where the client honors one, else by ``window/showMessageRequest``; a
client that has neither gets no such edit.
"""

from __future__ import annotations

import asyncio
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from foretype.core.uris import path_text
from foretype.lsp.features.refactoring.following import Declined, Run, Stop
from foretype.lsp.features.refactoring.workspace_edit import Confirmation
from foretype.refactor.outcome import Progress, Staged

if TYPE_CHECKING:
    from foretype.lsp.session.session import ForetypeServer

CONFIRM_S = 300.0
"""How long a question stands, in seconds. A client that never answers holds up nothing else
meanwhile: what waits for an answer does not count among the runs that go on."""
APPLY, DISCARD = "Apply", "Discard"
DECLINED = "nothing was changed, as you chose"
RUN, DO_NOT_RUN = "Run", "Do not run"
TRUST, DO_NOT_TRUST = "Trust", "Do not trust"


async def confirm(ls: ForetypeServer, run: Run, outcome: Staged) -> Confirmation | None:
    """Have the user asked where that is due; None where nothing is left to be asked.

    Declined: the user said no. Stop: the user cannot be asked.
    """
    question = question_of(run, outcome, ls.services.roots)
    if not question:
        return None
    if not ls.profile.honors_annotations and not ls.profile.can_show_message_request:
        raise Stop(f"not applied, because this editor cannot ask you to confirm it. {question}")
    run.progress.report(Progress(stage="waiting for your confirmation"), at_once=True)
    if ls.profile.honors_annotations:
        return Confirmation(run.offer.title, question)
    if await _asked(ls, run, question, (APPLY, DISCARD)) != APPLY:
        raise Declined(f"{DECLINED} ({outcome.spent.line()})")
    return None


async def may_run(ls: ForetypeServer, run: Run, question: str) -> bool:
    """Whether the user lets the tests run, which may hold code that a model wrote."""
    run.progress.report(Progress(stage="waiting for your confirmation"), at_once=True)
    try:
        question = f"{run.offer.title}: {question}"
        return await _asked(ls, run, question, (RUN, DO_NOT_RUN)) == RUN
    except Stop:
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
    run.progress.report(Progress(stage="waiting for your confirmation"), at_once=True)
    if await _asked(ls, run, question, (TRUST, DO_NOT_TRUST)) != TRUST:
        return False
    await asyncio.to_thread(trusted.add, folder)
    return True


async def _asked(ls: ForetypeServer, run: Run, question: str, titles: tuple[str, str]) -> str:
    run.asks = True
    try:
        return await _ask(ls, f"foretype: {question}", titles)
    finally:
        run.asks = False


def question_of(run: Run, outcome: Staged, roots: tuple[Path, ...]) -> str:
    """What the user is asked; empty where nothing is."""
    shown = {risk.reason: risk.shown for risk in reversed(outcome.risks)}
    reasons = [
        f"{reason} ({shown[reason]})" if shown[reason] else reason
        for reason in dict.fromkeys(risk.reason for risk in outcome.risks)
    ]
    across = run.offer.action.answer == "tools"
    names = [_whole_path(change.uri, roots) for change in outcome.changes]
    if len(names) == 1 and not reasons and not across:
        return ""
    count = f"{len(names)} files" if len(names) > 1 else "one file"
    where = f"{count} would change: {', '.join(names)}." if len(names) > 1 or across else ""
    what = f"The new code {'; it '.join(reasons)}." if reasons else ""
    return " ".join(part for part in (f"{run.offer.title}:", where, what) if part)


def _whole_path(uri: str, roots: tuple[Path, ...]) -> str:
    """A file's path below its workspace folder, or the whole one where it lies in none."""
    path = PurePath(path_text(uri))
    inside = [path.relative_to(root) for root in roots if path.is_relative_to(root)]
    return min(inside, key=lambda one: len(one.parts), default=path).as_posix()


async def _ask(ls: ForetypeServer, question: str, titles: tuple[str, str]) -> str:
    """The title of what the user chose; the last one, which refuses, where nothing was."""
    actions = [types.MessageActionItem(title=title) for title in titles]
    params = types.ShowMessageRequestParams(
        type=types.MessageType.Warning, message=question, actions=actions
    )
    try:
        async with asyncio.timeout(CONFIRM_S):
            # Cancelling the run does not take back the request itself.
            chosen = await asyncio.shield(
                asyncio.ensure_future(ls.window_show_message_request_async(params))
            )
    except JsonRpcException as refused:
        raise Stop(f"not applied, because the editor did not ask you: {refused.message}") from None
    except TimeoutError:
        minutes = round(CONFIRM_S / 60)
        sentence = f"not applied, because its question was not answered within {minutes} minutes"
        raise Stop(sentence) from None
    return chosen.title if chosen is not None else titles[-1]
