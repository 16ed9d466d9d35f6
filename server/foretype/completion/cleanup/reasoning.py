"""Thinking aloud never reaches the document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from foretype.completion.cleanup.base import CompletionContext, Flow, hold_back, may_become

TAGS = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("<reflection>", "</reflection>"),
    ("<seed:think>", "</seed:think>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|inner_prefix|>", "<|inner_suffix|>"),
    ("<longcat_think>", "</longcat_think>"),
    ("<unused94>", "<unused95>"),
    ("<|channel>thought", "<channel|>"),
    ("<|channel|>analysis<|message|>", "<|channel|>final<|message|>"),
)
"""What opens and what closes the reasoning of the models that write it into their answer."""

# Thoughts that a chat template has left without their opening tag.
_THOUGHTS = (
    "okay, so", "okay, the", "okay, let", "okay, i", "ok, so", "ok, the", "ok, let", "hmm", "wait,",
    "alright, ", "we need to", "we have to", "i need to", "i should ", "the user wants",
    "the user is", "the user has", "let's think", "let me think", "let's see", "let me see",
    "let's look", "let me look", "first, i", "first, let", "so the user", "so, the user",
)  # fmt: skip
NEVER = re.compile(r"(?!)")
_BLANKS = re.compile(r"\s*")
_GAP = re.compile(r"[ \t]*\n{0,2}")
_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
"""Lower case for tags; no other character changes, so that every offset stays the same."""
_LOWERED = {tag: tag.translate(_LOWER) for pair in TAGS for tag in pair}


LONGEST_TAG = max(map(len, _LOWERED))
"""Characters of the longest tag."""


def drop_reasoning(flow: Flow, ctx: CompletionContext) -> Flow:
    """Drop ``<think>…</think>`` and its like, also where the opening tag is missing."""
    pairs = _pairs(ctx)
    lowered = flow.text.translate(_LOWER)
    at = 0
    while (after := _after_thoughts(lowered, at, pairs, ctx)) is not None:
        if after < 0:
            return flow.now("")
        at = after
    start = lowered[at:].lstrip()
    if not flow.final and any(opening.startswith(start) for opening in ["", *pairs]):
        return flow.now("")
    tag = _pattern(pairs).search(lowered, at)
    if tag is not None:
        return flow.end(flow.text[at : tag.start()])
    if not flow.final and not ctx.is_prose and may_become(start, _THOUGHTS):
        return flow.now("")
    held = hold_back(flow.now(lowered[at:]), [*pairs.values(), *pairs]).text
    return flow.now(flow.text[at : at + len(held)] if held.strip() or flow.final else "")


def ended_thoughts(text: str, ctx: CompletionContext) -> tuple[int, re.Pattern[str]]:
    """Where the tag stands that closed the last thoughts which ended, and what would end those
    that go on, in lower case.

    From that tag on, a text is cleaned like the whole of it.
    """
    pairs = _pairs(ctx)
    lowered = text.translate(_LOWER)
    at = closed = 0
    while (after := _after_thoughts(lowered, at, pairs, ctx)) is not None:
        if after < 0:
            start = _end(_BLANKS, lowered, at)
            opening = next(tag for tag in pairs if lowered.startswith(tag, start))
            return closed, _any_of((pairs[opening],))
        closed = max(lowered.rfind(closing, at, after) for closing in pairs.values())
        at = after
    return closed, _any_of(tuple(pairs.values()))


def _pairs(ctx: CompletionContext) -> dict[str, str]:
    """The tags that open and close thoughts, in lower case, but for those that may be text."""
    tags = [tag for tag in TAGS if not any(map(ctx.holds, tag))]
    if ctx.is_markup:
        # Other tags may be the language's own.
        tags = [tag for tag in tags if tag[0] == "<think>" or tag[0][0] != "<"]
    return {_LOWERED[opening]: _LOWERED[closing] for opening, closing in tags}


def _after_thoughts(
    lowered: str, at: int, pairs: Mapping[str, str], ctx: CompletionContext
) -> int | None:
    """Where the thoughts that begin here end, -1 where they go on; None where none begin.

    Thoughts without an opening tag go up to their closing tag; where none are heard, any tag is
    the text's end.
    """
    start = _end(_BLANKS, lowered, at)
    opening = next((tag for tag in pairs if lowered.startswith(tag, start)), "")
    if opening:
        return _after(pairs[opening], lowered, start)
    tag = _pattern(pairs).search(lowered, at)
    if tag is None or tag.group() in pairs:
        return None
    thinks = not ctx.is_prose and lowered.startswith(_THOUGHTS, start)
    return _after(tag.group(), lowered, tag.start()) if thinks or start == tag.start() else None


def _after(closing: str, lowered: str, start: int) -> int:
    """Where a closing tag and the line ends behind it end; -1 where there is no such tag."""
    at = lowered.find(closing, start)
    return _end(_GAP, lowered, at + len(closing)) if at >= 0 else -1


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _pattern(pairs: Mapping[str, str]) -> re.Pattern[str]:
    return _any_of((*pairs.values(), *pairs))


@lru_cache(maxsize=64)
def _any_of(tags: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, tags)) or NEVER.pattern)
