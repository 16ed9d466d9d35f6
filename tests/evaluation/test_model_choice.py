"""Which models are compared, and that no key goes where it was not meant for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from foretype.evaluation.model_choice import settings_for_model, without_endpoint
from foretype.models.endpoint_choice import choose_endpoint
from foretype.settings.schema import Settings

KEY = "sk-fake-0123456789abcdef"
OWN = Settings(base_url="https://mine.example/v1", api_key=KEY, model="usual")


@pytest.mark.parametrize(
    ("named", "name"),
    [
        ("some/model", "some/model"),
        ("some/model@openrouter", "some/model"),
        ("model:7b@http://127.0.0.1:8080/v1", "model:7b"),
        ("model@4bit", "model@4bit"),
        ("@openrouter", "@openrouter"),
    ],
)
def test_what_follows_the_last_at_sign_is_an_endpoint_if_it_can_be_one(
    named: str, name: str
) -> None:
    assert without_endpoint(named) == name
    assert settings_for_model(named, OWN, {}).model == name


def test_a_model_alone_is_asked_at_the_usual_endpoint_with_its_key() -> None:
    assert settings_for_model("other", OWN, {}) == replace(OWN, model="other")
    same = settings_for_model("other@https://mine.example/v1/", OWN, {})
    assert same == replace(OWN, model="other")


@pytest.mark.parametrize("where", ["http://127.0.0.1:8080/v1", "ollama"])
def test_a_key_for_one_endpoint_is_not_taken_along_to_another(where: str) -> None:
    chosen = settings_for_model(f"other@{where}", OWN, {"FORETYPE_API_KEY": KEY})
    endpoint = choose_endpoint(chosen, {"FORETYPE_API_KEY": KEY})
    assert endpoint is not None and endpoint.model == "other" and not endpoint.key


def test_a_providers_own_key_is_found() -> None:
    environ = {"OPENROUTER_API_KEY": "sk-or-fake-0123456789"}
    endpoint = choose_endpoint(settings_for_model("a/b@openrouter", OWN, environ), environ)
    assert endpoint is not None and endpoint.key == "sk-or-fake-0123456789"
