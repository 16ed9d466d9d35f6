"""What reads like a chat model talking about its answer rather than like code.

A line is looked at twice: while it comes, ``may_be_prose`` says whether it can still be prose,
which is never so again once it was not; when it is whole, it is judged.
"""

from __future__ import annotations

import re

from foretype.completion.cleanup.base import may_become

_LEAD = r"[*_(\[]{0,3}"
_COMMENT = r"(?:#|//|--|/\*|<!--) ?"
_COMMENT_BEGUN = r"(?:# ?|/(?:[/*] ?)?|--? ?|<(?:!(?:-(?:- ?)?)?)?)"
_WORDS_SO_FAR = re.compile(rf"(?:{_LEAD}|{_COMMENT_BEGUN})(?:[A-Z][A-Za-z ,.'\u2019!:;*/)\]>-]*)?")
_OPENINGS = (
    "sure,", "sure!", "sure thing", "certainly", "of course", "absolutely", "okay,", "ok,",
    "great,", "great!", "alright", "got it", "here's ", "here is ", "here are ", "here you",
    "here it", "below is", "below are", "the ", "this ", "your ", "to ", "no ", "some ", "i ",
    "i'll ", "i've ", "i'm ", "i'd ", "you ", "we ", "it ", "let me ", "let's ", "there is ",
    "there's ", "as an ai", "sorry", "unfortunately", "based on ", "looking at ", "given the ",
    "option ", "alternative ", "solution ", "version ", "candidate ", "completion",
    "completed ", "answer ", "nothing ", "insert:", "inserted ", "final answer", "explanation",
)  # fmt: skip
"""How prose may begin, in lower case. What begins with a capital may be prose as it is."""
_PREAMBLE = re.compile(
    rf"{_LEAD}(?:(?:sure|certainly|of course|absolutely|okay|ok|great|alright|got it)"
    r"(?:[,.!:\u2014-]+\s*(?:here|let|i|the|this|we|you|to|so|below|it|that)\b|\s*[!.:]\s*$"
    r"| thing\b)"
    r"|here(?:['\u2019]s| is| are)\s+\w+|here (?:it is|you go)|below (?:is|are)\s+\w+"
    r"|(?:the|this|your) [\w -]{0,30}?\b(?:code|completion|function|method|line|text|snippet|block"
    r"|implementation|answer|part|file)\b(?!\s*[=(\[.;])"
    r"|to (?:complete|finish|continue|insert|fill)\b (?:the|this|your|it)\b"
    r"|i(?:['\u2019]ll| will| have|['\u2019]ve| would| am|['\u2019]m|['\u2019]d"
    r"| can| cannot| can['\u2019]t| don['\u2019]t| think| see| assume| added| completed)\s+\w+"
    r"|(?:let me|let['\u2019]s|you can|you should|you could|we can|we should|we need)\s+[a-z]+\b"
    r"(?!\s*[=(.;:])"
    r"|as an ai\b|sorry\b[,.! ]|unfortunately\b[,. ]|(?:based on|looking at|given)\s+(?:the|your)\b"
    r"|(?:option|alternative|solution|version|candidate|completion|answer)s? \w{1,3}[\s:.)*_]*$"
    r"|(?:insert|completed? (?:code|line|text|function|version)|completion|inserted text"
    r"|text to insert|code to insert|final answer|explanation)s?:\s*(?:$|[A-Z]))",
    re.IGNORECASE,
)
_REFUSAL = re.compile(
    rf"{_LEAD}(?:no (?:further |additional |more )?(?:completions?|changes?|code|text|edits?"
    r"|insertions?)(?: (?:is|are))?(?: \w+)? (?:needed|required|necessary|available|here)"
    r"|(?:the|this|your) (?:code|function|line|file|text|statement|block)(?: \w+)?"
    r" (?:is|looks|seems|appears)(?: to be)?(?: already)? complete"
    r"|nothing(?: else| more)? (?:to (?:add|complete|insert|do)|is missing|needs to be|needed|here)"
    r"|there(?:['\u2019]s| is) nothing (?:to|more|else|missing)"
    r"|(?:i['\u2019]m|i am) (?:sorry|unable)|sorry, (?:but )?i|unfortunately, i|as an ai"
    r"|i (?:cannot|can['\u2019]t|don['\u2019]t have|won['\u2019]t)\b|no completion\b)[^\n]*",
    re.IGNORECASE,
)
_REFUSING_COMMENT = re.compile(
    rf"{_COMMENT}(?:no (?:further )?completions? [\w ]*"
    r"|(?:the|this) (?:code|function|line|file|text) is (?:already )?complete"
    r"|nothing to (?:add|complete|insert))\W*",
    re.IGNORECASE,
)
_ABOUT_ANSWER = re.compile(
    r"\b(?:complet\w+|continu\w+|insert\w*|cursor|(?:option|alternative)s? (?:\d+|[a-c])|answer"
    r"|missing)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[A-Z][a-z'\u2019]*,?(?: [\w`'\u2019()./-]+[,:;]?){3,}\s*(?:[.:!?]\s*)?$")
_FUNCTION_WORDS = re.compile(
    r" (?:the|a|an|is|are|was|to|of|and|that|this|it|you|we|which|because|with|from|should|will)\b"
)


def may_be_prose(line: str) -> bool:
    """Whether the beginning of a line may turn out to be prose."""
    start = line.strip()
    if _WORDS_SO_FAR.fullmatch(start):
        return True
    said = start.lstrip("*_([").lower().replace("\u2019", "'")
    return may_become(said, _OPENINGS)


def is_preamble(line: str) -> bool:
    """Whether a line is about the answer."""
    return may_be_prose(line) and _PREAMBLE.match(line.strip()) is not None


def is_refusal(line: str) -> bool:
    """Whether a line says that there is nothing to say."""
    said = line.strip()
    refuses = _REFUSAL.fullmatch(said) or _REFUSING_COMMENT.fullmatch(said)
    return may_be_prose(line) and refuses is not None


def is_about_answer(line: str) -> bool:
    """Whether a line speaks of the answer's own making, where English is text, too."""
    return is_preamble(line) and _ABOUT_ANSWER.search(line) is not None


def is_sentence(line: str) -> bool:
    """Whether a line is a sentence in English, as no line of code is."""
    said = line.strip()
    fits = may_be_prose(line) and _SENTENCE.match(said) is not None
    return fits and _FUNCTION_WORDS.search(said) is not None
