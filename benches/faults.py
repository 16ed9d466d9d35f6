"""Each fault of a provider, alone and with a second provider: what a user sees of it.

    python -m benches.faults [--lanes 2] [FAULT …]

A real server on loopback is asked five times a second, at a new place each time, while the first
provider fails in one of four ways, and then until that provider's text is shown again:

* first     only the first request fails
* middle    each answer fails after three tokens (faults of a stream alone)
* all       each request fails at once
* flapping  every second request fails

A row holds where every question was answered by its deadline, with a second provider the user had
text, the status named the fault or who stands in and was ready in the end, no more than one request
a second went to the provider that failed, and its text was back within 2 s, or Retry-After. Ends
by itself.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from helpers.rawclient import RawClient, environment, eventually, running
from helpers.upstream_thread import Upstream, upstream

from foretype.upstream.failures import ANSWERS, FAULTS, STREAM

FAILS_S = 6.0
"""How long a provider fails."""
EVERY_S = 0.2
"""Seconds between two questions."""
DEADLINE_S = 0.4
LATE_S = 0.05
"""What the way there and back and a busy machine may add to a deadline."""
BACK_S = 2.0
"""Seconds after which text has to be back."""
N_AT_FIRST = 2
"""Requests beyond one a second: those that are under way when the first fault comes."""
GIVEN_UP_S = 30.0
MENDED_BY_THE_USER = frozenset({"400", "401", "402", "403", "404"})
"""Refusals that are paused for ten minutes: new settings or an explicit request end the pause."""
MAY_PASS = frozenset({"stall_headers", "stall_first", "stall_middle", "loris", "no_done", "cut"})
"""Faults that may leave the deadline to speak first."""
PATTERNS = ("first", "middle", "all", "flapping")
FIRST_TEXT, SECOND_TEXT = "return first_one\n    # done\n", "return second_one\n    # done\n"


@dataclass
class Row:
    """One fault in one way, and what was found."""

    fault: str
    pattern: str
    has_second: bool
    n_asked: int = 0
    n_with_text: int = 0
    n_unanswered: int = 0
    slowest_s: float = 0.0
    a_second: float = 0.0
    """Requests to the failing provider."""
    state: str = ""
    """The status while it failed."""
    back_s: float | None = None
    found: list[str] = field(default_factory=list)

    def judge(self) -> None:
        """Say what does not hold."""
        pauses = self.pattern in ("all", "middle") and self.fault not in MAY_PASS
        if self.n_unanswered:
            self.found.append(f"{self.n_unanswered} unanswered")
        if self.slowest_s > DEADLINE_S + LATE_S:
            self.found.append("late")
        if self.has_second and pauses and not self.n_with_text:
            self.found.append("no text from the second")
        if pauses and self.state in ("ready", ""):
            self.found.append("the status says nothing")
        if pauses and self.a_second > 1 + N_AT_FIRST / FAILS_S:
            self.found.append("asked too often")
        if self.back_s is None or self.back_s > BACK_S:
            self.found.append("back too late")

    def __str__(self) -> str:
        back = "never" if self.back_s is None else f"{self.back_s:.1f}"
        verdict = ", ".join(self.found) or "holds"
        return (
            f"| {self.fault:13} | {self.pattern:8} | {'two' if self.has_second else 'one':5} "
            f"| {self.n_with_text:3} of {self.n_asked:3} | {self.slowest_s * 1000:6.0f} "
            f"| {self.a_second:6.2f} | {back:>6} | {self.state[:34]:34} | {verdict}"
        )


class Lane:
    """A server with its two providers, for one row after the other."""

    def __init__(self, client: RawClient, config: Path, up: Upstream, other: Upstream) -> None:
        self._client, self._config = client, config
        self._up, self._other = up, other
        self._numbers = itertools.count()

    def run(self, row: Row) -> Row:
        """Have the provider fail and recover; note what a user sees."""
        name = self._use(has_second=row.has_second)
        self._fail(row)
        began, end = time.monotonic(), time.monotonic() + FAILS_S
        while time.monotonic() < end:
            self._ask(row)
            time.sleep(EVERY_S)
        took = time.monotonic() - began
        row.a_second = len(self._up.log.requests) / took
        row.state = self._status(name)
        self._up.says(FIRST_TEXT)
        healed = time.monotonic()
        explicit = row.fault in MENDED_BY_THE_USER
        while time.monotonic() < healed + GIVEN_UP_S:
            if "first_one" in self._ask(row, explicit=explicit):
                row.back_s = time.monotonic() - healed
                break
            time.sleep(EVERY_S)
        if not eventually(lambda: self._status(name) == "ready", 2.0):
            row.found.append(f"ends as {self._status(name)}")
        row.judge()
        return row

    def _use(self, *, has_second: bool) -> str:
        """Name models that nothing is known of yet."""
        self._up.says(FIRST_TEXT)
        self._other.says(SECOND_TEXT)
        name = f"one-{next(self._numbers)}"
        second = f'[[providers]]\nbase_url = "{self._other.url}"\nmodel = "two-{name}"\n'
        self._config.write_text(
            f'[[providers]]\nbase_url = "{self._up.url}"\nmodel = "{name}"\n'
            + (second if has_second else "")
        )
        self._client.notify("workspace/didChangeConfiguration", {"settings": None})
        assert eventually(lambda: bool(self._statuses(name)))
        return name

    def _fail(self, row: Row) -> None:
        bad = {"fault": row.fault, "fault_after": 3 if row.pattern == "middle" else 0}
        if row.pattern == "first":
            self._up.says(FIRST_TEXT)
            self._up.next(bad)
        elif row.pattern == "flapping":
            self._up.says(FIRST_TEXT)
            self._up.next(*[bad, {}] * 200)
        else:
            self._up.says(FIRST_TEXT, **bad)

    def _ask(self, row: Row, *, explicit: bool = False) -> str:
        """Ask at a new place. Returns the text, which may be none."""
        uri = f"file:///project/place{next(self._numbers)}.py"
        document = {"uri": uri, "languageId": "python", "version": 1, "text": "def f():\n    "}
        self._client.notify("textDocument/didOpen", {"textDocument": document})
        place = {
            "textDocument": {"uri": uri},
            "position": {"line": 1, "character": 4},
            "context": {"triggerKind": 1 if explicit else 2},
        }
        began = time.monotonic()
        msg_id = self._client.ask("textDocument/inlineCompletion", place)
        is_answered = eventually(lambda: bool(self._client.answers(msg_id)), 10.0, every=0.002)
        took = time.monotonic() - began
        self._client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        row.n_asked += 1
        row.n_unanswered += not is_answered
        # Who asks explicitly waits longer.
        row.slowest_s = max(row.slowest_s, 0.0 if explicit else took)
        result = self._client.answers(msg_id)[0].get("result") if is_answered else None
        items = result.get("items", []) if isinstance(result, dict) else result or []
        text = "".join(item["insertText"] for item in items)
        row.n_with_text += bool(text)
        return text

    def _statuses(self, name: str) -> list[Any]:
        told = self._client.notifications("foretype/status")
        return [each for each in told if each["model"].endswith(name)]

    def _status(self, name: str) -> str:
        """The latest state, and who stands in."""
        told = self._statuses(name)[-1]
        stands_in = f", {told['model'].partition('-')[0]} stands in"
        return str(told["state"]) + (stands_in if told["model"] != name else "")


@contextmanager
def lane() -> Iterator[Lane]:
    """A server of its own, with two providers."""
    with tempfile.TemporaryDirectory() as folder, upstream() as up, upstream() as other:
        config = Path(folder) / "foretype.toml"
        config.write_text(f'base_url = "{up.url}"\nmodel = "none"\n')
        ledger = str(Path(folder) / "ledger.sqlite3")
        with running(
            env=environment(FORETYPE_CONFIG=str(config), FORETYPE_LEDGER=ledger)
        ) as client:
            client.initialize(
                capabilities={"textDocument": {"inlineCompletion": {}}},
                initializationOptions={
                    "client": "vscode",
                    "completion": {"local": "off", "debounceMs": 0},
                },
            )
            assert eventually(lambda: bool(client.notifications("foretype/status")), GIVEN_UP_S)
            yield Lane(client, config, up, other)
            client.stop()


def rows_of(faults: Iterable[str]) -> list[Row]:
    """Every fault in every way that it can come, alone and with a second provider."""
    return [
        Row(fault, pattern, has_second)
        for fault in faults
        for pattern in PATTERNS
        for has_second in (False, True)
        if pattern != "middle" or fault in STREAM - {"stall_headers", "stall_first"}
    ]


def _run_all(waiting: Iterator[Row], done: list[Row]) -> None:
    with lane() as one:
        for row in waiting:
            try:
                one.run(row)
            except AssertionError as fault:
                row.found.append(f"broke off: {str(fault)[-200:]}")
            done.append(row)
            print(row, flush=True)


def main() -> None:
    known = [*ANSWERS, *sorted(STREAM)]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("faults", nargs="*", metavar="FAULT", help=", ".join(known))
    parser.add_argument("--lanes", type=int, default=2, help="servers at a time")
    asked = parser.parse_args()
    if unknown := set(asked.faults) - FAULTS:
        parser.error(f"there is no fault {', '.join(unknown)}")
    rows = rows_of(asked.faults or known)
    # An iterator that several threads take from needs a list behind it.
    shares = [iter(rows[n :: asked.lanes]) for n in range(asked.lanes)]
    done: list[Row] = []
    print("| fault | when | of | with text | slowest ms | a second | back s | status | verdict")
    print("|---|---|---|---|---|---|---|---|---")
    with ThreadPoolExecutor(asked.lanes) as pool:
        for future in [pool.submit(_run_all, share, done) for share in shares]:
            future.result()
    n_bad = sum(bool(row.found) for row in done)
    print(f"{len(done)} rows, {n_bad} of which do not hold")
    raise SystemExit(n_bad > 0)


if __name__ == "__main__":
    main()
