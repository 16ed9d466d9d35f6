"""The server of ``foretype play``: what its page may ask, and who may ask."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientSession
from click.testing import CliRunner
from helpers.paths import ROOT
from helpers.virtual import virtual
from helpers.websocket_client import ask, exchange, received, tell

from foretype.cli.main import foretype
from foretype.cli.play import playground as module
from foretype.cli.play.pages import missing
from foretype.cli.play.playground import LINGER_S, Playground, serving
from foretype.upstream import ScriptedUpstream

ENVIRON = {
    "FORETYPE_CONFIG": "",
    "FORETYPE_LEDGER": ":memory:",
    "FORETYPE_INDEX": ":memory:",
    "OPENROUTER_API_KEY": "fake-key-for-tests-000",
}


@pytest.fixture(autouse=True)
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "page"
    folder.mkdir()
    (folder / "index.html").write_text("<title>play</title>")
    (folder / "main.js").write_text("1")
    monkeypatch.setattr(module, "PAGE", folder)
    yield folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "src").mkdir(parents=True)
    (root / ".git").mkdir()
    (root / "src" / "main.py").write_text("def main():\n    pass\n")
    (root / "src" / "secret.pem").write_text("-----BEGIN")
    (root / ".gitignore").write_text("ignored.py\n")
    (root / "ignored.py").write_text("x = 1\n")
    (tmp_path / "outside.py").write_text("y = 1\n")
    (root / "link.py").symlink_to(tmp_path / "outside.py")
    return root


@asynccontextmanager
async def pages(
    root: Path, environ: Mapping[str, str] = MappingProxyType(ENVIRON)
) -> AsyncIterator[tuple[ClientSession, str, Playground]]:
    playground = Playground(root, root / "src" / "main.py", environ)
    async with serving(playground) as address, ClientSession() as session:
        yield session, address, playground


async def text_of(response: ClientResponse) -> tuple[int, str]:
    return response.status, await response.text()


async def test_the_page_loads_nothing_from_elsewhere(project: Path) -> None:
    async with pages(project) as (session, address, _), session.get(address) as response:
        assert await text_of(response) == (200, "<title>play</title>")
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "https:" not in policy


async def test_it_lists_what_may_be_opened_and_the_providers_with_a_key(project: Path) -> None:
    environ = {**ENVIRON, "FIREWORKS_API_KEY": "fake-key-for-tests-001"}
    told = await told_by(project, environ)
    assert told["files"] == ["src/main.py"]
    assert told["current"] == "src/main.py"
    assert told["providers"][0]["title"] == "as configured: OpenRouter"
    assert [row["slug"] for row in told["providers"]][:2] == ["", "fireworks"]
    assert "fake-key" not in json.dumps(told)


async def test_where_an_address_is_set_no_provider_is_a_choice(project: Path) -> None:
    environ = {**ENVIRON, "FORETYPE_BASE_URL": "http://127.0.0.1:9/v1", "FORETYPE_MODEL": "a"}
    told = await told_by(project, environ)
    assert [row["slug"] for row in told["providers"]] == [""]


async def told_by(project: Path, environ: Mapping[str, str]) -> Any:
    async with (
        pages(project, environ) as (session, address, _),
        session.get(address + "project") as found,
    ):
        return await found.json()


@pytest.mark.parametrize(
    "path, status",
    [
        ("src/main.py", 200),
        ("src/secret.pem", 404),
        ("ignored.py", 404),
        ("link.py", 404),
        ("../outside.py", 404),
        ("/etc/passwd", 404),
        ("src", 404),
        ("no.py", 404),
        ("a\0b", 404),
        ("", 404),
    ],
)
async def test_files_are_the_project_s_own(project: Path, path: str, status: int) -> None:
    async with (
        pages(project) as (session, address, _),
        session.get(address + "file", params={"path": path}) as found,
    ):
        assert found.status == status
        if status == 200:
            text = "def main():\n    pass\n"
            assert await found.json() == {"text": text, "language": "python"}


@pytest.mark.parametrize(
    "path, why",
    [("src/main.py", ""), ("src/secret.pem", "excluded by"), ("ignored.py", "excluded by")],
)
def test_a_file_that_may_not_be_opened_is_named_before_there_is_a_page(
    project: Path, path: str, why: str
) -> None:
    said = Playground(project, None, ENVIRON).why_closed(project / path)
    assert why in said and bool(why) == bool(said)


@pytest.mark.parametrize("asset", ["../playground.py", "..%2fplayground.py", "main.py", "%00"])
async def test_only_the_page_s_own_files_are_served(project: Path, asset: str) -> None:
    async with (
        pages(project) as (session, address, _),
        session.get(address + asset, allow_redirects=False) as found,
    ):
        assert found.status == 404


@pytest.mark.parametrize("path", ["", "project", "file?path=src/main.py", "lsp"])
@pytest.mark.parametrize(
    "token, headers",
    [
        ("wrong", {}),
        (None, {"Host": "example.com"}),
        (None, {"Origin": "https://example.com"}),
        (None, {"Origin": "null"}),
    ],
    ids=["wrong token", "rebound host", "foreign origin", "no origin's page"],
)
async def test_others_find_nothing(
    project: Path, path: str, token: str | None, headers: dict[str, str]
) -> None:
    async with pages(project) as (session, address, playground):
        url = address.replace(playground.token, token or playground.token) + path
        async with session.get(url, headers=headers) as found:
            assert found.status == 404


def traces(messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is told of streams."""
    return [each["params"] for each in messages if each.get("method") == "foretype/trace"]


def shows_a_stream(messages: Sequence[dict[str, Any]]) -> bool:
    return {"sent", "ended"} <= {event["kind"] for event in traces(messages)}


HELLO: dict[str, Any] = {"processId": None, "rootUri": None, "capabilities": {}}


async def test_each_page_has_a_server_of_its_own(project: Path) -> None:
    async with (
        pages(project) as (session, address, playground),
        session.ws_connect(address + "lsp") as one,
        session.ws_connect(address + "lsp") as other,
    ):
        answer = await ask(one, 1, "initialize", HELLO)
        assert answer["result"]["serverInfo"]["name"] == "foretype"
        assert playground.clients.n_served == 2
        refused = await ask(other, 1, "shutdown", None)
        assert refused["error"]["code"] == -32002


async def test_a_page_is_shown_what_is_sent_what_comes_back_and_what_becomes_of_it(
    project: Path,
) -> None:
    answer = "```python\n    return width * height\n```"
    # Far enough above: beside a secret nothing would be sent.
    secret = "TOKEN = 'ghp_0123456789abcdefghijABCDEFGHIJ012345'\n"
    above = f"{secret}\n\ndef perimeter(width, height):\n    return 2 * (width + height)\n"
    text = above + "\n\ndef area(width, height):\n    "
    at: dict[str, Any] = {
        "textDocument": {"uri": (project / "src" / "area.py").as_uri()},
        "position": {"line": text.count("\n"), "character": 4},
    }
    async with ScriptedUpstream(text=answer) as up:
        environ = {
            **ENVIRON,
            "FORETYPE_BASE_URL": up.url,
            "FORETYPE_API_KEY": "fake-key-for-tests-000",
            "FORETYPE_MODEL": "scripted",
        }
        async with (
            pages(project, environ) as (session, address, _),
            session.ws_connect(address + "lsp") as ws,
        ):
            capable: dict[str, Any] = {"textDocument": {"inlineCompletion": {}}}
            options = {"client": "play", "completion": {"local": "off"}}
            hello = {**HELLO, "capabilities": capable, "initializationOptions": options}
            await ask(ws, 1, "initialize", hello)
            await tell(ws, "initialized", {})
            await received(ws, lambda messages: "foretype/status" in json.dumps(messages))
            document = {**at["textDocument"], "languageId": "python", "version": 1, "text": text}
            await tell(ws, "textDocument/didOpen", {"textDocument": document})
            asked = {**at, "context": {"triggerKind": 1}}
            messages = await exchange(ws, 2, "textDocument/inlineCompletion", asked)
            events = traces(await received(ws, shows_a_stream, messages))
            steps = (await ask(ws, 3, "foretype/steps", {**at, "text": answer}))["result"]
            refused = await ask(ws, 4, "foretype/steps", {**at, "text": 7})
    by_kind = {event["kind"]: event for event in events}
    assert events[0]["kind"] == "asked" and by_kind["asked"]["model"] == "scripted"
    assert "".join(each["text"] for each in events if each["kind"] == "chunk") in answer
    assert [each["ms"] for each in events if each["kind"] == "chunk"] == sorted(
        each["ms"] for each in events if each["kind"] == "chunk"
    )
    assert by_kind["sent"]["url"].startswith(up.url)
    sent = json.dumps(by_kind["sent"]["body"])
    assert "def area" in sent and "ghp_0123" not in sent and "fake-key" not in sent
    assert not by_kind["ended"]["fault"]
    assert steps["steps"][0] == {"name": "answer", "text": answer}
    assert "Unwrap" in [step["name"] for step in steps["steps"]]
    assert steps["shown"] == "return width * height"
    assert "takes an open document" in refused["error"]["message"]


@virtual
async def test_it_ends_ten_seconds_after_the_last_page_was_closed(tmp_path: Path) -> None:
    playground = Playground(tmp_path, None, {})
    playground.page_closed()
    await asyncio.sleep(LINGER_S - 1)
    playground.page_opened()
    await asyncio.sleep(LINGER_S + 1)
    assert not playground.ended.is_set()
    playground.page_closed()
    await asyncio.sleep(LINGER_S - 1)
    assert not playground.ended.is_set()
    await asyncio.sleep(2)
    assert playground.ended.is_set()


def test_a_clone_without_the_page_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("foretype.cli.play.play_command.PAGE", tmp_path / "none")
    result = CliRunner().invoke(foretype, ["play", "--no-open"])
    assert result.exit_code != 0
    assert "make play-page" in result.output and "Node" in result.output


def test_the_page_is_never_committed() -> None:
    assert "server/foretype/cli/play/page/" in (ROOT / ".gitignore").read_text().splitlines()
    assert missing(ROOT / "editors" / "play" / "src") is not None
