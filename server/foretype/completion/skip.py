"""Places where nobody wants text: decided before anything is sent, from the text alone."""

from __future__ import annotations

import re

from foretype.completion.suggestion import NoSuggestion, Place, Reason, Trigger
from foretype.settings import CompletionSettings

MAX_LINE = 10_000
"""Characters; a longer line is data or minified code."""
MAX_DOCUMENT = 4_000_000
"""Characters; a larger file is not written by hand."""

_WORD = re.compile(r"\w")
# What may stand after the cursor without being in the way: closers that an editor inserts by
# itself, and one separator.
_CLOSERS = re.compile(r"[\s)\]}>\"'`]*[:;,{]?\s*$")


def skip(place: Place, trigger: Trigger, settings: CompletionSettings) -> NoSuggestion | None:
    """Why nothing should be suggested at a place, or None where something may be."""
    document = place.document
    before, after = place.before, place.after
    if len(before) + len(after) > MAX_LINE or len(document.text) > MAX_DOCUMENT:
        return NoSuggestion(Reason.TOO_LARGE)
    if trigger is Trigger.INVOKED:
        return None
    if not settings.enabled or document.language in settings.languages_off:
        return NoSuggestion(Reason.OFF)
    if after and _WORD.match(after):
        return NoSuggestion(Reason.UNWANTED, "inside a word")
    if not only_closers(after):
        return NoSuggestion(Reason.UNWANTED, "before other text on the line")
    return None


def only_closers(after: str) -> bool:
    """Whether the rest of a line holds nothing but closers and at most one separator."""
    return _CLOSERS.fullmatch(after) is not None
