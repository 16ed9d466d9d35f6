"""The one door by which foreign errors come in: all of them leave it as ``ModelError``.

Knows the SDK's errors, its transport's and the operating system's, and what to say of each: what
is wrong and what to do. No key, no page and no foreign traceback passes.
"""

from __future__ import annotations

import email.utils
import json
import logging
import math
import re
import socket
import ssl
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

from foretype.models.accepts import named_in
from foretype.models.base import (
    ModelError,
    ModelLimited,
    ModelRejected,
    ModelTimeout,
    ModelUnavailable,
)
from foretype.models.connection import ProxyFailed
from foretype.models.providers import Endpoint
from foretype.models.wires import ErrorObject

log = logging.getLogger(__name__)

MAX_RETRY_AFTER_S = 24 * 3600.0
MAX_SAID = 160
"""How much of a provider's own words is repeated, in characters."""


class BadAnswer(Exception):
    """An answer under status 200 that is none."""

    def __init__(self, kind: Literal["page", "empty", "cut", "malformed"]) -> None:
        self.kind = kind


class Stalled(Exception):
    """A limit of ours has passed."""

    def __init__(self, waiting_for: Literal["first", "next", "end"], seconds: float) -> None:
        self.waiting_for = waiting_for
        self.seconds = seconds


@contextmanager
def door(endpoint: Endpoint) -> Iterator[None]:
    """Whatever fails inside fails outside as a ModelError."""
    try:
        yield
    except Exception as error:
        fault = translate(error, endpoint)
        try:
            raise fault
        finally:
            # What led to it may hold the key, and some loggers print it.
            fault.__context__ = fault.__cause__ = None


def translate(error: Exception, endpoint: Endpoint) -> ModelError:
    """Any error, in our words."""
    if isinstance(error, ModelError):
        return error
    if isinstance(error, BadAnswer):
        return ModelUnavailable(_NO_ANSWER[error.kind].format(who=_who(endpoint)))
    if isinstance(error, Stalled):
        sentence = _STALLED[error.waiting_for]
        return ModelTimeout(sentence.format(who=_who(endpoint), seconds=error.seconds))
    if isinstance(error, ErrorObject):
        return _of_object(error.args[0] if error.args else None, endpoint)
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        response = getattr(error, "response", None)
        headers = getattr(response, "headers", {})
        return of_status(status, getattr(error, "body", None), headers, endpoint)
    if isinstance(error, ImportError):
        return ModelUnavailable(
            "The openai package could not be loaded. Install foretype again, or ask "
            "`foretype doctor` what is missing."
        )
    return _of_transport(error, endpoint)


_NO_ANSWER = {
    "page": "{who} answered with a web page in place of text. A proxy, or a network that wants "
    "you to log in, may stand between; or `base_url` is not the API's address.",
    "empty": "{who} answered with nothing at all.",
    "cut": "The answer of {who} broke off.",
    "malformed": "{who} answered with something that cannot be read.",
}

_STALLED = {
    "first": "{who} has said nothing for {seconds:g} s.",
    "next": "{who} stopped in the middle of its answer for {seconds:g} s.",
    "end": "{who} did not come to an end in {seconds:g} s.",
}


def _who(endpoint: Endpoint) -> str:
    return endpoint.title


# --- answers with a status --------------------------------------------------------------------


def of_status(
    status: int, body: object, headers: Mapping[str, str], endpoint: Endpoint
) -> ModelError:
    """What a status other than 200 means."""
    who, told = _who(endpoint), _Told(body, endpoint)
    if status == 429 and not told.means("insufficient_quota", "billing", "out of credit"):
        wait = retry_after(headers)
        later = "" if wait is None else f" It takes more in {_seconds(wait)}."
        return ModelLimited(f"{who} has had too many requests (429).{later}", wait)
    if status in (402, 429):
        return ModelRejected(
            f"{who} has no credit left for this key ({status}). Add credit, set a smaller "
            "`completion.max_tokens`, or choose another provider.",
            402,
        )
    if status == 408:
        return ModelTimeout(f"{who} gave up waiting (408).")
    if status >= 500:
        state = "is overloaded" if status in (503, 529) else "has a fault of its own"
        return ModelUnavailable(f"{who} {state} ({status}).", retry_after(headers))
    if status < 400:
        return ModelRejected(
            f"{who} sends requests on to another address ({status}). Correct `base_url`.", 404
        )
    sentence = _refusal(status, told, endpoint)
    return ModelRejected(sentence, status, named_in(told.parameter) or told.named)


def _refusal(status: int, told: _Told, endpoint: Endpoint) -> str:
    who, model = _who(endpoint), endpoint.model
    if told.means("unsupported_api_for_model", "not accessible via the /chat/completions"):
        return f'{who} serves {model} in another way only. Set `wire = "responses"`.'
    if status == 401:
        if not endpoint.key:
            return f"{who} asks for a key (401). Set FORETYPE_API_KEY."
        return (
            f"{who} does not accept the key in {endpoint.key_from} (401). Check that it is "
            "whole, still valid and meant for this provider."
        )
    if status == 403:
        return f"{who} does not let this key use {model} (403).{told.said}"
    if status == 404:
        hint = endpoint.row.hint.format(model=model)
        return (
            f"{who} does not know {model}, or has no API at this address (404). "
            f"Check `model` and `base_url`. {hint}"
        ).strip() + told.said
    if status == 405:
        return f"{who} has no such API at this address (405). Check `base_url`."
    if status == 413 or told.means("context_length", "context length", "context window"):
        return (
            f"The prompt is too long for {model} ({status}). "
            "Set a smaller `completion.context_tokens`."
        )
    if status == 407:
        return (
            f"A proxy between here and {endpoint.host} asks for a name and a password (407). "
            f"Put them into HTTPS_PROXY or HTTP_PROXY, or {endpoint.host} into NO_PROXY."
        )
    return f"{who} refuses the request ({status}).{told.said}"


def _of_object(error: object, endpoint: Endpoint) -> ModelError:
    """An error object that came under status 200, before the text or in the middle of it."""
    told = error if isinstance(error, Mapping) else {}
    code = str(told.get("code") or told.get("status") or "")
    words = f"{code} {told.get('type') or ''}".lower()
    if code.isdigit() and 400 <= int(code) < 600:
        status = int(code)
    else:
        status = next((s for word, s in _CODES.items() if word in words), 502)
    return of_status(status, error, {}, endpoint)


_CODES = {
    "insufficient_quota": 402,
    "rate_limit": 429,
    "invalid_api_key": 401,
    "authentication": 401,
    "permission": 403,
    "model_not_found": 404,
    "not_found": 404,
    "context_length": 400,
    "invalid_request": 400,
    "unsupported": 400,
    "overloaded": 503,
}
"""Words in an error object's code or type, and the status that says the same."""


class _Told:
    """What an error's body says, safe to repeat."""

    def __init__(self, body: object, endpoint: Endpoint) -> None:
        inner = body.get("error", body) if isinstance(body, Mapping) else body
        fields: Mapping[str, Any] = inner if isinstance(inner, Mapping) else {}
        message = fields.get("message")
        self._all = _flat(body)[:4000]
        self.parameter = str(fields.get("param") or "")
        self.named = named_in(str(message) if message else self._all)
        words = message if isinstance(message, str) else inner if isinstance(inner, str) else ""
        self.said = said(words, endpoint.key)

    def means(self, *words: str) -> bool:
        return any(word in self._all for word in words)


def _flat(body: object) -> str:
    try:
        return json.dumps(body).lower()
    except (TypeError, ValueError, RecursionError):
        return ""


_PAGE = re.compile(r"<\s*(?:!doctype|html|head|body|title|h1|p|div|center)\b", re.IGNORECASE)
_SECRET = re.compile(
    r"(?i)bearer\s+\S+|\b(?:sk|pk|key|fw|gsk|hf|xai)[-_][\w*.-]{6,}|[\w+/=*.-]{32,}"
)


def said(words: str, key: str = "") -> str:
    """A provider's own words as a further sentence: short, on one line, without a secret."""
    if _PAGE.search(words):
        return ""
    if key:
        words = words.replace(key, "…")
    words = " ".join(_SECRET.sub("…", words).split())
    words = "".join(c for c in words if c.isprintable())
    if not words:
        return ""
    return f" It says: {words if len(words) <= MAX_SAID else words[: MAX_SAID - 1] + '…'}"


def retry_after(headers: Mapping[str, str]) -> float | None:
    """When to come back, in seconds, at most a day; None where nothing readable is said."""
    seconds = _number(headers.get("retry-after-ms"))
    if seconds is not None:
        seconds /= 1000
    else:
        told = headers.get("retry-after")
        seconds = _number(told)
        if seconds is None and told:
            seconds = _until(told)
    return None if seconds is None else min(max(seconds, 0.0), MAX_RETRY_AFTER_S)


def _number(value: str | None) -> float | None:
    try:
        number = float(value or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _until(date: str) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(date).timestamp() - time.time()
    except (ValueError, TypeError, OverflowError):
        return None


def _seconds(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 120 else f"{math.ceil(seconds)} s"


# --- errors without an answer -----------------------------------------------------------------


def _of_transport(error: Exception, endpoint: Endpoint) -> ModelError:
    who, host = _who(endpoint), endpoint.host
    chain = list(_causes(error))
    names = {name for e in chain for name in _names(e)}

    proxy = next((str(e) for e in chain if isinstance(e, ProxyFailed)), "")
    if "ProxyError" in names:
        why = next((said(str(e), endpoint.key) for e in chain if "ProxyError" in _names(e)), "")
        return ModelUnavailable(
            f"{f'The proxy {proxy}'.strip()} does not let requests through to {host}. "
            f"Check HTTPS_PROXY and NO_PROXY.{why}"
        )
    if any(isinstance(e, ssl.SSLCertVerificationError) for e in chain):
        return ModelUnavailable(
            f"The certificate of {host} is not trusted. Behind a company's proxy, name its "
            "certificates in SSL_CERT_FILE."
        )
    if any(isinstance(e, ssl.SSLError) for e in chain):
        return ModelUnavailable(f"{host} does not speak TLS properly. Is it `http://` there?")
    if proxy:
        return ModelUnavailable(
            f"The proxy {proxy}, by which {host} is reached, does not answer. Start it, or "
            "correct HTTPS_PROXY, HTTP_PROXY or ALL_PROXY; NO_PROXY names the hosts that need none."
        )
    if any(isinstance(e, socket.gaierror) for e in chain):
        return ModelUnavailable(
            f"The name {host} cannot be resolved. Check the network, and `base_url`."
        )
    if any(isinstance(e, ConnectionRefusedError) for e in chain):
        start = "Start the server, or correct `base_url`." if endpoint.local else ""
        return ModelUnavailable(f"Nothing listens at {host}. {start}".strip())
    if "ConnectTimeout" in names:
        return ModelTimeout(f"No connection to {host} could be made in time.")
    if "PoolTimeout" in names:
        return ModelTimeout(f"Too many requests to {who} are running already.")
    if names & {"TimeoutException", "APITimeoutError", "TimeoutError"}:
        return ModelTimeout(f"{who} has said nothing for too long.")
    if names & {"LocalProtocolError", "UnicodeEncodeError"}:
        return ModelRejected(
            f"The key in {endpoint.key_from or 'use'} has characters that no key has. "
            "Copy it again.",
            401,
        )
    if names & {"InvalidURL", "UnsupportedProtocol"}:
        return ModelRejected("`base_url` is no address that can be called.", 404)
    if "ConnectError" in names:
        return ModelUnavailable(f"{host} cannot be reached. Check the network, and `base_url`.")
    if names & {"RemoteProtocolError", "NetworkError", "ConnectionError", "EndOfStream"}:
        return ModelUnavailable(_NO_ANSWER["cut"].format(who=who))
    if names & {"DecodingError", "ValueError", "RecursionError"}:
        return ModelUnavailable(_NO_ANSWER["malformed"].format(who=who))
    if names & {"APIConnectionError", "OSError"}:
        return ModelUnavailable(f"{host} cannot be reached.")
    log.error("unexpected %s\n%s", type(error).__name__, _where(error))
    return ModelUnavailable(f"An unexpected fault in foretype ({type(error).__name__}).")


def _names(error: BaseException) -> Iterator[str]:
    """An error's class names. By name, since the SDK need not be loaded for it to fail."""
    return (kind.__name__ for kind in type(error).__mro__)


def _causes(error: BaseException, depth: int = 0) -> Iterator[BaseException]:
    """An error and all that led to it."""
    yield error
    if depth > 20:
        return
    following = error.__cause__ or error.__context__
    if following is not None:
        yield from _causes(following, depth + 1)
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _causes(inner, depth + 1)


def _where(error: Exception) -> str:
    """The lines of code that an error passed, without its text, which may hold anything."""
    return "".join(traceback.format_tb(error.__traceback__))
