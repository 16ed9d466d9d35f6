"""How much of a stream is shown at one place: a line or a block, and what stands after.

``shape`` is a function of the text so far and the place, so the same stream serves every place
that it fits, also after part of it was typed or accepted.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from foretype.core.cursor import Cursor, only_closers
from foretype.core.text import Document
from foretype.core.text_style import line_end_of
from foretype.languages.columns import (
    PARTNERS,
    QUOTES,
    columns,
    indent_of,
    is_comment,
    left_open,
    n_alone,
    n_torn,
    open_quote,
    quoted,
)
from foretype.languages.lexical import Scope
from foretype.languages.scopes import scope_at

REACH = 60
"""Lines above and below the cursor whose brackets count."""
LINES_READ = 400
"""Lines above the cursor whose brackets wait for closers."""
SIGNIFICANT = 6
"""Characters that a line must have so that saying it again is no accident."""

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_GOES_ON = re.compile(
    r"[:{(\[,]\s*$|=>\s*$|->\s*$|\\$|(?<![=!<>])=\s*$|&&\s*$|\|\|\s*$|\b(?:do|then|begin)\s*$|\bdo\s*\|[^|]*\|\s*$"
    r"|^\s*(?:local\s+)?(?:def|function)\b[^={};:]*$"
)
_OPENS = re.compile(r"[:{]\s*$|=>\s*$|->\s*$|\b(?:do|then|begin)\s*$")
_COMMENT_AT_END = re.compile(r"\s(?:#|//)\s.*$", re.DOTALL)
_ONE_BLANK = re.compile(r" (?:[\r\n]|$)")
_LEADING_CLOSERS = re.compile(r"[)\]}\"'`;,>]+")
_HAS_CLOSER = re.compile(r"[)\]}\"'`]")
_END_WORD = re.compile(r"\s*(?:end|done|fi|esac)\b[);,\s]*")
_ENDED_BY_WORD = re.compile(
    r"^(?:def|class|module|if|unless|case|while|until|for|begin|function|local function)\b"
    r"|\b(?:do|then|begin|function)\b(?: *\|[^|]*\|| *\([^)]*\))?$|[=(] *(?:if|case|begin)\b"
)
_CLOSERS_ONLY = re.compile(r"\s*[)\]}][)\]};,\s]*")


@dataclass(frozen=True, slots=True)
class Shaped:
    """The part of a stream to show."""

    text: str
    settled: bool
    """Nothing that is still to come would change the text."""
    replaces: int = 0
    """Characters after the cursor that what is shown contains itself."""
    so_far: str = ""
    """What of a text that is not settled can be shown: its whole lines."""

    @property
    def whole_lines(self) -> str:
        """What can be shown before the end: all of it if settled, else the whole lines."""
        return self.text if self.settled else self.so_far


def shape(
    text: str,
    place: Cursor,
    *,
    finished: bool,
    multiline: Literal["auto", "single", "block"] = "auto",
    after_accept: bool = False,
) -> Shaped:
    """What to show of a stream's text at a place."""
    lines = _LINE.findall(text)
    wanted, closed = _wanted_lines(lines, place, multiline, after_accept, finished)
    ends = closed or finished
    shown = "".join(wanted)
    if not shown.strip():
        return Shaped("", ends)
    whole = _trimmed(shown, place) if ends else _whole_lines(shown)
    rest = lines[len(wanted) :]
    without = _whole_lines(whole)
    repeats = _repeats(whole, place) and (
        without.strip() != "" or not _goes_on_otherwise(whole, rest, place)
    )
    kept = without if repeats else whole
    so_far, replaces = _fitted(kept, place, settled=ends)
    if ends and (finished or not repeats or without.strip()):
        return Shaped(so_far, True, replaces)
    return Shaped(shown, False, replaces, so_far)


def _whole_lines(text: str) -> str:
    return text[: max(text.rfind("\n"), text.rfind("\r"), 0)].rstrip()


def _fitted(text: str, place: Cursor, *, settled: bool) -> tuple[str, int]:
    """A text as it is inserted; nothing where it would add nothing."""
    text, replaces = meet_closers(text, place) if text else ("", 0)
    if settled and not replaces and _fills_brackets(text, place):
        text += line_end_of(text) + indent_of(place.before)
    return text, replaces


def _fills_brackets(text: str, place: Cursor) -> bool:
    """Whether the lines of a block leave the bracket that closes it to a line of its own."""
    opener = PARTNERS.get(place.after[:1])
    is_block = opener == "{" or text.endswith(",")
    return text[:1] in ("\n", "\r") and is_block and place.before.endswith(opener or "\0")


def _trimmed(text: str, place: Cursor) -> str:
    """Without blanks and line ends at its end, but for a blank that what stands there needs."""
    trimmed = text.rstrip()
    rest = text[len(trimmed) :]
    is_line = "\n" not in trimmed and "\r" not in trimmed
    is_meant = _ONE_BLANK.match(rest) and is_line and quoted(place.before + trimmed, place.after)
    return trimmed + " " if is_meant or _pads_bracket(trimmed, place) else trimmed


def _pads_bracket(text: str, place: Cursor) -> bool:
    """Whether a text fills a bracket and begins with a blank, so that it ends with one, too."""
    closer = place.after[:1]
    if not place.before.endswith(PARTNERS.get(closer, "\0")) or not re.match(r" \S", text):
        return False
    return "\n" not in text and "\r" not in text and n_torn("", text) == 0


# --- a line or a block ------------------------------------------------------------------------


def _wanted_lines(
    lines: list[str], place: Cursor, multiline: str, after_accept: bool, finished: bool
) -> tuple[list[str], bool]:
    """The lines to show, and whether what follows them is known not to belong to them."""
    # Where line ends come first, the next line is meant: its first line counts.
    first = next((number for number, line in enumerate(lines) if line.strip()), len(lines))
    if first == len(lines):
        return lines, False
    before = place.before
    said = lines[first] if first else before + lines[first]
    wants_block = multiline == "block" or after_accept or not before.strip()
    if first and not wants_block:
        wants_block = _goes_on(before)
    if multiline == "single" or not only_closers(place.after):
        return lines[: first + 1], lines[first].endswith(("\n", "\r"))
    if not (wants_block or _goes_on(said)):
        return lines[: first + 1], lines[first].endswith(("\n", "\r"))
    n_whole = len(lines) - (not finished and not lines[-1].endswith(("\n", "\r")))
    base = columns(lines[first] if first else before + lines[0])
    is_body = not wants_block and _opens(said)
    end = _block_end(lines, first, n_whole, base, place, is_body=is_body)
    return (lines, False) if end is None else (lines[:end], True)


def _block_end(
    lines: list[str], first: int, n_whole: int, base: int, place: Cursor, *, is_body: bool
) -> int | None:
    """The line before which the block ends; None while no line tells.

    It ends at a blank line at its own depth, or at a line left of it. ``is_body``: the cursor's
    line opens it, so that it is deeper than that. Closers are its end and belong to it, unless
    they follow anyway. What a string of several lines holds may stand anywhere.
    """
    is_quotable = any(quote in line for quote in QUOTES for line in lines[:n_whole])
    is_quotable = is_quotable and scope_at(place) is Scope.CODE
    quote = ""
    for number in range(n_whole):
        line = lines[number]
        within, quote = quote, open_quote(line, quote) if is_quotable else ""
        if number <= first or within:
            continue
        depth = columns(line)
        if not line.strip():
            follows = next((each for each in lines[number + 1 :] if each.strip()), "")
            if follows and columns(follows) <= base:
                return number
        elif depth < base or (is_body and depth == base):
            if _CLOSERS_ONLY.fullmatch(line):
                is_own = left_open("".join(lines[:number])) != ""
                return number + (is_own or _owes_closer(depth, place))
            if _END_WORD.fullmatch(line) and (is_body and depth == base or _owes_end(depth, place)):
                return number + 1
            if depth < base or line.lstrip()[0] not in ")]}":
                return number
    return None


def _goes_on(line: str) -> bool:
    """Whether a line needs others after it."""
    return _GOES_ON.search(_code_of(line)) is not None


def _opens(line: str) -> bool:
    """Whether a line begins a block that is indented."""
    return _OPENS.search(_code_of(line)) is not None


def _code_of(line: str) -> str:
    return "" if is_comment(line) else _COMMENT_AT_END.sub("", line).rstrip()


def _owes_closer(depth: int, place: Cursor) -> bool:
    """Whether a block that begins above, so many columns deep, is not closed below."""
    if place.after.strip():
        return True
    document, number = place.document, place.document.line_of(place.offset)
    for below in range(number + 1, min(number + REACH, document.n_lines)):
        line = document.line(below)
        if line.strip() and columns(line) <= depth:
            if _CLOSERS_ONLY.fullmatch(line) and columns(line) == depth:
                return False
            break
    for above in range(number, max(number - REACH, -1), -1):
        line = place.before if above == number else document.line(above)
        if line.strip() and columns(line) <= depth:
            return columns(line) == depth and bool(left_open(line))
    return False


def _owes_end(depth: int, place: Cursor) -> bool:
    """Whether the cursor's line begins a block, so many columns deep, whose end is not below."""
    if depth != columns(place.before) or not place.before.strip():
        return False
    document, number = place.document, place.document.line_of(place.offset) + 1
    below = (document.line(n) for n in range(number, min(number + REACH, document.n_lines)))
    following = next((line for line in below if line.strip() and columns(line) <= depth), "")
    return columns(following) < depth or not _END_WORD.fullmatch(following)


# --- what stands around -----------------------------------------------------------------------


def meet_closers(text: str, place: Cursor) -> tuple[str, int]:
    """Do not say again the closers that stand after the cursor.

    The closers at the end of a line that stand after it already are left out of it. Those that
    a text of several lines has are replaced by it, wherever in the text they are.
    """
    after = place.after
    if only_closers(after):
        rest = after.rstrip()
    else:
        closers = _LEADING_CLOSERS.match(after.lstrip(" "))
        rest = closers.group() if closers else ""
    if not rest:
        return text, 0
    if "\n" in text or "\r" in text:
        return text, _n_replaced(text, rest, place) if only_closers(after) else 0
    if rest[-1] in ":{,;" and text.endswith(rest.strip()):
        # No line has such an end twice.
        kept = text[: len(text) - len(rest.strip())]
        return (kept.rstrip(" ") if rest[0] == " " else kept), 0
    cut = text[: len(text) - _n_repeated(text, rest, place)]
    if not only_closers(after) or not _HAS_CLOSER.search(text):
        return cut, 0
    # What goes on behind a closer that stands there already takes its place.
    n = _n_replaced(text, rest, place)
    is_better = n > 0 and _torn(text + after[n:], place) < _torn(cut + after, place)
    return (text, n) if is_better else (cut, 0)


def _n_repeated(text: str, rest: str, place: Cursor) -> int:
    """How many of the closers after the cursor a line has at its end, beyond those it needs."""
    lengths = [n for n in range(1, len(rest) + 1) if text.endswith(rest[:n])]
    if not only_closers(place.after):
        if rest[0] == ">" and text.endswith(">") and _n_angles_alone(text):
            return 1
        # The line was whole before: what the text closes, it must have opened.
        return min([0, *reversed(lengths)], key=lambda n: n_torn("", text[: len(text) - n]))
    return _least_torn(lengths, lambda n: text[: len(text) - n] + place.after, place)


def _n_angles_alone(text: str) -> int:
    """How many angle brackets a text closes and does not open; arrows are none."""
    bare = re.sub(r"[-=]>", "", text)
    return max(0, bare.count(">") - bare.count("<"))


def _n_replaced(text: str, rest: str, place: Cursor) -> int:
    """How many of the closers after the cursor a text of several lines has itself."""
    lengths = [n for n in range(1, len(rest) + 1) if rest[n - 1] in text and rest[n - 1] != " "]
    return _least_torn(lengths, lambda n: text + place.after[n:], place)


def _least_torn(lengths: list[int], stands: Callable[[int], str], place: Cursor) -> int:
    """The number with which the line is torn least: none if that is as good, else the most."""
    if not lengths:
        return 0
    return min([0, *reversed(lengths)], key=lambda n: _torn(stands(n), place))


def _torn(stands: str, place: Cursor) -> int:
    """How far from balanced the cursor's line is with a text behind the cursor."""
    opened = _opened_above(place) if n_alone("", place.before + place.after) else ""
    return n_torn(opened, place.before + stands)


def _opened_above(place: Cursor) -> str:
    """The openers of the lines above the cursor's that wait for their closers at its line."""
    return _left_open_before(place.document, place.document.line_of(place.offset))


@lru_cache(maxsize=8)
def _left_open_before(document: Document, number: int) -> str:
    start = document.line_start(max(0, number - LINES_READ))
    return left_open(document.text[start : document.line_start(number)])


def _repeats(text: str, place: Cursor) -> bool:
    """Whether a text's last line is the next one below, or its only line the one above.

    Who has begun to type a line as it stands above wants another.
    """
    start = max(text.rfind("\n"), text.rfind("\r")) + 1
    last, number = text[start:], place.document.line_of(place.offset)
    line = last if start else place.before + text + place.after
    is_line = len(line.strip()) >= SIGNIFICANT and re.search(r"\w", last) is not None
    if not (is_line or (start and _closes_nothing(last, text[:start], place))):
        return False
    above = place.document.line(number - 1) if number else ""
    below = next(iter(_lines_below(place)), "")
    if start:
        return line.rstrip() == below.rstrip()
    is_above = not place.before.strip() and line.strip() == above.strip()
    return is_above or line.strip() == below.strip()


def _lines_below(place: Cursor) -> list[str]:
    """The next lines with text below the cursor's, two at most."""
    number = place.document.line_of(place.offset) + 1
    below = range(number, min(number + REACH, place.document.n_lines))
    lines = (place.document.line(each) for each in below)
    return [line for _, line in zip("12", (each for each in lines if each.strip()), strict=False)]


def _goes_on_otherwise(text: str, rest: list[str], place: Cursor) -> bool:
    """Whether what follows a repeated line in the stream is not what follows it in the file.

    A closer is meant where more is opened behind it.
    """
    following = [line.strip() for line in rest if line.strip()]
    if not following or [*_lines_below(place), "", ""][1].strip() == following[0]:
        return False
    last = text.rsplit("\n", 1)[-1]
    if re.search(r"\w", last) and not _END_WORD.fullmatch(last):
        return True
    return left_open("".join(rest)) != "" or any(map(_ENDED_BY_WORD.search, following))


def _closes_nothing(line: str, above: str, place: Cursor) -> bool:
    """Whether a line closes only what was open before the text that ends with it."""
    above = place.before + above
    if _CLOSERS_ONLY.fullmatch(line):
        return n_alone("", above + line) > n_alone("", above)
    if not _END_WORD.fullmatch(line):
        return False
    same = [each.strip() for each in above.splitlines() if columns(each) == columns(line)]
    n_ends = sum(1 for each in same if _END_WORD.fullmatch(each))
    return n_ends >= sum(1 for each in same if _ENDED_BY_WORD.search(each))
