"""The grammars come with the plain installation, wherever there are wheels of them."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from helpers.paths import ROOT
from packaging.requirements import Requirement

from foretype.languages.grammars import languages_without_grammar

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
GRAMMARS = [
    requirement
    for requirement in map(Requirement, PROJECT["dependencies"])
    if requirement.name.startswith("tree-sitter")
]


def is_installed(requirement: Requirement, **environment: str) -> bool:
    assert requirement.marker is not None
    known = {
        "implementation_name": "cpython",
        "python_version": "3.11",
        "sys_platform": "linux",
        "platform_machine": "x86_64",
    }
    return requirement.marker.evaluate({**known, **environment})


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
@pytest.mark.parametrize(
    ("system", "machine"),
    [
        ("linux", "x86_64"),
        ("linux", "aarch64"),
        ("darwin", "x86_64"),
        ("darwin", "arm64"),
        ("win32", "AMD64"),
        ("win32", "ARM64"),
    ],
)
def test_the_grammars_are_installed_where_there_are_wheels(
    system: str, machine: str, version: str
) -> None:
    for requirement in GRAMMARS:
        assert is_installed(
            requirement, sys_platform=system, platform_machine=machine, python_version=version
        )


@pytest.mark.parametrize(
    "environment",
    [
        {"platform_machine": "armv7l"},
        {"platform_machine": "i686"},
        {"platform_machine": "riscv64"},
        {"sys_platform": "freebsd14"},
        {"implementation_name": "pypy"},
        {"python_version": "3.15"},
    ],
    ids=lambda environment: "-".join(environment.values()),
)
def test_nothing_is_built_where_there_are_none(environment: dict[str, str]) -> None:
    assert not [each.name for each in GRAMMARS if is_installed(each, **environment)]


def test_every_grammar_is_a_dependency() -> None:
    assert len(GRAMMARS) == 12
    assert not languages_without_grammar()


def test_the_extra_of_old_is_still_there_and_adds_nothing() -> None:
    assert PROJECT["optional-dependencies"]["grammars"] == []
