"""Terminal pictures as SVG: one frame that stands still, or many that play.

Plain elements and no fonts from elsewhere, so that it looks the same in every viewer and loads
nothing. A viewer that plays nothing shows the still frame.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from io import StringIO

from rich.cells import cell_len
from rich.color import Color
from rich.console import Console, RenderableType
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import TerminalTheme

CELL, LINE, SIZE = 8.4, 18.0, 14
"""A character's width, a line's height and the font's size, in pixels."""
MARGIN, BAR = 12.0, 30.0
"""Around the text, and the window's bar above it, in pixels."""

THEME = TerminalTheme(
    background=(24, 26, 33),
    foreground=(214, 219, 229),
    normal=[
        *((24, 26, 33), (229, 115, 115), (152, 195, 121), (224, 187, 120)),
        *((97, 160, 235), (198, 130, 221), (86, 182, 194), (214, 219, 229)),
    ],
    bright=[
        *((98, 106, 122), (240, 135, 135), (166, 214, 133), (235, 203, 139)),
        *((120, 178, 245), (212, 150, 233), (108, 205, 216), (245, 247, 250)),
    ],
)

Rgb = tuple[int, int, int]
Look = tuple[Rgb, Rgb | None, str]
"""Ink, paper where there is one, and CSS for the rest."""


@dataclass(frozen=True, slots=True)
class Run:
    """Characters of one look, beside each other."""

    column: int
    text: str
    ink: Rgb
    paper: Rgb | None
    look: str
    """CSS for weight, slant and lines."""


Row = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """What is seen from one moment on."""

    at: float
    """Seconds from the beginning."""
    rows: tuple[Row, ...]


def frame(what: RenderableType, *, width: int, at: float = 0.0) -> Frame:
    """What rich would print, as a frame."""
    console = Console(width=width, file=StringIO(), force_terminal=True, color_system="truecolor")
    lines = console.render_lines(what, console.options.update(width=width), pad=False)
    return Frame(at, tuple(tuple(_runs(line)) for line in lines))


def picture(
    frames: Sequence[Frame], *, still: int, width: int, title: str, lasts: float = 0.0
) -> str:
    """The frames as an SVG that plays them over and over, and shows ``still`` where it cannot.

    ``lasts`` is the length of the whole in seconds; one frame alone plays nothing.
    """
    n_rows = max(len(shown.rows) for shown in frames)
    across, down = 2 * MARGIN + width * CELL, BAR + n_rows * LINE + MARGIN
    lines = _Lines()
    body = [_row_on_film(frames, still, number, lasts, lines) for number in range(n_rows)]
    ink = _hex(_rgb_of(Color.default(), foreground=True))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {across:g} {down:g}" '
            f'width="{across:g}" role="img" aria-label="{escape(title)}">',
            f'<rect width="100%" height="100%" rx="8" fill="{_hex(_paper())}"/>',
            *(
                f'<circle cx="{18 + 18 * n}" cy="16" r="5.5" fill="{color}"/>'
                for n, color in enumerate(("#ff5f57", "#febc2e", "#28c840"))
            ),
            f'<text x="{across / 2:g}" y="21" fill="{ink}" text-anchor="middle" '
            f'font-family="system-ui, sans-serif" font-size="13">{escape(title)}</text>',
            f'<g font-size="{SIZE}" font-family="ui-monospace, \'SF Mono\', Menlo, Consolas, '
            "'DejaVu Sans Mono', monospace\">",
            f"<style>{lines.style}</style>",
            f"<defs>{lines.drawn}</defs>",
            *(line for line in body if line),
            "</g>",
            "</svg>",
            "",
        ]
    )


class _Lines:
    """Each line's content, drawn once however often and wherever it is seen, and each look."""

    def __init__(self) -> None:
        self._names: dict[Row, str] = {}
        self._looks: dict[tuple[Rgb, str], str] = {}
        self._parts: list[str] = []

    def name_of(self, content: Row) -> str:
        """The id of a line's content; empty where there is nothing to see."""
        if content not in self._names:
            drawn = "".join(self._draw(run) for run in content)
            self._names[content] = f"r{len(self._names)}" if drawn else ""
            if drawn:
                self._parts.append(f'<g id="{self._names[content]}">{drawn}</g>')
        return self._names[content]

    @property
    def drawn(self) -> str:
        return "\n".join(self._parts)

    @property
    def style(self) -> str:
        return "".join(
            f".{name}{{fill:{_hex(ink)};{css}}}" for (ink, css), name in self._looks.items()
        )

    def _draw(self, run: Run) -> str:
        x, length = MARGIN + run.column * CELL, cell_len(run.text) * CELL
        box = ""
        if run.paper is not None:
            box = (
                f'<rect x="{x:.1f}" width="{length:.1f}" height="{LINE:g}" '
                f'fill="{_hex(run.paper)}" shape-rendering="crispEdges"/>'
            )
        if not run.text.strip():
            return box
        look = self._looks.setdefault((run.ink, run.look), f"c{len(self._looks)}")
        # The length holds the columns together, whatever font the viewer has.
        return (
            f'{box}<text x="{x:.1f}" y="13.5" class="{look}" textLength="{length:.1f}" '
            f'lengthAdjust="spacingAndGlyphs">{escape(run.text, quote=False)}</text>'
        )


def _row_on_film(
    frames: Sequence[Frame], still: int, number: int, lasts: float, lines: _Lines
) -> str:
    """All that one row of the screen ever shows, each thing for the time that it is shown."""
    parts = []
    for content, times, seen_still in _stays(frames, still, number):
        name = lines.name_of(content)
        if not name:
            continue
        placed = f'<use href="#{name}" y="{BAR + number * LINE:g}"'
        if times == [(frames[0].at, None)]:
            parts.append(f"{placed}/>")
            continue
        seen = "visible" if seen_still else "hidden"
        parts.append(f'{placed} visibility="{seen}">{_played(times, lasts)}</use>')
    return "\n".join(parts)


def _stays(
    frames: Sequence[Frame], still: int, number: int
) -> list[tuple[Row, list[tuple[float, float | None]], bool]]:
    """Each thing that a row shows, from when to when (None: to the end), and whether in the
    still frame."""
    stays: dict[Row, list[tuple[float, float | None]]] = {}
    last: Row | None = None
    for shown in frames:
        content = shown.rows[number] if number < len(shown.rows) else ()
        if content == last:
            continue
        if last is not None:
            stays[last][-1] = (stays[last][-1][0], shown.at)
        stays.setdefault(content, []).append((shown.at, None))
        last = content
    rows = frames[still].rows
    at_still = rows[number] if number < len(rows) else ()
    return [(content, times, content == at_still) for content, times in stays.items()]


def _played(times: Sequence[tuple[float, float | None]], lasts: float) -> str:
    """The animation that makes an element visible at its times."""
    values, keys = ["hidden"], [0.0]
    for start, end in times:
        if start / lasts <= 0:
            values[0] = "visible"
        else:
            values.append("visible")
            keys.append(start / lasts)
        if end is not None:
            values.append("hidden")
            keys.append(end / lasts)
    shown = ";".join(f"{key:.4f}".rstrip("0").rstrip(".") for key in keys)
    return (
        f'<animate attributeName="visibility" values="{";".join(values)}" keyTimes="{shown}" '
        f'calcMode="discrete" dur="{lasts:g}s" repeatCount="indefinite"/>'
    )


def _runs(line: Sequence[Segment]) -> Iterator[Run]:
    """A line's runs: neighbors that look the same are one, and wide gaps part them, since
    viewers differ in what they do to several blanks."""
    column = 0
    for look, text in _merged(line):
        ink, paper, css = look
        if paper is not None:
            yield Run(column, " " * cell_len(text), ink, paper, "")
        for word in re.finditer(r"\S+(?: \S+)*", text):
            yield Run(column + cell_len(text[: word.start()]), word.group(), ink, None, css)
        column += cell_len(text)


def _merged(line: Sequence[Segment]) -> list[tuple[Look, str]]:
    merged: list[tuple[Look, str]] = []
    for segment in line:
        text, look = segment.text.rstrip("\n"), _look(segment.style or Style.null())
        blank = not text.strip() and look[1] is None and "underline" not in look[2]
        if merged and (merged[-1][0] == look or (blank and merged[-1][0][1] is None)):
            merged[-1] = (merged[-1][0], merged[-1][1] + text)
        elif not segment.control:
            merged.append((look, text))
    return merged


def _look(style: Style) -> Look:
    ink = _rgb_of(style.color or Color.default(), foreground=True)
    paper = _rgb_of(style.bgcolor, foreground=False) if style.bgcolor else None
    if style.dim:
        ink = _between(ink, _paper())
    if style.reverse:
        ink, paper = _paper(), _rgb_of(Color.default(), foreground=True)
    look = "font-weight:bold;" if style.bold else ""
    look += "font-style:italic;" if style.italic else ""
    look += "text-decoration:underline;" if style.underline else ""
    return ink, paper, look


def _rgb_of(color: Color, *, foreground: bool) -> Rgb:
    triplet = color.get_truecolor(THEME, foreground=foreground)
    return triplet.red, triplet.green, triplet.blue


def _paper() -> Rgb:
    return _rgb_of(Color.default(), foreground=False)


def _between(one: Rgb, other: Rgb) -> Rgb:
    mixed = [(a + b) // 2 for a, b in zip(one, other, strict=True)]
    return mixed[0], mixed[1], mixed[2]


def _hex(color: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*color)
