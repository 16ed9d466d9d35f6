"""What reads like a chat model's commentary on its answer, rather than like code.

The rules that go by words were run over the 113,577 lines of code in ten languages, comments and
strings left out, that ``benches/foreign.py`` measures with. Wrongly taken: ``is_sentence`` 7,
``is_aside`` 17, ``is_opening`` and ``is_refusal`` none.
"""

from __future__ import annotations

import re

_MARKS = re.compile(r"\s*(?:#{2,6} +|[-*+] +|\d{1,2}[.)] +|[>*_(]{1,3})*")
_PLAIN = re.compile(r"[(`'*_]*[A-Za-z][A-Za-z'\u2019-]*[)`'\"*_]*[,.:;!?)*_]*")
_FUNCTION_WORDS = frozenset(
    [
        "the", "a", "an", "is", "are", "was", "to", "of", "and", "that", "this", "it", "you",
        "we", "which", "because", "with", "from", "should", "will", "can", "in", "here's",
        "here", "I'll", "let's", "by", "has", "be", "as", "your", "how", "following",
    ]
)  # fmt: skip
_QUOTED = re.compile(r"`[^`]*`")
_CODE = re.compile(r"[=;{}<>\[\]|&\"$@\\]|\w\(|\w\.\w|\w::|->")
"""What a sentence has in backticks, unless it is a long one."""
_OPENING = re.compile(
    r"[*_(\[>\"`]{0,3}(?:(?:Sure|Certainly|Of course|Absolutely|Okay|OK|Ok|Great|Alright|Got it|Hmm"
    r"|Wait|Actually)\s*[,.!:\u2014-]|Sure thing\b|Here(?:['\u2019]s| (?:is|are)\b)[^=(]*$"
    r"|Here (?:it is|you go)\b|Let me \w+ \w+|As an AI\b|(?:Option|Alternative|Solution|Version"
    r"|Completion|Answer|Explanation|Output|Note|Example(?: [Uu]sage)?|Usage|Insert|Inserted text"
    r"|Code to insert|Completed \w+)s?(?: \w{1,3})?\s*[:.)][:.)*_]*\s*$)"
)
_REFUSAL = re.compile(
    r"\W{0,4}(?:(?:no|none|nothing)\b(?=.*\b(?:needed|required|necessary|completions?|changes?|add"
    r"|missing|insert|complete|available|applicable)\b)[\w ,'\u2019-]*"
    r"|n/a|(?:the|this|your) (?:code|function|line|file|text|statement|block)\b[\w ]* complete\b"
    r"[^=(]*|there(?:['\u2019]s| is) nothing (?:to|more|else|missing)[^=(]*"
    r"|(?:i['\u2019]m|i am) (?:sorry|unable)\b.*"
    r"|sorry, (?:but )?i\b.*|unfortunately, i\b.*|as an ai\b.*"
    r"|i (?:cannot|can['\u2019]t|don['\u2019]t have|won['\u2019]t)\b.*)\W*",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"\s(?:#|//)\s.*")
"""A comment behind code, which may be a sentence. Dashes stand in sentences, too."""
LEAST_WORDS = 4
"""Plain words that make a sentence."""


def is_sentence(line: str) -> bool:
    """Whether a line is mostly plain English words, one of them a function word."""
    marks = _MARKS.match(line)
    core = _COMMENT.sub("", line[marks.end() if marks else 0 :]).strip()
    if not core or not (core[0].isupper() or core[0] in "`*"):
        return False
    core = _QUOTED.sub("Code", core)
    words = core.split(" ")
    plain = [word for word in words if _PLAIN.fullmatch(word)]
    has_code = _CODE.search(core) is not None
    least, share = (2 * LEAST_WORDS, 0.75) if has_code else (LEAST_WORDS, 0.6)
    if words[0] not in plain or len(plain) < least or len(plain) < share * len(words):
        return False
    # Inside a sentence they are in lower case: a capital A may be a name.
    bare = [word.strip(".,:;!?*_") for word in (plain[0].lower(), *plain[1:])]
    return any(word in _FUNCTION_WORDS for word in bare)


def is_opening(line: str) -> bool:
    """Whether a line announces an answer, or a part of one."""
    return _OPENING.match(line) is not None


def is_commentary(line: str) -> bool:
    """Whether a line at a place for code is none."""
    return is_opening(line) or is_sentence(line)


def is_heading(line: str) -> bool:
    """Whether a line is a heading or a bold title in Markdown."""
    return re.match(r"\s*(?:#{2,6} +\S|\*\*\S.*\*\*:?\s*$)", line) is not None


def is_aside(line: str) -> bool:
    """Whether a line behind commentary is more of it: an item, a heading, a short sentence."""
    is_short = re.match(r"\s*[A-Z][\w ,'\u2019-]*[.:!]\s*$", line) is not None
    return is_list_item(line) or is_heading(line) or is_short


def is_list_item(line: str) -> bool:
    """Whether a line is an item of a list, as no answer begins with."""
    return re.match(r"\s*(?:[-*+]|\d{1,2}[.)]) ", line) is not None


def is_refusal(line: str) -> bool:
    """Whether a line states that there is nothing to add."""
    bare = re.sub(r"^(?:#|//|--|/\*|<!--)|(?:\*/|-->)$", "", line.strip()).strip()
    return _REFUSAL.fullmatch(bare) is not None
