"""``foretype complete`` in this process."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path

CODE = "def mean(values):\n    if not values:\n        \n    return sum(values) / len(values)\n"


async def complete(place: str, *options: str, home: Path, **variables: str) -> Done:
    """Run the command with no settings but those given."""
    config = home / "foretype.toml"
    if not config.exists():
        config.write_text("")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "foretype", "complete", place, *options),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={
            "PATH": "",
            "HOME": str(home),
            "SYSTEMROOT": "C:\\Windows",
            "COLUMNS": "100",
            "FORETYPE_CONFIG": str(config),
            "NO_PROXY": "*",
            **variables,
        },
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return Done(process.returncode, out, err.decode("utf-8", "replace"))


@dataclass(frozen=True)
class Done:
    code: int
    out: bytes
    err: str
