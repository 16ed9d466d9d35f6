"""The failures of providers by name.

Some faults are an answer of their own (``ANSWERS``); the others happen to a stream (``STREAM``)
and are played where the stream is written, in ``http_server.py``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

_PAGE = (
    b"<!DOCTYPE html><html><head><title>Service</title></head>"
    b"<body><h1>Please sign in</h1></body></html>"
)


@dataclass(frozen=True, slots=True)
class Replacement:
    """A response that replaces the answer."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


def error(status: int, message: str, kind: str, code: str, param: str | None = None) -> Replacement:
    """Build an error in the format of OpenAI-compatible providers."""
    fields = {"message": message, "type": kind, "param": param, "code": code}
    return Replacement(status, json.dumps({"error": fields}).encode())


def rejected(parameter: str) -> Replacement:
    """Build the refusal of a parameter."""
    message = f"Unsupported parameter: '{parameter}' is not supported with this model."
    kind, code = "invalid_request_error", "unsupported_parameter"
    return error(400, message, kind, code, parameter)


ANSWERS: dict[str, Replacement] = {
    "400": rejected("stop"),
    "401": error(401, "Incorrect API key provided.", "authentication_error", "invalid_api_key"),
    "402": error(402, "Insufficient credits. Add more.", "payment_required", "402"),
    "403": error(403, "This key may not use the model.", "permission_error", "forbidden"),
    "404": error(404, "The model does not exist.", "invalid_request_error", "model_not_found"),
    "429": error(429, "Rate limit reached.", "rate_limit_error", "rate_limit_exceeded"),
    "500": error(500, "The server had an error.", "server_error", "internal_error"),
    "503": Replacement(503, _PAGE, "text/html"),
    "html": Replacement(200, _PAGE, "text/html"),
    "json": Replacement(
        200, json.dumps({"error": {"message": "Overloaded.", "code": 502}}).encode()
    ),
    "empty": Replacement(200, b"", "text/event-stream"),
}

STREAM = frozenset(
    {
        "malformed",  # an event whose data is no JSON
        "error",  # an error object as an event
        "cut",  # the connection breaks in the middle
        "no_done",  # the body ends, without a finish reason or [DONE]
        "stall_headers",  # nothing at all, for ever
        "stall_first",  # headers, then nothing
        "stall_middle",  # some tokens, then nothing
        "loris",  # one byte every 50 ms
    }
)

FAULTS = frozenset(ANSWERS) | STREAM

MALFORMED = b'data: {"id": "chatcmpl-scripted", "choices": [{"delta": {"conte\n\n'
ERROR_EVENT = (
    b'data: {"error": {"message": "Provider returned error", "code": "502"}, "choices": []}\n\n'
)
