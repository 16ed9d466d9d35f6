"""The built page: where it is, and what is missing where it is not there."""

from __future__ import annotations

from pathlib import Path

PAGE = Path(__file__).with_name("page")
"""Made by ``make play-page`` from ``editors/play``; part of every release, never committed."""
TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".ttf": "font/ttf",
    ".txt": "text/plain",
}
"""Media types of its files, by suffix."""


def missing(folder: Path) -> str | None:
    """A sentence about what to do where the page was not built; None where it is there."""
    if (folder / "index.html").is_file() and (folder / "main.js").is_file():
        return None
    return (
        "The page is not built: a clone does not hold it. `make play-page` builds it, and needs "
        "Node 20 or later; a release of foretype brings it along."
    )
