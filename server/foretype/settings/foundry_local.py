"""Find the port of Foundry Local, which chooses another at each start."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

from foretype.core.child_environment import without_keys

TIMEOUT_S = 5.0
"""Seconds that its command may take."""
_ADDRESS = re.compile(r"http://(?:127\.0\.0\.1|localhost):(\d{1,5})\b")


def find_base_url() -> str:
    """Return the base URL of the service on this machine; empty if it does not run. Never raises.

    Runs ``foundry service status``: not for the event loop.
    """
    command = shutil.which("foundry")
    if command is None:
        return ""
    try:
        done = subprocess.run(
            [command, "service", "status"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=without_keys(os.environ),
            timeout=TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return base_url_in(done.stdout.decode(errors="replace"))


def base_url_in(status: str) -> str:
    """Read the address in what the command prints; empty if there is none.

    >>> base_url_in("Model management service is running on http://127.0.0.1:5273/openai/status")
    'http://127.0.0.1:5273/v1'
    """
    match = _ADDRESS.search(status)
    return f"http://127.0.0.1:{match[1]}/v1" if match else ""
