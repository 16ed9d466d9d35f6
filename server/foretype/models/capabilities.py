"""What is known of one endpoint and model: what it accepts, learned from refusals, and its figures.

OpenAI-compatible servers differ in their optional parameters, especially in how reasoning is
disabled. The likeliest variant is sent first; a refusal selects the next one. Independent of
wires and the SDK.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from foretype.models.measured import Measured
from foretype.models.named_limits import EFFORTS
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
    "infill": ("infill",),
    "system": (r"system (?:role|messages?|prompts?|instructions?)", r"role ['\"`]?system",
               r"['\"`]system['\"`]", r"messages\[0\]\.role", "developer instructions?"),
}  # fmt: skip
"""Optional parts of a request, and the words by which a refusal refers to them (patterns)."""

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

_REMOVABLE = (*_REMOVAL_ORDER, "system", "infill")
"""Parts that are left out where the refusal names them. A system message becomes a part of the
user's."""

_MAX_REASONED = 2
REFUSALS_AGE_S = 7 * 24 * 3600.0
"""Seconds after which stored refusals no longer count: servers are updated."""


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
    effort: str = ""
    """The effort of reasoning to write there instead: the least that the endpoint has named."""


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
    measured: Measured = field(default_factory=Measured)
    """Its speed, and what it writes before the text."""
    learned: float = 0.0
    """When something of the variant was learned last, in seconds since 1970."""
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
            form = self._without(sent, part, fault.efforts) if part in parts else None
            if form is not None:
                self.variant = form
                self._first = self._without(self._first, part) or self._first
                self.learned = time.time()
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
        if sent == self.variant and not self.proven:
            self.proven = True
            self.learned = self.learned or time.time()

    def thought(self, sent: RequestVariant) -> None:
        """Learn that the model reasoned despite being told not to; twice is no accident."""
        if sent != self.variant or self.thinks:
            return
        self._thought += 1
        if self._thought < _MAX_REASONED:
            return
        self._thought = 0
        if not sent.effort and sent.reasoning_off_index + 1 < self.n_reasoning_off:
            self.variant = replace(sent, reasoning_off_index=sent.reasoning_off_index + 1)
        else:
            self.thinks = True
        self.learned = time.time()

    def as_json(self) -> dict[str, Any]:
        """Return what is known as JSON."""
        return {
            **self.measured.as_json(),
            "reasoning_off_index": self.variant.reasoning_off_index,
            "n_reasoning_off": self.n_reasoning_off,
            "effort": self.variant.effort,
            "without": sorted(self.variant.without),
            "max_tokens": self.variant.max_tokens,
            "thinks": self.thinks,
            "learned": int(self.learned),
        }

    def take(self, stored: Mapping[str, Any]) -> None:
        """Take what was stored. Nonsense is left out, and so is what this process knows better."""
        self.measured.take(stored)
        learned = stored.get("learned")
        if self.learned or isinstance(learned, bool) or not isinstance(learned, int | float):
            return
        if not 0 <= time.time() - learned < REFUSALS_AGE_S:
            return
        index, without = stored.get("reasoning_off_index"), stored.get("without")
        variant = self.variant
        # The index means nothing where the row's spellings have changed.
        if stored.get("n_reasoning_off") == self.n_reasoning_off and isinstance(index, int):
            variant = replace(variant, reasoning_off_index=max(0, min(index, self.n_reasoning_off)))
            effort = stored.get("effort")
            variant = replace(variant, effort=effort if effort in EFFORTS else "")
            self.thinks = stored.get("thinks") is True
        if isinstance(without, list):
            parts = {part for part in _REMOVABLE if part in without}
            variant = replace(variant, without=variant.without | parts)
        if stored.get("max_tokens") in PART_NAMES["max_tokens"]:
            variant = replace(variant, max_tokens=stored["max_tokens"])
        self.variant = self._first = variant
        self.learned = float(learned)

    def _without(
        self, sent: RequestVariant, part: str, efforts: tuple[str, ...] = ()
    ) -> RequestVariant | None:
        if part == "reasoning" and sent.reasoning_off_index < self.n_reasoning_off:
            least = next((effort for effort in efforts if effort != "none"), "")
            if least and least != sent.effort:
                return replace(sent, effort=least)
            return replace(sent, reasoning_off_index=sent.reasoning_off_index + 1, effort="")
        if part == "max_tokens" and sent.max_tokens == "max_tokens":
            return replace(sent, max_tokens="max_completion_tokens")
        if part in _REMOVABLE and part not in sent.without:
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
            self.n_reasoning_off,
            without=first.without | frozenset(_REMOVAL_ORDER),
            max_tokens=first.max_tokens,
        )
        return [*forms, bare] if len(forms) > 1 else forms
