"""Without memory the server ends with a message, rather than answer only some requests."""

from __future__ import annotations

import subprocess
import sys

import pytest

from foretype.lsp.logs import OUT_OF_MEMORY, OUT_OF_MEMORY_CODE

RUN = """
import logging, threading
from foretype.lsp.logs import to_stderr

def fail():
    raise {fault}

with to_stderr({{}}):
    {how}
    print("it goes on")
"""
CAUGHT = "\n".join(
    ("try:", "        fail()", "    except Exception:", "        logging.exception('caught')")
)
IN_THREAD = "thread = threading.Thread(target=fail); thread.start(); thread.join()"


@pytest.mark.parametrize("how", [CAUGHT, IN_THREAD])
@pytest.mark.parametrize(
    ("fault", "ends"),
    [
        ("MemoryError", True),
        ('RuntimeError("can\'t start new thread")', True),
        ("OSError(12, 'Cannot allocate memory')", True),
        ("RuntimeError('another one')", False),
    ],
)
def test_it_ends_with_a_message(how: str, fault: str, ends: bool) -> None:
    code = RUN.format(fault=fault, how=how)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == (OUT_OF_MEMORY_CODE if ends else 0)
    assert (OUT_OF_MEMORY in done.stderr) == ends and (b"it goes on" in done.stdout) != ends
