"""`foretype setup helix`: what becomes of a ``languages.toml``, text in, text out."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretype.cli.setups.helix import add_foretype, parse_health, remove_foretype
from foretype.cli.terminal import BadInput

DEFAULTS = {"python": ("ty", "ruff"), "rust": ("rust-analyzer",), "make": ()}


def with_foretype(text: str, *languages: str) -> str:
    return add_foretype(
        text,
        defaults=DEFAULTS.get,
        command=("foretype", "--stdio"),
        languages=languages or ("python", "make", "no-such-language"),
    )


def servers(text: str, language: str) -> list[object]:
    (entry,) = (e for e in tomllib.loads(text)["language"] if e["name"] == language)
    found = entry["language-servers"]
    assert isinstance(found, list)
    return found


def test_a_language_keeps_the_servers_that_helix_gives_it() -> None:
    text = with_foretype("")
    assert servers(text, "python") == ["ty", "ruff", "foretype"]
    assert servers(text, "make") == ["foretype"]
    assert tomllib.loads(text)["language-server"]["foretype"] == {
        "command": "foretype",
        "args": ["--stdio"],
    }


def test_a_language_that_helix_does_not_know_is_left_out() -> None:
    assert "no-such-language" not in with_foretype("")


OWN = """\
# mine
[language-server.mylsp]
command = "mylsp" # keep

[[language]]
name = "python"
language-servers = [
  "mylsp", # first
  { name = "ruff", only-features = ["format"] },
]
auto-format = true

[[language]]
name = "rust"
auto-format = false # slow
"""


def test_servers_of_the_user_are_kept_with_their_comments() -> None:
    text = with_foretype(OWN)
    ruff = {"name": "ruff", "only-features": ["format"]}
    assert servers(text, "python") == ["mylsp", ruff, "foretype"]
    assert '"mylsp", # first' in text
    assert "auto-format = false # slow" in text


def test_a_language_that_the_user_only_formats_keeps_helixs_servers() -> None:
    assert servers(with_foretype(OWN), "rust") == ["rust-analyzer", "foretype"]


def test_a_language_of_the_users_own_gets_foretype_alone() -> None:
    text = with_foretype('[[language]]\nname = "mine"\nscope = "source.mine"\n')
    assert servers(text, "mine") == ["foretype"]


def test_a_server_that_the_user_defined_as_foretype_stays() -> None:
    text = with_foretype('[language-server.foretype]\ncommand = "/opt/foretype"\n')
    assert tomllib.loads(text)["language-server"]["foretype"] == {"command": "/opt/foretype"}


def test_the_order_that_the_user_gave_stays() -> None:
    text = '[[language]]\nname = "python"\nlanguage-servers = ["foretype", "ty"]\n'
    assert servers(with_foretype(text), "python") == ["foretype", "ty"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        OWN,
        OWN.rstrip("\n"),
        OWN.replace("\n", "\r\n"),
        '[[language]]\nname = "rust"\nlanguage-servers = [\n  "a",\n  { name = "b" }, ]\n',
        '[[language]]\nname = "rust"\nlanguage-servers = [ "a" , # c\n  "b" # d\n]\n\n\n',
        "[[language]]\nname = 'rust'\nlanguage-servers = ['a', \"foretype\"]",
        '[[language]]\nname = "rust"',
        "# only a comment",
        "\n\n",
        '[[language]]\nname = "rust"\nlanguage-servers = ["a", "b"]\n',
        '[[language]]\nname = "rust"\nlanguage-servers = []\n\n[[language]]\nname = "go"\n',
    ],
)
def test_twice_is_once_and_taking_out_gives_back_the_file(text: str) -> None:
    once = with_foretype(text)
    assert with_foretype(once) == once
    assert remove_foretype(once) == text


names = st.sampled_from(["python", "rust", "make", "zig", "own-language"])
entry = st.builds(
    lambda name, own, extra: "".join(
        [
            f'[[language]]\nname = "{name}"\n',
            extra,
            "" if own is None else f"language-servers = [{', '.join(map(repr, own))}]\n",
        ]
    ),
    names,
    st.none() | st.lists(st.sampled_from(["ty", "zls", "x-lsp"]), max_size=3, unique=True),
    st.sampled_from(["", "auto-format = true\n", "# a comment\n", "\n"]),
)


@given(st.lists(entry, max_size=4, unique_by=lambda text: text.split('"')[1]))
def test_whatever_the_file_holds_it_comes_back(entries: list[str]) -> None:
    text = "\n".join(entries)
    once = with_foretype(text)
    assert with_foretype(once) == once
    assert remove_foretype(once) == text
    before = {e["name"]: e.get("language-servers") for e in tomllib.loads(text).get("language", [])}
    for name, own in before.items():
        kept = list(DEFAULTS.get(name, ())) if own is None else own
        assert servers(once, name) == [*kept, "foretype"]


def test_where_helix_says_nothing_no_language_loses_its_servers() -> None:
    text = '[[language]]\nname = "rust"\n\n[[language]]\nname = "go"\nlanguage-servers = ["a"]\n'
    once = add_foretype(
        text, defaults=lambda _: None, command=("foretype",), languages=("rust", "go")
    )
    assert servers(once, "go") == ["a", "foretype"]
    assert tomllib.loads(once)["language"][0] == {"name": "rust"}
    assert remove_foretype(once) == text


def test_a_file_that_is_no_toml_is_left_alone() -> None:
    with pytest.raises(BadInput, match="Nothing was changed"):
        with_foretype("[[language]\n")


@pytest.mark.parametrize(
    "text",
    [
        'language = [{ name = "rust" }]\n',
        'language-server = { mine = { command = "x" } }\n',
        '[[language]]\nname = "rust"\nconfig = """\n[[language]]\n"""\n',
    ],
)
def test_a_file_in_a_form_that_cannot_be_added_to_is_left_alone(text: str) -> None:
    with pytest.raises(BadInput, match="cannot be added to.*Nothing was changed"):
        with_foretype(text)


def test_reads_the_servers_that_helix_names() -> None:
    output = (
        "Configured language servers:\n"
        "  \x1b[0;31m✘\x1b[m ty: \x1b[0;31m'ty' not found in $PATH\x1b[m\n"
        "  \x1b[0;32m✓\x1b[m ruff: \x1b[0;32m/usr/bin/ruff\x1b[m\n"
        "Configured debug adapter:\n"
        "  \x1b[0;31m✘\x1b[m lldb: 'lldb-dap' not found in $PATH\n"
    )
    assert parse_health(output) == ("ty", "ruff")
    assert parse_health("Configured language servers: \x1b[0;33mNone\x1b[m\nTree-sitter: ✓\n") == ()
    assert parse_health("Language 'nope' not found\n") is None
