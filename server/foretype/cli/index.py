"""``foretype index``: where the embedded engine keeps what it read, and how to delete it."""

from __future__ import annotations

import os

import click

from foretype.cli.terminal import console
from foretype.local.workspace.store import clear, folder_of, indexes


@click.command()
@click.option("--clear", "is_cleared", is_flag=True, help="Delete the index of every workspace.")
def index(is_cleared: bool) -> int:
    """Show where the index of your workspaces is kept, and how large it is.

    The embedded engine completes from the files of a workspace. What it reads of them is kept on
    this machine, for you alone, and deleted 30 days after a workspace was last opened.
    The setting `index.enabled` turns it off.
    """
    out = console()
    folder = folder_of(os.environ)
    if folder is None:
        out.print("Nothing is kept: FORETYPE_INDEX is :memory:.")
        return 0
    found = indexes(folder)
    if is_cleared:
        left = clear(folder)
        out.print(f"Deleted the index of {_workspaces(len(found) - len(left))}.")
        if left:
            out.print("A server is using the rest. Close your editors and run this again.")
        return 1 if left else 0
    megabytes = sum(file.stat().st_size for file in found) / 1e6
    out.print(f"{folder}: {_workspaces(len(found))}, {megabytes:.1f} MB", soft_wrap=True)
    return 0


def _workspaces(n: int) -> str:
    return f"{n} workspace folder{'' if n == 1 else 's'}"
