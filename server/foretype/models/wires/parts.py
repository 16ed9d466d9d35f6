"""What the three wires have in common: requests, usage and finish reasons.

Nothing here trusts a provider: a field of the wrong type counts as absent.
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
    """The provider sent an error, which is the argument, where text was expected."""


class AnswerTooLong(ValueError):
    """The answer is longer, or calls more tools, than any answer of a model."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the SDK is called with."""

    arguments: dict[str, Any]
    parts: frozenset[str] = frozenset()
    """The optional parts among them, by the names of ``capabilities.py``."""
    stops: tuple[str, ...] = ()
    """Where the text is cut on our side too."""


class Decoder(Protocol):
    """Events of one answer into chunks."""

    usage: Usage | None
    """The latest count that the provider gave."""

    def feed(self, event: Event) -> Chunk:
        """What an event says. Usage is kept in ``usage`` and not in the chunk."""
        ...

    def end(self) -> tuple[ToolCall, ...]:
        """The calls that are whole now, the server having ended without a finish reason."""
        ...


@dataclass(frozen=True, slots=True)
class Wire:
    """One way to speak to an endpoint."""

    request: Callable[[Prompt, Endpoint, RequestVariant], Request]
    decoder: Callable[[], Decoder]
    call: Callable[[Any], Any]
    """The SDK's method that answers with a stream of bytes."""


@dataclass(slots=True)
class FirstField:
    """Lets through what comes from one field, the first that gave anything: another one that
    gives the same again, piece by piece or whole, is not heard."""

    _name: str = ""

    def take(self, name: str, value: T) -> T | None:
        if value and self._name in ("", name):
            self._name = name
            return value
        return None


@dataclass(slots=True)
class OptionalParts:
    """Collects the optional parts of a request that an variant has."""

    variant: RequestVariant
    arguments: dict[str, Any]
    body: dict[str, Any] = field(default_factory=dict)
    """What the SDK has no name for."""
    parts: set[str] = field(default_factory=set)

    def add(self, part: str, wanted: bool = True, **arguments: Any) -> None:
        """Add a part unless it is not wanted or known to be refused."""
        if wanted and part not in self.variant.without:
            self.arguments.update(arguments)
            self.parts.add(part)

    def add_body(self, part: str, body: Mapping[str, Any]) -> None:
        if body and part not in self.variant.without:
            self.body.update(body)
            self.parts.add(part)

    def no_thinking(self, spellings: tuple[Mapping[str, Any], ...]) -> None:
        """Switch reasoning off in the way that the variant has come to."""
        if self.variant.reasoning_off_index < len(spellings):
            self.add_body("reasoning", spellings[self.variant.reasoning_off_index])

    def request(self, stops: tuple[str, ...] = ()) -> Request:
        if self.body:
            self.arguments["extra_body"] = dict(self.body)
        return Request(self.arguments, frozenset(self.parts), stops)


MAX_CALLS = 64
"""The most tool calls in one answer."""
MAX_ARGUMENT_CHARS = 2**20
"""The most characters in the arguments of all calls of one answer: some of them write files."""


def bounded_calls(n_calls: int, n_chars: int) -> None:
    """Raise AnswerTooLong where one answer asks for more calls, or longer ones, than it may."""
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
    # Words for "not yet", where others say null.
    **dict.fromkeys(("null", "none", "not_finished", "unspecified"), ""),
}
"""Each spelling of the finish reasons that ``protocol.py`` names. What is not listed keeps its own
word, and counts as cut."""


_PREFIX = re.compile(r"(?:finish_)?reason_")


def finish_reason(value: object) -> str:
    """A finish reason in the words of ``protocol.py``; empty where there is none."""
    reason = _PREFIX.sub("", text(value).strip().lower())
    if reason.startswith("<") and reason.endswith(">"):
        return "stop"  # The mark by which the model itself ended.
    return _FINISH.get(reason, reason)


_TEXT_PARTS = frozenset({"text", "output_text", "text_delta", ""})
"""The types of the parts of a content that are the answer. Others are thoughts, refusals, images,
or what nobody has thought of yet."""


def text_of(part: Event) -> str:
    """The text of one part of a content; empty where the part is none of the answer."""
    kind = str(part.get("type") or "").lower()
    return text(part.get("text")) if kind in _TEXT_PARTS and not part.get("thought") else ""


def text(value: object) -> str:
    """A text, whatever stands there."""
    return value if isinstance(value, str) else ""


def mapping(value: object) -> Event:
    """A JSON object, whatever stands there."""
    return value if isinstance(value, Mapping) else {}


def objects(value: object) -> list[Event]:
    """The JSON objects of a list, whatever stands there."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def count(value: object) -> int:
    """A number of tokens, whatever stands there."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 2**53:
        return 0
    return int(value)


def usage(value: object) -> Usage | None:
    """Tokens as counted by a provider, in either API's spelling; None where nothing is counted."""
    told = mapping(value)
    if not told:
        return None
    input_details = mapping(told.get("prompt_tokens_details") or told.get("input_tokens_details"))
    output_details = mapping(
        told.get("completion_tokens_details") or told.get("output_tokens_details")
    )
    cost = told.get("cost")
    return Usage(
        input_tokens=count(told.get("prompt_tokens")) or count(told.get("input_tokens")),
        cached_tokens=count(input_details.get("cached_tokens"))
        or count(told.get("prompt_cache_hit_tokens")),
        output_tokens=count(told.get("completion_tokens")) or count(told.get("output_tokens")),
        reasoning_tokens=count(output_details.get("reasoning_tokens")),
        cost_usd=float(cost) if isinstance(cost, int | float) and 0 <= cost < 1e6 else None,
    )
