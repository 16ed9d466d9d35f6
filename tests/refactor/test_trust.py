"""Folders that the user trusts are remembered, and a damaged file costs a question."""

from __future__ import annotations

from pathlib import Path

import pytest

from foretype.refactor.trust import FILE, MAX_FOLDERS, TrustedFolders


def store(folder: Path) -> TrustedFolders:
    return TrustedFolders({"FORETYPE_LEDGER": str(folder / "state/ledger.sqlite3")})


def test_a_folder_is_trusted_with_what_is_below_it(tmp_path: Path) -> None:
    project = tmp_path / "project"
    assert not store(tmp_path).holds(project)
    store(tmp_path).add(project)
    assert store(tmp_path).holds(project) and store(tmp_path).holds(project / "a/b")
    assert not store(tmp_path).holds(tmp_path) and not store(tmp_path).holds(tmp_path / "project2")
    assert "project" not in (tmp_path / "state" / FILE).read_text()


def test_a_link_to_a_folder_is_as_trusted_as_the_folder(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "project").mkdir()
    (tmp_path / "project/link").symlink_to(tmp_path / "other")
    store(tmp_path).add(tmp_path / "project")
    assert not store(tmp_path).holds(tmp_path / "project/link")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"folders": 1}', '{"folders": [1]}', "\xff", "[" * 99_999]
)
def test_a_damaged_file_trusts_nothing_and_is_replaced(tmp_path: Path, text: str) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / FILE).write_text(text, encoding="latin-1")
    assert not store(tmp_path).holds(tmp_path)
    store(tmp_path).add(tmp_path)
    assert store(tmp_path).holds(tmp_path)


def test_without_a_state_folder_a_yes_counts_for_the_session(tmp_path: Path) -> None:
    trusted = TrustedFolders({"FORETYPE_LEDGER": ":memory:"})
    trusted.add(tmp_path)
    assert trusted.holds(tmp_path)
    (tmp_path / "state").write_text("in the way")
    blocked = store(tmp_path)
    blocked.add(tmp_path)
    assert blocked.holds(tmp_path) and not store(tmp_path).holds(tmp_path)


def test_the_file_does_not_grow_without_end(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    file = tmp_path / "state" / FILE
    file.write_text('{"folders": [' + ", ".join(f'"{n}"' for n in range(MAX_FOLDERS)) + "]}")
    store(tmp_path).add(tmp_path)
    assert file.read_text().count(",") == MAX_FOLDERS - 1 and store(tmp_path).holds(tmp_path)
