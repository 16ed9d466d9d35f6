"""What the client may ask of refactorings: code actions, and the commands behind them.

Light, because it is loaded before ``initialize`` is answered; ``code_action.py`` and ``runs.py``
do the work and are loaded afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types

from foretype.lsp.wire.json_rpc import RequestError

if TYPE_CHECKING:
    from foretype.lsp.session.session import ForetypeServer

REFACTOR = "foretype.refactor"
CANCEL = "foretype.cancel"
KINDS = ("quickfix", "refactor.rewrite", "refactor.extract", "refactor.inline", "source")


def register(ls: ForetypeServer) -> None:
    """Offer code actions and the commands that carry them out."""
    options = types.CodeActionOptions(code_action_kinds=list(KINDS), resolve_provider=False)
    ls.feature(types.TEXT_DOCUMENT_CODE_ACTION, options)(code_action)
    ls.feature(types.WINDOW_WORK_DONE_PROGRESS_CANCEL)(progress_cancelled)
    ls.command(REFACTOR)(refactor)
    ls.command(CANCEL)(cancel)


async def code_action(
    ls: ForetypeServer, params: types.CodeActionParams
) -> list[types.CodeAction | types.Command] | None:
    """Which refactorings there are at a place."""
    runs = await ls.refactorings()
    if runs is None:
        return None
    from foretype.lsp.features.refactoring.code_action import actions

    return actions(ls, runs, params)


async def refactor(ls: ForetypeServer, *arguments: Any) -> dict[str, Any]:
    """Begin a run; the answer holds its id, for ``foretype.cancel``."""
    runs = await ls.refactorings()
    if runs is None:
        raise RequestError("the server is still starting")
    return {"id": runs.start(arguments[0] if arguments else None)}


def cancel(ls: ForetypeServer, *arguments: Any) -> dict[str, Any]:
    """End the run of an id, or all runs."""
    n_runs = ls.runs.cancel(arguments[0] if arguments else None) if ls.runs else 0
    return {"cancelled": n_runs}


def progress_cancelled(ls: ForetypeServer, params: types.WorkDoneProgressCancelParams) -> None:
    """The user pressed the progress's own button."""
    if ls.runs is not None:
        ls.runs.cancel(params.token)
