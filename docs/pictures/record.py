"""Record the README's picture: the demo as it runs, at its best moment where pictures stand still.

Run by ``make pictures``. It is a real run: the real server, and a typist before the first of the
demo's files.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from time import perf_counter

from film import Frame, frame, picture
from rich.console import Console

from foretype.cli.demo import command, scenes
from foretype.cli.demo.demo_typing import DemoMoment, Watcher
from foretype.cli.demo.screen import draw
from foretype.cli.demo.typist import Scene, TypingRhythm

WIDTH, HEIGHT = 84, 19
LINES = 5
"""Lines of the stretch that are typed."""
RESTS_S = 2.5
"""How long the last frame stands before it all begins again, in seconds."""


class Camera(Watcher):
    """Keeps every moment, and when it was."""

    def __init__(self) -> None:
        self.moments: list[tuple[float, DemoMoment]] = []

    def typed(self, moment: DemoMoment) -> None:
        # The counts go on; the picture has them as they were.
        self.moments.append((perf_counter(), replace(moment, tally=deepcopy(moment.tally))))

    shown = accepted = typed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upstream", choices=["local", "scripted"], default="local")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("demo.svg"))
    parser.add_argument("--still", action="store_true", help="the best moment alone")
    told = parser.parse_args()
    camera = Camera()
    playing = command.play(
        [first_block(scenes.library_scenes(7)[0])],
        console=Console(),
        upstream=told.upstream,
        rhythm=TypingRhythm(7),
        watcher=camera,
    )
    code = asyncio.run(playing)
    if code == 0:
        engine = "embedded engine, no key" if told.upstream == "local" else "scripted upstream"
        told.out.write_text(film(camera.moments, engine, still=told.still), encoding="utf-8")
    return code


def first_block(scene: Scene) -> Scene:
    """The first lines of a scene alone: the picture is to be short."""
    return replace(scene, truth="\n".join(scene.truth.split("\n")[:LINES]).rstrip())


def film(moments: list[tuple[float, DemoMoment]], engine: str, *, still: bool) -> str:
    """The moments as an SVG."""
    best = max(range(len(moments)), key=lambda number: _worth(moments[number][1]))
    if still:
        moments, best = [moments[best]], 0
    begin = moments[0][0]
    frames: list[Frame] = [
        frame(draw(moment, engine=engine, width=WIDTH, height=HEIGHT), width=WIDTH, at=at - begin)
        for at, moment in moments
    ]
    return picture(
        frames,
        still=best,
        width=WIDTH,
        title="foretype demo",
        lasts=round(frames[-1].at + RESTS_S, 2),
    )


def _worth(moment: DemoMoment) -> int:
    """How much right ghost text is to be seen."""
    whole = moment.ghost is not None and moment.right == moment.ghost.text
    return len(moment.right) if whole else 0


if __name__ == "__main__":
    sys.exit(main())
