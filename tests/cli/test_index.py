from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from foretype.cli.index import index
from foretype.local.workspace.indexer import Job, run
from foretype.local.workspace.store import MEMORY, VARIABLE, indexes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the index of one workspace."""
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "a.py").write_text("a = 1\n")
    run(Job(str(tmp_path / "index"), (str(tmp_path / "project"),)), lambda: None)
    return tmp_path / "index"


def test_shows_where_the_index_is(folder: Path) -> None:
    result = CliRunner().invoke(index, env={VARIABLE: str(folder)})
    assert f"{folder}: 1 workspace folder, " in result.output


def test_deletes_the_index(folder: Path) -> None:
    result = CliRunner().invoke(index, ["--clear"], env={VARIABLE: str(folder)})
    assert "Deleted the index of 1 workspace folder." in result.output
    assert indexes(folder) == []


def test_says_that_nothing_is_kept() -> None:
    assert "Nothing is kept" in CliRunner().invoke(index, env={VARIABLE: MEMORY}).output
