"""Start the scripted upstream standalone: ``python -m foretype.upstream --port 0``.

The first line it prints is its base URL.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from foretype.upstream.http_server import ScriptedUpstream
from foretype.upstream.script import Script


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m foretype.upstream", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 for any free one")
    parser.add_argument("--text", help="what is said where no true text has the cursor")
    parser.add_argument(
        "--truth",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="a file that is continued from wherever the cursor stands in it",
    )
    parser.add_argument("--first-ms", type=float, help="median time to the first token")
    parser.add_argument("--first-p95-ms", type=float, help="its 95th percentile")
    parser.add_argument("--rate", type=float, help="tokens a second")
    parser.add_argument("--script", default="{}", help="anything else of the script, as JSON")
    args = parser.parse_args()
    try:
        script = Script().changed(_changes(args))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    try:
        asyncio.run(_serve(ScriptedUpstream(script, port=args.port)))
    except KeyboardInterrupt:
        return 0
    return 0


def _changes(args: argparse.Namespace) -> dict[str, Any]:
    changes: dict[str, Any] = json.loads(args.script)
    given = {
        "text": args.text,
        "first_ms": args.first_ms,
        "first_p95_ms": args.first_p95_ms,
        "tokens_per_second": args.rate,
        "truth": {path.name: path.read_text(encoding="utf-8") for path in args.truth} or None,
    }
    return changes | {name: value for name, value in given.items() if value is not None}


async def _serve(upstream: ScriptedUpstream) -> None:
    async with upstream:
        print(upstream.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    raise SystemExit(main())
