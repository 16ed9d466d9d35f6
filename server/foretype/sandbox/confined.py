"""Run a command in a sandbox as strict as the system allows; none of its processes survives.

A separate program, started by ``confined_tests.py`` with one JSON argument; imports only the
standard library. On Linux the command gets its own namespaces, as far as the system allows
unprivileged ones: no network except loopback, no access to other processes, an empty home, and a
file system that is read-only except for the copy, which is mounted in place of the workspace. The
program ends when the command does, or when standard input is closed, and kills all descendants.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

if sys.platform != "win32":
    import fcntl  # Here, because the file system may be hidden later.
    import resource

PROCESSES, FILES, NETWORK, ENDS = "processes", "files", "network", "ends"
"""What the sandbox prevents: reading other processes, reading the user's files and writing any,
using the network, and continuing after the run."""
EXIT_LESS_CONFINED = 125
"""Exit code if the sandbox is weaker than what the user agreed to."""
EXIT_CANNOT_START = 127
POLL_S = 0.02
"""Seconds between two checks of whether the command has ended."""
COUNT_S = 0.2
"""Seconds between two counts of its processes and threads."""


def main() -> NoReturn:
    """Confine this process, run the command, and exit with its code."""
    asked = json.loads(sys.argv[1])
    held = _confine(asked)
    if not asked["command"]:
        _print(json.dumps(sorted(held)))
        sys.exit(0)
    if missing := set(asked["promised"]) - held:
        _print(f"not run: the system no longer restricts its {', '.join(sorted(missing))}")
        sys.exit(EXIT_LESS_CONFINED)
    os.chdir(asked["root"] if FILES in held else asked["folder"])
    temporary = "/tmp" if FILES in held else asked["temporary"]
    home = os.path.join(temporary, "home")
    os.environ.update({"TMPDIR": temporary, "TEMP": temporary, "TMP": temporary, "HOME": home})
    if sys.platform == "win32":
        os.environ.update({"USERPROFILE": home, "APPDATA": home, "LOCALAPPDATA": home})
    if sys.platform == "linux":
        code = _run_linux(asked["command"], held, asked.get("limits", {}))
    else:
        code = _run_elsewhere(asked["command"], held)
    os._exit(code)


def _print(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def _confine(asked: dict[str, Any]) -> set[str]:
    if sys.platform == "win32":
        return {ENDS} if _join_job(asked.get("limits", {})) else set()
    return _own_namespaces(asked) if sys.platform == "linux" else set()


# --- Linux ------------------------------------------------------------------------------------

_NEW_MOUNTS, _NEW_IPC, _NEW_USER = 0x00020000, 0x08000000, 0x10000000
_NEW_PROCESSES, _NEW_NETWORK = 0x20000000, 0x40000000
_BIND, _RECURSIVE, _PRIVATE = 4096, 16384, 1 << 18
_NO_WRITES, _NO_SETUID, _NO_DEVICES, _NO_PROGRAMS = 1, 2, 4, 8
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
"""What every program may need of ``/dev``. The rest are disks, cameras and the like."""
_MOUNT_SETATTR, _HERE, _TREE, _READ_ONLY = 442, -100, 0x8000, 1
_DEATH_SIGNAL, _DROP_CAPABILITY, _SUBREAPER, _NO_NEW_PRIVILEGES = 1, 24, 36, 38


def _libc() -> Any:
    import ctypes

    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> None:
    import ctypes

    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _own_namespaces(asked: dict[str, Any]) -> set[str]:
    """Create the namespaces that the system allows, and return what they prevent."""
    libc, held = _libc(), {ENDS}  # Without a namespace, a reaper of all descendants ends them.
    uid, gid = os.getuid(), os.getgid()
    libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    try:
        _checked(libc.unshare(_NEW_USER))
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    except OSError:
        return held
    held.add(PROCESSES)
    steps: tuple[tuple[str, int, Callable[[], None]], ...] = (
        (FILES, _NEW_MOUNTS, lambda: _own_files(libc, asked)),
        (NETWORK, _NEW_NETWORK, _raise_loopback),
        ("", _NEW_IPC, lambda: None),
        ("pids", _NEW_PROCESSES, lambda: None),
    )
    for name, flag, prepare in steps:
        with contextlib.suppress(OSError):
            _checked(libc.unshare(flag))
            prepare()
            held.add(name)
    return held - {""}


def _own_files(libc: Any, asked: dict[str, Any]) -> None:
    """Mount a file system that is read-only except for the copy and temporary files.

    The user's home and the system's runtime folders are hidden.
    """

    def mount(source: str, target: str, kind: str | None, flags: int, data: str = "") -> None:
        kind_ = kind.encode() if kind else None
        _checked(libc.mount(os.fsencode(source), os.fsencode(target), kind_, flags, data.encode()))

    def attach(handle: int, target: str) -> None:
        mount(f"/proc/self/fd/{handle}", target, None, _BIND | _RECURSIVE)

    def set_read_only(path: str, is_read_only: bool, flags: int) -> None:
        import ctypes

        # struct mount_attr: to set, to clear, propagation, user namespace
        bits = (_READ_ONLY, 0) if is_read_only else (0, _READ_ONLY)
        attributes = (ctypes.c_uint64 * 4)(*bits, 0, 0)
        path_ = os.fsencode(path)
        _checked(libc.syscall(_MOUNT_SETATTR, _HERE, path_, flags, attributes, 32))

    root = asked["root"]
    mount("none", "/", None, _RECURSIVE | _PRIVATE)
    copy, temporary = (os.open(asked[name], os.O_PATH) for name in ("folder", "temporary"))
    keep = (*asked["keep"], *(f"/dev/{name}" for name in _DEVICES))
    kept = {path: os.open(path, os.O_PATH) for path in keep if os.path.exists(path)}
    for path in (*asked["homes"], "/run", "/dev"):
        if Path(path).is_dir() and path != "/" and not _is_within(path, root):
            mount("none", path, "tmpfs", _NO_SETUID | _NO_DEVICES, "mode=0755,size=64m")
    _make_devices(mount)
    for path in ("/tmp", "/var/tmp"):
        if Path(path).is_dir() and not _is_within(path, root):
            attach(temporary, path)
    Path(root).mkdir(parents=True, exist_ok=True)
    attach(copy, root)
    for path, handle in kept.items():
        if Path(path).exists():
            continue  # Not hidden.
        _make_place(Path(path), is_folder=Path(f"/proc/self/fd/{handle}").is_dir())
        attach(handle, path)
    set_read_only("/", True, _TREE)
    for path in (root, "/tmp", "/var/tmp", "/dev/shm"):
        if Path(path).is_dir():
            with contextlib.suppress(OSError):
                set_read_only(path, False, 0)
    for handle in (copy, temporary, *kept.values()):
        os.close(handle)
    (Path(root) / ".foretype-is-writable").touch()
    (Path(root) / ".foretype-is-writable").unlink()


def _make_devices(mount: Callable[[str, str, str | None, int, str], None]) -> None:
    """Folders and links of ``/dev`` that programs need."""
    for name in ("shm", "pts"):
        Path("/dev", name).mkdir(exist_ok=True)
    for name, target in (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")):
        Path("/dev", name).symlink_to(f"/proc/self/fd{target}")
    mount("none", "/dev/shm", "tmpfs", _NO_SETUID | _NO_DEVICES, "mode=1777,size=64m")
    with contextlib.suppress(OSError):  # Without it there are no terminals of their own.
        options = "newinstance,ptmxmode=0666,mode=620"
        mount("devpts", "/dev/pts", "devpts", _NO_SETUID | _NO_PROGRAMS, options)
        Path("/dev/ptmx").symlink_to("pts/ptmx")


def _is_within(path: str, folder: str) -> bool:
    return Path(path).is_relative_to(folder)


def _make_place(path: Path, *, is_folder: bool) -> None:
    """Create the file or folder that serves as a mount point."""
    if is_folder:
        path.mkdir(parents=True, exist_ok=True)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def _raise_loopback() -> None:
    """Bring up the loopback interface, so that tests can use their own servers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as it:
        request = struct.pack("16sH14s", b"lo", 1, b"")  # IFF_UP
        fcntl.ioctl(it, 0x8914, request)  # SIOCSIFFLAGS


def _run_linux(command: list[str], held: set[str], limits: dict[str, int]) -> int:
    libc = _libc()
    libc.prctl(_SUBREAPER, 1, 0, 0, 0)
    first = os.fork()
    if first == 0:
        try:
            libc.prctl(_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
            _limit(limits, held)
            if "pids" not in held:
                _exec(libc, command)
            # The first process of a namespace: when it ends, the kernel kills all others.
            if FILES in held:
                # To root, the system's own settings in it could be written.
                flags = _NO_WRITES | _NO_SETUID | _NO_DEVICES | _NO_PROGRAMS
                libc.mount(b"proc", b"/proc", b"proc", flags, None)
            second = os.fork()
            if second == 0:
                _exec(libc, command)
            os._exit(_code_of(second))
        finally:
            os._exit(EXIT_CANNOT_START)
    # With a PID namespace no thread can be created, so both are polled in turn.
    left, count_at = os.WEXITED | os.WNOHANG | os.WNOWAIT, 0.0
    most = limits.get("processes", 0)
    while os.waitid(os.P_PID, first, left) is None:
        is_too_many = False
        if most and time.monotonic() >= count_at:
            is_too_many = _n_tasks() > most
            count_at = time.monotonic() + COUNT_S
        if is_too_many:
            _print(f"ended: more than {most} processes and threads")
        if is_too_many or select.select([0], [], [], POLL_S)[0]:
            os.kill(first, signal.SIGKILL)
            _end_descendants()
            return 128 + signal.SIGKILL
    code = _code_of(first)
    _end_descendants()
    return code


def _limit(limits: dict[str, int], held: set[str]) -> None:
    """Bound the memory of each process, and how many processes and threads there are.

    The second holds for no process of root: these are counted.
    """
    if sys.platform == "win32":
        return
    if n_bytes := limits.get("memory_bytes"):
        # Not the address space, of which some runtimes reserve far more than they use.
        resource.setrlimit(resource.RLIMIT_DATA, (n_bytes, n_bytes))
    n_processes = limits.get("processes")
    if n_processes and PROCESSES in held:  # Otherwise the user's other programs would count.
        resource.setrlimit(resource.RLIMIT_NPROC, (n_processes, n_processes))


def _exec(libc: Any, command: list[str]) -> NoReturn:
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    for capability in range(64):
        # Otherwise root could unmount what hides files.
        libc.prctl(_DROP_CAPABILITY, capability, 0, 0, 0)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        _print(f"the test command cannot be started: {error.strerror}")
    os._exit(EXIT_CANNOT_START)


def _code_of(pid: int) -> int:
    """Wait for a child and return its exit code; orphans that end earlier are reaped."""
    while True:
        ended, status = os.waitpid(-1, 0)
        if ended == pid:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def _end_descendants() -> None:
    """Kill all descendants of this process, repeatedly, until none is left."""
    for _ in range(1000):
        found = _descendants()
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if not found:
            return


def _descendants() -> list[int]:
    """Return all descendants of this process. Orphans among them were reparented to it."""
    # In a namespace of their own they have other numbers, and end with its first process.
    return _below(_processes()) if _sees_itself() else []


def _n_tasks() -> int:
    """Return how many processes and threads there are below this process."""
    # Before the processes are read: the command's own may be all that is seen meanwhile.
    sees_itself, processes = _sees_itself(), _processes()
    below = _below(processes) if sees_itself else processes
    return sum(processes[pid][1] for pid in below)


def _below(processes: dict[int, tuple[int, int]]) -> list[int]:
    children: dict[int, list[int]] = {}
    for pid, (parent, _) in processes.items():
        children.setdefault(parent, []).append(pid)
    found, queue = [], [os.getpid()]
    while queue:
        below = children.get(queue.pop(), [])
        found += below
        queue += below
    return found


def _sees_itself() -> bool:
    """Whether ``/proc`` shows this process, and not the command's namespace alone."""
    return Path("/proc/self").exists()


def _processes() -> dict[int, tuple[int, int]]:
    """Return the parent and the number of threads of each process that runs."""
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                stat = Path(f"/proc/{entry}/stat").read_text(errors="replace")
                state, *fields = stat.rpartition(")")[2].split()
                if state != "Z":
                    found[int(entry)] = int(fields[0]), int(fields[16])
    return found


# --- elsewhere --------------------------------------------------------------------------------


def _run_elsewhere(command: list[str], held: set[str]) -> int:
    """Run the command in its own session; on Windows in the job of this process."""
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, start_new_session=sys.platform != "win32"
        )
    except OSError as error:
        _print(f"the test command cannot be started: {error.strerror}")
        return EXIT_CANNOT_START

    def end() -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if sys.platform == "win32":
                os._exit(1)  # Closing the job's last handle kills all processes in it.
            else:
                os.killpg(process.pid, signal.SIGKILL)

    threading.Thread(target=_when_closed, args=(end,), daemon=True).start()
    code = process.wait()
    if sys.platform != "win32":
        end()
    return code if code >= 0 else 128 - code


def _when_closed(end: Callable[[], None]) -> None:
    """Kill everything once the parent closes standard input, or has ended."""
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    end()


def _join_job(bounds: dict[str, int]) -> bool:
    """Put this process and all its descendants into a job that ends with it."""
    if sys.platform != "win32":
        return False
    import ctypes

    kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel32.CreateJobObjectW.restype = ctypes.c_void_p
    kernel32.GetCurrentProcess.restype = ctypes.c_void_p
    job = kernel32.CreateJobObjectW(None, None)
    # JOBOBJECT_EXTENDED_LIMIT_INFORMATION; its flags stand behind two numbers of 64 bits.
    is_wide = sys.maxsize > 2**32
    limits = ctypes.create_string_buffer(144 if is_wide else 112)
    flags = 0x2000  # KILL_ON_JOB_CLOSE
    if is_wide and bounds:
        flags |= 0x0008 | 0x0200  # ACTIVE_PROCESS, JOB_MEMORY
        ctypes.c_uint32.from_buffer(limits, 40).value = bounds["processes"]
        ctypes.c_uint64.from_buffer(limits, 120).value = bounds["memory_bytes"]
    ctypes.c_uint32.from_buffer(limits, 16).value = flags
    kernel32.SetInformationJobObject.argtypes = [
        *(ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_uint32)
    ]
    kernel32.AssignProcessToJobObject.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    return bool(
        job
        and kernel32.SetInformationJobObject(job, 9, limits, len(limits))
        and kernel32.AssignProcessToJobObject(job, kernel32.GetCurrentProcess())
    )


if __name__ == "__main__":
    main()
