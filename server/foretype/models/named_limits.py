"""Read the numbers and values that a refusal names: limits of tokens, credit, efforts.

Takes the text of a server's message in lower case, and its JSON. Knows no SDK.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
"""Efforts of reasoning, the least first."""

_NUMBER = r"(\d[\d,_]{0,12}+)"
_LIMIT = re.compile(
    r"(?:max(?:imum)?(?: (?:context|input|sequence|model|prompt))?"
    r"(?: (?:length|size|window|tokens))?(?: (?:is|of|for this model is))?:? ?"
    r"|context (?:length|size|window)(?: (?:is|of|only))? \(?(?:n_ctx ?= ?)?"
    r"|limit(?: of| is)?:? |less than |be ?<= ?|> ?|model with )" + _NUMBER + r"(?! ?characters)"
)
_SENT = (
    re.compile(
        r"\(" + _NUMBER + r" (?:tokens )?(?:in (?:the|your) (?:messages|prompt)|of text input)"
    ),
    re.compile(
        r"(?:requested(?: about)? ?|request has |your (?:request|prompt|input) (?:has|is) "
        r"|contains(?: at least)? |given: ?|prompt \(length |resulted in |request \("
        r"|too long:? ?\(?|prompt is )" + _NUMBER
    ),
)
_AFFORDABLE = re.compile(r"can only afford " + _NUMBER)
_VALUES = re.compile(
    r"(?:supported|valid|allowed|accepted|permitted|possible) (?:values|options|efforts)\b"
    r"|one of|should be|expected|supports only|only supports"
)
_LIMIT_FIELDS = ("n_ctx", "max_context_length", "context_length", "max_tokens_limit")
_SENT_FIELDS = ("n_prompt_tokens", "prompt_tokens", "input_tokens")


class NamedTokens(NamedTuple):
    """The tokens that a refusal of a long prompt names; 0 for what it does not name."""

    limit: int = 0
    """Most tokens of prompt and answer together."""
    sent: int = 0
    """Tokens of the refused prompt, as the server counts them."""


def tokens_in(words: str, body: object) -> NamedTokens:
    """Return the limit that a refusal names, and the size of the prompt.

    >>> tokens_in("prompt is too long: 209303 tokens > 200000 maximum", None)
    NamedTokens(limit=200000, sent=209303)
    """
    fields = dict(_numbers(body))
    limit = next((fields[name] for name in _LIMIT_FIELDS if fields.get(name)), 0)
    sent = next((fields[name] for name in _SENT_FIELDS if fields.get(name)), 0)
    limit = limit or _first(_LIMIT, words)
    sent = sent or next(filter(None, (_first(pattern, words) for pattern in _SENT)), 0)
    return NamedTokens(limit, sent)


def affordable_in(words: str) -> int:
    """Return the most tokens of an answer that the account can pay for; 0 if not named."""
    return _first(_AFFORDABLE, words)


def efforts_in(words: str) -> tuple[str, ...]:
    """Return the efforts of reasoning that a refusal names as valid, the least first.

    >>> efforts_in("unsupported value: 'none'. supported values are: 'low', 'medium', and 'high'.")
    ('low', 'medium', 'high')
    """
    place = _VALUES.search(words)
    if place is None:
        return ()
    named = set(re.findall(r"[a-z]+", words[place.end() : place.end() + 200]))
    efforts = tuple(effort for effort in EFFORTS if effort in named)
    return efforts if len(efforts) > 1 or "effort" in words else ()


def _first(pattern: re.Pattern[str], words: str) -> int:
    match = pattern.search(words)
    return int(re.sub(r"[,_]", "", match[1])) if match else 0


def _numbers(body: object, depth: int = 0) -> Iterator[tuple[str, int]]:
    if depth > 4:
        return
    if isinstance(body, Mapping):
        for name, value in body.items():
            if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**9:
                yield str(name), value
            else:
                yield from _numbers(value, depth + 1)
    elif isinstance(body, list | tuple):
        for value in body:
            yield from _numbers(value, depth + 1)
