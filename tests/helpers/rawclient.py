"""A client without any LSP library: bytes out, bytes in, each answer counted.

Reads on threads of its own, so that a test can look at what came and at what did not.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

SERVER = (sys.executable, "-P", "-m", "foretype", "--stdio")
PATIENCE_S = 30.0
"""How long anything may take on a busy machine. A test that waits this long fails."""


def frame(message: Any) -> bytes:
    """A message, or bytes taken for its body, as it goes over the wire."""
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


NO_ANSWER = object()
"""What a client that never answers answers."""


class RawClient:
    """A server as a process, and what it said."""

    def __init__(self, command: tuple[str, ...] = SERVER, **options: Any) -> None:
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **options,
        )
        self.messages: list[dict[str, Any]] = []
        self.strays = b""
        """What stood on standard output and was no message."""
        self.errors = b""
        self.answer_to: Callable[[dict[str, Any]], Any] = lambda request: None
        """What the server's own requests are answered with; NO_ANSWER for not at all."""
        self._came = threading.Condition()
        self._n_ids = 0
        for read in (self._read_stdout, self._read_stderr):
            threading.Thread(target=read, daemon=True).start()

    # --- out ----------------------------------------------------------------------------------

    def send_bytes(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, message: Any) -> None:
        self.send_bytes(frame(message))

    def notify(self, method: str, params: Any = None) -> None:
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def ask(self, method: str, params: Any = None, **more: Any) -> int:
        """Send a request; give its id."""
        self._n_ids += 1
        msg_id = 1_000_000 + self._n_ids
        self.send({"jsonrpc": "2.0", "id": msg_id, "method": method, "params": params, **more})
        return msg_id

    def request(self, method: str, params: Any = None) -> Any:
        """Send a request and wait for its result; an error fails the test."""
        answer = self.answer(self.ask(method, params))
        assert "error" not in answer, answer
        return answer["result"]

    def initialize(self, **params: Any) -> Any:
        result = self.request(
            "initialize", {"processId": None, "rootUri": None, "capabilities": {}, **params}
        )
        self.notify("initialized", {})
        return result

    # --- in -----------------------------------------------------------------------------------

    def wait(self, holds: Callable[[], Any], seconds: float = PATIENCE_S) -> Any:
        """Wait until something holds; give it."""
        with self._came:
            assert self._came.wait_for(holds, seconds), (self.messages[-5:], self.errors[-2000:])
            return holds()

    def answers(self, msg_id: Any, since: int = 0) -> list[dict[str, Any]]:
        """All that has come with an id, from one message on."""
        return [
            message
            for message in self.messages[since:]
            if "method" not in message
            and type(message["id"]) is type(msg_id)
            and message["id"] == msg_id
        ]

    def answer(self, msg_id: Any) -> dict[str, Any]:
        """Wait for the answer with an id."""
        return dict(self.wait(lambda: self.answers(msg_id))[0])

    def notifications(self, method: str) -> list[Any]:
        return [m["params"] for m in list(self.messages) if m.get("method") == method]

    def notified(self, method: str) -> Any:
        """Wait for the first notification of a method."""
        return self.wait(lambda: self.notifications(method))[0]

    def settle(self) -> None:
        """Wait until all that was sent before is dealt with."""
        self.answer(self.ask("foretype/noSuchMethod"))

    # --- end ----------------------------------------------------------------------------------

    def close_stdin(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def exit_code(self, seconds: float = PATIENCE_S) -> int:
        return self.process.wait(seconds)

    def stop(self) -> int:
        """Shut down as the specification has it."""
        self.request("shutdown")
        self.notify("exit")
        return self.exit_code()

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    pass  # What was not written yet cannot be written any more.

    # --- threads ------------------------------------------------------------------------------

    def _read_stdout(self) -> None:
        assert self.process.stdout is not None
        fd, buffer, data = self.process.stdout.fileno(), b"", b"."
        while data:
            try:
                data = os.read(fd, 1 << 16)
            except OSError:
                return
            buffer = self._take(buffer + data)

    def _take(self, buffer: bytes) -> bytes:
        while (end := buffer.find(b"\r\n\r\n")) >= 0:
            head = buffer[:end]
            before, found, length = head.rpartition(b"Content-Length: ")
            if not found or not length.isdigit():
                self.strays, buffer = self.strays + head, buffer[end + 4 :]
                continue
            if len(buffer) < end + 4 + int(length):
                break
            self.strays += before
            message = json.loads(buffer[end + 4 : end + 4 + int(length)])
            buffer = buffer[end + 4 + int(length) :]
            with self._came:
                self.messages.append(message)
                self._came.notify_all()
            if "method" in message and "id" in message:
                result = self.answer_to(message)
                # An editor that has just died answers nothing.
                with suppress(ValueError, OSError):
                    if result is not NO_ANSWER:
                        self.send({"jsonrpc": "2.0", "id": message["id"], "result": result})
        return buffer

    def _read_stderr(self) -> None:
        assert self.process.stderr is not None
        fd, data = self.process.stderr.fileno(), b"."
        while data:
            try:
                data = os.read(fd, 1 << 16)
            except OSError:
                return
            with self._came:
                self.errors += data
                self._came.notify_all()


@contextmanager
def running(*command: str, **options: Any) -> Iterator[RawClient]:
    """A server that has not been initialized, ended whatever happens."""
    client = RawClient(command or SERVER, **options)
    try:
        yield client
    finally:
        client.kill()


def environment(**more: str) -> Mapping[str, str]:
    """The environment without anything that would reach a provider."""
    named = ("FORETYPE_", "OPENROUTER_", "AZURE_", "FIREWORKS_", "BASETEN_", "OPENAI_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(named)}
    ours = {
        "FORETYPE_CONFIG": str(Path(__file__).with_name("no_settings.toml")),
        "FORETYPE_LEDGER": ":memory:",
        "FORETYPE_INDEX": ":memory:",
    }
    return {**kept, **ours, **more}


def eventually(holds: Callable[[], bool], seconds: float = PATIENCE_S, every: float = 0.01) -> bool:
    """Whether something comes to hold within the time."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(every)
    return True
