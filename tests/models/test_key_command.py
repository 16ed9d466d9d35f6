"""A key from a program of the user's choice."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from foretype.models import key_command
from foretype.models.endpoint_choice import ConfigError, choose_endpoint, describe
from foretype.models.key_command import KeyCommandFailed, key_from
from foretype.settings.load import load
from foretype.settings.schema import Settings

KEY = "sk-fake-key-from-a-program"
URL = "https://models.example/v1"


def program(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


PRINTS = program(f"print('{KEY}')")


def test_the_first_line_is_the_key() -> None:
    assert key_from(program(f"print(); print(' {KEY} '); print('more')")) == KEY


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (program("raise SystemExit(3)"), "ended with code 3"),
        (program("pass"), "printed nothing"),
        (("/no/such/program",), "cannot be run"),
        ((sys.executable, "-c", "print(1)\0"), "cannot be run"),
        (program("import time; time.sleep(60)"), "gave no key within"),
    ],
)
def test_a_program_without_a_key_is_named_and_its_output_is_not(
    command: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "within" in said:
        monkeypatch.setattr(key_command, "TIME_LIMIT_S", 0.5)
    with pytest.raises(KeyCommandFailed, match=said):
        key_from(command)


def test_it_runs_once_and_a_failure_is_tried_again(tmp_path: Path) -> None:
    log = tmp_path / "runs"
    code = f"""
import pathlib
p = pathlib.Path({str(log)!r})
n = len(p.read_text()) if p.exists() else 0
p.write_text('x' * (n + 1))
print('{KEY}' if n else '')
"""
    command = program(code)
    for _ in range(2):
        with pytest.raises(KeyCommandFailed):
            key_from(command)
    assert log.read_text() == "x"
    key_command.retry()
    assert key_from(command) == key_from(command) == KEY
    key_command.retry()
    assert key_from(command) == KEY and log.read_text() == "xx"


def test_the_program_gets_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-fake-other")
    shown = key_from(program("import os; print('OPENROUTER_API_KEY' in os.environ)"))
    assert shown == "False"


def test_it_serves_where_nothing_else_gives_a_key() -> None:
    settings = Settings(base_url=URL, provider="custom", model="m", api_key_command=PRINTS)
    endpoint = choose_endpoint(settings, {})
    assert endpoint is not None and endpoint.key == KEY
    assert endpoint.key_from == "`api_key_command`" and KEY not in repr(endpoint)
    own = replace(settings, api_key="sk-fake-own-key")
    endpoint = choose_endpoint(own, {})
    assert endpoint is not None and endpoint.key == "sk-fake-own-key"
    openrouter = Settings(provider="openrouter", api_key_command=PRINTS)
    endpoint = choose_endpoint(openrouter, {"OPENROUTER_API_KEY": "sk-fake-variable"})
    assert endpoint is not None and endpoint.key_from == "OPENROUTER_API_KEY"


def test_a_failure_is_said_as_a_fault_of_the_settings() -> None:
    settings = Settings(base_url=URL, model="m", api_key_command=program("raise SystemExit(4)"))
    with pytest.raises(ConfigError, match="ended with code 4"):
        choose_endpoint(settings, {})
    assert "code 4" in describe(settings, {}).problem


def test_only_the_users_own_file_may_name_it(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    command = list(program(f"open({str(marker)!r}, 'w')"))
    mine, theirs = tmp_path / "foretype.toml", tmp_path / ".foretype.toml"
    text = f'base_url = "{URL}"\nmodel = "m"\n'
    mine.write_text(text)
    theirs.write_text(f"api_key_command = {json.dumps(command)}\n")
    loaded = load(
        user_file=mine,
        environ={},
        init_options={"apiKeyCommand": command},
        workspace_config={"apiKeyCommand": command},
        workspace_files=[theirs],
    )
    assert loaded.settings.api_key_command == () and not marker.exists()
    assert sum("own foretype.toml alone" in problem for problem in loaded.problems) >= 2
    mine.write_text(text + f"api_key_command = {json.dumps(command)}\n")
    loaded = load(user_file=mine, environ={})
    assert loaded.settings.api_key_command == tuple(command) and not loaded.problems


def test_it_is_not_used_for_another_endpoint_than_the_files(tmp_path: Path) -> None:
    mine = tmp_path / "foretype.toml"
    mine.write_text(
        f'base_url = "{URL}"\nmodel = "m"\napi_key_command = {json.dumps(list(PRINTS))}\n'
    )
    loaded = load(user_file=mine, environ={}, init_options={"baseUrl": "https://other.example/v1"})
    assert loaded.settings.api_key_command == ()
    assert any("another endpoint" in problem for problem in loaded.problems)
