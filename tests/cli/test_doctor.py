"""``foretype doctor``: what it finds with and without a model, and with one that fails."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from helpers.raw_upstream import DONE, END, STREAM, USAGE, Write, delta, refusal, serving

from foretype.cli import endpoint_check, main
from foretype.cli.doctor import Finding, State, examine
from foretype.cli.endpoint_check import Figures, judge
from foretype.languages import grammars
from foretype.models import key_origins
from foretype.settings.schema import CompletionSettings
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


async def ask(tmp_path: Path, what: str = "answer", **script: Any) -> Finding:
    async with ScriptedUpstream(text="(reports):", **script) as up:
        found = await findings(tmp_path, FORETYPE_BASE_URL=up.url, FORETYPE_API_KEY="not-a-key")
        assert len(up.log.requests) >= 1
    assert all("not-a-key" not in finding.text for finding in found.values())
    return found[what]


async def test_a_model_that_answers_in_time_is_good(tmp_path: Path) -> None:
    answer = await ask(tmp_path)
    assert answer.state is State.GOOD and "within the 400 ms" in answer.text


async def test_a_slow_model_is_noted(tmp_path: Path) -> None:
    answer = await ask(tmp_path, first_ms=600)
    assert answer.state is State.NOTE and "later than the 400 ms" in answer.text


async def test_a_model_that_thinks_first_is_noted(tmp_path: Path) -> None:
    thinking = await ask(tmp_path, "thinking", reasoning="Let me see, what is missing here.")
    assert thinking.state is State.NOTE and "tokens of reasoning come before" in thinking.text


async def test_a_refused_key_is_wrong(tmp_path: Path) -> None:
    answer = await ask(tmp_path, fault="401")
    assert answer.state is State.BAD and "It says: Incorrect API key" in answer.text


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


async def test_an_answer_that_something_collects_is_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [delta(f"value_{number} + ") for number in range(25)]

    async def at_once(write: Write) -> None:
        await asyncio.sleep(0.5)
        await write(STREAM + b"".join([*words, delta(finish="stop"), USAGE, DONE, END]))

    async def piece_by_piece(write: Write) -> None:
        await write(STREAM)
        for word in words:
            await write(word)
            await asyncio.sleep(0.01)
        await write(delta(finish="stop") + USAGE + DONE + END)

    async with serving(at_once) as up:
        with monkeypatch.context() as patched:
            # However slowly a busy machine reads what came at once.
            patched.setattr(endpoint_check, "AT_ONCE_S", 60.0)
            found = await findings(tmp_path, FORETYPE_BASE_URL=up.url)
    assert "something on the way collects it" in found["stream"].text
    async with serving(piece_by_piece) as up:
        found = await findings(tmp_path, FORETYPE_BASE_URL=up.url)
    assert "stream" not in found


async def test_a_model_that_is_unknown_is_told_with_what_there_is(tmp_path: Path) -> None:
    async with serving(refusal(400, "Invalid model name passed in model=x.")) as up:
        up.models = ("one", "two")
        (tmp_path / "foretype.toml").write_text('model = "x"\n')
        found = await findings(tmp_path, FORETYPE_BASE_URL=up.url)
    assert found["answer"].state is State.BAD
    assert "It says: Invalid model name" in found["answer"].text
    assert "one, two" in found["models"].text


async def test_waits_as_long_as_it_takes(tmp_path: Path) -> None:
    answer = await ask(tmp_path, first_ms=2500)
    assert answer.state is State.NOTE and "text after 2" in answer.text


SETTINGS = CompletionSettings()
GOOD = Figures(
    model="m", first_token_ms=150, first_text_ms=150, end_ms=390, text_tokens=40, asked_tokens=128
)


def judged(figures: Figures, provider: str = "custom") -> dict[str, tuple[str, str]]:
    rows = judge(figures, "The endpoint", provider, SETTINGS)
    return {what: (state, text) for what, state, text in rows}


@pytest.mark.parametrize(
    ("change", "what", "state", "words"),
    [
        ({}, "answer", "ok", "within the 400 ms"),
        ({"first_text_ms": 900.0, "end_ms": 990.0}, "answer", "note", "suggestions come late"),
        ({"first_token_ms": 700.0, "first_text_ms": 700.0, "end_ms": 701.0}, "stream", "note",
         "came at one moment, after 701 ms: something on the way collects it"),
        ({"first_text_ms": 1500.0, "end_ms": 1800.0, "thought_tokens": 200}, "answer", "note",
         "400 ms cannot be kept"),
        ({"thought_tokens": 200, "effort": "low", "asked_tokens": 384}, "thinking", "note",
         "200 tokens of reasoning come before the text, at the effort 'low'; 384 tokens"),
        ({"first_text_ms": None, "end_ms": None, "thought_tokens": 900}, "answer", "wrong",
         "reasoned for 900 tokens and came to no text"),
        ({"fault": "No such model.", "fault_status": 404, "offered": ("a", "b")}, "models", "wrong",
         "the endpoint lists a, b"),
        ({"is_llama_cpp": True}, "server", "note", 'set provider = "llamacpp"'),
        ({"context_tokens": 1024}, "context", "note", "set completion.context_tokens = 640"),
        ({"slots": 1}, "slots", "note", "one request at a time"),
        ({"without": ("stop", "temperature")}, "refused", "note", "refuses stop, temperature"),
    ],
)  # fmt: skip
def test_what_the_figures_mean(change: dict[str, Any], what: str, state: str, words: str) -> None:
    found = judged(replace(GOOD, **change))
    assert found[what][0] == state
    assert words in found[what][1]


def test_nothing_is_noted_of_an_endpoint_that_does_well() -> None:
    assert set(judged(GOOD)) == {"answer"}
    assert "server" not in judged(replace(GOOD, is_llama_cpp=True), "llamacpp")


async def test_gives_its_findings_and_figures_as_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "foretype.toml").write_text("")
    monkeypatch.setenv("FORETYPE_CONFIG", str(tmp_path / "foretype.toml"))
    async with ScriptedUpstream(text="(reports):\n    return max(reports)\n") as up:
        monkeypatch.setenv("FORETYPE_BASE_URL", up.url)
        code = await asyncio.to_thread(main.main, ["doctor", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert (code, told["ok"]) == (0, True)
    assert {"what", "state", "text"} == set(told["findings"][0])
    assert told["figures"]["first_text_ms"] > 0


def test_ends_with_1_where_something_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "foretype.toml").write_text("")
    monkeypatch.setenv("FORETYPE_CONFIG", str(tmp_path / "foretype.toml"))
    monkeypatch.setenv("FORETYPE_PROVIDER", "opnrouter")
    assert main.main(["doctor", "--offline"]) == 1
    assert "wrong" in capsys.readouterr().out


async def test_each_of_several_providers_is_asked(tmp_path: Path) -> None:
    async with ScriptedUpstream(fault="401") as bad, ScriptedUpstream(text="a") as good:
        config = tmp_path / "foretype.toml"
        config.write_text(
            f'[[providers]]\nbase_url = "{bad.url}"\nmodel = "one"\n'
            f'[[providers]]\nbase_url = "{good.url}"\nmodel = "two"\n'
            '[[providers]]\nprovider = "baseten"\n'
        )
        environ = {"FORETYPE_CONFIG": str(config), "HOME": str(tmp_path)}
        found = [(f.what, f.state) async for f in examine(environ, offline=False)]
    assert [state for what, state in found if what == "model"] == [State.GOOD] * 2 + [State.BAD]
    assert [state for what, state in found if what == "answer"] == [State.BAD, State.GOOD]
    assert ("order", State.GOOD) in found


def test_asks_whether_a_general_key_may_go_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "foretype.toml"
    config.write_text("")
    there = "https://elsewhere.invalid/v1"
    environ = {
        "FORETYPE_CONFIG": str(config),
        "FORETYPE_LEDGER": str(tmp_path / "ledger.sqlite3"),
        "FORETYPE_API_KEY": "sk-fake-0123456789abcdef",
        "FORETYPE_BASE_URL": there,
    }
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    key_origins.served(environ["FORETYPE_API_KEY"], "https://models.invalid/v1", environ)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    asked: list[str] = []
    answers = iter((False, True))

    def confirm(question: str, **_: Any) -> bool:
        asked.append(question)
        return next(answers)

    monkeypatch.setattr("click.confirm", confirm)
    assert [main.main(["doctor", "--offline"]) for _ in range(3)] == [1, 0, 0]
    assert len(asked) == 2 and "elsewhere.invalid" in asked[0]
