"""Real source files to type: the standard library's, and those of published packages.

Packages are fetched once by npm and apt into a cache folder outside the repository. A language
whose files cannot be had is left out, and said to be.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path

from foretype.evaluation.holes import Hole, Source

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "foretype-benches"


def sources(language: str) -> list[Source]:
    """A language's files; none where they cannot be had."""
    found = [
        Source(path.name, language, text)
        for path in _FILES[language]()
        if (text := read_text(path)) and "\r" not in text
    ]
    if not found:
        print(f"no {language} files can be had here: left out", file=sys.stderr)
    return found


def stretches(language: str, seed: int) -> Iterator[Hole]:
    """Paragraphs of a language's files to type, without end, the same for the same seed."""
    dice = random.Random(f"{seed}:{language}")
    files = sources(language)
    while files:
        stretch = _stretch(dice.choice(files), dice)
        if stretch is not None:
            yield stretch


_LINES = 24
"""About as many lines make a stretch."""
_LONGEST_LINE = 200


def _stretch(source: Source, dice: random.Random) -> Hole | None:
    """Some paragraphs of a file, from the beginning of one to the end of another."""
    lines = source.text.split("\n")
    begins = [n for n in range(1, len(lines)) if lines[n].strip() and not lines[n - 1].strip()]
    ends = [n for n in range(1, len(lines)) if lines[n - 1].strip() and not lines[n].strip()]
    if not begins:
        return None
    first = dice.choice(begins)
    last = next((n for n in ends if n >= first + _LINES), None)
    if last is None or last > first + 3 * _LINES:
        return None
    if max(len(line) for line in lines[first:last]) > _LONGEST_LINE:
        return None
    start = sum(len(line) + 1 for line in lines[:first])
    end = start + len("\n".join(lines[first:last]))
    return Hole(source, "paragraphs", start, end)


def read_text(path: Path) -> str:
    """A file's text; empty where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _python() -> list[Path]:
    library = Path(sysconfig.get_paths()["stdlib"])
    names = (
        "argparse cmd configparser contextlib csv fileinput fractions ftplib gettext gzip heapq "
        "mimetypes queue sched selectors shelve shlex shutil statistics string textwrap tokenize "
        "tracemalloc uuid wave weakref zipapp"
    )
    return [library / f"{name}.py" for name in names.split()]


def _typescript() -> list[Path]:
    return sorted(npm("rxjs", "7.8.2").glob("src/internal/**/*.ts"))


def _javascript() -> list[Path]:
    return sorted(npm("commander", "12.1.0").glob("lib/*.js"))


def _go() -> list[Path]:
    folders = [debian("golang-github-gorilla-mux-dev"), debian("golang-github-spf13-cobra-dev")]
    found = [path for folder in folders for path in sorted(folder.glob("**/*.go"))]
    return [path for path in found if not path.name.endswith("_test.go")]


def _rust() -> list[Path]:
    return sorted(debian("librust-regex-dev").glob("**/src/*.rs"))


def _ruby() -> list[Path]:
    return sorted(debian("ruby-rack").glob("usr/**/rack/*.rb"))


def _markdown() -> list[Path]:
    return [npm("commander", "12.1.0") / "Readme.md", npm("rxjs", "7.8.2") / "README.md"]


_FILES: dict[str, Callable[[], list[Path]]] = {
    "python": _python,
    "typescript": _typescript,
    "go": _go,
    "markdown": _markdown,
    "javascript": _javascript,
    "rust": _rust,
    "ruby": _ruby,
}


def npm(name: str, version: str) -> Path:
    """The folder of an npm package's files, fetched if need be."""
    folder = CACHE / f"{name}-{version}"
    fetch = ["npm", "pack", f"{name}@{version}", "--silent"]
    return _fetched(folder, fetch, "*.tgz", ["tar", "xzf"]) / "package"


def debian(name: str) -> Path:
    """The folder of a Debian package's files, fetched if need be; nothing is installed."""
    return _fetched(CACHE / name, ["apt-get", "download", name], "*.deb", ["dpkg-deb", "-x"])


def fetched_folder(name: str, fetch: list[str], archive: str, unpack: list[str]) -> Path:
    """The folder of a package's files in the cache, fetched if need be."""
    return _fetched(CACHE / name, fetch, archive, unpack)


def _fetched(folder: Path, fetch: list[str], archive: str, unpack: list[str]) -> Path:
    if folder.is_dir() or not shutil.which(fetch[0]) or not shutil.which(unpack[0]):
        return folder
    new = folder.with_suffix(f".{os.getpid()}")
    new.mkdir(parents=True)
    try:
        subprocess.run(fetch, cwd=new, check=True, capture_output=True, timeout=120)
        for found in new.glob(archive):
            target = [] if unpack[0] == "tar" else ["."]
            subprocess.run([*unpack, str(found), *target], cwd=new, check=True, timeout=60)
        new.rename(folder)
    except (subprocess.SubprocessError, OSError) as error:
        print(f"{' '.join(fetch)}: {error}", file=sys.stderr)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return folder
