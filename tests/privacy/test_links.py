"""Links of all kinds, to what is excluded and to what lies outside: nothing of it is ever read.

Each kind of link, each place it may lead to, and each way by which a file reaches a prompt.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from foretype.cli.audit import Audit, audit_at
from foretype.cli.file_position import FilePosition, open_at_position
from foretype.completion.context.snippets import read_imported, read_similar
from foretype.core.text import Document
from foretype.privacy.gate import Gate
from foretype.refactor.agent.toolbox import Toolbox
from foretype.refactor.agent.workspace import Workspace
from foretype.settings.schema import CompletionSettings, IndexSettings, Settings

MARKER = "dear_diary_entry"
SECRET = f"class Diary:\n    def {MARKER}(self):\n        return 1\n"
CODE = (
    "from .lib import Diary\nfrom .sub.diary import Diary\n\n\ndef read(diary):\n    return diary."
)
TARGETS = {"outside": "../private", "excluded": "secrets"}
# Each name, and where it leads; {to} is the folder that must not be read.
LINKS = {
    "a file": {"lib.py": "{to}/diary.py"},
    "a folder": {"sub": "{to}"},
    "a chain": {"lib.py": "one.py", "one.py": "two.py", "two.py": "{to}/diary.py"},
    "a folder, then a file": {"sub": "{to}", "lib.py": "sub/diary.py"},
    "a chain of folders": {"sub": "deep", "deep": "{to}"},
    "a loop": {"lib.py": "one.py", "one.py": "lib.py"},
    "a loop of folders": {"sub": "sub", "lib.py": "sub/sub/sub/lib.py"},
    "a pipe": {"lib.py": "{to}/pipe"},
}


def project(folder: Path, links: dict[str, str]) -> Path:
    """A project with some links, a folder that it excludes, and another folder beside it."""
    root = folder / "work"
    for place in (root / ".git", folder / "private", root / "secrets"):
        place.mkdir(parents=True)
    (root / ".gitignore").write_text("secrets/\n")
    (root / "main.py").write_text(CODE)
    for place in (folder / "private", root / "secrets"):
        (place / "diary.py").write_text(SECRET)
        if hasattr(os, "mkfifo"):
            os.mkfifo(place / "pipe")
    for name, target in links.items():
        try:
            (root / name).symlink_to(target, target_is_directory=Path(name).suffix == "")
        except OSError:
            pytest.skip("no links here")
    return root


def gate_of(root: Path) -> Gate:
    return Gate(Settings(), (root,))


async def by_import(root: Path) -> str:
    document = Document((root / "main.py").as_uri(), CODE, "python")
    return str([each.text for each in read_imported(document, gate_of(root).excluded, ())])


async def by_likeness(root: Path) -> str:
    document = Document((root / "main.py").as_uri(), CODE, "python")
    names = ("lib.py", "sub/diary.py", "one.py", "deep/diary.py", "secrets/diary.py")
    paths = [str(root / name) for name in names]
    return str([each.text for each in read_similar(document, gate_of(root).excluded, (), paths)])


async def by_tools(root: Path) -> str:
    tools = Toolbox(Workspace(root, gate_of(root).excluded, {}))
    calls: list[tuple[str, dict[str, str]]] = [
        ("search", {"text": MARKER}),
        ("list_files", {}),
        *(("read_file", {"path": name}) for name in ("lib.py", "sub/diary.py", "one.py")),
        *(("list_files", {"folder": name}) for name in ("sub", "deep", "secrets")),
        *(("read_file", {"path": name}) for name in ("secrets/diary.py", "../private/diary.py")),
    ]
    return str([await tools.call(name, json.dumps(arguments)) for name, arguments in calls])


async def by_completing(root: Path) -> str:
    """What ``foretype complete`` and ``foretype audit`` would send, of the file and the links."""
    settings = Settings(
        base_url="http://127.0.0.1:9/v1",
        completion=CompletionSettings(local="off"),
        index=IndexSettings(enabled=False),
    )
    shown = []
    for name in ("main.py", "lib.py", "sub/diary.py"):
        try:
            lines = (root / name).read_text().split("\n") if (root / name).is_file() else [""]
            place = FilePosition(root / name, len(lines), len(lines[-1]) + 1)
            cursor = open_at_position(place)
        except Exception:  # There is no such file: a loop, a pipe.
            continue
        if name != "main.py" and gate_of(root).excluded(cursor.document.uri) is None:
            continue  # Whoever names a file that lies outside means it.
        found = await audit_at(cursor, root, settings, {"FORETYPE_LEDGER": ":memory:"})
        shown.append(found.request.body.decode() if isinstance(found, Audit) else "")
    return str(shown)


WAYS = (by_import, by_likeness, by_tools, by_completing)
Way = Callable[[Path], Coroutine[Any, Any, str]]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("to", TARGETS.values(), ids=TARGETS)
@pytest.mark.parametrize("links", LINKS.values(), ids=LINKS)
async def test_nothing_is_read_through_a_link(
    tmp_path: Path, links: dict[str, str], to: str, way: Way
) -> None:
    root = project(tmp_path, {name: target.format(to=to) for name, target in links.items()})
    async with asyncio.timeout(60):  # A pipe is never waited for.
        assert MARKER not in await way(root)


@pytest.mark.parametrize("way", WAYS)
async def test_the_same_without_a_link_is_read(tmp_path: Path, way: Way) -> None:
    root = project(tmp_path, {})
    (root / "lib.py").write_text(SECRET)
    assert MARKER in await way(root)
