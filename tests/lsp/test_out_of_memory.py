"""Without memory the server ends with a message, rather than answer only some requests."""

from __future__ import annotations

import subprocess
import sys

import pytest

from foretype.core import out_of_memory

RUN = """
import asyncio, logging, threading, types
from foretype.lsp import conversation, logs
from foretype.lsp.logs import to_stderr

def fail(_=None):
    raise {fault}

def error_of_an_endpoint():
    from foretype.models.faults import translate
    return translate(MemoryError(), None)

def fail_to_write(*_, **__):
    fail()

async def chunks():
    fail()
    yield b"", 0.0

async def nothing():
    pass

def conversation_with_a_client():
    protocol = types.SimpleNamespace(
        ended=asyncio.Event(), end=lambda: None, abandon=nothing, exit_code=0)
    server = types.SimpleNamespace(protocol=protocol, close=nothing)
    asyncio.run(conversation.converse(server, chunks()))

with to_stderr({{}}):
    {how}
    print("it goes on")
"""
CAUGHT = "\n".join(
    ("try:", "        fail()", "    except Exception:", "        logging.exception('caught')")
)
NAMED = CAUGHT.replace("exception('caught')", "warning('a kind alone')")
IN_THREAD = "thread = threading.Thread(target=fail); thread.start(); thread.join()"
READING = "conversation_with_a_client()"
IGNORED = "type('Ended', (), {'__del__': fail})()"
LOGGING = "logging.raiseExceptions = False; logs.FileWriter = fail_to_write; logging.error('x')"


@pytest.mark.parametrize("how", [CAUGHT, NAMED, IN_THREAD, READING, LOGGING, IGNORED])
@pytest.mark.parametrize(
    ("fault", "ends"),
    [
        ("MemoryError", True),
        ('RuntimeError("can\'t start new thread")', True),
        ("OSError(12, 'Cannot allocate memory')", True),
        ("ImportError('libx.so: failed to map segment from shared object')", True),
        ("ValueError('no number') from MemoryError()", True),
        ("error_of_an_endpoint()", True),
        ("RuntimeError('another one')", False),
        ("ValueError('it says: MemoryError')", False),
    ],
)
def test_it_ends_with_a_message(how: str, fault: str, ends: bool) -> None:
    done = _run(RUN.format(fault=fault, how=how))
    assert done.returncode == (out_of_memory.CODE if ends else 0), done.stderr
    assert (b"out of memory, so it ends" in done.stderr) == ends
    assert (b"it goes on" in done.stdout) != ends


def test_what_is_not_caught_ends_it_with_a_message_too() -> None:
    done = _run(RUN.format(fault="MemoryError", how="fail()"))
    assert done.returncode == out_of_memory.CODE and b"Traceback" not in done.stderr


def _run(code: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({}, "Raise the limit that it runs under (a container's, for example), or"),
        ({"RLIMIT_AS": 300}, "It may use 300 MB (`ulimit -v`). Raise that limit, or"),
        (
            {"RLIMIT_AS": 9000, "RLIMIT_DATA": 200},
            "It may use 9000 MB (`ulimit -v`) and 200 MB (`ulimit -d`). Raise that limit, or",
        ),
    ],
)
def test_the_message_names_the_limit(limits: dict[str, int], said: str) -> None:
    assert out_of_memory.advice(limits).startswith(said)


UNDER = """
import resource
from foretype.lsp.logs import to_stderr
resource.setrlimit(resource.RLIMIT_AS, ({mb} << 20, resource.RLIM_INFINITY))
with to_stderr({{}}):
    pass
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds to such limits")
@pytest.mark.parametrize(("mb", "is_told"), [(600, True), (5000, False)])
def test_a_limit_that_may_be_too_low_is_told_at_the_start(mb: int, is_told: bool) -> None:
    """A library that is not Python's ends the process without a word of foretype's."""
    done = _run(UNDER.format(mb=mb))
    assert done.returncode == 0
    assert (b"may use 600 MB (`ulimit -v`)" in done.stderr) == is_told
