"""Recorded answers of next-edit providers through our refusals: each score with and without them.

    python -m benches.next_edit_answers FOLDER [--history]

The score is that of the recordings' own project: similarity of what changed (n-grams of one to six
characters) times the harmonic mean of the shares shown where an edit is wanted, and quiet where
silence is. ``--history``: also be silent where the user has edited nothing, as the product is.
"""

from __future__ import annotations

import base64
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benches.next_edit_cases import Scenario, lived, scenarios, why
from foretype.completion.selection import syntax_check
from foretype.core.text import Document, Edit

MAX_N = 6
BETA = 2.0


@dataclass
class Scores:
    """What became of one provider's answers."""

    similar: list[float] = field(default_factory=list)
    shown: list[bool] = field(default_factory=list)
    quiet: list[bool] = field(default_factory=list)

    def line(self) -> str:
        similar = 100 * sum(self.similar) / max(len(self.similar), 1)
        shown = 100 * sum(self.shown) / max(len(self.shown), 1)
        quiet = 100 * sum(self.quiet) / max(len(self.quiet), 1)
        mean = 2 * shown * quiet / (shown + quiet) if shown + quiet else 0.0
        score = similar * mean / 10_000
        return f"score {score:.3f}  similar {similar:.1f}  shown {shown:.0f}  quiet {quiet:.0f}"


def main(folder: Path, *, needs_history: bool) -> None:
    without: dict[str, Scores] = {}
    gated: dict[str, Scores] = {}
    refused = Counter[str]()
    for scenario in scenarios(folder):
        syntax_check.warm(scenario.language)
        for path in sorted((folder / scenario.name).glob("*.ndjson")):
            for answer in answers(path, scenario):
                reason = _why(scenario, answer, needs_history) if answer is not None else None
                refused[reason or ""] += answer is not None
                _add(without.setdefault(path.stem, Scores()), scenario, answer)
                _add(gated.setdefault(path.stem, Scores()), scenario, None if reason else answer)
    for name in without:
        print(
            f"{name:20} as it came  {without[name].line()}\n"
            f"{'':20} refused     {gated[name].line()}"
        )
    print(*(f"{n} {reason}" for reason, n in refused.most_common() if reason), sep="\n")


def _add(scores: Scores, scenario: Scenario, answer: str | None) -> None:
    if not scenario.expected:
        scores.quiet.append(answer is None)
        return
    scores.shown.append(answer is not None)
    if answer is not None:
        scores.similar.append(similarity(scenario.text, answer, scenario.expected))


def _why(scenario: Scenario, answer: str, needs_history: bool) -> str | None:
    """Why an answer, a whole text, is refused; None where it is not."""
    document, next_edits = lived(scenario, scenario.text)
    if needs_history and not scenario.history:
        return "nothing was edited"
    row, col = scenario.cursors[0]
    offset = min(document.line_start(row) + col, len(document.text))
    return why(document, answer, next_edits, offset)


def answers(path: Path, scenario: Scenario) -> Iterator[str | None]:
    """The text that each recorded answer leads to; None where it changes nothing."""
    asked = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        body = base64.b64decode(entry.get("body_b64", "")).decode("utf-8", "replace")
        if entry["kind"] == "request":
            asked = body
        elif entry["kind"] == "response":
            text = _READERS[path.stem](asked, body, scenario)
            same = text is None or text.rstrip() == scenario.text.rstrip()
            yield None if same else text


def _region(scenario: Scenario, old: str, new: str) -> str | None:
    """The text with a region rewritten; None where the region is not in it just once."""
    old = re.sub(r"<\|(?:user_)?cursor\|>", "", old).strip("\n")
    if not old or scenario.text.count(old) != 1:
        return None
    return scenario.text.replace(old, new.strip("\n"))


def _mercury(asked: str, body: str, scenario: Scenario) -> str | None:
    prompt = json.loads(asked)["messages"][0]["content"]
    region = re.search(r"<\|code_to_edit\|>\n(.*?)<\|/code_to_edit\|>", prompt, re.S)
    said = json.loads(body)["choices"][0]["message"]["content"] or ""
    code = re.search(r"```\w*\n(.*?)\n?```", said, re.S)
    return _region(scenario, region[1], code[1]) if region and code else None


def _zeta(asked: str, body: str, scenario: Scenario) -> str | None:
    prompt = json.loads(asked)["prompt"]
    region = re.search(r"<<<<<<< CURRENT\n(.*?)=======", prompt, re.S)
    said = json.loads(body)["choices"][0]["text"].removesuffix(">>>>>>> UPDATED")
    return _region(scenario, region[1], said) if region and "NO_EDIT" not in said else None


def _sweep(asked: str, body: str, scenario: Scenario) -> str | None:
    prompt = json.loads(asked)["prompt"]
    region = re.search(r"<\|file_sep\|>current/[^\n]*\n(.*?)<\|file_sep\|>", prompt, re.S)
    begun = re.search(r"<\|file_sep\|>updated/[^\n]*\n(.*)\Z", prompt, re.S)
    said = json.loads(body)["choices"][0]["text"]
    return _region(scenario, region[1], begun[1] + said) if region and begun else None


def _sweep_api(asked: str, body: str, scenario: Scenario) -> str | None:
    found = json.loads(body.splitlines()[0])
    start, end = found.get("start_index", 0), found.get("end_index", 0)
    if not found.get("completion") and start == end:
        return None
    return scenario.text[:start] + str(found["completion"]) + scenario.text[end:]


def _copilot(asked: str, body: str, scenario: Scenario) -> str | None:
    edits: list[Any] = json.loads(body) or []
    if not edits:
        return None
    document = Document("", scenario.text)
    place = edits[0]["range"]
    start, end = (
        min(document.line_start(at["line"]) + at["character"], document.line_end(at["line"]))
        for at in (place["start"], place["end"])
    )
    return document.apply(Edit(start, end, edits[0]["text"])).text


def _fim(asked: str, body: str, scenario: Scenario) -> str | None:
    prompt = json.loads(asked)["prompt"]
    parts = re.fullmatch(r"<\|fim_prefix\|>(.*)<\|fim_suffix\|>(.*)<\|fim_middle\|>", prompt, re.S)
    said = json.loads(body)["choices"][0]["text"]
    if not parts or not said.strip() or scenario.text.count(parts[1] + parts[2]) != 1:
        return None
    return scenario.text.replace(parts[1] + parts[2], parts[1] + said + parts[2])


_READERS = {
    "mercuryapi": _mercury,
    "zeta-2": _zeta,
    "sweep-next-edit-7B": _sweep,
    "sweepapi": _sweep_api,
    "copilot": _copilot,
    "qwen3.5-27B": _fim,
}


def similarity(before: str, one: str, other: str) -> float:
    """How much of what changes from one text to two others is the same, from 0 to 1."""
    scores = []
    for n in range(1, MAX_N + 1):
        base = _grams(before, n)
        mine, wanted = _change(base, _grams(one, n)), _change(base, _grams(other, n))
        same = sum((mine & wanted).values())
        if not mine or not wanted:
            scores.append(float(not mine and not wanted))
            continue
        precision, recall = same / sum(mine.values()), same / sum(wanted.values())
        weight = BETA**2 * precision + recall
        scores.append((1 + BETA**2) * precision * recall / weight if weight else 0.0)
    return sum(scores) / len(scores)


def _grams(text: str, n: int) -> Counter[str]:
    bare = "".join(text.split())
    return Counter(bare[at : at + n] for at in range(len(bare) - n + 1))


def _change(before: Counter[str], after: Counter[str]) -> Counter[tuple[str, str]]:
    added = Counter({("+", gram): n for gram, n in (after - before).items()})
    return added + Counter({("-", gram): n for gram, n in (before - after).items()})


if __name__ == "__main__":
    main(Path(sys.argv[1]), needs_history="--history" in sys.argv)
