"""What an answer of the protocol shows behind the cursor."""

from __future__ import annotations

from typing import Any


def shown_by(result: Any, line: int, character: int, line_before: str) -> tuple[str, Any]:
    """The first item's text as it stands behind the cursor, and its command; empty for none.

    A range that begins before the cursor covers text that stands there already.
    """
    items = result.get("items", []) if isinstance(result, dict) else result or []
    if not items:
        return "", None
    text = items[0]["insertText"]
    text = text["value"] if isinstance(text, dict) else text
    where = items[0].get("range")
    if where and where["start"]["line"] == line:
        covered = line_before[len(line_before) - (character - where["start"]["character"]) :]
        if covered and text.startswith(covered):
            text = text[len(covered) :]
    return text, items[0].get("command")
