"""A key in the system's keyring, for one origin."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from foretype.cli.main import main
from foretype.models import keyring_store
from foretype.models.endpoint_choice import ConfigError, choose_endpoint
from foretype.settings.providers import PROVIDERS, origin_of
from foretype.settings.schema import Settings

KEY = "sk-fake-key-for-a-keyring"
OPENROUTER = Settings(provider="openrouter")


class Keyring(ModuleType):
    """The package ``keyring``, with one backend in memory."""

    def __init__(self, backend: object | None = None) -> None:
        super().__init__("keyring")
        self.kept: dict[tuple[str, str], str] = {}
        self.backend = backend or self
        self.n_reads = 0
        self.fault: Exception | None = None

    def get_keyring(self) -> object:
        return self.backend

    def set_password(self, service: str, name: str, key: str) -> None:
        self.kept[service, name] = key

    def get_password(self, service: str, name: str) -> str | None:
        self.n_reads += 1
        if self.fault is not None:
            raise self.fault
        return self.kept.get((service, name))

    def delete_password(self, service: str, name: str) -> None:
        del self.kept[service, name]


@pytest.fixture
def environ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    config = tmp_path / "foretype.toml"
    config.write_text("")
    found = {
        "FORETYPE_CONFIG": str(config),
        "FORETYPE_LEDGER": str(tmp_path / "state" / "ledger.sqlite3"),
    }
    for name, value in found.items():
        monkeypatch.setenv(name, value)
    return found


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Keyring:
    keyring = Keyring()
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    return keyring


def log_in(monkeypatch: pytest.MonkeyPatch, *arguments: str, key: str = KEY) -> int:
    monkeypatch.setattr(sys, "stdin", io.StringIO(key + "\n"))
    return main(["login", *arguments])


def key_of(settings: Settings, environ: dict[str, str]) -> tuple[str, str]:
    endpoint = choose_endpoint(settings, environ)
    assert endpoint is not None
    return endpoint.key, endpoint.key_from


def test_a_key_is_kept_used_and_deleted(
    environ: dict[str, str],
    keyring: Keyring,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert log_in(monkeypatch, "openrouter") == 0
    assert KEY not in "".join(capsys.readouterr())
    assert list(keyring.kept) == [("foretype", origin_of(PROVIDERS["openrouter"].base_url))]
    assert key_of(OPENROUTER, environ) == (KEY, "the system's keyring")
    assert key_of(OPENROUTER, environ) == (KEY, "the system's keyring") and keyring.n_reads == 1
    state = Path(environ["FORETYPE_LEDGER"]).parent
    assert not [f for f in state.iterdir() if KEY.encode() in f.read_bytes()]
    assert main(["logout", "openrouter"]) == 0 and not keyring.kept
    with pytest.raises(ConfigError):
        choose_endpoint(OPENROUTER, environ)
    assert main(["logout", "openrouter"]) == 0
    assert "No key is kept" in capsys.readouterr().out


def test_it_goes_to_no_other_origin(
    environ: dict[str, str], keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert log_in(monkeypatch, "--base-url", "https://one.example/v1") == 0
    for url, key in (
        ("https://one.example/other", KEY),
        ("https://one.example:8443/v1", ""),
        ("http://one.example/v1", ""),
        ("https://two.example/v1", ""),
        ("https://one.example.evil.example/v1", ""),
    ):
        settings = Settings(provider="custom", base_url=url, model="m")
        assert key_of(settings, environ)[0] == key, url
    assert keyring.n_reads == 1


def test_other_ways_to_give_a_key_come_first(
    environ: dict[str, str], keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert log_in(monkeypatch, "openrouter") == 0
    own = environ | {"OPENROUTER_API_KEY": "sk-fake-variable"}
    assert key_of(OPENROUTER, own)[1] == "OPENROUTER_API_KEY"
    assert keyring.n_reads == 0


@pytest.mark.parametrize("copied", [f" {KEY} ", f'"{KEY}"', f"'{KEY}' "])
def test_quotes_and_blanks_around_a_key_are_left_out(
    copied: str, environ: dict[str, str], keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert log_in(monkeypatch, "openrouter", key=copied) == 0
    assert set(keyring.kept.values()) == {KEY}


@pytest.mark.parametrize("key", ["", "two words", "schl\u00fcssel"])
def test_what_is_no_key_is_refused(
    key: str, environ: dict[str, str], keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert log_in(monkeypatch, "openrouter", key=key) == 2
    assert not keyring.kept


def backend(module: str) -> Any:
    return type("Backend", (), {"__module__": module})()


@pytest.mark.parametrize(
    "module", ["keyrings.alt.file", "keyring.backends.fail", "keyring.backends.null"]
)
def test_a_keyring_of_plain_text_is_refused(
    module: str,
    environ: dict[str, str],
    keyring: Keyring,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    chain = backend("keyring.backends.chainer")
    chain.backends = [backend("keyring.backends.SecretService"), backend(module)]
    for each in (backend(module), chain):
        keyring.backend = each
        assert log_in(monkeypatch, "openrouter") == 2
        assert "plain text" in capsys.readouterr().err
    assert not keyring.kept


def test_without_the_package_that_is_said(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert log_in(monkeypatch, "openrouter") == 2
    assert "pipx inject foretype keyring" in capsys.readouterr().err


def test_a_locked_keyring_is_a_fault_of_the_settings_and_tried_again(
    environ: dict[str, str], keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert log_in(monkeypatch, "openrouter") == 0
    keyring.fault = RuntimeError("locked")
    with pytest.raises(ConfigError, match="Unlock it"):
        choose_endpoint(OPENROUTER, environ)
    keyring.fault = None
    keyring_store.retry()
    assert key_of(OPENROUTER, environ)[0] == KEY


@pytest.mark.parametrize("arguments", [["nobody"], [], ["--base-url", "ftp://x"]])
def test_an_endpoint_that_is_none_is_said(
    arguments: list[str],
    environ: dict[str, str],
    keyring: Keyring,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert log_in(monkeypatch, *arguments) == 2
