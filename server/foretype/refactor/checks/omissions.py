"""Detect comments that stand for code which the answer left out.

Considers only what is new: such comments of the old code may stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from foretype.languages.blanking import lines_in_strings
from foretype.languages.table import MARKDOWN, Language
from foretype.refactor.actions.catalogue import Action
from foretype.refactor.checks.permissions import may_change

_COMMENT = re.compile(r"^[ \t]*+\{?(?:#|//|--|/\*|\*|<!--|;|%)[#/*!;%-]*+(?P<said>.*)$")
_DOTS = r"(?:\.{3,}|…)"
_NOUNS = (
    r"(?:code|lines?|methods?|functions?|class(?:es)?|implementations?|logic|body|file|module|"
    r"imports?|tests?|fields?|cases?|content)"
)
_UNCHANGED = (
    r"(?:(?:is|are|remains?|stays?|goes)? ?(?:here|unchanged|omitted|the same|as is|as before|"
    r"same as before)(?: for brevity| here)?)"
)
_STANDS_FOR_CODE = re.compile(
    rf"{_DOTS}"
    rf"|(?:the )?(?:rest|remainder) of (?:the |this |your )?(?:\w+ )?{_NOUNS}(?: {_UNCHANGED})?"
    rf"|(?:the )?(?:rest|remaining {_NOUNS}|{_NOUNS}) {_UNCHANGED}"
    rf"|(?:the |your )?existing {_NOUNS}(?: {_UNCHANGED})?"
    r"|unchanged(?: code)?|(?:code )?omitted(?: for \w+)?|(?:the )?same as (?:before|above)"
)
_WITH_DOTS = re.compile(r"\b(?:existing|rest|remaining|unchanged|omitted|same as|other|previous)\b")
_TO_BE_WRITTEN = re.compile(
    r"(?:todo|fixme|xxx)\b.*\b(?:implement|rest|remaining|add|handle|complete|finish|write|fill|logic"
    r"|original|restore).*"
    r"|(?:your|the|add|insert|put|place|write|more|actual|original)\b.*\b(?:code|logic|implementation"
    r"|body|statements?)\b(?: goes)?(?: here)?"
    r"|(?:code|logic|implementation|body) (?:goes|comes|belongs) here"
    r"|(?:implement|complete|finish) (?:me|this|here|later|the rest).*"
    r"|not (?:yet )?implemented(?: yet)?"
)
"""What a comment says that stands for code which is still to be written."""


def find_placeholder_comment(
    old: str, code: str, language: Language, action: Action | None = None
) -> str:
    """Return what is wrong if a new comment stands for omitted code; otherwise ""."""
    had = set(_placeholders(old, language))
    for said in _placeholders(code, language):
        if said not in had and not (action and may_change(action, "body")):
            return f"a placeholder stands for code that was left out: {said[:60]}"
    return ""


def _placeholders(code: str, language: Language) -> Iterator[str]:
    """Return the lines outside of strings that only stand for more code."""
    inside: set[int] | None = None
    for number, line in enumerate(code.split("\n")):
        found = _COMMENT.match(line[:200])
        if not found or not _is_placeholder(found["said"]):
            continue
        begins = line.lstrip()
        if not language.shape and begins.startswith("*"):
            # In prose, this is a list.
            continue
        if language is MARKDOWN and not begins.startswith("<!--"):
            continue
        if inside is None:
            inside = lines_in_strings(code, language)
        if number not in inside:
            yield line.strip()


def _is_placeholder(said: str) -> bool:
    words = " ".join(said.replace("*/", " ").replace("-->", " ").split()).lower()
    words = words.rstrip("}").strip(" ()[]<>")
    plain = words.strip(" .…:!") or words
    if _STANDS_FOR_CODE.fullmatch(plain) or _TO_BE_WRITTEN.fullmatch(plain):
        return True
    dotted = words.startswith(("...", "…")) or words.endswith(("...", "…"))
    return dotted and len(words) < 80 and bool(_WITH_DOTS.search(words))
