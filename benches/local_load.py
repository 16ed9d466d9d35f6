"""What the embedded engine costs while somebody works: indexing, memory, and waiting.

The workspace is a folder of foreign packages, by default all that the other benches have fetched.

* index    processor time, memory and disk of the process that reads the workspace
* typing   a real server, no model: the time from a key to its answer, where text is typed through,
           while the workspace is indexed and without it; then resident memory of all processes

    python -m benches.local_load index [--root FOLDER]
    python -m benches.local_load typing [--root FOLDER] [--keys 2000]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benches.corpus import CACHE
from benches.figures import median, percentile
from benches.processes import command, environment, initialize_params
from benches.rpc import Connection
from foretype.local.workspace.indexer import Job
from foretype.local.workspace.store import Store

LINE = "config = parse_configuration(path)\n"
KNOWN_LINES = 6
SAMPLES = 4
"""Times at which memory is looked at."""


def index(root: Path) -> None:
    """Index a workspace once, and print what it took for each megabyte of source."""
    with tempfile.TemporaryDirectory() as folder:
        job = Job(folder, (str(root),), dependencies=False)
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "foretype.local.workspace.indexer"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        assert process.stdin is not None
        process.stdin.write(job.line())
        process.stdin.flush()
        _, _, used = os.wait4(process.pid, 0)
        store = Store(Path(folder), root)
        files = store.files()
        store.close()
        source = sum(file.size for file in files) / 1e6
        disk = sum(each.stat().st_size for each in Path(folder).iterdir()) / 1e6
        seconds = used.ru_utime + used.ru_stime
        print(
            f"{len(files)} files, {source:.1f} MB: {seconds / source:.3f} s and {disk / source:.1f}"
            f" MB on disk for each MB; {used.ru_maxrss / 1024:.0f} MB resident at most"
        )


async def type_lines(root: Path, n_keys: int, *, indexes: bool) -> None:
    """Type lines that are known, a key at a time, and print the times of what is typed through."""
    with tempfile.TemporaryDirectory() as folder:
        env = environment("") | {"FORETYPE_INDEX": folder if indexes else ":memory:"}
        connection = await Connection.open(command("foretype"), env)
        try:
            params = initialize_params("vscode", {"completion": {"local": "only"}})
            params["workspaceFolders"] = [{"uri": root.as_uri(), "name": "workspace"}]
            await connection.call("initialize", params)
            connection.notify("initialized", {})
            times, memory = await _type(connection, root, n_keys)
        finally:
            await connection.close()
        ms = sorted(1000 * each for each in times)
        what = "while indexing" if indexes else "without an index"
        print(
            f"{what:18} {len(ms)} keys typed through: median {median(ms):.2f} ms,"
            f" p95 {percentile(ms, 0.95):.2f}, p99 {percentile(ms, 0.99):.2f};"
            f" resident MB {', '.join(f'{each:.0f}' for each in memory)}"
        )


async def _type(connection: Connection, root: Path, n_keys: int) -> tuple[list[float], list[float]]:
    uri, version, text = (root / "typed_here.py").as_uri(), 1, LINE * KNOWN_LINES
    opened = {"uri": uri, "languageId": "python", "version": 1, "text": text}
    connection.notify("textDocument/didOpen", {"textDocument": opened})
    await asyncio.sleep(1)
    times: list[float] = []
    memory: list[float] = []
    shown = ""
    for n in range(n_keys):
        key = LINE[n % len(LINE)]
        position = _end_of(text)
        text, version = text + key, version + 1
        change: dict[str, Any] = {"range": {"start": position, "end": position}, "text": key}
        identified = {"uri": uri, "version": version}
        connection.notify(
            "textDocument/didChange", {"textDocument": identified, "contentChanges": [change]}
        )
        asked = await connection.call(
            "textDocument/inlineCompletion",
            {
                "textDocument": {"uri": uri},
                "position": _end_of(text),
                "context": {"triggerKind": 2},
            },
        )
        if shown.startswith(key) and len(shown) > 1:
            times.append(asked.at - asked.sent)
        items = (
            (asked.result or {}).get("items") if isinstance(asked.result, dict) else asked.result
        )
        shown = items[0]["insertText"] if items else ""
        if n % 100 == 99:
            await asyncio.sleep(0.3)  # a pause, in which the engine reads on
        if (n + 1) % (n_keys // SAMPLES) == 0:
            memory.append(_resident_mb(connection.process.pid))
    return times, memory


def _end_of(text: str) -> dict[str, int]:
    return {"line": text.count("\n"), "character": len(text) - text.rfind("\n") - 1}


def _resident_mb(pid: int) -> float:
    """The resident memory of a process and its children, where the system tells it."""
    import psutil  # type: ignore[import-untyped, unused-ignore]

    process = psutil.Process(pid)
    family = [process, *process.children(recursive=True)]
    return float(sum(each.memory_info().rss for each in family) / 1e6)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("what", choices=("index", "typing"))
    parser.add_argument("--root", type=Path, default=CACHE)
    parser.add_argument("--keys", type=int, default=2_000)
    options = parser.parse_args()
    if options.what == "index":
        index(options.root)
        return
    for indexes in (False, True):
        begin = time.monotonic()
        asyncio.run(type_lines(options.root, options.keys, indexes=indexes))
        print(f"({time.monotonic() - begin:.0f} s)", file=sys.stderr)


if __name__ == "__main__":
    main()
