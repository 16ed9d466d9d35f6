"""Execute a refactoring: collect what it needs from disk and settings, and run it.

The single entry point for the editor's command and the command line. Independent of LSP.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from foretype.core.deadline import Deadline
from foretype.core.text import Document
from foretype.core.uris import elsewhere, path_of
from foretype.models.protocol import Model
from foretype.privacy.sent_record import sent_files
from foretype.refactor.actions.offers import NO_MODEL, Offer
from foretype.refactor.agent.loop import rewrite_across_files
from foretype.refactor.agent.toolbox import AskPermission, Toolbox
from foretype.refactor.agent.workspace import Workspace, documents_by_path
from foretype.refactor.explaining import explain
from foretype.refactor.outcome import OnProgress, Outcome, Refused
from foretype.refactor.rewrite import new_files
from foretype.refactor.rewrite.rewrite import rewrite
from foretype.refactor.work import Work
from foretype.settings.schema import WORKSPACE_MARK, RefactorSettings
from foretype.spending.usage import Spending, Usage

NOT_TRUSTED = (
    "work across files and a workspace's own refactorings need a folder that you trust: say so "
    "when you are asked, or set refactor.trusted in your own settings"
)


@dataclass(frozen=True, kw_only=True)
class RefactorEnvironment:
    """What the execution of any refactoring may use."""

    settings: RefactorSettings
    model_of: Callable[[str], Model | None]
    """Returns the model of a given name, or the usual one for "". It is behind the privacy gate."""
    excluded: Callable[[str], str | None]
    """Returns the rule that excludes a file; None if it may be sent."""
    roots: tuple[Path, ...] = ()
    documents: Iterable[Document] = field(default_factory=tuple)
    allows: AskPermission | None = None
    """Asks the user whether the tests may run; None if that is not possible."""
    trusts: Callable[[Path], Awaitable[bool]] | None = None
    """Whether the user trusts a folder, whom it may ask; None if that is not possible."""
    price: Callable[[Usage], float | None] = lambda usage: usage.cost_usd


async def execute(
    offer: Offer, around: RefactorEnvironment, on_progress: OnProgress = lambda progress: None
) -> Outcome:
    """Stage the changes of a refactoring, or refuse with a sentence for the user."""
    settings = around.settings
    spent = Spending(price=around.price)
    uri = offer.spot.document.uri
    # In a thread, where the decision may take as long as it needs.
    if rule := await asyncio.to_thread(around.excluded, uri):
        return Refused(f"this file is excluded ({rule}), so it does not leave the machine", spent)
    model = around.model_of(offer.action.model or settings.model)
    if model is None:
        return Refused(NO_MODEL, spent)
    source = path_of(uri)
    root = _root(source, around.roots)
    if offer.action.answer not in ("code", "text") and (source is None or root is None):
        return Refused(_why_no_folder(uri), spent)
    if _needs_trust(offer, settings) and not await _is_trusted(source, root, around):
        return Refused(NOT_TRUSTED, spent)
    path = _display_path(source, root, uri)
    sent_files.set((path,))
    work = Work(
        offer=offer,
        model=model,
        settings=settings,
        path=path,
        deadline=Deadline.after_ms(settings.deadline_s * 1000),
        on_progress=on_progress,
        spent=spent,
    )
    if offer.action.answer == "code":
        return await work.within_deadline(lambda _: rewrite(work))
    if offer.action.answer == "text":
        return await work.within_deadline(lambda _: explain(work))
    assert source is not None and root is not None
    if offer.action.answer == "tools":
        planner = around.model_of(settings.planner) if settings.planner else None
        toolbox = await asyncio.to_thread(_toolbox, root, around)
        return await work.within_deadline(
            lambda limit: rewrite_across_files(work, limit, toolbox, planner)
        )
    placed = await asyncio.to_thread(_place_new_files, offer, source, root)
    folder = placed.folder.relative_to(root)
    names = tuple((folder / name).as_posix() for name in placed.names)
    work = replace(work, offer=_with_framework(offer, placed))
    return await work.within_deadline(lambda _: rewrite(work, names, root.as_uri()))


def _why_no_folder(uri: str) -> str:
    """Why no other files can be made or changed beside a document."""
    if place := elsewhere(uri):
        return f"files of {place} cannot be read or written from here: open a copy on this machine"
    return "save the file first: new files need a folder"


def _needs_trust(offer: Offer, settings: RefactorSettings) -> bool:
    """Whether it is to be found out that the workspace is trusted."""
    is_its_own = offer.action.name.endswith(WORKSPACE_MARK)
    return settings.trusted is None and (offer.action.answer == "tools" or is_its_own)


async def _is_trusted(source: Path | None, root: Path | None, around: RefactorEnvironment) -> bool:
    if source is None or root is None or around.trusts is None:
        return False
    return await around.trusts(root)


def _with_framework(offer: Offer, placed: new_files.NewFiles) -> Offer:
    """Add the project's test framework to the instruction."""
    if not placed.framework:
        return offer
    instruction = f"{offer.instruction} Write them with {placed.framework}."
    return replace(offer, instruction=instruction)


def _root(source: Path | None, roots: tuple[Path, ...]) -> Path | None:
    """Return the innermost workspace folder of a file, or else the file's own folder."""
    if source is None:
        return None
    around = [root for root in roots if source.is_relative_to(root)]
    return max(around, key=lambda root: len(root.parts), default=source.parent)


def _display_path(source: Path | None, root: Path | None, uri: str) -> str:
    """Return the path shown to the model: without any folder above the workspace."""
    if source is None or root is None:
        return uri.rpartition("/")[2] or "untitled"
    return source.relative_to(root).as_posix()


def _place_new_files(offer: Offer, source: Path, root: Path) -> new_files.NewFiles:
    if offer.action.answer == "files":
        return new_files.place_fastapi(source)
    return new_files.place_tests(source, root, offer.spot.language)


def _toolbox(root: Path, around: RefactorEnvironment) -> Toolbox:
    settings = around.settings
    return Toolbox(
        Workspace(root, around.excluded, documents_by_path(iter(around.documents))),
        test_command=settings.test_command,
        test_limit_s=min(120.0, settings.deadline_s / 2),
        allows=around.allows,
    )
