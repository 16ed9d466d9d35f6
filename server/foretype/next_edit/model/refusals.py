"""What is refused of a model's edits: each a pure function of one candidate, in order.

Half of what makes next edits bearable is silence, and a model's own judgment is not to be trusted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest

from foretype.completion.postprocess.prose import is_commentary
from foretype.completion.selection.syntax_check import adds_errors
from foretype.core.cursor import Cursor
from foretype.core.text import Document, common_head, difference
from foretype.languages import table
from foretype.languages.lexical import Scope
from foretype.languages.scopes import scope_at
from foretype.next_edit.bursts import Origin
from foretype.next_edit.model.candidate import Candidate, LineChange
from foretype.next_edit.model.evidence import (
    changes_another_head,
    is_unrelated,
    makes_up,
    misfits_a_head,
)
from foretype.next_edit.names import block_around
from foretype.next_edit.token_diff import tokens
from foretype.privacy.masking import MASK

MAX_CHANGED_LINES = 12
MAX_DELETED_LINES = 3
"""Lines that may go without others in their place."""
MAX_REVERSAL = 0.5
"""The share of a burst that an edit may take back."""
MIN_REPEATED_CHARS = 30
"""Characters of a single repeated line that make it more than a coincidence."""
MIN_COMMENT_WORDS = 3
"""The same for words of a comment."""
LINES_AFTER = 3
"""Lines below an edit that are parsed with it."""

_IMPORT = re.compile(
    r"\s*(?:import\b|from\s+\S+\s+import\b|use\s|#include|using\s|(?:const|let|var)\b[^=]*=\s*require\()"
)
_MARK = re.compile(r"<\|[^|\n]*\|>|^\s*```|^\s*~~~|<(?:EDIT|INSERT|NO_CHANGE)>|^NO_EDIT", re.M)
_NARRATION = re.compile(
    r"(?:updated?|removed?|changed?|added|fixed|renamed?|now|new)\b", re.IGNORECASE
)
_NUMBERED = re.compile(r"^\s*\d+\s*[|:]\s?", re.M)


def is_stale(c: Candidate) -> bool:
    """The document is no longer the one that the edit was made for."""
    return c.now != c.document


def is_outside(c: Candidate) -> bool:
    """It changes what the model was not shown."""
    return c.edit.start < c.window[0] or c.edit.end > c.window[1]


def changes_nothing(c: Candidate) -> bool:
    """Nothing would be different."""
    return c.removed == c.edit.text


def has_marks(c: Candidate) -> bool:
    """It holds marks of the prompt, fences, line numbers, sentences in place of code, or comments
    about the edit itself."""
    come = "\n".join(c.come)
    if _MARK.search(come) and not _MARK.search(c.removed):
        return True
    if _narrates(c) or _is_glued(c):
        return True
    lines = [line for line in c.come if line.strip()]
    if len(lines) > 1 and all(_NUMBERED.match(line) for line in lines):
        return not _NUMBERED.search(c.removed)
    return any(is_commentary(line) for line in lines)


def is_blank_only(c: Candidate) -> bool:
    """Only blanks and line ends differ, or lines end in blanks that did not."""
    if "".join(c.removed.split()) == "".join(c.edit.text.split()):
        return True
    return any(map(_ends_in_blanks, c.come)) and not any(map(_ends_in_blanks, c.gone))


def _ends_in_blanks(line: str) -> bool:
    return bool(line.strip()) and line[-1].isspace()


def only_reformats(c: Candidate) -> bool:
    """Its tokens are the same ones, but for commas at the end of lists."""
    return _bare_tokens(c.removed) == _bare_tokens(c.edit.text)


def is_import_only(c: Candidate) -> bool:
    """Only imports change, for which there is a rule."""
    lines = [line for line in (*c.gone, *c.come) if line.strip()]
    return bool(lines) and all(_IMPORT.match(line) for line in lines)


def is_too_large(c: Candidate) -> bool:
    """It changes too many lines, or deletes some without others in their place."""
    gone, come = c.gone, c.come
    return max(len(gone), len(come)) > MAX_CHANGED_LINES or (
        len(gone) > MAX_DELETED_LINES and not any(line.strip() for line in come)
    )


def was_rejected(c: Candidate) -> bool:
    """The user has rejected the same."""
    return c.key in c.rejected


def deletes_what_was_written(c: Candidate) -> bool:
    """It takes away what the user has just typed or accepted."""
    least = c.smallest
    for burst in c.bursts:
        start = max(least.start, burst.touched.start)
        end = min(least.end, burst.touched.end)
        written = c.document.text[start:end].strip() if end > start else ""
        if written and written not in c.edit.text:
            return True
    return False


def reverts(c: Candidate) -> bool:
    """It takes a burst back, wholly or by half."""
    for burst in c.bursts:
        place = burst.place
        if c.edit.end < place.start or c.edit.start > place.end or not burst.is_change:
            continue
        after = _region_after(c, place.start, place.end)
        now = _distance(burst.after, burst.before)
        if now and (now - _distance(after, burst.before)) / now >= MAX_REVERSAL:
            return True
    return _takes_back_a_token(c) or _takes_back_a_line(c)


def repeats_neighbors(c: Candidate) -> bool:
    """It inserts lines that stand right above or below it, or that were just inserted."""
    return any(_repeats(c, change) for change in c.changes)


def _repeats(c: Candidate, change: LineChange) -> bool:
    """Whether all lines that come stand near, or the first ones and half of all.

    The first ones also where they stand in the same function or type.
    """
    document = c.document
    come = list((Counter(_stripped(change.come)) - Counter(_stripped(change.gone))).elements())
    first, last = change.first, change.first + len(change.gone)
    n = len(come) + 1
    near = _lines_of(document, max(first - n, 0), first) | _lines_of(document, last, last + n)
    sign = table.of_id(document.language).comment
    telling = [line for line in come if sum(char.isalnum() for char in line) > 3]
    if not telling or any(line in near and _is_comment(line, sign) for line in telling):
        return bool(telling)
    if all(line in near for line in telling):
        return len(telling) > 1 or len(telling[0]) >= MIN_REPEATED_CHARS
    start, end = block_around(document, document.line_start(max(first - 1, 0))) or (0, 0)
    near |= _lines_of(document, document.line_of(start), document.line_of(end))
    repeated = [line for line in telling if line in near]
    return repeated[:2] == telling[:2] != [] and 2 * len(repeated) >= len(telling) > 1


def _lines_of(document: Document, first: int, last: int) -> set[str]:
    lines = range(first, min(last, document.n_lines))
    return {line for n in lines if (line := document.line(n).strip())}


def _is_comment(line: str, sign: str) -> bool:
    return bool(sign) and line.startswith(sign) and len(line.split()) > MIN_COMMENT_WORDS


def _stripped(lines: Sequence[str]) -> list[str]:
    return [line.strip() for line in lines if line.strip()]


def contradicts_typing(c: Candidate) -> bool:
    """It changes what stands before the cursor on the line that is being typed."""
    last = c.bursts[-1] if c.bursts else None
    document = c.document
    line = document.line_of(c.offset)
    if (
        last is None
        or last.origin is not Origin.TYPED
        or line != document.line_of(last.touched.end)
    ):
        return False
    start = document.line_start(line)
    typed = document.text[start : c.offset].strip()
    if not typed or c.edit.end < start or c.edit.start >= c.offset:
        return False
    after = _region_after(c, start, document.line_end(line))
    return not any(each.strip().startswith(typed) for each in after.splitlines())


def touches_secrets(c: Candidate) -> bool:
    """It is made of masks, or changes what was masked."""
    if MASK in c.edit.text and MASK not in c.removed:
        return True
    return c.masked(c.removed) != c.removed or c.masked(c.edit.text) != c.edit.text


def breaks_syntax(c: Candidate) -> bool:
    """It adds a syntax error, there or in the lines that follow, or leaves a bracket open."""
    if _leaves_brackets_open(c):
        return True
    document, least = c.document, c.smallest
    line = document.line_of(least.end)
    follows = document.text[least.end : document.line_start(line + 1 + LINES_AFTER)]
    end = least.end + len(follows)
    rest = document.text[: least.start] + document.text[end:]
    cursor = Cursor(Document(document.uri, rest, document.language), least.start)
    before = document.text[least.start : end]
    return adds_errors(cursor, least.text + follows) is True and not adds_errors(cursor, before)


def _leaves_brackets_open(c: Candidate) -> bool:
    """Whether a bracket is left open, or closed once too often, other than what a burst left."""
    least = c.smallest
    before = _brackets(c.document, least.start, least.end)
    after = _brackets(c.after, least.start, least.start + len(least.text))
    if before == after:
        return False
    return not any(_pairs(burst.before) != _pairs(burst.after) for burst in c.bursts)


def _brackets(document: Document, start: int, end: int) -> dict[str, int]:
    """How many more brackets of each kind are opened than closed in a part of a document's code."""
    code = [
        char
        for at, char in enumerate(document.text[start:end], start)
        if char in "()[]{}" and _is_code(document, at) and _is_code(document, at + 1)
    ]
    return _pairs("".join(code))


def _is_code(document: Document, offset: int) -> bool:
    return scope_at(Cursor(document, offset)) is Scope.CODE


def _pairs(text: str) -> dict[str, int]:
    n = Counter(text)
    return {pair: n[pair[0]] - n[pair[1]] for pair in ("()", "[]", "{}")}


REFUSALS: tuple[tuple[str, Callable[[Candidate], bool]], ...] = (
    ("the text has changed", is_stale),
    ("it is outside of what the model was shown", is_outside),
    ("it changes nothing", changes_nothing),
    ("it holds marks or prose", has_marks),
    ("it changes only blanks", is_blank_only),
    ("it only reformats", only_reformats),
    ("it changes only imports", is_import_only),
    ("it is too large", is_too_large),
    ("it was dismissed before", was_rejected),
    ("it deletes what was just written", deletes_what_was_written),
    ("it takes an edit back", reverts),
    ("it repeats the lines around it", repeats_neighbors),
    ("it contradicts what is being typed", contradicts_typing),
    ("it touches a secret", touches_secrets),
    ("it has nothing to do with what was edited", is_unrelated),
    ("it puts a name or a text of its own in place of yours", makes_up),
    ("it changes what a function takes, of which no edit says anything", changes_another_head),
    ("it calls what was edited in another way than it can be", misfits_a_head),
    ("it adds a syntax error", breaks_syntax),
)
"""What each refusal says of an edit, the cheap ones first."""


def why_refused(candidate: Candidate) -> str | None:
    """The first reason against an edit; None where there is none."""
    return next((why for why, refuses in REFUSALS if refuses(candidate)), None)


def _narrates(c: Candidate) -> bool:
    """Whether it tells in a comment what was changed, or comments code out."""
    sign = table.of_id(c.document.language).comment
    gone = {line.strip() for line in c.gone}
    comments = [line.strip() for line in c.come if sign and line.strip().startswith(sign)]
    for comment in comments:
        said = comment.removeprefix(sign).strip()
        if said and comment not in gone and (said in gone or _NARRATION.match(said)):
            return True
    return False


def _is_glued(c: Candidate) -> bool:
    """Whether the rest of one line was put behind another: two comments behind code."""
    sign = re.escape(table.of_id(c.document.language).comment)
    twice = re.compile(rf"\S.*\s{sign}\s.*\s{sign}\s")
    return bool(sign) and any(map(twice.search, c.come)) and not any(map(twice.search, c.gone))


def _takes_back_a_token(c: Candidate) -> bool:
    """Whether the only change is that what a burst replaced stands again elsewhere, and what it
    wrote is gone there: the old name in place of the new one."""
    gone, come = (text.strip() for text in c.key)
    for burst in c.bursts:
        change = difference(burst.before, burst.after)
        was, now = burst.before[change.start : change.end].strip(), change.text.strip()
        if was and now and (gone, come) == (now, was):
            return True
    return False


def _takes_back_a_line(c: Candidate) -> bool:
    """Whether a line that a burst has replaced or deleted is written again, here or elsewhere."""
    there = set(_stripped(c.document.text.splitlines()))
    came_back = {line for line in _stripped(c.come) if len(line) > 3} - there
    return any(came_back & set(_stripped(burst.original.splitlines())) for burst in c.bursts)


def _region_after(c: Candidate, start: int, end: int) -> str:
    """A range of the document once the edit is applied, as far as both overlap."""
    low, high = min(start, c.edit.start), max(end, c.edit.end)
    text = c.document.text
    whole = text[low : c.edit.start] + c.edit.text + text[c.edit.end : high]
    head = common_head(whole, text[low:start])
    tail_kept = len(text[end:high])
    return whole[head : len(whole) - tail_kept if whole.endswith(text[end:high]) else len(whole)]


def _bare_tokens(code: str) -> list[str]:
    texts = [token.text for token in tokens(code) if token.text != "\n"]
    return [
        text
        for text, follows in zip_longest(texts, texts[1:])
        if not (text == "," and follows in (")", "]", "}")) and text != ";"
    ]


def _distance(one: str, other: str) -> int:
    """How many tokens differ."""
    a, b = [t.text for t in tokens(one)], [t.text for t in tokens(other)]
    blocks = SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()
    return len(a) + len(b) - 2 * sum(block.size for block in blocks)
