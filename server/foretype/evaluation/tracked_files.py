"""The files of a project that git tracks, and those of them that holes can be cut out of."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable
from pathlib import Path

from foretype.evaluation.holes import Source
from foretype.languages.grammars import GRAMMAR_LANGUAGES
from foretype.languages.table import of_file

LIMITS_BYTES = (200, 200_000)
"""Bytes of a file that holes are cut out of, least and most."""
MAX_FILES = 3000
"""Files that are held in memory; of more, chance takes some."""
LIMIT_S = 30.0


class NotTracked(Exception):
    """Git tracks nothing there. A sentence for the user."""


def project_folder(path: Path) -> Path:
    """Return the top folder of the repository that a file or folder is in. Raises NotTracked."""
    folder = path if path.is_dir() else path.parent
    top = Path(_git(folder, "rev-parse", "--show-toplevel").removesuffix("\n")).resolve()
    # The repository's own configuration may name any other folder.
    if not (top / ".git").exists():
        raise NotTracked(f"The repository around {folder} keeps its files elsewhere, in {top}.")
    return top


def tracked(path: Path, root: Path) -> list[Path]:
    """Return the tracked files at or below a path, in order. Raises NotTracked."""
    listed = _git(root, "ls-files", "-z", "--", str(path.resolve()))
    found = sorted(root / name for name in listed.split("\0") if name)
    # A link may lead out of the project.
    return [each for each in found if each.is_file() and not each.is_symlink()]


def sources(
    paths: list[Path], root: Path, excluded: Callable[[str], str | None], seed: int
) -> list[Source]:
    """Read files that a grammar reads, but for excluded ones: all, or MAX_FILES of them.

    The same ones for the same seed; line ends become those of Unix. Not for the event loop.
    """
    found: list[Source] = []
    for path in random.Random(seed).sample(paths, len(paths)):
        if len(found) == MAX_FILES:
            break
        row = of_file(path)
        least, most = LIMITS_BYTES
        if row.name not in GRAMMAR_LANGUAGES or not least <= path.stat().st_size <= most:
            continue
        if excluded(path.as_uri()):
            continue
        try:
            text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
        except (OSError, UnicodeDecodeError):
            continue
        if "\r" not in text:
            name = path.relative_to(root).as_posix()
            found.append(Source(name, next(iter(row.ids), ""), text))
    return sorted(found, key=lambda source: source.name)


def _git(folder: Path, *arguments: str) -> str:
    # The repository is not trusted: nothing that its configuration names is to run.
    command = ["git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", *arguments]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=LIMIT_S)
    except FileNotFoundError:
        raise NotTracked("`--from` takes the files that git tracks, and git is missing.") from None
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise NotTracked(f"Git did not list the files of {folder}: {fault}.") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().removeprefix("fatal: ")
        raise NotTracked(f"`--from` takes the files that git tracks: {said[:200]}")
    return done.stdout.decode("utf-8", "surrogateescape")
