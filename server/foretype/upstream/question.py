"""Parse requests of all wires into one format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Wire = Literal["chat", "fim", "responses"]

CURSOR = re.compile(r"<\|cursor(?:_\d+)?\|>")
"""The mark directly after the text before the cursor."""

_MARK = "<|cursor|>"
_Parts = tuple[str, str, str, int]
"""Before, after, the mark, and how many characters were sent."""

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
    mark: str = _MARK
    """The cursor mark as the prompt has it."""
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    stream: bool = False
    include_usage: bool = False
    n_chars: int = 0
    """Characters of prompt, for the usage."""
    body: Mapping[str, Any] = field(default_factory=dict)


def read(wire: Wire, body: Mapping[str, Any]) -> Question:
    """Parse a request's body."""
    before, after, mark, n_chars = _PARTS[wire](body)
    limit = body.get("max_completion_tokens", body.get("max_tokens", body.get("max_output_tokens")))
    stop = body.get("stop") or ()
    options = body.get("stream_options")
    return Question(
        wire=wire,
        before=before,
        after=after,
        mark=mark,
        max_tokens=limit if isinstance(limit, int) else None,
        stop=(stop,) if isinstance(stop, str) else tuple(stop),
        stream=bool(body.get("stream")),
        include_usage=isinstance(options, Mapping) and bool(options.get("include_usage")),
        n_chars=n_chars,
        body=body,
    )


def _chat(body: Mapping[str, Any]) -> _Parts:
    return _messages(body.get("messages") or [])


def _responses(body: Mapping[str, Any]) -> _Parts:
    given = body.get("input") or []
    messages = [{"role": "user", "content": given}] if isinstance(given, str) else given
    before, after, mark, n_chars = _messages(messages)
    return before, after, mark, n_chars + len(str(body.get("instructions") or ""))


def _messages(messages: list[Mapping[str, Any]]) -> _Parts:
    texts = [(message.get("role"), _text(message.get("content"))) for message in messages]
    n_chars = sum(len(text) for _, text in texts)
    last = next((text for role, text in reversed(texts) if role == "user"), "")
    marks = list(CURSOR.finditer(last))
    if not marks:
        return last, "", _MARK, n_chars
    return last[: marks[-1].start()], "", marks[-1].group(), n_chars


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "".join(str(part.get("text", "")) for part in parts if isinstance(part, Mapping))


def _fim(body: Mapping[str, Any]) -> _Parts:
    prompt = str(body.get("prompt") or "")
    suffix = str(body.get("suffix") or "")
    n_chars = len(prompt) + len(suffix)
    for sentinel in SENTINELS:
        if match := sentinel.search(prompt):
            return match["before"], match["after"], _MARK, n_chars
    return prompt, suffix, _MARK, n_chars


_PARTS = {"chat": _chat, "fim": _fim, "responses": _responses}
