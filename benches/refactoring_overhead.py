"""What refactorings cost: the menu, and what is added to the model's own time.

    python -m benches.refactoring_overhead [--quick]

Times in milliseconds, from outside at the pipe, of an editor that shows progress. Asking: from
the command to the upstream's first byte of the request. Applying: from the upstream's last byte
to the edit at the pipe; reading the answer, checking it and placing it in the text are in between.
Added: both together. Beside them a plain round trip, a command that does nothing, and what the
*naive* server takes from a request to the upstream and back: asking without any refactoring.
Where other programs run, times say little: then the server's processor time a run counts, reading
the conversation and showing progress included, and how many times *naive*'s time is added.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from typing import Any

import psutil

from benches.editor import Editor as Typist
from benches.figures import median, number, percentile, table
from benches.latency import there_and_back
from benches.processes import Upstream, command, environment, initialize_params, upstream
from benches.rpc import Connection

FUNCTION = "def f(x):\n    if x == True:\n        return True\n    return False\n"
ANSWER = "```python\ndef f(x):\n    return x == True\n```"
LINES = (50, 10_000)


class Editor(Connection):
    """A connection that applies nothing, and notes when an edit came."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        super().__init__(process)
        self.edited = asyncio.Event()
        self.edited_at = 0.0

    def receive(self, message: dict[str, Any]) -> None:
        if message.get("method") == "workspace/applyEdit":
            self.edited_at = time.monotonic()
            result = {"applied": False, "failureReason": "only measured"}
            self.send({"id": message["id"], "result": result})
            self.edited.set()
            return
        super().receive(message)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benches.refactoring_overhead")
    parser.add_argument("--quick", action="store_true", help="a tenth of the tries")
    args = parser.parse_args()
    rows = asyncio.run(_measure(0.1 if args.quick else 1.0))
    print(table(["ms", "lines", "median", "p99", "n"], rows))
    return 0


async def _measure(scale: float) -> list[list[str]]:
    rows: list[list[str]] = []
    medians: dict[int, float] = {}
    async with upstream() as up:
        editor = await Editor.open(command("foretype"), environment(up.url))
        assert isinstance(editor, Editor)
        try:
            await _begin(editor)
            uri, text = _open(editor, 20)
            await _runs(editor, up, uri, text, 2)  # so that nothing is loaded while it is measured
            for n_lines in LINES:
                uri, text = _open(editor, n_lines)
                plain = await _plain(editor, round(1000 * scale))
                menu = await _menu(editor, uri, n_lines, round(1000 * scale))
                before_s = _processor_s(editor)
                asking, applying = await _runs(editor, up, uri, text, round(100 * scale))
                used_s = (_processor_s(editor) - before_s) / len(asking)
                added = [sum(both) for both in zip(asking, applying, strict=True)]
                rows += [
                    _row("a plain round trip", n_lines, plain),
                    _row("the menu", n_lines, menu),
                    _row("asking", n_lines, asking),
                    _row("applying", n_lines, applying),
                    _row("added", n_lines, added),
                    ["processor time, mean", f"{n_lines:,}", number(1000 * used_s), "", ""],
                ]
                medians[n_lines] = median(added)
        finally:
            await editor.close()
    return rows + await _naive(round(100 * scale), medians)


def _processor_s(editor: Editor) -> float:
    """The processor time that the server has used so far, in seconds."""
    times = psutil.Process(editor.process.pid).cpu_times()
    return float(times.user + times.system)


async def _begin(editor: Editor) -> None:
    params = initialize_params("vscode", {"completion": {"headStart": False}})
    params["capabilities"]["window"] = {"workDoneProgress": True}
    params["capabilities"]["textDocument"]["codeAction"] = {
        "codeActionLiteralSupport": {"codeActionKind": {"valueSet": [""]}}
    }
    await editor.call("initialize", params)
    editor.notify("initialized", {})


def _open(editor: Editor, n_lines: int) -> tuple[str, str]:
    filler = "value = compute(alpha, beta)\n" * ((n_lines - 8) // 2)
    text = f"{filler}\n\n{FUNCTION}\n\n{filler}"
    uri = f"file:///bench/{n_lines}.py"
    item = {"uri": uri, "languageId": "python", "version": 1, "text": text}
    editor.notify("textDocument/didOpen", {"textDocument": item})
    return uri, text


async def _naive(tries: int, medians: dict[int, float]) -> list[list[str]]:
    rows = []
    async with upstream() as up:
        editor = await Typist.start("naive", up.url)
        for n_lines in LINES:
            out, back = await there_and_back(editor, up, n_lines, tries)
            added = [sum(both) for both in zip(out, back, strict=True)]
            rows.append(_row("*naive* adds", n_lines, added))
            ratio = number(medians[n_lines] / median(added), 2)
            rows.append(["added / *naive*", f"{n_lines:,}", ratio, "", ""])
        await editor.close()
    return rows


async def _plain(editor: Editor, tries: int) -> list[float]:
    times = []
    for _ in range(tries):
        asked = await editor.call("workspace/executeCommand", {"command": "foretype.cancel"})
        times.append(asked.at - asked.sent)
    return times


async def _menu(editor: Editor, uri: str, n_lines: int, tries: int) -> list[float]:
    dice = random.Random(1)
    times = []
    for _ in range(tries):
        place = {"line": dice.randrange(n_lines), "character": 0}
        asked = await editor.call("textDocument/codeAction", _params(uri, place))
        times.append(asked.at - asked.sent)
    return times


async def _runs(
    editor: Editor, up: Upstream, uri: str, text: str, tries: int
) -> tuple[list[float], list[float]]:
    line = text[: text.index("def f")].count("\n") + 1
    place = {"line": line, "character": 4}
    argument = {"action": "simplify", "uri": uri, "range": {"start": place, "end": place}}
    asking, applying = [], []
    for _ in range(tries):
        await up.reset()
        await up.script(text=ANSWER, stops=False, first_ms=20)
        editor.edited.clear()
        began = time.monotonic()
        params = {"command": "foretype.refactor", "arguments": [argument]}
        await editor.call("workspace/executeCommand", params)
        await asyncio.wait_for(editor.edited.wait(), 30)
        (request,) = (await up.log())["requests"]
        asking.append(request["arrived"] - began)
        applying.append(editor.edited_at - request["last"])
        # The server looks whether the refused edit was crossed by a key.
        await asyncio.sleep(0.4)
    return asking, applying


def _params(uri: str, place: dict[str, int]) -> dict[str, Any]:
    return {
        "textDocument": {"uri": uri},
        "range": {"start": place, "end": place},
        "context": {"diagnostics": [], "triggerKind": 2},
    }


def _row(what: str, n_lines: int, times: list[float]) -> list[str]:
    in_ms = [1000 * each for each in times]
    figures = [number(median(in_ms)), number(percentile(in_ms, 0.99))]
    return [what, f"{n_lines:,}", *figures, str(len(times))]


if __name__ == "__main__":
    raise SystemExit(main())
