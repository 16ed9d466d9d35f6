"""The Responses API: items in, typed events out. Nothing is stored at the provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from foretype.models.capabilities import RequestVariant
from foretype.models.protocol import Chunk, Message, Prompt, Tool, ToolCall
from foretype.models.wires import parts
from foretype.models.wires.parts import ErrorObject, Event, FirstField, OptionalParts, Request
from foretype.settings.providers import Endpoint
from foretype.spending.usage import Usage

REASONING_OFF: tuple[Mapping[str, Any], ...] = (
    {"reasoning": {"effort": "none"}},
    {"reasoning": {"effort": "minimal"}},
    {"reasoning": {"effort": "low"}},
)
"""The API has one parameter for it; models differ in the lowest effort they support."""

MIN_OUTPUT_TOKENS = 16
"""The lowest limit that the API accepts."""

_THINKING = frozenset({"response.reasoning_text.delta", "response.reasoning_summary_text.delta"})
_ENDS = frozenset({"response.completed", "response.incomplete", "response.cancelled"})


def request(prompt: Prompt, endpoint: Endpoint, variant: RequestVariant) -> Request:
    form = OptionalParts(
        variant,
        {
            "model": endpoint.model,
            "input": [item for message in prompt.messages for item in _items(message)],
            "stream": True,
            "max_output_tokens": max(prompt.max_tokens, MIN_OUTPUT_TOKENS),
        },
    )
    form.add("temperature", temperature=prompt.temperature)
    form.add("store", store=False)
    if prompt.tools:
        form.arguments["tools"] = [_tool(tool) for tool in prompt.tools]
    if not prompt.think:
        form.no_thinking(REASONING_OFF)
    return form.request(prompt.stop)


def call(sdk: Any) -> Any:
    return sdk.responses.with_streaming_response.create


def _items(message: Message) -> list[dict[str, Any]]:
    if message.role == "tool":
        return [
            {
                "type": "function_call_output",
                "call_id": message.tool_call_id,
                "output": message.content,
            }
        ]
    # The type may be left out for OpenAI; llama.cpp refuses an assistant's message without it.
    text = {"type": "message", "role": message.role, "content": message.content}
    said = [text] if message.content else []
    calls = [
        {
            "type": "function_call",
            "call_id": call.id,
            "name": call.name,
            "arguments": call.arguments,
        }
        for call in message.tool_calls
    ]
    return [*said, *calls]


def _tool(tool: Tool) -> dict[str, Any]:
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
        "strict": False,
    }


@dataclass(slots=True)
class TypedEvents:
    """Decodes events by type, and whole answers from servers that do not stream."""

    usage: Usage | None = None
    _text: FirstField = field(default_factory=FirstField)
    _calls: list[ToolCall] = field(default_factory=list)

    def feed(self, event: Event) -> Chunk:
        kind = parts.text(event.get("type"))
        if kind == "response.output_text.delta":
            return self._said(kind, parts.text(event.get("delta")))
        # The rest repeats the deltas, if there were any.
        if kind == "response.output_text.done":
            return self._said(kind, parts.text(event.get("text")))
        if kind == "response.content_part.done":
            return self._said(kind, parts.text_of(parts.mapping(event.get("part"))))
        if kind in _THINKING:
            return Chunk(reasoning=parts.text(event.get("delta")))
        if kind == "response.output_item.done":
            item = parts.mapping(event.get("item"))
            self._keep(item)
            return self._said(kind, _text_of(item))
        if kind == "error":
            raise ErrorObject(event.get("error") or event)
        if kind == "response.failed":
            raise ErrorObject(parts.mapping(event.get("response")).get("error"))
        if kind in _ENDS:
            return self._ended(parts.mapping(event.get("response")), kind.removeprefix("response."))
        return self._ended(event) if event.get("object") == "response" else Chunk()

    def end(self) -> tuple[ToolCall, ...]:
        return tuple(self._calls)

    def _said(self, source: str, text: str) -> Chunk:
        return Chunk(text=self._text.take(source, text) or "")

    def _keep(self, item: Event) -> None:
        call = ToolCall(
            parts.text(item.get("call_id")) or parts.text(item.get("id")),
            parts.text(item.get("name")),
            parts.text(item.get("arguments")),
        )
        if item.get("type") == "function_call" and call not in self._calls:
            self._calls.append(call)
            n_chars = sum(len(c.id) + len(c.name) + len(c.arguments) for c in self._calls)
            parts.bounded_calls(len(self._calls), n_chars)

    def _ended(self, response: Event, status: str = "completed") -> Chunk:
        self.usage = parts.usage(response.get("usage")) or self.usage
        output = parts.objects(response.get("output"))
        for item in output:
            self._keep(item)
        details = parts.mapping(response.get("incomplete_details"))
        status = parts.text(response.get("status")) or status
        if status == "failed":
            raise ErrorObject(response.get("error"))
        finish = parts.finish_reason(details.get("reason")) or parts.finish_reason(status)
        calls = tuple(self._calls)
        return Chunk(
            text=self._text.take("response", "".join(map(_text_of, output))) or "",
            tool_calls=calls,
            finish="tool_calls" if calls and finish == "stop" else finish,
        )


def _text_of(item: Event) -> str:
    if item.get("type") != "message":
        return ""
    return "".join(map(parts.text_of, parts.objects(item.get("content"))))
