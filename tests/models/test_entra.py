"""Tokens of Entra ID: fetched once, replaced before they end, sent with each request."""

from __future__ import annotations

import asyncio
import json
import stat
import sys
import time
from pathlib import Path

import httpx2
import pytest

from foretype.models import connection, entra
from foretype.models.entra import EntraToken, token_in
from foretype.models.openai_model import OpenAIModel
from foretype.models.protocol import Message, ModelRejected, Prompt
from foretype.settings.providers import PROVIDERS, Endpoint

PROMPT = Prompt(messages=(Message("user", "x = "),))
AZURE = Endpoint(
    row=PROVIDERS["azure"],
    base_url="https://mine.openai.azure.com/openai/v1",
    wire="chat",
    key_from="Entra ID",
    token_scope="https://ai.azure.com/.default",
)


class Directory:
    """Gives tokens that last for so many seconds."""

    def __init__(self, *lasting: float) -> None:
        self.lasting = lasting
        self.asked: list[str] = []

    async def fetch(self, scope: str) -> tuple[str, float]:
        self.asked.append(scope)
        await asyncio.sleep(0)
        number = len(self.asked)
        lasting = self.lasting[min(number, len(self.lasting)) - 1]
        return f"token-{number}", time.time() + lasting


async def test_a_token_is_fetched_once_however_many_ask() -> None:
    directory = Directory(3600)
    token = EntraToken("scope", directory.fetch)
    assert set(await asyncio.gather(*(token.get() for _ in range(9)))) == {"token-1"}
    assert directory.asked == ["scope"]


async def test_one_that_ends_soon_is_replaced() -> None:
    token = EntraToken("scope", Directory(60, 3600).fetch)
    assert [await token.get() for _ in range(3)] == ["token-1", "token-2", "token-2"]


async def test_a_fault_says_how_to_sign_in() -> None:
    async def fail(scope: str) -> tuple[str, float]:
        raise OSError("down")

    with pytest.raises(ModelRejected, match="az login") as caught:
        await EntraToken("scope", fail).get()
    assert caught.value.status == 401


async def test_each_request_has_the_token_and_a_fault_is_told_as_such(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.headers["authorization"])
        said = {"choices": [{"message": {"content": "a"}, "finish_reason": "stop"}]}
        return httpx2.Response(200, json=said)

    directory = Directory(3600)
    monkeypatch.setattr(connection, "EntraToken", lambda scope: EntraToken(scope, directory.fetch))
    model = OpenAIModel(AZURE, transport=httpx2.MockTransport(answer))
    for _ in range(2):
        assert [chunk.text async for chunk in model.stream(PROMPT)] == ["a"]
    await model.close()
    assert seen == ["Bearer token-1"] * 2
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr(connection, "EntraToken", EntraToken)
    signed_out = OpenAIModel(AZURE, transport=httpx2.MockTransport(answer))
    with pytest.raises(ModelRejected, match="az login"):
        async for _ in signed_out.stream(PROMPT):
            pass
    await signed_out.close()


def test_what_the_azure_cli_prints_is_read() -> None:
    out = {"accessToken": "abc", "expires_on": 1900000000, "expiresOn": "2030-03-17 17:46:40"}
    assert token_in(json.dumps(out).encode()) == ("abc", 1900000000.0)
    token, end = token_in(b'{"accessToken": "abc", "expiresOn": "2030-03-17 17:46:40"}')
    assert token == "abc" and end > time.time()
    for nonsense in (b"", b"[]", b"{}", b'{"accessToken": 1}'):
        with pytest.raises(ValueError):
            token_in(nonsense)


@pytest.mark.skipif(sys.platform == "win32", reason="the command is a shell script")
async def test_the_azure_cli_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    az = tmp_path / "az"
    az.write_text(
        '#!/bin/sh\necho "$@" > "$0.asked"\n'
        'echo \'{"accessToken": "from-az", "expires_on": 1900000000}\'\n'
    )
    az.chmod(az.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(entra, "_has_identity", lambda: False)
    assert await EntraToken("https://ai.azure.com/.default").get() == "from-az"
    asked = (tmp_path / "az.asked").read_text()
    assert asked.strip() == (
        "account get-access-token --scope https://ai.azure.com/.default --output json"
    )
