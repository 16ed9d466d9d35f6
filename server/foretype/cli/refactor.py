"""``foretype refactor FILE``: a refactoring in the terminal, as a diff that ``--write`` applies.

The diff goes to standard output, so that ``patch`` can use it; everything else goes to standard
error. Nothing is written that was not shown.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from foretype.cli.command_model import command_model
from foretype.cli.file_position import project_of, read_document
from foretype.cli.terminal import BadInput, console, visible
from foretype.core.atomic_write import write_atomically
from foretype.core.edits import diff_lines
from foretype.core.uris import path_of
from foretype.privacy.gate import Gate
from foretype.refactor.actions.offers import Offer, find_offer, offers
from foretype.refactor.actions.target import Spot
from foretype.refactor.execute import RefactorEnvironment, execute
from foretype.refactor.outcome import Change, OnProgress, Outcome, Progress, Refused, Staged
from foretype.refactor.trust import TrustedFolders
from foretype.settings.load import config_file, load
from foretype.settings.schema import Settings

EXIT_NO_CHANGE = 1
"""Exit code if nothing is changed."""
_Hidden = Callable[[], contextlib.AbstractContextManager[None]]
_COLORS = {"+": "green", "-": "red", "@": "cyan"}
_LINES = re.compile(r"(?P<path>.+):(?P<first>\d{1,8})(?:-(?P<last>\d{1,8}))?")


@click.command()
@click.argument("place", metavar="FILE[:LINE[-LINE]]")
@click.option("--action", default="", metavar="NAME", help="A refactoring of the menu.")
@click.option("--instruction", default=None, metavar="TEXT", help="What to do, in your words.")
@click.option("--write", is_flag=True, help="Apply what is shown.")
@click.option(
    "--yes", is_flag=True, help="Do not ask, even for several files, risky code or tests."
)
def refactor(place: str, action: str, instruction: str | None, write: bool, yes: bool) -> int:
    """Change code, and show how: in a file, or in some of its lines, counted from 1.

    Without --action and --instruction, say which refactorings there are at this place. Ends with
    0 where something would change, with 1 where nothing does, with 2 for input not understood.
    """
    spot = read_spot(place)
    path = _path_of(spot.document.uri)
    project = project_of(path)
    loaded = load(
        user_file=config_file(os.environ),
        environ=os.environ,
        workspace_files=[project / ".foretype.toml"],
    )
    said = console(stderr=True)
    for problem in loaded.problems:
        said.print(problem, style="yellow", soft_wrap=True)
    settings = loaded.settings
    if not action and instruction is None:
        return _list(spot, settings)
    found = find_offer(spot, settings.refactor, action, instruction or "")
    if isinstance(found, str):
        raise BadInput(f"{found[:1].upper()}{found[1:]}.")
    outcome = asyncio.run(_run(found, settings, project, said, os.environ, yes=yes))
    if isinstance(outcome, Refused):
        sentence = outcome.sentence()
        said.print(f"{sentence[:1].upper()}{sentence[1:]}", soft_wrap=True)
        return EXIT_NO_CHANGE
    return _conclude(outcome, said, write=write, yes=yes)


def read_spot(place: str) -> Spot:
    """Parse the lines that the user named, or the whole file. Raises BadInput."""
    named = _LINES.fullmatch(place)
    if named is None or Path(place).exists():
        document = read_document(Path(place))
        return Spot(document, 0, len(document.text))
    document = read_document(Path(named["path"]))
    first = int(named["first"])
    last = int(named["last"] or first)
    if not 1 <= first <= last <= document.n_lines:
        raise BadInput(
            f"{named['path']} has lines 1 to {document.n_lines}; write FILE:{1}-{document.n_lines}."
        )
    start = document.line_start(first - 1)
    if named["last"] is None:
        return Spot(document, start, start)
    return Spot(document, start, document.line_end(last - 1))


def unified_diff(change: Change, folder: Path) -> str:
    """Format a change like ``diff -u``, with paths relative to a folder if inside it."""
    path = _path_of(change.uri)
    with contextlib.suppress(ValueError):
        path = path.relative_to(folder)
    shown = path.as_posix()
    old = change.document.text if change.document else ""
    before = f"a/{shown}" if change.document else "/dev/null"
    return "".join(diff_lines(old, new_text(change), before, f"b/{shown}"))


def new_text(change: Change) -> str:
    """Return the file's text after a change."""
    if change.document is None:
        return change.text
    text = change.document.text
    return text[: change.start] + change.text + text[change.end :]


async def _run(
    offer: Offer,
    settings: Settings,
    project: Path,
    said: Console,
    environ: Mapping[str, str],
    *,
    yes: bool,
) -> Outcome:
    gate = Gate(settings, (project,))
    named = offer.action.model or settings.refactor.model or settings.model

    def warn(sentence: str) -> None:
        said.print(sentence, style="yellow", soft_wrap=True)

    opening = command_model(replace(settings, model=named), environ, gate, warn)
    async with opening as (model, _):
        with _shown(said, offer.title) as (on_progress, hidden):

            async def allows(question: str) -> bool:
                if yes:
                    return True
                if not sys.stdin.isatty():
                    warn("The tests did not run: add --yes to run them without being asked.")
                    return False
                with hidden():
                    return click.confirm(f"{question[:1].upper()}{question[1:]}\n", err=True)

            async def trusts(folder: Path) -> bool:
                trusted = TrustedFolders(environ)
                if yes or trusted.holds(folder):
                    return True
                if not sys.stdin.isatty():
                    return False
                question = f"This follows what is written in the files of {folder}. Trust them?"
                with hidden():
                    if not click.confirm(question, err=True):
                        return False
                trusted.add(folder)
                return True

            around = RefactorEnvironment(
                settings=settings.refactor,
                model_of=lambda name: None if model is None else model.by_name(name),
                excluded=gate.excluded,
                roots=(project,),
                documents=(offer.spot.document,),
                allows=allows,
                trusts=trusts,
            )
            return await execute(offer, around, on_progress)


@contextlib.contextmanager
def _shown(said: Console, title: str) -> Iterator[tuple[OnProgress, _Hidden]]:
    """What is being done, on one line that goes away, also while something is asked; nothing
    where no one is looking."""
    if not said.is_terminal:
        yield lambda progress: None, contextlib.nullcontext
        return
    with said.status(Text(title)) as status:

        def update(progress: Progress) -> None:
            n_lines = progress.text.count("\n")
            words = progress.stage or (f"{n_lines} lines" if n_lines else "")
            status.update(Text(f"{title} · {words}" if words else title))

        @contextlib.contextmanager
        def hidden() -> Iterator[None]:
            status.stop()
            try:
                yield
            finally:
                status.start()

        yield update, hidden


def _list(spot: Spot, settings: Settings) -> int:
    out = console()
    found = offers(spot, settings.refactor, asks=True)
    width = max((len(offer.action.name) for offer in found), default=0)
    for offer in found:
        why = f" ({offer.disabled})" if offer.disabled else ""
        out.print(f"{offer.action.name:{width}}  {offer.title}{why}", soft_wrap=True)
    return 0 if found else EXIT_NO_CHANGE


def _conclude(outcome: Staged, said: Console, *, write: bool, yes: bool) -> int:
    note = f"{outcome.note} " if outcome.note else ""
    if outcome.text:
        console().print(Text(visible(outcome.text)), soft_wrap=True)
        said.print(f"({outcome.spent.line()})", soft_wrap=True)
        return 0
    if not outcome.changes:
        said.print(f"Nothing to change. {note}({outcome.spent.line()})", soft_wrap=True)
        return EXIT_NO_CHANGE
    out = console()
    for change in outcome.changes:
        _print_diff(unified_diff(change, Path.cwd()), out)
    for risk in outcome.risks:
        said.print(f"The new code {risk.reason} (line {risk.line}).", style="yellow")
    if not write:
        said.print(f"{note}Add --write to apply this. ({outcome.spent.line()})", soft_wrap=True)
        return 0
    if not yes and (len(outcome.changes) > 1 or outcome.risks):
        _confirm(len(outcome.changes))
    write_all(outcome.changes)
    written = ", ".join(_path_of(change.uri).name for change in outcome.changes)
    said.print(f"{note}Written: {written}. ({outcome.spent.line()})", soft_wrap=True)
    return 0


def _print_diff(diff: str, out: Console) -> None:
    if not out.is_terminal:
        sys.stdout.flush()
        sys.stdout.buffer.write(diff.encode("utf-8", "surrogatepass"))
        sys.stdout.buffer.flush()
        return
    for line in visible(diff).split("\n"):
        bold = line.startswith(("+++", "---"))
        style = "bold" if bold else _COLORS.get(line[:1], "")
        out.print(Text(line, style=style), soft_wrap=True)


def _confirm(n_files: int) -> None:
    if not sys.stdin.isatty():
        raise BadInput("This needs a yes: add --yes to write it without being asked.")
    what = f"{n_files} files" if n_files > 1 else "this"
    if not click.confirm(f"Write {what}?", err=True):
        raise click.Abort


def write_all(changes: Iterable[Change]) -> None:
    """Write changes to the disk. Raises BadInput if one cannot be written."""
    for change in changes:
        try:
            _write(change)
        except OSError as error:
            why = error.strerror or "it cannot be reached"
            raise BadInput(f"{_path_of(change.uri)} cannot be written: {why}.") from error


def _path_of(uri: str) -> Path:
    path = path_of(uri)
    assert path is not None, "made of a path"
    return path


def _write(change: Change) -> None:
    """Write a change, unless the file has changed since it was read."""
    path = _path_of(change.uri)
    if change.document is None:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("x", encoding="utf-8", newline="") as file:
                file.write(change.text)
        except FileExistsError:
            raise BadInput(f"{path} exists by now; it is left as it is.") from None
        return
    if not os.access(path, os.W_OK):
        raise BadInput(f"{path} may not be written; it is left as it is.")
    raw = path.read_bytes()
    mark = b"\xef\xbb\xbf" if raw.startswith(b"\xef\xbb\xbf") else b""
    if raw.removeprefix(mark) != change.document.text.encode("utf-8"):
        raise BadInput(f"{path} was changed meanwhile; it is left as it is.")
    write_atomically(path, mark + new_text(change).encode("utf-8"))
