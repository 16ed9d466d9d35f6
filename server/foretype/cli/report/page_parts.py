"""What the pages of reports are made of: HTML without scripts, that loads nothing. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files


def whole_page(title: str, head: str, body: str, note: str) -> str:
    """Return a page: what stands beside its heading, its sections, and a note at its end."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)}</title>"
        f"<style>{style()}</style></head><body>"
        '<a class="skip" href="#content">Skip to the figures</a>'
        f"<header><h1>foretype</h1>{head}</header>"
        f'<main id="content">{body}</main>'
        f"<footer>{note} Nothing on this page was loaded from elsewhere.</footer></body></html>"
    )


def style() -> str:
    return files("foretype.cli.report").joinpath("stats_page.css").read_text("utf-8")


def section(title: str, content: str, *, kind: str = "half") -> str:
    return f'<section class="{kind}"><h2>{escape(title)}</h2>{content}</section>'


def bars(numbers: Sequence[tuple[str, int]], *, most: int = 0, color: int = 0) -> str:
    most = most or max((n for _, n in numbers), default=0)
    rows = []
    for label, n in numbers:
        width = min(100.0, 100 * n / most) if most else 0.0
        rows.append(
            f"<div>{escape(label)}</div>"
            '<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
            f'<rect class="track" width="100" height="10"/>'
            f'<rect class="c{color}" width="{width:.2f}" height="10"/></svg>'
            f'<div class="number">{n:,}</div>'
        )
    return f'<div class="bars">{"".join(rows)}</div>'


def table(
    names: Sequence[str], rows: Iterable[Sequence[str]], *, words_at: int | None = None
) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{' class=words' if at == words_at else ''}>{escape(value)}</td>"
            for at, value in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    return (
        '<div class="table" tabindex="0" role="region" aria-label="Table">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def details(title: str, content: str) -> str:
    return f"<details><summary>{escape(title)}</summary>{content}</details>"
