"""How much of a prompt stands unchanged at its beginning from one request to the next?

    python -m benches.prompt_cache [--keys 200] [--seed 1]

A provider's prompt cache holds what begins as an earlier prompt did. A stretch of a real file is
typed at the service, in virtual time, with other files of its project open and a model that is
always wrong, so that every key is a request. The hand rests now and then: only then may what the
prompt says of other places change.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
from dataclasses import dataclass
from itertools import pairwise
from os.path import commonprefix
from pathlib import Path

from benches import corpus
from benches.figures import median, table
from foretype.completion.service import CompletionService
from foretype.completion.suggestion import Trigger
from foretype.core.cursor import Cursor
from foretype.core.deadline import Deadline
from foretype.core.text import Document, Edit
from foretype.evaluation.holes import Source
from foretype.models.protocol import Prompt
from foretype.models.scripted import Script, ScriptedModel
from foretype.settings.schema import CompletionSettings, Settings

# Virtual time is the tests'.
sys.path.append(str(Path(__file__).parent.parent / "tests"))
from helpers import virtual

PLACES = {"near the top": 0.05, "in the middle": 0.5, "at the end": 1.0}
KEY, PAUSE, EVERY = 0.15, 2.0, 25
"""Seconds between two keys, seconds of a rest, and keys between two rests."""
N_OPEN = 8
"""Files of the project that are open beside."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a run gives: one share for each pair of requests in turn."""

    shares: list[float]
    n_chars: float
    """Characters of a prompt, on average."""

    @property
    def mean(self) -> float:
        return sum(self.shares) / len(self.shares)


class _Gate:
    def excluded(self, uri_or_path: str) -> str | None:
        return None

    def secret_beside(self, text: str, offset: int) -> bool:
        return False


class _Editor:
    waits_ms = 0
    inline_completion = True
    list_waits: bool = False


def typed(source: Source, beside: list[Source], share: float, keys: int) -> Kept:
    """Type so many characters of a file, that stand at a share of its length, key by key."""
    return virtual.run(_typed(source, beside, share, keys))


async def _typed(source: Source, beside: list[Source], share: float, keys: int) -> Kept:
    model = ScriptedModel(Script(["\N{SECTION SIGN}"]))
    service = CompletionService(
        settings=Settings(completion=CompletionSettings(local="off", debounce_ms=0)),
        model=model,
        gate=_Gate(),
        client=_Editor(),
    )
    for number, other in enumerate(beside):
        service.opened(
            Document(f"file:///project/lib/{number}/{other.name}", other.text, other.language)
        )
    start = min(int(len(source.text) * share), len(source.text) - keys)
    # Where nothing follows, the file is being written; elsewhere its rest stands there already.
    rest = "" if share == 1.0 else source.text[start + keys :]
    document = Document("file:///project/lib/here", source.text[:start] + rest, source.language)
    service.opened(document)
    await asyncio.sleep(PAUSE)
    offset = start
    for number, key in enumerate(source.text[start : start + keys]):
        edit = Edit(offset, offset, key)
        new = document.apply(edit, document.version + 1)
        service.edited(document, new, (edit,))
        document, offset = new, offset + 1
        await service.suggest(Cursor(document, offset), Trigger.INVOKED, Deadline.after_ms(400))
        await asyncio.sleep(PAUSE if number % EVERY == EVERY - 1 else KEY)
    prompts = [_said(prompt) for prompt in model.prompts]
    await service.close()
    shares = [len(commonprefix([one, other])) / len(other) for one, other in pairwise(prompts)]
    return Kept(shares, sum(map(len, prompts)) / len(prompts))


def _said(prompt: Prompt) -> str:
    return "".join(f"{message.role}\n{message.content}\n" for message in prompt.messages)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benches.prompt_cache")
    parser.add_argument("--keys", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rows = []
    for language in ("python", "typescript", "javascript", "go", "rust", "ruby"):
        dice = random.Random(args.seed)
        files = [source for source in corpus.sources(language) if len(source.text) > 4_000]
        files.sort(key=lambda source: (len(source.text), source.name))
        if not files:
            continue
        for size, source in (("largest", files[-1]), ("median", files[len(files) // 2])):
            others = [other for other in files if other is not source]
            beside = dice.sample(others, min(N_OPEN, len(others)))
            for name, share in PLACES.items():
                kept = typed(source, beside, share, args.keys)
                rows.append(_row(f"{language}, {size}", name, kept))
    heads = [
        "file",
        "place",
        "requests",
        "characters",
        "kept, mean",
        "median",
        "least",
        "below 90 %",
    ]
    print(table(heads, rows))
    return 0


def _row(file: str, cursor: str, kept: Kept) -> list[str]:
    below = sum(share < 0.9 for share in kept.shares)
    shares = [kept.mean, median(kept.shares), min(kept.shares)]
    percent = [f"{100 * share:.1f}" for share in shares]
    return [file, cursor, str(len(kept.shares) + 1), f"{kept.n_chars:,.0f}", *percent, str(below)]


if __name__ == "__main__":
    sys.exit(main())
