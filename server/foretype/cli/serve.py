"""``foretype serve``: how the server is reached. Imports nothing that serving does not need."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

LOOPBACK = "127.0.0.1"

HELP = """\
Usage: foretype serve [--stdio | --tcp [HOST:]PORT]

  Serve an editor through the Language Server Protocol.

  `foretype --stdio` and `foretype --tcp [HOST:]PORT` do the same.

Options:
  --stdio            Speak through standard input and output (the default).
  --tcp [HOST:]PORT  Listen on a port, on this machine alone (127.0.0.1) unless
                     a host is named.
  --help             Show this message and exit.
"""

# What client libraries add of themselves; the process id stands in `initialize` as well.
_IGNORED = ("--clientProcessId=",)


class BadArguments(Exception):
    """Arguments that cannot be understood. Its text is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Stdio:
    """Serve through standard input and output."""


@dataclass(frozen=True, slots=True)
class Tcp:
    """Listen on a port."""

    host: str
    port: int


def main(arguments: Sequence[str]) -> int:
    """Serve until the editor is done. Gives the exit code; 2 for arguments not understood."""
    if "--help" in arguments or "-h" in arguments:
        print(HELP, end="")
        return 0
    try:
        way = parse(arguments)
    except BadArguments as fault:
        print(f"foretype serve: {fault}", file=sys.stderr)
        print("Try `foretype serve --help`.", file=sys.stderr)
        return 2
    from foretype.lsp import server

    match way:
        case Tcp(host, port):
            return server.serve_tcp(host, port)
        case Stdio():
            return server.serve_stdio()


def parse(arguments: Sequence[str]) -> Stdio | Tcp:
    """The way to serve that the arguments name. Raises BadArguments."""
    ways: list[Stdio | Tcp] = []
    rest = [word for word in arguments if not word.startswith(_IGNORED)]
    while rest:
        word, *rest = rest
        if word == "--stdio":
            ways.append(Stdio())
        elif word == "--tcp":
            if not rest or rest[0].startswith("--"):
                raise BadArguments("--tcp needs a port, such as --tcp 9257")
            ways.append(parse_address(rest.pop(0)))
        elif word.startswith("--tcp="):
            ways.append(parse_address(word.removeprefix("--tcp=")))
        else:
            raise BadArguments(f"there is no argument {word}")
    if len(ways) > 1:
        raise BadArguments("choose one of --stdio and --tcp, once")
    return ways[0] if ways else Stdio()


def parse_address(text: str) -> Tcp:
    """``PORT``, ``HOST:PORT`` or ``[IPv6]:PORT``. Raises BadArguments."""
    host, colon, port = text.rpartition(":")
    if not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise BadArguments(f"{text} does not end in a port, a number up to 65535")
    if colon and not host:
        raise BadArguments(f"{text} names no host before the colon")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if ":" in bare and bare == host:
        raise BadArguments(f"write an IPv6 address in brackets: [{host}]:{port}")
    return Tcp(bare or LOOPBACK, int(port))
