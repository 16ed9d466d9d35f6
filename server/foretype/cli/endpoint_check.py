"""Ask an endpoint one question, wait as long as it takes, and judge what was seen.

``probe`` asks and measures; ``judge`` is pure: figures in, sentences out.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path

from foretype.cli.demo import scenes
from foretype.completion.context.prompt import build_prompt
from foretype.completion.context.prompt import cursor_mark as mark_for
from foretype.completion.context.window import gather
from foretype.core.cursor import Cursor
from foretype.core.deadline import now
from foretype.core.tokens import CHARS_PER_TOKEN, n_tokens
from foretype.models.measured import Measured
from foretype.models.model_list import OfferedModel, is_llama_cpp
from foretype.models.open_model import OpenModel
from foretype.models.protocol import ModelError, Prompt
from foretype.settings.schema import CompletionSettings

MAX_TRIES = 3
"""Questions, while the answer ends before its text begins: each is given more room."""
AT_ONCE_S = 0.02
"""Seconds within which a whole answer comes where something collects it."""
ENOUGH_TOKENS = 12
"""Tokens of an answer that no model writes so fast."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What one question showed. Times are from the request, in milliseconds; None where none."""

    model: str = ""
    first_token_ms: float | None = None
    """Anything of the model, reasoning too."""
    first_text_ms: float | None = None
    end_ms: float | None = None
    thought_tokens: int = 0
    text_tokens: int = 0
    n_requests: int = 0
    fault: str = ""
    """The error in a sentence."""
    fault_status: int = 0
    offered: tuple[str, ...] = ()
    """What the endpoint lists."""
    is_listed: bool = False
    """Whether the model in use is among it."""
    is_llama_cpp: bool = False
    slots: int = 0
    context_tokens: int = 0
    without: tuple[str, ...] = ()
    """Parts of a request that the endpoint refuses."""
    effort: str = ""
    """The effort of reasoning that it is asked for, where it named one."""
    tokens_before_text: int = 0
    asked_tokens: int = 0

    @property
    def came_at_once(self) -> bool:
        """Whether the whole answer came at one moment, so that something collects it."""
        if self.first_text_ms is None or self.end_ms is None or self.text_tokens < ENOUGH_TOKENS:
            return False
        first = self.first_token_ms if self.first_token_ms is not None else self.first_text_ms
        return self.end_ms - first < AT_ONCE_S * 1000


@dataclass(slots=True)
class _Answer:
    first_token: float | None = None
    first_text: float | None = None
    last_text: float | None = None
    text: str = ""
    n_reasoning_chars: int = 0
    n_counted: int = 0
    started: float = field(default_factory=now)


def question(settings: CompletionSettings) -> tuple[Prompt, Cursor]:
    """The prompt for the rest of a block of the standard library, and its cursor."""
    line = inspect.getsourcelines(textwrap.dedent)[1]
    page = scenes.scene_from_file(Path(textwrap.__file__), line)
    begun = page.truth.split("\n")[0].partition("(")[0]
    after = page.page.edited(page.page.typing(begun))
    cursor = Cursor(after.document, after.offset)
    context = gather(cursor, tokens=settings.context_tokens, snippets=(), recent="")
    mark = mark_for(cursor.document.text)
    return build_prompt(context, mark=mark, max_tokens=settings.max_tokens), cursor


async def probe(model: OpenModel, prompt: Prompt) -> Figures:
    """Ask, as long as it takes, and again where the answer ended before its text. Never raises
    ModelError."""
    figures = Figures(model=model.name)
    for n_requests in range(1, MAX_TRIES + 1):
        asked_tokens = model.measured.tokens_to_ask(prompt.text_tokens)
        answer = _Answer()
        try:
            async with aclosing(model.stream(replace(prompt, max_tokens=asked_tokens))) as chunks:
                async for chunk in chunks:
                    moment = now()
                    if answer.first_token is None and (chunk.text or chunk.reasoning):
                        answer.first_token = moment
                    if chunk.text:
                        answer.first_text = answer.first_text or moment
                        answer.last_text = moment
                    answer.text += chunk.text
                    answer.n_reasoning_chars += len(chunk.reasoning)
                    if chunk.usage is not None:
                        answer.n_counted = chunk.usage.reasoning_tokens
        except ModelError as fault:
            status = getattr(fault, "status", 0)
            figures = replace(figures, fault=str(fault), fault_status=status)
        figures = _with_answer(figures, answer, n_requests, asked_tokens)
        if answer.text.strip() or figures.fault:
            break
    return await _with_facts(replace(figures, model=model.name), model)


def _with_answer(figures: Figures, answer: _Answer, n_requests: int, asked: int) -> Figures:
    def ms(moment: float | None) -> float | None:
        return None if moment is None else round((moment - answer.started) * 1000, 1)

    thought = max(answer.n_counted, round(answer.n_reasoning_chars / CHARS_PER_TOKEN))
    return replace(
        figures,
        first_token_ms=ms(answer.first_token),
        first_text_ms=ms(answer.first_text),
        end_ms=ms(answer.last_text),
        thought_tokens=thought,
        text_tokens=round(n_tokens(answer.text)),
        n_requests=n_requests,
        asked_tokens=asked,
    )


async def _with_facts(figures: Figures, model: OpenModel) -> Figures:
    """Add what the endpoint lists, and what is remembered of it."""
    offered: Sequence[OfferedModel] = ()
    if not figures.fault or figures.fault_status == 404:
        try:
            offered = await model.offered()
        except ModelError:
            offered = ()
    measured: Measured = model.measured
    own = next((each for each in offered if each.id == model.name), None)
    if own is None and len(offered) == 1:
        own = offered[0]
    variant = model.variant
    return replace(
        figures,
        offered=tuple(each.id for each in offered),
        is_listed=any(each.id == model.name for each in offered),
        is_llama_cpp=is_llama_cpp(offered),
        slots=measured.slots,
        context_tokens=(own.context_tokens if own else 0) or measured.context_tokens,
        without=tuple(sorted(variant.without)),
        effort=variant.effort,
        tokens_before_text=measured.tokens_before_text,
    )


def judge(
    figures: Figures, title: str, provider: str, settings: CompletionSettings
) -> Iterator[tuple[str, str, str]]:
    """Yield what the figures mean: the subject, ``ok``, ``note`` or ``wrong``, and a sentence."""
    limit = settings.deadline_ms
    if figures.fault:
        yield "answer", "wrong", figures.fault
    elif figures.first_text_ms is None:
        why = (
            f"it reasoned for {figures.thought_tokens} tokens and came to no text"
            if figures.thought_tokens
            else "nothing came that could be inserted"
        )
        yield "answer", "wrong", f"{title} gave no text: {why}"
    else:
        yield "answer", *_speed(figures, title, limit)
    if figures.came_at_once:
        yield (
            "stream",
            "note",
            f"the whole answer came at one moment, after {figures.end_ms:.0f} ms: something on the "
            "way collects it. Turn off buffering and compression there (nginx: proxy_buffering "
            "off; gzip off for text/event-stream)",
        )
    if figures.thought_tokens and not figures.fault:
        effort = f", at the effort {figures.effort!r}" if figures.effort else ""
        yield (
            "thinking",
            "note",
            f"about {figures.thought_tokens} tokens of reasoning come before the text{effort}; "
            f"{figures.asked_tokens} tokens are requested, of which {settings.max_tokens} are text",
        )
    if figures.offered and not figures.is_listed and figures.fault_status == 404:
        yield "models", "wrong", f"the endpoint lists {_some(figures.offered)}"
    if figures.is_llama_cpp and provider != "llamacpp":
        yield (
            "server",
            "note",
            'it is llama.cpp: set provider = "llamacpp", so that models trained to fill in are '
            "asked in their own format",
        )
    window = figures.context_tokens
    needed = settings.context_tokens + max(figures.asked_tokens, settings.max_tokens)
    if window and window < needed:
        yield (
            "context",
            "note",
            f"the server takes {window} tokens, fewer than the {needed} of completion."
            f"context_tokens and the answer: set completion.context_tokens = "
            f"{max(100, window - settings.max_tokens - 256)}, or start it with more",
        )
    if figures.slots == 1:
        yield "slots", "note", "the server works on one request at a time"
    if figures.without:
        yield "refused", "note", f"the endpoint refuses {', '.join(figures.without)}: left out"


def _speed(figures: Figures, title: str, limit: int) -> tuple[str, str]:
    first, text, end = (
        f"{ms:.0f} ms"
        for ms in (figures.first_token_ms or 0, figures.first_text_ms or 0, figures.end_ms or 0)
    )
    thoughts = figures.thought_tokens > 0
    times = f"first token after {first}, text after {text}" if thoughts else f"text after {first}"
    sentence = f"{title} answered: {times}, its end after {end}"
    if (figures.first_text_ms or 0) <= limit:
        return "ok", f"{sentence}; within the {limit} ms it may take"
    if thoughts:
        return "note", (
            f"{sentence}, after thinking: {limit} ms cannot be kept, so suggestions come late. "
            "For ghost text in time, set `model` to one that answers at once"
        )
    return "note", f"{sentence}; later than the {limit} ms it may take, so suggestions come late"


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:8])
    return shown if len(names) <= 8 else f"{shown} and {len(names) - 8} more"
