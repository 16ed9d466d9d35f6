"""The golden cases: every oddity that a model has shown, one file each."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "completion" / "golden"


FILES = sorted(FOLDER.glob("*.toml"))


KEYS = {
    "description", "text", "model", "shows", "language", "finish", "multiline", "chunks", "wire",
    "replaces", "after_accept",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """What one file says."""

    description: str
    text: str
    shows: str
    model: str = ""
    chunks: tuple[str, ...] = ()
    language: str = "python"
    finish: str = "stop"
    multiline: str = "auto"
    wire: str = "chat"
    replaces: int = 0
    after_accept: bool = False


def read(path: Path) -> Case:
    said: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    unknown = said.keys() - KEYS
    assert not unknown, f"no case has {', '.join(unknown)}"
    chunks = tuple(said.pop("chunks", ()))
    case = Case(chunks=chunks, **said)
    assert bool(case.model) != bool(chunks) or not case.shows, "give model, or chunks"
    assert case.finish in {"stop", "length"} and case.wire in {"chat", "fim", "responses"}
    return case


def cuts(case: Case) -> Iterator[list[str]]:
    """The answer as a stream: as it is told, in one piece, in characters, in pieces by chance."""
    if case.chunks:
        yield list(case.chunks)
    said = "".join(case.chunks) or case.model
    yield [said]
    yield list(said)
    dice = random.Random(said)
    for most in (3, 7, 20, 60):
        pieces, at = [], 0
        while at < len(said):
            size = dice.randint(1, most)
            pieces.append(said[at : at + size])
            at += size
        yield pieces
