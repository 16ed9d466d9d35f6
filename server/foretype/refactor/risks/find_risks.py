"""Find risky constructs that new code has and the old code did not, for the user to confirm.

A model may propose to evaluate text, run a shell or disable certificate verification, but not
unnoticed. This finds what a model writes in good faith, under whatever name it was imported; it
is no protection against deliberately hidden code.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from foretype.core.unseen import unseen_in
from foretype.core.uris import path_text
from foretype.languages.blanking import blanked
from foretype.languages.table import Language
from foretype.refactor.risks import risk_patterns
from foretype.refactor.risks.acting_files import act_of_file

HEAD_CHARS = 20_000
"""Characters at the top of a file that are searched for imports."""


SHOWN_CHARS = 80
"""Characters of a line that a question shows."""


@dataclass(frozen=True, slots=True)
class Risk:
    """Code that the user has to confirm. ``reason`` completes a sentence that begins "The code"."""

    reason: str
    line: int
    """The line in the new code, from 1."""
    shown: str = field(default="", compare=False)
    """That line, as far as there is room for it; for a file, its whole path."""


def find_risks(old: str, new: str, language: Language, around: str = "") -> list[Risk]:
    """Return the risks of the new code that the old code did not have.

    ``around`` is the file that contains the code: names in the code may be imported there.
    """
    head = around[:HEAD_CHARS]
    before, after = (risk_patterns.find_pattern_risks(code, language, head) for code in (old, new))
    found = _hidden_characters(old, new)
    found += _other_hosts(f"{old}\n{around}", new, language) if around else []
    found += [
        Risk(reason, lines[-1])
        for reason, lines in after.items()
        if len(lines) > len(before.get(reason, ()))
    ]
    lines = new.split("\n")
    return [replace(risk, shown=_shown(lines[risk.line - 1])) for risk in found]


def _shown(line: str) -> str:
    """A line for a question, with what no one sees spelled out."""
    visible = "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in line.strip())
    return visible if len(visible) <= SHOWN_CHARS else f"{visible[: SHOWN_CHARS - 1]}…"


def risk_of_file(uri: str) -> Risk | None:
    """Return the risk of changing a file that other programs run or obey by themselves."""
    path = path_text(uri)
    act = act_of_file(path)
    return Risk(f"stands in a file {act}", 1, path) if act else None


def _other_hosts(known: str, new: str, language: Language) -> list[Risk]:
    """Return the first machine that is named in code, and in the file nowhere before."""
    known = known.lower()
    for found in _HOST.finditer(blanked(new, language, strings=False)):
        name = found["host"].lower()
        if name not in known and not _NO_HOST.search(name):
            line = new.count("\n", 0, found.start()) + 1
            return [Risk(f"names another machine, {name}", line)]
    return []


_HOST = re.compile(r"\b(?:https?|wss?|ftp|ssh|tcp|mongodb|redis|amqp|ldap)s?://(?:[^\s\"'`/@]*@)?"
                   r"(?P<host>[\w-]+(?:\.[\w-]+)+)")  # fmt: skip
_NO_HOST = re.compile(
    r"(?:^|\.)(?:example(?:\.\w+)?|test|invalid|localhost|local|w3\.org|json-schema\.org"
    r"|xmlsoap\.org|xml\.org|apache\.org)$|^schemas?\.|^127\.|^0\.0"
)
"""Names that are reserved for examples, of this machine, or of namespaces."""


def _hidden_characters(old: str, new: str) -> list[Risk]:
    """Return characters that make code look different from what it does."""
    found: list[Risk] = []
    for what, places in (("invisible", _unseen), ("look-alike", _look_alikes)):
        was = Counter(text for _, text in places(old))
        for at, text in places(new):
            was[text] -= 1
            if was[text] < 0:
                reason = f"holds {what} characters"
                found.append(Risk(reason, new.count("\n", 0, at) + 1))
                break
    return found


def _unseen(text: str) -> Iterator[tuple[int, str]]:
    """Invisible characters, but for those that belong to an emoji or a flag."""
    for at in unseen_in(text):
        yield at, text[at]
    for found in _HIDDEN_IN_CODE.finditer(text):
        yield found.start(), found[0]


_HIDDEN_IN_CODE = re.compile(
    "[\u2028\u2029]|(?<=[!-~])(?<![0-9#*])[\ufe00-\ufe0f]|(?<=[!-~])[\U000e0100-\U000e01ef]"
)
"""Line ends that no editor shows as such, and variations of what has none."""
_LATIN = re.compile(r"[A-Za-z]")
_OTHER = re.compile(
    "[\u0370-\u03ff\u0400-\u052f\u0530-\u058f\u13a0-\u13ff\uff21-\uff5a]|[\U0001d400-\U0001d7ff]"
)


def _look_alikes(text: str) -> Iterator[tuple[int, str]]:
    """Words in which letters of another script stand among Latin ones."""
    for word in _WORDS_WITH_OTHERS.finditer(text):
        if _LATIN.search(word[0]) and _OTHER.search(word[0]):
            yield word.start(), word[0]


_WORDS_WITH_OTHERS = re.compile(r"\w*[^\W\x00-\x7f]\w*")
