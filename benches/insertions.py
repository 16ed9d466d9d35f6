"""What becomes of an answer, pure, without a server."""

from __future__ import annotations

from dataclasses import dataclass

from foretype.completion.complete_text import complete_text
from foretype.core.cursor import Cursor
from foretype.core.text import Document
from foretype.evaluation.holes import Source


@dataclass(frozen=True, slots=True)
class Shown:
    """A suggestion: its text, and how many characters after the cursor it replaces."""

    text: str
    replaces: int = 0


def suggested(raw: str, place: Cursor, *, is_cut: bool = False) -> Shown:
    """What the product shows of an answer. ``is_cut``: a limit ended it."""
    shaped = complete_text(raw, place, is_cut=is_cut).extent
    return Shown(shaped.whole_lines, shaped.replaces)


def place_in(source: Source, start: int, end: int) -> Cursor:
    """The cursor where a part of a file is missing."""
    text = source.text[:start] + source.text[end:]
    return Cursor(Document(f"file:///bench/{source.name}", text, source.language, 1), start)


def inserted(shown: Shown, place: Cursor) -> str:
    """The document with a suggestion accepted."""
    text, at = place.document.text, place.offset
    return text[:at] + shown.text + text[at + shown.replaces :]


def outcome(shown: Shown, place: Cursor, truth: str) -> str:
    """``exact``, ``beginning`` (cut at a whole line), ``silent`` or ``wrong``."""
    if not shown.text.strip():
        return "silent" if truth.strip() else "exact"
    text, at = place.document.text, place.offset
    whole = text[:at] + truth + text[at:]
    if _trimmed(inserted(shown, place)) == _trimmed(whole):
        return "exact"
    truth, text = _trimmed(truth), _trimmed(shown.text)
    rest = truth[len(text) :] if truth.startswith(text) else "x"
    return "beginning" if rest.lstrip(" \t").startswith("\n") or not rest.strip() else "wrong"


def _trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.split("\n"))
