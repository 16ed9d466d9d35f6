"""A client's params that break the specification in places: the rest of them is taken.

Used only where params cannot be structured as they came. A value that cannot be read is left out
where the specification lets it be absent, and replaced from one table where it does not. Knows
lsprotocol's types and no method: what is optional, and what a list holds, stands in them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import attrs
from lsprotocol import types

Structure = Callable[[Any, Any], Any]
"""Makes a value of a type from JSON, or raises."""

NO_VERSION = -(2**31)
"""The version of a change that came without one."""

DEFAULTS: dict[tuple[type, str], Any] = {
    (types.InitializeRequest, "params"): {},
    (types.InitializeParams, "capabilities"): {},
    (types.InitializedNotification, "params"): {},
    (types.DidChangeConfigurationNotification, "params"): {},
    (types.DidChangeConfigurationParams, "settings"): None,
    (types.SetTraceParams, "value"): "off",
    (types.ClientInfo, "name"): "",
    (types.WorkspaceFolder, "name"): "",
    (types.WorkspaceFoldersChangeEvent, "added"): [],
    (types.WorkspaceFoldersChangeEvent, "removed"): [],
    (types.TextDocumentItem, "language_id"): "",
    (types.TextDocumentItem, "version"): 0,
    (types.VersionedTextDocumentIdentifier, "version"): NO_VERSION,
    (types.NotebookDocument, "notebook_type"): "",
    (types.NotebookDocument, "version"): 0,
    (types.NotebookDocument, "cells"): [],
    (types.VersionedNotebookDocumentIdentifier, "version"): 0,
    (types.NotebookDocumentCellChangeStructure, "array"): {"start": 0, "deleteCount": 0},
    (types.DidCloseNotebookDocumentParams, "cell_text_documents"): [],
    (types.CompletionContext, "trigger_kind"): types.CompletionTriggerKind.Invoked.value,
    (types.InlineCompletionParams, "context"): {},
    (types.InlineCompletionContext, "trigger_kind"): (
        types.InlineCompletionTriggerKind.Automatic.value
    ),
    (types.CodeActionParams, "context"): {},
    (types.CodeActionContext, "diagnostics"): [],
}
"""What stands for a required field that cannot be read or is absent, as JSON. A field that is
not here has no harmless value, such as a position or a text."""

VITAL = frozenset(
    {
        (types.DidChangeTextDocumentParams, "content_changes"),
        (types.DidChangeNotebookDocumentParams, "change"),
        (types.NotebookDocumentChangeEvent, "cells"),
        (types.NotebookDocumentCellChanges, "text_content"),
        (types.NotebookDocumentCellContentChanges, "changes"),
    }
)
"""Fields without a part of which a document's text would not be the client's any more."""


class Unreadable(Exception):
    """Params without a part that cannot be done without. Its text names the part."""


_NOTHING = object()


def readable(message: Any, kind: type, structure: Structure) -> tuple[Any, list[str]]:
    """A message as JSON that can be structured, and the fields in it that could not be read,
    such as ``params.workspaceFolders[0].name``. Raises Unreadable."""
    reading = _Reading(structure)
    found = reading.value(message, kind, "")
    if found is _NOTHING:
        raise Unreadable(", ".join(reading.left_out))
    return found, reading.left_out


class _Reading:
    def __init__(self, structure: Structure) -> None:
        self._structure = structure
        self.left_out: list[str] = []

    def value(self, raw: Any, kind: Any, path: str) -> Any:
        """What of a value can be read as a type, as JSON; ``_NOTHING`` where nothing can."""
        if self._can_read(raw, kind):
            return raw
        if attrs.has(kind):
            return self._object(raw, kind, path) if isinstance(raw, dict) else _NOTHING
        if get_origin(kind) in (Union, UnionType):
            return self._one_of(raw, get_args(kind), path)
        if _is_list(kind) and isinstance(raw, list):
            (item,) = get_args(kind)
            read = [self.value(inner, item, f"{path}[{n}]") for n, inner in enumerate(raw)]
            self.left_out += [f"{path}[{n}]" for n, found in enumerate(read) if found is _NOTHING]
            return [found for found in read if found is not _NOTHING]
        return _NOTHING

    def _object(self, raw: dict[str, Any], kind: Any, path: str) -> Any:
        read: dict[str, Any] = {}
        for field in attrs.fields(kind):
            name = _camel_case(field.name)
            here = f"{path}.{name}" if path else name
            found = self._field(raw[name], kind, field, here) if name in raw else _NOTHING
            if found is not _NOTHING:
                read[name] = found
                continue
            is_required = field.default is attrs.NOTHING
            if name in raw or is_required:
                self.left_out.append(here)
            if is_required:
                if (kind, field.name) not in DEFAULTS:
                    return _NOTHING
                default = DEFAULTS[kind, field.name]
                # A default may itself be read by this table.
                read[name] = self.value(default, field.type, here)
        return read if self._can_read(read, kind) else _NOTHING

    def _field(self, raw: Any, kind: Any, field: attrs.Attribute[Any], path: str) -> Any:
        n_left_out = len(self.left_out)
        found = self.value(raw, field.type, path)
        if found is not _NOTHING and not self._is_valid(found, field):
            found = _NOTHING
        if (kind, field.name) in VITAL and (found is _NOTHING or _lacks_an_item(raw, found)):
            raise Unreadable(", ".join(self.left_out[n_left_out:] or [path]))
        return found

    def _one_of(self, raw: Any, kinds: Sequence[Any], path: str) -> Any:
        objects = [kind for kind in kinds if attrs.has(kind)]
        known = {_camel_case(f.name) for kind in objects for f in attrs.fields(kind)}
        start = len(self.left_out)
        for kind in kinds:
            if kind is NoneType:
                continue
            given = raw
            if attrs.has(kind) and isinstance(raw, dict):
                # A field that only another type has means that type, unless it is null.
                others = known - {_camel_case(f.name) for f in attrs.fields(kind)}
                if any(raw.get(name) is not None for name in others):
                    continue
                given = {name: value for name, value in raw.items() if name not in others}
            before = len(self.left_out)
            found = self.value(given, kind, path)
            if found is not _NOTHING:
                del self.left_out[start:before]
                return found
        return _NOTHING

    def _can_read(self, raw: Any, kind: Any) -> bool:
        try:
            self._structure(raw, kind)
        except Exception:
            return False
        return True

    def _is_valid(self, raw: Any, field: attrs.Attribute[Any]) -> bool:
        """Whether the specification allows a value, such as no negative line."""
        try:
            value = self._structure(raw, field.type)
            if field.validator is not None:
                field.validator(None, field, value)
        except Exception:
            return False
        return True


def _lacks_an_item(raw: Any, found: Any) -> bool:
    return isinstance(raw, list) and len(found) < len(raw)


def _is_list(kind: Any) -> bool:
    origin = get_origin(kind)
    return isinstance(origin, type) and issubclass(origin, Sequence) and len(get_args(kind)) == 1


def _camel_case(name: str) -> str:
    """A field's name in JSON, as lsprotocol has it."""
    first, *rest = name.removesuffix("_").split("_")
    return first + "".join(part.title() for part in rest)
