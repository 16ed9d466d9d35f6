"""Where a suggestion has said enough, so that the stream can be closed."""

from __future__ import annotations

import itertools
import re

from foretype.completion.cleanup.base import CompletionContext, Flow, whole_lines
from foretype.completion.cleanup.prose import is_preamble, is_refusal, is_sentence
from foretype.core.cursor import only_closers
from foretype.languages.columns import columns, n_torn, open_quote

MAX_LINES = 40
MIN_REST = 5
"""Characters of the rest of a line that are looked for anywhere; less only at the end."""
SIGNIFICANT = 6
"""Characters without which a line stands everywhere and proves nothing."""
MAX_PERIOD = 6
"""Lines that may make up what is repeated."""

_ATTRIBUTES = ("#[", "@", "[")
"""What stands before many a definition, alike."""
_MARGIN_BEGUN = re.compile(r"#.*|\w+:?")
_MARGIN = re.compile(r"#\s*(?:if|else|elif|endif|define|undef|include|pragma|error|region)|\w+:$")


def stop_where_suffix_begins(flow: Flow, ctx: CompletionContext) -> Flow:
    """Cut where the model goes on to say what stands after the cursor anyway."""
    flow = _stop_at_rest_of_line(flow, ctx)
    if not ctx.following:
        return flow
    lines = whole_lines(flow.text)
    if lines[-1].isspace() and not flow.final:
        flow, lines[-1] = flow.now("".join(lines[:-1])), ""
    for number, line in enumerate(lines):
        starts_line = number > 0 or not ctx.before.strip()
        if not starts_line or not line.strip():
            continue
        begins = _begins_suffix(lines, number, ctx, final=flow.final)
        if begins:
            return flow.end("".join(lines[:number]))
        if begins is None:
            return flow.now("".join(lines[:number]))
    return flow


def _begins_suffix(
    lines: list[str], number: int, ctx: CompletionContext, *, final: bool
) -> bool | None:
    """Whether the lines from a number on are those after the cursor; None while undecided."""
    following = ctx.following
    said = ("" if number else ctx.before) + lines[number]
    is_last = number == len(lines) - 1
    is_open = is_last and not final
    if said.rstrip() != following[0]:
        if is_open:
            return None if following[0].startswith(said) else False
        return final and is_last and _is_cut(said, following[0])
    if is_open:
        return None
    if said.strip() == "*/":
        # No comment ends twice.
        return not any("/*" in line for line in ctx.following[:1])
    if ctx.in_string and re.fullmatch(r"[A-Z]{3,}|\"{3}|'{3}", said.strip()):
        # What ends a text of several lines in a script.
        return True
    proves = len(said.strip()) >= SIGNIFICANT and not said.lstrip().startswith(_ATTRIBUTES)
    if proves and not ctx.is_common(following[0]):
        return True
    if len(following) == 1:
        return False
    behind = (lines[n] for n in range(number + 1, len(lines)))
    more = list(itertools.islice((line for line in behind if line.strip()), 2))
    if not more:
        return False if final else None
    if more[0].rstrip() == following[1]:
        return True if final or len(more) > 1 or more[0].endswith("\n") else None
    return None if len(more) == 1 and not final and following[1].startswith(more[0]) else False


def _is_cut(said: str, line: str) -> bool:
    """Whether a text is the beginning of a line, cut inside a word by the limit of tokens."""
    if len(said.strip()) < 2 * SIGNIFICANT or not line.startswith(said):
        return False
    return re.fullmatch(r"\w\w", line[len(said) - 1 : len(said) + 1]) is not None


def _stop_at_rest_of_line(flow: Flow, ctx: CompletionContext) -> Flow:
    """Cut the first line where the rest of the cursor's line begins: mostly at its end."""
    rest = ctx.after.strip()
    if not rest or only_closers(ctx.after):
        return _stop_at_body(flow, rest, ctx)
    first, line_end, _ = flow.text.partition("\n")
    at = first.find(rest) if len(rest) >= MIN_REST else -1
    if not line_end and not flow.final:
        kept = first[:at] if at >= 0 else _without_begun(first, rest)
        return flow.now(_joined(kept, ctx))
    if first.rstrip().endswith(rest):
        return flow.end(_joined(first.rstrip()[: -len(rest)], ctx))
    if at >= 0 and _is_torn(first, first[:at], ctx):
        return flow.end(_joined(first[:at], ctx))
    return flow.end(first) if line_end else flow


def _stop_at_body(flow: Flow, rest: str, ctx: CompletionContext) -> Flow:
    """Cut behind the first line where it ends as the cursor's line does, whose block is there."""
    first, line_end, _ = flow.text.partition("\n")
    if rest[-1:] not in {":", "{"} or not ctx.following or not line_end:
        return flow
    has_body = columns(ctx.following[0]) > columns(ctx.before)
    return flow.end(first + line_end) if has_body and first.rstrip().endswith(rest) else flow


def _is_torn(line: str, cut: str, ctx: CompletionContext) -> bool:
    """Whether brackets would find no partner that do find one where the line is cut."""
    before, after = ctx.before, ctx.after
    return n_torn("", before + line + after) > n_torn("", before + cut + after)


def _joined(text: str, ctx: CompletionContext) -> str:
    return text.rstrip(" ") if ctx.after[0].isspace() else text


def _without_begun(text: str, rest: str) -> str:
    """A text without the end of it that may be the beginning of the rest."""
    bare = text.rstrip()
    for length in range(min(len(rest), len(bare)), 0, -1):
        if rest.startswith(bare[-length:]):
            return bare[:-length]
    return text


def stop_at_repetition(flow: Flow, ctx: CompletionContext) -> Flow:
    """Cut where the same lines come again and again; keep back what may be such."""
    lines = whole_lines(flow.text)
    said = lines if ctx.before.strip() else [ctx.before + lines[0], *lines[1:]]
    for number in range(1, len(lines)):
        for period in range(1, min(MAX_PERIOD, number) + 1):
            again = _repeated(said, number, period, final=flow.final)
            if again:
                return flow.end("".join(lines[:number]))
            if again is None:
                return flow.now("".join(lines[:number]))
        if number >= MAX_LINES:
            return flow.end("".join(lines[:number]))
    return flow


def _repeated(lines: list[str], number: int, period: int, *, final: bool) -> bool | None:
    """Whether the lines before a number come twice again; None while that may be."""
    model = [line.rstrip("\n") for line in lines[number - period : number]]
    if sum(len(line.strip()) for line in model) < SIGNIFICANT or not model[0].strip():
        return False
    for n in range(2 * period):
        at = number + n
        if at >= len(lines):
            return False if final else None
        line, expected = lines[at], model[n % period]
        if not line.endswith("\n") and not final:
            begun = expected.startswith(line)
            return None if begun and (n or line) else False if not begun else None
        if line.rstrip("\n") != expected:
            return False
    return True


def stop_at_line_end(flow: Flow, ctx: CompletionContext) -> Flow:
    """Cut at the line's end where only the rest of the line is wanted."""
    if not ctx.single_line:
        return flow
    blanks = len(flow.text) - len(flow.text.lstrip("\n")) if not ctx.before.strip() else 0
    end = flow.text.find("\n", blanks)
    return flow.end(flow.text[: end + 1]) if end >= 0 else flow


def stop_at_block_end(flow: Flow, ctx: CompletionContext) -> Flow:
    """Cut where a line leaves what the cursor is in: after a blank line, or at the margin.

    What is shown may end sooner. The rest is there for the moment after acceptance.
    """
    lines = whole_lines(flow.text)
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    # Where line ends come first, the block at the cursor is finished: the next one is meant.
    width = columns(lines[first]) if first else columns(ctx.before)
    quote = open_quote(lines[first], "")
    for number in range(first + 1, len(lines)):
        line = lines[number]
        if not line.strip():
            continue
        if not quote:
            ends = _ends_block(line, lines[number - 1], width, ctx, final=flow.final)
            if ends:
                return flow.end("".join(lines[:number]))
            if ends is None:
                return flow.now("".join(lines[:number]))
        quote = open_quote(line, quote)
    if not flow.final and lines[-1].isspace():
        return flow.now("".join(lines[:-1]))
    return flow


def _ends_block(
    line: str, above: str, width: int, ctx: CompletionContext, *, final: bool
) -> bool | None:
    """Whether a line leaves the block; None while it may be a label."""
    found, is_apart = columns(line), not above.strip()
    leaves = found < width and (is_apart or (found == 0 and width >= 4))
    if not (leaves or (found == width == 0 and is_apart)) or line.lstrip()[0] in ")]}":
        return False
    if not ctx.language.has_labels:
        return True
    if not line.endswith("\n") and not final and _MARGIN_BEGUN.fullmatch(line.strip()):
        return None
    return width == 0 or _MARGIN.match(line.strip()) is None


def stop_at_prose(flow: Flow, ctx: CompletionContext) -> Flow:
    """Cut where an explanation follows the code."""
    if ctx.is_prose:
        return flow
    lines = whole_lines(flow.text)
    quote = ""
    for number, line in enumerate(lines):
        is_apart = number > 0 and not lines[number - 1].strip() and line[:1].strip()
        if is_apart and not quote:
            if not line.endswith("\n") and not flow.final:
                return flow.now("".join(lines[:number]))
            if is_preamble(line) or is_refusal(line) or is_sentence(line):
                return flow.end("".join(lines[:number]))
        quote = open_quote(line, quote)
    return flow
