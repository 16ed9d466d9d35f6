"""``foretype serve``: start the server on a transport. Imports only what serving needs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

LOOPBACK = "127.0.0.1"

HELP = """\
Usage: foretype serve [--stdio | --socket PATH | --tcp [HOST:]PORT [--allow-remote]
                      | --ws PORT [--origin URL]...]

  Serve an editor through the Language Server Protocol.

  `foretype --stdio` and `foretype --tcp [HOST:]PORT` do the same.

Options:
  --stdio            Speak through standard input and output (the default).
  --socket PATH      Listen on a socket file that only you can connect to (not on
                     Windows).
  --tcp [HOST:]PORT  Listen on a port, on this machine alone (127.0.0.1) unless
                     a host is named. Clients send the token that is shown at
                     the start, or the one in FORETYPE_TOKEN, as
                     initializationOptions.token.
  --copilot          With --stdio: answer plugins for Copilot's language server,
                     also one that does not say what it is.
  --allow-remote     Let --tcp listen where other machines can connect. Nothing
                     is encrypted on the way.
  --ws PORT          Serve editors in a browser through WebSockets, on this machine
                     alone. Clients put the token into the address: ?token=.
  --origin URL       Let pages of this origin connect, such as
                     http://localhost:5173; may be given several times.
  --help             Show this message and exit.
"""

_TAKE_A_VALUE = {
    "--tcp": "a port, such as --tcp 9257",
    "--socket": "a path, such as --socket foretype.sock",
    "--ws": "a port, such as --ws 9258",
    "--origin": "an address, such as --origin http://localhost:5173",
}
# What client libraries add of themselves; the process id stands in `initialize` as well.
_IGNORED = ("--clientProcessId=",)


class BadArguments(Exception):
    """Arguments that cannot be understood. Its text is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Stdio:
    """Serve through standard input and output."""

    speaks_copilot: bool = False


@dataclass(frozen=True, slots=True)
class Tcp:
    """Listen on a port."""

    host: str
    port: int
    allow_remote: bool = False


@dataclass(frozen=True, slots=True)
class SocketFile:
    """Listen on a socket at a path."""

    path: str


@dataclass(frozen=True, slots=True)
class WebSockets:
    """Listen on a port for browsers."""

    host: str
    port: int
    origins: tuple[str, ...] = ()


Way = Stdio | Tcp | SocketFile | WebSockets


def main(arguments: Sequence[str]) -> int:
    """Serve until the editor exits. Returns the exit code; 2 for invalid arguments."""
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
        case Tcp(host, port, allow_remote):
            return server.serve_tcp(host, port, allow_remote=allow_remote)
        case SocketFile(path):
            return server.serve_socket(path)
        case WebSockets(host, port, origins):
            return server.serve_websocket(host, port, origins)
        case Stdio(speaks_copilot):
            return server.serve_stdio(speaks_copilot=speaks_copilot)


def parse(arguments: Sequence[str]) -> Way:
    """Parse the arguments into a transport. Raises BadArguments."""
    ways: list[Way] = []
    origins: list[str] = []
    allow_remote = speaks_copilot = False
    rest = [word for word in arguments if not word.startswith(_IGNORED)]
    while rest:
        word, *rest = rest
        name, equals, value = word.partition("=")
        if word == "--stdio":
            ways.append(Stdio())
        elif word == "--allow-remote":
            allow_remote = True
        elif word == "--copilot":
            speaks_copilot = True
        elif name in _TAKE_A_VALUE:
            if not equals:
                if not rest or rest[0].startswith("--"):
                    raise BadArguments(f"{name} needs {_TAKE_A_VALUE[name]}")
                value = rest.pop(0)
            if name == "--origin":
                origins.append(parse_origin(value))
            else:
                ways.append(_PARSERS[name](value))
        else:
            raise BadArguments(f"there is no argument {word}")
    if len(ways) > 1:
        raise BadArguments("choose one of --stdio, --socket, --tcp and --ws, once")
    way = ways[0] if ways else Stdio()
    if origins:
        if not isinstance(way, WebSockets):
            raise BadArguments("--origin goes with --ws alone")
        way = replace(way, origins=tuple(origins))
    if speaks_copilot:
        if not isinstance(way, Stdio):
            raise BadArguments("--copilot goes with --stdio alone")
        way = replace(way, speaks_copilot=True)
    if not allow_remote:
        return way
    if not isinstance(way, Tcp):
        raise BadArguments("--allow-remote goes with --tcp alone")
    return replace(way, allow_remote=True)


def parse_path(text: str) -> SocketFile:
    """Raises BadArguments."""
    # Some client libraries mean a port of their own by it, for the server to connect to.
    if not text or text.isdigit():
        raise BadArguments(
            f"--socket needs {_TAKE_A_VALUE['--socket']}, not a port; ports are served by --tcp"
        )
    return SocketFile(text)


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


def parse_browser_port(text: str) -> WebSockets:
    """``PORT``, or ``HOST:PORT`` of this machine. Raises BadArguments."""
    address = parse_address(text)
    return WebSockets(address.host, address.port)


def parse_origin(text: str) -> str:
    """A scheme, a host and maybe a port, as browsers name them. Raises BadArguments."""
    scheme, separator, host = text.rstrip("/").partition("://")
    if scheme not in ("http", "https", "vscode-webview") or not separator or "/" in host:
        raise BadArguments(f"{text} is no origin, such as http://localhost:5173")
    return f"{scheme}://{host}"


_PARSERS: dict[str, Callable[[str], Way]] = {
    "--tcp": parse_address,
    "--socket": parse_path,
    "--ws": parse_browser_port,
}
