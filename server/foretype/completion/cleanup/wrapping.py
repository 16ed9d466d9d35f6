"""Code fences, and the prose that chat models put around code."""

from __future__ import annotations

import re

from foretype.completion.cleanup.base import Flow, Surroundings

_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[^\n`]*(\n|$)", re.MULTILINE)
_PREAMBLE = re.compile(
    r"\s*(sure|certainly|of course|absolutely|okay|great|here(['’]s| is| are)|below is"
    r"|(the|this|your) [\w -]{0,30}(code|completion|function|line|text|snippet|block)\b"
    r"|to (complete|finish|continue)|i(['’]ll| will| have|['’]ve| would| am|['’]m|['’]d)\b"
    r"|i (can|cannot|can['’]t|don['’]t)\b"
    r"|let me|you can|as an ai|sorry|unfortunately|based on|looking at"
    r"|no (completion|change|changes|code|further|additional)\b"
    r"|nothing (to|is|needs|more|else|missing)\b|there(['’]s| is) (nothing|no)\b)",
    re.IGNORECASE,
)
_LONGEST_OPENING = 48


def drop_wrapping(flow: Flow, place: Surroundings) -> Flow:
    """Keep what stands in the first fence; where there is none, drop a preamble."""
    text = flow.text
    if place.is_markdown and not re.match(r"\s*```(markdown|md)\b", text):
        return flow
    opening = _opening_fence(flow, place)
    if opening is None:
        if _may_be_wrapped(flow, place):
            return flow.now("")
        return _until_fence(flow, text)
    if text[opening.end() - 1] != "\n":
        return flow.now("")
    return _until_fence(flow, text[opening.end() :])


def _opening_fence(flow: Flow, place: Surroundings) -> re.Match[str] | None:
    fence = _FENCE.search(flow.text)
    if fence is None:
        return None
    ahead = flow.text[: fence.start()]
    if not ahead.strip() or (_PREAMBLE.match(ahead) and not place.is_prose):
        return fence
    return None


def _may_be_wrapped(flow: Flow, place: Surroundings) -> bool:
    """Whether nothing of the text can be shown: it begins like a fence or like prose."""
    start = flow.text.lstrip()
    if not start:
        return False
    if "```".startswith(start[:3]) or "~~~".startswith(start[:3]):
        return True
    if place.is_prose:
        return False
    if _PREAMBLE.match(flow.text):
        return True
    word = re.match(r"[A-Za-z’' ]+", start)
    return not flow.final and word is not None and _could_become_preamble(start)


def _could_become_preamble(start: str) -> bool:
    # Half a word of English: wait for the rest. Short, so that code is held back for a moment.
    openings = ("sure", "certainly", "of course", "here is", "here's", "below is", "to complete")
    return len(start) < _LONGEST_OPENING and any(o.startswith(start.lower()) for o in openings)


def _until_fence(flow: Flow, text: str) -> Flow:
    closing = _FENCE.search(text)
    if closing is not None:
        return flow.end(text[: closing.start()].removesuffix("\n"))
    if flow.final:
        return flow.now(text)
    # The last line may be the beginning of a fence, and the line end before it belongs to it.
    last = text.rfind("\n") + 1
    if re.fullmatch(r"[ \t]*(`{0,2}|~{0,2})", text[last:]):
        return flow.now(text[: max(last - 1, 0)])
    return flow.now(text)
