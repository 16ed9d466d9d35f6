"""Get the API key from a program of the user's choice, such as a password manager.

Runs it without a shell, once in a process for each command. Blocks: call it in a thread first;
afterwards the answer is known.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

from foretype.core.child_environment import without_keys

TIME_LIMIT_S = 10.0
MAX_OUTPUT_BYTES = 100_000


class KeyCommandFailed(Exception):
    """The command gave no key. The text is a sentence for the user, without its output."""


_known: dict[tuple[str, ...], str | KeyCommandFailed] = {}
"""What commands gave in this process."""


def key_from(command: Sequence[str]) -> str:
    """Return the first line that a command prints. Raises KeyCommandFailed."""
    argv = tuple(command)
    if argv not in _known:
        _known[argv] = _outcome(argv)
    found = _known[argv]
    if isinstance(found, KeyCommandFailed):
        raise found
    return found


def retry() -> None:
    """Run those commands again that gave no key, when they are needed next."""
    for command in [argv for argv, found in _known.items() if not isinstance(found, str)]:
        del _known[command]


def _outcome(command: tuple[str, ...]) -> str | KeyCommandFailed:
    program = os.path.basename(command[0])
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=TIME_LIMIT_S,
            env=without_keys(os.environ),
            check=False,
        )
    except subprocess.TimeoutExpired:
        return KeyCommandFailed(
            f"`api_key_command` ({program}) gave no key within {TIME_LIMIT_S:.0f} s. A question "
            "of its own cannot be answered there: unlock it first."
        )
    except (OSError, ValueError) as fault:
        # Not named: what is no program may be the key itself.
        return KeyCommandFailed(
            f"`api_key_command` cannot be run ({type(fault).__name__}). Name the "
            "program with its whole path."
        )
    if done.returncode:
        return KeyCommandFailed(
            f"`api_key_command` ({program}) ended with code {done.returncode}. Run it in a "
            "terminal to see why."
        )
    lines = done.stdout[:MAX_OUTPUT_BYTES].decode("utf-8", "replace").splitlines()
    key = next((line.strip() for line in lines if line.strip()), "")
    return key or KeyCommandFailed(f"`api_key_command` ({program}) printed nothing.")
