"""The workspace on disk: what is indexed of it, what is kept, and what the engine makes of it."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path, PurePath

import pytest
from helpers.bounded import exhaust
from helpers.marks import cursor
from helpers.rawclient import eventually
from hypothesis import given
from hypothesis import strategies as st

from foretype.core.text import Document
from foretype.local import walk
from foretype.local.engine import Engine, Guess
from foretype.local.lexer import MAX_LINE_CHARS
from foretype.local.packed import Packed, packed
from foretype.local.walk import File, files_below
from foretype.local.workspace.indexed_workspace import Workspace
from foretype.local.workspace.indexer import Job, run
from foretype.local.workspace.nearness import distance, imported_words, nearest
from foretype.local.workspace.store import FORMAT, Store, clear, indexes

PARSE = "config = parse_configuration(path)\n" * 4
TOKEN = "ghp_" + "a1B2c3D4e5" * 3 + "f6G7h8"

posix = pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")


def write(root: Path, **files: str) -> None:
    """Write files whose names have ``__`` for a slash and ``_py`` for the suffix."""
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_py", ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def names(root: Path) -> list[str]:
    return [Path(file.path).relative_to(root).as_posix() for file in files_below(root)]


# --- what is looked at --------------------------------------------------------------------------


def test_finds_sources_the_upper_folders_first(tmp_path: Path) -> None:
    write(tmp_path, a__deep__c_py="c", a__b_py="b", z_py="z", notes="text", node_modules__x_py="x")
    assert names(tmp_path) == ["z.py", "a/b.py", "a/deep/c.py"]


def test_follows_no_link(tmp_path: Path) -> None:
    write(tmp_path, outside__secret_py="x", root__a_py="a")
    root = tmp_path / "root"
    try:
        (root / "circle").symlink_to(root)
        (root / "out").symlink_to(tmp_path / "outside")
        (root / "file.py").symlink_to(tmp_path / "outside" / "secret.py")
    except OSError:
        pytest.skip("this user may not make links")
    assert names(root) == ["a.py"]


@posix
def test_touches_no_pipe(tmp_path: Path) -> None:
    write(tmp_path, a_py="a")
    os.mkfifo(tmp_path / "pipe.py")
    assert names(tmp_path) == ["a.py"]


def test_leaves_out_large_files(tmp_path: Path) -> None:
    write(tmp_path, a_py="a", large_py="x" * (walk.MAX_FILE_BYTES + 1))
    assert names(tmp_path) == ["a.py"]


def test_looks_at_so_many_entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "MAX_ENTRIES_OF_FOLDER", 5)
    monkeypatch.setattr(walk, "MAX_ENTRIES", 12)
    write(tmp_path, **{f"folder{n}__file{m}_py": "x" for n in range(9) for m in range(9)})
    assert len(names(tmp_path)) <= 12


PARTS = st.lists(st.sampled_from("abc"), max_size=4)


@given(PARTS, PARTS)
def test_a_distance_is_the_same_both_ways(one: list[str], other: list[str]) -> None:
    assert distance(one, other) == distance(other, one)
    assert (distance(one, other) == 0) == (one == other)


def test_what_is_imported_comes_first_and_another_language_last() -> None:
    def file(path: str, language: str = "python") -> File:
        return File(str(PurePath(path)), language, 0, 1)

    files = [
        file("/p/x/far.py"),
        file("/p/a/near.py"),
        file("/p/y/used.py"),
        file("/p/a/b.go", "go"),
    ]
    imported = imported_words("from y import used\nvalue = near\n")
    ordered = nearest(files, PurePath("/p/a/here.py"), "python", imported, 4)
    assert [PurePath(each.path).stem for each in ordered] == ["used", "near", "far", "b"]


@given(st.lists(st.tuples(PARTS, st.integers(1, 9)), unique_by=lambda each: "/".join(each[0])))
def test_the_nearest_are_those_that_all_would_begin_with(
    found: list[tuple[list[str], int]],
) -> None:
    files = [File(str(PurePath("/p", *path, "x.py")), "python", 0, size) for path, size in found]
    here = PurePath("/p/a/b/here.py")
    ordered = nearest(files, here, "python", frozenset(), 1_000)
    assert sorted(ordered) == sorted(files)
    few = nearest(iter(files), here, "python", frozenset(), 10)
    assert few == ordered[: len(few)]
    assert sum(file.size for file in few) <= 10
    assert sum(file.size for file in ordered[: len(few) + 1]) > 10 or few == ordered


# --- what is kept -------------------------------------------------------------------------------


def indexed(root: Path, folder: Path, **settings: tuple[str, ...] | bool) -> dict[str, Packed]:
    """The tokens of the files of a folder, as they are kept."""
    job = Job(folder=str(folder), roots=(str(root),), **settings)  # type: ignore[arg-type]
    run(job, lambda: None)
    store = Store(folder, root)
    try:
        kept = {Path(file.path).name: store.read(file.path) for file in store.files()}
        assert all(kept.values())
        return {name: streams for name, streams in kept.items() if streams}
    finally:
        store.close()


def test_keeps_what_may_leave(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(root, a_py="a", ignored_py="b", private_py="c", build__d_py="d")
    (root / ".gitignore").write_text("ignored.py\nbuild/\n")
    kept = indexed(root, tmp_path / "index", exclude=("private.py",))
    assert kept == {"a.py": packed("a")}


def test_drops_what_is_excluded_since(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(root, a_py="a", b_py="b")
    assert indexed(root, tmp_path / "index").keys() == {"a.py", "b.py"}
    assert indexed(root, tmp_path / "index", exclude=("b.py",)).keys() == {"a.py"}


def test_leaves_out_lines_with_secrets(tmp_path: Path) -> None:
    write(tmp_path / "root", a_py=f"one = 1\nkey = '{TOKEN}'\ntwo = 2\n")
    kept = indexed(tmp_path / "root", tmp_path / "index")
    assert kept == {"a.py": packed("one = 1\n\ntwo = 2")}
    data = b"".join(file.read_bytes() for file in (tmp_path / "index").iterdir())
    assert TOKEN.encode() not in data


def test_leaves_out_a_secret_whose_name_is_in_a_line_that_is_left_out(tmp_path: Path) -> None:
    long = f"x = {'0' * MAX_LINE_CHARS}; password = (\n"
    write(tmp_path / "root", a_py=f"{long}'c0rrect-horse'\n" + "one = 1\n" * 20)
    kept = indexed(tmp_path / "root", tmp_path / "index")
    assert "horse" not in kept["a.py"].tokens


def test_reads_again_what_changed(tmp_path: Path) -> None:
    write(tmp_path / "root", a_py="a", b_py="b")
    indexed(tmp_path / "root", tmp_path / "index")
    write(tmp_path / "root", a_py="another")
    (tmp_path / "root" / "b.py").unlink()
    assert indexed(tmp_path / "root", tmp_path / "index") == {"a.py": packed("another")}


def overwrite(file: Path) -> None:
    file.write_bytes(b"this is no index" * 1000)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:5000])


def make_newer(file: Path) -> None:
    connection = sqlite3.connect(file)
    connection.execute(f"PRAGMA user_version = {FORMAT + 1}")
    connection.close()


@pytest.mark.parametrize("damage", [overwrite, cut, make_newer, Path.unlink])
def test_replaces_an_index_that_cannot_be_read(
    damage: Callable[[Path], None], tmp_path: Path
) -> None:
    write(tmp_path / "root", a_py="a")
    indexed(tmp_path / "root", tmp_path / "index")
    (file,) = indexes(tmp_path / "index")
    damage(file)
    store = Store(tmp_path / "index", tmp_path / "root")
    assert list(store.files()) == []
    store.close()
    assert indexed(tmp_path / "root", tmp_path / "index") == {"a.py": packed("a")}


def test_leaves_out_a_row_that_is_damaged(tmp_path: Path) -> None:
    write(tmp_path / "root", a_py="a", b_py="b")
    indexed(tmp_path / "root", tmp_path / "index")
    store = Store(tmp_path / "index", tmp_path / "root")
    with sqlite3.connect(store.file) as connection:
        connection.execute("UPDATE files SET data = x'616263' WHERE path LIKE '%a.py'")
    read = {Path(file.path).name: store.read(file.path) for file in store.files()}
    store.close()
    assert read == {"a.py": None, "b.py": packed("b")}


@posix
def test_is_for_the_user_alone(tmp_path: Path) -> None:
    write(tmp_path / "root", a_py="a")
    indexed(tmp_path / "root", tmp_path / "index")
    assert (tmp_path / "index").stat().st_mode & 0o077 == 0
    assert all(file.stat().st_mode & 0o077 == 0 for file in (tmp_path / "index").iterdir())


def test_is_deleted_on_request(tmp_path: Path) -> None:
    write(tmp_path / "root", a_py="a")
    indexed(tmp_path / "root", tmp_path / "index")
    assert clear(tmp_path / "index") == []
    assert list((tmp_path / "index").iterdir()) == []


def uses_of_json(root: Path, folder: Path) -> object:
    """How often the installed packages use the members of ``json``, as it is kept."""
    store = Store(folder, root)
    list(store.files())
    try:
        return store.uses_of("member", "json")
    finally:
        store.close()


def test_keeps_what_is_usual_in_the_installed_packages(tmp_path: Path) -> None:
    root, packages = tmp_path / "root", ".venv__lib__python3.11__site-packages__"
    write(root, a_py="a", **{f"{packages}used_py": "json.loads(x)\n" * 3})
    assert indexed(root, tmp_path / "index").keys() == {"a.py"}
    assert uses_of_json(root, tmp_path / "index") == {" loads": 3}


def test_reads_no_installed_package_if_it_may_not(tmp_path: Path) -> None:
    root, packages = tmp_path / "root", ".venv__lib__python3.11__site-packages__"
    write(root, **{f"{packages}used_py": "json.loads(x)\n" * 3})
    indexed(root, tmp_path / "index", dependencies=False)
    assert uses_of_json(root, tmp_path / "index") == {}


# --- what the engine makes of it ----------------------------------------------------------------


def read_all(engine: Engine, workspace: Workspace) -> None:
    """Let the process index the workspace, and the engine read what it wrote."""
    assert eventually(lambda: not (engine.idle(1000) or workspace.is_busy))
    exhaust(lambda: engine.idle(1000))


def ask(
    root: Path,
    drawn: str,
    *,
    path: str = "here.py",
    is_excluded: Callable[[str], str | None] = lambda path: None,
) -> Guess | None:
    """The guess at a drawn place once the workspace is indexed, by a process of its own."""
    workspace = Workspace(Job(str(root.parent / "index"), (str(root),)), is_excluded)
    engine = Engine()
    engine.use(workspace)
    here = cursor(drawn, uri=(root / path).as_uri())
    engine.opened(here.document)
    try:
        read_all(engine, workspace)
        return engine.predict(here)
    finally:
        workspace.close()


def test_completes_from_a_file_that_is_not_open(tmp_path: Path) -> None:
    write(tmp_path / "root", other_py=PARSE)
    guess = ask(tmp_path / "root", "value = parse_conf‸")
    assert guess and "iguration(path)".startswith(guess.text)


def test_uses_no_file_that_is_excluded_by_now(tmp_path: Path) -> None:
    write(tmp_path / "root", other_py=PARSE)
    assert ask(tmp_path / "root", "value = parse_conf‸")
    rule = lambda path: "a rule" if path.endswith("other.py") else None  # noqa: E731
    assert ask(tmp_path / "root", "value = parse_conf‸", is_excluded=rule) is None


def test_reads_an_open_file_as_it_is_open_and_not_from_the_disk(tmp_path: Path) -> None:
    write(tmp_path / "root", here_py=PARSE)
    assert ask(tmp_path / "root", "value = parse_conf‸") is None


def test_finds_the_files_that_share_rare_names(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(root, like_py="ledger = open_ledger(path)\n", unlike_py="path = find(path)\n")
    workspace = Workspace(Job(str(tmp_path / "index"), (str(root),)), lambda path: None)
    engine = Engine()
    engine.use(workspace)
    here = cursor("path = 1\nopen_ledger(‸", uri=(root / "here.py").as_uri())
    engine.opened(here.document)
    read_all(engine, workspace)
    assert engine.similar_files(here, 1) == [str(root / "like.py")]
    workspace.close()


@pytest.mark.parametrize(("value", "completes"), [(TOKEN, False), ("ghp_is_a_prefix", True)])
def test_never_completes_a_secret_and_does_complete_another_value(
    value: str, completes: bool
) -> None:
    text = f"key = '{value}'\n" * 3
    engine = Engine()
    engine.opened(Document("file:///project/other.py", text, "python"))
    found = ""
    for drawn in ("key = '‸", "key = 'ghp_‸"):
        here = cursor(drawn)
        engine.opened(here.document)
        exhaust(lambda: engine.idle(1000))
        guess = engine.predict(here)
        found += "" if guess is None else guess.text
    assert (value[4:] in found) == completes and TOKEN[4:8] not in found
