"""The last that was typed, said again: a word, a chain of names, an operator, a quote, a leader.

What is dropped could not stand twice at the cursor, whatever the text goes on with.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from foretype.completion.cleanup.base import CompletionContext, Flow, Step
from foretype.languages.lexical import Scope

REACH = 300
"""Characters before the cursor that may be said again here; the whole line is an echo's affair."""
MIN_WORD = 3
"""Characters of a word that are no accident."""
COMMENT_LEADERS = frozenset({"#", "//", "--", "/*", "*", ";", ";;", "%"})
"""What a line of a comment begins with, too short to count as an echo by itself."""

_STATEMENT = re.compile(
    r"(?:return|await|yield|const|let|var|if|for|while|def|class|function|func|fn|throw|raise|assert"
    r"|import|from|export|public|private|static|new|async|elif|switch|match|with)\b.*[\s(.,\[]",
)
_MEMBER = r"(?:\.|->|::|\?\.)"
_CHAIN = re.compile(
    rf"[$@]?\w+(?:\([^()]*\)|\[[^\[\]]*\]|{_MEMBER}\w+)*{_MEMBER}(?:\w{{{MIN_WORD},}})?"
)
_CHAIN_STARTS = re.compile(r"(?<![\w.$@)\]>:?])(?=[$@]?[^\W\d])")
_WORDS = re.compile(r"[A-Za-z_]\w*(?: \w+)+ ")
_BRACKET_BEGUN = re.compile(r"[\w.]*([(\[{][^()\[\]{}]{3,})$")
"""A bracket that is open, what it holds so far, and what is called."""
_COMMENT_TEXT = re.compile(r"\s*(?:#+|//+!?|--|/?[*]+|;+|%)\s+(.*)$")
_SIGN = re.compile(r"(?:^\s*(@|#|<|\$|#\[)|(?<=[\s(,\[])([:$#])|(?<=[\w)\]])(?<!\d)(\.))$")
_QUOTE_BEGUN = re.compile(r"\w{0,2}[\"'`][^\"'`]*$")
_LIST_LEADER = re.compile(r"(?:[-*+>]|#{1,6}|\d{1,3}[.)])(?: \[[ xX]\])?")
_OPERATOR = re.compile(
    r"(?:=>|->|<-|<<|>>|\|>|:=|[-+*/%&|^!<>=]=|&&|\|\||\?\?|::|(?<![-+*/%&|^!<>=:])[-+=:,])[ \t]*$"
)
_BEGINS_STRING = re.compile(r"[\w#$@{\\^(\[]|[-/%<]\w|\./")
"""What follows the quote that begins a string, and not the one that ends an empty one."""
_KEYWORDS = frozenset(
    {
        "assert", "async", "await", "break", "case", "catch", "class", "const", "continue", "def",
        "default", "elif", "else", "elsif", "enum", "except", "export", "finally", "func",
        "function", "global", "import", "interface", "lambda", "match", "module", "package",
        "private", "protected", "public", "raise", "require", "return", "static", "struct",
        "switch", "throw", "typedef", "unless", "until", "while", "with", "yield",
    }
)  # fmt: skip
"""Words that are said as a whole where the line has one or two of their letters."""
_CLOSERS = {"(": ")", "[": "]", "{": "}", "<": ">"}
_OPERATOR_CHARS = frozenset("-+*/%&|^!<>=:?")


def drop_retyped(flow: Flow, ctx: CompletionContext) -> Flow:
    """Drop from the text's beginning what stands at once before the cursor."""
    if ctx.is_prose:
        steps = (_drop_leader, _drop_quote) + ((_drop_sign,) if ctx.is_markup else ())
        return _first_to_drop(steps, flow, ctx)
    text, before = flow.text, ctx.before
    for end in _repeatable_ends(before[-REACH:], ctx.in_interpolation):
        if text.startswith(end):
            return flow.now(text[len(end) :])
        if not flow.final and end.startswith(text):
            return flow.now("")
    steps = (_drop_short_word, _drop_sign, _drop_operator, _drop_bracket)
    return _first_to_drop(steps, flow, ctx)


def _first_to_drop(steps: Sequence[Step], flow: Flow, ctx: CompletionContext) -> Flow:
    dropped = (step(flow, ctx) for step in steps)
    return next((each for each in dropped if each is not flow), flow)


@lru_cache(maxsize=16)
def _repeatable_ends(before: str, in_interpolation: bool) -> tuple[str, ...]:
    return tuple(_ends(before, in_interpolation))


def _ends(before: str, in_interpolation: bool) -> Iterator[str]:
    for start in re.finditer(r"(?<![\w.])(?=[a-z])", before):
        tail = before[start.start() :]
        if _STATEMENT.fullmatch(tail) or _WORDS.fullmatch(tail):
            yield tail
    for start in _CHAIN_STARTS.finditer(before):
        tail = before[start.start() :]
        if _CHAIN.fullmatch(tail):
            yield tail
    begun = _BRACKET_BEGUN.search(before)
    if begun is not None:
        yield from (begun.group(), begun[1])
    if in_interpolation and (quoted := _QUOTE_BEGUN.search(before)):
        yield quoted.group()
    if before.lstrip() == "} ":
        yield "} "
    word = re.search(r"\w+ ?$", before)
    if word is not None and len(word.group()) >= MIN_WORD and word.group() != "long ":
        yield word.group()


def _drop_short_word(flow: Flow, ctx: CompletionContext) -> Flow:
    """A word of which one or two letters are typed, said as a whole.

    After one letter only a known word counts; hardly a word begins with the same two twice.
    """
    begun = re.search(r"(?<!\w)[^\W\d]\w?$", ctx.before)
    if begun is None:
        return flow
    typed = begun.group()
    if not flow.text.startswith(typed):
        return flow if flow.final or not typed.startswith(flow.text) else flow.now("")
    said = re.match(r"\w+", flow.text)
    assert said is not None
    word = said.group()
    if word == flow.text and not flow.final:
        return flow.now("")
    is_known = len(typed) == 2 < len(word) - 1 or word in ctx.words or word in _KEYWORDS
    is_known = is_known and typed + word not in ctx.words
    return flow.now(flow.text[len(typed) :]) if is_known and len(word) > len(typed) else flow


def _drop_sign(flow: Flow, ctx: CompletionContext) -> Flow:
    """A sign that begins what is typed, and never stands twice before a word."""
    found = _SIGN.search(ctx.before)
    if found is None:
        return flow
    sign = found[found.lastindex or 0]
    if not flow.final and sign.startswith(flow.text):
        return flow.now("")
    rest = flow.text.removeprefix(sign)
    return flow.now(rest) if rest != flow.text and rest[:1].isalpha() else flow


def _drop_operator(flow: Flow, ctx: CompletionContext) -> Flow:
    """An operator, or the longer one that it begins."""
    found = _OPERATOR.search(ctx.before)
    if found is None:
        return flow
    typed, body = found.group().rstrip(), flow.text.lstrip(" ")
    is_apart = typed != found.group()
    if not flow.final and (not body or typed.startswith(body)):
        return flow.now("")
    if not body.startswith(typed):
        return flow
    rest = body[len(typed) :]
    if not rest and not flow.final:
        return flow.now("")
    if len(typed) == 1 and not is_apart and body == flow.text and typed in "-+*%^|&:":
        return flow.now(rest) if re.match(r"= ?[^=]", rest) else _wait(flow, rest, "= ")
    is_same = rest[:1] == " " if len(typed) == 1 else rest[:1] not in _OPERATOR_CHARS
    return flow.now(rest.lstrip(" ") if is_apart else rest) if is_same else flow


def _wait(flow: Flow, text: str, whole: str) -> Flow:
    return flow.now("") if not flow.final and whole.startswith(text) else flow


def _drop_bracket(flow: Flow, ctx: CompletionContext) -> Flow:
    """The bracket before the cursor, where it and its partner are put around the whole again."""
    text, before = flow.text, ctx.before
    opener = before[-1:]
    if ctx.in_interpolation or before.endswith("$("):
        for again in (before[-2:], opener) if ctx.in_interpolation else ("$(",):
            if text.startswith(again):
                return flow.now(text[len(again) :])
            if not flow.final and again.startswith(text):
                return flow.now("")
    if ctx.in_interpolation:
        return flow
    above = ctx.line_above.rstrip()[-1:] if not before.strip() else ""
    if "{" in (opener, above) and text.startswith("{"):
        # A block that begins with its brace again.
        blanks = re.match(r"\{[ \t]*(\n)?", text)
        assert blanks is not None
        if blanks[1]:
            return flow.now(text[blanks.start(1) :])
        if blanks.end() == len(text) and not flow.final:
            return flow.now("")
    if not opener or opener not in "([{<" or not text.startswith(opener):
        return flow
    closes = ctx.after[:1] == _CLOSERS[opener]
    if opener == "<":
        return flow.now(text[1:]) if closes and not ctx.is_markup else flow
    # A list that is not looked up in, and only holds another one, is rare.
    is_alone = closes and (before.strip() == opener or re.search(r"[^\w)\]]\[$", before))
    if not (is_alone or opener == "("):
        return flow
    first, line_end, rest = text.partition("\n")
    if not line_end and not flow.final:
        return flow.now("")
    said = first.rstrip()
    end = _partner(said)
    if end < 2 or end == len(said) or said[end + 1 :].strip(",;"):
        return flow
    inner = said[1:end]
    is_list = "," in inner and ctx.language.has_tuples
    is_list = is_list and re.search(r"\b(?:def|fn|fun|func|function)\s+\w+\($", before) is None
    is_condition = re.search(r"\b(?:if|while)\s*\($", before) is not None and "=" in inner
    if is_alone or not (is_list or is_condition or inner.startswith("*")):
        return flow.now(inner + said[end:] + line_end + rest)
    return flow


def _partner(line: str) -> int:
    """Where the bracket that a line begins with is closed; its end where it is not."""
    depth = 0
    for at, character in enumerate(line):
        depth += (character in "([{") - (character in ")]}")
        if depth == 0:
            return at
    return len(line)


def _drop_quote(flow: Flow, ctx: CompletionContext) -> Flow:
    """The quote before the cursor, in the string that it has just begun, and what it belongs to."""
    text, before = flow.text, ctx.before[-REACH:]
    quote = before[-1:]
    if not ctx.in_string:
        return flow
    for again in _typed_string(before):
        if before.endswith(again) and text.startswith(again):
            return flow.now(text[len(again) :])
        if before.endswith(again) and not flow.final and again.startswith(text):
            return flow.now("")
    if quote not in {'"', "'", "`"} or before.endswith(quote * 2):
        return flow
    if not flow.final and len(text) < 3 and text.startswith(quote):
        return flow.now("")
    return flow.now(text[1:]) if text.startswith(quote) and _BEGINS_STRING.match(text, 1) else flow


def _typed_string(before: str) -> Iterator[str]:
    """What a text may say again of the string that the cursor is in."""
    token = re.search(r"\S{4,}$", before)
    if token is not None and token.group()[-1] in "\"'`":
        yield token.group()
    string = _QUOTE_BEGUN.search(before)
    if string is not None and len(string.group()) > MIN_WORD:
        yield string.group()
    if before.endswith(('"""', "'''")):
        yield before[-3:]


def _drop_leader(flow: Flow, ctx: CompletionContext) -> Flow:
    """What begins a line of a comment or of a list, where the line has no more so far."""
    before, leader, text = ctx.before, ctx.before.strip(), flow.text
    if ctx.scope is Scope.COMMENT:
        is_leader = leader in COMMENT_LEADERS
    else:
        is_list = ctx.language.has_lists or ctx.in_string
        is_leader = is_list and _LIST_LEADER.fullmatch(leader) is not None
    said_again = _COMMENT_TEXT.match(before)
    if not is_leader and ctx.scope is Scope.COMMENT and said_again and len(said_again[1]) >= 5:
        if text.startswith(said_again[1]):
            return flow.now(text[len(said_again[1]) :])
        if not flow.final and said_again[1].startswith(text):
            return flow.now("")
    if not is_leader:
        return flow
    for said in (before, before.lstrip(), leader + " "):
        if text.startswith(said) and (said[-1] == " " or text[len(said) :][:1] == " "):
            return flow.now(text[len(said) :])
        if not flow.final and said.startswith(text):
            return flow.now("")
    return flow
