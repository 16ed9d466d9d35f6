"""Translate every foreign error into a ``ModelError``; the only way to one.

Covers the errors of the SDK, its transport and the operating system. The message says what is
wrong and what to do, and contains no key, no HTML page and no foreign traceback.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from foretype.core import out_of_memory
from foretype.models.protocol import ModelError, ModelTimeout, ModelUnavailable
from foretype.models.status_faults import error_of_object, error_of_status
from foretype.models.transport_faults import BROKE_OFF, UNREADABLE, error_of_transport
from foretype.models.wires import AnswerTooLong, ErrorObject
from foretype.settings.providers import Endpoint


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
    out_of_memory.end_if(error)
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
        return error_of_object(error.args[0] if error.args else None, endpoint)
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
    return error_of_transport(error, endpoint)


_NO_ANSWER = {
    "page": "{who} answered with a web page in place of text. A proxy, or a network that wants "
    "you to log in, may stand between; or `base_url` is not the API's address.",
    "empty": "{who} answered with nothing at all.",
    "cut": BROKE_OFF,
    "malformed": UNREADABLE,
    "long": "{who} sent far more than an answer can be. The rest was not read.",
}

_STALLED = {
    "first": "{who} has sent nothing for {seconds:g} s.",
    "next": "{who} stopped in the middle of its answer for {seconds:g} s.",
    "end": "{who} did not come to an end in {seconds:g} s.",
}
