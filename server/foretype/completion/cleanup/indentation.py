"""Indentation, tabs and line ends as the file has them."""

from __future__ import annotations

import re

from foretype.completion.cleanup.base import CompletionContext, Flow
from foretype.languages.columns import columns, indent_of, is_comment, open_quote, quoted
from foretype.languages.lexical import Scope

_CLOSERS = {")", "]", "}"}
_LEADING = re.compile(r"[ \t]*")
_OPENS = re.compile(r"[:{]\s*$")
_OPENS_BLOCK = re.compile(
    r"[:{(\[]$|=>$|(?:;|\b(?:if|for|while|until)\b.*)\s*\b(?:then|do)$|^\s*else$"
)
_OPENS_DEEPER = re.compile(r"[:{(\[]\s*$|\b(?:do|then|else|begin)(?: \|[^|]*\|)?\s*$")
_GOES_ON = re.compile(r"[(\[{,\\=+&|.?:-]\s*$|\b(?:and|or|not|in)\s*$")
_MARGIN_BLOCK = re.compile(r"(?:inline )?namespace\b|extern\b|switch\b|export declare|declare")
_LABELS = re.compile(
    r"(?:case|default|else|elif|elsif|except|finally|rescue|ensure|when|end|fi|done|esac|catch)\b"
)
_LEAVES = re.compile(r"(?:return|break|continue|raise|throw|pass|goto|yield)\b")
STARTS_BELOW = re.compile(r"[)\]}@#]|(?:def|class|async|export|import|from|function|func|fn|pub)\b")
"""What begins a line of its own, mostly further left than the lines of a block."""


def unify_line_ends(flow: Flow, _: CompletionContext) -> Flow:
    """Line ends as ``\\n`` for the steps that follow."""
    text = flow.text
    if "\r" not in text:
        return flow
    if text.endswith("\r") and not flow.final:
        text = text[:-1]
    return flow.now(text.replace("\r\n", "\n").replace("\r", "\n"))


def restore_line_ends(flow: Flow, ctx: CompletionContext) -> Flow:
    """Line ends as the file has them."""
    line_end = ctx.context.line_end
    return flow if line_end == "\n" else flow.now(flow.text.replace("\n", line_end))


def fit_block(flow: Flow, ctx: CompletionContext) -> Flow:
    """Move the lines after the first to where the file has its blocks.

    A model may write a block as if it stood alone, at the margin, or at some other depth. What
    it means shows in the second line, which is as deep as the first, or one step deeper.
    """
    first, line_end, rest = flow.text.partition("\n")
    said = 0 if ctx.before.strip() else columns(first)
    base = columns(_margin(flow, ctx) or ctx.before)
    if not line_end or said == base or (said and not ctx.before):
        return flow
    if not first and not _leads_on(ctx.before):
        return flow
    if ctx.is_markdown or ctx.scope is not Scope.CODE or is_comment(first):
        return flow
    if open_quote(first, ""):
        # The second line is a string's and tells nothing.
        return flow
    opening = ctx.before + first if ctx.before.strip() else first
    return flow.now(with_block_moved(first, opening, rest, said, base, flow, ctx))


def _leads_on(line: str) -> bool:
    """Whether a line tells how deep the one below it is. Below a finished one, or one that ends
    what began further up, any depth may be meant."""
    ends_more = sum(line.count(each) for each in ")]") > sum(line.count(each) for each in "([")
    return not ends_more and bool(_OPENS.search(line) or _GOES_ON.search(line))


def with_block_moved(
    head: str, opening: str, rest: str, said: int, base: int, flow: Flow, ctx: CompletionContext
) -> str:
    """A line and the lines below it, moved to where the file has its blocks.

    ``opening`` is the whole of the line, which is said so many columns deep and stands at
    ``base``. Without the lines below while it is undecided where they stand.
    """
    if said == base:
        return f"{head}\n{rest}"
    lines = rest.split("\n")
    second = next((n for n, line in enumerate(lines) if line.strip()), None)
    if second is None:
        return f"{head}\n{rest}" if flow.final else f"{head}\n"
    is_open = second == len(lines) - 1 and not flow.final
    shift = shift_of_block(opening, lines[: second + 1], said, base, is_open=is_open, ctx=ctx)
    if shift is None:
        return f"{head}\n"
    if shift:
        lines = [moved(line, shift, ctx.context.indentation) for line in lines]
        if not flow.final and not lines[-1].strip():
            lines[-1] = ""
    return "\n".join([head, *lines])


def shift_of_block(
    first: str, lines: list[str], said: int, base: int, *, is_open: bool, ctx: CompletionContext
) -> int | None:
    """Columns by which the lines after the first are to be moved; None while undecided."""
    second, follows = lines[-1], ctx.following[0] if ctx.following else ""
    if is_open and follows.startswith(second.rstrip()):
        return None
    if second.rstrip() == follows:
        return 0
    found, step = columns(second), columns(ctx.context.indentation)
    if _OPENS.search(first):
        # A case may stand as far left as its switch.
        is_right = found == base + step or (found == base and _LABELS.match(second.lstrip()))
        return base - said if found == said + step and not is_right else 0
    if len(lines) == 1 and _GOES_ON.search(first):
        is_further_left = second.lstrip()[0] in ")]}{"
        return base - said if said <= found < base and not is_further_left else 0
    if found != said or len(lines) > 1 or _LEAVES.match(first.lstrip()):
        return 0
    if is_open:
        return None
    body = second.lstrip()
    return 0 if STARTS_BELOW.match(body) or _LABELS.match(body) else base - said


def moved(line: str, shift: int, unit: str) -> str:
    """A line that stands so many columns further to the right."""
    if not line.strip():
        return line
    width = max(0, columns(line) + shift)
    lead = "\t" * (width // 4) + " " * (width % 4) if unit == "\t" else " " * width
    return lead + line.lstrip()


def fit_first_line(flow: Flow, ctx: CompletionContext) -> Flow:
    """Join the first line with what stands before the cursor: no second indentation or blank."""
    text, before = flow.text, ctx.before
    blanks = indent_of(text.partition("\n")[0]) if text[:1] not in {"", "\n"} else ""
    if not blanks:
        return _with_indent(flow, ctx)
    if blanks == text:
        return flow if flow.final else flow.now("")
    body = text[len(blanks) :]
    if before.strip():
        if ctx.in_string:
            return flow.now(body) if _is_indent_again(blanks, ctx) else flow
        joined = before.endswith((" ", "\t")) or _joins_at_once(ctx)
        again = len(blanks) > 1 and blanks == ctx.indent and body[0] not in "#/"
        return flow.now(body) if joined or again else flow
    missing = _missing_indent(before, blanks, body, ctx, final=flow.final)
    return flow.now("" if missing is None else missing + body)


def _is_indent_again(blanks: str, ctx: CompletionContext) -> bool:
    """Whether a string begins with the blanks of its line, as in a block that stands alone."""
    return len(blanks) > 1 and blanks == ctx.indent and ctx.before[-1] in "\"'`"


def _missing_indent(
    before: str, blanks: str, body: str, ctx: CompletionContext, *, final: bool
) -> str | None:
    """What of a line's leading blanks is still missing where the cursor stands in its indentation.

    They may go on from the cursor, be the whole indentation, or be too many: what the lines around
    let expect tells, else the next line. None while undecided.
    """
    expected, goes_on = expected_indent(ctx, body), before + blanks
    if not before and blanks == " " and not ctx.is_prose and body[0] != "*":
        return expected if expected == blanks else ""
    if not before or (goes_on == expected and blanks != before):
        return blanks
    begins = ctx.scope is Scope.COMMENT or STARTS_BELOW.match(body) or _LABELS.match(body)
    if before == expected or (blanks == before and begins):
        return ""
    rest = blanks[len(before) :] if blanks.startswith(before) else ""
    if blanks == expected and rest:
        return rest
    step = columns(ctx.context.indentation)
    depth = _depth_of_first(body, step, ctx)
    if depth is None and not final:
        return None
    if depth in {columns(goes_on), columns(blanks)}:
        return blanks if depth == columns(goes_on) else rest
    is_within_step = columns(before) % step != 0 and columns(goes_on) % step == 0
    is_deeper = goes_on == expected and columns(expected) > columns(ctx.line_above)
    return blanks if is_within_step or is_deeper else rest


def _opens_block(line: str, ctx: CompletionContext) -> bool:
    """Whether the line below is indented; in a shell, also below the pattern of a case."""
    if _OPENS_BLOCK.search(line):
        return True
    return ctx.context.language == "shellscript" and bool(re.fullmatch(r"\s*[^\s()]+\)", line))


def _depth_of_first(body: str, step: int, ctx: CompletionContext) -> int | None:
    """The columns at which a text's first line stands, by the line that follows it."""
    first, _, rest = body.partition("\n")
    second = next((line for line in rest.split("\n") if line.strip()), "")
    if not second:
        return None
    if _opens_block(first, ctx):
        return columns(second) - step
    both_close = first[:1] in _CLOSERS and second.lstrip()[:1] in _CLOSERS
    return columns(second) + (step if both_close else 0)


def _joins_at_once(ctx: CompletionContext) -> bool:
    """Whether no blank may follow what is typed: after a dot, or an opening bracket."""
    if ctx.in_interpolation:
        return True
    if ctx.is_prose:
        return False
    if ctx.before.endswith(("(", "[")):
        return not ctx.spaces_brackets
    return re.search(r"[A-Za-z_)\]]\.$", ctx.before) is not None


def _with_indent(flow: Flow, ctx: CompletionContext) -> Flow:
    return flow.now(_margin(flow, ctx) + flow.text)


def _margin(flow: Flow, ctx: CompletionContext) -> str:
    """The indentation that a first line at the margin lacks, below a line that opens a block."""
    above, text = ctx.line_above, flow.text
    if ctx.before or text[:1] in {"", "\n", " ", "\t", "}", ")", "]", "#"} or ctx.is_prose:
        return ""
    if not _OPENS.search(above) or ctx.prefix_lines[-2] != above or _MARGIN_BLOCK.match(above):
        return ""
    below = ctx.following[0] if ctx.following else ""
    is_flat = above.rstrip().endswith("{") and below and below.lstrip()[0] not in "})]"
    return "" if is_flat and columns(below) <= columns(above) else expected_indent(ctx, text)


def expected_indent(ctx: CompletionContext, text: str) -> str:
    """The indentation that a text has as a new line after the line above."""
    above, unit = ctx.line_above, ctx.context.indentation
    if ctx.context.language == "python" and _LEAVES.match(above.lstrip()):
        return indent_of(above).removesuffix(unit)
    opens = _opens_block(above.rstrip(), ctx) and not is_comment(above)
    closes = text[:1] in {")", "]", "}"}
    if opens == closes:
        return indent_of(above)
    return indent_of(above) + unit if opens else indent_of(above).removesuffix(unit)


def fit_tabs_and_blanks(flow: Flow, ctx: CompletionContext) -> Flow:
    """Indentation of the following lines by the file's own character."""
    first, line_end, rest = flow.text.partition("\n")
    if not line_end:
        return flow
    lines = rest.split("\n")
    if not flow.final and not lines[-1].strip():
        # Half an indentation: its width is not known yet.
        lines[-1] = ""
    unit = ctx.context.indentation
    if unit == "\t":
        width = _blanks_a_step(first or ctx.before, lines, ctx)
        lines = [_with_tabs(line, width) for line in lines]
    elif not ctx.has_tabs:
        width = _tab_width(first or ctx.before, lines, ctx)
        lines = [_with_blanks(line, " " * width if line.strip() else unit) for line in lines]
    return flow.now("\n".join([first, *lines]))


def drop_trailing_blanks(flow: Flow, ctx: CompletionContext) -> Flow:
    """No blanks at the ends of lines, where they mean nothing."""
    if ctx.is_markdown:
        return flow
    lines = flow.text.split("\n")
    kept = [line.rstrip(" \t") for line in lines[:-1]]
    if kept and re.search(r"\S $", lines[0]) and quoted(ctx.before + lines[0], ctx.after):
        # One blank before the quote that closes the string may well be meant.
        kept[0] = lines[0]
    # Blanks may yet turn out to stand between two words.
    last = lines[-1] if flow.final else lines[-1].rstrip(" \t")
    return flow.now("\n".join([*kept, last]))


def _blanks_a_step(first: str, lines: list[str], ctx: CompletionContext) -> int:
    depth = ctx.indent.count("\t")
    opens = _OPENS.search(first) or _GOES_ON.search(first)
    depths = [deep for deep in ((depth + 1, depth) if opens else (depth, depth + 1)) if deep]
    for line in lines:
        width = len(line) - len(line.lstrip(" "))
        if width and line.strip():
            for deep in depths:
                if width % deep == 0 and width // deep in (2, 3, 4, 8):
                    return width // deep
            return 4
    return 4


def _tab_width(opener: str, lines: list[str], ctx: CompletionContext) -> int:
    """The blanks that a tab stands for: a step, but for where the first line would be misplaced."""
    step = len(ctx.context.indentation)
    line = next((line for line in lines if line.strip()), "")
    lead = indent_of(line)
    n_tabs, n_blanks = lead.count("\t"), lead.count(" ")
    base, opens = columns(ctx.before), _OPENS_DEEPER.search(opener)
    # A list's lines are as deep as the first one, or deeper.
    meant = (base + step,) if opens else (base, base + step) if _GOES_ON.search(opener) else (base,)
    widths = (step, 4, 2, 8, 3)
    return next((width for width in widths if n_tabs * width + n_blanks in meant), step)


def _with_tabs(line: str, width: int) -> str:
    lead = _LEADING.match(line)
    assert lead is not None
    if " " not in lead.group():
        return line
    blanks = lead.group().replace("\t", " " * width)
    return "\t" * (len(blanks) // width) + " " * (len(blanks) % width) + line[lead.end() :]


def _with_blanks(line: str, unit: str) -> str:
    lead = _LEADING.match(line)
    assert lead is not None
    return lead.group().replace("\t", unit) + line[lead.end() :]
