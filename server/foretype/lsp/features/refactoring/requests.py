"""What the client may ask of refactorings: code actions, and the commands behind them.

Light, because it is loaded before ``initialize`` is answered; ``code_action.py`` and ``runs.py``
do the work and are loaded afterwards.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from foretype.lsp.command_names import CANCEL, REFACTOR, REFACTOR_MENU
from foretype.lsp.features.late_import import LateImport
from foretype.lsp.session.session import ForetypeServer
from foretype.lsp.wire.json_rpc import RequestError

if TYPE_CHECKING:
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

    async def load(self) -> None:
        """Load what carries out refactorings."""
        await self._late.load()

    async def code_action(
        self, params: types.CodeActionParams
    ) -> list[types.CodeAction | types.Command] | None:
        """Which refactorings there are at a place, and what other features offer there."""
        further = [found for offer in self._ls.events.code_actions for found in offer(params)]
        found = await self._offered(params)
        return [*further, *(found or ())] if further else found

    async def _offered(
        self, params: types.CodeActionParams
    ) -> list[types.CodeAction | types.Command] | None:
        runs = await self._late.get()
        if runs is None:
            return None
        from foretype.lsp.features.refactoring.code_action import actions
        from foretype.refactor.actions.target import is_parsed_at_once, prepare

        if (document := self._ls.documents.get(params.text_document.uri)) is not None:
            if is_parsed_at_once(document):
                await asyncio.to_thread(prepare, document)
            elif params.context.trigger_kind == types.CodeActionTriggerKind.Invoked:
                # Who opens the menu of a long file is about to choose something there.
                self._ls.spawn(asyncio.to_thread(prepare, document))
        return actions(self._ls, runs, params)

    async def refactor(self, *arguments: Any) -> dict[str, Any]:
        """Begin a run; the answer holds its id, for ``foretype.cancel``."""
        runs = await self._late.get()
        if runs is None:
            raise RequestError("the server is still starting")
        return {"id": runs.start(arguments[0] if arguments else None)}

    async def menu(self, *arguments: Any) -> dict[str, Any]:
        """Let the user choose among all refactorings at a place; the answer does not wait."""
        runs = await self._late.get()
        if runs is None:
            raise RequestError("the server is still starting")
        return {"offered": runs.show_menu(arguments[0] if arguments else None)}

    def cancel(self, *arguments: Any) -> dict[str, Any]:
        """End the run of an id, or all runs."""
        runs = self._late.value
        n_runs = runs.cancel(arguments[0] if arguments else None) if runs else 0
        return {"cancelled": n_runs}

    def progress_cancelled(self, params: types.WorkDoneProgressCancelParams) -> None:
        """The user pressed the progress's own button."""
        if (runs := self._late.value) is not None:
            runs.cancel(params.token)


def _import_refactorings(ls: ForetypeServer) -> Callable[[], Refactorings]:
    import foretype.lsp.features.refactoring.code_action  # noqa: F401
    from foretype.lsp.features.refactoring.runs import Refactorings

    return partial(Refactorings, ls)
