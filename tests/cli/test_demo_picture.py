"""The README's picture: that it loads nothing, and shows each line when it was to be seen."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any

import pytest
from helpers.paths import ROOT
from rich.text import Text

PICTURES = ROOT / "docs" / "pictures"
SVG = "{http://www.w3.org/2000/svg}"

if not PICTURES.is_dir():
    pytest.skip("the pictures are not part of this distribution", allow_module_level=True)


def _load(name: str) -> Any:
    spec = spec_from_file_location(name, PICTURES / f"{name}.py")
    assert spec is not None and spec.loader is not None
    sys.modules[name] = module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


film = _load("film")


def svg_of(*shown: tuple[float, str], still: int = 0, lasts: float = 10.0) -> ET.Element:
    frames = [film.frame(Text(text), width=20, at=at) for at, text in shown]
    return ET.fromstring(film.picture(frames, still=still, width=20, title="a & b", lasts=lasts))


def seen_at(svg: ET.Element, share: float | None) -> list[str]:
    """The lines that are seen at a share of the film's time; None for where nothing plays."""
    contents = {
        group.get("id"): " ".join(text.text or "" for text in group.iter(f"{SVG}text"))
        for group in svg.iter(f"{SVG}g")
    }
    lines = {}
    for use in svg.iter(f"{SVG}use"):
        seen = use.get("visibility", "visible")
        animate = use.find(f"{SVG}animate")
        if share is not None and animate is not None:
            values = animate.get("values", "").split(";")
            times = [float(time) for time in animate.get("keyTimes", "").split(";")]
            assert times == sorted(times) and times[0] == 0 and len(times) == len(values)
            seen = next(v for v, t in reversed(list(zip(values, times, strict=True))) if t <= share)
        if seen == "visible":
            y = float(use.get("y", "nan"))
            assert y not in lines, "two contents at one line"
            lines[y] = contents[use.get("href", "")[1:]]
    return [lines[y] for y in sorted(lines)]


def test_a_still_shows_its_words_in_their_columns() -> None:
    svg = svg_of((0, "if a:\n    b = 1"))
    assert seen_at(svg, None) == ["if a:", "b = 1"]
    words = {text.text: float(text.get("x", "")) for text in svg.iter(f"{SVG}text")}
    assert words["b = 1"] == pytest.approx(film.MARGIN + 4 * film.CELL, abs=0.1)


def test_a_film_shows_each_line_in_its_time() -> None:
    svg = svg_of((0, "same\na"), (2, "same\nb"), (4, "same\na\nc"), (8, "same"), still=1)
    assert seen_at(svg, None) == ["same", "b"]
    assert seen_at(svg, 0.0) == ["same", "a"]
    assert seen_at(svg, 0.3) == ["same", "b"]
    assert seen_at(svg, 0.5) == ["same", "a", "c"]
    assert seen_at(svg, 0.9) == ["same"]


def test_what_is_written_is_escaped() -> None:
    assert seen_at(svg_of((0, '<b> & "c"')), None) == ['<b> & "c"']


def test_blanks_on_paper_are_paper_alone() -> None:
    runs = film.frame(Text("  a  b ", "on red"), width=20).rows[0]
    assert [(run.column, run.text.strip(), len(run.text)) for run in runs] == [
        (0, "", 7),
        (2, "a", 1),
        (5, "b", 1),
    ]
    assert runs[0].paper is not None
    assert {run.paper for run in runs[1:]} == {None}


def test_dim_text_is_nearer_to_the_paper() -> None:
    plain, dim = (film.frame(Text("x", style), width=20).rows[0][0] for style in ("", "dim"))
    paper = film.THEME.background_color
    assert abs(dim.ink[0] - paper.red) < abs(plain.ink[0] - paper.red)


def test_the_picture_in_the_readme_loads_nothing() -> None:
    text = (PICTURES / "demo.svg").read_text(encoding="utf-8")
    svg = ET.fromstring(text)
    assert text.count("http") == 1 and "url(" not in text and "@import" not in text
    assert all(value[:1] == "#" for use in svg.iter(f"{SVG}use") if (value := use.get("href", "")))
    assert not list(svg.iter(f"{SVG}script")) and len(text) < 200_000
    assert any("embedded engine" in line for line in seen_at(svg, None))
