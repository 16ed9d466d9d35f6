"""Find the ignore files that Git has for a repository outside of its folders.

``.git/info/exclude``, the user's global file, and what ``core.excludesFile`` names instead. Reads
files, but starts no program: the answers are needed for every file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from foretype.core.read_file import read_file

MAX_CONFIG_BYTES = 200_000
"""Bytes of a configuration of Git that are read."""

_SECTION = re.compile(r"^[ \t]*\[[ \t]*([^\]\"]*?)[ \t]*(?:\"[^\n]*\")?\]", re.MULTILINE)
_VALUE = re.compile(
    r"^[ \t]*(?:\[[^\]\n]*\])?[ \t]*excludesfile[ \t]*=[ \t]*(?P<value>[^\n]*)", re.I | re.MULTILINE
)

_COMMENT = re.compile(r"^((?:\"[^\"]*\"|[^\"#;])*)[#;].*")


def git_ignore_files(top: Path, environ: Mapping[str, str] = os.environ) -> Iterator[Path]:
    """Yield the ignore files that count for a whole folder, the weakest first.

    They need not exist. A folder without a repository has only the user's own.
    """
    git = _git_folder(top)
    own = [file for each in _user_configs(environ) if (file := _excludes_file(each, top, environ))]
    if not own and (home := _config_home(environ)) is not None:
        own = [home / "git/ignore"]
    yield from own
    # Git takes the last one that is named, alone. What a repository names is not the user's: there
    # both count.
    if git is not None and (named := _excludes_file(git / "config", top, environ)):
        yield named
    if git is not None:
        yield git / "info/exclude"


def _git_folder(top: Path) -> Path | None:
    """Return where a repository has what all its working trees share; None if there is none."""
    git = top / ".git"
    if git.is_dir():
        return git
    if not (place := _text(git)).startswith("gitdir:"):
        return None
    tree = top / place.removeprefix("gitdir:").strip()
    common = _text(tree / "commondir").strip()
    return tree / common if common else tree


def _user_configs(environ: Mapping[str, str]) -> Iterator[Path]:
    if given := environ.get("GIT_CONFIG_GLOBAL"):
        yield Path(given)
        return
    if (home := _config_home(environ)) is not None:
        yield home / "git/config"
    if (home := _home(environ)) is not None:
        yield home / ".gitconfig"


def _config_home(environ: Mapping[str, str]) -> Path | None:
    if given := environ.get("XDG_CONFIG_HOME"):
        return Path(given)
    home = _home(environ)
    return home / ".config" if home is not None else None


def _home(environ: Mapping[str, str]) -> Path | None:
    if given := environ.get("HOME"):  # as for Git, on Windows too
        return Path(given)
    try:
        return Path.home()
    except RuntimeError:
        return None


def _excludes_file(config: Path, top: Path, environ: Mapping[str, str]) -> Path | None:
    """Return what a configuration names as ``core.excludesFile``, if anything."""
    text = _text(config)
    if "excludesfile" not in text.lower():
        return None
    found = None
    for part in _VALUE.finditer(text):
        sections = [match[1] for match in _SECTION.finditer(text, 0, part.start("value"))]
        if sections and sections[-1].lower() == "core":
            found = _COMMENT.sub(r"\1", part["value"]).strip().strip('"')
    if not found:
        return None
    home = _home(environ)
    if found.startswith("~/") and home is not None:
        return home / found[2:]
    return top / found.replace("\\\\", "\\")


def _text(file: Path) -> str:
    try:
        return read_file(file, MAX_CONFIG_BYTES).decode("utf-8", "replace")
    except (OSError, ValueError):
        return ""
