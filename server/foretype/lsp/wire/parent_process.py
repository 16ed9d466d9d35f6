"""Whether the editor still lives: a server that outlives its editor is a leak.

Editors that are killed do not always close the pipes, because other children may hold them.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

INTERVAL_S = 1.0
"""How often the editor's process is looked for, in seconds."""

LARGEST_PID = 2**31 - 1

PATIENCE_S = 3.0
"""How long the server may take to end once its parent is gone, in seconds."""


def end_with(pid: int, end: Callable[[int], None]) -> None:
    """End the server once the editor's process is gone."""
    loop = asyncio.get_running_loop()
    if not watch(pid, lambda: leave(loop, end)):
        log.warning(
            "process %d, named as the editor's, cannot be seen from here: only the end of "
            "standard input tells when the editor ends",
            pid,
        )


def watch(pid: int, on_death: Callable[[], None], *, interval_s: float = INTERVAL_S) -> bool:
    """Call ``on_death``, on a thread of its own, once a process is gone.

    A process that cannot be seen from here is not watched: a container has numbers of its own, so
    that it may well run outside, and the end of standard input tells of its death. Whether it is
    watched.
    """
    gone = _gone_for_good(pid)
    if gone():
        return False

    def look() -> None:
        while not gone():
            time.sleep(interval_s)
        on_death()

    threading.Thread(target=look, name="foretype-parent", daemon=True).start()
    return True


def leave(loop: asyncio.AbstractEventLoop, end: Callable[[int], None]) -> None:
    """End the server by its own means, and without them where these do not work."""
    try:
        loop.call_soon_threadsafe(end, 1)
    except RuntimeError:  # The loop is closed: the server ends already.
        return
    time.sleep(PATIENCE_S)
    os._exit(1)


def alive(pid: int) -> bool:
    """Whether a process runs."""
    if not 0 < pid <= LARGEST_PID:
        return False
    if sys.platform == "win32":
        return _alive_on_windows(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _gone_for_good(pid: int) -> Callable[[], bool]:
    if sys.platform != "win32" and os.getppid() == pid:
        # A dead parent that nobody has waited for still has its number, but no longer its child.
        return lambda: os.getppid() != pid
    return lambda: not alive(pid)


def _alive_on_windows(pid: int) -> bool:
    """``os.kill`` would end the process there, whatever the signal."""
    if sys.platform != "win32":
        raise NotImplementedError
    import ctypes

    synchronize, access_denied, still_running = 0x00100000, 5, 0x00000102
    kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel32.OpenProcess.restype = ctypes.c_void_p
    handle = kernel32.OpenProcess(synchronize, False, pid)
    if not handle:
        return ctypes.get_last_error() == access_denied
    try:
        kernel32.WaitForSingleObject.argtypes = [ctypes.c_void_p, ctypes.c_uint32]
        return bool(kernel32.WaitForSingleObject(handle, 0) == still_running)
    finally:
        kernel32.CloseHandle.argtypes = [ctypes.c_void_p]
        kernel32.CloseHandle(handle)
