"""Which layout of the prompt a real model answers best.

    python -m benches.layouts --base-url URL --model NAME [--n 60] [--layouts natural,fenced]

Holes in files of packages; any OpenAI-compatible endpoint, such as a llama.cpp server. A small
model shows what comes back of the prompt and what parses, not how well a large one writes.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from dataclasses import dataclass
from os.path import commonprefix
from typing import Any, get_args

import openai

from benches import corpus, holes
from benches.figures import share, table
from benches.insertions import place_in
from foretype.completion.complete_text import complete_text, completion_context
from foretype.completion.context.prompt import (
    EXAMPLE,
    SYSTEM,
    build_prompt,
    headers,
    titles,
)
from foretype.completion.context.window import Context, gather
from foretype.completion.selection.eligibility import adds_syntax_error
from foretype.core.cursor import Cursor
from foretype.evaluation.holes import Hole, why_hopeless
from foretype.models.protocol import Prompt
from foretype.settings.providers import PromptLayout

LANGUAGES = ("python", "typescript", "javascript", "go", "rust", "ruby")
CONTEXT_TOKENS = 400
"""Tokens around the cursor: small models that run on any machine know about 2,000."""
MAX_TOKENS = 96
KEYS = 5
"""Characters typed between two prompts whose common beginning counts as cached."""
FIGURES = ("leaks raw", "leaks shown", "echoes", "silent", "parses", "first line", "exact")


@dataclass(frozen=True, slots=True)
class Place:
    hole: Hole
    cursor: Cursor
    context: Context
    mark: str

    def prompt(self, layout: PromptLayout) -> Prompt:
        return build_prompt(self.context, mark=self.mark, max_tokens=MAX_TOKENS, layout=layout)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benches.layouts")
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--key", default="none")
    parser.add_argument("--n", type=int, default=60, help="holes")
    parser.add_argument("--layouts", default=",".join(get_args(PromptLayout)))
    args = parser.parse_args()
    places = _places(args.n)
    client = openai.AsyncOpenAI(base_url=args.base_url, api_key=args.key, timeout=300)
    rows = []
    for layout in args.layouts.split(","):
        found, cached = asyncio.run(_measure(client, args.model, places, layout))
        counts = [share(found[each], len(places)) for each in FIGURES]
        rows.append([layout, *counts, f"{100 * cached:.0f} %"])
        print(rows[-1], flush=True)
    print(table(["layout", *FIGURES, "cached"], rows))
    return 0


def _places(n: int) -> list[Place]:
    found = []
    for language in LANGUAGES:
        sources = corpus.sources(language)
        for hole in holes.cut(sources, n // len(LANGUAGES) + 1, seed=7):
            if not why_hopeless(hole):
                found.append(_place(hole, hole.start))
    return found[:n]


def _place(hole: Hole, start: int) -> Place:
    cursor = place_in(hole.source, start, hole.end)
    context = gather(cursor, tokens=CONTEXT_TOKENS)
    return Place(hole, cursor, context, completion_context(cursor, context).mark)


async def _measure(
    client: openai.AsyncOpenAI, model: str, places: list[Place], layout: PromptLayout
) -> tuple[Counter[str], float]:
    found: Counter[str] = Counter()
    cached = 0.0
    for place in places:
        prompt = place.prompt(layout)
        found.update(_judged(place, await _answer(client, model, prompt)))
        earlier = _place(place.hole, max(0, place.hole.start - KEYS)).prompt(layout)
        cached += _common(earlier, prompt) / prompt.n_chars
    return found, cached / len(places)


async def _answer(client: openai.AsyncOpenAI, model: str, prompt: Prompt) -> str:
    messages: Any = [{"role": m.role, "content": m.content} for m in prompt.messages]
    answer = await client.chat.completions.create(
        model=model, messages=messages, max_tokens=MAX_TOKENS, temperature=0, seed=1
    )
    return answer.choices[0].message.content or ""


def _judged(place: Place, raw: str) -> list[str]:
    shaped = complete_text(raw, place.cursor, is_cut=True).extent
    text = shaped.whole_lines
    own = [*headers(place.context), *titles(place.context), *SYSTEM.split(". "), place.mark]
    own += EXAMPLE[-1].content.split("\n")
    around = place.cursor.document.text
    own = [line for line in own if line not in around]
    first = raw.strip().split("\n")[0].strip()
    is_echo = len(first) > 5 and first in around[: place.cursor.offset]
    truth = place.hole.truth.strip()
    first_right = text.strip().split("\n")[0] == truth.split("\n")[0]
    parses = text.strip() and not adds_syntax_error(place.cursor, text, replaces=shaped.replaces)
    checks = {
        "leaks raw": any(line in raw for line in own),
        "leaks shown": any(line in text for line in own),
        "echoes": is_echo,
        "silent": not text.strip(),
        "parses": bool(parses),
        "first line": first_right,
        "exact": text.strip() == truth,
    }
    return [name for name, holds in checks.items() if holds]


def _common(one: Prompt, other: Prompt) -> int:
    written = ["\0".join(m.content for m in each.messages) for each in (one, other)]
    return len(commonprefix(written))


if __name__ == "__main__":
    sys.exit(main())
