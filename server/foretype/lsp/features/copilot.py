"""What plugins for Copilot's language server ask beside the standard, so that they work unmodified.

On for a client whose ``initializationOptions`` hold ``editorPluginInfo``, as those of all such
plugins do, or where the server was started with ``--copilot``. Nobody signs in anywhere: the
answers only say that somebody has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from foretype import __version__
from foretype.completion.suggestion import NoSuggestion, Trigger
from foretype.core.cursor import Cursor
from foretype.core.deadline import Deadline
from foretype.lsp.features import execute_command
from foretype.lsp.features.next_edit_json import to_offset, to_range
from foretype.lsp.wire.json_rpc import arrived

if TYPE_CHECKING:
    from foretype.lsp.session.session import ForetypeServer

USER = "foretype"
"""Who is signed in, for plugins that show it."""
THEIR_OPTIONS = frozenset({"editorInfo", "editorPluginInfo", "copilotCapabilities"})
"""What of ``initializationOptions`` is no setting of ours."""
THEIR_SETTINGS = frozenset({"http", "telemetry", "github-enterprise", "github", "copilot"})
"""The same of ``workspace/didChangeConfiguration``."""

_FIXED: dict[str, dict[str, Any] | list[Any] | str] = {
    "signIn": {"status": "AlreadySignedIn", "user": USER},
    "signInInitiate": {"status": "AlreadySignedIn", "user": USER},
    "signInConfirm": {"status": "OK", "user": USER},
    "signOut": {"status": "NotSignedIn"},
    "checkStatus": {"status": "OK", "user": USER},
    "setEditorInfo": "OK",
    "getVersion": {"version": __version__, "buildType": "prod"},
    "copilot/models": [],
    "notifyShown": "OK",
    "notifyRejected": "OK",
}
"""Requests that are always answered alike."""
_HINTS = (
    "textDocument/didFocus",
    "textDocument/didShowInlineEdit",
    "textDocument/didShowCompletion",
    "textDocument/didPartiallyAcceptCompletion",
)
"""Notifications. What the user did is seen from the text."""


def register(ls: ForetypeServer) -> None:
    """Answer Copilot's plugins, where the client is one."""
    ls.events.client_known.append(partial(_offer, ls))


def _offer(ls: ForetypeServer) -> None:
    options = ls.client_settings.init_options
    is_plugin = isinstance(options, Mapping) and "editorPluginInfo" in options
    if isinstance(options, Mapping):
        mine = {name: value for name, value in options.items() if name not in THEIR_OPTIONS}
        ls.client_settings.init_options = mine
    if not is_plugin and not ls.speaks_copilot:
        return
    ls.client_settings.ignored = THEIR_SETTINGS
    for method, answer in _FIXED.items():
        ls.feature(method)(_answering(answer))
    for method in _HINTS:
        ls.feature(method)(lambda params: None)
    ls.feature("getCompletions")(partial(completions, ls, Trigger.AUTOMATIC))
    ls.feature("getCompletionsCycling")(partial(completions, ls, Trigger.INVOKED))
    ls.feature("notifyAccepted")(partial(accepted, ls))

    async def tell() -> None:
        ls.protocol.notify("didChangeStatus", {"busy": False, "message": "", "kind": "Normal"})

    ls.events.started.append(tell)


def _answering(answer: Any) -> Callable[[Any], Any]:
    return lambda params: answer


async def completions(ls: ForetypeServer, trigger: Trigger, params: Any) -> dict[str, Any]:
    """Ghost text as the plugins' older request has it: whole lines, and what is new of them."""
    asked = params.get("doc") if isinstance(params, Mapping) else None
    uri = asked.get("uri") if isinstance(asked, Mapping) else None
    document = ls.documents.get(uri) if isinstance(uri, str) else None
    if document is None or not isinstance(asked, Mapping):
        return {"completions": []}
    encoding, completion = ls.documents.encoding, ls.settings.completion
    cursor = Cursor(document, to_offset(document, asked.get("position"), encoding))
    is_invoked = trigger is Trigger.INVOKED
    limit_ms = completion.explicit_deadline_ms if is_invoked else completion.deadline_ms
    answer = await ls.answering.suggest(cursor, trigger, Deadline(arrived() + limit_ms / 1000))
    if isinstance(answer, NoSuggestion):
        return {"completions": []}
    offset = answer.cursor.offset
    start = document.line_start(document.line_of(offset))
    items = [
        {
            "uuid": answer.id,
            "text": document.text[start:offset] + text,
            "displayText": text,
            "position": to_range(document, offset, offset, encoding)["start"],
            "range": to_range(document, start, offset + answer.replaces, encoding),
            "docVersion": document.version,
        }
        for text in dict.fromkeys((answer.text, *answer.alternatives))
    ]
    return {"completions": items}


def accepted(ls: ForetypeServer, params: Any) -> str:
    """Ghost text was accepted."""
    uuid = params.get("uuid") if isinstance(params, Mapping) else None
    if isinstance(uuid, str):
        execute_command.accepted(ls, uuid)
    return "OK"
