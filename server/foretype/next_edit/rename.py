"""A declaration was renamed: its uses follow, line by line.

Only a changed declaration is evidence: who changes a use may mean another name. Nothing is
proposed where the old name is still declared, or where the new one was there before.
"""

from __future__ import annotations

from collections.abc import Sequence

from foretype.core.text import Document, Edit
from foretype.languages import table
from foretype.languages.compound_names import parts_of_names
from foretype.next_edit.bursts import Burst
from foretype.next_edit.names import (
    Occurrence,
    Reach,
    declaration,
    occurrences,
    reach_of,
)
from foretype.next_edit.proposal import Proposal
from foretype.next_edit.token_diff import is_name, token_difference

MIN_NAME_CHARS = 2
"""A shorter name is too often another one."""


def renames(
    document: Document, burst: Burst, bursts: Sequence[Burst], others: Sequence[Document]
) -> list[Proposal]:
    """One proposal for each line that still has the old name of what a burst renamed."""
    found = []
    latest = bursts[-1].after
    for old, new, at in _renamed(burst):
        # Who has gone on to something else has finished, or does it in another way.
        if new not in latest or new.startswith("__"):
            continue
        if _is_compound(old, new) and _n_renamed(bursts, old, new) < 2:
            continue
        found += _followed(document, bursts, old, new, burst.place.start + at)
    return found


def _renamed(burst: Burst) -> list[tuple[str, str, int]]:
    """The names that were replaced: old, new, and where the new one stands first.

    None where anything else was changed with them: that is no renaming. Nor is it where a type was
    changed with its name: that is another thing.
    """
    difference = token_difference(burst.before, burst.after)
    if difference is None:
        return []
    found: dict[str, tuple[str, int]] = {}
    for change in difference.changes:
        removed, added = difference.removed(change), difference.added(change)
        if len(removed) != 1 or len(added) != 1 or not (is_name(removed[0]) and is_name(added[0])):
            return []
        at = difference.after[change.a_start].start
        if found.setdefault(removed[0], (added[0], at))[0] != added[0]:
            return []
    texts, places = [t.text for t in difference.before], {c.b_start for c in difference.changes}
    retyped = {texts[at] for at in places if texts[at + 1 : at + 2] == [":"] and at + 2 in places}
    there, kept = ({t.text for t in side} for side in (difference.before, difference.after))
    if any(new in there for new, _ in found.values()):
        return []  # Names that moved on.
    return [(old, new, at) for old, (new, at) in found.items() if old not in kept | retyped]


def _is_compound(one: str, other: str) -> bool:
    """Whether a name has all words of another and more: often that of a second thing beside the
    first, which keeps its name."""
    few, many = sorted((set(parts_of_names(one)), set(parts_of_names(other))), key=len)
    return few < many


def _n_renamed(bursts: Sequence[Burst], old: str, new: str) -> int:
    """At how many places bursts have replaced a name by another one."""
    found = 0
    for burst in bursts:
        difference = token_difference(burst.before, burst.after)
        for change in difference.changes if difference else ():
            pair = (difference.removed(change), difference.added(change)) if difference else ()
            found += pair == ((old,), (new,))
    return found


def _followed(
    document: Document, bursts: Sequence[Burst], old: str, new: str, at: int
) -> list[Proposal]:
    row = table.of_id(document.language)
    keywords = row.keywords.split()
    if len(old) < MIN_NAME_CHARS or not row.family or old in keywords or new in keywords:
        return []
    declared = [each for each in occurrences(document, new, at, at + len(new)) if each.start == at]
    kind = declaration(document, declared[0]) if declared else None
    # Who imports another name mostly means another thing.
    if kind in (None, "inner", "import"):
        return []
    reach = reach_of(document, declared[0], kind)
    if reach.inherits or (reach.members and kind == "definition"):
        return []  # What is left may mean what the base has by that name.
    # Elsewhere only what stands at the margin reaches in here.
    left = [
        *occurrences(document, old, reach.start, reach.end),
        *occurrences(document, old, 0, reach.start, at_margin=True),
        *occurrences(document, old, reach.end, at_margin=True),
    ]
    if any(_declares_too(document, each, reach) for each in left):
        return []
    sites = [each for each in left if reach.holds(each)]
    # What stands above a variable's first value may be another one.
    if kind == "local" and any(each.start < at for each in sites):
        return []
    if any(_is_unclear(each) for each in sites) or _was_there(document, bursts, new, reach):
        return []
    return by_lines(document, sites, old, new)


def _declares_too(document: Document, place: Occurrence, reach: Reach) -> bool:
    """Whether what is left in a reach may refer to what a place declares."""
    kind = declaration(document, place)
    if kind is None:
        return False
    if kind == "inner":
        return place.before[:1].strip() != "" or reach.start <= place.start < reach.end
    other = reach_of(document, place, kind)
    overlap = other.start < reach.end and reach.start < other.end
    return overlap and other.members == reach.members


def _is_unclear(place: Occurrence) -> bool:
    """Whether a place may be the name of an argument or a field, which keeps its name."""
    follows = place.after.lstrip()
    precedes = place.before.rstrip()
    named = follows[:1] == "=" and follows[:2] not in ("==", "=>")
    field = follows[:1] == ":" and precedes[-1:] in ("{", ",", "")
    short = precedes[-1:] == "{" or (follows[:1] == "}" and precedes[-1:] == ",")
    return named or field or short


def _was_there(document: Document, bursts: Sequence[Burst], new: str, reach: Reach) -> bool:
    """Whether the new name stands in the scope anywhere else than where it was just written."""
    written = [burst.place for burst in bursts if burst.uri == document.uri]
    return any(
        not any(place.start <= each.start < place.end for place in written)
        for each in occurrences(document, new, reach.start, reach.end)
        if reach.holds(each)
    )


def renamed_for_others(document: Document, burst: Burst) -> tuple[str, str] | None:
    """The old and the new name of what other files may import, of which nothing is left here."""
    for old, new, at in _renamed(burst):
        start = burst.place.start + at
        place = next((e for e in occurrences(document, new) if e.start == start), None)
        if place is None or declaration(document, place) != "definition":
            continue
        reach = reach_of(document, place, "definition")
        is_known = (reach.start, reach.end) == (0, len(document.text))
        if is_known and not occurrences(document, old) and not _is_compound(old, new):
            return old, new
    return None


def by_lines(document: Document, sites: Sequence[Occurrence], old: str, new: str) -> list[Proposal]:
    """One proposal for all places of a line."""
    lines: dict[int, list[Occurrence]] = {}
    for each in sites:
        lines.setdefault(document.line_of(each.start), []).append(each)
    return [
        Proposal(
            document,
            _joined(document, [Edit(each.start, each.end, new) for each in on_line]),
            "rename",
            f"rename {old} to {new}",
        )
        for on_line in lines.values()
    ]


def _joined(document: Document, edits: list[Edit]) -> Edit:
    """Several edits as one, from the first one's start to the last one's end."""
    text, end = "", edits[0].start
    for edit in edits:
        text += document.text[end : edit.start] + edit.text
        end = edit.end
    return Edit(edits[0].start, end, text)
