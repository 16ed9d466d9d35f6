"""How well a candidate for the beginning of an insertion fits: one score from named features."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import exp, log, log1p

from foretype.completion.postprocess.coefficients import COEFFICIENTS, UNSEEN, junctions
from foretype.completion.postprocess.context import FIRST_TOKEN, CompletionContext
from foretype.completion.postprocess.junction import bigrams
from foretype.completion.postprocess.steps import opens
from foretype.languages.columns import columns, left_open, n_torn
from foretype.languages.lexical import Scope


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
    is_indented: bool = False
    """It repeats the line's indentation, too."""
    is_common: bool = False
    """What is repeated stands several times around the cursor."""
    shift: int | None = None
    """Columns by which the lines after the first move; None where they decide it themselves."""


_CLOSERS = re.compile(r"[)\]}\"'`]*")
_PAIRS = {"(": ")", "[": "]", "{": "}", "<": ">", '"': '"', "'": "'", "`": "`"}
FEW = 8
"""Beginnings of lines too few to show what is usual."""
PRIOR = 12.0
"""Pairs of tokens in the file that count as much as what is usual in code."""


def features(candidate: Candidate, rest: str, ctx: CompletionContext) -> tuple[float, ...]:
    """The numbers that the coefficients are for, in their order.

    ``rest`` is what would stand behind the cursor: the lead, and the rest of the first line.
    """
    before, echo = ctx.before, candidate.echo
    typed = before.strip()
    left = before if typed else ctx.line_above + "\n" + before
    # What follows a line that is repeated as a whole is not there yet.
    pairs = [] if candidate.is_indented and rest == "\n" else bigrams(left, rest or "\n")
    likely = [_likelihood(pair, ctx) for pair in pairs]
    first = rest.partition("\n")[0]
    head = re.match(r"\w+", rest.lstrip(" "))
    tail = re.search(r"\w+$", before)
    glued = tail is not None and head is not None and rest[:1] != " "
    joined = (tail.group() + head.group()) if tail and head else ""
    is_word = re.search(r"[^\W_]", echo) is not None
    is_only_signs = bool(echo) and re.search(r"\w", echo) is None
    is_whole = bool(echo) and echo == typed
    drops_blank = not echo and not candidate.lead and candidate.column > 0
    drops_line_end = not echo and candidate.line > 0 and not candidate.n_lines
    adds_blank = candidate.lead == " "
    adds_line = candidate.lead.startswith("\n")
    closer = ctx.after[:1]
    paired = bool(echo) and closer in _PAIRS.get(echo[-1], " ") and closer in first
    begins_block = (
        bool(typed) and typed[-1] not in "([" and opens(before.rstrip(), ctx.context.language)
    )
    depth = columns(rest)
    signs = typed if typed and not re.search(r"\w|\s", typed) else ""
    start = FIRST_TOKEN.match(signs + rest)
    starts = start is not None and start[1] in ctx.line_starts
    starts_new = not starts and len(ctx.line_starts) >= FEW
    is_sign = bool(typed) and rest[:1].strip() != "" and not glued
    meets = before[-1:] + rest[:1] if is_sign and before[-1:].strip() else ""
    closers = _CLOSERS.match(ctx.after)
    own = first.rstrip().removesuffix(closers.group()) if closers else first
    # Closers that a text needs itself are no repetition of those behind the cursor.
    own = min(own, first.rstrip(), key=lambda each: len(left_open(each)))
    whole, without = before + own + ctx.after, before + ctx.after
    torn = _bounded(n_torn("", whole) - n_torn("", without))
    n_open = _bounded(len(left_open(whole)) - len(left_open(without)))
    has_rest = bool(ctx.after.strip())
    is_code = ctx.scope is Scope.CODE
    return (
        bool(echo),
        is_whole * log1p(len(echo)),
        is_word,
        is_only_signs,
        bool(echo) and before[-1:].isspace(),
        log1p(candidate.n_chars),
        candidate.is_common,
        candidate.n_lines == 1 and not echo,
        drops_blank and bool(typed) and before[-1:].isspace(),
        drops_line_end and bool(typed),
        adds_blank,
        adds_line,
        adds_line and ctx.ends_line,
        drops_line_end and bool(before) and not typed and depth < columns(before),
        drops_line_end and bool(before) and not typed and depth >= columns(before),
        begins_block and rest[:1].strip() != "" and not before[-1:].isspace(),
        bool(echo) and has_rest,
        paired,
        bool(typed) and rest.startswith(("  ", "\t")),
        len(echo) == 1 and is_only_signs and ctx.contains(echo * 2),
        meets != "" and not ctx.contains(meets),
        bool(echo) and candidate.line > 0 and not candidate.n_lines,
        candidate.n_lines > 0 and candidate.n_chars < 4,
        candidate.n_lines == 1 and candidate.is_common and not echo,
        drops_line_end and bool(typed) and starts_new,
        adds_line and starts_new,
        sum(likely) / max(1, len(likely)),
        glued and joined not in ctx.words,
        signs != "" and starts,
        torn,
        n_open,
        n_open * has_rest,
        bool(echo) and not is_code,
        drops_blank,
        drops_blank and not is_code,
        drops_line_end and has_rest,
    )


def score(candidate: Candidate, rest: str, ctx: CompletionContext) -> float:
    """How well a candidate fits; the best one is taken."""
    values = features(candidate, rest, ctx)
    return sum(c * x for c, x in zip(COEFFICIENTS.values(), values, strict=True))


def _bounded(n: int) -> float:
    return float(min(3, max(-3, n)))


def _likelihood(pair: str, ctx: CompletionContext) -> float:
    """The logarithm of how likely one class of tokens follows another, in code and in this file."""
    usual, (counts, firsts) = junctions().get(pair, UNSEEN), ctx.junctions
    first = pair.partition(" ")[0]
    return log((counts.get(pair, 0) + PRIOR * exp(usual)) / (firsts.get(first, 0) + PRIOR))
