"""From settings and environment to an endpoint: who gets which key, and what is said where none
can be made."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.paths import ROOT
from hypothesis import given
from hypothesis import strategies as st

from foretype.models.endpoint_choice import ConfigError, choose_endpoint, describe
from foretype.settings.load import load
from foretype.settings.providers import PROVIDERS, Endpoint
from foretype.settings.schema import Settings

KEY = "test-key-not-real"
LOCAL = "http://127.0.0.1:8080/v1"


def chosen(environ: dict[str, str] | None = None, **settings: str) -> Endpoint:
    endpoint = choose_endpoint(Settings(**settings), environ or {})  # type: ignore[arg-type]
    assert endpoint is not None
    return endpoint


def problem(environ: dict[str, str] | None = None, **settings: str) -> str:
    with pytest.raises(ConfigError) as caught:
        choose_endpoint(Settings(**settings), environ or {})  # type: ignore[arg-type]
    return str(caught.value)


class TestWhichProvider:
    def test_none_without_a_key_and_a_url(self) -> None:
        assert choose_endpoint(Settings(), {}) is None
        assert choose_endpoint(Settings(), {}) is None

    def test_the_one_whose_key_is_there(self) -> None:
        endpoint = chosen({"OPENROUTER_API_KEY": KEY})
        assert endpoint.base_url == "https://openrouter.ai/api/v1"
        assert endpoint.model == "microsoft/mai-code-1-flash"
        assert (endpoint.key, endpoint.key_from) == (KEY, "OPENROUTER_API_KEY")

    def test_another_services_key_that_lies_there_chooses_nothing(self) -> None:
        assert choose_endpoint(Settings(), {"MISTRAL_API_KEY": KEY, "OPENAI_API_KEY": KEY}) is None

    def test_custom_for_a_url_of_the_users_own(self) -> None:
        endpoint = chosen(base_url=LOCAL)
        assert endpoint.row.slug == "custom"
        assert endpoint.model == PROVIDERS["custom"].model
        assert endpoint.wire == "chat"
        assert endpoint.key == ""

    def test_the_named_one(self) -> None:
        endpoint = chosen(
            {"FIREWORKS_API_KEY": KEY, "OPENROUTER_API_KEY": "x"}, provider="Fireworks"
        )
        assert (endpoint.row.slug, endpoint.key) == ("fireworks", KEY)

    def test_the_users_model_and_wire_count(self) -> None:
        endpoint = chosen(base_url=LOCAL, model="my-model", wire="responses")
        assert (endpoint.model, endpoint.wire) == ("my-model", "responses")

    def test_an_unknown_one_is_told_with_the_nearest(self) -> None:
        assert "openrouter" in problem(provider="openroutr")
        assert "openrouter" in problem(provider="zzzz")

    def test_a_key_without_a_place_to_send_it_is_sent_nowhere(self) -> None:
        assert "FORETYPE_PROVIDER" in problem(api_key=KEY)

    def test_a_local_one_needs_no_key(self) -> None:
        endpoint = chosen(provider="ollama")
        assert (endpoint.wire, endpoint.key, endpoint.local) == ("fim", "", True)

    def test_a_model_that_fills_no_holes_chats(self) -> None:
        assert chosen(provider="ollama", model="gpt-oss:20b").wire == "chat"
        assert chosen(provider="vllm", model="Qwen/Qwen2.5-Coder-7B").wire == "fim"
        assert chosen(provider="vllm", model="gpt-oss:20b", wire="fim").wire == "fim"

    def test_one_without_a_model_of_its_own_asks_for_it(self) -> None:
        assert "FORETYPE_MODEL" in problem({"BASETEN_API_KEY": KEY}, provider="baseten")
        assert "FORETYPE_MODEL" in problem(provider="vllm")

    def test_one_without_a_url_of_its_own_asks_for_it(self) -> None:
        assert "FORETYPE_BASE_URL" in problem({"AZURE_INFERENCE_CREDENTIAL": KEY}, provider="azure")


class TestWhoGetsTheKey:
    def test_a_providers_variable_never_goes_to_another_url(self) -> None:
        environ = {"OPENROUTER_API_KEY": KEY}
        assert chosen(environ, provider="openrouter", base_url=LOCAL).key == ""
        assert "not sent to proxy.example" in problem(
            environ, provider="openrouter", base_url="https://proxy.example/v1"
        )

    def test_a_url_of_the_users_own_gets_no_providers_variable(self) -> None:
        environ = {v: KEY for row in PROVIDERS.values() for v in row.key_vars}
        environ["OPENAI_API_KEY"] = KEY
        assert chosen(environ, base_url="https://proxy.example/v1").key == ""

    def test_it_gets_what_is_named_for_it(self) -> None:
        url = "https://proxy.example/v1"
        assert chosen(base_url=url, api_key=f" {KEY}\n").key == KEY
        assert chosen({"MY_KEY": KEY}, base_url=url, api_key_env="MY_KEY").key_from == "MY_KEY"
        environ = {"FORETYPE_API_KEY": KEY}
        assert chosen(environ, base_url=url, api_key=KEY).key_from == "FORETYPE_API_KEY"

    def test_azures_goes_to_azure(self) -> None:
        environ = {"AZURE_INFERENCE_CREDENTIAL": KEY}
        url = "https://mine.openai.azure.com/openai/v1/"
        assert chosen(environ, provider="azure", base_url=url).key == KEY

    def test_a_provider_without_one_says_which_variable_to_set(self) -> None:
        assert "OPENROUTER_API_KEY" in problem(provider="openrouter")
        assert "FORETYPE_API_KEY" in problem(provider="fireworks", base_url="https://x.example/v1")

    def test_a_variable_that_is_named_but_not_set_is_told(self) -> None:
        assert "MY_KEY" in problem(base_url=LOCAL, api_key_env="MY_KEY")

    @pytest.mark.parametrize(
        "key", ["sk-test-not-real", "Zq4mW8rTv2Kx9LpN3bHc7Yd5", f"gsk_{'aB3dE5gH7j' * 5}xY"]
    )
    def test_a_key_in_the_place_of_a_name_is_not_repeated(self, key: str) -> None:
        for wrong in ({"api_key_env": key}, {"headers": (f"X-Key: ${{{key}}}",)}):
            described = describe(Settings(base_url="https://proxy.example/v1", **wrong), {})
            assert described.problem and key not in str(described)

    def test_a_key_in_the_place_of_a_model_is_not_sent(self) -> None:
        key = "sk-" + "fake1234" * 4
        described = describe(Settings(base_url=LOCAL, model=key), {})
        assert "`model` holds what looks like a key" in described.problem
        assert key not in str(described)

    def test_a_key_in_the_place_of_a_provider_or_a_program_is_not_repeated(self) -> None:
        for wrong in ({"provider": KEY}, {"base_url": LOCAL, "api_key_command": (KEY,)}):
            described = describe(Settings(**wrong), {})
            assert described.problem and KEY not in str(described)
        assert "Did you mean openrouter?" in problem(provider="openruter")

    @pytest.mark.parametrize(
        "key", ["schlüssel-kein-echter", "key one", "key\none", "“quoted”", "x" * 9000]
    )
    def test_a_key_that_cannot_be_one_is_told_and_not_repeated(self, key: str) -> None:
        told = problem(base_url=LOCAL, api_key=key)
        assert key not in told
        assert "`api_key`" in told

    @given(st.text(max_size=40))
    def test_a_key_either_fits_in_a_header_or_is_refused(self, key: str) -> None:
        try:
            endpoint = choose_endpoint(Settings(base_url=LOCAL, api_key=key), {})
        except ConfigError as told:
            assert not key.strip() or len(key.strip()) < 3 or key.strip() not in str(told)
        else:
            assert endpoint is not None
            assert endpoint.key.isascii()
            assert endpoint.key.isprintable()
            assert " " not in endpoint.key


class TestBaseUrl:
    @pytest.mark.parametrize(
        ("given_", "used"),
        [
            ("http://127.0.0.1:8080/v1/", "http://127.0.0.1:8080/v1"),
            (" http://[::1]:8080/v1 ", "http://[::1]:8080/v1"),
            ("https://host.example", "https://host.example"),
            ("https://host.example/v1/chat/completions", "https://host.example/v1"),
            ("https://host.example/v1/completions/", "https://host.example/v1"),
            ("https://host.example/v1/responses", "https://host.example/v1"),
            ("http://my_box:1234/v1", "http://my_box:1234/v1"),
        ],
    )
    def test_is_taken_with_what_users_add(self, given_: str, used: str) -> None:
        assert chosen(base_url=given_).base_url == used

    @pytest.mark.parametrize(
        "url",
        [
            "host.example/v1",
            "ftp://host.example/v1",
            "file:///etc/passwd",
            "https://",
            "https://host example/v1",
            "https://host.example:99999/v1",
            "https://host.example:port/v1",
            "https://evil.example\\@openrouter.ai/v1",
            "https://user:secret-not-real@host.example/v1",
            "https://host.example/v1?key=secret-not-real",
            "https://host.example/v1#top",
            "https://host.example/\nv1",
        ],
    )
    def test_is_refused_where_it_is_none(self, url: str) -> None:
        told = problem(base_url=url)
        assert "base URL" in told
        assert "secret" not in told


class TestDescribe:
    def test_says_who_serves_and_never_a_secret(self) -> None:
        told = describe(Settings(base_url=LOCAL, api_key=KEY), {})
        assert (told.provider, told.title, told.model) == (
            "custom",
            "127.0.0.1:8080",
            "mai-code-1-flash",
        )
        assert told.key_from == "`api_key`"
        assert KEY not in repr(told)
        assert KEY not in repr(choose_endpoint(Settings(base_url=LOCAL, api_key=KEY), {}))

    def test_says_that_the_embedded_engine_serves(self) -> None:
        assert describe(Settings(), {}).title == "the embedded engine"

    def test_says_what_is_wrong(self) -> None:
        assert "OPENROUTER_API_KEY" in describe(Settings(provider="openrouter"), {}).problem


def test_importing_it_loads_neither_the_sdk_nor_its_transport() -> None:
    code = (
        "import sys, foretype.models.open_model\n"
        "heavy = {'openai', 'httpx2', 'httpcore2', 'anyio', 'pydantic', 'aiohttp'}\n"
        "found = heavy & {name.partition('.')[0] for name in sys.modules}\n"
        "sys.exit(f'loaded: {found}' if found else 0)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


class TestHeaders:
    def of(self, *lines: str, **environ: str) -> Endpoint:
        settings = Settings(base_url=LOCAL, headers=lines)
        endpoint = choose_endpoint(settings, environ)
        assert endpoint is not None
        return endpoint

    def test_are_sent_with_what_the_environment_holds(self) -> None:
        endpoint = self.of("x-portkey-provider: openai", "api-key:${MINE}", MINE=KEY)
        assert endpoint.headers == (("x-portkey-provider", "openai"), ("api-key", KEY))
        assert KEY not in repr(endpoint)
        assert KEY in endpoint.secrets

    @pytest.mark.parametrize(
        "line",
        ["no colon", ": hidden-1", "a b: hidden-1", "Host: hidden-1", "Content-Length: hidden-1",
         "x: hidden-1${NOT_SET}", "x: ühidden-1", "x: hidden-1\r\ny: b"],
    )  # fmt: skip
    def test_that_cannot_be_are_told_without_their_values(self, line: str) -> None:
        with pytest.raises(ConfigError) as caught:
            self.of(line)
        assert "hidden-1" not in str(caught.value)


RESOURCE = "https://mine.openai.azure.com"


class TestAzure:
    @pytest.mark.parametrize(
        "url",
        [
            RESOURCE,
            f"{RESOURCE}/",
            f"{RESOURCE}/openai",
            f"{RESOURCE}/openai/v1/",
            f"{RESOURCE}/openai/responses?api-version=2025-04-01-preview",
            f"{RESOURCE}/openai/deployments/my-code/chat/completions?api-version=2024-10-21",
        ],
    )
    def test_an_address_is_understood_as_the_portal_shows_it(self, url: str) -> None:
        endpoint = chosen({"AZURE_OPENAI_API_KEY": KEY}, provider="azure", base_url=url)
        assert endpoint.base_url == f"{RESOURCE}/openai/v1"
        assert endpoint.model == ("my-code" if "deployments" in url else "mai-code-1-flash")
        assert endpoint.is_default_model is ("deployments" not in url)

    def test_other_addresses_stay(self) -> None:
        url = "https://x.eastus.models.ai.azure.com/v1"
        environ = {"AZURE_INFERENCE_CREDENTIAL": KEY}
        assert chosen(environ, provider="azure", base_url=url).base_url == url

    def test_the_address_may_come_from_its_variable(self) -> None:
        environ = {"AZURE_OPENAI_ENDPOINT": f"{RESOURCE}/", "AZURE_OPENAI_API_KEY": KEY}
        assert chosen(environ, provider="azure").base_url == f"{RESOURCE}/openai/v1"

    def test_keys_are_looked_for_in_order(self) -> None:
        environ = {"AZURE_INFERENCE_CREDENTIAL": "second-key", "AZURE_OPENAI_API_KEY": KEY}
        endpoint = chosen(environ, provider="azure", base_url=RESOURCE)
        assert (endpoint.key, endpoint.key_from) == (KEY, "AZURE_OPENAI_API_KEY")
        del environ["AZURE_OPENAI_API_KEY"]
        assert chosen(environ, provider="azure", base_url=RESOURCE).key == "second-key"

    def test_entra_id_takes_the_place_of_a_key_where_it_can_be_asked(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("foretype.models.entra.is_available", lambda: True)
        endpoint = chosen({}, provider="azure", base_url=RESOURCE)
        assert (endpoint.key, endpoint.key_from) == ("", "Entra ID")
        assert endpoint.token_scope == "https://ai.azure.com/.default"
        with_key = chosen({"AZURE_OPENAI_API_KEY": KEY}, provider="azure", base_url=RESOURCE)
        assert with_key.token_scope == ""

    def test_a_token_never_goes_to_another_host(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("foretype.models.entra.is_available", lambda: True)
        assert "key" in problem({}, provider="azure", base_url="https://elsewhere.example/v1")

    def test_without_either_both_ways_are_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("foretype.models.entra.is_available", lambda: False)
        told = problem({}, provider="azure", base_url=RESOURCE)
        assert "AZURE_OPENAI_API_KEY" in told and "az login" in told


class TestFoundryLocal:
    def test_is_served_at_the_port_that_was_found(self) -> None:
        endpoint = chosen(provider="foundrylocal", base_url="http://127.0.0.1:5273/v1")
        assert (endpoint.model, endpoint.key, endpoint.local) == ("mai-code-1-flash", "", True)

    def test_that_does_not_run_says_how_to_start_it(self) -> None:
        assert "foundry service start" in problem(provider="foundrylocal")


BLOCKS = re.findall(
    r"```toml\n(.*?)```", (ROOT / "docs" / "endpoints.md").read_text("utf-8"), re.DOTALL
)


@pytest.mark.parametrize("block", BLOCKS)
def test_the_examples_of_the_guide_work(block: str, tmp_path: Path) -> None:
    file = tmp_path / "foretype.toml"
    file.write_text(block, "utf-8")
    environ = {"OPENROUTER_API_KEY": KEY, "AZURE_OPENAI_API_KEY": KEY, "GATEWAY_KEY": KEY}
    loaded = load(user_file=file, environ=environ)
    assert loaded.problems == ()
    endpoint = choose_endpoint(loaded.settings, environ)
    assert endpoint is not None and endpoint.key == KEY


def test_the_guide_has_examples() -> None:
    assert len(BLOCKS) >= 3
