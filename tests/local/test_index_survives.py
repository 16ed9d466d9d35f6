"""The index survives what happens to files and processes, and the engine answers meanwhile."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest
from helpers.marks import cursor

from foretype.local import walk
from foretype.local.engine import Engine, Guess
from foretype.local.workspace import indexed_workspace, indexer
from foretype.local.workspace.indexed_workspace import Workspace
from foretype.local.workspace.indexer import BATCH_FILES, Job, run
from foretype.local.workspace.store import FORMAT, Store, indexes

PARSE = "config = parse_configuration(path)\n" * 4
DRAWN = "value = parse_conf‸"


class Server:
    """What one server has of a workspace."""

    def __init__(self, tmp_path: Path) -> None:
        root = tmp_path / "root"
        self.workspace = Workspace(Job(str(tmp_path / "index"), (str(root),)), lambda path: None)
        self.engine = Engine()
        self.engine.use(self.workspace)
        self.cursor = cursor(DRAWN, uri=(root / "here.py").as_uri())
        self.engine.opened(self.cursor.document)

    def read(self) -> Guess | None:
        """Index and read the workspace; return the guess."""
        for _ in range(6_000):
            if not self.engine.idle(1000) and not self.workspace.is_busy:
                break
            time.sleep(0.01)
        self.engine.idle(60_000)
        return self.engine.predict(self.cursor)

    def look_again(self) -> None:
        """Index the workspace anew although it is not yet time to."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(indexed_workspace, "REFRESH_S", 0.0)
            self.workspace.refresh([])

    def close(self) -> None:
        self.workspace.close()


def write_files(tmp_path: Path, n: int = 1) -> None:
    (tmp_path / "root").mkdir(exist_ok=True)
    for number in range(n):
        (tmp_path / "root" / f"other{number}.py").write_text(PARSE)


def is_right(guess: Guess | None) -> bool:
    return guess is not None and "iguration(path)".startswith(guess.text)


def stored(tmp_path: Path) -> int:
    """How many files an index has."""
    store = Store(tmp_path / "index", tmp_path / "root")
    try:
        return len(list(store.files()))
    finally:
        store.close()


# --- the index ----------------------------------------------------------------------------------


def overwrite(file: Path) -> None:
    file.write_bytes(b"this is no index" * 1000)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:5000])


def empty(file: Path) -> None:
    file.write_bytes(b"")


@pytest.mark.skipif(sys.platform == "win32", reason="an open file can neither be cut nor deleted")
@pytest.mark.parametrize("damage", [overwrite, cut, empty, Path.unlink])
def test_answers_while_its_index_is_damaged_and_rebuilds_it(
    damage: Callable[[Path], None], tmp_path: Path
) -> None:
    write_files(tmp_path)
    server = Server(tmp_path)
    assert is_right(server.read())
    for file in indexes(tmp_path / "index"):
        damage(file)
    server.look_again()
    assert is_right(server.engine.predict(server.cursor))
    assert is_right(server.read())
    server.close()
    other = Server(tmp_path)
    assert is_right(other.read())
    other.close()
    assert stored(tmp_path) == 1


def test_goes_on_after_a_process_that_was_killed(tmp_path: Path) -> None:
    write_files(tmp_path, 3 * BATCH_FILES)

    class Killed(BaseException):
        """The process ends after its first batch."""

    def end() -> None:
        raise Killed

    job = Job(str(tmp_path / "index"), (str(tmp_path / "root"),))
    with suppress(Killed):
        run(job, end)
    assert stored(tmp_path) == BATCH_FILES
    batches: list[int] = []
    run(job, lambda: batches.append(1))
    assert stored(tmp_path) == 3 * BATCH_FILES
    assert len(batches) == 2


def test_two_servers_share_an_index(tmp_path: Path) -> None:
    write_files(tmp_path, 2 * BATCH_FILES)
    servers = [Server(tmp_path), Server(tmp_path)]
    guesses: list[Guess | None] = []
    threads = [Thread(target=lambda s=server: guesses.append(s.read())) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for server in servers:
        server.close()
    assert [is_right(guess) for guess in guesses] == [True, True]
    assert len(indexes(tmp_path / "index")) == 1
    assert stored(tmp_path) == 2 * BATCH_FILES


def test_an_older_format_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path)
    job = Job(str(tmp_path / "index"), (str(tmp_path / "root"),))
    with monkeypatch.context() as patch:
        patch.setattr("foretype.local.workspace.store.FORMAT", FORMAT - 1)
        run(job, lambda: None)
    assert stored(tmp_path) == 0
    run(job, lambda: None)
    assert stored(tmp_path) == 1


# --- the workspace ------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and links of POSIX")
def test_a_hostile_workspace_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "root"
    write_files(tmp_path)
    os.mkfifo(root / "pipe.py")
    os.mkfifo(root / "package.json")
    with (root / "huge.py").open("wb") as file:
        file.truncate(100_000_000)
    (root / "minified.js").write_text("a=1;" * 20_000)
    for name in ("one", "two"):
        (root / name).mkdir()
    (root / "one" / "circle").symlink_to(root)
    (root / "two" / "up").symlink_to(root / "one")
    (root / "itself.py").symlink_to(root / "itself.py")
    many = root / "many"
    many.mkdir()
    for number in range(600):
        (many / f"file{number}.py").write_text(f"x = {number}\n")
    deep = many
    for _ in range(60):
        deep /= "d"
        deep.mkdir()
    monkeypatch.setattr(walk, "MAX_ENTRIES_OF_FOLDER", 400)
    monkeypatch.setattr(indexer, "MAX_FILES", 100)
    opened: list[str] = []
    really_open = os.open

    def count(path: str, *arguments: int) -> int:
        opened.append(path)
        return really_open(path, *arguments)

    monkeypatch.setattr(os, "open", count)
    run(Job(str(tmp_path / "index"), (str(root),)), lambda: None)
    assert stored(tmp_path) == 100
    sources = [path for path in opened if Path(path).suffix in (".py", ".js")]
    assert len(sources) == 100
    assert not any(Path(path).name in ("pipe.py", "huge.py", "itself.py") for path in sources)
