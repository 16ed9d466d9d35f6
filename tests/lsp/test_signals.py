"""A server inside another program gives the program's signal handlers back."""

from __future__ import annotations

import io
import signal
import sys
from collections.abc import Callable, Iterator

import pytest

from foretype.lsp import server


def of_the_program(number: int, frame: object) -> None:
    raise AssertionError("the server listens, and did not see the signal")


@pytest.fixture
def program() -> Iterator[None]:
    """A program with handlers of its own."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    former = [signal.signal(number, of_the_program) for number in numbers]
    yield
    for number, handler in zip(numbers, former, strict=True):
        signal.signal(number, handler)


@pytest.mark.usefixtures("program")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    "serve",
    [lambda: server.serve_tcp("127.0.0.1", 0), lambda: server.serve_websocket("127.0.0.1", 0)],
    ids=["tcp", "websocket"],
)
def test_the_handlers_of_the_program_are_put_back(
    monkeypatch: pytest.MonkeyPatch, serve: Callable[[], int], number: signal.Signals
) -> None:
    class Interrupting(io.StringIO):
        def write(self, text: str) -> int:
            if "listening on" in text:
                signal.raise_signal(number)
            return len(text)

    monkeypatch.setattr(sys, "stderr", Interrupting())
    assert serve() == 0
    assert signal.getsignal(signal.SIGINT) is of_the_program
    assert signal.getsignal(signal.SIGTERM) is of_the_program
