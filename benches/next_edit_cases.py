"""Recorded next edits from a folder outside the repository: quiet where silence is asked.

Reads two forms: scenarios (``*.txtar``: a text, the edits that led there, the text wanted) and
recordings (``recording.w.json`` with candidates judged by hand in ``scoredEdits.w.json``).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foretype.core.text import Document, Edit, difference
from foretype.core.text_style import line_end_of, with_line_ends
from foretype.next_edit.model.candidate import Candidate
from foretype.next_edit.model.refusals import why_refused
from foretype.next_edit.next_edits import RULES, NextEdits
from foretype.next_edit.proposal import Proposal

APART_S = 5.0
"""Time between two edits, in seconds."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A text, the edits that led there, and what is wanted next."""

    name: str
    language: str
    text: str
    history: tuple[tuple[str, str], ...]
    cursors: tuple[tuple[int, int], ...]
    expected: str
    """Empty where silence is."""


def report(folder: Path) -> list[str]:
    """What the rules propose in each case, and the sums."""
    lines, sums = [], Counter[str]()
    for scenario in scenarios(folder):
        asked = asks(scenario, scenario.text)
        if not scenario.expected:
            lines.append(f"{scenario.name}: silence is asked, {_words(asked)}")
            sums["silence asked: quiet"] += not any(asked)
            sums["silence asked"] += 1
            continue
        right = any(p and _is_part(p, scenario.expected) for p in asked)
        sums["edit wanted"] += 1
        sums["edit wanted: shown"] += any(asked)
        sums["edit wanted: right"] += right
        lines.append(f"{scenario.name}: an edit is wanted, {_words(asked)}")
        if scenario.history:
            done = asks(scenario, scenario.expected)
            sums["already done"] += 1
            sums["already done: quiet"] += not any(done)
            lines.append(f"{scenario.name}: already done, {_words(done)}")
    for path in sorted(folder.glob("**/recording.w.json")):
        outcome = _judged(path.parent, sums)
        sums[f"recording: {outcome}"] += 1
        lines.append(f"{path.parent.name}: {outcome}")
    return [*lines, *(f"{name}: {n}" for name, n in sorted(sums.items()))]


def scenarios(folder: Path) -> Iterator[Scenario]:
    """The scenarios of a folder."""
    for path in sorted(folder.glob("**/*.txtar")):
        parts = re.split(r"(?m)^-- ([\w. ]+) --\n", path.read_text(encoding="utf-8"))
        fields = dict(re.findall(r"(?m)^([\w-]+): (.*)$", parts[0]))
        sections = dict(zip(parts[1::2], parts[2::2], strict=True))
        places = [f"{fields['row']}:{fields['col']}", *fields.get("cursor-positions", "").split()]
        cursors = tuple(
            (int(row) - 1, int(col)) for row, col in (p.strip(",").split(":") for p in places)
        )
        found = re.findall(
            r"<\|old\|>\n(.*?)<\|new\|>\n(.*?)(?=<\|file\|>|\Z)", sections.get("history", ""), re.S
        )
        silent = "expect !shown" in sections.get("steps", "")
        expected = "" if silent else sections["expected"]
        yield Scenario(
            path.stem, fields["language"], sections["buffer.txt"], tuple(found), cursors, expected
        )


def asks(scenario: Scenario, text: str) -> list[Proposal | None]:
    """What is proposed at each cursor once the history has led to a text."""
    document, next_edits = lived(scenario, text)
    found = []
    for row, col in scenario.cursors:
        shown = next_edits.next(document, document.line_start(row) + col)
        found.append(None if shown is None else shown.proposal)
    return found


def lived(scenario: Scenario, text: str) -> tuple[Document, NextEdits]:
    """A document whose history has led to a text.

    Edits that the text does not show, or shows more than once, were made in another document.
    """
    states: list[str] = [text]
    elsewhere: list[list[str]] = []
    for old, new in reversed(scenario.history):
        if new and states[0].count(new) == 1:
            states.insert(0, states[0].replace(new, old))
        else:
            elsewhere.insert(0, [old, new])
    next_edits, now_s = NextEdits(RULES), 0.0
    uri = f"file:///{scenario.name}"
    for number, texts in enumerate([*elsewhere, states]):
        name = uri if texts is states else f"{uri}-{number}"
        document = Document(name, texts[0], scenario.language, 0)
        for state in texts[1:]:
            now_s += APART_S
            old_document = document
            document = Document(name, state, scenario.language, document.version + 1)
            next_edits.edited(old_document, document, now_s)
    return document, next_edits


def _words(asked: list[Proposal | None]) -> str:
    labels = {p.label for p in asked if p is not None}
    return f"proposed: {', '.join(sorted(labels))}" if labels else "quiet"


def _is_part(proposal: Proposal, expected: str) -> bool:
    """Whether the line of a proposal stands in the text that is wanted, and did not before."""
    after = proposal.document.apply(proposal.edit)
    line = after.line(after.line_of(proposal.edit.start)).strip()
    before = [each.strip() for each in proposal.document.text.splitlines()]
    return line in [each.strip() for each in expected.splitlines()] and line not in before


def _judged(folder: Path, sums: Counter[str]) -> str:
    """How the edit that is proposed after a recording was judged by hand.

    ``sums``: counts what the refusals for a model's edits make of the candidates, by category.
    """
    log = json.loads((folder / "recording.w.json").read_text(encoding="utf-8"))["log"]
    documents: dict[int, Document] = {}
    names: dict[int, str] = {}
    next_edits, now_s, last = NextEdits(RULES), 0.0, 0
    for entry in log:
        kind, number = entry["kind"], entry.get("id", 0)
        if kind == "documentEncountered":
            names[number] = entry["relativePath"].replace("\\", "/")
        elif kind == "setContent":
            language = _LANGUAGES.get(Path(names[number]).suffix, "")
            documents[number] = Document(names[number], entry["content"], language)
        elif kind == "changed":
            old = documents[number]
            documents[number] = new = _changed(old, entry["edit"])
            now_s += APART_S
            next_edits.edited(old, new, now_s)
            last = number
    scored = json.loads((folder / "scoredEdits.w.json").read_text(encoding="utf-8"))["edits"]
    for candidate in scored:
        if candidate["edit"]:
            name = f"candidates: {candidate['scoreCategory']}"
            sums[name] += 1
            text = _changed(documents[last], candidate["edit"]).text
            sums[f"{name}, let through"] += _passes(documents[last], text, next_edits)
    shown = next_edits.next(documents[last], 0)
    if shown is None:
        return "quiet"
    for candidate in scored:
        if candidate["edit"] and _changed(documents[last], candidate["edit"]).text == (
            shown.proposal.result
        ):
            return str(candidate["scoreCategory"])
    return f"not judged: {shown.proposal.label}"


def _passes(document: Document, text: str, next_edits: NextEdits) -> bool:
    """Whether an edit that leads to a text is let through, if a model proposes it."""
    return why(document, text, next_edits, None) is None


def why(document: Document, text: str, next_edits: NextEdits, offset: int | None) -> str | None:
    """Why an edit that leads to a text is refused, if a model proposes it; None where it is not.

    ``offset``: the cursor; None where it is at the end of the last edit. Line ends are written as
    the product writes them.
    """
    text = with_line_ends(text, line_end_of(document.text))
    bursts = [burst for burst in next_edits.history if burst.uri == document.uri]
    if offset is None:
        offset = bursts[-1].touched.end if bursts else 0
    candidate = Candidate(
        now=document,
        edit=difference(document.text, text),
        document=document,
        window=(0, len(document.text)),
        offset=offset,
        bursts=bursts,
        elsewhere=[burst for burst in next_edits.history if burst.uri != document.uri],
    )
    return why_refused(candidate)


_LANGUAGES = {".ts": "typescript", ".py": "python", ".cpp": "cpp", ".h": "cpp", ".java": "java"}


def _changed(document: Document, edits: list[list[Any]]) -> Document:
    for start, end, text in sorted(edits, reverse=True):
        document = document.apply(Edit(start, end, text), document.version + 1)
    return document


if __name__ == "__main__":
    import sys

    print("\n".join(report(Path(sys.argv[1]))))
