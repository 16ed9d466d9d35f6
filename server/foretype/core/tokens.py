"""Estimate the number of tokens of a text: fast, and on the safe side for code."""

from __future__ import annotations

CHARS_PER_TOKEN = 3.5
"""Real tokenizers have 3.2 to 4.5 characters per token of code."""
BYTES_PER_TOKEN = 2.5
"""The same for non-ASCII text: a Chinese character is about one token, an emoji two."""


def n_tokens(text: str) -> float:
    """Estimate the number of tokens of a text."""
    if text.isascii():
        return len(text) / CHARS_PER_TOKEN
    n_ascii = len(text.encode("ascii", "ignore"))
    n_bytes = len(text.encode("utf-8", "surrogatepass")) - n_ascii
    return n_ascii / CHARS_PER_TOKEN + n_bytes / BYTES_PER_TOKEN


def n_fitting(text: str, tokens: float) -> int:
    """Return how many characters of a text's beginning fit into a number of tokens."""
    fitting = min(len(text), int(tokens * CHARS_PER_TOKEN))
    while fitting > 0 and n_tokens(text[:fitting]) > tokens:
        fitting -= max(16, fitting // 16)
    return max(fitting, 0)
