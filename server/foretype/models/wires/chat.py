"""Chat Completions: messages in, deltas out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from foretype.models.capabilities import RequestVariant
from foretype.models.protocol import Chunk, Message, Prompt, Tool, ToolCall
from foretype.models.wires import parts
from foretype.models.wires.parts import ErrorObject, Event, FirstField, OptionalParts, Request
from foretype.settings.providers import Endpoint
from foretype.spending.usage import Usage

MAX_STOP_SEQUENCES = 4
"""OpenAI-compatible servers reject more."""


def request(prompt: Prompt, endpoint: Endpoint, variant: RequestVariant) -> Request:
    row = endpoint.row
    has_system = any(message.role == "system" for message in prompt.messages)
    messages = prompt.messages
    if has_system and "system" in variant.without:
        messages, has_system = _without_system(messages), False
    form = OptionalParts(
        variant,
        {
            "model": endpoint.model,
            "messages": [_message(message) for message in messages],
            "stream": True,
            variant.max_tokens: prompt.max_tokens,
        },
        parts={"max_tokens", "system"} if has_system else {"max_tokens"},
    )
    form.add("temperature", temperature=prompt.temperature)
    form.add("stop", bool(prompt.stop), stop=list(prompt.stop[:MAX_STOP_SEQUENCES]))
    form.add("stream_options", stream_options={"include_usage": True})
    if prompt.tools:
        form.arguments["tools"] = [_tool(tool) for tool in prompt.tools]
    form.add_body("usage", row.extra_body)
    if not prompt.think:
        form.no_thinking(row.reasoning_off)
    return form.request(prompt.stop)


def call(sdk: Any) -> Any:
    return sdk.chat.completions.with_streaming_response.create


def _without_system(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """Put the system messages before the first message of the user."""
    system = "\n\n".join(m.content for m in messages if m.role == "system")
    others = [m for m in messages if m.role != "system"]
    if others and others[0].role == "user":
        others[0] = replace(others[0], content=f"{system}\n\n{others[0].content}")
        return tuple(others)
    return (Message("user", system), *others)


def _message(message: Message) -> dict[str, Any]:
    if message.role == "tool":
        return {
            "role": "tool",
            "tool_call_id": message.tool_call_id,
            "content": message.content,
        }
    if not message.tool_calls:
        return {"role": message.role, "content": message.content}
    calls = [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
        }
        for call in message.tool_calls
    ]
    return {"role": message.role, "content": message.content or None, "tool_calls": calls}


def _tool(tool: Tool) -> dict[str, Any]:
    function = {
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
    }
    return {"type": "function", "function": function}


@dataclass(slots=True)
class _Call:
    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)
    """The pieces as they arrived."""


@dataclass(slots=True)
class Deltas:
    """Decodes deltas, and whole answers from servers that do not stream.

    Some servers repeat the whole message with the last delta. So text, reasoning and calls are each
    taken only from the field that had them first.
    """

    usage: Usage | None = None
    _calls: list[_Call] = field(default_factory=list)
    _by_index: dict[str, _Call] = field(default_factory=dict)
    _n_chars: int = 0
    """Characters of all calls so far."""
    _text: FirstField = field(default_factory=FirstField)
    _reasoning: FirstField = field(default_factory=FirstField)
    _called: FirstField = field(default_factory=FirstField)

    def feed(self, event: Event) -> Chunk:
        self.usage = parts.usage(event.get("usage")) or self.usage
        choices = parts.objects(event.get("choices"))
        # One choice is asked for. Others that come belong to another text.
        choice = next((c for c in choices if str(c.get("index") or 0) == "0"), None)
        if choice is None:
            return Chunk()
        if error := choice.get("error"):
            raise ErrorObject(error)
        delta, message = (parts.mapping(choice.get(name)) for name in ("delta", "message"))
        for piece in (
            self._called.take("delta", parts.objects(delta.get("tool_calls")))
            or self._called.take("message", parts.objects(message.get("tool_calls")))
            or []
        ):
            self._add(piece)
        finish = parts.finish_reason(choice.get("finish_reason"))
        said, thought = _said(delta)
        whole, thoughts = _said(message)
        return Chunk(
            text=self._text.take("delta", said)
            or self._text.take("text", parts.text(choice.get("text")))
            or self._text.take("message", whole)
            or "",
            reasoning=self._reasoning.take("delta", thought)
            or self._reasoning.take("message", thoughts)
            or "",
            tool_calls=self.end() if finish else (),
            finish=finish,
        )

    def _add(self, piece: Event) -> None:
        """Add a piece to its call. Some servers number all calls 0, others not at all."""
        id_, index = parts.text(piece.get("id")), str(piece.get("index"))
        call = self._by_index.get(index)
        if call is None or (id_ and call.id not in ("", id_)):
            call = self._by_index[index] = _Call()
            self._calls.append(call)
        function = parts.mapping(piece.get("function"))
        call.id = call.id or id_
        call.name = call.name or parts.text(function.get("name"))
        call.arguments.append(arguments := parts.text(function.get("arguments")))
        self._n_chars += len(call.id) + len(call.name) + len(arguments)
        parts.bounded_calls(len(self._calls), self._n_chars)

    def end(self) -> tuple[ToolCall, ...]:
        calls = tuple(
            ToolCall(call.id or f"call_{number}", call.name, "".join(call.arguments))
            for number, call in enumerate(self._calls)
        )
        self._calls.clear()
        return calls


def _said(message: Event) -> tuple[str, str]:
    """Return text and reasoning of a delta or a message."""
    said, thought = _content(message.get("content"))
    return said, (
        parts.text(message.get("reasoning"))
        or parts.text(message.get("reasoning_content"))
        or thought
    )


def _content(value: object) -> tuple[str, str]:
    """Return text and reasoning of a content that is a string or a list of parts."""
    if isinstance(value, str):
        return value, ""
    listed = value if isinstance(value, list) else [value]
    pieces = parts.objects([{"text": p} if isinstance(p, str) else p for p in listed])
    return "".join(map(parts.text_of, pieces)), "".join(map(_thought, pieces))


def _thought(part: Event) -> str:
    """Return the reasoning in a part of a content, whatever its field's name."""
    kind = parts.text(part.get("type")).lower()
    if not (part.get("thought") or "reason" in kind or "think" in kind):
        return ""
    inner = [part.get(name) for name in dict.fromkeys(("text", "content", "summary", kind))]
    return "".join(
        parts.text(value) or "".join(parts.text(p.get("text")) for p in parts.objects(value))
        for value in inner
    )
