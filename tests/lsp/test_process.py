"""The server as a process: how it ends, what it prints, whom it does not wait for."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import Any

import psutil
import pytest
from helpers.rawclient import PATIENCE_S, RawClient, environment, eventually, frame, running

from foretype.lsp.app import make_server
from foretype.lsp.wire import parent_process as parent
from foretype.settings.load import Loaded
from foretype.settings.schema import CompletionSettings, Settings

SERVE = (sys.executable, "-c")
PATCHED = """
import sys
from foretype.lsp import server
from foretype.lsp.features import execute_command, inline_completion, text_sync
from foretype.lsp.session.services import Services
from foretype.lsp.wire import transport
{patch}
sys.exit(server.serve_stdio())
"""


def patched(patch: str) -> tuple[str, ...]:
    """A server with something done to it first."""
    return (*SERVE, PATCHED.format(patch=patch))


def start(client: RawClient, **params: Any) -> None:
    client.initialize(capabilities={"textDocument": {"inlineCompletion": {}}}, **params)


def test_exit_after_shutdown_is_0() -> None:
    with running(env=environment()) as client:
        start(client)
        assert client.stop() == 0
        assert client.strays == b""


def test_exit_without_shutdown_is_1() -> None:
    with running(env=environment()) as client:
        start(client)
        client.notify("exit")
        assert client.exit_code() == 1


def test_exit_before_initialize_is_1() -> None:
    with running(env=environment()) as client:
        client.notify("exit")
        assert client.exit_code() == 1


def test_the_end_of_the_input_ends_the_server() -> None:
    with running(env=environment()) as client:
        start(client)
        client.close_stdin()
        assert client.exit_code() == 1


def test_the_end_of_the_input_after_shutdown_is_0() -> None:
    with running(env=environment()) as client:
        start(client)
        client.request("shutdown")
        client.close_stdin()
        assert client.exit_code() == 0


def test_what_was_asked_before_the_input_ended_is_answered() -> None:
    with running(env=environment()) as client:
        first = client.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        second = client.ask("no/such")
        client.send_bytes(frame(b"")[:8])
        client.close_stdin()
        assert "result" in client.answer(first)
        assert client.answer(second)["error"]["code"] == -32601
        assert client.exit_code() == 1


def test_requests_before_initialize_are_refused() -> None:
    with running(env=environment()) as client:
        for method in ("textDocument/inlineCompletion", "shutdown", "no/such"):
            assert client.answer(client.ask(method, {}))["error"]["code"] == -32002
        start(client)
        assert client.stop() == 0


def test_requests_after_shutdown_are_refused() -> None:
    with running(env=environment()) as client:
        start(client)
        client.request("shutdown")
        for method in ("textDocument/inlineCompletion", "shutdown", "initialize", "no/such"):
            assert client.answer(client.ask(method, {}))["error"]["code"] == -32600
        client.notify("exit")
        assert client.exit_code() == 0


def test_shutdown_takes_whatever_params_come() -> None:
    with running(env=environment()) as client:
        start(client)
        answer = client.answer(client.ask("shutdown", {"unwanted": [1, 2]}))
        assert (answer["result"], "error" in answer) == (None, False)


def test_a_client_with_capabilities_of_its_own_is_served() -> None:
    with running(env=environment()) as client:
        result = client.initialize(
            capabilities={
                "general": {"positionEncodings": ["utf-7", "utf-8"]},
                "workspace": {"workspaceEdit": {"failureHandling": "pray"}, "applyEdit": "yes"},
                "textDocument": {"inlineCompletion": None, "completion": 7},
                "somethingNew": {"a": [1]},
            }
        )
        assert result["capabilities"]["positionEncoding"] == "utf-8"
        assert "inlineCompletionProvider" in result["capabilities"]


def test_a_print_does_not_reach_the_client() -> None:
    patch = """
import os, subprocess
def loud(ls, params):
    print("printed")
    os.write(1, b"written")
    subprocess.run([sys.executable, "-c", "import sys; print('child', sys.stdin.read())"])
text_sync.did_open = loud
"""
    with running(*patched(patch), env=environment()) as client:
        start(client)
        document = {"uri": "file:///a", "languageId": "x", "version": 1, "text": ""}
        client.notify("textDocument/didOpen", {"textDocument": document})
        client.settle()
        client.wait(lambda: b"child" in client.errors)
        assert b"printed" in client.errors and b"written" in client.errors
        assert client.stop() == 0
        assert client.strays == b""


def test_a_handler_that_fails_is_logged_and_answered_with_null() -> None:
    patch = """
async def failing(ls, params):
    raise ValueError("the key sk-or-v1-0123456789abcdef0123456789abcdef is in /home/someone/x.py")
inline_completion.inline_completion = failing
text_sync.did_open = failing
"""
    with running(*patched(patch), env=environment()) as client:
        start(client)
        document = {"uri": "file:///a", "languageId": "x", "version": 1, "text": ""}
        client.notify("textDocument/didOpen", {"textDocument": document})
        params = {
            "textDocument": {"uri": "file:///a"},
            "position": {"line": 0, "character": 0},
            "context": {"triggerKind": 1},
        }
        for _ in range(3):
            assert client.request("textDocument/inlineCompletion", params) is None
        stats = client.request("workspace/executeCommand", {"command": "foretype.stats"})
        assert stats["faults"] == 4
        client.wait(lambda: client.errors.count(b"ValueError") >= 4)
        assert b"0123456789abcdef" not in client.errors
        client.notified("window/showMessage")
        assert client.notifications("window/showMessage") == NO_KEY
        (told,) = client.notifications("window/logMessage")
        assert told["message"] == "foretype: handling textDocument/didOpen failed (ValueError)"
        assert "sk-or" not in str(client.messages) and "someone" not in str(client.messages)


NO_KEY = [
    {
        "type": 3,
        "message": "foretype: No key is set: the embedded engine suggests, from your own code",
    }
]


def test_a_result_that_is_no_json_is_answered_all_the_same() -> None:
    patch = """
def odd(ls, *arguments):
    return {"a": {1, 2}, "b": float("nan")}
execute_command.why = odd
"""
    with running(*patched(patch), env=environment()) as client:
        start(client)
        why = client.ask("workspace/executeCommand", {"command": "foretype.why"})
        assert client.answer(why)["error"]["code"] == -32603
        assert client.stop() == 0


def test_a_cancelled_request_is_answered_as_cancelled() -> None:
    patch = """
import asyncio
async def slow(ls, params):
    await asyncio.sleep(3600)
inline_completion.inline_completion = slow
"""
    with running(*patched(patch), env=environment()) as client:
        start(client)
        params = {
            "textDocument": {"uri": "file:///a"},
            "position": {"line": 0, "character": 0},
            "context": {"triggerKind": 1},
        }
        asked = [client.ask("textDocument/inlineCompletion", params) for _ in range(3)]
        client.notify("$/cancelRequest", {"id": asked[1]})
        assert client.answer(asked[1])["error"]["code"] == -32800
        client.settle()
        assert not client.answers(asked[0]) and not client.answers(asked[2])
        client.notify("$/cancelRequest", {"id": str(asked[0])})
        client.settle()
        assert not client.answers(asked[0])
        client.request("shutdown")
        assert client.answer(asked[0])["error"]["code"] == -32800
        client.notify("exit")
        assert client.exit_code() == 0
        assert [len(client.answers(msg_id)) for msg_id in asked] == [1, 1, 1]


def test_a_request_sees_the_text_as_it_was_when_it_arrived() -> None:
    patch = """
async def seen(ls, params):
    document = ls.documents.get(params.text_document.uri)
    return [{"insertText": document.text, "version": document.version}]
inline_completion.inline_completion = seen
"""
    with running(*patched(patch), env=environment()) as client:
        start(client)
        uri = "file:///a"
        document = {"uri": uri, "languageId": "x", "version": 0, "text": "0"}
        client.notify("textDocument/didOpen", {"textDocument": document})
        asked, burst = [], b""
        for version in range(1, 101):
            change = {
                "textDocument": {"uri": uri, "version": version},
                "contentChanges": [{"text": str(version)}],
            }
            params = {
                "textDocument": {"uri": uri},
                "position": {"line": 0, "character": 0},
                "context": {"triggerKind": 2},
            }
            asked.append(f"r{version}")
            for message in (
                {"method": "textDocument/didChange", "params": change},
                {"id": asked[-1], "method": "textDocument/inlineCompletion", "params": params},
            ):
                burst += frame({"jsonrpc": "2.0", **message})
        client.send_bytes(burst)
        texts = [client.answer(msg_id)["result"][0]["insertText"] for msg_id in asked]
        assert texts == [str(version) for version in range(1, 101)]


@pytest.mark.skipif(sys.platform == "win32", reason="sleep is a program of POSIX")
def test_the_server_ends_with_the_process_that_is_named_as_its_parent() -> None:
    with (
        subprocess.Popen(["sleep", "600"]) as editor,
        running(env=environment()) as client,
    ):
        start(client, processId=editor.pid)
        client.settle()
        editor.kill()
        editor.wait()
        assert client.exit_code() == 1


@pytest.mark.parametrize("process_id", [0, -1, 2**31 - 1, "editor", [1], {}, 2**70])
def test_an_editor_that_cannot_be_seen_is_served_until_the_input_ends(process_id: Any) -> None:
    with running(env=environment()) as client:
        start(client, processId=process_id)
        document = {"uri": "file:///a", "languageId": "x", "version": 1, "text": ""}
        client.notify("textDocument/didOpen", {"textDocument": document})
        client.settle()
        assert client.process.poll() is None
        client.close_stdin()
        assert client.exit_code() == 1


def test_an_editor_that_cannot_be_seen_is_logged() -> None:
    with running(env=environment()) as client:
        start(client, processId=2**31 - 1)
        client.wait(lambda: b"cannot be seen from here" in client.errors)
        assert client.stop() == 0


def test_the_editor_is_looked_for_often_enough_to_leave_within_two_seconds() -> None:
    assert parent.INTERVAL_S <= 1.0


def test_a_client_that_stops_reading_is_given_up_and_costs_no_time() -> None:
    patch = """
transport.FileWriter.__init__.__kwdefaults__["backlog"] = 1_000_000
def large(ls, *arguments):
    return "x" * 100_000
execute_command.why = large
"""
    with subprocess.Popen(
        patched(patch),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
    ) as process:
        assert process.stdin is not None
        hello: dict[str, Any] = {"processId": None, "rootUri": None, "capabilities": {}}
        why = {"command": "foretype.why"}
        try:
            process.stdin.write(
                frame({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": hello})
            )
            for n in range(1, 100):
                message = {"jsonrpc": "2.0", "id": n, "method": "workspace/executeCommand"}
                process.stdin.write(frame({**message, "params": why}))
                process.stdin.flush()
        except BrokenPipeError:
            pass  # It has given up before the last request.
        # Its input stays open and its output unread: it ends by itself.
        assert process.wait(30) == 1
        with pytest.raises((BrokenPipeError, OSError)):
            process.stdin.write(b"x" * 1_000_000)
            process.stdin.flush()


def test_a_client_that_reads_late_gets_everything_in_order() -> None:
    patch = """
def large(ls, *arguments):
    return "x" * 100_000
execute_command.why = large
"""
    with subprocess.Popen(
        patched(patch),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        hello: dict[str, Any] = {"processId": None, "rootUri": None, "capabilities": {}}
        params: dict[str, Any] = {"command": "foretype.why"}
        process.stdin.write(
            frame({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": hello})
        )
        for n in range(1, 40):
            message = {"jsonrpc": "2.0", "id": n, "method": "workspace/executeCommand"}
            process.stdin.write(frame({**message, "params": params}))
        process.stdin.flush()
        psutil_process = psutil.Process(process.pid)
        assert eventually(lambda: _is_idle(psutil_process))
        process.stdin.close()
        out = process.stdout.read()
        ids = [int(part.split(b",", 1)[0]) for part in out.split(b'"id":')[1:]]
        assert ids == list(range(40))


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_server_in_order(number: signal.Signals) -> None:
    patch = """
import asyncio
async def waits(ls, params):
    await asyncio.sleep(60)
inline_completion.inline_completion = waits
"""
    with running(*patched(patch), env=environment()) as client:
        start(client)
        asked = client.ask(
            "textDocument/inlineCompletion",
            {
                "textDocument": {"uri": "file:///project/x.py"},
                "position": {"line": 0, "character": 0},
                "context": {"triggerKind": 2},
            },
        )
        client.settle()
        client.process.send_signal(number)
        assert client.answer(asked)["error"]["code"] == -32800
        assert client.exit_code() == 1


def test_a_closed_output_ends_the_server() -> None:
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "foretype", "--stdio"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdout.close()
        process.stdin.write(frame({"jsonrpc": "2.0", "id": 0, "method": "no/such"}))
        process.stdin.flush()
        assert process.wait(30) == 1


def _is_idle(process: psutil.Process) -> bool:
    before = process.cpu_times().user
    time.sleep(0.3)
    return process.cpu_times().user - before < 0.05


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
def test_streams_that_do_not_wait_are_served_too() -> None:
    # Some programs hand on the end of a pipe or a socket as they use it themselves.
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    command = [sys.executable, "-P", "-m", "foretype", "--stdio"]
    ours.settimeout(PATIENCE_S)
    with (
        subprocess.Popen(
            command, stdin=theirs.fileno(), stdout=theirs.fileno(), env=environment()
        ) as process,
        ours,
        theirs,
    ):
        said = b""
        for msg_id in (1, 2):
            ours.sendall(frame({"jsonrpc": "2.0", "id": msg_id, "method": "no/such"}))
            while b'"id":%d' % msg_id not in said:
                piece = ours.recv(65536)
                assert piece, "the server hung up"
                said += piece
        assert process.poll() is None
        ours.sendall(frame({"jsonrpc": "2.0", "method": "exit"}))
        assert process.wait(PATIENCE_S) == 1


def test_a_start_that_fails_is_told() -> None:
    patch = """
def fails(*arguments):
    raise ValueError("sk-fake-key-for-tests")
Services.make_gate = fails
"""
    with running(*patched(patch), env=environment()) as client:
        client.initialize(capabilities={"textDocument": {"inlineCompletion": {}}})
        assert "could not start" in client.notified("window/showMessage")["message"]
        document = {"uri": "file:///x.py", "languageId": "python", "version": 1, "text": "x"}
        client.notify("textDocument/didOpen", {"textDocument": document})
        position = {"line": 0, "character": 1}
        asked = {
            "textDocument": {"uri": "file:///x.py"},
            "position": position,
            "context": {"triggerKind": 2},
        }
        assert client.request("textDocument/inlineCompletion", asked) == []
        why = client.request("workspace/executeCommand", {"command": "foretype.why"})
        assert "could not start" in why["message"]
        assert client.stop() == 0


async def test_the_settings_that_were_pushed_last_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    server = make_server({})
    overtaken = threading.Event()
    read: list[int] = []

    def load(init_options: object, pushed: object) -> Loaded:
        assert isinstance(pushed, int)
        read.append(pushed)
        if len(read) == 1:
            # The second reading would be applied meanwhile, were it not made to wait.
            overtaken.wait(0.2)
            time.sleep(0.05)
        else:
            overtaken.set()
        return Loaded(Settings(completion=CompletionSettings(max_tokens=pushed)))

    monkeypatch.setattr(server.services, "load", load)
    first = asyncio.create_task(server.reload(1))
    await asyncio.sleep(0.02)
    await asyncio.gather(first, server.reload(2))
    assert read == [1, 2]
    assert server.settings.completion.max_tokens == 2
