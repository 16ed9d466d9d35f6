"""A general key goes to the endpoint that it first served, and to agreed ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretype.models import key_origins
from foretype.models.endpoint_choice import KeyNotAgreed, choose_endpoint, describe
from foretype.settings.schema import Settings

KEY = "sk-fake-0123456789abcdef"
FIRST, OTHER = "https://models.example/v1", "https://elsewhere.example/v1"


@pytest.fixture
def environ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setattr(key_origins, "_known", {})
    return {"FORETYPE_LEDGER": str(tmp_path / "state" / "ledger.sqlite3")}


def file_in(environ: dict[str, str]) -> Path:
    return Path(environ["FORETYPE_LEDGER"]).with_name(key_origins.FILE)


def choose(url: str, environ: dict[str, str], key: str = KEY) -> str:
    endpoint = choose_endpoint(Settings(base_url=url, api_key=key), environ)
    assert endpoint is not None
    return endpoint.key


def test_any_endpoint_may_be_the_first(environ: dict[str, str]) -> None:
    assert choose(FIRST, environ) == choose(OTHER, environ) == KEY
    assert not file_in(environ).exists()


def test_another_one_gets_it_only_once_the_user_agreed(environ: dict[str, str]) -> None:
    key_origins.served(KEY, FIRST, environ)
    key_origins.retry()
    assert choose(FIRST + "/other/path", environ) == KEY
    with pytest.raises(KeyNotAgreed, match=r"elsewhere\.example:443") as asked:
        choose(OTHER, environ)
    key_origins.served(KEY, OTHER, environ)
    with pytest.raises(KeyNotAgreed):
        choose(OTHER, environ)
    asked.value.agree()
    key_origins.retry()
    assert choose(OTHER, environ) == choose(FIRST, environ) == KEY
    with pytest.raises(KeyNotAgreed):
        choose("https://models.example:8443/v1", environ)


def test_it_goes_by_the_key(environ: dict[str, str]) -> None:
    key_origins.served(KEY, FIRST, environ)
    assert choose(OTHER, environ, "sk-fake-another-key-0") == "sk-fake-another-key-0"
    own = Settings(base_url=OTHER, api_key_env="ITS_OWN")
    endpoint = choose_endpoint(own, {**environ, "ITS_OWN": KEY})
    assert endpoint is not None and endpoint.key == KEY


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1234/v1", "http://localhost/v1", "http://[::1]/"]
)
def test_this_machine_always_may_and_is_never_the_first(url: str, environ: dict[str, str]) -> None:
    key_origins.served(KEY, url, environ)
    assert choose(FIRST, environ) == KEY
    key_origins.served(KEY, FIRST, environ)
    assert choose(url, environ) == KEY


def test_only_hashes_are_kept(environ: dict[str, str]) -> None:
    key_origins.served(KEY, FIRST, environ)
    kept = file_in(environ).read_text()
    assert KEY not in kept and "example" not in kept
    salts = set()
    for _ in range(2):
        file_in(environ).unlink()
        key_origins.retry()
        key_origins.served(KEY, FIRST, environ)
        salts.add(file_in(environ).read_text())
    assert len(salts) == 2


@given(st.binary(max_size=60))
def test_a_file_that_cannot_be_read_says_nothing(content: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        environ = {"FORETYPE_LEDGER": f"{folder}/ledger.sqlite3"}
        file_in(environ).write_bytes(content)
        assert key_origins.may_serve(KEY, FIRST, environ)
        key_origins.served(KEY, FIRST, environ)
        key_origins.retry()
        assert not key_origins.may_serve(KEY, OTHER, environ)


def test_where_nothing_can_be_written_it_holds_for_the_process(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    environ = {"FORETYPE_LEDGER": str(tmp_path / "file" / "ledger.sqlite3")}
    key_origins.served(KEY, FIRST, environ)
    assert not key_origins.may_serve(KEY, OTHER, environ)


def test_the_sentence_says_what_to_do_and_no_key(environ: dict[str, str]) -> None:
    key_origins.served(KEY, FIRST, environ)
    problem = describe(Settings(base_url=OTHER, api_key=KEY), environ).problem
    assert "foretype doctor" in problem and "`api_key`" in problem and KEY not in problem
