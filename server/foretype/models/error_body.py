"""Read the body of an error: what it means, what it names, and its words, safe to repeat.

Recognizes the wordings of OpenAI, LiteLLM, llama.cpp, vLLM, Ollama, Azure, OpenRouter and others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from foretype.models.capabilities import parts_named_in
from foretype.models.named_limits import tokens_in
from foretype.settings.providers import Endpoint

MAX_QUOTED_CHARS = 160
"""Characters of a provider's message that are repeated."""
MAX_BODY_CHARS = 4000
"""Characters of an error's body that are examined."""

_BEYOND_CONTEXT = re.compile(
    r"exceed_context|exceeds? (?:the )?(?:\w+ )?context|maximum context length|contextwindow"
)
_TOO_LARGE = re.compile(
    r"\b(?:prompt|inputs?|messages?|request|body|entity|payload|string)\b.{0,40}?"
    r"\btoo (?:long|large|big)\b"
)
_TOO_LONG = re.compile(
    rf"{_TOO_LARGE.pattern}|{_BEYOND_CONTEXT.pattern}|context.?(?:length|window|size|limit)"
    r"|longer than the maximum model length|input length exceeds|tokens_limit_reached"
    r"|string_above_max_length|reduce (?:the length|your (?:prompt|message))"
    r"|\btokens?\b.{0,40}\bexceeds?\b|\binputs\b.{0,40}\bmust (?:have less|be <)"
)
_OUT_OF_CREDIT = re.compile(
    r"insufficient[_ ](?:quota|balance|credits?|funds)|credit balance|budget[_ ]exceeded"
    r"|budget has been exceeded|(?:exceeded|over|crossed)[_ ]?budget"
)
_STATUS_BY_MESSAGE = (
    (401, re.compile(r"api.?key (?:is )?(?:not valid|invalid)|(?:invalid|incorrect) api.?key"
                     r"|invalid_api_key|api_key_invalid")),
    (404, re.compile(r"model_not_(?:found|supported|available)|no 'model_name' with this"
                     r"|(?:invalid|unknown|no such|not a valid)[ _]model(?! param)"
                     r"|\bmodel\b.{0,100}?\b(?:does not|not) (?:exist|found)")),
)  # fmt: skip
_FILTERED = re.compile(
    r"content_filter|content.management.policy|content.?policy|responsibleai|input was flagged"
)


class ErrorBody:
    """The message in an error's body, safe to repeat."""

    def __init__(self, body: object, endpoint: Endpoint) -> None:
        inner = body.get("error", body) if isinstance(body, Mapping) else body
        fields: Mapping[str, Any] = inner if isinstance(inner, Mapping) else {}
        message = _message_of(body)
        flat = _flat(body)[:MAX_BODY_CHARS]
        self.values = " ".join(_strings(body))[:MAX_BODY_CHARS].lower()
        self.parameter = str(fields.get("param") or "")
        self.named = parts_named_in(message[:MAX_BODY_CHARS] if fields.get("message") else flat)
        self.named_tokens = tokens_in(self.values, body)
        self.quote = quoted(message, *endpoint.secrets)

    def means(self, *words: str) -> bool:
        return any(word in self.values for word in words)

    def meant(self, status: int) -> int:
        """Return the status that matches the message: some gateways use 400 for everything."""
        if status in (400, 403, 422, 429) and _OUT_OF_CREDIT.search(self.values):
            return 402
        if status == 429:
            is_bill = self.means("billing", "out of credit")
            is_bill = is_bill and not self.means("rate limit", "rate_limit")
            return 402 if is_bill else 429
        if status in (400, 422):
            return next((s for s, words in _STATUS_BY_MESSAGE if words.search(self.values)), status)
        return status

    def is_too_long(self, status: int) -> bool:
        """Whether a shorter prompt would be accepted."""
        if parts_named_in(self.parameter):
            return False
        if status == 429:
            return bool(_TOO_LARGE.search(self.values))
        if status == 500:
            return bool(_BEYOND_CONTEXT.search(self.values))
        return status == 413 or (status in (400, 422) and bool(_TOO_LONG.search(self.values)))

    def is_filtered(self, status: int) -> bool:
        """Whether the prompt was refused for its content."""
        return status in (400, 403, 422, 451) and bool(_FILTERED.search(self.values))


def _strings(body: object, depth: int = 0) -> Iterator[str]:
    """Yield the strings in a body, without field names."""
    if isinstance(body, str):
        yield body
    elif depth < 8 and isinstance(body, Mapping):
        for value in body.values():
            yield from _strings(value, depth + 1)
    elif depth < 8 and isinstance(body, list | tuple):
        for value in body:
            yield from _strings(value, depth + 1)


_MESSAGE_FIELDS = ("message", "error", "detail", "msg", "errors", "error_message", "title")
"""Fields in which servers put their message, the likeliest first."""


def _message_of(body: object, depth: int = 0) -> str:
    """Find a server's message, however deeply it is nested."""
    if isinstance(body, str):
        return body
    if depth < 8 and isinstance(body, list | tuple) and body:
        return _message_of(body[0], depth + 1)
    if depth < 8 and isinstance(body, Mapping):
        found = (_message_of(body[name], depth + 1) for name in _MESSAGE_FIELDS if body.get(name))
        return next(filter(None, found), "")
    return ""


def _flat(body: object) -> str:
    try:
        return json.dumps(body).lower()
    except (TypeError, ValueError, RecursionError):
        return ""


_PAGE = re.compile(r"<\s*(?:!doctype|html|head|body|title|h1|p|div|center)\b", re.IGNORECASE)
_REQUEST_ID = re.compile(
    r"(?i)\W{0,20}\b(?:request|trace)[ _-]?id\b\W{0,20}[\w.:-]{0,100}\d[\w.:-]{0,100}\)?"
)
"""Request ids, which would make every message different."""
_OPAQUE = re.compile(
    r"(?i)bearer\s+\S+|\b(?:sk|pk|key|fw|gsk|hf|xai)[-_][\w*.-]{6,}|[\w+/=*.-]{32,}"
)
"""What may be a key in a message, beyond what is masked in code: also one that is shown in part."""


def quoted(words: str, *secrets: str) -> str:
    """Quote a provider's message as a sentence: short, on one line, without secrets."""
    from foretype.privacy.masking import MASK, mask  # messages are rare

    if len(words) > MAX_BODY_CHARS:
        # The patterns take long for more; of a secret that is cut nothing may stay.
        words = words[:MAX_BODY_CHARS].rpartition(" ")[0]
    if _PAGE.search(words):
        return ""
    for secret in filter(None, secrets):
        words = words.replace(secret, "…")
    words = mask(words).replace(MASK, "…")
    words = " ".join(_OPAQUE.sub("…", _REQUEST_ID.sub("", words)).split())
    words = "".join(c for c in words if c.isprintable())
    if not words:
        return ""
    if len(words) > MAX_QUOTED_CHARS:
        words = f"{words[: MAX_QUOTED_CHARS - 1]}…"
    return f" It says: {words}"
