from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from helpers.rawclient import eventually

from foretype.lsp.session.toggles import Toggles
from foretype.lsp.wire import parent_process as parent
from foretype.lsp.wire.framing import frame
from foretype.lsp.wire.transport import Chunks, FileReader, FileWriter, pump
from foretype.settings.schema import CompletionSettings


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        try:
            os.close(end)
        except OSError:
            pass  # The test has closed it.


def test_what_is_written_comes_out_in_order(pipe: tuple[int, int]) -> None:
    out, into = pipe
    writer = FileWriter(into)
    for n in range(1000):
        writer.write(b"%d\n" % n)
    writer.flush(10)
    data = os.read(out, 1 << 16)
    assert data == b"".join(b"%d\n" % n for n in range(1000))


def test_nobody_waits_for_a_reader_that_does_not_read(pipe: tuple[int, int]) -> None:
    lost = threading.Event()
    writer = FileWriter(pipe[1], on_lost=lost.set, backlog=1_000_000)
    for _ in range(30):
        writer.write(b"x" * 100_000)
    assert lost.is_set()
    writer.flush(10)
    writer.write(b"to nobody")


def test_a_closed_reader_is_noticed(pipe: tuple[int, int]) -> None:
    lost = threading.Event()
    writer = FileWriter(pipe[1], on_lost=lost.set)
    os.close(pipe[0])
    writer.write(b"x")
    assert lost.wait(10)


async def test_messages_are_read_until_the_file_ends(pipe: tuple[int, int]) -> None:
    out, into = pipe
    reader = FileReader(out, asyncio.get_running_loop())
    os.write(into, frame(b"one") + frame(b"two")[:5])
    os.write(into, frame(b"two")[5:])
    os.close(into)
    seen = Seen()
    await pump(reader.chunks(), seen)
    assert seen.bodies == [b"one", b"two"]


async def test_a_task_begun_by_a_message_runs_before_the_next_message() -> None:
    order: list[str] = []

    class Receiver:
        def receive(self, body: bytes, arrived: float) -> None:
            order.append(body.decode())
            # Kept by the loop until its first step, which is what is asked for here.
            asyncio.ensure_future(step(body.decode()))

    async def step(name: str) -> None:
        order.append(f"task of {name}")

    async def at_once() -> Chunks:
        yield frame(b"a") + frame(b"b"), 0.0

    await pump(at_once(), Receiver())
    assert order == ["a", "task of a", "b", "task of b"]


class Seen:
    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    def receive(self, body: bytes, arrived: float) -> None:
        self.bodies.append(body)


def test_a_process_is_alive_until_it_has_ended() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        assert parent.alive(process.pid)
        process.communicate(b"\n")
        assert not parent.alive(process.pid)


@pytest.mark.parametrize("pid", [0, -1, 2**40])
def test_a_number_that_is_no_process_is_not_alive(pid: int) -> None:
    assert not parent.alive(pid)


def test_a_death_is_told_once() -> None:
    deaths: list[int] = []
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        assert parent.watch(process.pid, lambda: deaths.append(1), interval_s=0.01)
        assert not deaths
        process.communicate(b"\n")
    assert eventually(lambda: deaths == [1])


@pytest.mark.parametrize("pid", [0, -1, -(2**31), 2**31 - 1, 2**31, 2**64])
def test_a_process_that_cannot_be_seen_is_not_watched(pid: int) -> None:
    deaths: list[int] = []
    assert not parent.watch(pid, lambda: deaths.append(1), interval_s=0.01)
    assert not deaths


def test_a_process_that_has_ended_before_is_not_watched() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert not parent.watch(process.pid, lambda: None, interval_s=0.01)


SETTINGS = CompletionSettings(languages_off=("markdown",))


def test_a_switch_nobody_touched_leaves_the_settings() -> None:
    assert Toggles().applied_to(SETTINGS) == SETTINGS


def test_a_language_goes_off_and_on_again() -> None:
    switch = Toggles()
    assert switch.turn_language("python", None, SETTINGS) is False
    assert set(switch.applied_to(SETTINGS).languages_off) == {"markdown", "python"}
    assert switch.turn_language("python", None, SETTINGS) is True
    assert switch.turn_language("markdown", None, SETTINGS) is True
    assert switch.applied_to(SETTINGS).languages_off == ()


def test_everything_goes_off_and_on_again() -> None:
    switch = Toggles()
    assert switch.turn_all(None, SETTINGS) is False
    assert switch.applied_to(SETTINGS).enabled is False
    assert switch.turn_all(True, SETTINGS) is True
    assert switch.applied_to(SETTINGS).enabled is True


def test_switching_on_what_waits_for_requests_offers_suggestions_while_typing() -> None:
    settings, switch = CompletionSettings(trigger="on_request"), Toggles()
    assert not switch.applied_to(settings).is_automatic
    assert switch.turn_all(None, settings) is True
    assert switch.applied_to(settings).is_automatic
    assert switch.turn_all(None, settings) is False
    assert not switch.applied_to(settings).is_automatic
