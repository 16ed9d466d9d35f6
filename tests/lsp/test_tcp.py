from __future__ import annotations

import json
import re
import signal
import socket
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from helpers.bounded import bounded
from helpers.rawclient import RawClient, environment, frame, running

from foretype.lsp.listening import MAX_WAITING, take_token
from foretype.settings.load import load
from foretype.settings.schema import OWNER_SETTINGS
from foretype.settings.validate import camel_case

TOKEN = "a-token-for-tests-0123456789"
HELLO: dict[str, Any] = {
    "processId": None,
    "rootUri": None,
    "capabilities": {},
    "initializationOptions": {"token": TOKEN},
}
SERVE = (sys.executable, "-P", "-m", "foretype", "serve")
# One with less patience than the real one, and few descriptors.
PATCHED = """
import sys
from foretype.lsp import listening, server
{patch}
sys.exit(server.serve_tcp("127.0.0.1", 0))
"""


@pytest.fixture(scope="module")
def server() -> Iterator[RawClient]:
    with listening() as server:
        yield server


@contextmanager
def listening(*command: str, **variables: str) -> Iterator[RawClient]:
    env = environment(**{"FORETYPE_TOKEN": TOKEN, "FORETYPE_LOG": "info", **variables})
    with running(*(command or (*SERVE, "--tcp", "0")), env=env) as server:
        server.wait(lambda: b"initializationOptions.token" in server.errors)
        yield server


def patched(patch: str) -> tuple[str, ...]:
    return (sys.executable, "-c", PATCHED.format(patch=patch))


def connect(server: RawClient) -> socket.socket:
    found = re.search(rb"listening on ([\d.]+):(\d+)", server.errors)
    assert found is not None
    return socket.create_connection((found[1].decode(), int(found[2])), timeout=30)


def read_message(connection: socket.socket) -> Any:
    data = b""
    while b"\r\n\r\n" not in data:
        data += _received(connection, 1)
    (length,) = re.findall(rb"Content-Length: (\d+)", data)
    body = b""
    while len(body) < int(length):
        body += _received(connection, int(length) - len(body))
    return json.loads(body)


def _received(connection: socket.socket, n_bytes: int) -> bytes:
    data = connection.recv(n_bytes)
    if not data:
        raise ConnectionError("the server hung up")
    return data


def ask(connection: socket.socket, msg_id: int, method: str, params: Any = None) -> Any:
    message = {"jsonrpc": "2.0", "id": msg_id, "method": method, "params": params}
    connection.sendall(frame(message))
    return received(
        connection, lambda answer: answer.get("id") == msg_id and "method" not in answer
    )


def received(connection: socket.socket, wanted: Callable[[Any], bool]) -> Any:
    """The first message to come that is wanted."""
    return next(filter(wanted, bounded(iter(lambda: read_message(connection), None))))


def test_it_listens_on_this_machine_alone(server: RawClient) -> None:
    assert b"listening on 127.0.0.1:" in server.errors


def test_one_client_after_another_is_served(server: RawClient) -> None:
    for _ in range(2):
        with connect(server) as connection:
            assert "capabilities" in ask(connection, 1, "initialize", HELLO)["result"]
            assert ask(connection, 2, "shutdown")["result"] is None
            connection.sendall(frame({"jsonrpc": "2.0", "method": "exit"}))
            assert connection.recv(100) == b""


def test_a_client_that_breaks_off_costs_the_next_one_nothing(server: RawClient) -> None:
    with connect(server) as connection:
        ask(connection, 1, "initialize", HELLO)
        connection.sendall(b"Content-Length: 100\r\n\r\n{")
    with connect(server) as connection:
        assert "capabilities" in ask(connection, 1, "initialize", HELLO)["result"]


def test_two_clients_at_once_do_not_hear_each_other(server: RawClient) -> None:
    with connect(server) as one, connect(server) as other:
        ask(one, 1, "initialize", HELLO)
        refused = ask(other, 1, "shutdown")
        assert refused["error"]["code"] == -32002


@pytest.mark.parametrize(
    "spoken",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n",
        b"PUT / HTTP/1.1\r\n\r\n",
        b"HEAD / HTTP/1.0\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\n\r\n",
        b"DELETE /x HTTP/1.1\r\n\r\n",
        b"PATCH /x HTTP/1.1\r\n\r\n",
        b"CONNECT h:1 HTTP/1.1\r\n\r\n",
        b"TRACE / HTTP/1.1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\r\n\r\nContent-Length: 2\r\n\r\n{}",
    ],
    ids=lambda spoken: spoken[:8].decode("latin-1"),
)
def test_it_hangs_up_on_what_is_no_client(server: RawClient, spoken: bytes) -> None:
    with connect(server) as connection:
        hello = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": HELLO}
        try:
            connection.sendall(spoken + frame(hello))
            answer = connection.recv(100)
        except ConnectionError:
            answer = b""
        assert answer == b""


def test_lower_case_headers_are_a_client(server: RawClient) -> None:
    with connect(server) as connection:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "no/such"}).encode()
        connection.sendall(b"content-length: %d\r\n\r\n" % len(body) + body)
        assert read_message(connection)["error"]["code"] == -32002


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it(number: signal.Signals) -> None:
    with listening() as server:
        with connect(server) as connection:
            assert ask(connection, 1, "initialize", HELLO)
            server.process.send_signal(number)
            assert server.exit_code() == 0
        assert b"Traceback" not in server.errors


# --- who is let in --------------------------------------------------------------------------------


def hello(**options: Any) -> dict[str, Any]:
    return {**HELLO, "initializationOptions": options}


def refused(server: RawClient, params: Any) -> bool:
    """Whether an ``initialize`` is refused, and the connection closed."""
    with connect(server) as connection:
        answer = ask(connection, 1, "initialize", params)
        if "error" not in answer:
            return False
        assert "initializationOptions.token" in answer["error"]["message"]
        assert TOKEN not in str(answer)
        assert connection.recv(100) == b""
        return True


@pytest.mark.parametrize(
    "params",
    [
        {**HELLO, "initializationOptions": None},
        {**HELLO, "initializationOptions": TOKEN},
        hello(),
        hello(token=""),
        hello(token=TOKEN[:-1]),
        hello(token=TOKEN + "x"),
        hello(token=TOKEN.upper()),
        hello(token=None),
        hello(token=[TOKEN]),
        hello(token={"token": TOKEN}),
        hello(token="\ud800"),
        hello(apiKeyEnv="SECRET", baseUrl="http://127.0.0.1:9/v1"),
        {"token": TOKEN},
        None,
        [TOKEN],
    ],
    ids=json.dumps,
)
def test_who_does_not_know_the_token_is_refused(server: RawClient, params: Any) -> None:
    assert refused(server, params)


@pytest.mark.parametrize(
    "options",
    [
        {"token": TOKEN},
        {"foretype": {"token": TOKEN}},
        {"foretype.token": TOKEN},
        {"token": TOKEN, "completion": {"menu": "off"}},
    ],
    ids=json.dumps,
)
def test_who_knows_the_token_is_served(server: RawClient, options: dict[str, Any]) -> None:
    assert not refused(server, hello(**options))


def test_a_second_try_needs_a_second_connection(server: RawClient) -> None:
    with connect(server) as connection:
        wrong = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello()}
        right = {"jsonrpc": "2.0", "id": 2, "method": "initialize", "params": HELLO}
        connection.sendall(frame([wrong, right]) + frame(right))
        data = b""
        while piece := connection.recv(1000):
            data += piece
        assert b"capabilities" not in data


def test_a_token_is_made_and_shown_where_none_is_given() -> None:
    tokens = []
    for _ in range(2):
        with listening(FORETYPE_TOKEN="") as server:
            (token,) = re.findall(rb"initializationOptions.token: ([\w-]{32})\s", server.errors)
            assert refused(server, HELLO)
            assert not refused(server, hello(token=token.decode()))
            tokens.append(token)
    assert tokens[0] != tokens[1]


def test_a_token_of_the_user_s_own_is_not_shown(server: RawClient) -> None:
    assert TOKEN.encode() not in server.errors
    assert b"the value of FORETYPE_TOKEN" in server.errors


def test_a_token_that_can_be_guessed_is_refused() -> None:
    with running(*SERVE, "--tcp", "0", env=environment(FORETYPE_TOKEN="secret")) as server:
        assert server.exit_code() == 1
        server.wait(lambda: b"FORETYPE_TOKEN is too short" in server.errors)


def test_programs_that_the_server_starts_do_not_get_the_token() -> None:
    environ = {"FORETYPE_TOKEN": TOKEN, "PATH": "/bin"}
    assert take_token(environ) == (TOKEN, False)
    assert environ == {"PATH": "/bin"}


def test_a_client_of_a_port_names_no_endpoint_key_or_program(server: RawClient) -> None:
    theirs = {
        "apiKey": "sk-fake-key-for-tests",
        "apiKeyEnv": "SECRET",
        "baseUrl": "http://127.0.0.1:9/v1",
        "provider": "custom",
        "refactor": {"testCommand": ["touch", "/tmp/x"]},
        "budget": {"dailyUsd": 1000},
    }
    with connect(server) as connection:
        ask(connection, 1, "initialize", hello(token=TOKEN, **theirs))
        connection.sendall(frame({"jsonrpc": "2.0", "method": "initialized", "params": {}}))
        message = received(connection, lambda each: each.get("method") == "window/showMessage")
        shown = message["params"]["message"]
        for name in ("apiKey", "apiKeyEnv", "baseUrl", "provider", "testCommand", "dailyUsd"):
            assert name in shown
        assert "through a port" in shown
        assert "token" not in shown and "sk-fake" not in shown


@pytest.mark.parametrize("path", sorted(OWNER_SETTINGS))
def test_what_the_owner_alone_may_set_is_not_taken_from_a_port(path: str) -> None:
    values: dict[str, Any] = {
        "refactor.test_command": ["pytest"],
        "base_url": "http://127.0.0.1:9/v1",
        "provider": "openrouter",
        "api_key_env": "SECRET",
        "api_key": "sk-fake",
        "index.enabled": False,
        "index.dependencies": False,
        "privacy.record": "off",
        "headers": ["x-team: a"],
    }
    table, _, name = camel_case(path).rpartition(".")
    value = values.get(path, 7)
    given = {table: {name: value}} if table else {name: value}
    given["completion"] = {"deadlineMs": 300}
    for through_port in (False, True):
        found = load(user_file=None, environ={}, init_options=given, through_port=through_port)
        assert (path in found.origins) is not through_port
        assert found.settings.completion.deadline_ms == 300
        assert bool(found.problems) is through_port


# --- where it listens -----------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["0.0.0.0:0", "[::]:0"])
def test_other_machines_are_served_only_where_that_is_allowed(address: str) -> None:
    with running(*SERVE, "--tcp", address, env=environment()) as server:
        assert server.exit_code() == 1
        server.wait(lambda: b"--allow-remote" in server.errors)
        assert b"Traceback" not in server.errors and b"listening" not in server.errors


def test_serving_other_machines_comes_with_a_warning() -> None:
    with listening(*SERVE, "--tcp", "0.0.0.0:0", "--allow-remote") as server:
        assert b"warning: other machines can connect" in server.errors


def test_serving_this_machine_alone_comes_without_one(server: RawClient) -> None:
    assert b"warning" not in server.errors


posix = pytest.mark.skipif(sys.platform == "win32", reason="sockets with a path are POSIX's")


@posix
def test_a_socket_file_is_its_user_s_alone_and_needs_no_token(tmp_path: Path) -> None:
    path = tmp_path / "foretype.sock"
    for _ in range(2):
        with running(*SERVE, "--socket", str(path), env=environment()) as server:
            server.wait(lambda: b"listening on" in server.errors)
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            for _ in range(2):
                with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                    connection.connect(str(path))
                    answer = ask(connection, 1, "initialize", hello(token="for a port"))
                    assert "capabilities" in answer["result"]
            # Killed: the file is left behind, and the next one takes its place.
    assert path.exists()


@posix
def test_a_socket_file_goes_with_its_server(tmp_path: Path) -> None:
    path = tmp_path / "foretype.sock"
    with running(*SERVE, "--socket", str(path), env=environment()) as server:
        server.wait(lambda: b"listening on" in server.errors)
        server.process.send_signal(signal.SIGTERM)
        assert server.exit_code() == 0
    assert not path.exists()


@posix
def test_a_socket_file_in_use_and_other_files_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "foretype.sock"
    with running(*SERVE, "--socket", str(path), env=environment()) as server:
        server.wait(lambda: b"listening on" in server.errors)
        with running(*SERVE, "--socket", str(path), env=environment()) as second:
            assert second.exit_code() == 1
            second.wait(lambda: b"another server listens there" in second.errors)
        assert path.exists()
    file = tmp_path / "notes.txt"
    file.write_text("mine", "utf-8")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "nothing")
    for taken in (file, link, tmp_path):
        with running(*SERVE, "--socket", str(taken), env=environment()) as server:
            assert server.exit_code() == 1
            server.wait(lambda: b"a file that is no socket is there" in server.errors)
    assert not (tmp_path / "nothing").exists()
    for taken in (file, tmp_path / ("long" * 50), tmp_path / "no" / "where"):
        with running(*SERVE, "--socket", str(taken), env=environment()) as server:
            assert server.exit_code() == 1
            server.wait(lambda: b"cannot listen on" in server.errors)
            assert b"Traceback" not in server.errors
    assert file.read_text("utf-8") == "mine"


# --- those who say nothing ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sent",
    [b"", b"C", b"Content-Length: 100\r\n\r\n{", frame({"jsonrpc": "2.0", "method": "x"})],
    ids=str,
)
def test_who_does_not_say_who_it_is_is_hung_up_on_after_a_while(sent: bytes) -> None:
    impatient = patched("listening.HELLO_S = 0.3")
    with listening(*impatient) as server, ExitStack() as stack:
        # Whoever is known may be silent for as long as it likes.
        client = stack.enter_context(connect_known(server))
        silent = stack.enter_context(connect(server))
        silent.sendall(sent)
        assert silent.recv(100) == b""
        assert "error" in ask(client, 2, "no/such")


def connect_known(server: RawClient) -> socket.socket:
    """A connection whose client is accepted, however slow the machine is."""
    for connection in bounded(iter(lambda: connect(server), None)):
        try:
            assert "result" in ask(connection, 1, "initialize", HELLO)
        except ConnectionError:
            connection.close()
        else:
            return connection
    raise AssertionError("connections have no end")


def test_who_does_not_say_who_it_is_is_not_listened_to_for_long(server: RawClient) -> None:
    with connect(server) as connection:
        try:
            connection.sendall(b"Content-Length: 100000000\r\n\r\n" + b" " * 8_000_000)
            answer = connection.recv(100)
        except ConnectionError:
            answer = b""
        assert answer == b""


def test_of_many_that_say_nothing_the_oldest_gives_way(server: RawClient) -> None:
    with ExitStack() as stack:
        silent = [stack.enter_context(connect(server)) for _ in range(MAX_WAITING + 4)]
        client = stack.enter_context(connect(server))
        assert "result" in ask(client, 1, "initialize", HELLO)
        assert silent[0].recv(100) == b""


@posix
def test_few_descriptors_neither_lock_clients_out_nor_fill_the_log() -> None:
    few = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))"
    with listening(*patched(few)) as server, ExitStack() as stack:
        silent = [stack.enter_context(connect(server)) for _ in range(150)]
        for _ in range(3):
            with connect(server) as client:
                assert "result" in ask(client, 1, "initialize", HELLO)
        assert b"Traceback" not in server.errors
        assert server.errors.count(b"cannot take a connection") <= 1
        assert len(silent) == 150


@posix
def test_no_descriptor_at_all_is_logged_once_and_waited_for() -> None:
    # Even the first connection finds none left; then some are given back.
    none = """
import asyncio, os, resource
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
listening.PAUSES_S = (0.001, 0.01)
held = []
class Reception(listening.Reception):
    n = 0
    def __init__(self, serve):
        super().__init__(serve)
        import foretype.lsp.app, foretype.lsp.wire.transport
        try:
            while True:
                held.append(os.open(os.devnull, os.O_RDONLY))
        except OSError:
            pass
    def _log(self, fault):
        super()._log(fault)
        self.n += 1
        if self.n == 20:
            for fd in held:
                os.close(fd)
listening.Reception = Reception
"""
    with listening(*patched(none)) as server, connect(server) as client:
        assert "result" in ask(client, 1, "initialize", HELLO)
        assert server.errors.count(b"cannot take a connection") == 1
        assert b"Traceback" not in server.errors


def test_a_port_in_use_is_said_in_a_sentence(server: RawClient) -> None:
    with connect(server) as connection:
        port = connection.getpeername()[1]
        command = (sys.executable, "-P", "-m", "foretype", "--tcp", str(port))
        with running(*command, env=environment()) as second:
            assert second.exit_code() == 1
            second.wait(lambda: b"cannot listen on 127.0.0.1" in second.errors)
            assert b"Traceback" not in second.errors
