"""How long after a key VS Code's completion list opens, with and without foretype.

    python tests/editors/list_delay.py [TIMES]

The defaults of VS Code, TypeScript's server, and a model that never answers. Medians, in
milliseconds; the machine's pace is in all of them, so that only their difference counts.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from real_editors import Home, running_upstream
from real_vscode import VSCode, set_up

TIMES = 10
LIST = ".suggest-widget.visible .monaco-list-row"
BEGUN = (
    "export function formatPrice(amount: number): string {\n    return amount.toFixed(2);\n}\n\n"
)
PLACES = {"inside a word": ("return ", "f"), "after a dot": ("const text = formatPrice(1)", ".")}


def delays(window: VSCode, place: str, times: int) -> list[float]:
    """The delays of the list at a place; at the first two the model is still waited for."""
    before, key = PLACES[place]
    found = []
    for _ in range(times + 2):
        window.press("Control+A", "Delete")
        window.browser.do("insert", text=BEGUN + before)
        time.sleep(1.5)
        delay = window.browser.do("delay", key=key, selector=LIST, timeout=5000)
        time.sleep(0.8)
        window.press("Escape", "Escape")
        found.append(float("inf") if delay is None else delay)
    return found[2:]


def main() -> int:
    """Print a line a place."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else TIMES
    rows: dict[str, list[list[float]]] = {place: [] for place in PLACES}
    for has_foretype in (False, True):
        with running_upstream(hold=True) as upstream, tempfile.TemporaryDirectory() as folder:
            home = Home(Path(folder) / "home", upstream)
            if has_foretype:
                set_up(home)
            window = VSCode(home, opens_list=True)
            try:
                window.open(home.file("first.ts", BEGUN))
                if has_foretype:
                    window.ready()
                window.click(".monaco-editor .view-lines")
                time.sleep(10.0)  # TypeScript's server starts.
                for place, row in rows.items():
                    row.append(delays(window, place, times))
            finally:
                window.close()
    for place, (without, with_it) in rows.items():
        middle = [statistics.median(each) for each in (without, with_it)]
        print(
            f"{place}: {middle[0]:.0f} without, {middle[1]:.0f} with: {middle[1] - middle[0]:+.0f}"
        )
        print(f"  without {sorted(map(round, without))}\n  with    {sorted(map(round, with_it))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
