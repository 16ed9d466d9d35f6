"""What the embedded engine costs while somebody works: indexing, memory, and waiting.

The workspace is a folder of foreign packages, by default all that the other benches have fetched.

* index    processor time, memory and disk of the process that reads the workspace
* typing   a real server, no model: the time from a key to its answer, where text is typed through,
           while the workspace is indexed and without it; resident memory of all processes after
           each fifth of the keys
* loop     how late an event loop comes to what is due each millisecond, with and without, and how
           much of that this process had a processor

    python -m benches.local_load index [--root FOLDER]
    python -m benches.local_load typing [--root FOLDER] [--keys 2000]
    python -m benches.local_load loop [--root FOLDER]
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

from benches.corpus import CACHE
from benches.figures import median, percentile
from benches.processes import command, environment, initialize_params
from benches.rpc import Connection
from foretype.completion.selection.fallback import EmbeddedFallback
from foretype.core.text import Document
from foretype.local.engine import Engine
from foretype.local.walk import files_below
from foretype.local.workspace.indexed_workspace import Workspace
from foretype.local.workspace.indexer import Job
from foretype.local.workspace.store import Store
from foretype.lsp.server import SWITCH_INTERVAL_S

KNOWN_LINES = 60
"""Lines at the top of a real file that are open; the last of them are typed again below them."""
TYPED_LINES = 20
OPEN_FILES = 8
SETTLE_S = 1.0
"""Seconds after a file was opened, in which the engine begins to read."""
SAMPLES = 5
"""Times at which memory is looked at."""
BEAT_S = 0.001
BEATS = 8_000


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
        files = list(store.files())
        store.close()
        source = sum(file.size for file in files) / 1e6
        disk = sum(each.stat().st_size for each in Path(folder).iterdir()) / 1e6
        seconds = used.ru_utime + used.ru_stime
        print(
            f"{len(files)} files, {source:.1f} MB: {seconds / source:.3f} s and {disk / source:.1f}"
            f" MB on disk for each MB; {used.ru_maxrss / 1024:.0f} MB resident at most"
        )


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some lines that are typed at the end of a file that has them already."""

    uri: str
    language: str
    text: str
    typed: str


def stretches(root: Path) -> Iterator[Stretch]:
    """Stretches of the files of a workspace without end, the same each time."""
    files = list(files_below(root))
    random.Random(1).shuffle(files)
    for number, file in enumerate(cycle(files)):
        text = Path(file.path).read_bytes().decode("utf-8", "replace")
        lines = text.splitlines(keepends=True)[:KNOWN_LINES]
        if len(lines) == KNOWN_LINES and text.isascii() and "\r" not in text:
            path = Path(file.path)
            uri = path.with_name(f"typed_here_{number}{path.suffix}").as_uri()
            yield Stretch(uri, file.language, "".join(lines), "".join(lines[-TYPED_LINES:]))


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
            f" resident MB {', '.join(f'{each:.0f}' for each in memory)}",
            flush=True,
        )


async def _type(connection: Connection, root: Path, n_keys: int) -> tuple[list[float], list[float]]:
    times: list[float] = []
    memory: list[float] = []
    opened: list[str] = []
    left = n_keys
    for stretch in stretches(root):
        opened.append(stretch.uri)
        if len(opened) > OPEN_FILES:
            closed = {"textDocument": {"uri": opened.pop(0)}}
            connection.notify("textDocument/didClose", closed)
        times += await _type_stretch(connection, stretch)
        while n_keys - left + len(stretch.typed) >= (len(memory) + 1) * n_keys / SAMPLES:
            memory.append(_resident_mb(connection.process.pid))
        left -= len(stretch.typed)
        if left <= 0:
            break
    return times, memory


async def _type_stretch(connection: Connection, stretch: Stretch) -> list[float]:
    """Type one stretch; return the times of the answers that continue what was shown."""
    uri, version, text = stretch.uri, 1, stretch.text
    item = {"uri": uri, "languageId": stretch.language, "version": 1, "text": text}
    connection.notify("textDocument/didOpen", {"textDocument": item})
    await asyncio.sleep(SETTLE_S)
    times: list[float] = []
    shown = ""
    for key in stretch.typed:
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
        result = asked.result
        items = (result or {}).get("items") if isinstance(result, dict) else result
        shown = items[0]["insertText"] if items else ""
    return times


def _end_of(text: str) -> dict[str, int]:
    return {"line": text.count("\n"), "character": len(text) - text.rfind("\n") - 1}


async def beat(root: Path, *, indexes: bool) -> None:
    """Print how late a loop comes to what is due each millisecond, while a workspace is read.

    *Held* is the part of it in which this process had a processor: other work on the machine makes
    a beat late, too.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    # As the server does once it is up: what was imported is not looked through again.
    gc.collect()
    gc.freeze()
    engine = Engine()
    stretch = next(stretches(root))
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Job(folder, (str(root),)), lambda path: None)
        reading = EmbeddedFallback(engine)
        if indexes:
            engine.use(workspace)
        reading.opened(Document(stretch.uri, stretch.text, stretch.language))
        late: list[float] = []
        held: list[float] = []
        while len(late) < BEATS or (indexes and workspace.is_busy):
            due, used = time.perf_counter() + BEAT_S, time.process_time()
            await asyncio.sleep(BEAT_S)
            late.append(1000 * (time.perf_counter() - due))
            held.append(min(late[-1], 1000 * (time.process_time() - used)))
            if len(late) % 500 == 0:
                reading.opened(Document(stretch.uri, stretch.text, stretch.language))
        await reading.close()
        workspace.close()
    what = "while indexing" if indexes else "without an index"
    for name, times in (("late", late), ("held", held)):
        times.sort()
        print(
            f"{what:18} {len(times)} beats, {name} by: median {median(times):.2f} ms,"
            f" p99 {percentile(times, 0.99):.2f}, p99.9 {percentile(times, 0.999):.2f},"
            f" max {times[-1]:.2f}; over 5 ms: {sum(each > 5 for each in times)}",
            flush=True,
        )


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
    parser.add_argument("what", choices=("index", "typing", "loop"))
    parser.add_argument("--root", type=Path, default=CACHE)
    parser.add_argument("--keys", type=int, default=2_000)
    options = parser.parse_args()
    if options.what == "index":
        index(options.root)
        return
    for indexes in (False, True):
        begin = time.monotonic()
        if options.what == "loop":
            asyncio.run(beat(options.root, indexes=indexes))
        else:
            asyncio.run(type_lines(options.root, options.keys, indexes=indexes))
        print(f"({time.monotonic() - begin:.0f} s)", file=sys.stderr)


if __name__ == "__main__":
    main()
