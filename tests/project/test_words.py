"""What the documents name is there, and what is there is named."""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest
from helpers.paths import ROOT


def test_make_help_names_every_target_of_the_editors() -> None:
    said = (ROOT / "Makefile").read_text(encoding="utf-8")
    declared = (ROOT / "editors" / "editors.mk").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z][a-z-]*):", declared, re.MULTILINE)
    assert "vsix" in targets
    for target in targets:
        assert target.startswith("for-") or f"make {target} " in said, target


@pytest.mark.parametrize("name", ["README.md", "docs/architecture.md", "editors/README.md"])
def test_the_folders_and_documents_that_are_named_are_there(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    named = re.findall(r"`((?:docs|editors|benches|tests)/[\w./-]*)`", text)
    assert [each for each in named if not (ROOT / each).exists()] == []


def test_each_key_that_vs_code_s_manifest_binds_stands_in_its_guide() -> None:
    folder = ROOT / "editors/vscode"
    manifest = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    guide = (folder / "README.md").read_text(encoding="utf-8").lower()
    for binding in manifest["contributes"]["keybindings"]:
        for key in (binding["key"], binding.get("mac", binding["key"])):
            assert f"`{key.replace('right', '→')}`" in guide, key


def test_what_the_architecture_page_names_is_in_the_code() -> None:
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    source = ROOT / "server" / "foretype"
    missing = []
    for path, dotted in re.findall(r"`([\w/]+\.py)(?::([\w.]+))?`", page):
        name = dotted.rpartition(".")[2]
        file = ROOT / path if path.startswith("tests/") else source / path
        pattern = rf"^\s*(?:async def|def|class) {name}\b|^{name}\b.*=" if name else ""
        if not file.exists() or not re.search(pattern, file.read_text("utf-8"), re.MULTILINE):
            missing.append(f"{path}:{name}")
    assert missing == []


def test_a_module_is_found_by_its_name_alone() -> None:
    files = (ROOT / "server" / "foretype").rglob("*.py")
    names = Counter(file.name for file in files if not file.name.startswith("__"))
    assert [name for name, n in names.items() if n > 1] == []
