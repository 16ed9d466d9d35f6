"""Put the VS Code extension into the wheel, where `make vsix` has built it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ExtensionHook(BuildHookInterface):  # type: ignore[type-arg]
    """`foretype setup vscode` takes the package from there."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        for package in Path(self.root).glob("editors/vscode/foretype-*.vsix"):
            build_data["force_include"][str(package)] = f"foretype/editors/vscode/{package.name}"
