"""Learn what an endpoint accepts from its refusals, and remember it for the process.

OpenAI-compatible servers differ in their optional parameters, especially in how reasoning is
disabled. The likeliest variant is sent first; a refusal selects the next one. Independent of
wires and the SDK.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from foretype.models.protocol import ModelRejected, PromptRejected

PART_NAMES: dict[str, tuple[str, ...]] = {
    "reasoning": ("reasoning", "reasoning_effort", "thinking", "chat_template_kwargs",
                  "chat_template_args", "enable_thinking", "effort"),
    "stream_options": ("stream_options", "include_usage"),
    "stop": ("stop",),
    "temperature": ("temperature",),
    "max_tokens": ("max_tokens", "max_completion_tokens"),
    "suffix": ("suffix", "insert"),
    "usage": ("usage",),
    "store": ("store",),
}  # fmt: skip
"""Optional parts of a request, and the words by which a refusal refers to them."""

_WORDS = {
    part: re.compile(rf"(?<![a-z_])(?:{'|'.join(words)})(?![a-z])")
    for part, words in PART_NAMES.items()
}
_TOO_LONG = re.compile(r"context.?(?:length|window|size)|too (?:long|large|many)")
_UNKNOWN = re.compile(
    r"support|recogni[sz]ed|unknown|unexpected|extra|permitted|allowed|instead|invalid param"
)
_REMOVAL_ORDER = ("stream_options", "stop", "temperature", "usage", "store", "suffix")
"""The order in which parts are left out if the refusal names none, after the reasoning variants."""

_MAX_REASONED = 2


def parts_named_in(text: str) -> tuple[str, ...]:
    """Return the optional parts that a refusal names, in its order."""
    text = text.lower()
    found = {part: words.search(text) for part, words in _WORDS.items()}
    places = {part: match.start() for part, match in found.items() if match is not None}
    if not _is_unknown(text):
        places.pop("max_tokens", None)
    return tuple(sorted(places, key=places.__getitem__))


def _is_unknown(text: str) -> bool:
    # Too long a prompt is reported in terms of max_tokens too.
    return bool(_UNKNOWN.search(text)) and not _TOO_LONG.search(text)


@dataclass(frozen=True, slots=True)
class RequestVariant:
    """A variant of a request: which optional parts it has, and how they are spelled."""

    reasoning_off_index: int = 0
    """Index of the row's way to disable reasoning; none if beyond the last."""
    without: frozenset[str] = frozenset()
    max_tokens: str = "max_tokens"


@dataclass(slots=True)
class EndpointCapabilities:
    """What is known about one endpoint."""

    n_reasoning_off: int
    variant: RequestVariant
    """The variant to send next."""
    proven: bool = False
    """Whether it was accepted before: an unspecific refusal is then about the content."""
    thinks: bool = False
    """Whether the model reasons although every way to disable it was tried."""
    _first: RequestVariant = field(init=False)
    _suspects: frozenset[str] = frozenset()
    """The parts of the first request that was refused without a reason."""
    _tried: int = 0
    _thought: int = 0

    def __post_init__(self) -> None:
        self._first = self.variant

    def refused(self, sent: RequestVariant, parts: frozenset[str], fault: ModelRejected) -> bool:
        """Learn from a refusal; return whether to retry with another variant.

        ``parts`` are the optional parts that the request had.
        """
        if fault.status not in (400, 422) or isinstance(fault, PromptRejected):
            return False
        if sent != self.variant:
            return True  # Another stream has learned in the meantime.
        for part in fault.parameters:
            # A refusal also mentions parameters that are accepted, behind the one it is about.
            form = self._without(sent, part) if part in parts else None
            if form is not None:
                self.variant = form
                self._first = self._without(self._first, part) or self._first
                return True
        if fault.parameters or self.proven:
            return False
        self._suspects = self._suspects or parts
        forms = self._forms(self._suspects)
        self._tried += 1
        self.variant = forms[self._tried - 1] if self._tried <= len(forms) else self._first
        return self._tried <= len(forms)

    def accepted(self, sent: RequestVariant) -> None:
        """Learn that a variant was accepted."""
        if sent == self.variant:
            self.proven = True

    def thought(self, sent: RequestVariant) -> None:
        """Learn that the model reasoned despite being told not to; twice is no accident."""
        if sent != self.variant or self.thinks:
            return
        self._thought += 1
        if self._thought < _MAX_REASONED:
            return
        self._thought = 0
        if sent.reasoning_off_index + 1 < self.n_reasoning_off:
            self.variant = replace(sent, reasoning_off_index=sent.reasoning_off_index + 1)
        else:
            self.thinks = True

    def _without(self, sent: RequestVariant, part: str) -> RequestVariant | None:
        if part == "reasoning" and sent.reasoning_off_index < self.n_reasoning_off:
            return replace(sent, reasoning_off_index=sent.reasoning_off_index + 1)
        if part == "max_tokens" and sent.max_tokens == "max_tokens":
            return replace(sent, max_tokens="max_completion_tokens")
        if part in _REMOVAL_ORDER and part not in sent.without:
            return replace(sent, without=sent.without | {part})
        return None

    def _forms(self, parts: frozenset[str]) -> list[RequestVariant]:
        """Return the variants to try after an unspecific refusal: one change each, then all."""
        first = self._first
        spelled = (
            range(first.reasoning_off_index + 1, self.n_reasoning_off + 1)
            if "reasoning" in parts
            else ()
        )
        left_out = [part for part in _REMOVAL_ORDER if part in parts]
        forms = [
            *(replace(first, reasoning_off_index=index) for index in spelled),
            *(replace(first, without=first.without | {part}) for part in left_out),
        ]
        bare = RequestVariant(
            self.n_reasoning_off, first.without | frozenset(_REMOVAL_ORDER), first.max_tokens
        )
        return [*forms, bare] if len(forms) > 1 else forms
