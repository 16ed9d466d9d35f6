"""Run a test command on a copy of a folder in which some files are changed.

The tests may execute code that a model wrote: whoever calls this has asked the user first. The
folder itself is not modified. The command gets only the environment variables that programs need,
an empty home, and the sandbox of ``confined.py``.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from foretype.sandbox import confined

MAX_COPY_BYTES = 50_000_000
"""Bytes of a folder beyond which it is not copied, and therefore not tested."""
PROBE_TIMEOUT_S = 10.0
"""Seconds that probing the sandbox may take."""
END_TIMEOUT_S = 5.0
"""Seconds that a command and its descendants may take to end once told to."""

_FOLDERS = (
    *("VIRTUAL_ENV", "CONDA_PREFIX", "PYENV_ROOT", "JAVA_HOME", "GOROOT", "GOPATH", "GOMODCACHE"),
    *("RUSTUP_HOME", "NVM_DIR", "VOLTA_HOME", "DOTNET_ROOT"),
)
"""Environment variables that name folders with what a command runs with."""
_VARIABLES = re.compile(
    r"PATH|PATHEXT|LANG|LANGUAGE|LC_\w+|TZ|TERM|CI|NO_COLOR|LD_LIBRARY_PATH|DYLD_\w*PATH"
    r"|SYSTEMROOT|SYSTEMDRIVE|WINDIR|COMSPEC|OS|PROGRAMFILES(?:\(X86\))?|PROGRAMDATA"
    r"|NUMBER_OF_PROCESSORS|PROCESSOR_ARCHITECTURE"
    rf"|{'|'.join(_FOLDERS)}",
    re.I,
)
"""Environment variables passed to a test command. Any other may hold a secret."""
_DEPENDENCIES = (".venv", "venv", "node_modules", ".tox", ".nox")
"""Folders that tests need but that are never copied."""

known_confinement: set[str] | None = None


async def available_confinement() -> set[str]:
    """Return what the sandbox prevents on this system; probed once."""
    global known_confinement
    if known_confinement is None:
        async with _copy(Path(), (), {}) as folder:
            asked = {**_folders_of_run(folder, folder / "root", ()), "command": []}
            try:
                _, said = await _run(folder, asked, PROBE_TIMEOUT_S)
                # The system may print warnings before it.
                known_confinement = set(json.loads(said.rstrip().rpartition("\n")[2]))
            except (OSError, ValueError):
                known_confinement = set()
    return known_confinement


async def run_tests(
    command: Sequence[str],
    root: Path,
    files: Sequence[Path],
    staged: Mapping[Path, str],
    *,
    limit_s: float,
    promised: set[str] | None = None,
    limits: Mapping[str, int] | None = None,
) -> str:
    """Run the command, and return the end of its output and how it ended.

    ``promised`` is what the sandbox must prevent; otherwise the command is not run. ``limits``
    are ``memory_bytes`` and ``processes``, which hold on Linux and Windows.
    """
    if await asyncio.to_thread(_n_bytes, files) > MAX_COPY_BYTES:
        return "error: the workspace is too large to be tested on a copy"
    async with _copy(root, files, staged) as folder:
        asked = _folders_of_run(folder, root, command) | {"command": [*command]}
        asked |= {"promised": sorted(promised or ()), "limits": dict(limits or {})}
        try:
            code, text = await _run(folder, asked, limit_s)
        except TimeoutError:
            return f"error: the tests took longer than {limit_s:.0f} seconds"
        except OSError as error:
            return f"error: the test command cannot be started: {error.strerror}"
    for path in (folder / "copy", folder, root):
        text = text.replace(str(path), ".")
    if code in (confined.EXIT_LESS_CONFINED, confined.EXIT_CANNOT_START) and text.count("\n") == 1:
        return f"error: {text.strip()}"
    return f"{'passed' if code == 0 else f'failed, exit code {code}'}\n{text[-3500:]}"


async def _run(folder: Path, asked: Mapping[str, object], limit_s: float) -> tuple[int, str]:
    """Run ``confined.py`` beside a copy; return its exit code, and the end of what it printed."""
    _forbid_memory_reads()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", "-B", confined.__file__, json.dumps(asked)),
        cwd=folder / "copy",
        env=_environment(os.environ),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=sys.platform != "win32",
    )
    try:
        async with asyncio.timeout(limit_s):
            output = await _tail(process)
            return await process.wait(), output.decode("utf-8", "replace")
    finally:
        await asyncio.shield(_end(process))


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill the command and its descendants by closing the standard input of ``confined.py``."""
    if process.stdin is not None:
        process.stdin.close()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(END_TIMEOUT_S):
            await process.wait()
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _forbid_memory_reads() -> None:
    """Keep the user's other programs from reading the keys in this process's memory.

    For systems without unprivileged namespaces. Also prevents debuggers from attaching.
    """
    if sys.platform == "linux":
        import ctypes

        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE


async def _tail(process: asyncio.subprocess.Process, size: int = 20_000) -> bytes:
    assert process.stdout is not None
    output = b""
    while chunk := await process.stdout.read(65_536):
        output = (output + chunk)[-size:]
    return output


@contextlib.asynccontextmanager
async def _copy(
    root: Path, files: Sequence[Path], staged: Mapping[Path, str]
) -> AsyncIterator[Path]:
    """A temporary folder with a copy of files in its folder ``copy``, which is deleted at last."""
    made = await asyncio.to_thread(tempfile.mkdtemp, prefix="foretype-tests-")
    try:
        folder = await asyncio.to_thread(Path(made).resolve)
        await asyncio.to_thread(_fill, folder / "copy", root, files, staged)
        yield folder
    finally:
        await asyncio.shield(asyncio.to_thread(shutil.rmtree, made, ignore_errors=True))


def _n_bytes(files: Sequence[Path]) -> int:
    return sum(path.stat().st_size for path in files if path.is_file())


def _fill(copy: Path, root: Path, files: Sequence[Path], staged: Mapping[Path, str]) -> None:
    copy.mkdir()
    for path in (*files, *staged):
        target = copy / path.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path in staged:
            target.write_text(staged[path], encoding="utf-8", newline="")
        elif path.is_file():
            shutil.copyfile(path, target)


def _folders_of_run(folder: Path, root: Path, command: Sequence[str]) -> dict[str, object]:
    """Return the folders of a run, in the form that ``confined.py`` expects."""
    temporary = folder / "tmp"
    (temporary / "home").mkdir(parents=True, exist_ok=True)
    return {
        "folder": str(folder / "copy"),
        "temporary": str(temporary),
        "root": str(root),
        "homes": _homes(),
        "keep": _paths_needed(command, root),
    }


def _paths_needed(command: Sequence[str], root: Path) -> list[str]:
    """Return the paths inside hidden folders that the command may read.

    These are the programs it is run with, the paths it names, and the workspace's dependencies.
    """
    paths = [root / name for name in _DEPENDENCIES if _is_of(root, root / name)]
    paths += [Path(part) for part in command if os.path.isabs(part)]
    paths += [Path(value.partition("=")[2]) for value in command if "=/" in value]
    paths += [Path(os.environ[name]) for name in _FOLDERS if os.environ.get(name)]
    paths += [Path(part) for part in os.environ.get("PATH", "").split(os.pathsep) if part]
    named = [shutil.which(command[0])] if command else []
    # Behind `env A=b`, say, the Python of an environment is only an argument.
    named += [part for part in command[1:] if _is_of_environment(Path(part))]
    for program in named:
        while program:
            # A program is often a symbolic link into its installation folder.
            link = Path(program)
            installed = link.parent.parent if link.parent.name in ("bin", "Scripts") else link
            paths += [link, installed]
            program = str(link.parent / link.readlink()) if link.is_symlink() else None
    around = {root, *root.parents}
    for home in _homes():
        around |= {Path(home), *Path(home).parents}
    absolute = (path for path in paths if path.is_absolute() and path.resolve() not in around)
    # Folders before their contents, which are then already visible.
    return [str(path) for path in sorted(set(absolute), key=lambda path: len(path.parts))]


def _is_of_environment(path: Path) -> bool:
    return path.is_absolute() and (path.parent.parent / "pyvenv.cfg").is_file()


def _is_of(root: Path, folder: Path) -> bool:
    """Whether a folder holds dependencies: a workspace may bring a link that leads to anything."""
    real = folder.resolve()
    return (
        real.is_relative_to(root.resolve())
        or real.name in _DEPENDENCIES
        or (real / "pyvenv.cfg").is_file()
    )


def _homes() -> list[str]:
    """Return the user's home, according to the environment and to the system."""
    found = {os.path.realpath(os.path.expanduser("~"))}
    if sys.platform != "win32":
        import pwd

        with contextlib.suppress(KeyError):
            found.add(os.path.realpath(pwd.getpwuid(os.getuid()).pw_dir))
    return sorted(found)


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if _VARIABLES.fullmatch(name)}
