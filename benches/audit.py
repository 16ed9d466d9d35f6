"""Is what ``foretype audit`` shows what is sent, byte for byte, masks included?

    python -m benches.audit [--places 200]

Files of published packages, with made-up secrets put in between their lines. At each place the
request is audited, then made; an upstream on loopback keeps what it receives.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from helpers.raw_upstream import serving, whole

from benches import foreign
from foretype.cli.audit import Audit, audit_at
from foretype.cli.complete import request
from foretype.cli.file_position import FilePosition, open_at_position
from foretype.settings.schema import CompletionSettings, Settings

LANGUAGES = ("python", "typescript", "go", "rust", "ruby")
EVERY_LINES = 12
"""Lines from one secret to the next."""
ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def write_projects(folder: Path, dice: random.Random) -> tuple[list[Path], list[str]]:
    """Write the packages' files with secrets; return the files and the secrets."""
    files, secrets = [], []
    for language in LANGUAGES:
        project = folder / language
        project.mkdir()
        (project / ".git").mkdir()
        for source in foreign.sources(language, foreign.MEASURING):
            lines = source.text.split("\n")
            for at in range(EVERY_LINES, len(lines), EVERY_LINES):
                secret = "ghp_" + "".join(dice.choices(ALPHABET, k=35)) + "7"
                lines[at] += f"\ntoken = '{secret}'"
                secrets.append(secret)
            path = project / source.name
            path.write_text("\n".join(lines), "utf-8")
            files.append(path)
    return files, secrets


def difference(shown: bytes, received: set[bytes]) -> str:
    """Say in what a request that was shown differs from those that came."""
    if len(received) != 1:
        return f"{len(received)} different requests came"
    [sent] = received
    pairs = zip(shown, sent, strict=False)
    at = next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(shown), len(sent)))
    return f"at byte {at}: {shown[at : at + 60]!r} shown, {sent[at : at + 60]!r} sent"


async def compare(n_places: int) -> int:
    """Audit and ask at so many places; return how many differ."""
    dice = random.Random(16)
    n_equal = n_masked = n_nearby = n_leaked = n_silent = 0
    with tempfile.TemporaryDirectory() as name:
        files, secrets = write_projects(Path(name), dice)
        environ = {**os.environ, "FORETYPE_LEDGER": ":memory:", "NO_PROXY": "*"}
        async with serving(whole("x")) as up:
            settings = Settings(
                base_url=up.url,
                api_key="not-a-key",
                completion=CompletionSettings(local="off"),
            )
            n_done = 0
            while n_done < n_places:
                path = dice.choice(files)
                lines = path.read_text("utf-8").split("\n")
                line = dice.randrange(len(lines))
                cursor = open_at_position(FilePosition(path, line + 1, len(lines[line]) + 1))
                shown = await audit_at(cursor, path.parent, settings, environ)
                n_before = len(up.requests)
                await request(cursor, path.parent, settings, environ, local=False)
                received = up.requests[n_before:]
                if not isinstance(shown, Audit):
                    n_silent += 1
                    n_leaked += bool(received)
                    continue
                n_done += 1
                # A slow machine may ask twice: each request has to be the one that was shown.
                bodies = {one.raw for one in received}
                n_equal += bodies == {shown.request.body}
                if bodies != {shown.request.body}:
                    print(f"{path.name}:{line + 1}: {difference(shown.request.body, bodies)}")
                n_masked += shown.n_masked > 0
                n_nearby += len({name for name, _ in shown.pieces}) > 1
                text = b"".join(one.raw for one in received)
                n_leaked += any(secret.encode() in text for secret in secrets)
    print(f"{n_places} places: {n_equal} equal byte for byte")
    print(f"{n_masked} with masks, {n_nearby} with nearby code, {n_leaked} with a secret in them")
    print(f"{n_silent} more where nothing is sent, for a secret beside the cursor and the like")
    return n_places - n_equal + n_leaked


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--places", type=int, default=200)
    raise SystemExit(asyncio.run(compare(parser.parse_args().places)) > 0)


if __name__ == "__main__":
    main()
