"""The demo's display: the file with dimmed ghost text, and the final table.

``draw`` renders one moment; ``LiveScreen`` updates a terminal with it, ``PlainScreen`` prints one
line per suggestion for other outputs.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rich import box
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from foretype.cli.demo.demo_typing import DemoMoment, Watcher
from foretype.cli.demo.typist import PROMISE_MS, Ghost, Tally
from foretype.cli.terminal import speaks_unicode
from foretype.core.text import Document
from foretype.core.text_style import with_line_ends

GHOST = "dim italic"
JUST_ACCEPTED = "underline"
TAB_COLUMNS = 4
"""Columns of a tab on the screen."""

_HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_LEXER_NAMES = {
    "javascriptreact": "jsx",
    "typescriptreact": "tsx",
    "shellscript": "bash",
    "emacs-lisp": "elisp",
    "makefile": "make",
}


class LiveScreen(Watcher):
    """The file as an editor shows it, in a terminal."""

    def __init__(self, console: Console, engine: str) -> None:
        self._console = console
        self._engine = engine
        self._live = Live(console=console, auto_refresh=False, vertical_overflow="crop")

    def __enter__(self) -> LiveScreen:
        self._live.start()
        return self

    def __exit__(self, *fault: object) -> None:
        self._live.stop()

    def typed(self, moment: DemoMoment) -> None:
        self._show(moment)

    def shown(self, moment: DemoMoment) -> None:
        self._show(moment)

    def accepted(self, moment: DemoMoment) -> None:
        self._show(moment)

    def _show(self, moment: DemoMoment) -> None:
        width, height = self._console.size
        self._live.update(
            draw(
                moment,
                engine=self._engine,
                width=min(width, 110),
                height=max(8, min(height - 1, 24)),
                unicode=speaks_unicode(self._console),
            ),
            refresh=True,
        )


class PlainScreen(Watcher):
    """A line for each suggestion: for pipes, logs, and terminals that cannot go back."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._waiting: DemoMoment | None = None
        self._name = ""

    def __enter__(self) -> PlainScreen:
        return self

    def __exit__(self, *fault: object) -> None:
        self._flush("")

    def shown(self, moment: DemoMoment) -> None:
        self._flush("typed on")
        self._waiting = moment

    def accepted(self, moment: DemoMoment) -> None:
        self._flush("Tab" if moment.ghost is None else "accept line")

    def _flush(self, end: str) -> None:
        moment, self._waiting = self._waiting, None
        if moment is None:
            return
        if moment.scene.name != self._name:
            self._name = moment.scene.name
            head = f"{self._name}: line, time after the key, [[ghost text]]"
            self._console.print(head, soft_wrap=True)
        self._console.print(Text(plain_line(moment, end)), soft_wrap=True)


def plain_line(moment: DemoMoment, end: str) -> str:
    """One suggestion in one line: where, how fast, the line with its ghost text, what then."""
    assert moment.ghost is not None
    document, offset = moment.page.document, moment.page.offset
    line = document.line_of(offset)
    before = document.text[document.line_start(line) : offset].lstrip()
    first, *more = moment.ghost.text.splitlines() or [""]
    if not first and more:
        first = " ... " + next((line.strip() for line in more if line.strip()), "")
    lines = f" +{len(more)} lines" if len(more) > 1 else " +1 line" if more else ""
    shown = _visible(f"{before}[[{first}{lines}]]").replace("\t", " ")
    return f"{line + 1:5d} {moment.took_ms or 0:5.0f} ms  {shown}  {end}".rstrip()


def draw(
    moment: DemoMoment, *, engine: str, width: int, height: int, unicode: bool = True
) -> RenderableType:
    """One moment in a frame of so many columns and lines."""
    frame = Panel(
        code_window(moment, width=width - 4, height=height - 3),
        title=Text(f" {moment.scene.name} "),
        title_align="left",
        subtitle=Text(f" {engine} "),
        subtitle_align="right",
        box=box.ROUNDED if unicode else box.ASCII,
        border_style="bright_black",
        padding=(0, 1),
        width=width,
        height=height - 1,
    )
    return Group(frame, status_line(moment, width))


def status_line(moment: DemoMoment, width: int) -> Text:
    """What is happening, and the counts so far."""
    tally = moment.tally
    if moment.accepted:
        now = Text(" Tab ", "bold reverse")
    elif moment.ghost and moment.took_ms is not None:
        in_time = moment.took_ms <= PROMISE_MS
        now = Text(f" {moment.took_ms:.0f} ms after the key", "bold" if in_time else "bold yellow")
    else:
        now = Text(" typing", "bright_black")
    counts = Text(
        f"{len(tally.shown_ms)} suggestions  {tally.accepted} accepted  "
        f"{tally.typed} keys typed  {tally.saved} saved "
    )
    room = width - now.cell_len - counts.cell_len
    line = Text.assemble(now, " " * room, counts) if room > 0 else now
    line.truncate(width)
    line.no_wrap = True
    return line


def code_window(moment: DemoMoment, *, width: int, height: int) -> Text:
    """The lines around the cursor, with line numbers and the ghost text in its place."""
    lines, cursor_line, cursor_column = _lines_with_ghost(moment)
    n_ghost = moment.ghost.text.count("\n") if moment.ghost else 0
    first = _window_start(cursor_line, len(lines), height, n_ghost)
    gutter = len(str(len(lines))) + 2
    room = max(width - gutter, 10)
    # Scroll sideways where the cursor, or what is new beside it, would not be seen.
    beside = cell_len(_visible(moment.ghost.text.split("\n")[0])) if moment.ghost else 0
    left = max(0, cursor_column + min(beside, room // 2) + 2 - room)
    shown = []
    for number, line in enumerate(lines[first : first + height], first):
        line = line[_index_of_cell(line.plain, left) :] if left else line
        line.truncate(room)
        label = Text(f"{number + 1:>{gutter - 2}}  ", "bright_black")
        shown.append(Text.assemble(label, line))
    return Text("\n", no_wrap=True, end="").join(shown)


def summary(tally: Tally, *, spent: str, beside: float, unicode: bool = True) -> Table:
    """The table at the end.

    ``spent`` says what the tokens were and what they cost. ``beside``: the share of keys that the
    latest line that begins alike would have saved in the same text.
    """
    table = Table(box=box.ROUNDED if unicode else box.ASCII, show_header=False)
    table.add_column(style="bold")
    table.add_column(justify="right")
    shown = len(tally.shown_ms)
    rows = [
        ("requests", f"{tally.requests}, {tally.cancelled} of them cancelled by the next key"),
        ("suggestions", f"{shown} shown, {tally.right} right, {tally.accepted} accepted"),
    ]
    if shown:
        rows += [
            (f"visible within {PROMISE_MS} ms", f"{tally.share_in_time:.0%}"),
            (
                "key to ghost text",
                f"median {tally.median_ms:.0f} ms, p95 {tally.p95_ms:.0f} ms",
            ),
        ]
    rows += [
        ("keys", f"{tally.typed} typed, {tally.saved} saved"),
        ("keys saved", f"{tally.share_saved:.0%}"),
        ("by the latest line alike", f"{beside:.0%}"),
        ("by nothing", "0%"),
        ("tokens and cost", spent),
    ]
    for row in rows:
        table.add_row(*row)
    return table


def _lines_with_ghost(moment: DemoMoment) -> tuple[list[Text], int, int]:
    """The whole file as lines, the cursor's line, and its column in cells."""
    document, offset = moment.page.document, moment.page.offset
    text = _highlighted(document).copy()
    if moment.accepted:
        text.stylize(JUST_ACCEPTED, *moment.accepted)
    before, after = text[:offset], text[offset:]
    ghost = _ghost_text(moment.ghost)
    if ghost.plain and not ghost.plain.startswith("\n"):
        ghost.stylize("reverse", 0, 1)
    elif after.plain and not after.plain.startswith("\n") and not ghost.plain:
        after.stylize("reverse", 0, 1)
    else:
        before.append(" ", "reverse")
    if moment.ghost:
        after = after[moment.ghost.replaces :]
    whole = Text.assemble(before, ghost, after)
    whole.expand_tabs(TAB_COLUMNS)
    lines = list(whole.split("\n", allow_blank=True))
    head = document.text[document.line_start(document.line_of(offset)) : offset]
    return lines, document.line_of(offset), cell_len(_visible(head).expandtabs(TAB_COLUMNS))


def _ghost_text(ghost: Ghost | None) -> Text:
    return Text(_visible(with_line_ends(ghost.text, "\n")) if ghost else "", GHOST)


@lru_cache(maxsize=4)
def _highlighted(document: Document) -> Text:
    """The document in colors, character for character."""
    theme = Syntax.get_theme("ansi_dark")
    text = Text(_visible(document.text))
    lexer = Syntax("", _LEXER_NAMES.get(document.language, document.language)).lexer
    if lexer is not None:
        for start, kind, value in lexer.get_tokens_unprocessed(text.plain):
            text.stylize(theme.get_style_for_token(kind), start, start + len(value))
    return text


def _visible(text: str) -> str:
    """As many characters, with none among them that steers a terminal."""
    return _HIDDEN.sub("?", text.replace("\r\n", " \n").replace("\r", "\n"))


def _window_start(cursor: int, n_lines: int, height: int, below: int) -> int:
    """The first line to show: the cursor two thirds down, room for the ghost text below."""
    wanted = min(height * 2 // 3, height - 1 - min(below, height - 1))
    return max(0, min(cursor - wanted, n_lines - height))


def _index_of_cell(text: str, cell: int) -> int:
    """The index of the character that stands at a cell."""
    at = 0
    for index, character in enumerate(text):
        if at >= cell:
            return index
        at += cell_len(character)
    return len(text)
