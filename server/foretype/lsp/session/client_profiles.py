"""What each editor does with answers: facts that no capability tells, seen in the editors.

The profile is chosen from what our own extensions say of themselves, then from ``clientInfo``,
then from the capabilities as raw JSON. Knows no requests and no documents.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientProfile:
    """One editor's habits. The defaults are those of an editor of which nothing is known."""

    name: str = "generic"
    waits_ms: int = 0
    """How long it waits after a key before it asks, in milliseconds. The server need not wait
    this long again."""
    inline_completion: bool = False
    """Whether it shows ghost text by ``textDocument/inlineCompletion``."""
    list_waits: bool = False
    """Whether its completion list stays shut, inside a word, until ghost text was answered."""
    clears_on_empty: bool = True
    """Whether an empty list removes the ghost text on screen, where null leaves it."""
    dedent_continuation: bool = False
    """Whether a menu's item gets the current line's indentation added to its further lines."""
    honors_annotations: bool = False
    """Whether it asks the user before edits whose change annotation needs confirmation."""
    reviews_edits: bool = False
    """Whether it shows the user each edit and applies it only once they say so."""
    shows_previews: bool = False
    """Whether our extension shows a diff on request, and says what the user chose."""
    closes_previews: bool = False
    """Whether our extension closes the editor's own preview once a run is cancelled."""
    applies_edits: bool = True
    """Whether it carries out ``workspace/applyEdit``."""
    applies_document_changes: bool = False
    """Whether it applies versioned edits of several documents, and file operations."""
    creates_files: bool = False
    """Whether it creates files as part of an edit."""
    resolves_code_actions: bool = False
    """Whether it asks for a code action's edit afterwards, without freezing meanwhile."""
    has_progress: bool = False
    """Whether it shows work-done progress that the server begins."""
    can_show_message_request: bool = False
    """Whether it asks the user by ``window/showMessageRequest``."""
    shows_documents: bool = False
    """Whether it shows a file by ``window/showDocument``."""
    setting_prefix: str = ""
    """What stands before a setting's name where the editor's own settings declare ours."""
    shows_status: bool = False
    """Whether one of our extensions shows ``foretype/status``, so that no message need."""
    takes_notifications: bool = True
    """Whether it passes over notifications that it does not know without telling the user."""
    pulls_configuration: bool = False
    """Whether it answers ``workspace/configuration``."""
    registers_configuration: bool = False
    """Whether it tells of changed settings once it is asked to."""
    registers_completion: bool = False
    """Whether it takes a menu's registration after ``initialize``."""


_NEOVIM = ClientProfile(
    name="neovim",
    waits_ms=200,
    # Implemented, though not declared; annotations are declared, though never asked about.
    applies_document_changes=True,
)
_HELIX = ClientProfile(
    name="helix",
    waits_ms=250,
    # It indents the further lines of snippets alone, and of items of that kind; ours are text.
    takes_notifications=False,
)
_KNOWN = {
    "neovim": _NEOVIM,
    "helix": _HELIX,
    "vscode": ClientProfile(
        name="vscode",
        waits_ms=50,
        list_waits=True,
        honors_annotations=True,
        setting_prefix="foretype.",
    ),
    "play": ClientProfile(name="play", waits_ms=50, reviews_edits=True),
    "coc": ClientProfile(name="coc", waits_ms=10),
    # LSP4IJ: it notes unknown notifications as warnings in the IDE's log, and shows no status.
    "jetbrains": ClientProfile(name="jetbrains", waits_ms=300, takes_notifications=False),
    # Both ask the user, though they do not declare it.
    "lsp-mode": ClientProfile(
        name="lsp-mode", takes_notifications=False, can_show_message_request=True
    ),
    "eglot": ClientProfile(name="eglot", takes_notifications=False, can_show_message_request=True),
}
# Those of our extensions that have a place for the status, and those that take it quietly.
_SHOWING = frozenset({"neovim", "vscode", "play"})
_TAKING = _SHOWING | {"lsp-mode"}
GENERIC = ClientProfile()

# What `clientInfo.name` says, in lower case; beginnings count, because forks and versions differ.
_NAMES = {
    "emacs-eglot": "eglot",
    "neovim": "neovim",
    "helix": "helix",
    "visual studio code": "vscode",
    "code": "vscode",
    "vscod": "vscode",
    "cursor": "vscode",
    "windsurf": "vscode",
    "coc.nvim": "coc",
    "eglot": "eglot",
    "emacs": "lsp-mode",
    "lsp-mode": "lsp-mode",
    # LSP4IJ gives the name of the IDE that it runs in.
    **dict.fromkeys(
        (
            *("intellij", "pycharm", "webstorm", "goland", "rider", "clion", "phpstorm"),
            *("rubymine", "rustrover", "datagrip", "dataspell", "android studio", "aqua"),
        ),
        "jetbrains",
    ),
}


def profile_of(params: Mapping[str, Any]) -> ClientProfile:
    """The profile for a client, from the parameters of ``initialize`` as raw JSON."""
    options = _at(params, "initializationOptions")
    told = _at(options, "client")
    if not isinstance(told, str):
        told = _at(options, "foretype", "client")
    capabilities = _at(params, "capabilities")
    ours = _named(told)
    found = ours or _named(_at(params, "clientInfo", "name")) or _by_habit(capabilities)
    name = ours.name if ours is not None else ""
    return replace(
        _with_capabilities(found, capabilities),
        shows_status=name in _SHOWING,
        shows_previews=name == "neovim",
        closes_previews=name == "vscode",
        takes_notifications=found.takes_notifications or name in _TAKING,
    )


def _named(name: Any) -> ClientProfile | None:
    if not isinstance(name, str):
        return None
    lower = name.strip().lower()
    if lower in _KNOWN:
        return _KNOWN[lower]
    for beginning, known in _NAMES.items():
        if lower.startswith(beginning):
            return _KNOWN[known]
    return None


def _by_habit(capabilities: Any) -> ClientProfile:
    """Old eglot names itself nowhere, and is the only one that declares no ``general`` part and
    completion with context but without snippets."""
    completion = _at(capabilities, "textDocument", "completion")
    snippets = _at(completion, "completionItem", "snippetSupport")
    if _at(capabilities, "general") is None and snippets is False:
        return _KNOWN["eglot"]
    return GENERIC


def _with_capabilities(profile: ClientProfile, capabilities: Any) -> ClientProfile:
    text_document = _at(capabilities, "textDocument")
    edit = _at(capabilities, "workspace", "workspaceEdit")
    return replace(
        profile,
        # Emacs sends null and means yes: the key counts, not its value.
        inline_completion=isinstance(text_document, Mapping)
        and text_document.get("inlineCompletion", False) is not False,
        applies_edits=_at(capabilities, "workspace", "applyEdit") is True,
        applies_document_changes=profile.applies_document_changes
        or _at(edit, "documentChanges") is True,
        creates_files=_lists(edit, "resourceOperations", entry="create"),
        honors_annotations=profile.honors_annotations
        and _at(edit, "changeAnnotationSupport") is not None,
        resolves_code_actions=profile.name != "helix"
        and _lists(text_document, "codeAction", "resolveSupport", "properties", entry="edit"),
        has_progress=_at(capabilities, "window", "workDoneProgress") is True,
        can_show_message_request=profile.can_show_message_request
        or _at(capabilities, "window", "showMessage") is not None,
        shows_documents=_at(capabilities, "window", "showDocument", "support") is True,
        pulls_configuration=_at(capabilities, "workspace", "configuration") is True,
        registers_configuration=_at(
            capabilities, "workspace", "didChangeConfiguration", "dynamicRegistration"
        )
        is True,
        registers_completion=_at(text_document, "completion", "dynamicRegistration") is True,
    )


def _lists(value: Any, *path: str, entry: str) -> bool:
    """Whether a list stands at a path in JSON that has an entry."""
    found = _at(value, *path)
    return isinstance(found, list) and entry in found


def _at(value: Any, *path: str) -> Any:
    """What stands at a path in JSON; None where nothing does."""
    for key in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value
