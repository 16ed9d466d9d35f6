"""The formats of answers on each wire: as a stream of events, and as one object."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from foretype.upstream import tokenizer
from foretype.upstream.answer import Answer
from foretype.upstream.question import Question
from foretype.upstream.script import Script

DONE = b"data: [DONE]\n\n"
_LONE = re.compile("[\ud800-\udfff]")
COMMENT = b": UPSTREAM PROCESSING\n\n"


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a stream. ``tokens`` of the answer come with it; 0 for what frames it."""

    data: bytes
    tokens: int = 0
    text: str = ""


class Wire(Protocol):
    """One way to spell answers."""

    def events(self, said: Answer, question: Question, script: Script) -> Iterator[Event]: ...
    def whole(self, said: Answer, question: Question, script: Script) -> dict[str, Any]: ...


def sse(payload: Any, name: str = "") -> bytes:
    """One server-sent event."""
    head = f"event: {name}\n" if name else ""
    return f"{head}data: ".encode() + encoded(payload) + b"\n\n"


def encoded(payload: object) -> bytes:
    """A value as JSON. A lone surrogate, which UTF-8 cannot hold, becomes the replacement
    character."""
    return _LONE.sub("\ufffd", json.dumps(payload, ensure_ascii=False)).encode()


def usage(said: Answer, question: Question, script: Script) -> dict[str, Any]:
    """The usage as Chat Completions and Completions count it."""
    n_input = (question.n_chars + 3) // 4
    counted: dict[str, Any] = {
        "prompt_tokens": n_input,
        "completion_tokens": said.n_tokens,
        "total_tokens": n_input + said.n_tokens,
        "prompt_tokens_details": {"cached_tokens": int(n_input * script.cached)},
        "completion_tokens_details": {"reasoning_tokens": said.n_reasoning},
    }
    if script.cost is not None:
        counted["cost"] = script.cost
    return counted


class Chat:
    """Chat Completions."""

    def events(self, said: Answer, question: Question, script: Script) -> Iterator[Event]:
        base = _base(question, "chatcmpl-scripted", "chat.completion.chunk")

        def delta(content: dict[str, Any], finish: str | None = None) -> bytes:
            choice = {"index": 0, "delta": content, "logprobs": None, "finish_reason": finish}
            return sse({**base, "choices": [choice]})

        yield Event(delta({"role": "assistant", "content": ""}))
        for thought in said.reasoning:
            yield Event(delta({script.reasoning_as: thought, "content": None}), 1)
        for piece in said.pieces:
            yield Event(delta({"content": piece}), len(tokenizer.split(piece)), piece)
        for index, call in enumerate(said.calls):
            begin = {"name": call.name, "arguments": ""}
            head = {"index": index, "id": call.id, "type": "function", "function": begin}
            yield Event(delta({"tool_calls": [head]}))
            for piece in tokenizer.split(call.arguments):
                part = {"index": index, "function": {"arguments": piece}}
                yield Event(delta({"tool_calls": [part]}), 1)
        yield Event(delta({}, said.finish))
        if question.include_usage:
            yield Event(sse({**base, "choices": [], "usage": usage(said, question, script)}))
        yield Event(DONE)

    def whole(self, said: Answer, question: Question, script: Script) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": said.text or None}
        if said.reasoning:
            message[script.reasoning_as] = "".join(said.reasoning)
        if said.calls:
            message["tool_calls"] = [
                {
                    "id": call.id,
                    "type": "function",
                    "function": {"name": call.name, "arguments": call.arguments},
                }
                for call in said.calls
            ]
        choice = {"index": 0, "message": message, "finish_reason": said.finish}
        return {
            **_base(question, "chatcmpl-scripted", "chat.completion"),
            "choices": [choice],
            "usage": usage(said, question, script),
        }


class Fim:
    """Completions: a prompt and a suffix."""

    def events(self, said: Answer, question: Question, script: Script) -> Iterator[Event]:
        base = _base(question, "cmpl-scripted", "text_completion")

        def choice(text: str, finish: str | None = None) -> bytes:
            choices = [{"index": 0, "text": text, "logprobs": None, "finish_reason": finish}]
            return sse({**base, "choices": choices})

        for piece in said.pieces:
            yield Event(choice(piece), len(tokenizer.split(piece)), piece)
        yield Event(choice("", said.finish))
        if question.include_usage:
            yield Event(sse({**base, "choices": [], "usage": usage(said, question, script)}))
        yield Event(DONE)

    def whole(self, said: Answer, question: Question, script: Script) -> dict[str, Any]:
        return {
            **_base(question, "cmpl-scripted", "text_completion"),
            "choices": [{"index": 0, "text": said.text, "finish_reason": said.finish}],
            "usage": usage(said, question, script),
        }


def _base(question: Question, id: str, kind: str) -> dict[str, Any]:
    model = str(question.body.get("model") or "scripted")
    return {"id": id, "object": kind, "created": int(time.time()), "model": model}
