"""``workspace/executeCommand``: what editors and extensions ask by name.

Whatever a client sends as arguments is checked here: a wrong one is a clear error.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from foretype.completion.feedback import why as words
from foretype.completion.suggestion import NoSuggestion, Suggestion
from foretype.core.cursor import Cursor
from foretype.lsp import convert
from foretype.lsp.command_names import (
    ACCEPTED,
    AUDIT,
    LAST_SUGGESTION,
    MODELS,
    SNOOZE,
    STATS,
    TOGGLE,
    WHY,
)
from foretype.lsp.features import adding_imports
from foretype.lsp.wire.json_rpc import RequestError
from foretype.settings.schema import MAX_KEEP_DAYS
from foretype.spending.usage import tokens_and_cost

if TYPE_CHECKING:
    from foretype.lsp.session.session import ForetypeServer
    from foretype.spending.entry import Entry
    from foretype.spending.statistics import Stats

SNOOZE_MINUTES = 30
MAX_SNOOZE_MINUTES = 24 * 60


def register(ls: ForetypeServer) -> None:
    """Offer the commands. Those of refactorings register themselves."""
    handlers = {
        ACCEPTED: accepted,
        WHY: why,
        TOGGLE: toggle,
        SNOOZE: snooze,
        LAST_SUGGESTION: last_suggestion,
        STATS: stats,
        MODELS: models,
        AUDIT: audit,
    }
    for name, handler in handlers.items():
        ls.command(name)(handler)


def accepted(ls: ForetypeServer, *arguments: Any) -> None:
    """A suggestion was accepted; its id is the argument."""
    suggestion_id = arguments[0] if arguments else None
    if not isinstance(suggestion_id, str):
        raise RequestError(f"{ACCEPTED} takes the id of a suggestion")
    ls.recorder.counts["accepted"] += 1
    if ls.service is not None:
        ls.service.accepted(suggestion_id)
    adding_imports.follow(ls, suggestion_id)


def why(ls: ForetypeServer, *arguments: Any) -> dict[str, Any]:
    """Why nothing was shown the last time, or what was: in a sentence, and one line a stage.

    The argument may name a place: ``{"uri": …, "position": {"line": …}}``. Where something can be
    done about it, ``actions`` names it, and the user is asked whether to do that, unless the
    argument has ``"quiet": true``.
    """
    from foretype.lsp.features import remedies

    last = ls.recorder.last
    if last is None:
        lines = _further(ls)
        return {"shown": False, "reason": None, "message": "nothing was asked yet", "lines": lines}
    worded = ls.notifier.worded
    none = None if isinstance(last, Suggestion) else last
    decisions = () if ls.service is None else ls.service.feedback.decisions
    timings = decisions[-1].timings if decisions else None
    found = [] if none is None else remedies.remedies(ls, none, _uri_of(arguments, decisions))
    is_quiet = any(isinstance(one, dict) and one.get("quiet") is True for one in arguments)
    if found and ls.profile.can_show_message_request and not is_quiet:
        ls.spawn(remedies.offer(ls, found, f"{worded(words.sentence(last))}."))
    stages = _stages(ls, *arguments) or [words.sentence(last)]
    return {
        "actions": [remedy.title for remedy in found],
        "shown": none is None,
        "reason": none and none.reason.name.lower(),
        "source": last.source.value if isinstance(last, Suggestion) else None,
        "message": worded(words.sentence(last)),
        "detail": worded(none.detail) if none is not None else "",
        "advice": worded(words.advice(last)),
        "lines": [worded(line) for line in (*stages, *_further(ls))],
        "stagesMs": {} if timings is None else timings.marks,
    }


def _uri_of(arguments: Sequence[Any], decisions: Sequence[words.Decision]) -> str:
    """The file that is asked about: the named one, or that of the last answer."""
    place = arguments[0] if arguments else None
    uri = place.get("uri") if isinstance(place, Mapping) else None
    if isinstance(uri, str):
        return uri
    return decisions[-1].cursor.document.uri if decisions else ""


def _further(ls: ForetypeServer) -> list[str]:
    return [line for explain in ls.events.explanations for line in explain()]


def _stages(ls: ForetypeServer, place: Any = None, *_: Any) -> list[str]:
    """The last answer, or the last at a place, one line a stage."""
    if ls.service is None:
        return []
    model = ls.services.model
    name = "the model" if model is None else f"{model.name} ({ls.services.provider})"
    if not isinstance(place, Mapping) or not isinstance(place.get("uri"), str):
        return ls.service.why(name)
    position = place.get("position")
    line = position.get("line") if isinstance(position, Mapping) else None
    return ls.service.why(name, uri=place["uri"], line=line if isinstance(line, int) else None)


def toggle(ls: ForetypeServer, *arguments: Any) -> dict[str, Any]:
    """Switch suggestions: in a file (``uri``), in a language (``language``) or everywhere, to
    what ``enabled`` says or the other way."""
    told = arguments[0] if arguments and arguments[0] is not None else {}
    if not isinstance(told, Mapping):
        raise RequestError(f"{TOGGLE} takes an object with uri or language, and enabled")
    on, uri, language = told.get("enabled"), told.get("uri"), told.get("language")
    if on is not None and not isinstance(on, bool):
        raise RequestError(f"{TOGGLE}: enabled is true or false")
    if isinstance(uri, str):
        enabled = ls.toggles.turn_file(uri, on)
        _show_to_service(ls, uri, enabled=enabled)
    elif isinstance(language, str):
        enabled = ls.toggles.turn_language(language, on, ls.settings.completion)
    else:
        enabled = ls.toggles.turn_all(on, ls.settings.completion)
    ls.switches.switched()
    where = "in this file" if isinstance(uri, str) else f"in {language}" if language else ""
    message = f"suggestions are {'on' if enabled else 'off'} {where}".rstrip()
    return {"enabled": enabled, "message": message}


def snooze(ls: ForetypeServer, *arguments: Any) -> dict[str, Any]:
    """Suggest nothing by itself for ``{"minutes": N}``, half an hour by default; 0 ends it."""
    told = arguments[0] if arguments and arguments[0] is not None else {}
    minutes = told.get("minutes", SNOOZE_MINUTES) if isinstance(told, Mapping) else told
    is_number = isinstance(minutes, int | float) and not isinstance(minutes, bool)
    if not is_number or not 0 <= minutes <= MAX_SNOOZE_MINUTES:
        raise RequestError(f"{SNOOZE}: minutes is a number from 0 to {MAX_SNOOZE_MINUTES:,}")
    until = ls.switches.snooze(minutes)
    message = f"snoozed until {until}" if until else "suggestions are on again"
    return {"until": until or None, "message": message}


def last_suggestion(ls: ForetypeServer, *arguments: Any) -> dict[str, Any] | None:
    """The suggestion that was shown last, for a client that wants to offer it again."""
    last = ls.recorder.last_suggestion
    if last is None:
        return None
    document = last.cursor.document
    position = convert.to_position(document, last.cursor.offset, ls.documents.encoding)
    return {
        "id": last.id,
        "uri": document.uri,
        "version": document.version,
        "position": {"line": position.line, "character": position.character},
        "text": last.text,
    }


async def stats(ls: ForetypeServer, *arguments: Any) -> dict[str, Any]:
    """How often what was answered since the start, and what was spent: today by all servers,
    and in this session. A cost is null where no price is known.

    With ``{"days": N}`` also what is recorded of so many days, as text and as numbers.
    """
    told = _session(ls)
    wanted = arguments[0] if arguments else None
    days = wanted.get("days") if isinstance(wanted, Mapping) else None
    if days is None:
        return told
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= MAX_KEEP_DAYS:
        raise RequestError(f"{STATS}: days is a number from 1 to {MAX_KEEP_DAYS}")
    return told | await _recorded(ls, days)


async def audit(ls: ForetypeServer, *arguments: Any) -> dict[str, Any]:
    """Exactly what a request at a place would send now, and why each piece is in it.

    The argument names the place: ``{"uri": …, "position": {"line": …, "character": …}}``.
    """
    from foretype.completion.context.pieces import pieces

    cursor = _place(ls, arguments[0] if arguments else None)
    if ls.service is None or ls.services.model is None:
        return {"lines": ["Nothing would be sent: no model is asked."], "body": None}
    question = ls.service.question_at(cursor)
    if isinstance(question, NoSuggestion):
        return {"lines": [f"Nothing would be sent: {words.sentence(question)}."], "body": None}
    prompt, context = question
    sent = await ls.services.model.preview(prompt)
    made_of = [f"{name}: {why}" if name else why for name, why in pieces(cursor, context)]
    lines = [f"POST {sent.url}, {len(sent.body):,} bytes", *made_of]
    return {"lines": lines, "url": sent.url, "body": sent.body.decode("utf-8", "replace")}


async def models(ls: ForetypeServer, *arguments: Any) -> dict[str, Any]:
    """What the endpoint offers, with prices, and what to choose. Asks no model.

    ``message`` says what to choose, or why there is no list.
    """
    from foretype.models.model_list import as_json, proposal
    from foretype.models.protocol import ModelError

    model = ls.services.model
    told = {"provider": ls.services.provider, "model": "" if model is None else model.name}
    if model is None:
        return {**told, "models": [], "message": ls.services.problem or "No endpoint is set."}
    try:
        offered = await model.offered()
    except ModelError as fault:
        return {**told, "models": [], "message": ls.notifier.worded(str(fault))}
    words = proposal(model.name, offered) if offered else "The endpoint lists no models."
    return {**told, "models": as_json(offered), "message": ls.notifier.worded(words)}


def _place(ls: ForetypeServer, told: Any) -> Cursor:
    try:
        document = ls.documents.get(told["uri"])
        position = types.Position(told["position"]["line"], told["position"]["character"])
        if document is None:
            raise RequestError("that file is not open")
        return Cursor(document, convert.to_offset(document, position, ls.documents.encoding))
    except (TypeError, KeyError, ValueError, AttributeError):
        raise RequestError(f"{AUDIT} takes an object with uri and position") from None


async def _recorded(ls: ForetypeServer, days: int) -> dict[str, Any]:
    from foretype.completion.feedback import stats_words
    from foretype.spending.ledger import file_of
    from foretype.spending.ledger_file import LedgerUnusable
    from foretype.spending.statistics import read_stats

    def read() -> Stats:
        return read_stats(file_of(ls.services.environ), until=today, days=days)

    today = date.today().isoformat()
    budget = ls.services.budget
    if budget is not None:
        await budget.ledger.sync()
    try:
        found = await asyncio.to_thread(read)
    except LedgerUnusable as fault:
        return {"lines": [f"The record cannot be used: {fault}."]}
    lines = ["Nothing is recorded yet."] if found.is_empty else stats_words.lines(found)
    return {"lines": lines, "record": stats_words.as_json(found)}


def _session(ls: ForetypeServer) -> dict[str, Any]:
    counts = dict(sorted(ls.recorder.counts.items()))
    n_requests, n_shown = counts.get("requests", 0), counts.get("shown", 0)
    streams = Counter() if ls.service is None else ls.service.counts
    parts = dict(sorted((ls.recorder.sources | streams).items()))
    message = f"{n_requests} requests, {n_shown} suggestions, {counts.get('accepted', 0)} accepted"
    faults = sum(ls.protocol.faults.values())
    told = {"message": message, **counts, "faults": faults, "parts": parts}
    budget = ls.services.budget
    if budget is None:
        return told
    budget.ledger.keep_fresh()
    today, session = budget.ledger.today(), budget.ledger.session
    flat = _spent(today) | {f"session_{name}": n for name, n in _spent(session).items()}
    limits = {
        "budget_usd": budget.daily_usd or None,
        "monthly_budget_usd": budget.monthly_usd or None,
        "month_cost_usd": budget.ledger.spent().month_usd,
    }
    return {**told, "today": _in_words(today), **flat, **limits}


def _spent(entry: Entry) -> dict[str, Any]:
    return {
        "model_requests": entry.requests,
        "estimated_requests": entry.estimated,
        "unpriced_requests": entry.unpriced,
        "input_tokens": entry.input_tokens,
        "cached_tokens": entry.cached_tokens,
        "output_tokens": entry.output_tokens,
        "cost_usd": entry.known_cost_usd,
        "suggestions_shown": entry.shown,
        "suggestions_accepted": entry.accepted,
        "saved_characters": entry.saved_characters,
    }


def _in_words(entry: Entry) -> str:
    """Such as ``3,210 tokens, $0.0041``; empty where no model was asked."""
    if not entry.requests:
        return ""
    return tokens_and_cost(entry.input_tokens + entry.output_tokens, entry.known_cost_usd)


def _show_to_service(ls: ForetypeServer, uri: str, *, enabled: bool) -> None:
    """A file that is switched off is closed as far as the service can see."""
    document = ls.documents.get(uri)
    if ls.service is None or document is None:
        return
    if enabled:
        ls.service.opened(document)
    else:
        ls.service.closed(uri)
