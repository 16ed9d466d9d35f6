"""How deep the lines of an insertion stand: where the first one goes, how far the others move."""

from __future__ import annotations

import re

from foretype.completion.postprocess.context import CompletionContext
from foretype.languages.columns import columns, indent_of, is_comment, left_open, open_quote
from foretype.languages.lexical import Scope

_OPENS = re.compile(
    r"[:{(\[]$|=>$|->$|(?:;|\b(?:if|for|while|until)\b.*)\s*\b(?:then|do)$"
    r"|\b(?:do|then|else|begin|try|loop|ensure)(?: \|[^|]*\|)?$|^\s*(?:def|module|class)\b[^:{]*$"
)
_HEAD = re.compile(
    r"\s*(?:[)\]}].*|(?:async|def|class|if|elif|for|while|with|match|case|else|try|except|finally"
    r"|default|public|private|protected)\b.*):$"
)
"""What opens a block with a colon, rather than a value, a type or a key."""
_GOES_ON = re.compile(r"[,\\=+&|.?-]$|\b(?:and|or|not|in)$")
_LEAVES = re.compile(r"(?:return|break|continue|raise|throw|pass|goto|yield)\b")
_DEDENTS = re.compile(
    r"[)\]}{#]|(?:case|default|else|elif|elsif|except|finally|rescue|ensure|when|end|fi|done|esac"
    r"|catch)\b"
)
BEGINS_BELOW = re.compile(r"[)\]}@#]|(?:def|class|async|export|import|from|function|func|fn|pub)\b")
"""What begins a line of its own, mostly further left than the lines of a block."""
_FLAT = re.compile(r"(?:inline )?namespace\b|extern\b|switch\b|export declare|declare")
_MARGIN_LABEL = re.compile(r"\w+:$|(?:public|private|protected)\b:")
WITH_DIRECTIVES = frozenset({"c", "cpp", "csharp", "objective-c"})
_COMMENT_AT_END = re.compile(r"\s(?:#|//)\s.*$")


def opens(line: str, ctx: CompletionContext) -> bool:
    """Whether the line below one is indented more."""
    if is_comment(line):
        return False
    code = _COMMENT_AT_END.sub("", line).rstrip()
    if code.endswith(":") and not _HEAD.match(code):
        return False
    in_word_blocks = ctx.context.language in ("ruby", "lua", "shellscript", "elixir", "julia")
    found = _OPENS.search(code)
    if found is None:
        return ctx.context.language == "shellscript" and bool(re.fullmatch(r"\s*[^\s()]+\)", code))
    return in_word_blocks or found.group()[-1] in ":{([>" or found.group().endswith("else")


def expected(ctx: CompletionContext, text: str) -> str:
    """The indentation that a text has as a new line after the line above."""
    return below(ctx.line_above, text, ctx)


def below(above: str, text: str, ctx: CompletionContext) -> str:
    """The indentation that a text has as a new line after some line."""
    unit = ctx.unit
    star = re.match(r"(\s*)(/\*\*?|\*)", above)
    if star is not None:
        is_within = text[:1] == "*" and not above.rstrip().endswith("*/")
        blanks = star[1] + (" " if star[2] != "*" else "")
        return blanks if is_within else blanks.removesuffix(" ") if star[2] == "*" else star[1]
    if ctx.context.language == "python" and _LEAVES.match(above.lstrip()):
        return indent_of(above).removesuffix(unit)
    label = re.match(r"(?:case|default|when)\b", text)
    if label is not None:
        above_it = (line for line in reversed(ctx.prefix_lines[-60:]) if line.strip())
        same = (line for line in above_it if re.match(r"\s*(?:case\b.*:|when\b)", line))
        stands = next(same, None)
        if stands is not None and columns(stands) <= columns(above):
            return indent_of(stands)
    deeper, closes = opens(above.rstrip(), ctx), text[:1] in {")", "]", "}"}
    closes = closes or (not deeper and text[:1] != "#" and _DEDENTS.match(text) is not None)
    if deeper == closes:
        return indent_of(above)
    return indent_of(above) + unit if deeper else indent_of(above).removesuffix(unit)


def missing(ctx: CompletionContext, line: str, second: str | None) -> str | None:
    """The blanks that are put before a first line that begins its line.

    ``second`` is the next line with text, empty where none comes; None while it is not there:
    then the answer may be None, which waits for it.
    """
    before, blanks, body = ctx.before, indent_of(line), line.lstrip(" \t")
    if ctx.is_markdown or not body.strip():
        return blanks.removeprefix(before) if before and blanks.startswith(before) else blanks
    wanted = expected(ctx, body)
    if not before:
        return _at_margin(ctx, blanks, body, wanted, second)
    if not blanks:
        return ""
    begins = BEGINS_BELOW.match(body) or _DEDENTS.match(body)
    if begins and before + blanks == wanted != before and not second:
        return blanks
    if ctx.scope is not Scope.CODE and before + blanks == wanted != before:
        return blanks
    if ctx.scope is not Scope.CODE or before == wanted or (blanks == before and begins):
        return ""
    rest = blanks[len(before) :] if blanks.startswith(before) else ""
    step = columns(ctx.unit)
    if columns(before + blanks) % step == 0 and columns(blanks) % step:
        return blanks
    depth = _depth_by(second, body, ctx) if second else None
    if depth in (columns(before + blanks), columns(blanks)):
        return blanks if depth == columns(before + blanks) else rest
    if second is None and before + blanks == wanted != before:
        return None
    if before + blanks == wanted:
        return blanks
    if blanks == wanted and rest:
        return rest
    return None if second is None else rest


def _at_margin(
    ctx: CompletionContext, blanks: str, body: str, wanted: str, second: str | None
) -> str | None:
    """The indentation of a line that begins at column 0, where the answer may have lost it."""
    if blanks:
        is_stray = blanks == " " and ctx.scope is Scope.CODE and body[0] != "*"
        is_stray = is_stray and not ctx.is_prose_file
        return (wanted if wanted == " " else "") if is_stray else blanks
    above = ctx.line_above
    stands_there = body[0] == "#" and ctx.context.language in WITH_DIRECTIVES
    if not wanted or ctx.is_prose_file or stands_there or _MARGIN_LABEL.match(body):
        return ""
    is_next = ctx.prefix_lines[-2:-1] == [above]
    if opens(above.rstrip(), ctx) and is_next and not _FLAT.match(above) and body[0] not in ")]}":
        return wanted
    n_apart = len(ctx.prefix_lines) - 1 - _last_line(ctx)
    if n_apart > 2 and BEGINS_BELOW.match(body):
        return ""
    if columns(above) and columns(ctx.following[0] if ctx.following else ""):
        # Between two lines of a block nothing stands at the margin.
        return wanted
    if second is None:
        return None
    # The line alone may be meant for the margin; one that stands next to it tells.
    if not second or not columns(second) or BEGINS_BELOW.match(body):
        return ""
    depth = _depth_by(second, body, ctx)
    is_usual = depth in {columns(line) for line in ctx.prefix_lines[-40:] if line.strip()}
    return " " * depth if depth and is_usual and ctx.unit != "\t" else wanted if depth else ""


def _last_line(ctx: CompletionContext) -> int:
    """The number of the last line with text above the cursor's."""
    numbers = range(len(ctx.prefix_lines) - 2, -1, -1)
    return next((n for n in numbers if ctx.prefix_lines[n].strip()), -1)


def _depth_by(second: str, body: str, ctx: CompletionContext) -> int:
    """The columns at which a first line stands, by the line that follows it."""
    step = columns(ctx.unit)
    if second.lstrip()[:1] in "{" or (second.lstrip()[:1] in ")]}") != (body[:1] in ")]}"):
        return -1
    if opens(body.rstrip(), ctx):
        return columns(second) - (0 if _DEDENTS.match(second.lstrip()) else step)
    both = _DEDENTS.match(body) is not None and _DEDENTS.match(second.lstrip()) is not None
    return columns(second) + (step if both else 0)


def shift_of(
    first: str,
    second: str,
    *,
    here: int,
    there: int,
    apart: bool,
    is_joined: bool,
    ctx: CompletionContext,
) -> int:
    """Columns by which the lines after the first move.

    The first line stands at ``here`` in the file and at ``there`` in the answer: the lines below
    it stand where they do, or are as far from it as in the answer. What costs less is taken.
    """
    if here == there or second.rstrip() == (ctx.following[0] if ctx.following else "\0"):
        return 0
    if ctx.is_markdown or ctx.scope is not Scope.CODE or is_comment(first) or open_quote(first, ""):
        return 0
    found = columns(second)
    shift = here - there
    stay = _cost(first, second, found, here, apart=apart, ctx=ctx)
    move = _cost(first, second, found + shift, here, apart=apart, ctx=ctx) + MOVING
    if is_joined and not opens(first.rstrip(), ctx):
        move += 0.8
    if found - there not in (0, columns(ctx.unit)):
        # A block that stands alone is as deep as its first line, or one step deeper.
        move += 3.0
    return shift if move < stay else 0


MOVING = 1.5
"""What it costs to move lines: as they are, they are mostly right."""


def _cost(
    first: str, second: str, depth: int, here: int, *, apart: bool, ctx: CompletionContext
) -> float:
    """How unusual it is that a line stands so deep below another."""
    step, body = columns(ctx.unit), second.lstrip()
    dedents = _DEDENTS.match(body) is not None
    if depth < 0:
        return 9.0
    if opens(first.rstrip(), ctx):
        if depth == here:
            return 0.5 if dedents else 3.0
        if depth == here + step:
            return 2.0 if body[0] in ")]}" else 0.0
        return 1.5 if depth > here else 5.0
    if left_open(first):
        return 0.3 if depth > here else 1.0 if depth == here else 1.5 if dedents else 3.0
    if _GOES_ON.search(first.rstrip()):
        return 0.8 if depth > here else 0.2 if depth == here else 1.0 if dedents else 3.0
    leaves = _LEAVES.match(first.lstrip()) is not None
    if depth == here:
        return 1.6 if leaves and ctx.context.language == "python" else 1.2 if dedents else 0.2
    if depth > here:
        return 1.2 if body[0] in ".?:&|+-" else 3.0
    usual = not depth or any(
        columns(each) == depth for each in ctx.prefix_lines[-60:] if each.strip()
    )
    cost = 0.6 if usual else 3.0
    if not (dedents or leaves or apart):
        cost += 0.8 if BEGINS_BELOW.match(body) else 1.4
    return cost


def moved(line: str, shift: int, unit: str) -> str:
    """A line that stands so many columns further to the right."""
    if not line.strip() or not shift:
        return line
    width = max(0, columns(line) + shift)
    lead = "\t" * (width // 4) + " " * (width % 4) if unit == "\t" else " " * width
    return lead + line.lstrip(" \t")
