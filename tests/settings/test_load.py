"""Settings from every source: which one wins, what is refused, and how a fault is named."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from threading import Event
from typing import Any

import platformdirs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretype.settings import load as settings_load
from foretype.settings.load import Loaded, config_file, load
from foretype.settings.schema import (
    ENVIRONMENT_VARIABLES,
    USER_FILE_SETTINGS,
    WORKSPACE_SETTINGS,
    CustomAction,
    Settings,
)
from foretype.settings.validate import camel_case, setting_paths

KEY = "sk-fake-0123456789"


@pytest.fixture
def read(tmp_path: Path) -> Any:
    """Load from texts: ``user`` and ``workspace`` are TOML."""

    def read(user: str = "", workspace: str = "", **sources: Any) -> Loaded:
        user_file, workspace_file = tmp_path / "user_file.toml", tmp_path / "workspace_file.toml"
        user_file.write_text(user, encoding="utf-8")
        workspace_file.write_text(workspace, encoding="utf-8")
        files = {"user_file": user_file, "workspace_files": [workspace_file]}
        return load(**{"environ": {}, **files, **sources})

    return read


def test_without_sources_all_is_default() -> None:
    assert load(user_file=None, environ={}) == Loaded(Settings())


def test_a_user_file_that_is_not_there_is_no_fault(tmp_path: Path) -> None:
    assert load(user_file=tmp_path / "no.toml", environ={}).problems == ()


def test_a_named_user_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    file = tmp_path / "no.toml"
    [problem] = load(user_file=file, environ={"FORETYPE_CONFIG": str(file)}).problems
    assert str(file) in problem and "FORETYPE_CONFIG" in problem


def test_each_folder_of_a_workspace_may_exclude_and_the_first_one_wins(tmp_path: Path) -> None:
    files = [tmp_path / "first.toml", tmp_path / "second.toml"]
    for file, multiline in zip(files, ("single", "block"), strict=True):
        file.write_text(f'exclude = ["{file.stem}.py"]\n[completion]\nmultiline = "{multiline}"\n')
    loaded = load(user_file=None, environ={}, workspace_files=files)
    assert {"first.py", "second.py"} <= set(loaded.settings.exclude)
    assert loaded.settings.completion.multiline == "single"
    [problem] = loaded.problems
    assert f"`completion.multiline` in {files[0]} holds" in problem
    assert f"another value is in {files[1]}." in problem


@pytest.mark.parametrize(
    ("texts", "config"),
    [
        (('next_edit.mode = "on"', 'next_edit.mode = "on"'), None),
        (('next_edit.mode = "on"', "completion.enabled = false"), None),
        (('next_edit.languages_off = ["go"]', 'next_edit.languages_off = ["rust"]'), None),
        (('next_edit.mode = "on"', 'next_edit.mode = "off"'), {"nextEdit": {"mode": "hint"}}),
    ],
    ids=["the same", "different settings", "lists", "decided by the editor"],
)
def test_folders_that_agree_are_not_told_of(
    texts: tuple[str, str], config: object, tmp_path: Path
) -> None:
    files = [tmp_path / "first.toml", tmp_path / "second.toml"]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text)
    loaded = load(user_file=None, environ={}, workspace_files=files, workspace_config=config)
    assert loaded.problems == ()


def test_all_folders_of_another_opinion_are_named_in_their_order(tmp_path: Path) -> None:
    files = [tmp_path / f"{name}.toml" for name in ("one", "two", "three", "four")]
    for file, mode in zip(files, ("on", "off", "on", "hint"), strict=True):
        file.write_text(f'next_edit.mode = "{mode}"')
    loaded = load(user_file=None, environ={}, workspace_files=files)
    assert loaded.settings.next_edit.mode == "on"
    [problem] = loaded.problems
    assert f"in {files[0]} holds" in problem
    assert problem.endswith(f"in {files[1]} and {files[3]}.")


def test_later_sources_win(read: Any) -> None:
    loaded = read(
        'model = "file"\nprovider = "fireworks"\n'
        '[completion]\nmax_tokens = 7\nmultiline = "single"',
        "[completion]\nmultiline = 'auto'",
        environ={"FORETYPE_MODEL": "environment"},
        init_options={"model": "editor", "completion": {"deadlineMs": 300}},
        workspace_config={"completion": {"multiline": "block"}},
    )
    assert loaded.problems == ()
    assert (loaded.settings.model, loaded.settings.provider) == ("editor", "fireworks")
    completion = loaded.settings.completion
    assert (completion.deadline_ms, completion.max_tokens) == (300, 7)
    assert completion.multiline == "block"
    assert loaded.origins["completion.deadline_ms"] == "initializationOptions"


def test_lists_add_up(read: Any) -> None:
    loaded = read(
        'exclude = ["a", "b"]',
        'exclude = ["c", "a"]',
        init_options={"exclude": []},
        workspace_config={"exclude": ["d"]},
    )
    assert loaded.settings.exclude == ("a", "b", "c", "d")


def test_a_program_is_taken_as_a_whole(read: Any) -> None:
    loaded = read(
        '[refactor]\ntest_command = ["pytest", "-q"]',
        init_options={"refactor": {"testCommand": ["make", "test"]}},
    )
    assert loaded.settings.refactor.test_command == ("make", "test")
    loaded = read('[refactor]\ntest_command = ["rm", 7, "/"]')
    assert loaded.settings.refactor.test_command == ()
    assert "refactor.test_command" in loaded.problems[0]


def test_the_environment_gives_endpoint_key_and_model() -> None:
    values = {variable: f"https://{name}" for name, variable in ENVIRONMENT_VARIABLES.items()}
    settings = load(user_file=None, environ=values).settings
    assert all(getattr(settings, name) == f"https://{name}" for name in ENVIRONMENT_VARIABLES)


def test_an_empty_variable_is_not_set(read: Any) -> None:
    assert read('model = "m"', environ={"FORETYPE_MODEL": " "}).settings.model == "m"


def test_with_a_base_url_and_no_provider_the_provider_is_custom() -> None:
    environ = {"FORETYPE_BASE_URL": "http://127.0.0.1:1/v1"}
    assert load(user_file=None, environ=environ).settings.provider == "custom"
    environ["FORETYPE_PROVIDER"] = "azure"
    assert load(user_file=None, environ=environ).settings.provider == "azure"


def test_paths_may_be_keys_in_json() -> None:
    options = {"foretype.completion.deadlineMs": 300, "completion": {"maxTokens": 9}, "model": "m"}
    loaded = load(user_file=None, environ={}, init_options=options)
    assert loaded.problems == ()
    assert loaded.settings.completion.deadline_ms == 300
    assert loaded.settings.completion.max_tokens == 9


# --- faults -----------------------------------------------------------------------------------

FAULTS = [
    ("deadlne_ms = 1", "completion.deadline_ms"),
    ("[completion]\ndeadlineMs = 300", "completion.deadline_ms"),
    ("[completoin]\ndeadline_ms = 300", "`completion`"),
    ("[completion]\ndeadline_ms = 0", "from 1 to 60,000, not 0"),
    ("[completion]\ndeadline_ms = -400", "from 1 to 60,000, not -400"),
    ("[completion]\ndeadline_ms = 99999999999999999999", "one so large"),
    ("[completion]\ndeadline_ms = '400'", "a whole number, not text"),
    ("[completion]\ndeadline_ms = true", "a whole number, not true or false"),
    ("[completion]\ndeadline_ms = 0.5", "a whole number"),
    ("[completion]\ndeadline_ms = nan", "not NaN"),
    ("[completion]\ndeadline_ms = inf", "a whole number"),
    ("[completion]\ndeadline_ms = [400]", "not a list"),
    ("[completion]\nenabled = 1", "true or false, not a number"),
    ("[completion]\nmultiline = 'singel'", 'the nearest to "singel" is "single"'),
    ("[completion]\ndebounce_ms = 'atuo'", '"auto"'),
    ("[completion]\ndebounce_ms = -1", 'from 0 to 10,000 or "auto"'),
    ("[budget]\ndaily_usd = nan", "NaN"),
    ("[budget]\ndaily_usd = -1", "from 0 to"),
    ("exclude = 'a'", "a list, not text"),
    ("exclude = [1]", "`exclude[0]`"),
    ("completion = 7", "a table of settings, not a number"),
    ("base_url = 'localhost:8080'", "http://"),
    ("model = 7", "text, not a number"),
    ("[[refactor.actions]]\ntitle = 'x'", "lacks `instruction`"),
    ("[[refactor.actions]]\ntitel = 'x'\ninstruction = 'y'", "`refactor.actions[0].title`"),
    ("[refactor]\nactions = ['x']", "`refactor.actions[0]`"),
    ("[[refactor.actions]]\ntitle = 'x'\ninstruction = 'y'\nkind = 'refactor.rewrit'", "rewrite"),
]


@pytest.mark.parametrize(("text", "says"), FAULTS)
def test_a_fault_is_named_and_costs_only_itself(read: Any, text: str, says: str) -> None:
    loaded = read(
        f"provider = 'openrouter'\n{text}", init_options={"completion": {"maxTokens": 77}}
    )
    assert says in loaded.problems[0]
    assert all(problem.endswith(".") and "\n" not in problem for problem in loaded.problems)
    assert loaded.settings.provider == "openrouter"
    assert loaded.settings.completion.max_tokens == 77
    assert loaded.settings.completion.deadline_ms == 400


def test_a_fault_in_a_list_leaves_the_others(read: Any) -> None:
    loaded = read(
        "exclude = ['a', 1, 'b']\n"
        "[[refactor.actions]]\ntitle = 'bad'\n"
        "[[refactor.actions]]\ntitle = 'good'\ninstruction = 'i'\nlanguages = ['go', 2]\nodd = 1\n"
    )
    assert loaded.settings.exclude == ("a", "*", "b"), "in doubt nothing leaves"
    good = CustomAction(title="good", instruction="i", languages=("go",))
    assert loaded.settings.refactor.actions == (good,)
    assert len(loaded.problems) == 4


def test_the_nearest_spelling_is_the_source_s_own() -> None:
    options = {"deadline_ms": 1, "baseURL": "http://a", "completion": {"explicitDeadline": 5}}
    problems = load(user_file=None, environ={}, init_options=options).problems
    nearest = ("`completion.deadlineMs`", "`baseUrl`", "`completion.explicitDeadlineMs`")
    assert all(name in problem for name, problem in zip(nearest, problems, strict=True))


def test_nothing_is_guessed_for_what_resembles_nothing() -> None:
    [problem] = load(user_file=None, environ={}, init_options={"zzzzzz": 1}).problems
    assert problem == "There is no setting `zzzzzz` (initializationOptions)."


@pytest.mark.parametrize("options", [[], {}, None])
def test_an_empty_table_of_lua_is_a_table(options: object) -> None:
    assert load(user_file=None, environ={}, init_options=options).problems == ()
    inside = {"completion": options, "refactor": {"actions": options}}
    assert load(user_file=None, environ={}, init_options=inside).problems == ()


@pytest.mark.parametrize("options", ["text", 7, True, ["a"]])
def test_options_that_are_no_table_are_told(options: object) -> None:
    [problem] = load(user_file=None, environ={}, init_options=options).problems
    assert problem.startswith("InitializationOptions must be a table")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"a = 1\nb = sk-geheim\n", "line 2"),
        (b'a = 1\nb = "sk-geheim', "line 2"),
        (b"a = 1\n\xff = 1\n", "line 2"),
        (b"a = " + b"[" * 100_000, "nested"),
        (b"#" * 1_000_001, "larger"),
    ],
)
def test_a_file_that_is_no_toml_is_named_with_its_line(
    tmp_path: Path, data: bytes, says: str
) -> None:
    file = tmp_path / "foretype.toml"
    file.write_bytes(data)
    loaded = load(user_file=file, environ={}, init_options={"model": "m"})
    [problem] = loaded.problems
    assert file.name in problem and str(file.parent) in problem
    assert says in problem and "geheim" not in problem
    assert loaded.settings.model == "m"


LONG_KEYS = {
    "dotted": ".".join("a" * 20_000) + " = 1\n",
    "quoted": ".".join(['"a"'] * 10_000) + " = 1\n",
    "of both quotes": ".".join(["'a'", '"b\\"c"'] * 4_000) + " = 1\n",
    "spaced": " .\t".join("a" * 10_000) + " = 1\n",
    "a table": "[" + ".".join("a" * 10_000) + "]\n" + "b = 1\n" * 2_000,
    "a list of tables": "[[" + ".".join("a" * 10_000) + "]]\n",
    "inside a table": "x = {" + ".".join("a" * 20_000) + " = 1}\n",
    "after texts": 'x = """a\'"""\ny = \'b"\'  # it\'s\n' + ".".join("a" * 20_000) + " = 1\n",
    "after a text without end": 'x = "a\n' + ".".join("a" * 20_000) + " = 1\n",
}


@pytest.mark.parametrize("text", LONG_KEYS.values(), ids=LONG_KEYS)
@pytest.mark.parametrize("of_user", [True, False])
def test_a_key_that_takes_long_to_parse_is_refused_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, of_user: bool
) -> None:
    file = tmp_path / ".foretype.toml"
    file.write_text(text, "utf-8")
    monkeypatch.setattr("tomllib.loads", _never)
    loaded = load(
        user_file=file if of_user else None,
        environ={},
        workspace_files=[] if of_user else [file],
    )
    [problem] = loaded.problems
    assert "a key of more than 16 parts" in problem


def _never(text: str) -> None:
    raise AssertionError("it was parsed")


@pytest.mark.parametrize(
    "text",
    [
        f'exclude = ["{"a." * 40}"]',
        f"exclude = ['''{'a.' * 40}''']  # {'b.' * 40}",
        f'exclude = ["""\n{"a." * 40}\\"""."""]',
        'exclude = ["a."]\ncompletion.multiline = "single"',
    ],
)
def test_dots_in_texts_and_comments_are_no_keys(read: Any, text: str) -> None:
    loaded = read(workspace=text)
    assert loaded.problems == () and loaded.settings.exclude


def test_a_workspace_has_a_smaller_file_than_the_user(read: Any) -> None:
    text = f'exclude = ["a"]\n{"#" * 66_000}\n'
    assert read(user=text).settings.exclude == ("a",)
    loaded = read(workspace=text)
    assert loaded.settings.exclude == ("*",)
    [problem] = loaded.problems
    assert "larger than 65536 bytes" in problem and "no file leaves this machine" in problem


@pytest.mark.parametrize(
    "text",
    [
        "exclude = 'secret.py'",
        "exclude = true",
        "exclude = {a = 1}",
        "exclude = ['secret.py', 7]",
        "exclude = ['secret.py',\ncompletion.enabled = true",
        "exclude = ['s\u00e9cret.py']",
    ],
)
@pytest.mark.parametrize("whose", ["user", "workspace"])
def test_exclusions_that_cannot_be_read_keep_everything_here(
    tmp_path: Path, whose: str, text: str
) -> None:
    file = tmp_path / "foretype.toml"
    file.write_text(text, encoding="latin-1")
    user, workspace = (file, []) if whose == "user" else (None, [file])
    loaded = load(user_file=user, environ={}, workspace_files=workspace)
    assert "*" in loaded.settings.exclude
    [problem] = loaded.problems
    assert "no file leaves this machine" in problem


def test_a_broken_file_that_excludes_nothing_keeps_nothing_here(read: Any) -> None:
    loaded = read(user="completion = [")
    assert loaded.settings.exclude == () and len(loaded.problems) == 1


@pytest.mark.parametrize("late", ["user", "first", "second"])
def test_a_file_that_is_late_is_left_out_and_the_others_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, late: str
) -> None:
    files = {name: tmp_path / f"{name}.toml" for name in ("user", "first", "second")}
    for name, file in files.items():
        file.write_text(f'exclude = ["{name}"]')
    never, is_file = Event(), Path.is_file

    def hangs(path: Path) -> bool:
        if path == files[late]:
            never.wait(10)
        return is_file(path)

    monkeypatch.setattr(Path, "is_file", hangs)
    monkeypatch.setattr(settings_load, "READ_TIMEOUT_S", 0.5)
    loaded = load(
        user_file=files["user"],
        environ={},
        workspace_files=[files["first"], files["second"]],
    )
    never.set()
    assert set(loaded.settings.exclude) == {*files, "*"} - {late}, "as it may exclude some"
    [problem] = loaded.problems
    assert f"{late}.toml is not used: it could not be read within 0.5 seconds" in problem


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    file = tmp_path / "foretype.toml"
    file.write_bytes(b'\xef\xbb\xbfmodel = "m"\r\n')
    assert load(user_file=file, environ={}).settings.model == "m"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".foretype.toml")
    for path in (tmp_path / ".foretype.toml", tmp_path):
        found = load(user_file=None, environ={}, workspace_files=[path])
        [problem] = found.problems
        assert "is no file" in problem
        assert found.settings.exclude == Settings().exclude


# --- what a workspace may not say ---------------------------------------------------------------

VALUES: dict[str, Any] = {
    "next_edit.mode": "on",
    "refactor.trusted": False,
    "headers": ["x-tenant: a"],
    "provider": "evil",
    "base_url": "http://evil.example/v1",
    "api_key": KEY,
    "api_key_env": "OPENAI_API_KEY",
    "wire": "fim",
    "exclude": ["x"],
    "respect_gitignore": True,
    "notify_late": True,
    "completion.add_imports": "never",
    "completion.alternatives": 2,
    "completion.debounce_ms": 7,
    "completion.multiline": "single",
    "completion.languages_off": ["go"],
    "next_edit.languages_off": ["go"],
    "completion.local": "off",
    "completion.menu": "on",
    "completion.trigger": "on_request",
    "privacy.record": "off",
    "refactor.max_rounds": 7,
    "refactor.preview": "always",
    "refactor.test_command": ["rm"],
    # A workspace's own are marked as such in the menu.
    "refactor.actions": [{"title": "t (workspace)", "instruction": "i"}],
}


def _value(path: str) -> Any:
    """A valid value for a setting that is not its default."""
    if path in VALUES:
        return VALUES[path]
    table, _, name = path.rpartition(".")
    default = getattr(getattr(Settings(), table) if table else Settings(), name)
    if isinstance(default, bool):
        return not default
    return "other" if isinstance(default, str) else 300


def _nested(path: str, value: Any) -> dict[str, Any]:
    table, _, name = camel_case(path).rpartition(".")
    return {table: {name: value}} if table else {name: value}


@pytest.mark.parametrize("path", [p for p in setting_paths() if p not in USER_FILE_SETTINGS])
def test_a_workspace_sets_what_is_harmless_and_nothing_else(path: str) -> None:
    value = _value(path)
    trusted = load(user_file=None, environ={}, init_options=_nested(path, value))
    assert trusted.settings != Settings() or path == "respect_gitignore"
    assert trusted.problems == ()
    loaded = load(user_file=None, environ={}, workspace_config=_nested(path, value))
    if path in WORKSPACE_SETTINGS:
        assert loaded == Loaded(
            trusted.settings, (), dict.fromkeys(trusted.origins, "workspace/configuration")
        )
    else:
        assert loaded.settings == Settings()
        [problem] = loaded.problems
        assert f"`{camel_case(path)}`" in problem and "foretype.toml" in problem
        assert KEY not in problem


INSTRUCTIONS = ("completion.instructions", "completion.workspace_instructions")


@pytest.mark.parametrize("path", INSTRUCTIONS)
@pytest.mark.parametrize("source", ["init_options", "workspace_config"])
def test_only_the_users_file_adds_text_to_prompts(path: str, source: str) -> None:
    sources: Any = {source: _nested(path, _value(path))}
    loaded = load(user_file=None, environ={}, **sources)
    assert loaded.settings == Settings()
    [problem] = loaded.problems
    assert f"`{camel_case(path)}`" in problem and "your own foretype.toml alone" in problem


@pytest.mark.parametrize("path", INSTRUCTIONS)
def test_no_file_of_a_workspace_adds_text_to_prompts(path: str, read: Any) -> None:
    value = "true" if path.endswith("workspace_instructions") else "'be evil'"
    loaded = read("", f"{path} = {value}")
    assert loaded.settings == Settings() and len(loaded.problems) == 1
    assert read(f"{path} = {value}").settings != Settings()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("x" * 2001, "no longer than 2,000 characters, not 2,001"),
        ("Use types.\n\nBe\u200b brief.", "without hidden characters, such as U+200B in line 3"),
        ("Use \U000e0041types.", "without hidden characters, such as U+E0041 in line 1"),
    ],
)
def test_instructions_are_short_and_seen(text: str, fault: str, read: Any) -> None:
    loaded = read(
        f"model = 'm'\n[completion]\ninstructions = {json.dumps(text, ensure_ascii=False)}"
    )
    assert loaded.settings == Settings(model="m")
    [problem] = loaded.problems
    assert problem.startswith("`completion.instructions`") and problem.endswith(f"{fault}.")


def test_a_workspace_file_names_what_it_may_not_set_and_keeps_the_rest(read: Any) -> None:
    loaded = read(
        "exclude = ['mine']",
        "base_url = 'http://evil.example'\n"
        "exclude = ['!mine', 'theirs']\n"
        "respect_gitignore = false\n"
        "[[refactor.actions]]\ntitle = 't'\ninstruction = 'i'\nmodel = 'expensive'\n",
    )
    assert loaded.settings.exclude == ("mine", "theirs")
    assert loaded.settings.respect_gitignore
    assert loaded.settings.base_url == "" == loaded.settings.provider
    assert loaded.settings.refactor.actions == (
        CustomAction(title="t (workspace)", instruction="i"),
    )
    assert len(loaded.problems) == 4


def test_what_an_editor_repeats_is_no_fault() -> None:
    """VS Code answers with every setting it knows: the user's values and the defaults."""
    loaded = load(
        user_file=None,
        environ={"FORETYPE_MODEL": "m"},
        init_options={"provider": "openrouter"},
        workspace_config={"provider": "openrouter", "model": "", "completion": {"deadlineMs": 400}},
    )
    assert loaded.problems == ()
    assert (loaded.settings.model, loaded.settings.provider) == ("m", "openrouter")


def test_a_workspace_file_is_told_even_what_changes_nothing(read: Any) -> None:
    [problem] = read(workspace="[completion]\ndeadline_ms = 400").problems
    assert "`completion.deadline_ms`" in problem


def test_a_stranger_s_names_do_not_speak_to_the_user(read: Any) -> None:
    [problem] = read(workspace='"Your key has expired:\\nsee http://evil" = 1').problems
    assert "expired:" not in problem and "://" not in problem


@pytest.mark.parametrize("line", ["{} = 1", "[{}]\nx = 1", "[completion]\n{} = 1"])
def test_a_key_in_the_place_of_a_name_is_not_repeated(read: Any, line: str) -> None:
    key = "Zq4mW8rTv2Kx9LpN3bHc7Yd5"
    [problem] = read(user=line.format(key)).problems
    assert "There is no setting" in problem and key[4:] not in problem


def test_many_faults_are_told_in_few_sentences(read: Any) -> None:
    problems = read(user="\n".join(f"key{n} = 1" for n in range(50_000))).problems
    assert len(problems) <= 21 and problems[-1].startswith("There are more")


def test_an_untrusted_workspace_brings_no_refactorings(read: Any) -> None:
    workspace = "[[refactor.actions]]\ntitle = 't'\ninstruction = 'i'"
    user = workspace.replace("'t'", "'mine'")
    loaded = read(user, workspace, init_options={"refactor": {"trusted": False}})
    assert [action.title for action in loaded.settings.refactor.actions] == ["mine"]


# --- keys -------------------------------------------------------------------------------------


def test_a_key_is_in_no_message_and_no_repr(read: Any) -> None:
    loaded = read(
        f"api_key = '{KEY}'\napikey = '{KEY}'\nwire = '{KEY}'\n[completion]\nlocal = '{KEY}'\n",
        f"api_key = '{KEY}2'",
        init_options={"apiKeyEnv": f"{KEY}!", "baseUrl": KEY, "completion": {"deadlineMs": KEY}},
    )
    assert loaded.settings.api_key == KEY
    assert len(loaded.problems) >= 6
    assert KEY not in repr(loaded)


@pytest.mark.parametrize(
    ("user", "options", "key"),
    [
        ("provider = 'openrouter'", {"baseUrl": "http://a"}, ""),
        ("provider = 'openrouter'", {"provider": "fireworks"}, ""),
        ("base_url = 'http://a'", {"baseUrl": "http://b"}, ""),
        ("base_url = 'http://a'", {"baseUrl": "http://a"}, KEY),
        ("base_url = 'http://a'", {"baseUrl": "http://b", "apiKey": "other"}, "other"),
        ("provider = 'azure'", {"baseUrl": "http://b"}, KEY),
        ("provider = 'openrouter'", {"model": "m"}, KEY),
        ("", {"baseUrl": "http://b"}, KEY),
    ],
)
def test_a_key_goes_only_to_the_endpoint_it_was_written_for(
    read: Any, user: str, options: dict[str, str], key: str
) -> None:
    loaded = read(f"api_key = '{KEY}'\n{user}", init_options=options)
    assert loaded.settings.api_key == key
    assert bool(loaded.problems) == (key == "")


def test_the_newest_way_to_name_a_key_counts(read: Any) -> None:
    loaded = read(f"api_key = '{KEY}'", init_options={"apiKeyEnv": "MY_KEY"})
    assert (loaded.settings.api_key, loaded.settings.api_key_env) == ("", "MY_KEY")


@pytest.mark.parametrize(
    ("user", "environ", "is_sent"),
    [
        # One variable is changed, and the key would go along.
        ("provider = 'openrouter'", {"BASE_URL": "https://b.example/v1"}, False),
        ("base_url = 'https://a.example/v1'", {"BASE_URL": "https://b.example/v1"}, False),
        ("base_url = 'https://a.example/v1'", {"BASE_URL": "https://a.example:444/v1"}, False),
        ("base_url = 'https://a.example/v1'", {"BASE_URL": "http://a.example/v1"}, False),
        ("base_url = 'https://a.example/v1'", {"BASE_URL": "https://a.example@b/v1"}, False),
        ("base_url = 'https://a.example/v1'", {"BASE_URL": "https://127.0.0.1.b.example"}, False),
        ("base_url = 'http://127.0.0.1:1/v1'", {"BASE_URL": "https://b.example/v1"}, False),
        ("provider = 'openrouter'", {"PROVIDER": "fireworks"}, False),
        (
            "provider = 'azure'\nbase_url = 'https://a.example'",
            {"BASE_URL": "https://b.example"},
            False,
        ),
        # The same endpoint in other words, or one on this machine.
        ("base_url = 'https://a.example/v1'", {"BASE_URL": "https://a.example/v1/"}, True),
        ("provider = 'openrouter'", {"BASE_URL": "https://openrouter.ai/api/v1"}, True),
        ("base_url = 'https://a.example/v1'", {"PROVIDER": "vllm"}, True),
        ("provider = 'azure'", {"BASE_URL": "https://a.example/v1"}, True),
        ("base_url = 'https://a.example/v1'", {"BASE_URL": "http://127.0.0.1:8080/v1"}, True),
        ("provider = 'openrouter'", {"BASE_URL": "http://localhost:8080/v1"}, True),
        ("provider = 'openrouter'", {"PROVIDER": "ollama"}, True),
        ("provider = 'openrouter'", {"MODEL": "m"}, True),
        ("", {"BASE_URL": "https://b.example/v1"}, True),
    ],
)
def test_one_variable_that_changes_does_not_take_the_key_along(
    read: Any, user: str, environ: dict[str, str], is_sent: bool
) -> None:
    environ = {"FORETYPE_API_KEY": KEY} | {f"FORETYPE_{k}": v for k, v in environ.items()}
    loaded = read(user, environ=environ)
    assert loaded.settings.api_key == (KEY if is_sent else "")
    assert bool(loaded.problems) == (not is_sent)
    if not is_sent:
        assert "FORETYPE_API_KEY" in loaded.problems[0]
        assert next(n for n in environ if n != "FORETYPE_API_KEY") in loaded.problems[0]
        assert KEY not in loaded.problems[0]


def test_a_key_of_the_file_is_not_sent_in_place_of_one_that_is_refused(read: Any) -> None:
    environ = {"FORETYPE_API_KEY": KEY, "FORETYPE_BASE_URL": "https://b.example/v1"}
    user = "base_url = 'https://a.example/v1'\napi_key = 'of-the-file-0123'"
    assert read(user, environ=environ).settings.api_key == ""


# --- the file's place ---------------------------------------------------------------------------


def test_the_user_file_is_where_a_variable_says(tmp_path: Path) -> None:
    assert config_file({"FORETYPE_CONFIG": str(tmp_path / "x.toml")}) == tmp_path / "x.toml"


def test_the_user_file_is_in_the_platform_s_config_directory() -> None:
    assert config_file(os.environ) == platformdirs.user_config_path("foretype", False) / (
        "foretype.toml"
    )


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="other platforms have no such one")
def test_the_config_directory_may_be_named(tmp_path: Path) -> None:
    file = config_file({"XDG_CONFIG_HOME": str(tmp_path)})
    assert file == tmp_path / "foretype" / "foretype.toml"


# --- anything at all ----------------------------------------------------------------------------

known = st.sampled_from([camel_case(path).rpartition(".")[2] for path in setting_paths()])
keys = known | st.sampled_from(["completion", "refactor", "budget", "titel"]) | st.text(max_size=8)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["auto", "single", "block", 400, 1.0, 10**400])
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


@given(anything, anything)
def test_no_input_makes_settings_invalid(options: object, workspace: object) -> None:
    loaded = load(
        user_file=None, environ={}, init_options=options, workspace_config={"completion": workspace}
    )
    completion, budget = loaded.settings.completion, loaded.settings.budget
    assert 1 <= completion.deadline_ms <= 60_000 and type(completion.deadline_ms) is int
    assert completion.debounce_ms == "auto" or 0 <= completion.debounce_ms <= 10_000
    assert completion.multiline in ("auto", "single", "block")
    assert type(completion.enabled) is bool
    assert math.isfinite(budget.daily_usd) and budget.daily_usd >= 0
    assert all(isinstance(pattern, str) for pattern in loaded.settings.exclude)
    assert all(isinstance(action, CustomAction) for action in loaded.settings.refactor.actions)
    assert all(isinstance(problem, str) for problem in loaded.problems)
    hash(loaded.settings)


def test_without_a_home_there_is_no_settings_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> Path:
        raise RuntimeError

    monkeypatch.setattr(Path, "home", nobody)
    monkeypatch.setattr(Path, "expanduser", lambda path: nobody())
    if sys.platform != "win32":
        assert config_file({}) is None
    loaded = load(user_file=config_file({"FORETYPE_CONFIG": "~who/x.toml"}), environ={})
    assert loaded.settings == Settings()


def test_headers_of_one_endpoint_are_not_sent_to_another(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text('base_url = "https://gateway.example/v1"\nheaders = ["x-tenant: hidden-1"]\n')
    same = load(user_file=file, environ={})
    assert same.settings.headers == ("x-tenant: hidden-1",)
    moved = load(user_file=file, environ={"FORETYPE_BASE_URL": "https://other.example/v1"})
    assert moved.settings.headers == ()
    assert any("headers" in problem for problem in moved.problems)
    assert not any("hidden-1" in problem for problem in moved.problems)


@pytest.mark.parametrize(
    ("status", "url"),
    [
        ("🟢 Model management service is running on http://127.0.0.1:5273/openai/status",
         "http://127.0.0.1:5273/v1"),
        ("running on http://localhost:61234/", "http://127.0.0.1:61234/v1"),
        ("🔴 Model management service is not running!", ""),
    ],
)  # fmt: skip
def test_the_port_of_foundry_local_is_found(
    status: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: name)
    done = subprocess.CompletedProcess([], 0, stdout=status.encode())
    monkeypatch.setattr("subprocess.run", lambda *_, **__: done)
    environ = {"FORETYPE_PROVIDER": "foundrylocal"}
    assert load(user_file=None, environ=environ).settings.base_url == url
    named = {**environ, "FORETYPE_BASE_URL": "http://127.0.0.1:1/v1"}
    assert load(user_file=None, environ=named).settings.base_url == "http://127.0.0.1:1/v1"
