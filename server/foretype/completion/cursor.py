"""Where the cursor is, and what the place would be if a text stood there already."""

from __future__ import annotations

import re

from foretype.completion.suggestion import Place
from foretype.core.text import Edit

_PAIRS = frozenset({"()", "[]", "{}", '""', "''", "``"})


def cursor_after(edit: Edit) -> int:
    """Where the cursor is after an edit: at its end, or inside a pair that the editor closed."""
    return edit.start + len(edit.text) - (1 if edit.text in _PAIRS else 0)


def is_typing(edits: tuple[Edit, ...]) -> bool:
    """Whether an edit is a hand's: one place, and no more than a line's worth."""
    return len(edits) == 1 and len(edits[0].text) <= 200


def with_inserted(place: Place, text: str) -> Place:
    """The place after a text, as if it stood in the document already."""
    if not text:
        return place
    document = place.document.apply(Edit(place.offset, place.offset, text))
    return Place(document, place.offset + len(text))


def rest_of_selected(place: Place, selected: str) -> str | None:
    """What of the popup's entry is not typed yet; None where its beginning is not typed here."""
    if not selected:
        return ""
    before = place.before
    for length in range(min(len(selected), len(before)), 0, -1):
        if before.endswith(selected[:length]):
            return selected[length:]
    return None if re.search(r"\w$", before) else selected
