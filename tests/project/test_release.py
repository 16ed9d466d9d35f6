"""What a release is made of, without building one."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import release
import sbom
from helpers.paths import ROOT

CHANGELOG = """\
# Changelog

## Unreleased

- Something new.

## [0.2.0] - 2026-12-01

### Added

- A thing.

## 0.1.0

- The first.
"""


def test_the_version_is_the_same_in_all_places() -> None:
    assert len(set(release.versions(ROOT).values())) == 1


def test_setting_the_version_changes_nothing_else(tmp_path: Path) -> None:
    for place in release.PLACES:
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / place, tmp_path / place)
    [old] = set(release.versions(ROOT).values())
    release.set_version(tmp_path, "7.8.9rc1")
    assert set(release.versions(tmp_path).values()) == {"7.8.9rc1"}
    for place in release.PLACES:
        changed = (tmp_path / place).read_text(encoding="utf-8").replace("7.8.9rc1", old)
        assert changed == (ROOT / place).read_text(encoding="utf-8")
    with pytest.raises(SystemExit, match="no version"):
        release.set_version(tmp_path, "next")


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("0.2.0", "### Added\n\n- A thing."),
        ("0.1.0", "- The first."),
        ("0.3.0", "- Something new."),
    ],
)
def test_the_notes_are_the_changelogs_section(version: str, said: str) -> None:
    assert release.notes(CHANGELOG, version) == f"# foretype {version}\n\n{said}\n"


def test_a_release_without_notes_is_none() -> None:
    with pytest.raises(SystemExit, match="says nothing about 1.0.0"):
        release.notes("# Changelog\n", "1.0.0")


def test_what_a_package_lacks_is_named(tmp_path: Path) -> None:
    wheel = tmp_path / "foretype-1.0.0-py3-none-any.whl"
    assert release.missing_in_wheel(wheel, "1.0.0") == [wheel.name]
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in release.WANTED[1:]:
            archive.writestr(name, "")
    assert release.missing_in_wheel(wheel, "1.0.0") == [
        "foretype-1.0.0.dist-info/licenses/LICENSE",
        release.WANTED[0],
        "foretype/editors/vscode/foretype-1.0.0.vsix",
    ]


def test_an_extension_of_another_version_is_refused(tmp_path: Path) -> None:
    vsix = tmp_path / "foretype-1.0.0.vsix"
    with zipfile.ZipFile(vsix, "w") as archive:
        for name in release.IN_VSIX:
            archive.writestr(f"extension/{name}", '{"version": "0.9.0"}')
    assert release.missing_in_vsix(vsix, "1.0.0") == ["version 1.0.0 in foretype-1.0.0.vsix"]
    assert release.missing_in_vsix(vsix, "0.9.0") == []


def test_neovims_plugin_stands_alone(tmp_path: Path) -> None:
    folder = release.neovim_plugin(ROOT, tmp_path / "foretype.nvim")
    ours = ROOT / "editors" / "neovim"
    for path in ours.rglob("*"):
        copied = folder / path.relative_to(ours)
        if path.is_file() and path.name != "README.md":
            assert copied.read_bytes() == path.read_bytes()
    assert (folder / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert "](../" not in readme and "![" not in readme and "foretype.nvim" in readme


def test_the_same_files_give_the_same_package(tmp_path: Path) -> None:
    packed = []
    for name in ("one", "two"):
        folder = release.neovim_plugin(ROOT, tmp_path / name / "foretype.nvim")
        release.zipped(folder, tmp_path / f"{name}.zip")
        packed.append((tmp_path / f"{name}.zip").read_bytes())
    assert packed[0] == packed[1]
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert "foretype.nvim/plugin/foretype.lua" in archive.namelist()


def test_checksums_are_those_of_the_files(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    (tmp_path / "folder").mkdir()
    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert release.sums(tmp_path) == f"{known}  a\n"


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A bundle of the packages ``left-pad`` and ``@a/b``, the second of which lies deeper."""
    for folder, name in (("left-pad", "left-pad"), ("left-pad/node_modules/@a/b", "@a/b")):
        path = tmp_path / "node_modules" / folder
        path.mkdir(parents=True)
        package = {"name": name, "version": "1.2.3", "license": "MIT"}
        (path / "package.json").write_text(json.dumps(package))
    inputs = (
        "src/x.ts",
        "node_modules/left-pad/i.js",
        "node_modules/left-pad/node_modules/@a/b/i.js",
    )
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "meta.json").write_text(json.dumps({"inputs": dict.fromkeys(inputs, {})}))
    return tmp_path / "out" / "meta.json"


def test_the_extension_is_packed_with_the_standard_library_alone() -> None:
    folder = ROOT / "editors" / "vscode"
    without_packages = [sys.executable, "-S", "-c", "import package_vsix"]
    subprocess.run(without_packages, check=True, cwd=folder)


def test_the_bill_of_materials_names_what_is_bundled_and_needed(bundle: Path) -> None:
    made = sbom.bill("1.0.0", sbom.bundled_packages(bundle), "2026-11-30T00:00:00+00:00")
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.5")
    names = {component["name"] for component in made["components"]}
    assert {"left-pad", "@a/b", "pygls", "openai", "click", "pydantic"} <= names
    assert not names & {"pytest", "ruff", "foretype"}
    refs = [component["bom-ref"] for component in made["components"]]
    assert len(set(refs)) == len(refs) and "pkg:npm/%40a/b@1.2.3" in refs
    assert all(re.fullmatch(r"pkg:(pypi|npm)/\S+@\S+", ref) for ref in refs)
    [whole] = made["dependencies"]
    assert sorted(whole["dependsOn"]) == sorted(refs)
