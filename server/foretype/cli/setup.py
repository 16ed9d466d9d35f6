"""``foretype setup EDITOR``: show what would be written; write it; or remove it again."""

from __future__ import annotations

import os
import shutil
import subprocess

import click
from rich.console import Console

from foretype.cli.setups import emacs, helix, jetbrains, neovim, vim, vscode
from foretype.cli.setups.plan import (
    Plan,
    apply_write,
    delete_empty,
    diff,
    in_one_line,
    refuse_unwritable,
    server_command,
)
from foretype.cli.terminal import BadInput, console

EDITORS = ("vscode", "neovim", "helix", "emacs", "jetbrains", "vim")


@click.command()
@click.argument("editor", type=click.Choice(EDITORS))
@click.option("--write", is_flag=True, help="Do it. Without this, it is only said.")
@click.option("--remove", is_flag=True, help="Take it out again; with --write, really.")
@click.option("--language", "languages", multiple=True, help="Helix: one more language.")
def setup(editor: str, write: bool, remove: bool, languages: tuple[str, ...]) -> int:
    """Give an editor foretype. What is there is kept; run twice, it changes nothing."""
    if languages and editor != "helix":
        raise BadInput("--language is for Helix only: the others use foretype in every language.")
    plan = _plan(editor, remove=remove, languages=languages)
    out = console()
    for warning in plan.warnings:
        out.print(warning, style="yellow", soft_wrap=True)
    if not plan.changed and not plan.runs:
        state = "is not set up" if remove else "is set up already"
        out.print(f"Nothing to do: foretype {state} in {editor}.")
        return 0
    _show(out, plan)
    if not write:
        chosen = [word for name in languages for word in ("--language", name)]
        options = (*chosen, *(["--remove"] if remove else ()), "--write")
        again = in_one_line((*server_command()[:-1], "setup", editor, *options))
        out.print(f"\nNothing was changed. To do it: {again}", soft_wrap=True)
        return 0
    refuse_unwritable(plan.changed)
    for change in plan.changed:
        apply_write(change)
    delete_empty(plan.owned)
    for run in plan.runs:
        _run(run.command)
    out.print("\nDone.")
    for note in () if remove else plan.notes:
        out.print(note)
    return 0


def _plan(editor: str, *, remove: bool, languages: tuple[str, ...]) -> Plan:
    if editor == "helix":
        return helix.plan(remove=remove, languages=languages, environ=os.environ)
    if editor == "neovim":
        return neovim.plan(remove=remove, environ=os.environ)
    if editor == "emacs":
        return emacs.plan(remove=remove, environ=os.environ)
    if editor == "jetbrains":
        return jetbrains.plan(remove=remove, environ=os.environ)
    if editor == "vim":
        return vim.plan(remove=remove, environ=os.environ)
    return vscode.plan(remove=remove, environ=os.environ)


def _show(out: Console, plan: Plan) -> None:
    for change in plan.changed:
        out.print(str(change.path), style="bold", soft_wrap=True, end="")
        lines = diff(change)
        # What is said of a whole file stands beside its name.
        out.print(f"  {lines.pop(0)}" if lines[0].startswith("(") else "", soft_wrap=True)
        for line in lines:
            style = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")
            out.print(f"  {line}", style=style, soft_wrap=True)
    for run in plan.runs:
        out.print(f"run: {run}", style="bold", soft_wrap=True)


def _run(command: tuple[str, ...]) -> None:
    program = shutil.which(command[0]) or command[0]
    done = subprocess.run([program, *command[1:]], check=False)
    if done.returncode:
        raise BadInput(f"{command[0]} ended with exit code {done.returncode}.")
