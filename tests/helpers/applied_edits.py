"""Text with edits applied."""

from __future__ import annotations

from foretype.core.text import Document, Edit


def applied(document: Document, edits: tuple[Edit, ...]) -> str:
    """The text after all edits, whose offsets count in the text before any of them."""
    text = document.text
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text
