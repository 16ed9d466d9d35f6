"""Staged edits as a ``WorkspaceEdit``, in the manner that each client applies without loss."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lsprotocol import types

from foretype.lsp import convert
from foretype.lsp.session.client_profiles import ClientProfile
from foretype.lsp.session.open_documents import OpenDocuments
from foretype.refactor.outcome import Change, FileEdit

_ID = "foretype"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What the client asks the user before it applies an edit."""

    label: str
    description: str


def parts(changes: tuple[Change, ...], profile: ClientProfile) -> list[tuple[Change, ...]]:
    """The changes of each request. Neovim looks at the version of the first document alone."""
    if profile.name == "neovim":
        return [(change,) for change in changes]
    return [changes]


def to_workspace_edit(
    edits: list[FileEdit],
    mirror: OpenDocuments,
    profile: ClientProfile,
    confirmation: Confirmation | None = None,
) -> types.WorkspaceEdit | None:
    """The edit to be applied; None where the client cannot create the files that it needs."""
    creates = any(edit.document is None for edit in edits)
    if not profile.applies_document_changes:
        if creates:
            return None
        return types.WorkspaceEdit(
            changes={edit.uri: _text_edits(edit, mirror.encoding) for edit in edits}
        )
    changes: list[types.TextDocumentEdit | types.CreateFile] = []
    for edit in edits:
        if edit.document is None and profile.creates_files:
            changes.append(
                types.CreateFile(
                    uri=edit.uri,
                    options=types.CreateFileOptions(overwrite=False, ignore_if_exists=False),
                    annotation_id=_ID if confirmation else None,
                )
            )
        changes.append(_document_edit(_ended(edit, profile), mirror, confirmation))
    annotations = None
    if confirmation is not None:
        annotations = {
            _ID: types.ChangeAnnotation(
                label=confirmation.label,
                needs_confirmation=True,
                description=confirmation.description,
            )
        }
    return types.WorkspaceEdit(document_changes=changes, change_annotations=annotations)


def _ended(edit: FileEdit, profile: ClientProfile) -> FileEdit:
    """A new file's edit. Neovim ends the last line itself when it writes the file."""
    if edit.document is not None or profile.name != "neovim":
        return edit
    (whole,) = edit.edits
    return replace(edit, edits=(replace(whole, text=whole.text.removesuffix("\n")),))


def _document_edit(
    edit: FileEdit, mirror: OpenDocuments, confirmation: Confirmation | None
) -> types.TextDocumentEdit:
    current = mirror.get(edit.uri)
    identifier = types.OptionalVersionedTextDocumentIdentifier(
        uri=edit.uri, version=None if current is None else current.version
    )
    plain = _text_edits(edit, mirror.encoding)
    if confirmation is None:
        return types.TextDocumentEdit(text_document=identifier, edits=plain)
    annotated = [
        types.AnnotatedTextEdit(annotation_id=_ID, range=one.range, new_text=one.new_text)
        for one in plain
    ]
    return types.TextDocumentEdit(text_document=identifier, edits=annotated)


def _text_edits(edit: FileEdit, encoding: convert.Encoding) -> list[types.TextEdit]:
    if edit.document is None:
        start = types.Position(line=0, character=0)
        text = "".join(one.text for one in edit.edits)
        return [types.TextEdit(range=types.Range(start=start, end=start), new_text=text)]
    return [
        types.TextEdit(
            range=convert.to_range(edit.document, one.start, one.end, encoding), new_text=one.text
        )
        for one in edit.edits
    ]
