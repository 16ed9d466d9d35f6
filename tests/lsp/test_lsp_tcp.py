from __future__ import annotations

import json
import re
import signal
import socket
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from lsp.rawclient import RawClient, environment, frame, running

HELLO: dict[str, Any] = {"processId": None, "rootUri": None, "capabilities": {}}


@pytest.fixture(scope="module")
def server() -> Iterator[RawClient]:
    command = (sys.executable, "-P", "-m", "foretype", "serve", "--tcp", "0")
    with running(*command, env=environment()) as server:
        server.wait(lambda: b"listening on" in server.errors)
        yield server


def connect(server: RawClient) -> socket.socket:
    found = re.search(rb"listening on ([\d.]+):(\d+)", server.errors)
    assert found is not None
    return socket.create_connection((found[1].decode(), int(found[2])), timeout=30)


def read_message(connection: socket.socket) -> Any:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(1)
    (length,) = re.findall(rb"Content-Length: (\d+)", data)
    body = b""
    while len(body) < int(length):
        body += connection.recv(int(length) - len(body))
    return json.loads(body)


def ask(connection: socket.socket, msg_id: int, method: str, params: Any = None) -> Any:
    message = {"jsonrpc": "2.0", "id": msg_id, "method": method, "params": params}
    connection.sendall(frame(message))
    while True:
        answer = read_message(connection)
        if answer.get("id") == msg_id and "method" not in answer:
            return answer


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
    command = (sys.executable, "-P", "-m", "foretype", "--tcp", "0")
    with running(*command, env=environment()) as server:
        server.wait(lambda: b"listening on" in server.errors)
        with connect(server) as connection:
            assert ask(connection, 1, "initialize", HELLO)
            server.process.send_signal(number)
            assert server.exit_code() == 0
        assert b"Traceback" not in server.errors


def test_a_port_in_use_is_said_in_a_sentence(server: RawClient) -> None:
    with connect(server) as connection:
        port = connection.getpeername()[1]
        command = (sys.executable, "-P", "-m", "foretype", "--tcp", str(port))
        with running(*command, env=environment()) as second:
            assert second.exit_code() == 1
            second.wait(lambda: b"cannot listen on 127.0.0.1" in second.errors)
            assert b"Traceback" not in second.errors
