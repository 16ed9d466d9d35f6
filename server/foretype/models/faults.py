"""Translate every foreign error into a ``ModelError``; the only place that does.

Covers the errors of the SDK, its transport and the operating system. The message says what is
wrong and what to do, and contains no key, no HTML page and no foreign traceback.
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
from urllib.parse import urljoin, urlsplit

from foretype.models.capabilities import parts_named_in
from foretype.models.connection import ProxyFailed
from foretype.models.named_limits import affordable_in, efforts_in, tokens_in
from foretype.models.protocol import (
    ModelError,
    ModelLimited,
    ModelRejected,
    ModelTimeout,
    ModelUnavailable,
    PromptRejected,
    PromptTooLong,
)
from foretype.models.wires import AnswerTooLong, ErrorObject
from foretype.settings.providers import Endpoint

log = logging.getLogger(__name__)

MAX_RETRY_AFTER_S = 24 * 3600.0
MAX_QUOTED_CHARS = 160
"""Characters of a provider's message that are repeated."""


class BadAnswer(Exception):
    """A response with status 200 that is not an answer."""

    def __init__(self, kind: Literal["page", "empty", "cut", "malformed"]) -> None:
        self.kind = kind


class Stalled(Exception):
    """One of our own time limits has passed."""

    def __init__(self, waiting_for: Literal["first", "next", "end"], seconds: float) -> None:
        self.waiting_for = waiting_for
        self.seconds = seconds


@contextmanager
def translating_errors(endpoint: Endpoint) -> Iterator[None]:
    """Context manager that translates any error into a ModelError."""
    try:
        yield
    except Exception as error:
        fault = translate(error, endpoint)
        try:
            raise fault
        finally:
            # The cause may contain the key, and some loggers print it.
            fault.__context__ = fault.__cause__ = None


def translate(error: Exception, endpoint: Endpoint) -> ModelError:
    """Translate any error into a ModelError."""
    if isinstance(error, ModelError):
        return error
    if isinstance(error, BadAnswer):
        return ModelUnavailable(_NO_ANSWER[error.kind].format(who=endpoint.title))
    if isinstance(error, AnswerTooLong):
        return ModelUnavailable(_NO_ANSWER["long"].format(who=endpoint.title))
    if isinstance(error, Stalled):
        sentence = _STALLED[error.waiting_for]
        return ModelTimeout(sentence.format(who=endpoint.title, seconds=error.seconds))
    if isinstance(error, ErrorObject):
        return _error_of_object(error.args[0] if error.args else None, endpoint)
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        response = getattr(error, "response", None)
        headers = getattr(response, "headers", {})
        return error_of_status(status, getattr(error, "body", None), headers, endpoint)
    if isinstance(error, ImportError):
        return ModelUnavailable(
            "The openai package could not be loaded. Install foretype again, or ask "
            "`foretype doctor` what is missing."
        )
    return _error_of_transport(error, endpoint)


_NO_ANSWER = {
    "page": "{who} answered with a web page in place of text. A proxy, or a network that wants "
    "you to log in, may stand between; or `base_url` is not the API's address.",
    "empty": "{who} answered with nothing at all.",
    "cut": "The answer of {who} broke off.",
    "malformed": "{who} answered with something that cannot be read.",
    "long": "{who} sent far more than an answer can be. The rest was not read.",
}

_STALLED = {
    "first": "{who} has sent nothing for {seconds:g} s.",
    "next": "{who} stopped in the middle of its answer for {seconds:g} s.",
    "end": "{who} did not come to an end in {seconds:g} s.",
}


# --- answers with a status --------------------------------------------------------------------


def error_of_status(
    status: int, body: object, headers: Mapping[str, str], endpoint: Endpoint
) -> ModelError:
    """Create the error for a status other than 200."""
    who, error_body = endpoint.title, _ErrorBody(body, endpoint)
    if error_body.is_too_long(status):
        return PromptTooLong(
            f"The prompt is too long for {endpoint.model} ({status}). Select less code for a "
            "refactoring; set a smaller `completion.context_tokens` for suggestions."
            f"{error_body.quote}",
            status,
            tokens=error_body.named_tokens.limit,
            sent_tokens=error_body.named_tokens.sent,
        )
    meant = error_body.meant(status)
    if meant == 429:
        wait = retry_after(headers)
        later = "" if wait is None else f" It takes more in {_seconds(wait)}."
        return ModelLimited(f"{who} has had too many requests (429).{later}", wait)
    if meant == 402:
        return ModelRejected(
            f"{who} has no credit left for this key ({status}). Add credit, set a smaller "
            f"`completion.max_tokens`, or choose another provider.{error_body.quote}",
            402,
            tokens=affordable_in(error_body.values),
        )
    if status == 408:
        return ModelTimeout(f"{who} gave up waiting (408).")
    if status == 501:
        # What is not implemented will not be the next time either.
        return ModelRejected(
            f"{who} cannot do this with {endpoint.model} ({status}).{error_body.quote}",
            400,
            error_body.named,
        )
    if status >= 500:
        state = "is overloaded" if status in (503, 529) else "has a fault of its own"
        return ModelUnavailable(
            f"{who} {state} ({status}).{error_body.quote}", retry_after(headers)
        )
    if status < 400:
        return ModelRejected(
            f"{who} sends requests on to {_redirect_target(headers, endpoint)} ({status}). "
            "Correct `base_url`.",
            404,
        )
    if error_body.means("http request was sent to https port", "http request to an https server"):
        return ModelRejected(_IS_IT_HTTPS.format(host=endpoint.host), 404)
    if error_body.is_filtered(status):
        return PromptRejected(
            f"{who} does not accept this prompt ({status}).{error_body.quote}", 400
        )
    sentence = _refusal(status, meant, error_body, endpoint)
    named = (*parts_named_in(error_body.parameter), *error_body.named)
    efforts = efforts_in(error_body.values)
    return ModelRejected(sentence, meant, tuple(dict.fromkeys(named)), efforts=efforts)


_TLS_ALERT = "illegal status line: bytearray(b'\\x15\\x03"
"""How the HTTP library quotes the answer of a TLS server to plain http."""
_IS_IT_HTTPS = "{host} does not answer plain http. Is it `https://` there? Correct `base_url`."


def _redirect_target(headers: Mapping[str, str], endpoint: Endpoint) -> str:
    """Return where a redirect leads, without its query, which may hold a token."""
    target = urljoin(f"{endpoint.base_url}/", headers.get("location", ""))
    parts = urlsplit(target)
    address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    is_known = headers.get("location") and parts.netloc and len(address) <= MAX_QUOTED_CHARS
    return address if is_known and address.isprintable() else "another address"


def _refusal(status: int, meant: int, error_body: _ErrorBody, endpoint: Endpoint) -> str:
    who, model = endpoint.title, endpoint.model
    if error_body.means("unsupported_api_for_model", "not accessible via the /chat/completions"):
        return f'{who} serves {model} in another way only. Set `wire = "responses"`.'
    if meant == 401:
        if not endpoint.key:
            return f"{who} asks for a key ({status}). Set FORETYPE_API_KEY.{error_body.quote}"
        return (
            f"{who} does not accept the key in {endpoint.key_from} ({status}). Check that it is "
            f"whole, still valid and meant for this provider.{error_body.quote}"
        )
    if meant == 403:
        return f"{who} does not let this key use {model} ({status}).{error_body.quote}"
    if meant == 404:
        hint = endpoint.row.hint.format(model=model)
        unknown = (
            f"{who} does not know {model}, or has no API at this address (404). "
            "Check `model` and `base_url`."
            if status == 404
            else f"{who} does not know {model} ({status}). Check `model`."
        )
        return f"{unknown} {hint}".strip() + error_body.quote
    if status == 405:
        return f"{who} has no such API at this address (405). Check `base_url`.{error_body.quote}"
    if status == 407:
        return (
            f"A proxy between here and {endpoint.host} asks for a name and a password (407). "
            f"Put them into HTTPS_PROXY or HTTP_PROXY, or {endpoint.host} into NO_PROXY."
        )
    return f"{who} refuses the request ({status}).{error_body.quote}"


def _error_of_object(error: object, endpoint: Endpoint) -> ModelError:
    """Create the error for an error object in a response with status 200."""
    fields = error if isinstance(error, Mapping) else {}
    code = str(fields.get("code") or fields.get("status") or "")
    words = f"{code} {fields.get('type') or ''}".lower()
    if code.isdigit() and 400 <= int(code) < 600:
        status = int(code)
    else:
        meant = _ErrorBody(error, endpoint).meant(400)
        status = 502 if meant == 400 else meant
        status = next((s for word, s in _STATUS_BY_CODE.items() if word in words), status)
    return error_of_status(status, error, {}, endpoint)


_STATUS_BY_CODE = {
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
"""Codes or types of error objects, and the equivalent HTTP status."""


class _ErrorBody:
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
_REQUEST_ID = re.compile(r"(?i)\W*\b(?:request|trace)[ _-]?id\b\W*[\w.:-]*\d[\w.:-]*\)?")
"""Request ids, which would make every message different."""
_OPAQUE = re.compile(
    r"(?i)bearer\s+\S+|\b(?:sk|pk|key|fw|gsk|hf|xai)[-_][\w*.-]{6,}|[\w+/=*.-]{32,}"
)
"""What may be a key in a message, beyond what is masked in code: also one that is shown in part."""


def quoted(words: str, *secrets: str) -> str:
    """Quote a provider's message as a sentence: short, on one line, without secrets."""
    from foretype.privacy.masking import MASK, mask  # messages are rare

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


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds after which to retry; None if not specified.

    A moment in the past, or more than a day ahead, is a mistake, and counts as not specified.
    """
    value = headers.get("retry-after")
    milliseconds = _number(headers.get("retry-after-ms"))
    named = (
        None if milliseconds is None else milliseconds / 1000,
        _number(value),
        _until(value) if value else None,
    )
    return next((s for s in named if s is not None and 0 < s <= MAX_RETRY_AFTER_S), None)


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


def _error_of_transport(error: Exception, endpoint: Endpoint) -> ModelError:
    who, host = endpoint.title, endpoint.host
    chain = list(_causes(error))
    if own := next((e for e in chain if isinstance(e, ModelError)), None):
        return own  # Raised by ourselves, below the SDK.
    names = {name for e in chain for name in _class_names(e)}

    proxy = next((str(e) for e in chain if isinstance(e, ProxyFailed)), "")
    if "ProxyError" in names:
        why = next(
            (quoted(str(e), *endpoint.secrets) for e in chain if "ProxyError" in _class_names(e)),
            "",
        )
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
        return ModelTimeout(f"{who} has sent nothing for too long.")
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
    if any(_TLS_ALERT in str(e) for e in chain):
        return ModelRejected(_IS_IT_HTTPS.format(host=endpoint.host), 404)
    if names & {"RemoteProtocolError", "NetworkError", "ConnectionError", "EndOfStream"}:
        return ModelUnavailable(_NO_ANSWER["cut"].format(who=who))
    if names & {"DecodingError", "ValueError", "RecursionError"}:
        return ModelUnavailable(_NO_ANSWER["malformed"].format(who=who))
    if names & {"APIConnectionError", "OSError"}:
        return ModelUnavailable(f"{host} cannot be reached.")
    log.error("unexpected %s\n%s", type(error).__name__, _traceback_lines(error))
    return ModelUnavailable(f"An unexpected fault in foretype ({type(error).__name__}).")


def _class_names(error: BaseException) -> Iterator[str]:
    """Return an error's class names. Comparing names avoids loading the SDK."""
    return (kind.__name__ for kind in type(error).__mro__)


def _causes(error: BaseException, depth: int = 0) -> Iterator[BaseException]:
    """Yield an error and its causes."""
    yield error
    if depth > 20:
        return
    following = error.__cause__ or error.__context__
    if following is not None:
        yield from _causes(following, depth + 1)
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _causes(inner, depth + 1)


def _traceback_lines(error: Exception) -> str:
    """Format an error's traceback without its text, which may contain anything."""
    return "".join(traceback.format_tb(error.__traceback__))
