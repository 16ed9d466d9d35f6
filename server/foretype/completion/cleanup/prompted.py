"""What foretype itself wrote into the prompt and a weak model says again.

The prompt's headers and titles, its instructions and its worked example are no text of the user's
file, unless the file around the cursor has the same.
"""

from __future__ import annotations

import re

from foretype.completion.cleanup.base import CompletionContext, Flow, whole_lines
from foretype.completion.context.prompt import BEFORE, EXAMPLE, MARK, SYSTEM, titles

MIN_PIECE = 16
"""Characters of a piece of the instructions that are no accident."""

_EXAMPLE = tuple(line.strip() for line in EXAMPLE[-1].content.split("\n"))
_EXAMPLE_LINE = EXAMPLE[0].content.rsplit("\n", 1)[-1].removesuffix(MARK)
_FIRST = frozenset({_EXAMPLE[0], _EXAMPLE_LINE + _EXAMPLE[0]})
"""How the first line of the example's answer may be said."""
_NAMES = frozenset(re.findall(r"\w+", " ".join(_EXAMPLE))) - set(_EXAMPLE_LINE.split())
_PIECES = tuple(piece for piece in re.split(r"[.:,]\s", SYSTEM) if len(piece) >= MIN_PIECE)
_LABELS = ("File: ", "Language: ")
_LEADER = re.compile(r"\A(?:#+|//+|/\*+|\*+(?!/)|<!--|--+|;+|%+)\s*|\A(?:/|-|<(?:!-?)?)\Z")
"""What makes a comment of a line, or may become that."""
_CLOSER = re.compile(r"(?:\*+/?|--?>?)\Z")
CLOSER_CHARS = 8
"""Characters at a line's end in which the end of a comment is looked for, so that no run of blanks
or stars is read again from each of its characters."""


def drop_headers(flow: Flow, ctx: CompletionContext) -> Flow:
    """Drop headers of the prompt that come first, with which a weak model begins its answer."""
    lines = whole_lines(flow.text)
    start = _after_headers(lines, ctx, final=flow.final)
    if start is None:
        return flow.now("")
    if start < 0:
        return flow.end("")
    return flow.now("".join(lines[start:])) if start else flow


def drop_prompt(flow: Flow, ctx: CompletionContext) -> Flow:
    """Drop headers that come first, and end where other text of the prompt begins."""
    flow = drop_headers(flow, ctx)
    lines = whole_lines(flow.text)
    for number, line in enumerate(lines):
        if _is_prompted(lines, number, ctx, final=flow.final):
            return flow.end("".join(lines[:number]))
        is_open = number == len(lines) - 1 and not flow.final
        if is_open and line and _may_become_prompted(_said(line, ctx), ctx):
            return flow.now("".join(lines[:number]))
        if _may_begin_example(lines, number, ctx, final=flow.final):
            return flow.now("".join(lines[:number]))
    return flow


def _said(line: str, ctx: CompletionContext) -> str:
    """What a line says, whether or not the model made it a comment."""
    said = line.strip()
    if ctx.is_markdown:  # There the same is a heading.
        return said
    said = _LEADER.sub("", said, count=1)
    closer = _CLOSER.search(said[-CLOSER_CHARS:])
    return said[: -len(closer[0])].rstrip() if closer else said


def _after_headers(lines: list[str], ctx: CompletionContext, *, final: bool) -> int | None:
    """Behind which lines the answer begins; None while undecided, -1 where there is no answer."""
    start = 0
    others = tuple(title for title in titles(ctx.context) if title != BEFORE)
    own = tuple(line for line in ctx.prompt_lines if line not in others)
    for number, line in enumerate(lines):
        said = _said(line, ctx)
        is_open = not line.endswith("\n")
        if not said:
            start = number + 1 if start else 0
        elif said in own:
            if not start and ctx.holds(said):
                return 0
            start = number + 1
        elif said in others and start:
            return -1
        elif start and is_open and any(each.startswith(said) for each in (*own, *others)):
            # Half a header, which may be cut.
            return -1 if final else None
        elif said.startswith(_LABELS):
            # Whether it is the prompt's or the file's shows in the next line.
            start = number + 1 if start else 0
        elif is_open and not final and any(label.startswith(said) for label in (*_LABELS, *own)):
            return None
        else:
            return start
    return start if final else None


def _is_prompted(lines: list[str], number: int, ctx: CompletionContext, *, final: bool) -> bool:
    """Whether a line, or what begins with it, is the prompt's."""
    said, is_open = _said(lines[number], ctx), not lines[number].endswith("\n")
    if not said:
        return False
    is_own = said.startswith(_PIECES) or (said in ctx.prompt_lines and (final or not is_open))
    if is_open and final and not is_own:
        label = re.match(r"\w+: .", said)
        is_long = label is not None or len(said) >= MIN_PIECE
        is_own = is_long and _may_become_prompted(said, ctx)
    is_own = is_own or _is_example(lines, number, ctx, final=final)
    return is_own and not ctx.holds(said)


def _may_become_prompted(said: str, ctx: CompletionContext) -> bool:
    return any(each.startswith(said) for each in (*ctx.prompt_lines, *_PIECES))


def _is_example(lines: list[str], number: int, ctx: CompletionContext, *, final: bool) -> bool:
    """Whether the worked example's answer, or a half of it, begins with a line."""
    said = _said(lines[number], ctx)
    if said.startswith(_EXAMPLE[1]):
        return not _may_be_meant(lines, number, ctx)
    if said not in _FIRST or _may_be_meant(lines, number, ctx):
        return False
    below, is_open = _next_line(lines, number, ctx)
    if below.startswith(_EXAMPLE[1]):
        return True
    # Where no more came, the name in it tells whose it is.
    is_cut = final and is_open and _EXAMPLE[1].startswith(below)
    return is_cut and said.rstrip(":").split()[-1] not in ctx.words


def _may_begin_example(
    lines: list[str], number: int, ctx: CompletionContext, *, final: bool
) -> bool:
    """Whether it is undecided whether the worked example's answer begins with a line."""
    said = _said(lines[number], ctx)
    if final or not said:
        return False
    if number == len(lines) - 1:
        begins = any(each.startswith(said) for each in (*_FIRST, _EXAMPLE[1]))
    elif said in _FIRST:
        below, is_open = _next_line(lines, number, ctx)
        begins = is_open and _EXAMPLE[1].startswith(below)
    else:
        return False
    return begins and not _may_be_meant(lines, number, ctx)


def _next_line(lines: list[str], number: int, ctx: CompletionContext) -> tuple[str, bool]:
    """The next line with text, and whether it may have more to come; none is yet to come."""
    for n in range(number + 1, len(lines)):
        if said := _said(lines[n], ctx):
            return said, not lines[n].endswith("\n")
    return "", True


def _may_be_meant(lines: list[str], number: int, ctx: CompletionContext) -> bool:
    """Whether the file speaks of what the example does, so that it may go on like that."""
    begun = [ctx.line_above, ctx.before + lines[0], *lines[max(1, number - 1) : number + 1]]
    has_loop = any(_EXAMPLE_LINE in line for line in begun)
    return has_loop and ctx.words.issuperset(_NAMES)
