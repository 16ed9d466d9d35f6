"""What a request asks, whichever wire it came by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Wire = Literal["chat", "fim", "responses"]

CURSOR = re.compile(r"<\|cursor(?:_\d+)?\|>")
"""The mark that stands directly after the text before the cursor."""

SENTINELS = (
    re.compile(
        r"<\|fim_prefix\|>(?P<before>.*)<\|fim_suffix\|>(?P<after>.*)<\|fim_middle\|>", re.DOTALL
    ),
    re.compile(r"<fim_prefix>(?P<before>.*)<fim_suffix>(?P<after>.*)<fim_middle>", re.DOTALL),
    re.compile(r"<PRE> ?(?P<before>.*) <SUF> ?(?P<after>.*) <MID>", re.DOTALL),
    re.compile(r"\[SUFFIX\](?P<after>.*)\[PREFIX\](?P<before>.*)", re.DOTALL),
    re.compile(
        r"<｜fim▁begin｜>(?P<before>.*)<｜fim▁hole｜>(?P<after>.*)<｜fim▁end｜>",
        re.DOTALL,
    ),
)
"""How models that fill in are asked where the server joins nothing itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request for text."""

    wire: Wire
    before: str
    """What stands before the cursor: the end of it is the document's, verbatim."""
    after: str = ""
    """What stands after the cursor, where the wire tells it apart."""
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    stream: bool = False
    include_usage: bool = False
    n_chars: int = 0
    """Characters of prompt, for the usage."""
    body: Mapping[str, Any] = field(default_factory=dict)


def read(wire: Wire, body: Mapping[str, Any]) -> Question:
    """The question that a request's body asks."""
    before, after, n_chars = _PARTS[wire](body)
    limit = body.get("max_completion_tokens", body.get("max_tokens", body.get("max_output_tokens")))
    stop = body.get("stop") or ()
    options = body.get("stream_options")
    return Question(
        wire=wire,
        before=before,
        after=after,
        max_tokens=limit if isinstance(limit, int) else None,
        stop=(stop,) if isinstance(stop, str) else tuple(stop),
        stream=bool(body.get("stream")),
        include_usage=isinstance(options, Mapping) and bool(options.get("include_usage")),
        n_chars=n_chars,
        body=body,
    )


def _chat(body: Mapping[str, Any]) -> tuple[str, str, int]:
    return _messages(body.get("messages") or [])


def _responses(body: Mapping[str, Any]) -> tuple[str, str, int]:
    given = body.get("input") or []
    messages = [{"role": "user", "content": given}] if isinstance(given, str) else given
    before, after, n_chars = _messages(messages)
    return before, after, n_chars + len(str(body.get("instructions") or ""))


def _messages(messages: list[Mapping[str, Any]]) -> tuple[str, str, int]:
    texts = [(message.get("role"), _text(message.get("content"))) for message in messages]
    n_chars = sum(len(text) for _, text in texts)
    last = next((text for role, text in reversed(texts) if role == "user"), "")
    marks = list(CURSOR.finditer(last))
    return (last[: marks[-1].start()] if marks else last), "", n_chars


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "".join(str(part.get("text", "")) for part in parts if isinstance(part, Mapping))


def _fim(body: Mapping[str, Any]) -> tuple[str, str, int]:
    prompt = str(body.get("prompt") or "")
    suffix = str(body.get("suffix") or "")
    n_chars = len(prompt) + len(suffix)
    for sentinel in SENTINELS:
        if match := sentinel.search(prompt):
            return match["before"], match["after"], n_chars
    return prompt, suffix, n_chars


_PARTS = {"chat": _chat, "fim": _fim, "responses": _responses}
