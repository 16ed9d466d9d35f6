"""How well a candidate for the beginning of an insertion fits: one score from named features."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import exp, log, log1p

from foretype.completion.postprocess.coefficients import COEFFICIENTS, UNSEEN, junctions
from foretype.completion.postprocess.context import CompletionContext
from foretype.completion.postprocess.junction import bigrams
from foretype.completion.postprocess.steps import opens
from foretype.languages.columns import columns, n_torn


@dataclass(frozen=True, slots=True)
class Candidate:
    """One reading of an answer: where its new text begins, and what is put before it."""

    line: int
    """The line of the answer with which the text begins."""
    column: int
    """Characters of that line that are left out."""
    lead: str = ""
    echo: str = ""
    """What of the cursor's line the answer repeats."""
    n_lines: int = 0
    """Lines above the cursor's that it repeats."""
    n_chars: int = 0
    """Characters of them."""
    is_common: bool = False
    """What is repeated stands several times around the cursor."""
    shift: int | None = None
    """Columns by which the lines after the first move; None where they must tell themselves."""


_CLOSERS = re.compile(r"[)\]}\"'`]*")
_PAIRS = {"(": ")", "[": "]", "{": "}", "<": ">", '"': '"', "'": "'", "`": "`"}
_FIRST = re.compile(r"\s*(\w+|[^\w\s]+)")
FEW = 8
"""Beginnings of lines from which no one can tell what is usual."""
PRIOR = 12.0
"""Pairs of tokens in the file that count as much as what is usual in code."""


def features(candidate: Candidate, rest: str, ctx: CompletionContext) -> tuple[float, ...]:
    """The numbers that the coefficients are for, in their order.

    ``rest`` is what would stand behind the cursor: the lead, and the rest of the first line.
    """
    before, echo = ctx.before, candidate.echo
    typed = before.strip()
    left = before if typed else ctx.line_above + "\n" + before
    pairs = bigrams(left, rest or "\n")
    likely = [_likelihood(pair, ctx) for pair in pairs]
    first = rest.partition("\n")[0]
    head = re.match(r"\w+", rest.lstrip(" "))
    tail = re.search(r"\w+$", before)
    glued = tail is not None and head is not None and rest[:1] != " "
    joined = (tail.group() + head.group()) if tail and head else ""
    is_word = re.search(r"\w", echo) is not None
    whole = bool(echo) and echo == typed
    drops_blank = not echo and not candidate.lead and candidate.column > 0
    drops_line_end = not echo and candidate.line > 0 and not candidate.n_lines
    adds_blank = candidate.lead == " "
    adds_line = candidate.lead.startswith("\n")
    again = _repeats(before, rest)
    closer = ctx.after[:1]
    paired = bool(echo) and closer in _PAIRS.get(echo[-1], " ") and closer in first
    begins_block = (
        bool(typed) and typed[-1] not in "([" and opens(before.rstrip(), ctx.context.language)
    )
    depth = columns(rest)
    signs = typed if typed and not re.search(r"\w|\s", typed) else ""
    start = _FIRST.match(signs + rest)
    starts = start is not None and start[1] in ctx.line_starts
    starts_new = not starts and len(ctx.line_starts) >= FEW
    is_sign = bool(typed) and rest[:1].strip() != "" and not glued
    meets = before[-1:] + rest[:1] if is_sign and before[-1:].strip() else None
    closers = _CLOSERS.match(ctx.after)
    own = first.rstrip().removesuffix(closers.group()) if closers else first
    torn = n_torn("", before + own + ctx.after) - n_torn("", before + ctx.after)
    return (
        float(bool(echo)),
        log1p(len(echo)),
        float(whole),
        float(whole) * log1p(len(echo)),
        float(is_word),
        float(bool(echo) and not is_word),
        float(bool(echo) and before[-1:].isspace()),
        log1p(candidate.n_chars),
        float(candidate.is_common),
        float(candidate.n_lines == 1 and not echo),
        float(drops_blank and bool(typed) and before[-1:].isspace()),
        float(drops_line_end and bool(typed)),
        float(adds_blank),
        float(adds_line),
        float(adds_line and ctx.ends_line),
        float(adds_line and before[-1:].isspace()),
        float(drops_line_end and not before),
        float(drops_line_end and bool(before) and not typed and depth < columns(before)),
        float(drops_line_end and bool(before) and not typed and depth >= columns(before)),
        float(drops_line_end and begins_block),
        float(adds_line and begins_block),
        float(begins_block and rest[:1].strip() != "" and not before[-1:].isspace()),
        float(bool(echo) and bool(ctx.after.strip())),
        float(paired),
        float(bool(typed) and rest.startswith(("  ", "\t"))),
        float(len(echo) == 1 and not is_word and ctx.contains(echo * 2)),
        float(adds_line and re.match(r"\n\s*[^\w\s\"'@]", rest) is not None),
        float(meets is not None and ctx.contains(meets)),
        float(meets is not None and not ctx.contains(meets)),
        float(bool(echo) and candidate.line > 0 and not candidate.n_lines),
        float(candidate.n_lines > 0 and candidate.n_chars < 4),
        float(candidate.n_lines == 1 and candidate.is_common and not echo),
        float(drops_line_end and bool(typed) and starts),
        float(drops_line_end and bool(typed) and starts_new),
        float(adds_line and starts),
        float(adds_line and starts_new),
        sum(likely) / max(1, len(likely)),
        float(glued and joined not in ctx.words),
        float(glued and tail is not None and tail.group() in ctx.words),
        float(again),
        float(signs != "" and starts),
        float(min(3, max(-3, torn))),
    )


def score(candidate: Candidate, rest: str, ctx: CompletionContext) -> float:
    """How well a candidate fits; the best one is taken."""
    values = features(candidate, rest, ctx)
    return sum(c * x for c, x in zip(COEFFICIENTS.values(), values, strict=True))


def _likelihood(pair: str, ctx: CompletionContext) -> float:
    """The logarithm of how likely one class of tokens follows another, in code and in this file."""
    usual, (counts, firsts) = junctions().get(pair, UNSEEN), ctx.junctions
    first = pair.partition(" ")[0]
    return log((counts.get(pair, 0) + PRIOR * exp(usual)) / (firsts.get(first, 0) + PRIOR))


def _repeats(before: str, rest: str) -> bool:
    """Whether the first token behind the cursor is the last one before it."""
    last = re.search(r"(\w+|[^\w\s]+)[ \t]*$", before)
    if last is None:
        return False
    text = rest.lstrip(" \t")
    token = last.group(1)
    if not text.startswith(token):
        return False
    is_whole = re.match(r"\w", text[len(token) : len(token) + 1]) is None
    return is_whole or not token[0].isalnum()
