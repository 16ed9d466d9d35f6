"""Line numbers and diff marks that a model puts before lines."""

from __future__ import annotations

import re

from foretype.completion.cleanup.base import CompletionContext, Flow, whole_lines
from foretype.completion.cleanup.echo import MIN_ECHO
from foretype.completion.cleanup.retyped import COMMENT_LEADERS
from foretype.languages.columns import indent_of
from foretype.languages.lexical import Scope

_NUMBER = re.compile(r"[ ]{0,6}(\d{1,6})(:|\t| ?\||\.(?= )|\)(?= ))[ ]?")
_NUMBER_BEGUN = re.compile(r"[ ]{0,6}\d{0,6}(?: ?\|?|[:.)\t])[ ]?")
_SURE_HEADER = re.compile(r"diff --git |@@ -\d")
_HEADER = re.compile(r"diff --git |index |@@ -|\+\+\+ ")
_OLD_FILE = re.compile(r"--- \S")
_NEW_FILE = re.compile(r"\+\+\+ \S")
_HEADERS = ("diff --git ", "@@ -", "--- ", "+++ ", "index ")


def drop_line_numbers(flow: Flow, ctx: CompletionContext) -> Flow:
    """Drop numbers that count lines: those of the file, or those of the answer."""
    lines = flow.text.split("\n")
    n_blank = next((n for n, line in enumerate(lines) if line.strip()), None)
    if n_blank is None:
        return flow if flow.final else flow.now("")
    counts = _counts_lines(lines[n_blank:], ctx, final=flow.final)
    if counts is None:
        return flow.now("")
    if not counts:
        return flow
    first = _NUMBER.match(lines[n_blank])
    assert first is not None
    number = int(first[1])
    kept = [_without_number(line, number + n) for n, line in enumerate(lines[n_blank:])]
    if number == ctx.line_number:
        kept[0] = _without_typed(kept[0], ctx)
    if not flow.final and _NUMBER_BEGUN.fullmatch(lines[-1]):
        kept[-1] = ""
    return flow.now("\n".join([*lines[:n_blank], *kept]))


def _counts_lines(lines: list[str], ctx: CompletionContext, *, final: bool) -> bool | None:
    """Whether the first line begins with a line's number; None while that is undecided."""
    first = _NUMBER.match(lines[0])
    is_whole = final or len(lines) > 1
    if first is None or (first.end() == len(lines[0]) and not is_whole):
        begun = _NUMBER_BEGUN.fullmatch(lines[0])
        return None if begun and not is_whole and any(map(str.isdigit, lines[0])) else False
    is_list = ctx.language.has_lists and first[2] in {".", ")"}
    number, said, typed = int(first[1]), lines[0][first.end() :], ctx.before.strip()
    above, rest = ctx.line_number - number, said.strip()
    is_list = is_list or _NUMBER.match(ctx.line_above.strip()) is not None
    if above == 0 and typed and said.startswith(ctx.before):
        return True
    if above == 0 and rest and not typed and not is_list:
        return True
    if not is_whole and (typed.startswith(rest) or 0 < above < len(ctx.prefix_lines)):
        return None
    if len(typed) >= 3 and rest.startswith(typed):
        return True
    if is_list:
        return False
    if 0 < above < len(ctx.prefix_lines) and is_whole:
        stood = ctx.prefix_lines[-1 - above].strip()
        if len(stood) >= 3 and rest == stood:
            return True
    if not (above == 0 or (number == 1 and _may_count_from_one(lines[0], ctx))):
        return False
    if len(lines) == 1:
        return False if final else None
    second = _NUMBER.match(lines[1])
    if second is None and len(lines) == 2 and not final and _NUMBER_BEGUN.fullmatch(lines[1]):
        return None
    return second is not None and int(second[1]) == number + 1 and second[2] == first[2]


def _may_count_from_one(line: str, ctx: CompletionContext) -> bool:
    """Whether a line after a "1" may be a line of code rather than an item of a list."""
    return not ctx.language.has_lists and not line.rstrip().endswith((",", "}", "]"))


def _without_typed(line: str, ctx: CompletionContext) -> str:
    """A marked line without what stands before the cursor, however little that is."""
    return line.removeprefix(ctx.before) if ctx.before.strip() else line


def _without_number(line: str, number: int) -> str:
    match = _NUMBER.match(line)
    return line[match.end() :] if match and int(match[1]) == number else line


def drop_diff_marks(flow: Flow, ctx: CompletionContext) -> Flow:
    """Keep the added lines of a diff, without their marks."""
    if ctx.context.language in {"diff", "patch"}:
        return flow
    is_diff = _is_diff(flow, ctx)
    if is_diff is None:
        return flow.now("")
    if not is_diff:
        return flow
    lines = whole_lines(flow.text)
    if lines and not flow.final and _is_undecided(lines[-1]):
        del lines[-1]
    kept = [_unmarked(line) for line in lines if not _is_dropped(line)]
    if len(ctx.before.strip()) < MIN_ECHO:
        is_begun = len(kept) == 1 and kept[0] != ctx.before and ctx.before.startswith(kept[0])
        if is_begun and ctx.before.strip() and not flow.final:
            return flow.now("")
        kept[:1] = [_without_typed(line, ctx) for line in kept[:1]]
    return flow.now("".join(kept))


def _is_diff(flow: Flow, ctx: CompletionContext) -> bool | None:
    """Whether the text is a diff; None while that is undecided."""
    text = flow.text.lstrip("\n")
    first, line_end, rest = text.partition("\n")
    is_whole = bool(line_end) or flow.final
    if not text:
        return False if flow.final else None
    if _SURE_HEADER.match(first):
        return True
    if not is_whole and any(h.startswith(first) or first.startswith(h) for h in _HEADERS):
        return None
    if _OLD_FILE.match(first) and line_end:
        if not flow.final and "+++ x".startswith(rest[:5]) and len(rest) < 5:
            return None
        return _NEW_FILE.match(rest) is not None
    if first[0] not in "+-":
        return False
    return _is_marked(first, line_end, rest, flow, ctx)


def _is_marked(
    first: str, line_end: str, rest: str, flow: Flow, ctx: CompletionContext
) -> bool | None:
    """Whether a plus or minus before the first line is a mark."""
    before, said = ctx.before, first[1:]
    if before.strip():
        begins = before.startswith(said) or before.strip().startswith(said.strip())
        if begins and not said.startswith(before) and not line_end and not flow.final:
            return None
        # The cursor's line is said again, as it was or as it shall be.
        if said.startswith(before) or said.strip().startswith(before.strip()):
            return len(before) >= 3 or before[0].isspace() or before.strip() in COMMENT_LEADERS
        return False
    if first[0] == "-":
        return False
    if not said:
        if not line_end or not rest:
            return False if flow.final else None
        return rest[0] == "+"
    if not before and said[0] not in "+= \t":
        return True
    if before and before == indent_of(ctx.line_above):
        if said.isspace() and not line_end and not flow.final:
            return None
        if said.startswith(before):
            return True
    if ctx.scope is Scope.COMMENT and said.lstrip().startswith("*"):
        return True
    if said[0].isalpha() or said[0] in "_@#}{)]":
        return True
    if said[0] not in " \t" or ctx.language.has_lists:
        return False
    if said.isspace() and not line_end and not flow.final:
        return None
    if said.startswith(("  ", "\t")) and said.strip():
        return True
    if not line_end or not rest:
        return False if flow.final else None
    return rest[0] == "+"


def _is_undecided(line: str) -> bool:
    return not line.endswith("\n") and any(header.startswith(line) for header in _HEADERS)


def _is_dropped(line: str) -> bool:
    return line.startswith("-") or _HEADER.match(line) is not None


def _unmarked(line: str) -> str:
    return line[1:] if line[:1] in {"+", " "} else line
