"""The readings of an answer: as it is, as an echo of the cursor's line, or of lines above it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from foretype.completion.postprocess.context import CompletionContext
from foretype.completion.postprocess.junction import token_class
from foretype.completion.postprocess.score import Candidate
from foretype.completion.postprocess.steps import BEGINS_BELOW, lower_kind, opens
from foretype.languages.columns import PARTNERS, columns, indent_of, left_open
from foretype.languages.lexical import Scope

MAX_TOKENS = 12
"""Tokens before the cursor that may be repeated one by one."""
_OPERATORS = "+-*/%&|<>!"
"""Signs that wait for more in code; comments and strings may end with them."""
MAX_STARTS = 8
"""Equal lines above at which a repetition may begin, the last ones."""
_CONDITION = re.compile(
    r"\b(?:if|elif|elsif|while|until|unless|assert)\b(?!.*\b(?:let|var)\b)[^;{}]*$"
)
"""Where one compares rather than assigns."""
_SIGN = re.compile(r"=(?![=>])")
_TOKEN = re.compile(r"\w+|[^\w\s]+?(?=\w|\s|$|(?<![\"'`])[\"'`]$)|[^\w\s]")
"""Signs that stand together are one, but for a quote at the end: it may be the answer's, too."""


def of_line(held: list[str], first: int, ctx: CompletionContext) -> Iterator[Candidate]:
    """The answer as it is, and what repeats or lacks something of the cursor's line."""
    yield Candidate(0, 0)
    before, line = ctx.before, held[first]
    text = line.rstrip("\n")
    blanks = len(indent_of(text))
    in_code = ctx.scope is Scope.CODE
    if not before.strip():
        depth = columns(text)
        leaves = depth < columns(before) and not ctx.language.has_braces
        is_below = BEGINS_BELOW.match(text.lstrip()) is not None
        if first and not (is_below and (leaves or text[:blanks] == before != "")):
            yield Candidate(first, 0)
        return
    # Behind a blank line, a line end is never one too many.
    drops = _clings if not first else _joins if first == 1 else None
    if drops is not None and drops(before, text, blanks, ctx):
        yield Candidate(first, blanks)
    if not first and _is_finished(before, ctx):
        if before[-1] not in " \t\"'`([{.@$#<\\" and text[0] not in " \t,;:)]}":
            yield Candidate(0, 0, " ")
        is_in_string = before.endswith(("${", "#{"))
        # A line ends in no blank, and a single one indents none.
        may_end = before[-1] not in " \t.@$#\\" and (blanks != 1 or text[0] == "\t")
        if in_code and may_end and not (is_in_string or ctx.after.strip()):
            yield Candidate(0, 0, "\n")
    typed = before.strip()
    # Below, a line that is repeated stands as it does, or at the margin: what closes a block there
    # closes another one.
    is_alike = columns(text) == columns(before) or not (blanks or lower_kind(typed) in "xe")
    for start in sorted({len(before) - len(before.lstrip()), *token_starts(before)}):
        tail = before[start:].rstrip()
        if tail and text.startswith(tail, blanks) and (not first or (tail == typed and is_alike)):
            # Behind a blank, a word is whole: one that begins alike is another.
            is_within = re.match(r"\w\w", text[blanks + len(tail) - 1 :]) is not None
            if is_within and (before[-1].isspace() or blanks):
                continue
            rest = text[blanks + len(tail) :]
            is_rule = len(set(tail)) == 1 < len(tail) and rest.startswith(2 * tail[0])
            if is_rule or _is_meant_twice(tail, ctx) or (first and not rest.strip()):
                continue
            at = behind(ctx.before, text, blanks + len(tail))
            yield Candidate(first, at, echo=tail, is_indented=text.startswith(before.rstrip()))
            # What is repeated further than that is no accident.
            return
    declared = typed.removesuffix("=").rstrip()
    if declared != typed and text.startswith(declared, blanks):
        after = _behind_type(text, blanks + len(declared))
        if after is not None:
            yield Candidate(first, behind(before, text, after), echo=typed)


def _behind_type(text: str, start: int) -> int | None:
    """Where a declaration that is said again goes on behind the type that an answer adds to it."""
    if text[start:].lstrip()[:1] != ":":
        return None
    for sign in _SIGN.finditer(text, start):
        bare = re.sub(r"[-=]>", "", text[start : sign.start()])
        if not left_open(bare) and bare.count("<") == bare.count(">"):
            return sign.end()
    return None


def _is_meant_twice(tail: str, ctx: CompletionContext) -> bool:
    """Whether a sign that an answer begins with is meant, though it stands before the cursor: the
    two are one sign of a comment or a comparison, or a comment stands in a comment.

    For the first two, 12 of 372 exact answers that repeat the token before the cursor went wrong,
    16 without; of 612 in which a token was repeated on purpose 34 and 33 (set *closing*). For the
    third 77 of 2,868 and 83; it was read on these sets.
    """
    if ctx.before.strip() == tail:
        # Examples in comments hold comments, too: the file shows whether they do.
        is_apart = ctx.before[-1].isspace() and not re.search(r"\w", tail)
        stands_twice = is_apart and ctx.contains(ctx.before.lstrip() + tail)
        return stands_twice or ctx.language.comment == 2 * tail
    return tail == "=" and _CONDITION.search(ctx.before) is not None


def token_starts(before: str) -> list[int]:
    """Where the last tokens of a line begin."""
    return [found.start() for found in _TOKEN.finditer(before)][-MAX_TOKENS:]


def _joins(before: str, text: str, blanks: int, ctx: CompletionContext) -> bool:
    """Whether a line end before a text may be one too many: the cursor's line waits for more.

    No line ends in a blank; any may be followed by one that is indented. In Markdown a line
    may end anywhere.
    """
    if before[-1].isspace() or (ctx.scope is Scope.CODE and re.search(r"[\w)\]]\.$", before)):
        return True
    if ctx.language.is_document:
        return False
    # In code a quote has closed a string, elsewhere it may have opened one.
    waits = "([{=,:@$" + (_OPERATORS if ctx.scope is Scope.CODE else "\"'`")
    # Elsewhere, as in a shell, Lisp or CSS, a dot and a bracket begin lines.
    goes_on = ctx.language.shape != "" and ctx.language.family != "shell"
    clings = goes_on and (text[0] in "([,;:" or re.match(r"\.\S", text) is not None)
    return not blanks and (before[-1] in waits or clings)


def goes_on_below(held: list[str], first: int, ctx: CompletionContext) -> bool:
    """Whether an answer ends the cursor's line, which is complete, and goes on below it: then it
    does not write lines above again."""
    before, text = ctx.before.rstrip(), held[first].rstrip("\n")
    is_apart = first > (1 if ctx.is_prose else 0)
    if not is_apart or not before or left_open(before) or opens(before, ctx.context.language):
        return False
    return not _joins(ctx.before, text, len(indent_of(text)), ctx)


def _clings(before: str, text: str, blanks: int, ctx: CompletionContext) -> bool:
    """Whether blanks before a text may be too many: one of both sides clings to the other.

    Two blanks before the cursor align what follows, and so may more.
    """
    if not blanks or before.endswith("  ") or (blanks > 2 and blanks != len(indent_of(before))):
        return False
    if before[-1] in "([{" and text[-1] == " " and ctx.after[:1] in PARTNERS:
        # A blank on both sides fills a bracket.
        return False
    in_code = ctx.scope is Scope.CODE
    clings = " \t([{:@$" + "./" * in_code + "." * (blanks == 1)
    # A dot behind which a blank stands joins strings.
    is_member = text[blanks] == "." and text[blanks + 1 : blanks + 2] != " "
    return before[-1] in clings or text[blanks] in ",;)]" or is_member


def _is_finished(before: str, ctx: CompletionContext) -> bool:
    """Whether the word that a line ends with, if it does, is known: another may be half."""
    word = re.search(r"\w+$", before)
    if word is None or ctx.ends_line or word.group() in ctx.words:
        return True
    return token_class(word.group()) not in "nN"


def behind(before: str, text: str, at: int) -> int:
    """Where the rest begins behind an echo: the blanks before the cursor are there already."""
    n_blanks = len(before) - len(before.rstrip())
    while n_blanks and text[at : at + 1] in (" ", "\t"):
        at, n_blanks = at + 1, n_blanks - 1
    return at


def starts(held: list[str], first: int, ctx: CompletionContext) -> list[int]:
    """The lines above at which a repetition may begin, the longest first."""
    lines, text = ctx.prefix_lines, held[first].strip()
    found = [n for n, line in enumerate(lines[:-1]) if line.strip() == text]
    return found[-MAX_STARTS:]


def of_lines(
    held: list[str], first: int, start: int, ctx: CompletionContext, *, ended: bool
) -> Candidate | Literal[False] | None:
    """The answer as a repetition of the lines from one on; None while it may yet be one."""
    stood, given = ctx.prefix_lines[start:], held[first:]
    n_whole = len(stood) - 1
    for have, want in zip(given, stood[:-1], strict=False):
        if have.strip() != want.strip():
            return False
    if len(given) <= n_whole:
        return False if ended else None
    line, text = first + n_whole, given[n_whole].rstrip("\n")
    typed, at = stood[-1].strip(), len(indent_of(text))
    if typed:
        after = loosely_after(text, typed)
        if after is None:
            return False
        at = behind(ctx.before, text, after)
    given_line, was = next(
        ((g, s) for g, s in reversed(list(zip(given, stood[:-1], strict=False))) if s.strip()),
        (given[0], stood[0]),
    )
    shift = columns(was) - columns(given_line)
    if given_line is given[0] and not columns(given_line) and not typed:
        # It may stand behind the cursor's indentation, and the others where they belong.
        wanted = columns(was) + columns(ctx.unit) * opens(was, ctx.context.language)
        shift = min((shift, 0), key=lambda each: abs(columns(text) + each - wanted))
    return Candidate(
        line,
        at if typed else 0,
        echo=typed,
        n_lines=n_whole,
        n_chars=sum(len(each.strip()) for each in stood[:-1]),
        is_common=ctx.line_counts.get(stood[0].strip(), 0) > 1,
        shift=shift,
    )


def loosely_after(text: str, typed: str) -> int | None:
    """Where a line goes on behind what is typed, white space aside; None where it is another."""
    at = 0
    for char in typed:
        if char.isspace():
            continue
        while at < len(text) and text[at].isspace():
            at += 1
        if at == len(text) or (text[at] != char and {text[at], char} != {'"', "'"}):
            return None
        at += 1
    return at
