"""Shared parts of the three wires: requests, usage and finish reasons.

Providers are not trusted: a field of the wrong type counts as absent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from foretype.models.capabilities import RequestVariant
from foretype.models.protocol import Chunk, Prompt, ToolCall
from foretype.settings.providers import Endpoint
from foretype.spending.usage import Usage

Event = Mapping[str, Any]
T = TypeVar("T")


class ErrorObject(Exception):
    """The provider sent an error object, which is the argument, instead of text."""


class AnswerTooLong(ValueError):
    """The answer is longer, or calls more tools, than allowed."""


@dataclass(frozen=True, slots=True)
class Request:
    """The arguments of the SDK's call."""

    arguments: dict[str, Any]
    parts: frozenset[str] = frozenset()
    """The optional parts among them, named as in ``capabilities.py``."""
    stops: tuple[str, ...] = ()
    """Stop sequences that are also enforced on our side."""


class Decoder(Protocol):
    """Decodes the events of one answer into chunks."""

    usage: Usage | None
    """The provider's latest token count."""

    def feed(self, event: Event) -> Chunk:
        """Decode an event. Usage is stored in ``usage`` and not in the chunk."""
        ...

    def end(self) -> tuple[ToolCall, ...]:
        """Return the complete calls if the server ended without a finish reason."""
        ...


@dataclass(frozen=True, slots=True)
class Wire:
    """One API format of an endpoint."""

    request: Callable[[Prompt, Endpoint, RequestVariant], Request]
    decoder: Callable[[], Decoder]
    call: Callable[[Any], Any]
    """The SDK's method that returns a stream of bytes."""


@dataclass(slots=True)
class FirstField:
    """Accepts values from one field only: the first that had any.

    Other fields that repeat the same content are ignored.
    """

    _name: str = ""

    def take(self, name: str, value: T) -> T | None:
        if value and self._name in ("", name):
            self._name = name
            return value
        return None


@dataclass(slots=True)
class OptionalParts:
    """Collects the optional parts of a request that a variant has."""

    variant: RequestVariant
    arguments: dict[str, Any]
    body: dict[str, Any] = field(default_factory=dict)
    """Fields that the SDK has no parameter for."""
    parts: set[str] = field(default_factory=set)

    def add(self, part: str, wanted: bool = True, **arguments: Any) -> None:
        """Add a part unless it is not needed or known to be refused."""
        if wanted and part not in self.variant.without:
            self.arguments.update(arguments)
            self.parts.add(part)

    def add_body(self, part: str, body: Mapping[str, Any]) -> None:
        if body and part not in self.variant.without:
            self.body.update(body)
            self.parts.add(part)

    def no_thinking(self, spellings: tuple[Mapping[str, Any], ...]) -> None:
        """Disable reasoning in the variant's way."""
        if self.variant.reasoning_off_index < len(spellings):
            spelling = spellings[self.variant.reasoning_off_index]
            self.add_body("reasoning", with_effort(spelling, self.variant.effort))

    def request(self, stops: tuple[str, ...] = ()) -> Request:
        if self.body:
            self.arguments["extra_body"] = dict(self.body)
        return Request(self.arguments, frozenset(self.parts), stops)


def with_effort(spelling: Mapping[str, Any], effort: str) -> Mapping[str, Any]:
    """Write another effort into a way to disable reasoning; "" leaves it as it is."""
    if not effort:
        return spelling
    if "reasoning" in spelling:
        return {"reasoning": {"effort": effort}}
    return {"reasoning_effort": effort}


MAX_CALLS = 64
"""Maximum tool calls in one answer."""
MAX_ARGUMENT_CHARS = 2**20
"""Maximum characters of all calls' arguments in one answer; some of them write files."""


def bounded_calls(n_calls: int, n_chars: int) -> None:
    """Raise AnswerTooLong if an answer has too many or too long tool calls."""
    if n_calls > MAX_CALLS or n_chars > MAX_ARGUMENT_CHARS:
        raise AnswerTooLong


_FINISH = {
    **dict.fromkeys(
        ("eos", "eos_token", "eos_found", "end_of_text", "endoftext", "end_turn", "end"), "stop"
    ),
    **dict.fromkeys(
        ("stop_sequence", "stop_token", "stop_string", "complete", "completed", "finished"), "stop"
    ),
    **dict.fromkeys(("normal", "done", "finish", "end_of_turn", "success"), "stop"),
    **dict.fromkeys(
        ("max_tokens", "max_output_tokens", "max_length", "model_length", "token_limit"), "length"
    ),
    **dict.fromkeys(("tool_call", "tool_use", "function_call"), "tool_calls"),
    **dict.fromkeys(("content_filtered", "safety"), "content_filter"),
    # Values for "not finished", where others send null.
    **dict.fromkeys(("null", "none", "not_finished", "unspecified"), ""),
}
"""Providers' spellings of the finish reasons in ``protocol.py``. Others are kept unchanged, and
count as cut."""


_PREFIX = re.compile(r"(?:finish_)?reason_")


def finish_reason(value: object) -> str:
    """Normalize a finish reason as in ``protocol.py``; "" if there is none."""
    reason = _PREFIX.sub("", text(value).strip().lower())
    if reason.startswith("<") and reason.endswith(">"):
        return "stop"  # The mark by which the model itself ended.
    return _FINISH.get(reason, reason)


_TEXT_PARTS = frozenset({"text", "output_text", "text_delta", ""})
"""Types of content parts that belong to the answer. Others are reasoning, refusals, images, or
unknown."""


def text_of(part: Event) -> str:
    """Return the text of a content part; "" if it is not part of the answer."""
    kind = str(part.get("type") or "").lower()
    return text(part.get("text")) if kind in _TEXT_PARTS and not part.get("thought") else ""


def text(value: object) -> str:
    """Return a string, or "" for any other value."""
    return value if isinstance(value, str) else ""


def mapping(value: object) -> Event:
    """Return a JSON object, or an empty one for any other value."""
    return value if isinstance(value, Mapping) else {}


def objects(value: object) -> list[Event]:
    """Return the JSON objects in a list, or none for any other value."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def count(value: object) -> int:
    """Return a number of tokens, or 0 for any other value."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 2**53:
        return 0
    return int(value)


def usage(value: object) -> Usage | None:
    """Read the usage in either API's format; None if there is none."""
    fields = mapping(value)
    if not fields:
        return None
    input_details = mapping(
        fields.get("prompt_tokens_details") or fields.get("input_tokens_details")
    )
    output_details = mapping(
        fields.get("completion_tokens_details") or fields.get("output_tokens_details")
    )
    cost = fields.get("cost")
    counted = Usage(
        input_tokens=count(fields.get("prompt_tokens")) or count(fields.get("input_tokens")),
        cached_tokens=count(input_details.get("cached_tokens"))
        or count(fields.get("prompt_cache_hit_tokens")),
        output_tokens=count(fields.get("completion_tokens")) or count(fields.get("output_tokens")),
        reasoning_tokens=count(output_details.get("reasoning_tokens")),
        cost_usd=float(cost) if isinstance(cost, int | float) and 0 <= cost < 1e6 else None,
    )
    # Servers that do not count send zeros; an answer has at least its prompt.
    return counted if counted.input_tokens or counted.output_tokens else None
