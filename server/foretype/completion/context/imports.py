"""What the imports of a file name: names, and the files of its project that they may mean.

Read with one pattern for each style of imports, without a parser; a file that is named need not
exist. Looks into folders: not for the event loop.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from foretype.core.project import project_root
from foretype.core.text import Document
from foretype.core.uris import path_of, path_text
from foretype.languages import table

HEAD_CHARS = 20_000
"""Characters at the top of a file among which its imports are."""
MAX_FILES = 60
MAX_SIBLINGS = 8
"""Files of the same folder, in languages whose packages are folders."""
MAX_DEPTH_FOLDERS = 12
"""Folders above a file in which its project may begin."""

_WORD = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True, slots=True)
class Imports:
    """What the imports of a file name."""

    names: frozenset[str] = frozenset()
    files: tuple[Path, ...] = ()
    """Those that they mean first come first. None is outside of the file's project by its name;
    where its links lead is for ``real_path`` to find out, before it is read."""
    projects: tuple[Path, ...] = ()


def imports_of(document: Document) -> Imports:
    """The imports of a file; nothing where its language is not known here."""
    read = _READERS.get(table.of_id(document.language).imports)
    if read is None:
        return Imports()
    path = path_of(document.uri)
    names: set[str] = set()
    files: dict[Path, None] = {}
    for named, meant in read(document.text[:HEAD_CHARS], path or Path("unsaved")):
        names.update(_WORD.findall(named))
        files.update(dict.fromkeys(islice(meant, MAX_FILES)))
    if path is None:
        return Imports(frozenset(names))
    projects = _projects_of(path)
    inside = (_tidy(each) for each in files)
    kept = (each for each in inside if _around(each, projects) and each != path)
    return Imports(frozenset(names), tuple(islice(dict.fromkeys(kept), MAX_FILES)), projects)


def real_path(path: Path, projects: tuple[Path, ...]) -> Path | None:
    """Where a path leads once its links are followed; None where that is outside of the projects
    in which the path itself lies."""
    try:
        real = path.resolve()
        inside = real == path or any(
            real.is_relative_to(project.resolve()) for project in _around(path, projects)
        )
    except (OSError, RuntimeError, ValueError):
        return None  # a loop of links
    return real if inside else None


def leads_out(uri: str, document_uri: str) -> bool:
    """Whether a file is reached by a link out of its own project, or out of another document's.

    Looks at the disk: not for the event loop.
    """
    path = Path(path_text(uri))
    if not path.is_absolute() or real_path(path, ()) is not None:
        return False
    for each in (uri, document_uri):
        owner = Path(path_text(each))
        projects = _projects_of(owner) if owner.is_absolute() else ()
        if _around(path, projects) and real_path(path, projects) is None:
            return True
    return False


def _around(path: Path, projects: tuple[Path, ...]) -> list[Path]:
    return [project for project in projects if path.is_relative_to(project)]


def _projects_of(path: Path) -> tuple[Path, ...]:
    """The project around a file, and the one below the nearest folder that is a link.

    A workspace may be a link that lies in a project to which its files do not belong.
    """
    above = path.parents[:MAX_DEPTH_FOLDERS] or [path]
    end = next((n for n, folder in enumerate(above, 1) if folder.is_symlink()), len(above))
    return tuple(dict.fromkeys((project_root(above), project_root(above[:end]))))


def _tidy(path: Path) -> Path:
    """A path without ``..``, which leads out of folders that it seems to be in."""
    parts: list[str] = []
    for part in path.parts:
        if part == ".." and len(parts) > 1:
            parts.pop()
        else:
            parts.append(part)
    return Path(*parts)


# --- language by language ---------------------------------------------------------------------

_Found = Iterator[tuple[str, Iterator[Path]]]
"""For each import the names that it brings, and the files that it may mean."""

_PYTHON = re.compile(
    r"^[ \t]*(?:from[ \t]+(?P<module>[.\w]+)[ \t]+import[ \t]+(?P<names>\([^)]*\)|[^\n]+)"
    r"|import[ \t]+(?P<modules>[.\w, \t]+))",
    re.MULTILINE,
)


def _python(head: str, path: Path) -> _Found:
    for found in _PYTHON.finditer(head):
        module, names = found["module"], found["names"] or ""
        if module is None:
            for each in found["modules"].split(","):
                module = next(iter(each.split()), "")
                yield each, _python_files(path.parent, module, "")
        else:
            yield names, _python_files(path.parent, module, names)


def _python_files(folder: Path, module: str, names: str) -> Iterator[Path]:
    dots = len(module) - len(module.lstrip("."))
    parts = [part for part in module.split(".") if part]
    bases = [folder, *folder.parents[:3]]
    if dots:
        bases = bases[dots - 1 : dots]
    for base in bases:
        stem = base.joinpath(*parts)
        if parts:
            yield stem.with_suffix(".py")
        if dots:
            for name in _WORD.findall(names)[:5]:
                yield stem / f"{name}.py"
        yield stem / "__init__.py"


_SCRIPT = re.compile(
    r"\b(?:import|export)\s+(?:type\s+)?(?P<names>[^;'\"]*?)\s*from\s*['\"](?P<file>\.[^'\"]+)['\"]"
    r"|\b(?:const|let|var)\s+(?P<bound>[^=;]+?)\s*=\s*(?:await\s+import|require)\(\s*"
    r"['\"](?P<required>\.[^'\"]+)['\"]"
)
_SCRIPT_ENDINGS = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", "/index.ts", "/index.js")


def _script(head: str, path: Path) -> _Found:
    for found in _SCRIPT.finditer(head):
        file = found["file"] or found["required"]
        yield found["names"] or found["bound"] or "", _script_files(path.parent, file)


def _script_files(folder: Path, file: str) -> Iterator[Path]:
    # An ending of what it will be compiled to may stand for the source.
    bare = re.sub(r"\.[cm]?jsx?$", "", file)
    yield folder / file
    for ending in _SCRIPT_ENDINGS:
        yield folder / (bare + ending)


def _go(head: str, path: Path) -> _Found:
    tests = path.stem.endswith("_test")
    yield "", _siblings(path, lambda other: tests or not other.stem.endswith("_test"))


_RUST = re.compile(
    r"^[ \t]*(?:pub(?:\([\w ]+\))?[ \t]+)?(?:mod[ \t]+(?P<module>\w+)[ \t]*;"
    r"|use[ \t]+(?P<root>crate|super|self)::(?P<path>[\w:]+)(?P<names>\{[^;]*\})?)",
    re.MULTILINE,
)


def _rust(head: str, path: Path) -> _Found:
    own = path.parent if path.stem in ("mod", "lib", "main") else path.parent / path.stem
    crate = next((folder for folder in path.parents if folder.name == "src"), path.parent)
    above = own.parent
    roots = {"crate": crate, "super": above, "self": own}
    for found in _RUST.finditer(head):
        if found["module"]:
            yield "", _rust_files(own, [found["module"]])
            continue
        parts = [part for part in found["path"].split("::") if part]
        yield f"{parts[-1]} {found['names'] or ''}", _rust_files(roots[found["root"]], parts)


def _rust_files(root: Path, parts: list[str]) -> Iterator[Path]:
    for end in range(len(parts), 0, -1):
        stem = root.joinpath(*parts[:end])
        yield stem.with_suffix(".rs")
        yield stem / "mod.rs"


_JAVA = re.compile(r"^import[ \t]+(?:static[ \t]+)?(?P<path>[\w.]+)", re.MULTILINE)
_PACKAGE = re.compile(r"^package[ \t]+([\w.]+)", re.MULTILINE)


def _java(head: str, path: Path) -> _Found:
    package = _PACKAGE.search(head)
    depth = len(package[1].split(".")) if package else 0
    root = path.parents[depth] if depth < len(path.parents) else path.parent
    for found in _JAVA.finditer(head):
        parts = found["path"].split(".")
        ends = (n for n, part in enumerate(parts, 1) if part[:1].isupper())
        end = next(ends, len(parts))
        yield (
            " ".join(parts[end - 1 :]),
            iter([root.joinpath(*parts[:end]).with_suffix(path.suffix)]),
        )


_INCLUDE = re.compile(r"^[ \t]*#[ \t]*include[ \t]+\"([^\"\n]+)\"", re.MULTILINE)


def _c(head: str, path: Path) -> _Found:
    for found in _INCLUDE.finditer(head):
        folders = (path.parent, path.parent / "include", path.parent.parent / "include")
        yield "", (folder / found[1] for folder in folders)


_RELATIVE = re.compile(r"^[ \t]*require_relative[ \t(]*['\"]([^'\"\n]+)['\"]", re.MULTILINE)


def _ruby(head: str, path: Path) -> _Found:
    for found in _RELATIVE.finditer(head):
        yield "", iter([path.parent / f"{found[1].removesuffix('.rb')}.rb"])


def _siblings(path: Path, is_wanted: Callable[[Path], bool]) -> Iterator[Path]:
    try:
        beside = sorted(path.parent.glob(f"*{path.suffix}"))
    except OSError:
        return
    yield from islice(
        (other for other in beside if other != path and is_wanted(other)), MAX_SIBLINGS
    )


_READERS: dict[str, Callable[[str, Path], _Found]] = {
    "python": _python,
    "script": _script,
    "go": _go,
    "rust": _rust,
    "java": _java,
    "c": _c,
    "ruby": _ruby,
}
"""By the style of imports that a language's row names."""
