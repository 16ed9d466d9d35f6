"""What a test command can do that holds hostile code: nothing but fail.

Real processes, on Linux, on the loopback alone; each is bounded and ends by itself.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from foretype.sandbox import confined, confined_tests

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")

KEY = "sk-fake-0123456789abcdef"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace in a home that holds credentials."""
    home = tmp_path / "home"
    (home / ".aws").mkdir(parents=True)
    (home / ".aws" / "credentials").write_text(KEY)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("MY_CONFIG", KEY)
    root = home / "work"
    (root / "sub").mkdir(parents=True)
    (root / ".env").write_text(f"KEY={KEY}")
    (root / "a.py").write_text("x = 1\n")
    return root


def begins_with(line: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the sandbox run a line of its own first."""
    script = folder / "confined.py"
    main = 'if __name__ == "__main__":'
    script.write_text(Path(confined.__file__).read_text().replace(main, f"{line}\n{main}"))
    monkeypatch.setattr(confined, "__file__", str(script))
    monkeypatch.setattr(confined_tests, "known_confinement", None)


@pytest.fixture
def no_namespaces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that has none for everybody."""
    begins_with("_own_namespaces = lambda asked: {ENDS}", tmp_path, monkeypatch)


@pytest.fixture
def warns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that prints a warning before anything else."""
    begins_with('print("warning: an old library", flush=True)', tmp_path, monkeypatch)


async def tried(
    root: Path, program: str, *, limit_s: float = 20.0, limits: dict[str, int] | None = None
) -> str:
    """What a program says that runs as the tests of a workspace with one file."""
    command = (sys.executable, "-c", dedent(program))
    files = [root / "a.py"]
    staged = {root / "test_a.py": "import a\n"}
    return await confined_tests.run_tests(
        command, root, files, staged, limit_s=limit_s, limits=limits
    )


async def holding(*names: str) -> None:
    if missing := set(names) - await confined_tests.available_confinement():
        pytest.skip(f"this system has no namespaces for everybody: {missing}")


def attempts(*expressions: str) -> str:
    """A program that says what each expression gives, or the kind of its error."""
    lines = ["import os, glob, socket, pathlib", "def tried(what):"]
    lines += ["    try: print(what())", "    except Exception as e: print(type(e).__name__)"]
    lines += [f"tried(lambda: {expression})" for expression in expressions]
    return "\n".join(lines)


@pytest.mark.usefixtures("warns")
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere less is prevented")
async def test_a_warning_hides_nothing_that_the_system_prevents() -> None:
    assert confined.PROCESSES in await confined_tests.available_confinement()


async def test_the_copy_stands_in_the_workspaces_place(root: Path) -> None:
    await holding(confined.FILES)
    said = await tried(root, attempts("sorted(os.listdir())", "sorted(os.listdir('..'))"))
    assert said == "passed\n['a.py', 'test_a.py']\n['work']\n"
    assert sorted(os.listdir(root)) == [".env", "a.py", "sub"]


async def test_no_excluded_file_and_no_credentials_can_be_read(root: Path) -> None:
    await holding(confined.FILES)
    home = root.parent
    said = await tried(
        root,
        attempts(
            f"open({str(root / '.env')!r}).read()",
            f"open({str(home / '.aws' / 'credentials')!r}).read()",
            "open(os.path.expanduser('~/.aws/credentials')).read()",
            "os.environ.get('AWS_ACCESS_KEY_ID')",
            "os.environ.get('MY_CONFIG')",
        ),
    )
    assert said.split() == ["passed", *["FileNotFoundError"] * 3, "None", "None"]


SEARCH = """
    import glob
    found = []
    for path in glob.glob("/proc/[0-9]*/environ"):
        try:
            if KEY in open(path, "rb").read():
                found.append(path)
        except OSError:
            pass
    print(found)
"""


async def test_the_key_stands_in_no_environment_that_can_be_read(root: Path) -> None:
    await holding(confined.PROCESSES)
    # A program beside the server has the key too, as an editor and its shell have.
    sleeper = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "import time; time.sleep(20)", env={"MY_KEY": KEY}
    )
    try:
        said = await tried(root, SEARCH.replace("KEY", repr(KEY.encode())))
        pids = (os.getpid(), os.getppid(), sleeper.pid)
        asked = [f"len(open('/proc/{pid}/environ','rb').read())" for pid in pids]
        asked += [f"open('/proc/{pid}/mem','rb').read(1)" for pid in pids]
        direct = await tried(root, attempts(*asked))
    finally:
        sleeper.kill()
        await sleeper.wait()
    assert said == "passed\n[]\n"
    assert set(direct.split()) <= {"passed", "FileNotFoundError", "PermissionError"}


async def test_nothing_outside_of_the_copy_can_be_written(root: Path) -> None:
    await holding(confined.FILES)
    outside = root.parent.parent / "outside"
    outside.mkdir()
    said = await tried(
        root,
        attempts(
            f"open({str(outside / 'x')!r}, 'w')",
            f"open({str(root.parent / 'x')!r}, 'w')",
            "open('/etc/foretype-x', 'w')",
            f"open({str(Path(sys.prefix) / 'x')!r}, 'w')",
            "pathlib.Path('inside').write_text('1')",
            "pathlib.Path(os.path.expanduser('~/x')).write_text('1')",
            "pathlib.Path(os.environ['TMPDIR'], 'x').write_text('1')",
        ),
    )
    assert said.split()[-3:] == ["1", "1", "1"]
    # What stands in a folder for temporary files is written into one of the run's own.
    assert said.split()[-5:-3] == ["OSError", "OSError"]
    assert not os.listdir(outside) and not (root.parent / "x").exists()
    assert not (root / "inside").exists()


async def test_the_network_is_the_loopback_of_the_command_alone(root: Path) -> None:
    await holding(confined.NETWORK)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        program = attempts(
            f"socket.create_connection(('127.0.0.1', {port}), timeout=5)",
            "socket.create_connection(('192.0.2.1', 80), timeout=5)",
            "(own := socket.create_server(('127.0.0.1', 0)))"
            " and len(socket.create_connection(own.getsockname()).getsockname())",
        )
        said = await tried(root, program)
    assert said.split() == ["passed", "ConnectionRefusedError", "OSError", "2"]


DAEMON = dedent("""
    import os, sys, time
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.closerange(0, 3)
            for n in range(100):
                open({path!r}, "a").write("x")
                time.sleep(0.05)
        os._exit(0)
    time.sleep({rest})
""")


async def outlives(root: Path, path: Path, rest: float, limit_s: float) -> bool:
    """Whether a process in a session of its own goes on writing after the run."""
    await tried(root, DAEMON.format(path=str(path), rest=rest), limit_s=limit_s)
    size = size_of(path)
    await asyncio.sleep(0.3)
    return size_of(path) > size


def size_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


@pytest.mark.parametrize(("rest", "limit_s"), [(0.3, 20.0), (60.0, 1.0)])
@pytest.mark.usefixtures("no_namespaces")
async def test_without_namespaces_no_child_outlives_the_run(
    root: Path, rest: float, limit_s: float
) -> None:
    path = root.parent / "written"
    assert not await outlives(root, path, rest, limit_s)
    assert size_of(path) > 0


@pytest.mark.parametrize(("rest", "limit_s"), [(0.3, 20.0), (60.0, 1.0)])
async def test_no_child_outlives_the_run(root: Path, rest: float, limit_s: float) -> None:
    await holding("pids")
    marker = f"foretype-test-{os.getpid()}-{rest}"
    program = DAEMON.format(path="written", rest=rest) + f"# {marker}\n"
    await tried(root, program, limit_s=limit_s)
    assert not running(lambda line: marker.encode() in line)


async def test_no_child_outlives_a_run_that_is_cancelled(root: Path) -> None:
    marker = f"foretype-test-{os.getpid()}-cancelled"
    program = DAEMON.format(path="written", rest=60) + f"# {marker}\n"
    task = asyncio.create_task(tried(root, program))
    await until(lambda: bool(running(lambda line: marker.encode() in line)))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not running(lambda line: marker.encode() in line)


def running(wanted: Callable[[bytes], bool]) -> list[int]:
    """The processes whose command line is wanted, but for this one."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if wanted(line):
                found.append(int(entry.name))
    return found


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(400):
        if holds():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it does not come to hold")


async def test_no_child_outlives_the_server(root: Path) -> None:
    marker = f"foretype-test-{os.getpid()}-server"
    program = DAEMON.format(path="written", rest=60) + f"# {marker}\n"
    server = f"""
import asyncio, pathlib
from foretype.sandbox import confined_tests
root = pathlib.Path({str(root)!r})
command = ({sys.executable!r}, "-c", {program!r})
asyncio.run(confined_tests.run_tests(command, root, [], {{}}, limit_s=30))
"""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", server)
    wanted = marker.encode()
    await until(lambda: len(running(lambda line: wanted in line and b"asyncio" not in line)) > 2)
    process.kill()
    await process.wait()
    await until(lambda: not running(lambda line: wanted in line))


@pytest.mark.usefixtures("no_namespaces")
@pytest.mark.skipif(os.getuid() == 0, reason="root reads everything")
async def test_without_namespaces_the_servers_environment_cannot_be_read(root: Path) -> None:
    said = await tried(root, attempts(f"open('/proc/{os.getpid()}/environ').read()"))
    assert said.split() == ["passed", "PermissionError"]


@pytest.mark.usefixtures("no_namespaces")
async def test_without_namespaces_the_user_is_told_what_is_left(root: Path) -> None:
    assert await confined_tests.available_confinement() == {confined.ENDS}
    said = await confined_tests.run_tests(
        ("true",), root, [], {}, limit_s=20, promised={confined.ENDS, confined.NETWORK}
    )
    assert said == "error: not run: the system no longer restricts its network"
    assert await tried(root, attempts("os.environ.get('MY_CONFIG')")) == "passed\nNone\n"


async def test_a_program_that_is_installed_in_the_home_is_found(root: Path) -> None:
    await holding(confined.FILES)
    tools = root.parent / "tools" / "bin"
    tools.mkdir(parents=True)
    (tools / "check").write_text("#!/bin/sh\necho checked; ls\n")
    (tools / "check").chmod(0o755)
    (root / "node_modules").mkdir()
    (root / "node_modules" / "x").write_text("")
    said = await confined_tests.run_tests(
        (str(tools / "check"),), root, [root / "a.py"], {}, limit_s=20
    )
    assert said.split() == ["passed", "checked", "a.py", "node_modules"]


async def test_the_tests_find_what_is_installed_beside_their_python(root: Path) -> None:
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_a.py")
    staged = {root / "test_a.py": "import a\n\n\ndef test_a():\n    assert a.x == 1\n"}
    said = await confined_tests.run_tests(command, root, [root / "a.py"], staged, limit_s=60)
    assert said.startswith("passed\n") and "1 passed" in said


async def test_a_link_in_the_place_of_dependencies_leads_nowhere(root: Path) -> None:
    await holding(confined.FILES)
    home = root.parent
    (home / "diary").mkdir()
    (home / "diary" / "x").write_text(KEY)
    installed = home / "project" / "node_modules"
    installed.mkdir(parents=True)
    (installed / "x").write_text("module")
    environment = home / "environments" / "work"
    environment.mkdir(parents=True)
    (environment / "pyvenv.cfg").write_text("home = /usr/bin\n")
    (root / "venv").symlink_to(home / "diary")
    (root / ".tox").symlink_to("../.aws")
    (root / "node_modules").symlink_to("../project/node_modules")
    (root / ".venv").symlink_to(environment)
    read = [
        f"open({name!r}).read()"
        for name in ("venv/x", ".tox/credentials", "node_modules/x", ".venv/pyvenv.cfg")
    ]
    said = await tried(root, attempts(*read, f"open({str(home / 'diary' / 'x')!r}).read()"))
    assert said.split("\n") == [
        *("passed", "FileNotFoundError", "FileNotFoundError", "module", "home = /usr/bin"),
        *("", "FileNotFoundError", ""),
    ]


async def test_no_disk_and_no_setting_of_the_system_can_be_opened(root: Path) -> None:
    await holding(confined.FILES, "pids")
    found = "[name for name in os.listdir('/dev') if pathlib.Path('/dev', name).is_block_device()]"
    said = await tried(
        root,
        attempts(
            found,
            "open('/proc/sys/kernel/core_pattern', 'w')",
            "open('/dev/null', 'w').write('x')",
            "len(open('/dev/urandom', 'rb').read(8))",
            "[os.ttyname(end) != '' for end in os.openpty()[1:]]",
            "len(open('/dev/fd/0').read())",
            "pathlib.Path('/dev/shm/x').write_text('1')",
            "__import__('multiprocessing').Semaphore(2).get_value()",
            "os.stat('/dev/kmsg')",
        ),
    )
    lines = said.split("\n")
    assert lines[1] == "[]" and lines[2] in ("OSError", "PermissionError")
    assert lines[3:] == ["1", "8", "[True]", "0", "1", "2", "FileNotFoundError", ""]


BOUNDS = {"memory_bytes": 200_000_000, "processes": 20}
FORKS = """
    import os, threading, time
    def add():
        if {threads}:
            threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        elif not os.fork():
            time.sleep(60)
            os._exit(0)
    try:
        for _ in range(50):
            add()
        time.sleep(60)
    except (OSError, RuntimeError):
        print("no more processes")
"""


async def test_memory_is_bounded_where_that_is_asked(root: Path) -> None:
    memory = "try:\n    b'x' * 400_000_000\nexcept MemoryError:\n    print('no memory')"
    assert "no memory" in await tried(root, memory, limits=BOUNDS)
    assert "no memory" not in await tried(root, memory)


@pytest.mark.parametrize("threads", [False, True])
async def test_processes_and_threads_are_bounded_where_that_is_asked(
    root: Path, threads: bool
) -> None:
    said = await tried(root, FORKS.format(threads=threads), limits=BOUNDS, limit_s=50)
    # The system does not bound those of root: they are counted.
    assert "no more processes" in said or "more than 20 processes and threads" in said


@pytest.mark.usefixtures("no_namespaces")
async def test_without_namespaces_processes_are_bounded_too(root: Path) -> None:
    said = await tried(root, FORKS.format(threads=False), limits=BOUNDS, limit_s=50)
    assert "more than 20 processes and threads" in said


async def test_an_environment_is_found_behind_a_program_that_sets_variables(root: Path) -> None:
    environment = root.parent / "env"
    (environment / "bin").mkdir(parents=True)
    (environment / "bin" / "python").symlink_to(sys.executable)
    (environment / "pyvenv.cfg").write_text(f"home = {sys.base_prefix}/bin\n")
    program = f"import pathlib; print(pathlib.Path({str(environment)!r}, 'pyvenv.cfg').exists())"
    command = ("env", "A=b", str(environment / "bin" / "python"), "-c", program)
    assert "True" in await confined_tests.run_tests(
        command, root, [root / "a.py"], {}, limit_s=20.0
    )
