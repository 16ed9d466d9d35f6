"""``foretype doctor``: what it finds with and without a model, and with one that fails."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from foretype.cli import main
from foretype.cli.doctor import Finding, State, examine
from foretype.languages import grammars
from foretype.upstream import ScriptedUpstream


async def findings(home: Path, *, offline: bool = False, **variables: str) -> dict[str, Finding]:
    config = home / "foretype.toml"
    if not config.exists():
        config.write_text("")
    environ = {"FORETYPE_CONFIG": str(config), "HOME": str(home), **variables}
    found = [finding async for finding in examine(environ, offline=offline)]
    return {finding.what: finding for finding in found}


async def test_without_a_key_it_says_what_to_set(tmp_path: Path) -> None:
    found = await findings(tmp_path)
    assert [finding.state for finding in found.values()] == [
        State.GOOD,
        State.GOOD,
        State.NOTE,
        State.GOOD,
        State.GOOD,
    ]
    assert "OPENROUTER_API_KEY" in found["model"].text and "answered in" in found["server"].text


@pytest.fixture
def without_packages(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where there was no wheel of some packages."""
    for module in request.param:
        monkeypatch.setitem(sys.modules, module, None)
    grammars.load_grammar.cache_clear()
    request.addfinalizer(grammars.load_grammar.cache_clear)


@pytest.mark.usefixtures("without_packages")
@pytest.mark.parametrize(
    ("without_packages", "languages", "packages"),
    [
        (["tree_sitter_go"], "none for Go: ", "install tree-sitter-go"),
        (
            ["tree_sitter_cpp", "tree_sitter_c_sharp"],
            "none for C#, C++: ",
            "install tree-sitter-c-sharp tree-sitter-cpp",
        ),
        (
            ["tree_sitter"],
            "none for Python, JavaScript, ",
            "install tree-sitter tree-sitter-c tree-sitter-c-sharp",
        ),
    ],
    indirect=["without_packages"],
)
async def test_a_grammar_that_is_missing_is_named_with_what_that_costs(
    tmp_path: Path, languages: str, packages: str
) -> None:
    found = (await findings(tmp_path, offline=True))["grammars"]
    assert found.state is State.NOTE
    assert languages in found.text and packages in found.text
    assert "not checked for syntax errors" in found.text


async def ask(tmp_path: Path, **script: Any) -> Finding:
    async with ScriptedUpstream(text="(reports):", **script) as up:
        found = await findings(tmp_path, FORETYPE_BASE_URL=up.url, FORETYPE_API_KEY="not-a-key")
        assert len(up.log.requests) >= 1
    assert all("not-a-key" not in finding.text for finding in found.values())
    return found["answer"]


async def test_a_model_that_answers_in_time_is_good(tmp_path: Path) -> None:
    answer = await ask(tmp_path)
    assert answer.state is State.GOOD and "within the 400 ms" in answer.text


async def test_a_slow_model_is_noted(tmp_path: Path) -> None:
    answer = await ask(tmp_path, first_ms=600)
    assert answer.state is State.NOTE and "later than the 400 ms" in answer.text


async def test_a_model_that_thinks_first_is_noted(tmp_path: Path) -> None:
    answer = await ask(tmp_path, reasoning="Let me see.")
    assert answer.state is State.NOTE and "after thinking" in answer.text


async def test_a_refused_key_is_wrong(tmp_path: Path) -> None:
    answer = await ask(tmp_path, fault="401")
    assert answer.state is State.BAD and "could not be reached" in answer.text


async def test_offline_sends_nothing(tmp_path: Path) -> None:
    async with ScriptedUpstream(text="x") as up:
        found = await findings(tmp_path, offline=True, FORETYPE_BASE_URL=up.url)
        assert not up.log.requests
    assert "answer" not in found and found["model"].state is State.GOOD


async def test_settings_that_are_wrong_are_named(tmp_path: Path) -> None:
    (tmp_path / "foretype.toml").write_text("[completion]\ndeadline = 3\n")
    found = await findings(tmp_path, offline=True, FORETYPE_PROVIDER="opnrouter")
    assert found["settings"].state is State.BAD and "deadline" in found["settings"].text
    assert found["model"].state is State.BAD and "openrouter" in found["model"].text


def test_ends_with_1_where_something_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "foretype.toml").write_text("")
    monkeypatch.setenv("FORETYPE_CONFIG", str(tmp_path / "foretype.toml"))
    monkeypatch.setenv("FORETYPE_PROVIDER", "opnrouter")
    assert main.main(["doctor", "--offline"]) == 1
    assert "wrong" in capsys.readouterr().out
