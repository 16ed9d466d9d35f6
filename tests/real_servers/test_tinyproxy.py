"""tinyproxy between foretype and an endpoint: requests go through, and its refusals are told."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from helpers.raw_upstream import serving, whole
from real_servers.real_servers import free_port, model_at, program, running, text_of, wanted

from foretype.models.protocol import ModelError

pytestmark = wanted

CONF = """
Port {port}
Listen 127.0.0.1
Allow 127.0.0.1
Timeout 600
MaxClients 20
LogFile "{folder}/tinyproxy.log"
PidFile "{folder}/tinyproxy.pid"
DisableViaHeader Yes
{more}
"""


@contextlib.asynccontextmanager
async def tinyproxy(
    folder: Path, monkeypatch: pytest.MonkeyPatch, more: str = "", login: str = ""
) -> AsyncIterator[int]:
    port = free_port()
    conf = folder / "tinyproxy.conf"
    conf.write_text(CONF.format(port=port, folder=folder, more=more))
    command = (program("debian/usr/bin/tinyproxy"), "-d", "-c", conf)
    async with running(command, port, folder):
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("http_proxy", f"http://{login}127.0.0.1:{port}")
        yield port


def outside(port: int) -> str:
    """This machine under an address for which the proxy is used."""
    return f"http://0.0.0.0:{port}/v1"


async def test_requests_go_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with (
        serving(whole("a + b")) as up,
        tinyproxy(tmp_path, monkeypatch),
        model_at(outside(up.port)) as model,
    ):
        await model.warm()
        assert [await text_of(model) for _ in range(3)] == ["a + b"] * 3
    assert f"0.0.0.0:{up.port}" in (tmp_path / "tinyproxy.log").read_text()


async def test_with_a_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with (
        serving(whole("a + b")) as up,
        tinyproxy(tmp_path, monkeypatch, "BasicAuth me hidden1", "me:hidden1@"),
        model_at(outside(up.port)) as model,
    ):
        assert await text_of(model) == "a + b"


async def test_a_login_that_is_missing_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        serving(whole("a")) as up,
        tinyproxy(tmp_path, monkeypatch, "BasicAuth me hidden1"),
        model_at(outside(up.port)) as model,
    ):
        with pytest.raises(ModelError, match=r"A proxy .* asks for a name and a password"):
            await text_of(model)


async def test_a_proxy_that_is_down_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with tinyproxy(tmp_path, monkeypatch) as port:
        pass
    async with model_at(outside(9)) as model:
        with pytest.raises(ModelError, match=f"proxy 127.0.0.1:{port}"):
            await text_of(model)


async def test_an_endpoint_that_is_down_behind_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with tinyproxy(tmp_path, monkeypatch), model_at(outside(free_port())) as model:
        with pytest.raises(ModelError, match=r"\(50[0-9]\)"):
            await text_of(model)
