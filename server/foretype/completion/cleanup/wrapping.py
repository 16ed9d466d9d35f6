"""Code fences, tags, and the prose that chat models put around code."""

from __future__ import annotations

import re
from dataclasses import dataclass

from foretype.completion.cleanup.base import FENCE_LINE, CompletionContext, Flow, hold_back
from foretype.completion.cleanup.prose import (
    is_about_answer,
    is_preamble,
    is_refusal,
    is_sentence,
    may_be_prose,
)
from foretype.languages.lexical import Scope

TAGS = ("<code>", "<completion>", "<answer>", "<insert>", "<output>", "<result>")
_OF_MARKUP = frozenset({"<code>", "<output>"})
MAX_PREAMBLE = 3
"""Lines of English before a fence, where English might be the text itself."""

_FENCE = re.compile(r"[^\S\n]*(`{3,}|~{3,})[^\S\n]*([^\n`]*)")
_FENCE_AT_END = re.compile(r"(?<=[^\s`\"'])[^\S\n]*`{3,}[^\S\n]*(?:\n|\Z)")
_COMMENT_LEADER = re.compile(r"[/*#!;-]+")
_FENCE_BEGUN = re.compile(r"(?m:^)[^\S\n]*(?:`{1,2}|~{1,2})?\Z")
# No search begins inside a run of blanks or backticks: it would read the run again each time.
_BACKTICKS_AT_END = re.compile(
    r"(?<![^\S\n])(?:[^\S\n]+|(?<!`))`+[^\S\n]*\Z"
    r"|(?m:^)[^\S\n]*~{0,2}\Z|(?<![^\S\n])[^\S\n]+\Z"
)


@dataclass(frozen=True, slots=True)
class _Answer:
    """Where the answer begins, and what it is wrapped in."""

    start: int
    wrap: str = ""
    """A fence, a backtick or a tag; empty for none."""


def drop_wrapping(flow: Flow, ctx: CompletionContext) -> Flow:
    """Keep what stands in the first fence; where there is none, drop a preamble or a refusal."""
    answer = _answer(flow, ctx)
    if answer is None:
        return flow.now("")
    inner = flow.now(flow.text[answer.start :])
    if answer.wrap.startswith(("```", "~~~")):
        return _without_refusal(_until_fence_closes(inner, ctx), ctx)
    if answer.wrap == "`":
        return _until(inner, "`")
    if answer.wrap:
        return drop_wrapping(_until(inner, f"</{answer.wrap[1:]}"), ctx)
    return _until_fence(inner, ctx)


def stop_at_fence(flow: Flow, ctx: CompletionContext) -> Flow:
    """End at a fence that came to light behind a mark or an echo, where none can be text."""
    return flow if ctx.has_fences else _until_fence(flow, ctx)


def _answer(flow: Flow, ctx: CompletionContext) -> _Answer | None:
    """Where the answer begins; None while that is undecided."""
    text = flow.text
    at, start, n_doubtful = 0, 0, 0
    dropped = refused = False
    while at < len(text):
        end = text.find("\n", at) + 1
        line = text[at : end or len(text)]
        is_whole = end > 0 or flow.final
        if not line.strip():
            if not is_whole:
                return None
            at += len(line)
            start = at if dropped else start
            continue
        # Who begins with a line end goes on with the text: a fence there is part of it.
        apart = text.startswith("\n") and bool(ctx.before.strip())
        wrap = _wrap(line, ctx, dropped=dropped or n_doubtful > 0, apart=apart, is_whole=is_whole)
        if wrap is None and not is_whole:
            return None
        if wrap is not None and wrap.wrap:
            if wrap.wrap.startswith(("`" * 3, "~" * 3)) and not is_whole:
                return None
            return _Answer(at + wrap.start, wrap.wrap)
        if not is_whole and may_be_prose(line):
            return None
        if _is_talk(line, ctx):
            dropped = True
            at += len(line)
            start = at
            continue
        if _is_doubtful(line, ctx) and n_doubtful < MAX_PREAMBLE:
            refused = n_doubtful == 0 and is_refusal(line)
            n_doubtful += 1
            at += len(line)
            continue
        return _Answer(start)
    if not flow.final:
        return None
    return _Answer(len(text) if refused and n_doubtful == 1 else start)


def _is_talk(line: str, ctx: CompletionContext) -> bool:
    """Whether a line is certainly none of the text."""
    if ctx.is_markdown:
        return is_about_answer(line)
    if ctx.is_prose or line.strip() in ctx.places_of_lines:
        return False
    return is_preamble(line) or is_refusal(line) or is_sentence(line)


def _is_doubtful(line: str, ctx: CompletionContext) -> bool:
    """Whether a line is talk only if a fence follows, or nothing."""
    return ctx.is_prose and (is_preamble(line) or is_refusal(line))


def _wrap(
    line: str, ctx: CompletionContext, *, dropped: bool, apart: bool, is_whole: bool
) -> _Answer | None:
    """What a line begins to wrap; None while that is undecided."""
    stripped = line.strip()
    fence = _FENCE.match(line)
    if fence is not None:
        info = fence[2].strip().lower()
        wraps = not (apart and ctx.has_fences) and _fence_wraps(info, ctx, dropped=dropped)
        return _Answer(len(line), fence[1] if wraps else "")
    if stripped in {"`", "``", "~", "~~"}:
        return None
    if stripped[0] == "`" and stripped[1] != "`":
        if not is_whole and not _may_quote(ctx) and stripped[1:].count("`") < 2:
            return None
        quotes = _may_quote(ctx) or _is_quoted(stripped, ctx)
        return _Answer(line.index("`") + 1, "`") if quotes else _Answer(0)
    if not stripped.startswith("<"):
        return _Answer(0)
    for tag in TAGS:
        if ctx.is_markup and tag in _OF_MARKUP:
            continue
        if stripped.startswith(tag) and not ctx.holds(tag):
            after = line.index(tag) + len(tag)
            return _Answer(after + line[after:].startswith("\n"), tag)
        if tag.startswith(stripped):
            return None
    return _Answer(0)


def _fence_wraps(info: str, ctx: CompletionContext, *, dropped: bool) -> bool:
    """Whether a fence is around the answer rather than part of it, where fences are text."""
    if not ctx.has_fences or ctx.before.strip() or dropped:
        return True
    if ctx.in_fence:
        # A bare fence may be the one that closes the open one.
        return bool(info) or ctx.closes_fence
    if ctx.is_markdown and info not in {"", "markdown", "md", "text"}:
        return False
    return not ctx.line_above.rstrip().endswith(":")


def _may_quote(ctx: CompletionContext) -> bool:
    if ctx.language.has_backticks or "`" in ctx.before:
        return False
    return ctx.scope is Scope.CODE


def _is_quoted(line: str, ctx: CompletionContext) -> bool:
    """Whether backticks are put around a line where some text may have them."""
    if line[-1] != "`" or line.count("`") != 2 or "`" in ctx.before or ctx.is_prose_file:
        return False
    if ctx.scope is not Scope.CODE:
        return " " in line
    return not ctx.before.strip() or ctx.before.endswith(".") or line[-2] == ";"


def _until_fence_closes(flow: Flow, ctx: CompletionContext) -> Flow:
    text = _before_fence_at_end(flow)
    depth = 1
    for fence in FENCE_LINE.finditer(text):
        if ctx.has_fences and fence.end() == len(flow.text) and not flow.final:
            # Whether it opens or closes shows at its line's end.
            return flow.now(text[: fence.start()])
        opens = ctx.has_fences and fence[1].strip() != ""
        depth += 1 if opens else -1
        if depth == 0:
            return flow.end(text[: fence.start()])
    return flow.end(text) if len(text) < len(flow.text) else _held_backticks(flow)


def _before_fence_at_end(flow: Flow) -> str:
    """The text before a fence that stands behind a line, other than in a comment of its own."""
    text = flow.text
    for fence in _FENCE_AT_END.finditer(text):
        line = text[text.rfind("\n", 0, fence.start()) + 1 : fence.start()]
        if _COMMENT_LEADER.fullmatch(line.strip()):
            continue
        # At the end of what is there, more backticks or an info word may follow.
        is_whole = fence.group().endswith("\n") or flow.final
        return text[: fence.start()] if is_whole else text
    return text


def _until_fence(flow: Flow, ctx: CompletionContext) -> Flow:
    """Without an opening fence, a fence is the answer's end where it cannot be text."""
    if ctx.has_fences and not ctx.closes_fence:
        return flow
    text = flow.text if ctx.is_prose else _before_fence_at_end(flow)
    for fence in FENCE_LINE.finditer(text):
        if ctx.has_fences and fence.end() == len(flow.text) and not flow.final:
            return flow.now(text[: fence.start()])
        if not ctx.has_fences or not fence[1].strip():
            return flow.end(text[: fence.start()])
    if len(text) < len(flow.text):
        return flow.end(text)
    return _held_backticks(flow, line_start=ctx.is_prose)


def _without_refusal(flow: Flow, ctx: CompletionContext) -> Flow:
    """A fence may hold no more than the word that there is nothing to say."""
    first, line_end, rest = flow.text.partition("\n")
    if ctx.is_prose:
        return flow
    if not line_end and not flow.final and may_be_prose(first):
        return flow.now("")
    return flow.now(rest) if is_refusal(first) else flow


def _until(flow: Flow, closing: str) -> Flow:
    at = flow.text.find(closing)
    if at >= 0:
        return flow.end(flow.text[:at])
    return hold_back(flow, [closing])


def _held_backticks(flow: Flow, *, line_start: bool = False) -> Flow:
    """Keep back what may become a fence."""
    if flow.final:
        return flow
    begun = (_FENCE_BEGUN if line_start else _BACKTICKS_AT_END).search(flow.text)
    return flow if begun is None else flow.now(flow.text[: begun.start()])
