"""Next edits from rules, on a replay of consecutive releases, and on recorded cases.

Each changed file is replayed hunk by hunk, in the file's order. After each hunk the rules are
asked once, as after a pause, and what they propose is compared with the release to come:

* right: it is part of what is still to be changed,
* harm: it changes what the release leaves as it is,
* else the place is changed in another way, or deleted.

    python -m benches.next_edits [--set NAME | --repository FOLDER] [--rule KIND] [--show]
    python -m benches.next_edits [--set NAME | --repository FOLDER] --imports
    python -m benches.next_edits --cases FOLDER
    python -m benches.next_edits --latency
"""

from __future__ import annotations

import argparse
import ast
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import groupby
from pathlib import Path
from posixpath import dirname

from benches import releases
from benches.releases import Revision, hunks
from foretype.core.text import Document, Edit
from foretype.next_edit.next_edits import RULES, NextEdits
from foretype.next_edit.proposal import Proposal
from foretype.next_edit.token_diff import tokens

SETS = {
    "fitting": releases.FITTING,
    "measuring": releases.MEASURING,
    "unread": releases.UNREAD,
    "fresh": releases.FRESH,
    "later": releases.LATER,
    "last": releases.LAST,
    "final": releases.FINAL,
    "closing": releases.CLOSING,
    "sealed": releases.SEALED,
    "counted": releases.COUNTED,
}
APART_S = 5.0
"""Time between two hunks, in seconds: each is a burst of its own."""
OPEN_FILES = 40
"""Files that are open beside the one that is edited, where the rules look at others."""
_IMPORTS = re.compile(r"^\s*(?:import|from|use)\b|require\(", re.MULTILINE)


@dataclass
class Tally:
    """What became of the proposals of one rule."""

    outcomes: Counter[str] = field(default_factory=Counter)
    found: set[tuple[str, int]] = field(default_factory=set)
    """The hunks of which a right proposal was part."""

    def line(self, kind: str, n_hunks: int) -> str:
        n = sum(self.outcomes.values())
        if not n:
            return f"{kind:8} no proposals"
        right, harm = self.outcomes["right"], self.outcomes["harm"]
        return (
            f"{kind:8} {n:5} proposals  precision {right / n:.3f}  harm {harm / n:.3f}  "
            f"recall {len(self.found) / max(n_hunks, 1):.4f} of {n_hunks} hunks"
        )


def replay(revisions: Iterable[Revision], kinds: tuple[str, ...], *, show: bool) -> list[str]:
    """The tallies over all revisions, by rule."""
    tallies: dict[str, Tally] = {kind: Tally() for kind in kinds}
    n_hunks, slow = 0, []
    for revision in revisions:
        n_hunks += len(hunks(revision.old.text, revision.new_text))
        for proposal, outcome, hunk, took_s in steps(revision, kinds):
            slow.append(took_s)
            if proposal is None:
                continue
            tally = tallies[proposal.kind]
            tally.outcomes[outcome] += 1
            if outcome == "right":
                tally.found.add((f"{revision.package} {revision.old.uri}", hunk))
            if show and outcome != "right":
                print(_shown(revision, proposal, outcome))
    total = Tally()
    for tally in tallies.values():
        total.outcomes += tally.outcomes
        total.found |= tally.found
    slow.sort()
    lines = [tally.line(kind, n_hunks) for kind, tally in tallies.items()]
    lines.append(total.line("all", n_hunks))
    p95 = 1000 * slow[len(slow) * 95 // 100] if slow else 0.0
    return [*lines, f"{len(slow)} answers, p95 {p95:.2f} ms, longest {1000 * slow[-1]:.1f} ms"]


def steps(
    revision: Revision, kinds: tuple[str, ...]
) -> Iterator[tuple[Proposal | None, str, int, float]]:
    """After each hunk: the proposal, what became of it, its hunk, and the seconds it took."""
    next_edits = NextEdits(tuple(kind for kind in RULES if kind in kinds))
    document, now_s = revision.old, 0.0
    edits = hunks(revision.old.text, revision.new_text)
    for number, edit in enumerate(edits, 1):
        now_s += APART_S
        old = document
        document = old.apply(edit, old.version + 1)
        next_edits.edited(old, document, now_s)
        begun = time.perf_counter()
        shown = next_edits.next(document, edit.start + len(edit.text))
        took_s = time.perf_counter() - begun
        if shown is None:
            yield None, "", 0, took_s
            continue
        outcome, hunk = judge(shown.proposal, revision.new_text, edits[number:], number)
        yield shown.proposal, outcome, hunk, took_s


def imports(revisions: Iterable[Revision]) -> str:
    """What the import rule proposes where a release's imports are written last, as people do it.

    Right is what the release imports by that name. The other files, the nearest of them, are as
    the release has them.
    """
    outcomes = Counter[str]()
    for _, group in groupby(revisions, key=lambda revision: revision.package):
        release = list(group)
        texts = [Document(r.old.uri, r.new_text, r.old.language) for r in release]
        for revision in release:
            others = [each for each in texts if each.uri != revision.old.uri]
            near = dirname(revision.old.uri)
            others = [*(o for o in others if dirname(o.uri) == near), *others]
            for name in _imported(revision, others[:OPEN_FILES]):
                is_right = _imports(revision.new_text, name, revision.old.language)
                outcomes["right" if is_right else "harm"] += 1
    n = sum(outcomes.values())
    shares = {name: f"{outcomes[name] / max(n, 1):.3f}" for name in ("right", "harm")}
    return f"import   {n:5} proposals  precision {shares['right']}  harm {shares['harm']}"


def _imports(text: str, name: str, language: str) -> bool:
    """Whether a text imports a name; where it is Python, as Python itself reads it."""
    if language == "python":
        try:
            nodes = list(ast.walk(ast.parse(text)))
        except SyntaxError:
            return False
        imports = [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
        names = [alias for node in imports for alias in node.names]
        return any((a.asname or a.name.partition(".")[0]) == name for a in names)
    word = rf"\b{re.escape(name)}\b"
    braced = rf"(?:import|const|let|var)\s*(?:type\s*)?(?:\w+\s*,\s*)?\{{[^}}]*{word}[^}}]*\}}"
    alone = rf"import\s+(?:\* as )?{word}|(?:const|let|var)\s+{word}\s*=\s*require"
    return re.search(f"{braced}|{alone}", text) is not None


def _imported(revision: Revision, others: list[Document]) -> Iterator[str]:
    """The names whose imports are proposed while the other hunks of a revision are made."""
    edits = hunks(revision.old.text, revision.new_text)
    if not any(_IMPORTS.search(edit.text) for edit in edits):
        return
    next_edits, document, now_s, skipped = NextEdits(("import",)), revision.old, 0.0, 0
    for edit in edits:
        grown = len(edit.text) - (edit.end - edit.start)
        if _IMPORTS.search(edit.text):
            skipped += grown
            continue
        now_s += APART_S
        old = document
        here = Edit(edit.start - skipped, edit.end - skipped, edit.text)
        document = old.apply(here, old.version + 1)
        next_edits.edited(old, document, now_s)
        shown = next_edits.next(document, here.start, others)
        if shown is not None:
            yield shown.proposal.label.split()[-1]


def judge(proposal: Proposal, final: str, rest: list[Edit], number: int) -> tuple[str, int]:
    """What became of a proposal, and the number of the hunk that it is part of.

    ``rest``: the hunks to come, each an edit of the text with those before applied.
    """
    delta = 0
    for at, hunk in enumerate(rest):
        start, end = hunk.start - delta, hunk.end - delta
        edit = proposal.edit
        meets = start <= edit.start and edit.end <= end
        if start == end:
            meets = edit.start == edit.end == start
        if meets:
            region = Document("", proposal.document.text[start:end])
            inner = Edit(edit.start - start, edit.end - start, edit.text)
            closer = _is_closer(region.text, region.apply(inner).text, hunk.text)
            return ("right" if closer else "other"), number + at
        if edit.end > start and edit.start < end:
            return "other", number + at
        delta += len(hunk.text) - (hunk.end - hunk.start)
    return "harm", 0


def _is_closer(before: str, proposed: str, final: str) -> bool:
    """Whether a proposal is part of a change: its lines are there, or every token that it adds
    and removes is."""
    old, new = Counter(_lines(before)), Counter(_lines(proposed))
    lines = Counter(_lines(final))
    if new - old and all(lines[line] > old[line] for line in new - old):
        return True
    now, then = _left(before, final), _left(proposed, final)
    own = _left(before, proposed)
    return then <= now - own and own > 0


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines()]


def _left(one: str, other: str) -> int:
    """How many tokens have to be added and removed from one text to another."""
    a, b = [t.text for t in tokens(one)], [t.text for t in tokens(other)]
    same = sum(
        block.size for block in SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()
    )
    return len(a) + len(b) - 2 * same


def _shown(revision: Revision, proposal: Proposal, outcome: str) -> str:
    document = proposal.document
    line = document.line_of(proposal.edit.start)
    after = document.apply(proposal.edit)
    return (
        f"{outcome} {proposal.kind} {proposal.label!r} {revision.package} {revision.old.uri}:{line}"
        f"\n  - {document.line(line)}\n  + {after.line(line)}"
    )


def latency(n_rounds: int = 100) -> str:
    """How long following an edit and answering takes in a file of 5,000 lines, in CPU time, at
    the 95th percentile: a function, a parameter and a variable renamed, a change made thrice."""
    functions = "".join(
        f"def function_{n}(prices, count={n}):\n    total = 0\n    for price in prices:\n"
        f"        total += price * count\n    # of {n}\n    if total > {n}:\n"
        f"        log.warn('x{n}', total)\n    return helper(total)\n\n\n"
        for n in range(500)
    )
    text = f"def helper(value):\n    return value\n\n\n{functions}"
    document, took_ms = Document("file:///long.py", text, "python"), []
    others = [Document(f"file:///o{n}.py", f"import x{n}\n{text}", "python") for n in range(5)]
    changes = {
        "prices": "costs",
        ", count": ", rate, count",
        "total": "amount",
        "log.warn": "log.error",
    }
    for number in range(0, 4 * n_rounds, 4):  # Each round makes its changes below the last one.
        at = document.text.index(f"def function_{number}(") + 4
        for old, new in {f"function_{number}": f"renamed_{number}", **changes}.items():
            next_edits = NextEdits(RULES)
            for _ in range(3 if old == "log.warn" else 1):
                start = document.text.index(old, at)
                edited = document.apply(Edit(start, start + len(old), new), document.version + 1)
                begun = time.process_time()
                next_edits.edited(document, edited, document.version * APART_S)
                next_edits.next(edited, start, others)
                took_ms.append(1000 * (time.process_time() - begun))
                document = edited
    took_ms.sort()
    p95, lines = took_ms[len(took_ms) * 95 // 100], text.count("\n")
    return (
        f"{len(took_ms)} answers in {lines} lines: p95 {p95:.2f} ms, longest {took_ms[-1]:.1f} ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", choices=SETS, default="measuring")
    parser.add_argument("--repository", type=Path, help="the commits of one, in place of a set")
    parser.add_argument("--rule", choices=RULES, action="append")
    parser.add_argument("--package", help="only packages whose name holds this")
    parser.add_argument("--show", action="store_true", help="show what was not right")
    parser.add_argument("--imports", action="store_true", help="the import rule alone")
    parser.add_argument("--cases", type=Path, help="a folder of recorded cases")
    parser.add_argument("--latency", action="store_true", help="time answers in a long file")
    args = parser.parse_args()
    if args.latency:
        print(latency())
        return
    if args.cases:
        from benches.next_edit_cases import report

        print("\n".join(report(args.cases)))
        return
    packages = {n: v for n, v in SETS[args.set].items() if not args.package or args.package in n}
    is_set = args.repository is None
    found = releases.revisions(packages) if is_set else releases.commits(args.repository)
    if args.imports:
        print(imports(found))
        return
    print("\n".join(replay(found, tuple(args.rule or RULES), show=args.show)))


if __name__ == "__main__":
    main()
