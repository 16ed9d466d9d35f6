"""The command line: the subcommands, each loaded only when used."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

import click

from foretype import __version__

COMMANDS = {
    "serve": ("foretype.cli.main:serve", "Serve an editor through the Language Server Protocol."),
    "demo": (
        "foretype.cli.demo.command:demo",
        "Watch foretype complete real code, in under a minute.",
    ),
    "complete": ("foretype.cli.complete:complete", "Print the suggestion for one place in a file."),
    "refactor": ("foretype.cli.refactor:refactor", "Change code in a file, and show how."),
    "setup": ("foretype.cli.setup:setup", "Give VS Code, Neovim, Helix or Emacs foretype."),
    "login": ("foretype.cli.login:login", "Keep a provider's key in the system's keyring."),
    "logout": ("foretype.cli.login:logout", "Delete it from there."),
    "stats": ("foretype.cli.stats:stats", "Show what was suggested, accepted and spent."),
    "audit": ("foretype.cli.audit:audit", "Show what would be sent, and what was."),
    "play": ("foretype.cli.play.play_command:play", "Try it in the browser, stage by stage."),
    "index": ("foretype.cli.index:index", "Show or delete what was read of your workspaces."),
    "eval": ("foretype.cli.eval:evaluate", "Compare models, on tasks or on your own code."),
    "models": ("foretype.cli.models:models", "List what your endpoint offers, with prices."),
    "doctor": ("foretype.cli.doctor:doctor", "Say what is set, and whether it works."),
}
"""Each subcommand's location and summary, in the order of ``--help``."""


def main(arguments: Sequence[str]) -> int:
    """Run a subcommand. Returns the exit code: 2 for invalid arguments, 130 for Ctrl-C."""
    try:
        code = foretype.main(list(arguments), prog_name="foretype", standalone_mode=False)
    except click.Abort:
        return 130
    except click.ClickException as fault:
        fault.show()
        return fault.exit_code
    return code if isinstance(code, int) else 0


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        # click looks for similar names among the commands that are loaded already.
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            raise click.exceptions.NoSuchCommand(args[0], possibilities=list(COMMANDS), ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, sentence) for name, (_, sentence) in COMMANDS.items()])


@click.group(
    cls=_Lazy,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="`foretype --stdio` serves an editor too.",
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def foretype() -> None:
    """Write the next lines of your code as ghost text, within 400 ms."""


# `python -m foretype serve` never comes here; this one is for whoever calls the group itself.
@click.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def serve(arguments: tuple[str, ...]) -> int:
    """Serve an editor through the Language Server Protocol."""
    from foretype.cli.serve import main as run_server

    return run_server(arguments)
