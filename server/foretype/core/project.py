"""Where the project around a file begins. Looks into folders: not for the event loop."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

_ROOTS = (".foretype.toml", ".git", ".hg", ".svn", ".jj")
"""What lies in a project's first folder: foretype's settings for it, or its repository."""
_MANIFESTS = (
    "pyproject.toml", "setup.py", "package.json", "Cargo.toml", "go.mod", "Gemfile", "pom.xml",
    "build.gradle", "build.gradle.kts", "CMakeLists.txt", "Makefile",
)  # fmt: skip
"""What lies in it as well, and in folders within it, too."""


def project_root(folders: Sequence[Path]) -> Path:
    """The folder in which a project begins, of those around a file, the nearest first.

    The nearest that has settings or a repository; where none has, the nearest with a manifest,
    and where there is none either, the file's own folder. The user's home is a project only by
    its settings or its repository.
    """
    if root := nearest_with(_ROOTS, folders):
        return root
    below_home = (folder for folder in folders if not _is_home(folder))
    return nearest_with(_MANIFESTS, below_home) or folders[0]


def nearest_with(names: Sequence[str], folders: Iterable[Path]) -> Path | None:
    """The first folder that holds one of some names."""
    return next(
        (folder for folder in folders if any((folder / name).exists() for name in names)), None
    )


def _is_home(folder: Path) -> bool:
    try:
        return folder == Path.home()
    except RuntimeError:
        return False  # a user without a home
