"""Thinking aloud never reaches the document."""

from __future__ import annotations

import re

from foretype.completion.cleanup.base import Flow, Surroundings

TAGS = ("think", "thinking", "thought", "reasoning")
_OPEN = re.compile(rf"\s*<({'|'.join(TAGS)})>", re.IGNORECASE)
_CLOSE = re.compile(rf"</({'|'.join(TAGS)})>[ \t]*\n*", re.IGNORECASE)
_OPENERS = tuple(f"<{tag}>" for tag in TAGS)


def drop_reasoning(flow: Flow, _: Surroundings) -> Flow:
    """Drop ``<think>…</think>``, also where a chat template swallowed the opening tag."""
    closings = list(_CLOSE.finditer(flow.text))
    if closings:
        return flow.now(flow.text[closings[-1].end() :])
    start = flow.text.lstrip()
    may_open = not flow.final and start and any(tag.startswith(start.lower()) for tag in _OPENERS)
    if _OPEN.match(flow.text) or may_open:
        return flow.now("")
    return flow
