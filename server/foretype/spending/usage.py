"""The tokens that one answer took, as the provider counted them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the provider counted them. ``cost_usd`` only where it says so itself."""

    input_tokens: int = 0
    cached_tokens: int = 0
    """The part of the input tokens that the provider's prompt cache held."""
    output_tokens: int = 0
    reasoning_tokens: int = 0
    """The part of the output tokens that was thinking."""
    cost_usd: float | None = None
