"""The command line as a whole: help, version, words that are no command."""

from __future__ import annotations

import pytest

from foretype import __version__
from foretype.cli import main


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in main.COMMANDS)


@pytest.mark.parametrize("name", main.COMMANDS)
def test_every_command_has_help_of_its_own(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main([name, "--help"]) == 0
    assert f"foretype {name}" in capsys.readouterr().out


def test_tells_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["--version"]) == 0
    assert capsys.readouterr().out == f"foretype {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["dmeo"], "Did you mean 'demo'?"),
        (["complete"], "Missing argument"),
        (["demo", "--upstream", "x"], "is not one of"),
        (["demo", "--line", "3"], "--line goes with --file"),
        (["demo", "--file", "no/such.py"], "There is no file"),
        (["--no-such"], "No such option"),
    ],
)
def test_bad_arguments_end_with_2_and_a_sentence(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(arguments) == 2
    output = capsys.readouterr()
    assert says in output.err and "Traceback" not in output.err
