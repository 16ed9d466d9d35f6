"""Explain one request: its stages and times, its source or reason, its cost."""

from __future__ import annotations

from collections.abc import Mapping

from foretype.completion.feedback.why import SOURCES, sentence
from foretype.completion.suggestion import Answer, NoSuggestion, Suggestion
from foretype.core.timings import Timings
from foretype.spending.entry import Entry
from foretype.spending.usage import Usage

_STAGES = {"model": "model asked", "first_token": "first token", "local": "embedded engine"}


def reason_sentence(none: NoSuggestion) -> str:
    """Return why there is no suggestion, as a sentence."""
    return f"No suggestion: {sentence(none)}."


def outcome(answer: Answer) -> list[tuple[str, str]]:
    """Describe the result."""
    if isinstance(answer, NoSuggestion):
        return [("reason", answer.reason.value), *([("", answer.detail)] if answer.detail else [])]
    rows = [("source", SOURCES[answer.source])]
    if not answer.complete:
        rows.append(("", "cut by the deadline"))
    return rows


def stages(timings: Timings | None, moments: Mapping[str, float]) -> list[tuple[str, str]]:
    """List when each stage was reached since the request, in order of time.

    ``moments`` are the model's, on the clock of the timings.
    """
    if timings is None:
        return []
    at = {stage: (moment - timings.start) * 1000 for stage, moment in moments.items()}
    at |= {_STAGES.get(stage, stage): ms for stage, ms in timings.marks.items()}
    return [(stage, f"{ms:.1f} ms") for stage, ms in sorted(at.items(), key=lambda row: row[1])]


def nothing_spent() -> list[tuple[str, str]]:
    """Describe the tokens if no model was used."""
    return [("tokens", "none: nothing left this machine")]


def spent(entry: Entry, usage: Usage | None) -> list[tuple[str, str]]:
    """Describe tokens and cost of all requests; ``usage`` is the provider's count, if any."""
    if not entry.requests:
        return [("tokens", "none: the model did not answer")]
    about = "about " if entry.estimated else ""
    came = f"{about}{entry.input_tokens} in"
    if entry.cached_tokens:
        came += f" ({entry.cached_tokens} cached)"
    went = f"{entry.output_tokens} out"
    if usage is not None and usage.reasoning_tokens:
        went += f" ({usage.reasoning_tokens} of them thinking)"
    tokens = f"{came}, {went}"
    if entry.requests > 1:
        tokens += f", in {entry.requests} requests"
    if entry.estimated:
        tokens += "; the stream was ended before its count came"
    cost = entry.known_cost_usd
    price = "price not known" if cost is None else f"{about}${cost:.6f}"
    return [("tokens", tokens), ("cost", price)]


def insertion(suggestion: Suggestion) -> tuple[str, str]:
    """Return the text to insert at the cursor, and a note if it also replaces text.

    What the suggestion replaces it mostly repeats at its end: closers after the cursor.
    """
    cursor, text = suggestion.cursor, suggestion.text
    replaced = cursor.document.text[cursor.offset : cursor.offset + suggestion.replaces]
    if not replaced:
        return text, ""
    if text.endswith(replaced):
        return text[: -len(replaced)], ""
    return text, f"It takes the place of {replaced!r}, which stands after the cursor."
