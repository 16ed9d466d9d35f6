"""How much of a stream is shown at one place: a line or a block, and what stands after.

``shape`` is a function of the text so far and the place, so the same stream serves every place
that it fits, also after part of it was typed or accepted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from foretype.completion.postprocess.steps import goes_on, lower_kind
from foretype.core.cursor import Cursor, only_closers
from foretype.core.text_style import line_end_of
from foretype.languages.columns import (
    PARTNERS,
    QUOTES,
    columns,
    indent_of,
    n_torn,
    open_quote,
    quoted,
)
from foretype.languages.lexical import Scope
from foretype.languages.scopes import scope_at
from foretype.settings.schema import Multiline

REACH = 60
"""Lines above and below the cursor whose brackets count."""
SIGNIFICANT = 6
"""Characters that a line must have so that repeating it is no accident."""

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_ONE_BLANK = re.compile(r" (?:[\r\n]|$)")
_LEADING_CLOSERS = re.compile(r"[)\]}\"'`;,>]+")
_ENDS_BLOCK = re.compile(r"\s*(?:[)\]}]|(?:end|done|fi|esac)\b)[)\]};,\s]*")
"""Its words decided 8 of the 2,020 exact answers of ``benches.exact``."""


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
    multiline: Multiline = "auto",
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
    # What goes on behind such a line means it, unless it closes a block that is closed below.
    more_follows = "".join(lines[len(wanted) :]).strip() and not _leaves_by_closer(whole, place)
    repeats = not more_follows and _repeats(whole, place)
    so_far, replaces = _fitted(_whole_lines(whole) if repeats else whole, place, settled=ends)
    if ends and (finished or not repeats):
        return Shaped(so_far, True, replaces)
    return Shaped(shown, False, replaces, so_far)


def _whole_lines(text: str) -> str:
    return text[: max(text.rfind("\n"), text.rfind("\r"), 0)].rstrip()


def _fitted(text: str, place: Cursor, *, settled: bool) -> tuple[str, int]:
    """A text as it is inserted; the bracket that closes its block gets a line of its own."""
    text, replaces = meet_closers(text, place) if text else ("", 0)
    opener = PARTNERS.get(place.after[:1], "\0")
    is_block = text[:1] in ("\n", "\r") and (opener == "{" or text.endswith(","))
    if settled and not replaces and is_block and place.before.endswith(opener):
        text += line_end_of(text) + indent_of(place.before)
    return text, replaces


def _trimmed(text: str, place: Cursor) -> str:
    """Without blanks and line ends at its end, but for a blank that what stands there needs."""
    trimmed = text.rstrip()
    rest = text[len(trimmed) :]
    is_line = "\n" not in trimmed and "\r" not in trimmed
    is_meant = _ONE_BLANK.match(rest) and is_line and quoted(place.before + trimmed, place.after)
    return trimmed + " " if is_meant or _pads_bracket(trimmed, place) else trimmed


def _pads_bracket(text: str, place: Cursor) -> bool:
    """Whether a text fills a bracket and begins with a blank, so that it ends with one, too."""
    opener = PARTNERS.get(place.after[:1], "\0")
    fills = place.before.endswith(opener) and re.fullmatch(r" \S[^\r\n]*", text) is not None
    return fills and n_torn("", text) == 0


# --- a line or a block ------------------------------------------------------------------------


def _wanted_lines(
    lines: list[str], place: Cursor, multiline: Multiline, after_accept: bool, finished: bool
) -> tuple[list[str], bool]:
    """The lines to show, and whether what follows them is known not to belong to them."""
    # Where line ends come first, the next line is meant: its first line counts.
    first = next((number for number, line in enumerate(lines) if line.strip()), len(lines))
    if first == len(lines):
        return lines, False
    before, language = place.before, place.document.language
    line = lines[first] if first else before + lines[first]
    wants_block = multiline == "block" or after_accept or not before.strip()
    if first and not wants_block:
        wants_block = goes_on(before, language)
    is_line = multiline == "single" or not only_closers(place.after)
    if is_line or not (wants_block or goes_on(line, language)):
        return lines[: first + 1], lines[first].endswith(("\n", "\r"))
    n_whole = len(lines) - (not finished and not lines[-1].endswith(("\n", "\r")))
    base = columns(lines[first] if first else before + lines[0])
    is_body = not wants_block
    end = _block_end(lines, first, n_whole, base, place, is_body=is_body)
    return (lines, False) if end is None else (lines[:end], True)


def _block_end(
    lines: list[str], first: int, n_whole: int, base: int, place: Cursor, *, is_body: bool
) -> int | None:
    """The line before which the block ends; None while none is known to.

    It ends at a blank line at its own depth, or at a line left of it. ``is_body``: the cursor's
    line opens it, so that it is deeper than that. Closers are its end and belong to it. What a
    string of several lines holds may stand anywhere.
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
            if _ENDS_BLOCK.fullmatch(line):
                return number + 1
            if depth < base or line.lstrip()[0] not in ")]}":
                return number
    return None


# --- what stands around -----------------------------------------------------------------------


def meet_closers(text: str, place: Cursor) -> tuple[str, int]:
    """Do not repeat the closers that stand after the cursor.

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
    n_own = _n_replaced(text, rest, place) if only_closers(after) else 0
    if "\n" in text or "\r" in text:
        return text, n_own
    cut = text[: len(text) - _n_repeated(text, rest, place)]
    # What goes on behind a closer that stands there already takes its place.
    is_better = n_own > 0 and _torn(text + after[n_own:], place) < _torn(cut + after, place)
    return (text, n_own) if is_better else (cut, 0)


def _n_repeated(text: str, rest: str, place: Cursor) -> int:
    """How many of the closers after the cursor a line has at its end, beyond those it needs."""
    lengths = [n for n in range(1, len(rest) + 1) if text.endswith(rest[:n])]
    if not only_closers(place.after):
        if rest[0] in ",;" and text.endswith(rest[0]):
            return 1
        bare = re.sub(r"[-=]>", "", text)
        if rest[0] == ">" and text.endswith(">") and bare.count(">") > bare.count("<"):
            return 1
        # The line was whole before: what the text closes, it must have opened.
        return min([0, *reversed(lengths)], key=lambda n: n_torn("", text[: len(text) - n]))
    return _least_torn(lengths, lambda n: text[: len(text) - n] + place.after, place)


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
    """How far from balanced the cursor's line is with a text behind the cursor.

    It need not be better than without: the lines above may leave a bracket open for it to close.
    """
    return max(n_torn("", place.before + stands), n_torn("", place.before + place.after))


def _leaves_by_closer(text: str, place: Cursor) -> bool:
    """Whether the last of several lines with text closes what the cursor's line stands in."""
    first, _, last = text.replace("\r", "\n").rpartition("\n")
    is_lower = columns(last) < columns(place.before + text)
    return first.strip() != "" and is_lower and lower_kind(last) == "x"


def _repeats(text: str, place: Cursor) -> bool:
    """Whether a text's last line is the next one below, or its only line the one above.

    Who has begun to type a line as it stands above wants another. A short line is an accident
    unless it closes what was open before the text.
    """
    _, line_end, last = text.replace("\r", "\n").rpartition("\n")
    number = place.document.line_of(place.offset)
    below = next(map(place.document.line, _with_text(place, number + 1)), "").rstrip()
    if line_end:
        return last == below != ""
    line = (place.before + text + place.after).strip()
    above = "" if place.before.strip() or not number else place.document.line(number - 1)
    is_repeated = line in (below.strip(), above.strip())
    return is_repeated and len(line) >= SIGNIFICANT and re.search(r"\w", text) is not None


def _with_text(place: Cursor, start: int) -> Iterator[int]:
    """The numbers of the lines with text from one on, as far as they count."""
    document = place.document
    numbers = range(start, min(start + REACH, document.n_lines))
    return (number for number in numbers if document.line(number).strip())
