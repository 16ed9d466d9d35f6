"""The definition around the cursor, where an answer writes it anew.

In other words even: the docstring changed or left out, the signature spelt otherwise, imports,
the class and other methods around it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from foretype.completion.postprocess.context import CompletionContext
from foretype.completion.postprocess.readings import behind, loosely_after
from foretype.completion.postprocess.score import Candidate
from foretype.completion.postprocess.unwrap import is_import, leads
from foretype.languages.columns import columns, is_comment, left_open
from foretype.languages.lexical import Scope
from foretype.languages.outline import Definition, header_at

_DOCSTRING = re.compile(r"\s*[rRbBuUfF]{0,2}(\"\"\"|''')")
_ENDS = re.compile(r"\s*(?:\}|end\b)")
"""What closes a definition, where it is no deeper than its header."""
LONGEST_HEADER = 30
"""Lines."""


@dataclass(frozen=True, slots=True)
class Written:
    """What an answer has of the cursor's definition."""

    candidate: Candidate | None = None
    """The part that belongs behind the cursor; None while it may yet come."""
    never: bool = False
    """It will not come."""
    imports: tuple[str, ...] = ()


def written_anew(
    held: list[str], first: int, ctx: CompletionContext, *, ended: bool
) -> Written | None:
    """The cursor's definition in the lines of an answer; None where it begins otherwise."""
    if not ctx.definitions or ctx.scope is not Scope.CODE:
        return None
    inner = ctx.definitions[-1]
    if inner.line == len(ctx.prefix_lines) - 1 and not ctx.before.rstrip().endswith((":", "{")):
        # Half a header is a line like any other.
        return None
    if ctx.before.endswith("."):
        # A call of a member may look like its definition.
        return None
    others = {each.name for each in ctx.definitions[:-1]} | ctx.siblings
    inside, own = False, (inner.name, inner.kind)
    for at, line in enumerate(held[first:], first):
        begun = header_at(held, at)
        if begun == own:
            break
        if at == len(held) - 1 and not ended and header_at([line, "{"], 0) == own:
            return Written()
        # The class around, or a method beside it, promises that the cursor's comes, too.
        inside = inside or (begun is not None and begun[0] in others)
        # What stands deeper than the definition does not lead to it.
        is_within = bool(line.strip()) and columns(line) > inner.column
        if not (inside or (leads(line) and not is_within)):
            return None
    else:
        return Written(never=ended) if inside or not ended else None
    found = _within(held, at, inner, ctx)
    if found is None:
        return Written(never=ended)
    imports = tuple(line.strip() for line in held[:at] if is_import(line))
    return Written(found, imports=imports)


def _within(
    held: list[str], at: int, inner: Definition, ctx: CompletionContext
) -> Candidate | None:
    """What follows, in the definition that begins at a line, what stands before the cursor."""
    lines = ctx.prefix_lines
    end, stood = header_end(held, at), header_end(lines, inner.line)
    if inner.line == len(lines) - 1:
        column = _behind(held[at], ctx)
        shift = inner.column - columns(held[at])
        return None if column is None else Candidate(at, column, shift=shift)
    if end is None or stood is None:
        return None
    known = [line for line in lines[stood:-1] if line.strip(" \t{")]
    is_described = bool(known) and _DOCSTRING.match(known[0]) is not None
    while end < len(held) and held[end].strip() == "{":
        end += 1
    begin = _docstring_end(held, end) if is_described else end
    code = known[_docstring_end(known, 0) :]
    if begin is None:
        return None
    column, body = columns(held[at]), range(begin, len(held))
    ends = (n for n in body if _ENDS.match(held[n]) and columns(held[n]) <= column)
    return _behind_known(held[: next(ends, None)], begin, code, inner, ctx)


def _behind_known(
    held: list[str], begin: int, code: list[str], inner: Definition, ctx: CompletionContext
) -> Candidate | None:
    """The first line of a body that is not known, and by how much it and its like move."""
    comments = {loose(line) for line in code if is_comment(line)}
    wanted = [(loose(line), columns(line)) for line in code if not is_comment(line)]
    base: int | None = None
    for number, line in enumerate(held[begin:], begin):
        same = loose(line)
        if not same or (is_comment(line) and (wanted or same in comments)):
            continue
        if wanted:
            found = next((n for n, (known, _) in enumerate(wanted) if known == same), None)
            if found is not None:
                base = wanted[found][1] - columns(line)
                wanted = wanted[found + 1 :]
            continue
        depth = columns(ctx.before) if ctx.before else inner.column + columns(ctx.unit)
        shift = depth - columns(line) if base is None else base
        at = _behind(line, ctx) if ctx.before.strip() else 0
        if at is not None:
            return Candidate(number, at, shift=shift)
    return None


def _behind(line: str, ctx: CompletionContext) -> int | None:
    """Where a line goes on behind the cursor's; None where it is another."""
    text = line.rstrip("\n")
    after = loosely_after(text, ctx.before.strip())
    return None if after is None else behind(ctx.before, text, after)


def loose(line: str) -> str:
    """A line without its white space, its quotes alike."""
    return re.sub(r"\s+", "", line.replace("'", '"')).rstrip(",;")


def header_end(lines: list[str], start: int) -> int | None:
    """The line after the header that begins at a line; None where it has not ended."""
    for end in range(start + 1, min(len(lines), start + LONGEST_HEADER) + 1):
        if not set("([").intersection(left_open("\n".join(lines[start:end]))):
            return end
    return None


def _docstring_end(lines: list[str], start: int) -> int | None:
    """The line after a definition's docstring, if it has one; None while it has not ended."""
    begin = next((n for n in range(start, len(lines)) if lines[n].strip()), len(lines))
    found = _DOCSTRING.match(lines[begin]) if begin < len(lines) else None
    if found is None:
        return start
    if found[1] in lines[begin][found.end() :]:
        return begin + 1
    ends = (n + 1 for n in range(begin + 1, len(lines)) if found[1] in lines[n])
    return next(ends, None)
