"""How the server is reached: the arguments, and that serving loads no more than it needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from foretype.cli.serve import BadArguments, SocketFile, Stdio, Tcp, Way, main, parse


@pytest.mark.parametrize(
    ("arguments", "way"),
    [
        ([], Stdio()),
        (["--stdio"], Stdio()),
        (["--stdio", "--clientProcessId=4711"], Stdio()),
        (["--tcp", "9257"], Tcp("127.0.0.1", 9257)),
        (["--tcp=9257"], Tcp("127.0.0.1", 9257)),
        (["--tcp", "0"], Tcp("127.0.0.1", 0)),
        (["--tcp", "0.0.0.0:9257"], Tcp("0.0.0.0", 9257)),
        (["--tcp", "[::1]:9257"], Tcp("::1", 9257)),
        (["--tcp", "localhost:9257"], Tcp("localhost", 9257)),
        (["--stdio", "--copilot"], Stdio(speaks_copilot=True)),
        (["--copilot"], Stdio(speaks_copilot=True)),
        (["--tcp", "0.0.0.0:9257", "--allow-remote"], Tcp("0.0.0.0", 9257, allow_remote=True)),
        (["--allow-remote", "--tcp=[::]:9257"], Tcp("::", 9257, allow_remote=True)),
        (["--socket", "/run/user/1000/foretype.sock"], SocketFile("/run/user/1000/foretype.sock")),
        (["--socket=foretype.sock"], SocketFile("foretype.sock")),
    ],
)
def test_names_the_way_to_serve(arguments: list[str], way: Way) -> None:
    assert parse(arguments) == way


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--tcp"], "needs a port"),
        (["--tcp", "--stdio"], "needs a port"),
        (["--tcp", "x"], "does not end in a port"),
        (["--tcp", "localhost"], "does not end in a port"),
        (["--tcp", "65536"], "up to 65535"),
        (["--tcp", "-1"], "does not end in a port"),
        (["--tcp", "²"], "does not end in a port"),
        (["--tcp", ":9257"], "no host"),
        (["--tcp", "::1:9257"], "[::1]:9257"),
        (["--stdio", "--tcp", "9257"], "choose one"),
        (["--socket=9257"], "--socket needs a path"),
        (["--socket"], "--socket needs a path"),
        (["--socket", "--stdio"], "--socket needs a path"),
        (["--socket="], "--socket needs a path"),
        (["--socket", "a", "--tcp", "9257"], "choose one"),
        (["--allow-remote"], "goes with --tcp"),
        (["--tcp", "9257", "--copilot"], "goes with --stdio"),
        (["--socket", "a", "--allow-remote"], "goes with --tcp"),
        (["--pipe=a"], "no argument --pipe=a"),
    ],
)
def test_says_what_is_wrong_with_the_arguments(arguments: list[str], says: str) -> None:
    with pytest.raises(BadArguments) as fault:
        parse(arguments)
    assert says in str(fault.value)


def test_bad_arguments_end_with_2_and_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--tcp", "x"]) == 2
    output = capsys.readouterr()
    assert output.out == "" and "does not end in a port" in output.err


def test_help_needs_no_server(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "--tcp [HOST:]PORT" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--stdio"], ["serve"], ["serve", "--stdio"]])
def test_serving_loads_no_library_of_other_commands(arguments: list[str]) -> None:
    program = f"""
import sys
sys.argv = ["foretype", *{arguments!r}]
from foretype.lsp import server
server.serve_stdio = lambda **options: 7
from foretype.__main__ import main
code = main()
unused = {{"click", "rich", "pygments", "aiohttp", "openai", "tree_sitter"}}
print(code, sorted(unused & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "7 []", done.stderr
