"""Build a release into ``dist/`` and check it, or set the version everywhere.

    python scripts/release.py build          after `make vsix play-page`, which `make release` does
    python scripts/release.py version 0.2.0

The version stands in ``server/foretype/__init__.py``; the other places follow it.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

from sbom import bill, bundled_packages, with_dependencies

ROOT = Path(__file__).resolve().parents[1]
SOURCE = Path("server/foretype/__init__.py")
VERSION = re.compile(r'^__version__ = "([^"]+)"$', re.MULTILINE)
PLACES = {
    SOURCE: VERSION,
    Path("editors/vscode/package.json"): re.compile(r'^  "version": "([^"]+)",$', re.MULTILINE),
    Path("editors/emacs/foretype.el"): re.compile(r"^;; Version: (\S+)$", re.MULTILINE),
}
"""Where the version stands, each with a pattern that has it as its group."""
WANTED = (
    "foretype/editors/neovim/plugin/foretype.lua",
    "foretype/editors/emacs/foretype.el",
    "foretype/cli/play/page/main.js",
    "foretype/cli/play/page/NOTICES.txt",
    "foretype/cli/report/stats_page.css",
    "foretype/evaluation/tasks/README.md",
)
"""Files without which a wheel is not whole, besides the extension and the license."""
IN_VSIX = ("package.json", "out/extension.js", "LICENSE.txt", "NOTICES.txt", "README.md")


def main(arguments: list[str]) -> int:
    match arguments:
        case ["build"]:
            return build(ROOT / "dist")
        case ["version", new]:
            set_version(ROOT, new)
            return 0
        case _:
            print(__doc__, file=sys.stderr)
            return 2


def build(dist: Path) -> int:
    """Build everything into a folder, which is emptied first. Returns 1 if something is wrong."""
    found = versions(ROOT)
    version = found[SOURCE]
    if len(set(found.values())) > 1:
        places = ", ".join(f"{place} has {each}" for place, each in found.items())
        print(f"The versions differ: {places}. `release.py version {version}` sets them.")
        return 1
    shutil.rmtree(dist, ignore_errors=True)
    dist.mkdir()
    _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(dist))
    wheel = dist / f"foretype-{version}-py3-none-any.whl"
    vsix = ROOT / "editors" / "vscode" / f"foretype-{version}.vsix"
    wrong = [*missing_in_wheel(wheel, version), *missing_in_vsix(vsix, version)]
    if wrong:
        print("Not in the release: " + ", ".join(wrong) + ". `make release` builds all of it.")
        return 1
    _run(sys.executable, "-m", "twine", "check", "--strict", str(wheel))
    shutil.copy(vsix, dist)
    plugin = neovim_plugin(ROOT, dist / "foretype.nvim")
    zipped(plugin, dist / f"foretype.nvim-{version}.zip")
    monaco = ROOT / "editors/play/node_modules/monaco-editor"
    npm = bundled_packages(ROOT / "editors/vscode/out/meta.json") | with_dependencies(monaco)
    made = bill(version, npm, _moment())
    (dist / "sbom.cdx.json").write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    (dist / "NOTES.md").write_text(notes(changelog, version), encoding="utf-8")
    (dist / "SHA256SUMS").write_text(sums(dist), encoding="utf-8")
    for path in sorted(dist.iterdir()):
        print(f"{path.relative_to(ROOT)}" + ("/" if path.is_dir() else f"  {_size(path)}"))
    return 0


def versions(root: Path) -> dict[Path, str]:
    """Return the version as each place has it; empty where there is none."""
    texts = {place: (root / place).read_text(encoding="utf-8") for place in PLACES}
    found = {place: PLACES[place].search(text) for place, text in texts.items()}
    return {place: match[1] if match else "" for place, match in found.items()}


def set_version(root: Path, new: str) -> None:
    """Write a version to all places. Ends the program if it is none."""
    if not re.fullmatch(r"\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?", new):
        sys.exit(f"{new} is no version: it looks like 0.2.0 or 0.2.0rc1.")
    for place, pattern in PLACES.items():
        path = root / place
        text = path.read_text(encoding="utf-8")
        start, end = next(pattern.finditer(text)).span(1)
        path.write_text(text[:start] + new + text[end:], encoding="utf-8", newline="\n")


def notes(changelog: str, version: str) -> str:
    """Return the changelog's section of a version; what is unreleased where there is none yet.

    Ends the program if there is nothing.
    """
    parts = re.split(r"^## ", changelog, flags=re.MULTILINE)[1:]
    for heading in (version, "Unreleased"):
        for part in parts:
            title, _, body = part.partition("\n")
            if re.match(rf"\[?{re.escape(heading)}\b", title) and body.strip():
                return f"# foretype {version}\n\n{body.strip()}\n"
    sys.exit(f"CHANGELOG.md says nothing about {version}.")


def missing_in_wheel(wheel: Path, version: str) -> list[str]:
    """Return what a wheel lacks."""
    wanted = {*WANTED, f"foretype/editors/vscode/foretype-{version}.vsix"}
    wanted.add(f"foretype-{version}.dist-info/licenses/LICENSE")
    return _missing(wheel, wanted)


def missing_in_vsix(vsix: Path, version: str) -> list[str]:
    """Return what the extension's package lacks, its version among it."""
    missing = _missing(vsix, {f"extension/{name}" for name in IN_VSIX})
    if not missing:
        with zipfile.ZipFile(vsix) as archive:
            package = json.loads(archive.read("extension/package.json"))
        if package["version"] != version:
            missing.append(f"version {version} in {vsix.name}")
    return missing


def _missing(archive: Path, wanted: Iterable[str]) -> list[str]:
    if not archive.is_file():
        return [archive.name]
    with zipfile.ZipFile(archive) as opened:
        held = set(opened.namelist())
    return sorted(set(wanted) - held)


def neovim_plugin(root: Path, target: Path) -> Path:
    """Copy Neovim's plugin into a folder of its own, as plugin managers take it."""
    shutil.copytree(root / "editors" / "neovim", target)
    shutil.copy(root / "LICENSE", target)
    readme = target / "README.md"
    text = readme.read_text(encoding="utf-8")
    # What lies elsewhere in the repository does not come along.
    text = re.sub(r"^!\[.*\n\n?", "", text, flags=re.MULTILINE)
    text = re.sub(r"\[([^\]]+)\]\(\.\./[^)]*\)", r"\1", text)
    readme.write_text(text.replace("foretype/editors/neovim", "foretype.nvim"), encoding="utf-8")
    return target


def zipped(folder: Path, target: Path) -> None:
    """Pack a folder; the same files give the same package, byte for byte."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                name = f"{folder.name}/{path.relative_to(folder).as_posix()}"
                entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, path.read_bytes())


def sums(dist: Path) -> str:
    """Return the files' checksums as ``sha256sum --check`` reads them."""
    files = sorted(path for path in dist.iterdir() if path.is_file())
    lines = (f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files)
    return "".join(lines)


def _moment() -> str:
    """Return when the commit was made, so that the same commit gives the same files."""
    command = ["git", "log", "-1", "--format=%cI"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _run(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT, check=False)
    if done.returncode:
        sys.exit(f"this failed: {' '.join(command)}")


def _size(path: Path) -> str:
    return f"{path.stat().st_size / 1000:,.0f} KB"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
