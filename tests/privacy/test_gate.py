"""Which files stay on the machine, and that nothing reaches a model unmasked."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from threading import Event

import pytest
from helpers.virtual import run, virtual
from hypothesis import given
from hypothesis import strategies as st

from foretype.core.uris import path_text
from foretype.models.gated_model import GatedModel
from foretype.models.protocol import Message, Prompt, ToolCall
from foretype.models.scripted import ScriptedModel
from foretype.privacy import gate as privacy
from foretype.privacy.exclusions import Exclusions, secret_file_rule
from foretype.privacy.gate import Gate
from foretype.privacy.ignore_lines import IgnorePattern, WorkBudget, parse_pattern
from foretype.privacy.masking import spans
from foretype.settings.schema import Settings

KEY = "ghp_" + "q7Zx2Kd9Lw4Vt8Rb3Nc6Ym1Hs5Jf0Gp2Ta4"


@pytest.mark.parametrize(
    "name",
    [
        *(".env", ".env.local", ".ENV", "prod.env", "server.pem", "Server.PEM", "id_rsa", "ID_RSA"),
        *("id_ed25519.pub", "tls.key", "store.jks", "a.p12", "a.pfx", "a.keystore", "ca.crt"),
        *("credentials", "credentials.json", "gcp-credentials.json", ".netrc", ".npmrc", ".pypirc"),
        *("secrets.yaml", "prod.tfvars", "a.kdbx", ".git-credentials", ".htpasswd", "kubeconfig"),
        *(".env.bak", "server.pem~", "id_rsa.old", ".env.", ".env::$DATA", "foretype.toml"),
    ],
)
@pytest.mark.parametrize(
    "uri",
    [
        *(
            "/project/{}",
            "file:///project/src/{}",
            "untitled:{}",
            "untitled:/project/{}",
            "C:\\w\\{}",
        ),
        *("file:///c%3A/w/{}", "file:///C:/w/{}", "\\\\host\\share\\{}", "file://host/share/{}"),
        *("vscode-notebook-cell:/project/{}#W0sZmlsZQ%3D%3D", "git:/project/{}?ref=HEAD", "src/{}"),
        *("vscode-remote://ssh-remote%2Bbox/project/{}", "/project/x/../{}"),
    ],
)
def test_files_that_hold_keys_stay_here(uri: str, name: str) -> None:
    assert Gate(Settings()).excluded(uri.format(name))


def test_percent_encoding_hides_nothing() -> None:
    assert Gate(Settings()).excluded("file:///project/%2Eenv")
    assert Gate(Settings()).excluded("file:///project/id%5Frsa")


@pytest.mark.parametrize(
    "path",
    [
        "/home/me/.ssh/config",
        "/home/me/.aws/config",
        "/home/me/.docker/config.json",
        "/home/me/.config/gh/hosts.yml",
        "/w/.git/config",
        "C:\\Users\\me\\.kube\\config",
    ],
)
def test_folders_that_hold_keys_stay_here(path: str) -> None:
    assert Gate(Settings()).excluded(path)


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/project/src/main.py",
            "untitled:Untitled-1",
            "/project/environment.py",
            "/project/keys.py",
        ),
        *(
            "/project/package-lock.json",
            "/project/docker/config.json",
            "/project/envs/a.ts",
            "/w/README.md",
        ),
        *(
            "file:///project/a%20b.py",
            "/project/token.py",
            "/project/monkey.go",
            "/project/secret_santa.py",
            "",
        ),
    ],
)
def test_other_files_may_leave(path: str) -> None:
    assert Gate(Settings()).excluded(path) is None


def write(root: Path, files: dict[str, str]) -> Gate:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return Gate(Settings(), (root,))


def test_ignore_files_count_from_the_root_down(tmp_path: Path) -> None:
    gate = write(
        tmp_path,
        {
            ".gitignore": "build/\n*.log\n/only_here.py\n",
            "sub/.gitignore": "!keep.log\nlocal.py\n",
            "sub/.foretypeignore": "private/\n",
        },
    )
    assert gate.excluded(str(tmp_path / "build/x.py")) == "`build/` in .gitignore"
    assert gate.excluded((tmp_path / "a.log").as_uri()) == "`*.log` in .gitignore"
    assert gate.excluded(str(tmp_path / "only_here.py"))
    assert gate.excluded(str(tmp_path / "sub/only_here.py")) is None
    assert gate.excluded(str(tmp_path / "sub/keep.log")) is None
    assert gate.excluded(str(tmp_path / "sub/local.py")) == "`local.py` in sub/.gitignore"
    assert gate.excluded(str(tmp_path / "sub/private/x.py")) == "`private/` in sub/.foretypeignore"
    assert gate.excluded("sub/local.py"), "a relative path is below the first root"


def test_ignore_files_above_the_root_count_up_to_the_repository(tmp_path: Path) -> None:
    (tmp_path / "repository/.git").mkdir(parents=True)
    write(tmp_path, {".gitignore": "*", "repository/.gitignore": "generated.py"})
    gate = Gate(Settings(), (tmp_path / "repository/package",))
    assert gate.excluded(str(tmp_path / "repository/package/generated.py"))
    assert gate.excluded(str(tmp_path / "repository/package/main.py")) is None


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's home without anything in it."""
    for name in ("GIT_CONFIG_GLOBAL", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "home"


GIT_PLACES: dict[str, dict[str, str]] = {
    "info/exclude": {"p/.git/info/exclude": "hidden.py"},
    "the global file": {"home/.config/git/ignore": "hidden.py"},
    "core.excludesFile": {
        "home/.gitconfig": "[user]\nname = x\n[core]\n\texcludesFile = ~/mine # here\n",
        "home/mine": "hidden.py",
    },
    "core.excludesFile in quotes": {
        "home/.config/git/config": '[Core] ; c\n\tpager = x\n\texcludesfile = "~/mine"\n',
        "home/mine": "hidden.py",
    },
    "the repository's own": {
        "p/.git/config": "[core]\n\tbare = false\n\texcludesfile = mine\n",
        "p/mine": "hidden.py",
    },
}


@pytest.mark.parametrize("place", GIT_PLACES)
def test_the_ignore_files_that_git_has_elsewhere_count(
    tmp_path: Path, home: Path, place: str
) -> None:
    subprocess.run(["git", "init", "-q", tmp_path / "p"], check=True)
    write(tmp_path, GIT_PLACES[place])
    root = tmp_path / "p"
    gate = Gate(Settings(), (root,))
    for name, excluded in (("hidden.py", True), ("a/hidden.py", True), ("a.py", False)):
        assert (gate.excluded(str(root / name)) is not None) == excluded
        ignores = subprocess.run(["git", "check-ignore", "--no-index", "-q", name], cwd=root)
        assert (ignores.returncode == 0) == excluded, "as Git says"
    assert (
        Gate(Settings(respect_gitignore=False), (root,)).excluded(str(root / "hidden.py")) is None
    )
    write(tmp_path, {"p/.gitignore": "!hidden.py"})
    assert Gate(Settings(), (root,)).excluded(str(root / "hidden.py")) is None, "the weakest"


def test_a_working_tree_has_the_exclusions_of_its_repository(tmp_path: Path, home: Path) -> None:
    write(
        tmp_path,
        {
            "main/.git/info/exclude": "hidden.py",
            "main/.git/worktrees/w/commondir": "../..\n",
            "w/.git": f"gitdir: {tmp_path}/main/.git/worktrees/w\n",
        },
    )
    gate = Gate(Settings(), (tmp_path / "w",))
    assert gate.excluded(str(tmp_path / "w/hidden.py"))
    assert gate.excluded(str(tmp_path / "w/a.py")) is None


def _folder(file: Path) -> None:
    file.mkdir()


def _latin(file: Path) -> None:
    file.write_bytes(b"\xe9.py\n")


def _dangling(file: Path) -> None:
    file.symlink_to("nowhere")


def _loop(file: Path) -> None:
    file.symlink_to(file.name)


def _forbidden(file: Path) -> None:
    file.write_text("hidden.py")
    file.chmod(0)


@pytest.mark.parametrize("name", [".gitignore", ".foretypeignore", ".git/info/exclude"])
@pytest.mark.parametrize("fault", [_folder, _latin, _dangling, _loop, _forbidden])
def test_exclusions_that_cannot_be_read_keep_all_files_here_and_are_told_once(
    tmp_path: Path, home: Path, name: str, fault: Callable[[Path], None]
) -> None:
    if fault is _forbidden and (os.name == "nt" or os.geteuid() == 0):
        pytest.skip("everything may be read here")
    told: list[str] = []
    (tmp_path / "p/.git/info").mkdir(parents=True)
    gate = Gate(Settings(), (tmp_path / "p",), told.append)
    assert gate.excluded(str(tmp_path / "p/before.py")) is None
    fault(tmp_path / "p" / name)
    assert all(gate.excluded(str(tmp_path / f"p/{file}.py")) for file in ("a", "b"))
    [sentence] = told
    assert name in sentence.replace("\\", "/") and sentence.startswith("Files stay")


def test_exclusions_in_the_encoding_of_windows_are_read(tmp_path: Path, home: Path) -> None:
    (tmp_path / ".gitignore").write_bytes("versteckt-é.py\r\n".encode("utf-16"))
    gate = Gate(Settings(), (tmp_path,))
    assert gate.excluded(str(tmp_path / "versteckt-é.py"))
    assert gate.excluded(str(tmp_path / "a.py")) is None


def test_a_file_outside_every_root_has_the_rules_of_its_own_repository(tmp_path: Path) -> None:
    (tmp_path / "other/.git").mkdir(parents=True)
    write(tmp_path, {"other/.gitignore": "out/"})
    gate = Gate(Settings(), (tmp_path / "workspace",))
    assert gate.excluded(str(tmp_path / "other/out/x.py"))
    assert gate.excluded(str(tmp_path / "other/src/x.py")) is None


def test_gitignore_may_be_left_out_of_it_but_foretypeignore_may_not(tmp_path: Path) -> None:
    write(tmp_path, {".gitignore": "a.py", ".foretypeignore": "b.py"})
    gate = Gate(Settings(respect_gitignore=False), (tmp_path,))
    assert gate.excluded(str(tmp_path / "a.py")) is None
    assert gate.excluded(str(tmp_path / "b.py"))


def test_the_setting_excludes_and_gives_back(tmp_path: Path) -> None:
    patterns = ("Legacy/", "*.sql", "!.env.example", "!src/**", str(tmp_path / "out.py"))
    write(tmp_path, {".gitignore": "ignored.py"})
    gate = Gate(Settings(exclude=patterns), (tmp_path,))
    assert gate.excluded(str(tmp_path / "legacy/a.py")) == "`Legacy/` of the setting `exclude`"
    assert gate.excluded("untitled:query.SQL")
    assert gate.excluded(str(tmp_path / "out.py"))
    assert gate.excluded(str(tmp_path / ".env.example")) is None
    assert gate.excluded(str(tmp_path / ".env"))
    assert gate.excluded(str(tmp_path / "src/.env")), "a wildcard gives no keys back"
    assert gate.excluded(str(tmp_path / "ignored.py"))


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right that users lack")
def test_a_link_is_judged_by_its_name_and_by_its_target(tmp_path: Path) -> None:
    gate = write(tmp_path, {".env": "A=1", "plain.txt": "", ".gitignore": "out/", "out/x.py": ""})
    (tmp_path / "notes.txt").symlink_to(tmp_path / ".env")
    (tmp_path / "x.pem").symlink_to(tmp_path / "plain.txt")
    (tmp_path / "lib").symlink_to(tmp_path / "out")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert gate.excluded(str(tmp_path / "notes.txt"))
    assert gate.excluded(str(tmp_path / "x.pem"))
    assert gate.excluded(str(tmp_path / "lib/x.py"))
    assert gate.excluded(str(tmp_path / "loop")) is None
    assert all(gate.excluded_in(str(tmp_path / "lib"), ["x.py", "y.py"]))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
@pytest.mark.parametrize("name", [".git", ".git/config"])
def test_a_pipe_in_the_place_of_a_repository_holds_nobody_up(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    os.mkfifo(tmp_path / name)
    assert write(tmp_path, {"a.py": ""}).excluded(str(tmp_path / "a.py")) is None


def test_files_of_a_folder_are_judged_as_each_of_them_is(tmp_path: Path) -> None:
    gate = write(tmp_path, {".gitignore": "a.py\n!b.py", "sub/.gitignore": "*.log\n", ".env": ""})
    names = ["a.py", "b.py", "c.log", ".env", "id_rsa", "a\\.env", "plain.py"]
    for folder in (tmp_path, tmp_path / "sub", tmp_path / ".ssh", tmp_path / "not there"):
        one_by_one = [gate.excluded(f"{folder}/{name}") for name in names]
        assert gate.excluded_in(str(folder), names) == one_by_one


def test_the_files_of_a_folder_cost_one_look_at_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = write(tmp_path, {".gitignore": "a.py", ".git/config": ""})
    looked_at: list[str] = []
    really_stat = os.stat

    def stat(path: str, *, follow_symlinks: bool = True) -> os.stat_result:
        looked_at.append(path)
        return really_stat(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(os, "stat", stat)
    counts = []
    for n_files in (1, 1, 100):
        looked_at.clear()
        gate.excluded_in(str(tmp_path), [f"{n}.py" for n in range(n_files)])
        counts.append(len(looked_at))
    assert counts[1] == counts[2] > 0


def test_a_known_file_is_looked_up_without_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = write(tmp_path, {".gitignore": "a.py"})
    assert gate.excluded(str(tmp_path / "a.py"))
    monkeypatch.setattr(os, "stat", _no_disk)
    monkeypatch.setattr(Path, "resolve", _no_disk)
    assert gate.excluded(str(tmp_path / "a.py"))


def _no_disk(*_: object, **__: object) -> None:
    raise AssertionError("the disk was read")


def test_a_changed_ignore_file_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = write(tmp_path, {".gitignore": "a.py"})
    file = str(tmp_path / "b.py")
    assert gate.excluded(file) is None
    (tmp_path / ".gitignore").write_text("a.py\nb.py")
    assert gate.excluded(file) is None, "a moment ago it was looked up"
    monkeypatch.setattr(privacy, "MAX_AGE_S", -1.0)
    end = time.monotonic() + 10
    while not gate.excluded(file) and time.monotonic() < end:
        time.sleep(0.01)
    assert gate.excluded(file)


@pytest.mark.parametrize(
    "line", ["!", "[z-a]", "\\", "a\\", "/", "\0", "[", "***", "!**", "**/" * 40 + "b"]
)
def test_a_strange_line_costs_only_itself(tmp_path: Path, line: str) -> None:
    gate = write(tmp_path, {".gitignore": f"{line}\nb.py\n", ".foretypeignore": "\0\n\xff\n"})
    assert gate.excluded(str(tmp_path / "b.py"))


SLOW = [
    "*a" * 250 + "b",
    "*" + "a" * 500 + "b",
    "**/a" * 120 + "/b",
    "**/*a" * 100 + "b",
    "*[!b]" * 100 + "c",
    "**/" + "?" * 500 + "b",
    "!" + "a*" * 30 + "b",
]


@pytest.mark.parametrize("line", SLOW)
@pytest.mark.parametrize("path", ["a" * 4000, "a/" * 2000 + "a", ("a" * 250 + "/") * 16 + "c"])
def test_a_pattern_costs_no_more_than_its_length_times_that_of_the_path(
    line: str, path: str
) -> None:
    """With a pattern that backtracks, most of these never end."""
    work = WorkBudget(len(line) * len(path) + 1)
    pattern = parse_pattern(line, fold=False)
    assert pattern is not None and not pattern.names(path, work, is_folder=False)
    assert work.left >= 0


MUCH = {
    "patterns": ["*" + "a" * 200 + f"b{number}" for number in range(3000)],
    "a long pattern": ["*" + "a" * 1000 + "b"],
    "many lines": ["x"] * 5001,
    "many bytes": ["x" * 500_001],
}


@pytest.mark.parametrize("lines", MUCH.values(), ids=MUCH)
@pytest.mark.parametrize("name", [".gitignore", ".foretypeignore"])
def test_what_would_take_too_much_work_to_decide_stays_here(
    tmp_path: Path, lines: list[str], name: str
) -> None:
    gate = write(tmp_path, {name: "\n".join(lines), "sub/other.py": ""})
    rule = gate.excluded(str(tmp_path / "sub" / ("a" * 200 + ".py")))
    assert rule and f"in {name}" in rule


def test_patterns_of_a_setting_are_bounded_too(tmp_path: Path) -> None:
    many = tuple("*" + "a" * 200 + f"b{number}" for number in range(3000))
    rule = Gate(Settings(exclude=many), (tmp_path,)).excluded(str(tmp_path / ("a" * 200)))
    assert rule and "in the setting `exclude`" in rule


def test_a_large_but_honest_ignore_file_is_decided(tmp_path: Path) -> None:
    lines = [f"src/**/generated_{n}/*.py" for n in range(1500)] + [
        f"*.{n}.log" for n in range(1500)
    ]
    gate = write(tmp_path, {".gitignore": "\n".join(lines)})
    folder = tmp_path / "src/one/two/three/four/five/six"
    assert gate.excluded(str(folder / "module.py")) is None
    assert gate.excluded(str(folder / "generated_7/module.py"))


def test_the_event_loop_does_not_wait_for_a_slow_decision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = write(tmp_path, {".gitignore": "b.py"})
    may_go_on = Event()
    rule_of = Exclusions.rule

    def slow(rules: Exclusions, path: str) -> str | None:
        may_go_on.wait(10)
        return rule_of(rules, path)

    monkeypatch.setattr(privacy, "FIRST_ANSWER_TIMEOUT_S", 0.001)
    monkeypatch.setattr(Exclusions, "rule", slow)
    file = str(tmp_path / "a.py")

    async def ask() -> None:
        assert gate.excluded(file) == privacy.UNDECIDED
        assert gate.excluded(file) == privacy.UNDECIDED, "nor is it looked up twice"
        may_go_on.set()
        for _ in range(10_000):
            if gate.excluded(file) is None:
                return
            await asyncio.sleep(0.001)
        pytest.fail("the file is never decided")

    asyncio.run(ask())


def test_the_event_loop_has_the_first_answer_where_it_comes_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(privacy, "FIRST_ANSWER_TIMEOUT_S", 10.0)
    gate = write(tmp_path, {".gitignore": "b.py"})

    async def ask(name: str) -> str | None:
        return gate.excluded(str(tmp_path / name))

    assert asyncio.run(ask("a.py")) is None
    assert asyncio.run(ask("b.py"))


def test_a_fault_of_the_decision_excludes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate(Settings(), (tmp_path,))
    monkeypatch.setattr(privacy, "FIRST_ANSWER_TIMEOUT_S", 10.0)
    monkeypatch.setattr(Exclusions, "rule", _no_disk)

    async def ask() -> str | None:
        return gate.excluded(str(tmp_path / "a.py"))

    assert asyncio.run(ask()) == privacy.UNDECIDED
    assert asyncio.run(ask()) == privacy.UNDECIDED, "and it is tried anew"


@pytest.mark.parametrize("name", [".env" + "~" * 8000, ".env" + ".bak1" * 1600])
def test_a_copy_of_a_copy_is_a_secret_without_end(name: str) -> None:
    assert secret_file_rule(f"/project/{name}")


def test_hostile_paths_get_an_answer() -> None:
    gate = Gate(Settings(exclude=("x",)), (Path("/project"),))
    for path in (
        "/a" * 50_000,
        "file:///%00",
        "/\0/.env",
        "file://",
        "::",
        "C:",
        "//",
        "a:b:c",
        "%",
    ):
        gate.excluded(path)
    assert gate.excluded("/\0/.env")
    assert gate.excluded("/a" * 50_000), "what is too long to judge stays here"


@given(st.text(max_size=60))
def test_any_text_is_some_path(text: str) -> None:
    secret_file_rule(path_text(text))
    secret_file_rule(path_text(f"file:///{text}"))


def _git_ignores(root: Path, path: str) -> bool:
    command = ["git", "-c", "core.excludesFile=", "check-ignore", "--no-index", "-q", path]
    return subprocess.run(command, cwd=root, check=False).returncode == 0


def test_ignore_files_mean_what_git_says(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Fixed draws of all these patterns and paths, each judged by Git as well."""
    if not shutil.which("git"):
        pytest.skip("there is no git")
    chance = random.Random(7)
    some = ["a", "a/", "/a", "b/**", "**/c.py", "*.log", "!d.log", "!a/d.log", "a/b", "!c.py", "*"]
    some += ["!*/", "!a", "/*", "!/a/", "?.py", "[ab]", "a/*", "!a/b/"]
    for _ in range(12):
        root = tmp_path_factory.mktemp("repository")
        subprocess.run(["git", "init", "-q"], cwd=root, check=True)
        top, below = ("\n".join(chance.choices(some, k=4)) for _ in range(2))
        gate = write(root, {".gitignore": top, "a/.gitignore": below})
        for path in ("c.py", "d.log", "a/c.py", "a/d.log", "b/a/d.log", "a/b/c.py", "b/c.py"):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).touch()
            rule = gate.excluded(str(root / path))
            assert (rule is not None) == _git_ignores(root, path), (path, top, below)
            folder, name = (root / path).parent, (root / path).name
            assert gate.excluded_in(str(folder), ["other", name])[1] == rule


PATTERN_PARTS = [
    *("a", "b", "ab", ".c", "-", "é", " ", "\\ ", "#", "!", "*", "**", "***", "?", "/", "/", "/"),
    *("**/", "/**", "/**/", "[ab]", "[!a]", "[^b]", "[a-c]", "[]a]", "[a", "[a-]", "[z-a]", "[!/]"),
    *("[.-0]", "[\\]b]", "\\*", "\\a", "\\", "[[:alpha:]]", "[[:digit:]-b]", "[[:x:]]", "[[:]"),
]
PATH_PARTS = [
    "a",
    "b",
    "ab",
    "ba",
    "a.c",
    "*",
    "c",
    "abc",
    "-",
    "]",
    " ",
    "a ",
    "é",
    "1",
    "b1",
    "#",
]


def test_any_pattern_means_what_git_says(tmp_path: Path) -> None:
    """Drawn patterns and paths, each judged by Git as well."""
    if not shutil.which("git"):
        pytest.skip("there is no git")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    chance = random.Random(11)
    for _ in range(150):
        line = "".join(chance.choices(PATTERN_PARTS, k=chance.randint(1, 6)))
        (tmp_path / ".gitignore").write_text(f"{line}\n", "utf-8")
        paths = ["/".join(chance.choices(PATH_PARTS, k=chance.randint(1, 4))) for _ in range(12)]
        theirs = _all_ignored(tmp_path, paths)
        pattern = parse_pattern(line, fold=False)
        for path in paths:
            ours = pattern is not None and not pattern.takes_back and _names(pattern, path)
            assert ours == (path in theirs), (line, path)


def _names(pattern: IgnorePattern, path: str) -> bool:
    """Whether a pattern names a file, or a folder that it lies in."""
    parts = path.split("/")
    return any(
        pattern.names("/".join(parts[:end]), WorkBudget(10**6), is_folder=end < len(parts))
        for end in range(1, len(parts) + 1)
    )


def _all_ignored(root: Path, paths: list[str]) -> set[str]:
    command = ["git", "-c", "core.excludesFile=", "-c", "core.ignoreCase=false", "check-ignore"]
    command += ["--no-index", "-z", "--stdin"]
    given = "".join(f"{path}\0" for path in paths).encode()
    done = subprocess.run(command, cwd=root, input=given, stdout=subprocess.PIPE, check=False)
    return set(done.stdout.decode().split("\0")) - {""}


def test_nothing_reaches_the_model_unmasked() -> None:
    inner = ScriptedModel("ok")
    model = GatedModel(inner, Gate(Settings(api_key="my-own-key-0")))
    prompt = Prompt(
        messages=(
            Message("system", f"a {KEY}"),
            Message("user", "my-own-key-0"),
            Message("assistant", "", (ToolCall("1", "write", f'{{"text": "{KEY}"}}'),)),
            Message("tool", f"b {KEY}", tool_call_id="1"),
        ),
        prefix=f"c {KEY}",
        suffix=f"d {KEY}",
        max_tokens=7,
    )

    async def said() -> str:
        return "".join([chunk.text async for chunk in model.stream(prompt)])

    assert run(said()) == "ok"
    [sent] = inner.prompts
    assert KEY not in repr(sent) and "my-own-key-0" not in repr(sent)
    assert sent.max_tokens == 7 and sent.messages[3].tool_call_id == "1"
    assert model.name == inner.name


@virtual
async def test_closing_the_stream_reaches_the_model() -> None:
    inner = ScriptedModel("ok")
    model = GatedModel(inner, Gate(Settings()))

    stream = model.stream(Prompt())
    await anext(stream)
    await stream.aclose()
    assert inner.aborted == [0]


def test_a_secret_beside_the_cursor_is_seen_whole() -> None:
    gate = Gate(Settings(api_key="my-own-key-0"))
    long = f"eyJhbGciOiJIUzI1NiJ9.eyJ{KEY * 5}.{KEY}"
    for text in (f'x = "{KEY}', f'x = "{long}', "x = my-own-key-0"):
        assert gate.secret_beside(text + '"\ny = 1\n', len(text))
        assert gate.secret_beside(text + '"\ny = 1\n', len(text) - 5), "within it"
    text = f'x = "{KEY}"\n'
    assert gate.mask(text) != text
    assert not gate.secret_beside(text + " " * 80, len(text) + 80)
    assert not gate.secret_beside(text, 2)


PIECES = [
    *(KEY, "ghp_", 'password = "', "api_key:", "Bearer ", "hunter2!A9x7q\\ w", "://u:p4ssw0rd@h"),
    *("-----BEGIN PRIVATE KEY-----\n", "-----END PRIVATE KEY-----", "MIIEvQIBADANBgkqhkiG9w0B\n"),
    *(
        'getenv("API_TOKEN", ',
        "curl -s -u me:",
        "- name: DB_PASSWORD\n",
        "  value: ",
        "ENV DB_PASSWORD ",
    ),
    *('"', "'", " ", "\n", "\t", "\\", "=", ":", "x", "= 1", "return", " " * 90, "word " * 40),
]


@given(st.lists(st.sampled_from(PIECES), max_size=14), st.integers(0, 2000))
def test_only_what_is_near_is_read_and_all_is_seen(pieces: list[str], at: int) -> None:
    text = "".join(pieces)
    offset = min(at, len(text))
    near = [s for s in spans(text) if s[0] <= offset and s[1] > offset - privacy.NEAR_CURSOR_CHARS]
    assert Gate(Settings()).secret_beside(text, offset) == bool(near)


def test_the_gate_forgets_the_oldest_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(privacy, "MAX_CACHED_FILES", 3)
    looked_up: list[str] = []
    rule_of = Exclusions.rule

    def noted(rules: Exclusions, path: str) -> str | None:
        looked_up.append(PurePosixPath(path).name)
        return rule_of(rules, path)

    monkeypatch.setattr(Exclusions, "rule", noted)
    gate = Gate(Settings())
    for number in [*range(9), 8, 7, 6, 5]:
        gate.excluded(str(PurePosixPath("/project") / f"{number}.py"))
    assert looked_up == [f"{number}.py" for number in [*range(9), 5]]


def test_a_word_in_place_of_a_key_is_no_secret() -> None:
    # What servers are given that want no key stands in code as well.
    for word in ("x", "none", "ollama", "lm-studio"):
        gate = Gate(Settings(api_key=word))
        text = f"import {word}\nexport = max({word})\n"
        assert gate.mask(text) == text
        assert not gate.secret_beside(text, len(text))


@pytest.mark.parametrize("name", ["loop", "nul\0", "x" * 5000])
def test_a_folder_that_cannot_be_is_passed_over(tmp_path: Path, name: str) -> None:
    if name == "loop" and sys.platform != "win32":
        (tmp_path / name).symlink_to(tmp_path / name)
    gate = Gate(Settings(), (tmp_path / name, tmp_path))
    (tmp_path / ".gitignore").write_text("*.log\n", "utf-8")
    assert gate.excluded(str(tmp_path / "a.py")) is None
    assert gate.excluded(str(tmp_path / "a.log"))


def test_a_home_that_nobody_knows_costs_only_its_patterns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody() -> Path:
        raise RuntimeError

    monkeypatch.setattr(Path, "home", nobody)
    gate = Gate(Settings(exclude=("~/private/", "*.log")), (tmp_path,))
    assert gate.excluded(str(tmp_path / "a.py")) is None
    assert gate.excluded(str(tmp_path / "a.log"))
