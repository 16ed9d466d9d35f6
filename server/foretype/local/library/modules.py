"""Find the files of modules: of the project, of its environment, and the standard library.

Reads folders and files: not for the event loop. Nothing is imported or run.
"""

from __future__ import annotations

import json
import re
import sys
import sysconfig
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from foretype.core.read_file import read_file
from foretype.local.library.module_names import Outline, outline_python, outline_script
from foretype.local.library.uses import UsesOf, no_uses
from foretype.privacy.exclusions import secret_file_rule

MAX_MODULE_BYTES = 400_000
MAX_FOLDERS_UP = 12
_SCRIPT_ENDINGS = (
    ".d.ts",
    ".ts",
    ".tsx",
    ".js",
    ".mjs",
    ".cjs",
    "/index.d.ts",
    "/index.ts",
    "/index.js",
)
_COMPILED = re.compile(r"\.[cm]?jsx?$")


class Modules:
    """The modules that the files of some projects can import."""

    def __init__(
        self,
        roots: Sequence[Path],
        is_excluded: Callable[[str], str | None],
        *,
        environments: Sequence[Path] = (),
        activated: Sequence[Path] = (),
        uses_of: UsesOf = no_uses,
        reads_installed: bool = True,
    ) -> None:
        self.uses_of = uses_of
        """How often members are used in the installed packages."""
        self._roots = roots
        self._is_excluded = is_excluded
        self._environments = environments
        """Folders of installed packages beside those that are found."""
        self._activated = activated
        """Python environments that the server was started in."""
        self._reads_installed = reads_installed
        """Whether anything but the projects' own modules is read."""

    def find(self, module: str, document: Path, language: str) -> Path | None:
        """Return the file of a module as a document names it; None if there is none to be read."""
        paths = (
            self._python(module, document)
            if language == "python"
            else self._script(module, document)
        )
        return next((path for path in paths if self._may_read(path)), None)

    def outline(self, path: Path) -> Outline:
        """Return what a module defines; nothing if it cannot be read."""
        try:
            state = path.stat().st_mtime_ns
        except OSError:
            return Outline()
        return _outline(path, state)

    def _may_read(self, path: Path) -> bool:
        try:
            if not path.is_file() or path.stat().st_size > MAX_MODULE_BYTES:
                return False
            real = path.resolve()
        except (OSError, ValueError, RuntimeError):
            return False
        if secret_file_rule(str(real)) is not None:
            return False
        if {"site-packages", "dist-packages", "node_modules"} & {*path.parts} or not self._is_own(
            path
        ):
            return True
        return self._is_own(real) and self._is_excluded(str(path)) is None

    def _is_own(self, path: Path) -> bool:
        return any(path.is_relative_to(root) for root in self._roots)

    def _python(self, module: str, document: Path) -> Iterator[Path]:
        parts = [part for part in module.split(".") if part]
        dots = len(module) - len(module.lstrip("."))
        if dots:
            above = document.parents[dots - 1 : dots]
            folders: Sequence[Path] = above
        else:
            folders = self._folders_up(document)
            if self._reads_installed:
                folders += self._environments
                folders += (each for root in self._roots for each in site_packages(root))
                folders += (each for active in self._activated for each in packages_of(active))
                folders += _standard_library()
        for folder in folders:
            stem = folder.joinpath(*parts)
            if parts:
                yield stem.with_name(f"{stem.name}.pyi")
                yield stem.with_name(f"{stem.name}.py")
            yield stem / "__init__.pyi"
            yield stem / "__init__.py"

    def _folders_up(self, document: Path) -> list[Path]:
        """The folders around a document within its root, and the usual one for sources."""
        root = next(
            (root for root in self._roots if document.is_relative_to(root)), document.parent
        )
        around = [each for each in document.parents[:MAX_FOLDERS_UP] if each.is_relative_to(root)]
        return [*around, root / "src"]

    def _script(self, module: str, document: Path) -> Iterator[Path]:
        if module.startswith("."):
            yield from _with_endings(document.parent / module)
            return
        if not self._reads_installed:
            return
        folders = [folder / "node_modules" for folder in document.parents[:MAX_FOLDERS_UP]]
        for folder in (*folders, *self._environments):
            package, _, inner = _package_of(module)
            for base in (
                folder / package,
                folder / "@types" / package.lstrip("@").replace("/", "__"),
            ):
                if inner:
                    yield from _with_endings(base / inner)
                else:
                    yield from _entries(base)


def site_packages(root: Path) -> Iterator[Path]:
    """Yield the folders of the packages that are installed in a project's own environments."""
    for name in (".venv", "venv", "env"):
        yield from packages_of(root / name)


def packages_of(environment: Path) -> Iterator[Path]:
    """Yield the folder of the packages that are installed in an environment."""
    yield from sorted(environment.glob("lib/python3*/site-packages"))[:1]
    if (windows := environment / "Lib" / "site-packages").is_dir():
        yield windows


def _package_of(module: str) -> tuple[str, str, str]:
    parts = module.split("/")
    n = 2 if module.startswith("@") else 1
    return "/".join(parts[:n]), "/", "/".join(parts[n:])


def _entries(package: Path) -> Iterator[Path]:
    """The files that a package's own description names, its types first."""
    try:
        described = json.loads(read_file(package / "package.json", MAX_MODULE_BYTES))
    except (OSError, ValueError):
        return
    if not isinstance(described, dict):
        return
    for key in ("types", "typings", "module", "main"):
        if isinstance(named := described.get(key), str) and ".." not in named:
            yield from _with_endings(package / named)
    yield from _with_endings(package / "index")


def _with_endings(path: Path) -> Iterator[Path]:
    bare = _COMPILED.sub("", str(path))
    for ending in _SCRIPT_ENDINGS:
        yield Path(bare + ending)
    yield path


@lru_cache(maxsize=1)
def _standard_library() -> tuple[Path, ...]:
    return (Path(sysconfig.get_paths()["stdlib"]),)


@lru_cache(maxsize=128)
def _outline(path: Path, state: int) -> Outline:
    """The outline of a file in one state."""
    try:
        text = read_file(path, MAX_MODULE_BYTES).decode("utf-8", "replace")
    except OSError:
        return Outline()
    return outline_python(text) if path.suffix in (".py", ".pyi") else outline_script(text)


def built_in(module: str) -> Outline:
    """Return the outline of a module that is part of the interpreter and has no file."""
    if module not in sys.builtin_module_names:
        return Outline()
    from importlib import import_module

    from foretype.local.library.module_names import Name

    names = [name for name in dir(import_module(module)) if not name.startswith("_")]
    return Outline({name: Name() for name in names})
