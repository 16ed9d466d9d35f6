"""Thinking aloud never reaches the document."""

from __future__ import annotations

import re

from foretype.completion.cleanup.base import Flow, Surroundings, hold_back

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
_GAP = re.compile(r"[ \t]*\n{0,2}")
_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
"""Lower case for tags; no other character changes, so that every offset stays the same."""


def drop_reasoning(flow: Flow, place: Surroundings) -> Flow:
    """Drop ``<think>…</think>`` and its like, also where the opening tag is missing."""
    tags = [tag for tag in TAGS if not any(map(place.holds, tag))]
    if place.is_markup:
        # Other tags may be the language's own.
        tags = [tag for tag in tags if tag[0] == "<think>" or tag[0][0] != "<"]
    text, lowered = flow.text, flow.text.translate(_LOWER)
    while True:
        start = lowered.lstrip()
        if not start and not flow.final:
            return flow.now("")
        opened = next((tag for tag in tags if start.startswith(_lower(tag[0]))), None)
        if opened is None:
            break
        rest = _after(_lower(opened[1]), lowered)
        if rest < 0:
            return flow.now("")
        text, lowered = text[rest:], lowered[rest:]
    if not flow.final and any(_lower(tag[0]).startswith(start) for tag in tags):
        return flow.now("")
    return _without_opening_tag(flow.now(text), lowered, tags, place)


def _without_opening_tag(
    flow: Flow, lowered: str, tags: list[tuple[str, str]], place: Surroundings
) -> Flow:
    """Thoughts up to their closing tag; where none are heard, any tag is the end."""
    openings, closings = ([_lower(tag[side]) for tag in tags] for side in (0, 1))
    start = lowered.lstrip()
    thinks = not place.is_prose and start.startswith(_THOUGHTS)
    found = [(lowered.find(tag), tag) for tag in [*closings, *openings]]
    at, tag = min((each for each in found if each[0] >= 0), default=(-1, ""))
    if at >= 0:
        if tag in closings and (thinks or not flow.text[:at].strip()):
            return drop_reasoning(flow.now(flow.text[_after(tag, lowered) :]), place)
        return flow.end(flow.text[:at])
    may_think = thinks or any(thought.startswith(start) for thought in _THOUGHTS)
    if may_think and not flow.final and not place.is_prose:
        return flow.now("")
    held = hold_back(flow.now(lowered), [*closings, *openings]).text
    return flow.now(flow.text[: len(held)] if held.strip() or flow.final else "")


def _after(closing: str, lowered: str) -> int:
    """Where a closing tag and the line ends behind it end; -1 where there is no such tag."""
    at = lowered.find(closing)
    gap = _GAP.match(lowered, at + len(closing))
    return gap.end() if at >= 0 and gap else -1


def _lower(tag: str) -> str:
    return tag.translate(_LOWER)
