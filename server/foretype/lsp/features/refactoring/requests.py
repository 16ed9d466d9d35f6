"""What the client may ask of refactorings: code actions, and the commands behind them.

Light, because it is loaded before ``initialize`` is answered; ``code_action.py`` and ``runs.py``
do the work and are loaded afterwards.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from foretype.lsp.command_names import CANCEL, REFACTOR, REFACTOR_MENU
from foretype.lsp.features.late_import import LateImport
from foretype.lsp.features.refactoring.progress import RunProgress, tell
from foretype.lsp.session.answering import NOT_STARTED
from foretype.lsp.session.session import ForetypeServer
from foretype.lsp.wire.json_rpc import RequestError

if TYPE_CHECKING:
    from foretype.core.text import Document
    from foretype.lsp.features.refactoring.runs import Refactorings

KINDS = ("quickfix", "refactor.rewrite", "refactor.extract", "refactor.inline", "source")


def register(ls: ForetypeServer) -> None:
    """Offer code actions and the commands that carry them out."""
    requests = RefactoringRequests(ls)
    options = types.CodeActionOptions(code_action_kinds=list(KINDS), resolve_provider=False)
    # Partials, because pygls sets attributes of handlers, which methods do not have.
    ls.feature(types.TEXT_DOCUMENT_CODE_ACTION, options)(partial(requests.code_action))
    ls.feature(types.WINDOW_WORK_DONE_PROGRESS_CANCEL)(partial(requests.progress_cancelled))
    ls.command(REFACTOR)(partial(requests.refactor))
    ls.command(REFACTOR_MENU)(partial(requests.menu))
    ls.command(CANCEL)(partial(requests.cancel))
    ls.events.started.append(requests.load)


class RefactoringRequests:
    """Passes one client's requests on to the refactorings, once these are loaded."""

    def __init__(self, ls: ForetypeServer) -> None:
        self._ls = ls
        self._late = LateImport(partial(_import_refactorings, ls))
        self._prepared: Document | None = None
        """The document that was parsed last."""
        self._numbers = count(1)
        self._waiting: dict[str, asyncio.Task[Any]] = {}
        """The commands that wait for the server's start, by the tokens of their progress."""

    async def load(self) -> None:
        """Load what carries out refactorings."""
        await self._late.load()

    async def code_action(self, params: types.CodeActionParams) -> list[Any] | None:
        """Which refactorings there are at a place, and what other features offer there."""
        further = [found for offer in self._ls.events.code_actions for found in offer(params)]
        found = await self._offered(params)
        return [*further, *(found or ())] if further else found

    async def _offered(self, params: types.CodeActionParams) -> list[dict[str, Any]] | None:
        invoked = params.context.trigger_kind == types.CodeActionTriggerKind.Invoked
        runs = await (self._loaded() if invoked else self._late.get())
        if runs is None:
            return None
        from foretype.lsp.features.refactoring.code_action import actions
        from foretype.refactor.actions.target import is_parsed_at_once, prepare

        if (document := self._ls.documents.get(params.text_document.uri)) is not None:
            if is_parsed_at_once(document):
                if self._prepared is not document:
                    await asyncio.to_thread(prepare, document)
                    self._prepared = document
            elif invoked:
                # Who opens the menu of a long file is about to choose something there.
                self._ls.spawn(asyncio.to_thread(prepare, document))
        return actions(self._ls, runs, params)

    async def refactor(self, *arguments: Any) -> dict[str, Any]:
        """Begin a run; the answer holds its id, for ``foretype.cancel``."""
        runs = await self._loaded()
        return {"id": runs.start(arguments[0] if arguments else None)}

    async def menu(self, *arguments: Any) -> dict[str, Any]:
        """Let the user choose among all refactorings at a place; the answer does not wait."""
        runs = await self._loaded()
        return {"offered": runs.show_menu(arguments[0] if arguments else None)}

    def cancel(self, *arguments: Any) -> dict[str, Any]:
        """End the run of an id, or all runs."""
        given = arguments[0] if arguments else None
        return {"cancelled": self._cancel(given.get("id") if isinstance(given, Mapping) else given)}

    def progress_cancelled(self, params: types.WorkDoneProgressCancelParams) -> None:
        """The user pressed the progress's own button."""
        self._cancel(params.token)

    def _cancel(self, token: Any) -> int:
        waiting = [task for each, task in self._waiting.items() if token in (None, each)]
        n_runs = self._late.value.cancel(token) if self._late.value else 0
        return n_runs + sum(task.cancel() for task in waiting)

    async def _loaded(self) -> Refactorings:
        """What carries out refactorings. Who asks while the server starts waits until it has, and
        sees so. RequestError: it could not start."""
        if self._late.value is not None:
            return self._late.value
        async with self._shown_as_waiting():
            await self._ls.ready.wait()
            if self._ls.service is None:
                raise RequestError(NOT_STARTED)
            return await self._late.load()

    @asynccontextmanager
    async def _shown_as_waiting(self) -> AsyncIterator[None]:
        task = asyncio.current_task()
        assert task is not None
        progress = RunProgress(self._ls, f"foretype-waiting-{next(self._numbers)}", "Refactoring")
        progress.begin("waiting until the server has started")
        self._waiting[progress.token] = task
        ending = "not started"
        try:
            yield
            ending = "started"
        except asyncio.CancelledError:
            ending = "cancelled, nothing was changed"
            tell(self._ls, ending, types.MessageType.Info)
            raise
        finally:
            del self._waiting[progress.token]
            progress.end(ending)


def _import_refactorings(ls: ForetypeServer) -> Callable[[], Refactorings]:
    import foretype.lsp.features.refactoring.code_action  # noqa: F401
    from foretype.lsp.features.refactoring.runs import Refactorings

    return partial(Refactorings, ls)
