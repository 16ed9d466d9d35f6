"""Where the project around a file begins: one answer for the editor and the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from foretype.cli.file_position import project_of
from foretype.completion.context.imports import imports_of
from foretype.core.project import project_root
from foretype.core.text import Document


def made(folder: Path, *names: str) -> Path:
    """A file deep in a folder in which there are some files and, ending in ``/``, folders."""
    for name in (*names, "top/middle/inner/a.py"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir() if name.endswith("/") else path.write_text("import x\n")
    return folder / "top" / "middle" / "inner" / "a.py"


@pytest.mark.parametrize(
    ("names", "root"),
    [
        ((), "top/middle/inner"),
        (("top/.git/",), "top"),
        (("top/.git",), "top"),  # a worktree's, or a submodule's
        (("top/.hg/", "top/middle/.jj/"), "top/middle"),
        (("top/.git/", "top/middle/.foretype.toml"), "top/middle"),
        (("top/.foretype.toml", "top/middle/.git/"), "top/middle"),
        # A manifest within a repository is one of its parts.
        (("top/.git/", "top/middle/pyproject.toml"), "top"),
        (("top/go.mod",), "top"),
        (("top/go.mod", "top/middle/package.json"), "top/middle"),
    ],
)
def test_a_project_begins_at_its_settings_or_repository_else_at_its_manifest(
    tmp_path: Path, names: tuple[str, ...], root: str
) -> None:
    path = made(tmp_path.resolve(), *names)
    expected = tmp_path.resolve() / root
    assert project_root(path.parents) == expected
    assert project_of(path) == expected
    assert imports_of(Document(path.as_uri(), "import x\n", "python")).projects == (expected,)


def test_a_manifest_at_home_makes_no_project_of_all_that_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made(tmp_path, "Makefile")
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert project_root(path.parents) == path.parent
    (tmp_path / ".git").mkdir()
    assert project_root(path.parents) == tmp_path
