"""Choose where new files go: tests near the project's tests; nothing is overwritten.

Reads names and a few small files of the project; runs and imports nothing from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from foretype.languages.table import Language

MAX_READ_BYTES = 200_000
"""Maximum bytes of a project's file that is read."""


@dataclass(frozen=True, slots=True)
class NewFiles:
    """Where new files go, and the test framework."""

    folder: Path
    names: tuple[str, ...]
    framework: str = ""


def place_tests(source: Path, root: Path, language: Language) -> NewFiles:
    """Choose a new test file for a source file."""
    pattern = language.tests or "test_{stem}{suffix}"
    name = pattern.format(stem=source.stem, suffix=source.suffix)
    folder = source.parent
    if language.name == "Python":
        folder, name = _python(source, root), f"test_{source.stem}.py"
    elif language.name in ("Java", "Kotlin") and "/src/main/" in source.as_posix():
        folder = Path(source.parent.as_posix().replace("/src/main/", "/src/test/", 1))
    elif language.name == "Ruby" and (root / "spec").is_dir():
        folder, name = root / "spec", f"{source.stem}_spec.rb"
    elif language.name == "Ruby" and (root / "test").is_dir():
        folder = root / "test"
    elif language.name == "PHP" and (root / "tests").is_dir():
        folder = root / "tests"
    elif language.name == "Rust" and (root / "Cargo.toml").is_file():
        folder, name = root / "tests", f"{source.stem}.rs"
    elif language.name in ("JavaScript", "TypeScript") and (source.parent / "__tests__").is_dir():
        folder = source.parent / "__tests__"
    return NewFiles(folder, (free_name(folder, Path(name).name),), _framework(root, language))


def place_fastapi(source: Path) -> NewFiles:
    """Choose the module and the test file for a Flask module's conversion, next to it."""
    folder, stem = source.parent, source.stem
    module = free_name(folder, f"{stem}_fastapi.py")
    return NewFiles(folder, (module, free_name(folder, f"test_{stem}.py")))


def free_name(folder: Path, name: str) -> str:
    """Return an unused file name: ``test_a.py``, or else ``test_a_2.py``."""
    path = folder / name
    stem, suffix = name.split(".", 1)
    number = 2
    while path.exists():
        path = folder / f"{stem}_{number}.{suffix}"
        number += 1
    return path.name


def _python(source: Path, root: Path) -> Path:
    """Choose the nearest test folder upward from the source, or else the source's folder."""
    for folder in (source.parent, *source.parents):
        if not folder.is_relative_to(root):
            break
        for name in ("tests", "test"):
            if (folder / name).is_dir():
                return folder / name
        if any(folder.glob("test_*.py")):
            return folder
    return source.parent


def _framework(root: Path, language: Language) -> str:
    """Detect the project's test framework from its files."""
    texts = "\n".join(_small_texts(root))
    if language.name == "Python":
        if re.search(r"\bpytest\b", texts) or (root / "conftest.py").exists():
            return "pytest"
        return "unittest" if "import unittest" in texts else language.framework
    if language.name in ("JavaScript", "TypeScript"):
        for word, name in (("vitest", "Vitest"), ("jest", "Jest"), ("mocha", "Mocha")):
            if f'"{word}"' in texts:
                return name
    if language.name == "Ruby" and (root / "spec").is_dir():
        return "RSpec"
    return language.framework


def _small_texts(root: Path) -> Iterator[str]:
    names = ("pyproject.toml", "setup.cfg", "tox.ini", "requirements-dev.txt", "package.json")
    tests = sorted((root / "tests").glob("test_*.py"))[:3] if (root / "tests").is_dir() else []
    for path in (*(root / name for name in names), *tests):
        try:
            if path.is_file() and path.stat().st_size <= MAX_READ_BYTES:
                yield path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
