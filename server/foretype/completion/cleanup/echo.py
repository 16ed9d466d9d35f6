"""Text before the cursor that the model says again: the line, several lines, the function.

An echo begins with one of the lines above, or with the cursor's own, and goes on line for line
up to the cursor. Lines are compared without their indentation.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from foretype.completion.cleanup.base import CompletionContext, Flow
from foretype.completion.cleanup.indentation import STARTS_BELOW, with_block_moved
from foretype.completion.cleanup.retyped import drop_retyped
from foretype.languages.columns import columns, indent_of

MIN_ECHO = 3
"""Characters of the cursor's line that must be said again to count, or lines above it."""
MIN_LINES_ECHO = 8
"""Characters that must be said again where the echo is of fewer lines."""
MIN_WORD_ECHO = 4
"""The same for a line that is said with its blanks."""
BLANK_LINES = 2
"""Blank lines between what stands at the margin in Python, by PEP 8."""
MAX_BEGINNINGS = 8
"""Equal lines above at which an echo may begin, the last ones."""
MAX_LINES_ON = 3
"""Lines above that are said again by a text that begins with a line end, at most."""

_BEGINS_BLOCK = re.compile(
    r"[:{(\[]$|\b(?:do|then|else|begin|try|where|loop|finally|ensure|rescue)$|^/\*\*?$"
)
_UNDECIDED = "\0undecided"


def drop_echo(flow: Flow, ctx: CompletionContext) -> Flow:
    """Drop what is said again, up to the cursor; wait while that is undecided."""
    text = flow.text.lstrip("\n")
    if not text.strip():
        return flow if flow.final else flow.now("")
    lines = text.split("\n")
    # Behind a line end, the text goes on with a line of its own: a single line is no echo.
    goes_on = flow.text.startswith("\n") and bool(ctx.before.strip())
    for first in _beginnings(lines, ctx, goes_on=goes_on):
        rest = _rest_of_echo(lines, ctx.prefix_lines[first:], flow, ctx)
        if rest is _UNDECIDED:
            return flow.now("")
        if rest is not None:
            return flow.now(rest)
    if lines[0].strip() in ctx.headers and (flow.final or len(lines) > 1):
        # The whole of what encloses the cursor, but written anew: no part of it fits here.
        return flow.end("")
    if not ctx.before.strip() and ctx.prefix_lines[-2:-1] != [ctx.line_above]:
        # Blank lines are there already, but for one who leaves the blanks at the cursor.
        flow = flow if _leaves_block(text, ctx) else flow.now(_with_blank_lines(flow, ctx))
    if goes_on:
        return flow
    return drop_retyped(flow, ctx)


def _with_blank_lines(flow: Flow, ctx: CompletionContext) -> str:
    """The text without blank lines before it; at Python's margin with as many as make two."""
    text = flow.text.lstrip("\n")
    if ctx.context.language != "python" or ctx.before or text[0].isspace():
        return text
    lines = reversed(ctx.prefix_lines[:-1])
    n_there = sum(1 for _ in itertools.takewhile(lambda line: not line.strip(), lines))
    n_said = len(flow.text) - len(text)
    return "\n" * min(n_said, max(0, BLANK_LINES - n_there)) + text


def _leaves_block(text: str, ctx: CompletionContext) -> bool:
    is_left = columns(text) < columns(ctx.before) and not ctx.has_braces
    return is_left and STARTS_BELOW.match(text) is not None


def _beginnings(lines: list[str], ctx: CompletionContext, *, goes_on: bool) -> Iterator[int]:
    """The lines above where an echo may begin, the longest echo first.

    A text that ``goes_on`` on the next line has lines in common with those above mostly because
    the file has a pattern. To wait for the end of a long one would cost the time there is.
    """
    said, last = lines[0].strip(), len(ctx.prefix_lines) - 1
    least = last - MAX_LINES_ON if goes_on else 0
    if not said:
        return
    if len(lines) > 1:
        found = ctx.places_of_lines.get(said, [])
        yield from [number for number in found if least <= number < last][-MAX_BEGINNINGS:]
    else:
        for line, numbers in ctx.places_of_lines.items():
            if line.startswith(said):
                yield from [number for number in numbers if least <= number < last][-1:]
    if not goes_on or _repeats_line(lines[0], ctx):
        yield last


def _repeats_line(said: str, ctx: CompletionContext) -> bool:
    """Whether a line of its own is the cursor's again, which has more to come: it is an echo."""
    typed, line = ctx.before.strip(), said.strip()
    if len(typed) < MIN_WORD_ECHO:
        return False
    if typed.startswith(line):
        return typed != line or _BEGINS_BLOCK.search(typed) is not None
    if not line.startswith(typed):
        return False
    goes_on = re.match(r"\w", line[len(typed) :]) is not None
    return goes_on if re.search(r"[\w.:>]$", ctx.before) else ctx.before[-1] == " "


def _rest_of_echo(
    lines: list[str], echoed: list[str], flow: Flow, ctx: CompletionContext
) -> str | None:
    """What follows the echo in the text; None where the text does not repeat these lines."""
    n_whole = len(echoed) - 1
    n_said = min(len(lines) - 1, n_whole)
    if any(lines[n].strip() != echoed[n].strip() for n in range(n_said)):
        return None
    if len(lines) <= n_whole:
        begun = echoed[len(lines) - 1].strip().startswith(lines[-1].strip())
        return _UNDECIDED if begun and not flow.final else None
    is_short = sum(len(line.strip()) for line in echoed) < MIN_LINES_ECHO
    proves = not is_short or not 0 < n_whole < MIN_ECHO or _is_header(echoed)
    proves = proves or (n_whole > 1 and len(echoed) == ctx.line_number)
    if not proves and not _is_where_it_stands(lines, echoed):
        return None
    is_begun = len(lines) == len(echoed) and echoed[-1].startswith(lines[-1])
    if not proves and is_begun and not flow.final:
        return _UNDECIDED
    rest = _after_cursor(lines[n_whole:], echoed[-1], alone=not n_whole, final=flow.final)
    if rest is None or rest is _UNDECIDED:
        return rest
    said, stood = _last_pair(lines, echoed)
    shift = _shift(stood, said)
    if shift and len(lines) > 1 and not n_whole and isinstance(shift, str):
        # The line alone tells nothing of those below it: a model may have left out its blanks.
        below = "\n".join(lines[1:])
        return with_block_moved(
            rest, echoed[-1] + rest, below, columns(said), columns(stood), flow, ctx
        )
    moved = [_moved(line, shift) for line in lines[n_whole + 1 :]]
    if moved and not flow.final and not lines[-1].strip():
        moved[-1] = ""
    return "\n".join([rest, *moved])


def _last_pair(lines: list[str], echoed: list[str]) -> tuple[str, str]:
    """The last line of an echo as it is said and as it stands, by which the rest is moved.

    The first line of several does not count: its blanks are left out by themselves.
    """
    pairs = list(zip(lines, echoed, strict=False))
    said, stood = pairs[-1]
    if said.strip() and indent_of(said) == stood:
        return said, said
    return next((pair for pair in reversed(pairs) if pair[1].strip()), pairs[0])


def _is_header(echoed: list[str]) -> bool:
    """Whether the line above begins the block that the cursor stands in, such as ``else:``."""
    if len(echoed) != 2:
        return False
    line = echoed[0].strip()
    if line in {"{", '"""', "'''"}:
        return True
    return len(line) >= MIN_ECHO and _BEGINS_BLOCK.search(line) is not None


def _is_where_it_stands(lines: list[str], echoed: list[str]) -> bool:
    """Whether the cursor's line is said below the one above it, both with the blanks they have.

    New text that is like the line above begins at the cursor, with no blanks before it.
    """
    above, before = echoed[-2:]
    if len(above.strip()) < MIN_WORD_ECHO or not re.search(r"\w", above):
        return False
    if not (indent_of(above) or before.strip()):
        return False
    said_above, said = lines[len(echoed) - 2 : len(echoed)]
    is_begun = len(lines) == len(echoed) and before.startswith(said)
    return said_above.startswith(above) and (is_begun or said.startswith(before))


def _after_cursor(said: list[str], before: str, *, alone: bool, final: bool) -> str | None:
    """What follows the cursor in its line as it is said again; None where it is another line."""
    line, core = said[0], before.strip()
    is_last = len(said) == 1 and not final
    if not core:
        if alone:
            return None
        if is_last and not line.strip():
            return _UNDECIDED
        return line.removeprefix(before) if line.startswith(before) else line.lstrip(" \t")
    is_long = len(core) >= MIN_ECHO or re.search(r"\w['\"]?\s*[:=]$", core) is not None
    is_long = is_long or re.fullmatch(r"[)\]}][^)\]}]", core) is not None
    if line.startswith(before) and (before[0].isspace() or is_long or not alone):
        return line[len(before) :]
    if alone and not is_long:
        return None
    bare = line.lstrip()
    if is_last and (before.startswith(line) or before.lstrip().startswith(bare)):
        return _UNDECIDED
    if not bare.startswith(core):
        return None
    rest, blanks = bare[len(core) :], len(before) - len(before.rstrip())
    is_apart = blanks > 0 or line[: -len(bare)] == " "
    if is_apart and re.match(r"\w", rest) and re.search(r"\w$", core):
        # A word that only begins like the one before the cursor.
        return None
    if is_last and rest.isspace() and len(rest) < blanks:
        return _UNDECIDED
    return rest[blanks:] if blanks and rest[:blanks].isspace() else rest


def _shift(stood: str, said: str) -> str | int:
    """How the indentation of the echo differs: what it lacks, or how many characters too many."""
    here, there = indent_of(stood), indent_of(said)
    if not stood.strip() or here == there:
        return 0
    if here.startswith(there):
        return here[len(there) :]
    return len(there) - len(here) if there.startswith(here) else 0


def _moved(line: str, shift: str | int) -> str:
    if not line.strip():
        return line
    if isinstance(shift, str):
        return shift + line
    return line[min(shift, len(indent_of(line))) :] if shift > 0 else line
