"""nginx in front of an upstream: TLS, buffering, compression, and what it answers by itself."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from helpers.raw_upstream import DONE, END, STREAM, RawUpstream, Write, delta, serving, whole
from helpers.service_editor import editor
from real_servers.real_servers import PROMPT, free_port, model_at, program, running, text_of, wanted

from foretype.completion.suggestion import Suggestion
from foretype.core.deadline import now
from foretype.models import connection
from foretype.models.protocol import (
    ModelError,
    ModelLimited,
    ModelRejected,
    ModelUnavailable,
)

pytestmark = wanted

CONF = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  limit_req_zone $binary_remote_addr zone=slow:1m rate=1r/m; limit_req_status 429;
  proxy_http_version 1.1; proxy_set_header Connection "";
  server {{
    listen 127.0.0.1:{plain};
    location /open/ {{ proxy_buffering off; proxy_pass http://127.0.0.1:{upstream}/; }}
    location /kept/ {{
      proxy_buffering on; postpone_output 65536; proxy_pass http://127.0.0.1:{upstream}/;
    }}
    location /gzip/ {{
      gzip on; gzip_types text/event-stream; gzip_min_length 1; proxy_buffering off;
      proxy_pass http://127.0.0.1:{upstream}/;
    }}
    location /small/ {{ client_max_body_size 4k; proxy_pass http://127.0.0.1:{upstream}/; }}
    location /slow/ {{ limit_req zone=slow; proxy_pass http://127.0.0.1:{upstream}/; }}
    location /down/ {{ proxy_pass http://127.0.0.1:{nobody}/; }}
    location /late/ {{ proxy_read_timeout 1s; proxy_pass http://127.0.0.1:{upstream}/; }}
    location /moved/ {{ return 301 https://elsewhere.example/api$uri?token=hidden; }}
  }}
  server {{
    listen 127.0.0.1:{tls} ssl; ssl_certificate {folder}/c.pem; ssl_certificate_key {folder}/k.pem;
    location / {{ proxy_buffering off; proxy_pass http://127.0.0.1:{upstream}/; }}
  }}
}}
"""


@dataclass
class Nginx:
    plain: int
    tls: int
    folder: Path
    upstream: RawUpstream

    def at(self, place: str) -> str:
        return f"http://127.0.0.1:{self.plain}/{place}/v1"


async def slowly(write: Write) -> None:
    """An answer in pieces, half a second from the first to the last."""
    await write(STREAM)
    for number in range(25):
        await write(delta(f"value_{number} + "))
        await asyncio.sleep(0.02)
    await write(delta(finish="stop") + DONE + END)


async def never(write: Write) -> None:
    await asyncio.sleep(30)


def certificate(folder: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl to make a certificate with")
    subject = ["-subj", "/CN=loopback", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(folder / "k.pem"), "-out", str(folder / "c.pem")]
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            *subject,
            *files,
        ],
        check=True,
        capture_output=True,
    )


@contextlib.asynccontextmanager
async def nginx(folder: Path, *answers: object) -> AsyncIterator[Nginx]:
    binary = program("debian/usr/sbin/nginx")
    certificate(folder)
    async with serving(*(answers or (whole("a + b"),))) as up:  # type: ignore[arg-type]
        plain, tls, nobody = free_port(), free_port(), free_port()
        conf = folder / "nginx.conf"
        conf.write_text(
            CONF.format(folder=folder, plain=plain, tls=tls, nobody=nobody, upstream=up.port)
        )
        command = (binary, "-p", folder, "-c", conf, "-e", folder / "error.log")
        async with running(command, plain, folder):
            yield Nginx(plain, tls, folder, up)


async def fault_at(url: str) -> ModelError:
    async with model_at(url) as model:
        with pytest.raises(ModelError) as caught:
            await text_of(model)
    return caught.value


async def moments(url: str) -> list[float]:
    """When each piece of an answer came."""
    async with model_at(url) as model:
        await model.warm()
        return [now() async for chunk in model.stream(PROMPT) if chunk.text]


async def test_tls_with_a_certificate_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with nginx(tmp_path) as server:
        url = f"https://127.0.0.1:{server.tls}/v1"
        connection.certificates.cache_clear()
        assert "SSL_CERT_FILE" in str(await fault_at(url))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "c.pem"))
        connection.certificates.cache_clear()
        async with model_at(url) as model:
            await model.warm()
            assert [await text_of(model) for _ in range(3)] == ["a + b"] * 3
        assert server.upstream.warm == []
    connection.certificates.cache_clear()


async def test_plain_http_on_the_tls_port(tmp_path: Path) -> None:
    async with nginx(tmp_path) as server:
        fault = await fault_at(f"http://127.0.0.1:{server.tls}/v1")
    assert isinstance(fault, ModelRejected) and "Is it `https://` there?" in str(fault)


@pytest.mark.parametrize("place", ["open", "gzip"])
async def test_a_stream_comes_piece_by_piece(tmp_path: Path, place: str) -> None:
    async with nginx(tmp_path, slowly) as server:
        came = await moments(server.at(place))
    assert len(came) > 5
    assert came[-1] - came[0] > 0.2


async def test_a_stream_that_is_buffered_is_whole(tmp_path: Path) -> None:
    async with nginx(tmp_path, slowly) as server, model_at(server.at("kept")) as model:
        text = await text_of(model)
    assert text == "".join(f"value_{number} + " for number in range(25))


async def test_413_shortens_the_prompt(tmp_path: Path) -> None:
    async with nginx(tmp_path, whole("sum(prices)")) as server:
        long = "".join(f"value_{n} = compute({n}, scale={n})\n" for n in range(400))
        async with model_at(server.at("small")) as model:
            e = editor(f"{long}total = ‸\n", model)
            answer = await e.ask(ms=20_000)
            assert isinstance(answer, Suggestion) and answer.text == "sum(prices)"
            await e.service.close()


async def test_429_is_no_flood(tmp_path: Path) -> None:
    async with nginx(tmp_path) as server:
        async with model_at(server.at("slow")) as model:
            assert await text_of(model) == "a + b"
            kinds = []
            for _ in range(20):
                with pytest.raises(ModelError) as caught:
                    await text_of(model)
                kinds.append(type(caught.value))
        assert set(kinds) == {ModelLimited}
        assert len(server.upstream.requests) == 1


@pytest.mark.parametrize(("place", "status"), [("down", 502), ("late", 504)])
async def test_what_nginx_says_of_its_upstream(tmp_path: Path, place: str, status: int) -> None:
    async with nginx(tmp_path, never) as server:
        fault = await fault_at(server.at(place))
    assert isinstance(fault, ModelUnavailable)
    assert f"({status})" in str(fault) and "<html" not in str(fault)


async def test_a_redirect_names_its_target_without_its_query(tmp_path: Path) -> None:
    async with nginx(tmp_path) as server:
        fault = await fault_at(server.at("moved"))
    assert "https://elsewhere.example/api/moved/v1/chat/completions (301)" in str(fault)
    assert "hidden" not in str(fault)
