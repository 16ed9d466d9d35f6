"""How one request went, in words: its stages with their times, its source or reason, its cost."""

from __future__ import annotations

from collections.abc import Mapping

from foretype.completion.suggestion import Answer, NoSuggestion, Source, Suggestion
from foretype.models.base import Usage
from foretype.timings import Timings

_STAGES = {"model": "model asked", "first_token": "first token", "local": "embedded engine"}

_SOURCES = {
    Source.MODEL: "the model",
    Source.REUSE: "the model, from text that was there already",
    Source.LOCAL: "the embedded engine",
}


def sentence(none: NoSuggestion) -> str:
    """Why there is no suggestion, as a sentence."""
    text = none.reason.value + (f" ({none.detail.rstrip('.')})" if none.detail else "")
    return f"No suggestion: {text}."


def outcome(answer: Answer) -> list[tuple[str, str]]:
    """What came out."""
    if isinstance(answer, NoSuggestion):
        return [("reason", answer.reason.value), *([("", answer.detail)] if answer.detail else [])]
    rows = [("source", _SOURCES[answer.source])]
    if not answer.complete:
        rows.append(("", "cut by the deadline"))
    return rows


def stages(timings: Timings | None, moments: Mapping[str, float]) -> list[tuple[str, str]]:
    """When each stage was reached, in the order of time, since the request was made.

    ``moments`` are the model's, on the clock of the timings.
    """
    if timings is None:
        return []
    at = {stage: (moment - timings.start) * 1000 for stage, moment in moments.items()}
    at |= {_STAGES.get(stage, stage): ms for stage, ms in timings.marks.items()}
    return [(stage, f"{ms:.1f} ms") for stage, ms in sorted(at.items(), key=lambda row: row[1])]


def spent(usage: Usage | None, cost_usd: float | None, *, asked: bool) -> list[tuple[str, str]]:
    """Tokens and cost; ``asked`` says whether a model was asked at all."""
    if not asked:
        return [("tokens", "none: nothing left this machine")]
    if usage is None:
        return [("tokens", "not told: the stream was ended before its end")]
    parts = [f"{usage.input_tokens} in"]
    if usage.cached_tokens:
        parts[0] += f" ({usage.cached_tokens} cached)"
    parts.append(f"{usage.output_tokens} out")
    if usage.reasoning_tokens:
        parts[1] += f" ({usage.reasoning_tokens} of them thinking)"
    cost = "price not known" if cost_usd is None else f"${cost_usd:.6f}"
    return [("tokens", ", ".join(parts)), ("cost", cost)]


def insertion(suggestion: Suggestion) -> tuple[str, str]:
    """The text to insert at the cursor, and a note where inserting alone does not do.

    What the suggestion replaces it mostly repeats at its end: closers after the cursor.
    """
    place, text = suggestion.place, suggestion.text
    replaced = place.document.text[place.offset : place.offset + suggestion.replaces]
    if not replaced:
        return text, ""
    if text.endswith(replaced):
        return text[: -len(replaced)], ""
    return text, f"It takes the place of {replaced!r}, which stands after the cursor."
