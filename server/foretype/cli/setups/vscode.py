"""VS Code and its relatives: the extension, installed by the editor's own command."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import platformdirs

from foretype.cli.setups.plan import Plan, Run, Write, server_command, templates
from foretype.cli.terminal import BadInput

EXTENSION = "foretype.foretype"
PROGRAMS = ("code", "code-insiders", "codium", "cursor", "windsurf", "code-server", "code-oss")


def plan(*, remove: bool, environ: Mapping[str, str]) -> Plan:
    """What to have each VS Code on the PATH do."""
    programs = [name for name in PROGRAMS if shutil.which(name, path=environ.get("PATH"))]
    if not programs:
        raise BadInput(
            "None of VS Code's commands is on the PATH "
            f"({', '.join(PROGRAMS)}). In VS Code, run \"Shell Command: Install 'code' command "
            'in PATH", or "Extensions: Install from VSIX…" on '
            + (str(built) if (built := _built()) else "what `make vsix` builds.")
        )
    if remove:
        there = [name for name in programs if _installed(name)]
        return Plan(
            writes=(Write(server_file(), None),),
            runs=tuple(Run((name, "--uninstall-extension", EXTENSION)) for name in there),
        )
    file = vsix()
    version = file.stem.rpartition("-")[2]
    missing = [name for name in programs if _installed(name) != version]
    command = json.dumps({"command": _by_place(server_command())}, indent=2, ensure_ascii=False)
    return Plan(
        writes=(Write(server_file(), f"{command}\n"),),
        runs=tuple(Run((name, "--install-extension", str(file), "--force")) for name in missing),
        notes=("Open a file and type: Tab accepts. The walkthrough tells the rest.",),
    )


def server_file() -> Path:
    """Where the extension reads how to start the server that set it up. The extension works this
    folder out in the same way (``src/server.ts``)."""
    return platformdirs.user_config_path("foretype", appauthor=False) / "server.json"


def _by_place(command: tuple[str, ...]) -> list[str]:
    """The command with its program's place: an editor on a desktop has another PATH."""
    found = shutil.which(command[0])
    return [str(Path(found).absolute()) if found else command[0], *command[1:]]


def vsix() -> Path:
    """The package of the extension that this installation has."""
    if built := _built():
        return built
    folder = templates("vscode")
    if folder.is_dir():
        raise BadInput(f"The extension is not built yet: run `make vsix` in {folder.parents[1]}.")
    raise BadInput(
        "The extension is not part of this installation. In a clone of the repository, run "
        "`make vsix` (that needs Node) and install foretype from there again "
        "(`pipx install --force .`)."
    )


def _built() -> Path | None:
    found = templates("vscode").glob("foretype-*.vsix")
    return max(found, key=lambda path: path.stat().st_mtime, default=None)


def _installed(program: str) -> str:
    """The version of the extension that an editor has; empty for none."""
    done = subprocess.run(
        [shutil.which(program) or program, "--list-extensions", "--show-versions"],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=60,
        check=False,
    )
    for line in done.stdout.splitlines():
        name, _, version = line.strip().partition("@")
        if name.lower() == EXTENSION:
            return version
    return ""
