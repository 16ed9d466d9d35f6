"""The command ``foretype``, and ``python -m foretype``.

An editor waits for the server, so what serves goes straight there; the libraries for arguments
and terminal output are loaded for the other commands only.
"""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command that ``sys.argv`` names. Gives the exit code."""
    arguments = sys.argv[1:]
    if arguments and (arguments[0] == "serve" or _is_way_to_serve(arguments[0])):
        from foretype.cli import serve

        return serve.main(arguments[1:] if arguments[0] == "serve" else arguments)
    from foretype.cli.main import main as run_command

    return run_command(arguments)


def _is_way_to_serve(argument: str) -> bool:
    return argument in {"--stdio", "--tcp"} or argument.startswith("--tcp=")


if __name__ == "__main__":
    sys.exit(main())
