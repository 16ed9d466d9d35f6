"""Raw answers of real models: is the whole of one, or a right beginning, put on screen?

    python -m benches.answers PATH [--show 5]

PATH is a file of JSON lines: prefix, suffix, language, raw_output, insertion_that_passes, test,
accept. Where a text is none that is known to be right, the test is run: in a folder of its own,
with limits of time and memory and without a network.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from benches.figures import table
from benches.insertions import Shown, inserted, suggested
from foretype.core.cursor import Cursor
from foretype.core.text import Document
from foretype.languages.outline import enclosing, header

OUTCOMES = ("whole", "beginning", "silent", "wrong")
TIME_LIMIT_S = 10
MEMORY_LIMIT = 1 << 30
NEVER = re.compile(
    r"(?P<fence>^\s*(?:```|~~~))|(?P<mark><\|[\w ]+\|>|</?COMPLETION>)"
    r"|(?P<heading>^(?:#{2,6} |\*\*\w|\d+\. \*\*))"
    r"|(?P<import>^\s*(?:import \w|from \S+ import |#include ))|(?P<class>^\s*class \w+.*[:{]\s*$)"
    r"|(?P<prose>^\s*(?:Here(?:'s| is)|Sure|Certainly|This (?:method|function|code)"
    r"|To (?:complete|use)|In this|The `?\w+`? (?:method|function)|You can|Note that|I )\b)",
    re.MULTILINE,
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benches.answers")
    parser.add_argument("path", type=Path, help="a file of JSON lines")
    parser.add_argument("--show", type=int, default=5)
    parser.add_argument("--out", type=Path, help="what is shown of each, as JSON")
    args = parser.parse_args()
    if not args.path.is_file():
        print(f"{args.path} is not there: no answers of real models to read")
        return 1
    cases = [json.loads(line) for line in args.path.read_text(encoding="utf-8").splitlines()]
    print(report(cases, args.show))
    return 0


def report(cases: list[dict[str, Any]], show: int) -> str:
    """The outcomes by source, and the lines that can never be right."""
    counts: dict[str, Counter[str]] = {}
    examples: dict[str, list[str]] = {}
    never: Counter[str] = Counter()
    for case in cases:
        place = place_of(case)
        shown = suggested(case["raw_output"], place)
        for kind in never_right(shown.text, place):
            never[kind] += 1
            examples.setdefault(f"never: {kind}", []).append(_example(case, shown))
        never["any"] += bool(never_right(shown.text, place))
        if case["insertion_that_passes"] is None and not case.get("accept"):
            continue
        came = outcome(case, place, shown)
        for row in ("all", case["source"].split("@")[0]):
            counts.setdefault(row, Counter())[came] += 1
        if came in ("silent", "wrong"):
            examples.setdefault(came, []).append(_example(case, shown))
    rows = [
        [row, *(f"{100 * count[o] / count.total():.1f}" for o in OUTCOMES), str(count.total())]
        for row, count in counts.items()
    ]
    lines = [table(["source", *(f"{each} %" for each in OUTCOMES), "n"], rows)]
    lines.append(f"can never be right, of {len(cases)}: {dict(never)}")
    for kind, found in examples.items():
        lines += [f"--- {kind}: {len(found)}", *found[:show]]
    return "\n".join(lines)


def place_of(case: dict[str, Any]) -> Cursor:
    """The cursor of a case."""
    suffix = {"python": "py", "javascript": "js", "typescriptreact": "tsx", "java": "java"}
    name = f"file:///answers/a.{suffix.get(case['language'], 'txt')}"
    text = case["prefix"] + case["suffix"]
    return Cursor(Document(name, text, case["language"], 1), len(case["prefix"]))


def outcome(case: dict[str, Any], place: Cursor, shown: Shown) -> str:
    """What is on screen: the whole answer, a right beginning of it, nothing, or something wrong."""
    accepted = case.get("accept") or [case["insertion_that_passes"]]
    if not shown.text.strip():
        return "whole" if "" in accepted else "silent"
    if case.get("accept"):
        # A blank at an edge that joins two words counts.
        same = {_plain(text, edges=True) for text in accepted}
        return "whole" if _plain(shown.text, edges=True) in same else _by_lines(shown, accepted)
    found = _by_lines(shown, accepted)
    if found == "wrong" and passes(inserted(shown, place), case):
        return "whole"
    return found


def _by_lines(shown: Shown, accepted: list[str]) -> str:
    for text in accepted:
        wanted, given = _plain(text).split("\n"), _plain(shown.text).split("\n")
        for start in range(_n_described(wanted) + 1):
            rest = [line.lstrip() if not n else line for n, line in enumerate(wanted[start:])]
            if given == rest:
                return "whole"
            if given == rest[: len(given)]:
                return "beginning"
    return "wrong"


def _n_described(lines: list[str]) -> int:
    """How many lines at the beginning only describe: a docstring, or comments."""
    text = "\n".join(lines)
    found = re.match(r"(?:\s*[rb]?(?:\"{3}[\s\S]*?\"{3}|'{3}[\s\S]*?'{3})|\s*(?:#|//).*)*", text)
    return text[: found.end()].count("\n") + 1 if found and found.end() else 0


def _plain(text: str, *, edges: bool = False) -> str:
    lines = [line.rstrip() for line in text.split("\n") if line.strip()]
    lines[:1] = [line if edges else line.lstrip() for line in lines[:1]]
    return "\n".join(lines)


def never_right(text: str, place: Cursor) -> list[str]:
    """What stands in a text that can never be right at a place inside a definition."""
    if place.document.language in ("markdown", "plaintext") or not text.strip():
        return []
    before = place.document.text[: place.offset].split("\n")
    names = {each.name for each in enclosing(before, 99)} if before else set()
    kinds = {found.lastgroup or "" for found in NEVER.finditer(text)}
    if any((begun := header(line)) and begun[0] in names for line in text.split("\n")):
        kinds.add("own header")
    return sorted(kinds)


def passes(code: str, case: dict[str, Any]) -> bool:
    """Whether code passes its test; run apart, with limits, without the network."""
    test = case.get("test")
    if not test:
        return False
    is_python = case["language"] == "python"
    source = f"{code}\n\n{test}\n"
    if is_python and case.get("test_class"):
        source += f"\nunittest.main(argv=['x', '{case['test_class']}'])\n"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / ("a.py" if is_python else "a.js")
        file.write_text(source, encoding="utf-8")
        run = [sys.executable if is_python else "node", file.name]
        unshared = ["unshare", "-rn", *run] if shutil.which("unshare") else run
        try:
            done = subprocess.run(
                unshared,
                cwd=folder,
                env={"PATH": os.environ["PATH"], "HOME": folder},
                capture_output=True,
                timeout=TIME_LIMIT_S,
                preexec_fn=_limit if is_python else None,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return False
    return done.returncode == 0


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    resource.setrlimit(resource.RLIMIT_CPU, (TIME_LIMIT_S, TIME_LIMIT_S))


def _example(case: dict[str, Any], shown: Shown) -> str:
    wanted = (case.get("accept") or [case["insertion_that_passes"]])[0]
    return (
        f"  {case['id']} {case['prefix'][-70:]!r} ‸ {case['suffix'][:40]!r}\n"
        f"      raw    {case['raw_output'][:260]!r}\n      wanted {(wanted or '')[:120]!r}\n"
        f"      shown  {shown.text[:160]!r}"
    )


if __name__ == "__main__":
    sys.exit(main())
