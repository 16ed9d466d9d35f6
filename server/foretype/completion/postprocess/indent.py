"""How deep the lines of an insertion stand: where the first one goes, how far the others move."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from math import exp, log

from foretype.completion.postprocess import coefficients
from foretype.completion.postprocess.coefficients import FIRST, SHIFT, UNSEEN, table
from foretype.completion.postprocess.context import FIRST_TOKEN, CompletionContext
from foretype.completion.postprocess.steps import BEGINS_BELOW, opens, step
from foretype.languages.columns import columns, left_open_at

PRIOR = 8.0
"""Steps in the file that count as much as what is usual in code."""
CLEAR = 3.0
"""By how much the best depth must win, so that the second line is not waited for."""
_METHOD = re.compile(r"(?:async\s+)?(?:def|(?:pub\s+)?fn)\s+\w+\s*\(\s*&?(?:mut\s+)?(?:self|cls)\b")
"""A method, by its first parameter: of 404,953 such lines of Python .3 % are at the margin."""


@cache
def usual() -> dict[str, float]:
    """How likely a line of a kind stands so deep below another, as logarithms."""
    return table(coefficients.STEPS)


def _likely(
    upper: str,
    lower: str,
    depths: tuple[int, int],
    ctx: CompletionContext,
    *,
    apart: bool = False,
    before: str = "",
) -> float:
    """The logarithm of how likely a line stands so deep below another, in code and in the file.

    ``before`` is the line above the upper one.
    """
    language = ctx.context.language
    name = step(upper, lower, depths, ctx.unit, language, apart=apart, before=before)
    counts, firsts = ctx.steps
    kind = name.partition(" ")[0]
    often = usual().get(name, UNSEEN)
    return log((counts.get(name, 0) + PRIOR * exp(often)) / (firsts.get(kind, 0) + PRIOR))


# --- the first line ---------------------------------------------------------------------------


def depths(ctx: CompletionContext, line: str, second: str | None) -> list[int]:
    """The columns at which a first line may stand; the first ones are those that it has itself."""
    given, begun, unit = columns(line), columns(ctx.before), columns(ctx.unit)
    above = ctx.line_above
    if begun:
        own = [begun + given]
        return own + [
            each for each in (given, begun) if given and each >= begun and each not in own
        ]
    near = [columns(above) + unit, *ctx.depths_around]
    near += [columns(each) for each in ctx.prefix_lines[-6:-1] if each.strip()]
    near += [columns(ctx.following[0])] if ctx.following else []
    if line.lstrip()[:1] == "*":
        near.append(columns(above) + 1)
    if second:
        near += [columns(second), columns(second) + unit, columns(second) - unit]
    if given:
        near = [0] if given == 1 else []
    return list(dict.fromkeys([given, *(each for each in near if each >= 0)]))


def features_of_first(
    depth: int, line: str, second: str | None, ctx: CompletionContext
) -> tuple[float, ...]:
    """The numbers that ``FIRST`` is for, in its order."""
    given, begun, above = columns(line), columns(ctx.before), ctx.line_above
    follows = columns(ctx.following[0]) if ctx.following else 0
    apart = ctx.prefix_lines[-2:-1] != [above]
    deep = columns(above), depth
    before = ctx.lines_above[1]
    likely = _likely(above, line, deep, ctx, apart=apart, before=before) if above else 0.0
    follows_at = {columns(second), max(0, columns(second) + depth - given)} if second else ()
    second_likely = max(
        (_likely(line, second or "", (depth, at), ctx, before=above) for at in follows_at),
        default=0.0,
    )
    is_own = depth == begun + given
    is_method = _METHOD.match(line.strip()) is not None
    closes = line.lstrip()[0] in ")]}"
    token = FIRST_TOKEN.match(line)
    begins_at = ctx.starts_at.get(token[1], set()) if token else set()
    below_likely = _likely_above(line, depth, ctx) if second == "" else 0.0
    return (
        likely,
        second_likely,
        (1 if depth in begins_at else -1) if begins_at else 0,
        below_likely,
        is_own,
        depth < min(columns(above), follows),
        depth == columns(above),
        depth % max(1, columns(ctx.unit)) != 0 and line.lstrip()[:1] != "*",
        not is_own and bool(second) and columns(second or "") == 0,
        not is_own and not is_method and BEGINS_BELOW.match(line.strip()) is not None,
        depth == 0 and given == 0 and begun == 0 and apart and not is_method,
        depth <= ctx.bracket_depth and not closes,
        depth > max(columns(above), follows),
        not is_own and given == begun,
        not is_own and given == begun > 0,
    )


def _likely_above(line: str, depth: int, ctx: CompletionContext) -> float:
    """How likely the next line below the cursor stands where it does, if a line is so deep."""
    if not ctx.following:
        return 0.0
    below = ctx.following[0]
    apart = not ctx.suffix_lines[0].strip()
    return _likely(line, below, (depth, columns(below)), ctx, apart=apart)


def first_depth(ctx: CompletionContext, line: str, second: str | None) -> int | None:
    """The columns of a first line that begins its line; None while the second one decides.

    ``second`` is the next line with text: empty where none comes, None while it is not there.
    """
    own = depths(ctx, line, second)
    is_sure = len(own) == 1 or not ctx.line_above or ctx.language.is_document
    if is_sure or _is_like_the_next(line, own[0], ctx):
        return own[0]
    scores = [_dot(FIRST, features_of_first(each, line, second, ctx)) for each in own]
    best, next_best, *_ = sorted(scores, reverse=True)
    return None if second is None and best - next_best < CLEAR else own[scores.index(best)]


def _is_like_the_next(line: str, depth: int, ctx: CompletionContext) -> bool:
    """Whether the line below the cursor begins alike and is as deep."""
    begun, below = FIRST_TOKEN.match(line), ctx.following[0] if ctx.following else ""
    token = FIRST_TOKEN.match(below)
    is_alike = begun is not None and token is not None and begun[1] == token[1]
    return is_alike and columns(below) == depth


def depth_below(line: str, base: int, ctx: CompletionContext) -> int:
    """The columns of a line below the cursor's, whose statement is so deep."""
    near = [base, base + columns(ctx.unit), max(0, base - columns(ctx.unit))]
    above = ctx.line_above
    likely = [_likely(ctx.before, line, (base, each), ctx, before=above) for each in near]
    return max(near[likely.index(max(likely))], columns(line))


def _dot(weights: dict[str, float], values: tuple[float, ...]) -> float:
    return sum(w * x for w, x in zip(weights.values(), values, strict=True))


# --- the lines after it -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pair:
    """An answer's first line, whole as it stands in the file, and the next one with text."""

    first: str
    second: str
    here: int
    """The columns of the first line in the file."""
    there: int
    """Its columns in the answer."""
    n_blank: int
    """How many blank lines stand between them."""


def features_of_shift(shift: int, pair: Pair, ctx: CompletionContext) -> tuple[float, ...]:
    """The numbers that ``SHIFT`` is for, in its order."""
    here, given = pair.here, columns(pair.second)
    depths = here, max(0, given + shift)
    near = {columns(each) for each in (*ctx.prefix_lines[-60:], *ctx.following[:20])}
    near |= {here + columns(ctx.unit)} if opens(pair.first, ctx.context.language) else set()
    moves, inside = shift != 0, _inside_bracket(pair.first)
    return (
        _likely(
            pair.first,
            pair.second,
            depths,
            ctx,
            apart=pair.n_blank > 0,
            before=ctx.line_above,
        ),
        moves,
        given + shift not in near,
        moves and given == 0,
        moves and given >= here > 0,
        moves and inside >= 0,
        depths[1] == inside,
    )


def _inside_bracket(line: str) -> int:
    """The column behind the last bracket that a line leaves open; -1 for none."""
    at = left_open_at(line)
    return len(line[: at[-1] + 1].expandtabs(4)) if at else -1


def shift_of(pair: Pair, ctx: CompletionContext) -> int:
    """Columns by which the lines after the first move.

    They stand where they do, or are as far from the first line as in the answer.
    """
    # Two blank lines end a block: what comes then at the margin belongs there. Where tabs and
    # blanks are mixed, columns say little. A directive stands at the margin.
    ends = pair.n_blank > 1 and not columns(pair.second)
    is_directive = ctx.language.has_labels and pair.second[0] == "#"
    stays = ends or is_directive or ctx.language.is_document or ctx.mixes_tabs
    shifts = (0, 0 if stays else pair.here - pair.there)
    return max(shifts, key=lambda shift: _dot(SHIFT, features_of_shift(shift, pair, ctx)))


def blanks(width: int, ctx: CompletionContext) -> str:
    """White space of so many columns, as the lines around have it."""
    by_tabs = "\t" * (width // 4) + " " * (width % 4)
    return ctx.indents.get(width, by_tabs if ctx.unit == "\t" else " " * width)


def moved(line: str, shift: int, ctx: CompletionContext) -> str:
    """A line that stands so many columns further to the right."""
    if not line.strip() or not shift:
        return line
    return blanks(max(0, columns(line) + shift), ctx) + line.lstrip(" \t")
