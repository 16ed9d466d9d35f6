"""What a release is made of and needs, as a bill of materials in CycloneDX's format.

Packages of npm are bundled in the extension and in the page of `foretype play`; those of Python are
installed beside the wheel, and stand here in the versions that this environment has. The same
release gives the same file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

Component = dict[str, Any]
_SPDX = re.compile(r"[A-Za-z0-9.+() -]{1,80}")


def bill(version: str, npm_folders: Iterable[Path], moment: str) -> dict[str, Any]:
    """Return the bill. ``npm_folders`` are those of bundled packages, ``moment`` in ISO 8601."""
    wheel = _python("foretype", version, "MIT")
    python = {name: _python_installed(found) for name, found in _needed("foretype")}
    npm = [_npm(folder) for folder in sorted(npm_folders)]
    components = [*(python[name] for name in sorted(python)), *npm]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"timestamp": moment, "component": {**wheel, "type": "application"}},
        "components": components,
        "dependencies": [
            {"ref": wheel["bom-ref"], "dependsOn": [each["bom-ref"] for each in components]}
        ],
    }


def bundled_packages(meta: Path) -> set[Path]:
    """Return the folders of the packages that esbuild put into a bundle, from its metafile."""
    inputs = json.loads(meta.read_text(encoding="utf-8"))["inputs"]
    root = meta.parent.parent
    found = (re.match(r"((?:.*/)?node_modules/(?:@[^/]+/)?[^/]+)/", name) for name in inputs)
    return {root / match[1] for match in found if match}


def with_dependencies(folder: Path) -> set[Path]:
    """Return a package's folder, and those of the packages that it names, beside it."""
    package = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    beside = {folder.parent / name for name in package.get("dependencies", {})}
    return {folder, *(found for found in beside if found.is_dir())}


def _needed(name: str) -> Iterator[tuple[str, Distribution]]:
    """Yield the installed packages that a package needs here, directly or not, each once."""
    # Not above: what packs the extension uses this module, and has the standard library alone.
    from packaging.requirements import Requirement

    waiting, seen = [name], {name}
    while waiting:
        for line in distribution(waiting.pop()).requires or ():
            requirement = Requirement(line)
            wanted = re.sub(r"[-_.]+", "-", requirement.name).lower()
            is_extra = requirement.marker and not requirement.marker.evaluate({"extra": ""})
            if is_extra or wanted in seen:
                continue
            try:
                found = distribution(requirement.name)
            except PackageNotFoundError:
                continue
            seen.add(wanted)
            waiting.append(wanted)
            yield wanted, found


def _python_installed(found: Distribution) -> Component:
    known = found.metadata
    named = [*(known.get_all("License-Expression") or ()), *(known.get_all("License") or ())]
    terms = named[0] if named else ""
    classifiers = [c for c in known.get_all("Classifier") or () if c.startswith("License ::")]
    if not _SPDX.fullmatch(terms):
        terms = classifiers[0].rpartition(" :: ")[2] if classifiers else ""
    return _python(known["Name"], found.version, terms)


def _python(name: str, version: str, terms: str) -> Component:
    plain = re.sub(r"[-_.]+", "-", name).lower()
    return _component(name, version, terms, f"pkg:pypi/{plain}@{version}")


def _npm(folder: Path) -> Component:
    package = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    name, version = package["name"], package["version"]
    escaped = name.replace("@", "%40")
    return _component(name, version, package.get("license", ""), f"pkg:npm/{escaped}@{version}")


def _component(name: str, version: str, terms: str, purl: str) -> Component:
    made = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
    return {**made, "licenses": [{"license": {"name": terms}}]} if terms else made
