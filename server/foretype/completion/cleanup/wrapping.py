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
    r"|(option|alternative|solution|version|candidate|completion|answer)s?( \w{1,3})?:"
    r"|no (completion|change|changes|code|further|additional)\b"
    r"|nothing (to|is|needs|more|else|missing)\b|there(['’]s| is) (nothing|no)\b)",
    re.IGNORECASE,
)
_REFUSAL = re.compile(
    r"\s*\W*(no (completion|changes?|code|further|additional)[\w ]*(needed|required|necessary)"
    r"|(the|this|your) (code|function|line|file|text)( \w+)? (is|looks|seems)( \w+)? complete"
    r"|nothing (to (add|complete|insert)|is missing|more|else)|there(['’]s| is) nothing (to|more)"
    r"|i(['’]m| am) (sorry|unable)|(sorry|unfortunately),? i|as an ai|i (cannot|can['’]t) )[^\n]*",
    re.IGNORECASE,
)
_OPENINGS = (
    "sure", "certainly", "of course", "here is", "here's", "here are", "below is", "to complete",
    "the code", "the completed", "this code", "i'm sorry", "i am sorry", "sorry", "no completion",
    "nothing to", "there is nothing", "option 1:", "alternative 1:", "```", "~~~",
)  # fmt: skip
_LONGEST_PREAMBLE = 400
"""Characters that may stand before a fence where English might be the text itself."""


def drop_wrapping(flow: Flow, place: Surroundings) -> Flow:
    """Keep what stands in the first fence; where there is none, drop a preamble or a refusal."""
    text = flow.text
    opening = _opening_fence(text)
    if place.is_markdown and not _wraps_markdown(opening, text, place):
        return _silent_if_refusing(flow)
    if opening is not None:
        if text[opening.end() - 1] != "\n":
            return flow.now("")
        return _until_fence(flow, text[opening.end() :])
    if _is_undecided(flow, place):
        return flow.now("")
    if not place.is_prose and _PREAMBLE.match(text):
        return flow.now("")
    return _silent_if_refusing(_until_fence(flow, text))


def _opening_fence(text: str) -> re.Match[str] | None:
    fence = _FENCE.search(text)
    if fence is None:
        return None
    ahead = text[: fence.start()]
    return fence if not ahead.strip() or _PREAMBLE.match(ahead) else None


def _wraps_markdown(opening: re.Match[str] | None, text: str, place: Surroundings) -> bool:
    """Whether a fence is around the answer rather than part of it, where fences are text."""
    if opening is None:
        return _FENCE.match(text.lstrip()) is None and _is_about_the_answer(text)
    if text[: opening.start()].strip():
        return _is_about_the_answer(text[: opening.start()])
    info = opening.group().strip().strip("`~").strip()
    return info in {"", "markdown", "md"} or bool(place.before.strip()) or place.in_fence


def _is_about_the_answer(text: str) -> bool:
    start = text.strip().lower()
    about = re.search(r"\b(code|complet\w+|option|alternative|snippet|answer)\b", start)
    return bool(start) and bool(_PREAMBLE.match(text)) and about is not None


def _is_undecided(flow: Flow, place: Surroundings) -> bool:
    """Whether what came so far may become a preamble or a fence, so that more must come."""
    if flow.final:
        return False
    start = flow.text.lstrip().lower()
    if not start:
        return False
    if any(opening.startswith(start) for opening in _OPENINGS) or start.startswith("```"):
        return True
    if not _PREAMBLE.match(flow.text):
        return False
    if not place.is_prose:
        return True
    # English may be meant here: a preamble is one only if a fence follows soon.
    first, line_end, more = start.partition("\n")
    return not line_end or (first.rstrip().endswith(":") and len(more.strip()) < 3)


def _silent_if_refusing(flow: Flow) -> Flow:
    refusal = _REFUSAL.fullmatch(flow.text.strip())
    return flow.now("") if refusal and (flow.final or flow.text.strip()) else flow


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
