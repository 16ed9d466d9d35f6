"""What can be done about nothing being shown: buttons that do it, offered with ``foretype.why``.

Asked by ``window/showMessageRequest``, where there is something to do and the client can ask.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from foretype.completion.suggestion import NoSuggestion, Reason
from foretype.lsp.features import key_question
from foretype.lsp.features.asking import Unanswered, ask

if TYPE_CHECKING:
    from foretype.lsp.session.session import ForetypeServer

SHOW_S = 10.0
"""Seconds that the client may take to show a file."""
NEW_FILE = """\
# Settings of foretype: docs/settings.md has all of them.

# provider = "openrouter"            # key: OPENROUTER_API_KEY, or `foretype login openrouter`
# base_url = "http://127.0.0.1:8080/v1"
# model = ""

[completion]
# deadline_ms = 400

[budget]
# daily_usd = 1.0
"""
"""What a settings file begins with that is made to be opened."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """A button, and what it does."""

    title: str
    do: Callable[[], Awaitable[None]]


def remedies(ls: ForetypeServer, answer: NoSuggestion, uri: str = "") -> list[Remedy]:
    """What can be done about an answer in a file, the likeliest first."""
    return list(_remedies(ls, answer, uri))


async def offer(ls: ForetypeServer, found: list[Remedy], message: str) -> None:
    """Ask the user which of some remedies is wanted, and carry it out."""
    with contextlib.suppress(Unanswered):
        title = await ask(ls, message, [remedy.title for remedy in found])
        for remedy in found:
            if remedy.title == title:
                await remedy.do()


def _remedies(ls: ForetypeServer, answer: NoSuggestion, uri: str) -> Iterator[Remedy]:
    services = ls.services

    def remedy(title: str, do: Callable[..., Awaitable[None]], *arguments: object) -> Remedy:
        return Remedy(title, lambda: do(ls, *arguments))

    if answer.reason is Reason.OFF:
        yield remedy("Turn on", _turn_on, uri)
        return
    if answer.reason is Reason.BUDGET and services.budget is not None:
        if usd := services.budget.next_step_usd:
            yield remedy(f"Allow ${usd:.2f} more in this session", _raise_budget)
        yield remedy("Open settings", _open_settings)
        return
    if (question := services.key_question) is not None:
        yield remedy(key_question.SEND, key_question.send, question)
    elif answer.reason in (Reason.UNAVAILABLE, Reason.UNSURE, Reason.DEADLINE):
        if services.problem or services.refusal or services.model is None:
            yield remedy("How to log in", _explain_login)
        if services.problem or services.model is not None:
            yield remedy("Try again", _try_again)
    else:
        return
    yield remedy("Open settings", _open_settings)


async def _turn_on(ls: ForetypeServer, uri: str) -> None:
    toggles, document = ls.toggles, ls.documents.get(uri)
    if document is not None and toggles.is_off(document):
        toggles.turn_file(uri, True)
        if ls.service is not None:
            ls.service.opened(document)
    completion = ls.settings.completion
    if document is not None and document.language in toggles.applied_to(completion).languages_off:
        toggles.turn_language(document.language, True, completion)
    if not toggles.applied_to(completion).is_automatic:
        toggles.turn_all(True, completion)
    ls.switches.switched()


async def _raise_budget(ls: ForetypeServer) -> None:
    if ls.services.budget is not None:
        ls.services.budget.allow_more()
        ls.model_status.told("ready", "")


async def _try_again(ls: ForetypeServer) -> None:
    """Read the settings and keys anew, and end the pauses of an endpoint."""
    await ls.read_again()
    if ls.services.model is None:
        await ls.open_model_anew()
    ls.services.retry_now()


async def _explain_login(ls: ForetypeServer) -> None:
    named = ls.services.provider or "openrouter"
    _tell(
        ls,
        f"run `foretype login {named}` in a terminal: it asks for the key, which is not shown, and "
        "keeps it in the system's keyring. Then choose Try again.",
    )


async def _open_settings(ls: ForetypeServer) -> None:
    """Show the user's own settings file; one that is missing is made."""
    path = await asyncio.to_thread(_settings_file, ls)
    if path is None:
        _tell(ls, "there is no place for a settings file; name one with FORETYPE_CONFIG.")
        return
    if ls.profile.shows_documents:
        params = types.ShowDocumentParams(uri=path.as_uri(), take_focus=True)
        with contextlib.suppress(JsonRpcException, TimeoutError):
            async with asyncio.timeout(SHOW_S):
                shown = await asyncio.shield(
                    asyncio.ensure_future(ls.window_show_document_async(params))
                )
            if shown.success:
                return
    _tell(ls, f"the settings are in {path}.")


def _settings_file(ls: ForetypeServer) -> Path | None:
    from foretype.settings.load import config_file

    path = config_file(ls.services.environ)
    if path is None:
        return None
    path = path.absolute()
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as new:
            new.write(NEW_FILE)
    return path


def _tell(ls: ForetypeServer, sentence: str) -> None:
    ls.window_show_message(
        types.ShowMessageParams(type=types.MessageType.Info, message=f"foretype: {sentence}")
    )
