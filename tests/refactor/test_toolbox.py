from __future__ import annotations

import json
import shlex
import sys
from itertools import count
from pathlib import Path

import pytest
from helpers.bounded import bounded

from foretype.core.text import Document
from foretype.privacy.gate import Gate
from foretype.refactor.agent.tool_schemas import MAX_RESULT_CHARS
from foretype.refactor.agent.toolbox import Toolbox, question
from foretype.refactor.agent.workspace import Workspace, documents_by_path
from foretype.settings.schema import Settings


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace with a secret beside it, one in it, and a link that leads out."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "key.txt").write_text("OUTSIDE")
    root = tmp_path / "work"
    (root / "src").mkdir(parents=True)
    (root / "src" / "a.py").write_text("def a():\n    return 1\n")
    (root / "b.py").write_bytes(b"b = 1\r\nc = 2\r\n")
    (root / ".env").write_text("SECRET=1")
    (root / ".gitignore").write_text("ignored/\n*.log\n")
    (root / "ignored").mkdir()
    (root / "ignored" / "x.py").write_text("x = 1")
    (root / "run.log").write_text("line")
    (root / ".git").mkdir()
    (root / ".git" / "config").write_text("[core]")
    (root / "image.bin").write_bytes(b"\x00\xff\x00")
    (root / "link").symlink_to(tmp_path / "outside")
    (root / "link.txt").symlink_to(tmp_path / "outside" / "key.txt")
    (root / "inner.py").symlink_to(root / "b.py")
    (root / "harmless.txt").symlink_to(root / ".env")
    (root / "plain.txt").symlink_to(root / ".git" / "config")
    return root


def box(root: Path, *documents: Document, **options: object) -> Toolbox:
    gate = Gate(Settings(), (root,))
    workspace = Workspace(root, gate.excluded, documents_by_path(iter(documents)))
    options.setdefault("allows", lets_run)
    return Toolbox(workspace, **options)  # type: ignore[arg-type]


async def lets_run(question: str) -> bool:
    return True


async def call(toolbox: Toolbox, name: str, **arguments: object) -> str:
    return await toolbox.call(name, json.dumps(arguments))


async def test_files_are_read_listed_and_searched(root: Path) -> None:
    tools = box(root)
    assert await call(tools, "read_file", path="src/a.py") == "def a():\n    return 1\n"
    assert (
        await call(tools, "read_file", path="src/../src/./a.py", first_line=2) == "    return 1\n"
    )
    assert (await call(tools, "list_files")).split("\n") == [
        ".gitignore",
        "b.py",
        "image.bin",
        "inner.py",
        "src/a.py",
    ]
    assert await call(tools, "list_files", folder="src", pattern="*.py") == "src/a.py"
    assert await call(tools, "search", text="return") == "src/a.py:2: return 1"
    assert await call(tools, "search", text="SECRET") == "nothing found"


@pytest.mark.parametrize(
    "path",
    [
        "../outside/key.txt",
        "src/../../outside/key.txt",
        "..",
        "link/key.txt",
        "link.txt",
        "/etc/passwd",
        "//host/share",
        "C:\\Windows\\win.ini",
        "c:win.ini",
        "\\\\host\\share\\x",
        "file:///etc/passwd",
        "~/../../x",
        "src\\..\\..\\outside\\key.txt",
        "a\0b",
    ],
)
@pytest.mark.parametrize("tool", ["read_file", "write_file"])
async def test_nothing_outside_of_the_root_is_reached(root: Path, path: str, tool: str) -> None:
    tools = box(root)
    extra = {"content": "x"} if tool == "write_file" else {}
    answer = await call(tools, tool, path=path, **extra)
    assert answer.startswith("error: ") and "OUTSIDE" not in answer
    assert not tools.staged


@pytest.mark.parametrize(
    "path",
    [
        *(".env", "ignored/x.py", "run.log", ".git/config", ".git/hooks/pre-commit", ".ENV.local"),
        *("harmless.txt", "plain.txt"),
    ],
)
@pytest.mark.parametrize("tool", ["read_file", "write_file"])
async def test_excluded_files_do_not_exist(root: Path, path: str, tool: str) -> None:
    tools = box(root)
    extra = {"content": "x"} if tool == "write_file" else {}
    answer = await call(tools, tool, path=path, **extra)
    assert answer.startswith("error: there is no file")
    assert not tools.staged


@pytest.mark.parametrize("path", ["con.py", "src/NUL", "a.py:stream", "a.py.", "src /a.py"])
async def test_names_that_mean_something_else_on_windows_are_refused(root: Path, path: str) -> None:
    assert (await call(box(root), "write_file", path=path, content="x")).startswith("error: ")


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        ("delete_file", "{}", "there is no tool delete_file; there are read_file"),
        ("read_file", "{not json", "the arguments are no JSON"),
        ("read_file", "[" * 100_000, "the arguments are no JSON"),
        ("read_file", "[]", "must be one JSON object"),
        ("read_file", "", "read_file needs path"),
        ("read_file", '{"path": 3}', "path must be a string"),
        ("read_file", '{"path": "b.py", "first_line": 0}', "whole number from 1"),
        ("read_file", '{"path": "b.py", "first_line": 9}', "only 3 lines"),
        ("read_file", '{"path": "b.py", "mode": "rw"}', "knows no mode"),
        ("read_file", '{"path": "nowhere.py"}', "there is no file nowhere.py"),
        ("read_file", '{"path": "src"}', "there is no file src"),
        ("read_file", '{"path": "image.bin"}', "is no text"),
        ("list_files", '{"folder": "nowhere"}', "there is no folder"),
        ("search", '{"text": " "}', "text is empty"),
        ("write_file", '{"path": "b.py"}', "give content"),
        ("write_file", '{"path": "b.py", "old_text": "x"}', "give content, or both"),
        ("write_file", '{"path": "b.py", "content": "", "new_text": ""}', "give either"),
        ("write_file", '{"path": "src", "content": "x"}', "is a folder"),
        ("write_file", '{"path": ".", "content": "x"}', "is a folder"),
        ("write_file", '{"path": "b.py", "old_text": "z", "new_text": ""}', "does not occur"),
        ("write_file", '{"path": "b.py", "old_text": "", "new_text": "y"}', "does not occur"),
        ("write_file", '{"path": "b.py", "old_text": " = ", "new_text": ""}', "occurs 2 times"),
        ("write_file", '{"path": "new.py", "old_text": "a", "new_text": ""}', "there is no file"),
        ("run_tests", "{}", "there is no tool run_tests"),
        ("write_file", json.dumps({"path": "a" * 300, "content": ""}), "too long"),
        ("list_files", json.dumps({"folder": "a" * 300}), "too long"),
        ("write_file", '{"path": "b.py/c.py", "content": ""}', "a part of its path is a file"),
        ("write_file", '{"path": "c.py", "content": "\\ud800"}', "half of a character"),
        ("search", '{"text": "\\udc00"}', "half of a character"),
    ],
)
async def test_a_wrong_call_is_answered(
    root: Path, name: str, arguments: str, sentence: str
) -> None:
    answer = await box(root).call(name, arguments)
    assert answer.startswith("error: ") and sentence in answer


async def test_a_long_result_is_cut_and_says_how_to_go_on(root: Path) -> None:
    (root / "long.py").write_text("".join(f"line {n}\n" for n in range(2000)))
    tools = box(root)
    seen, first = "", 1
    for _ in bounded(count()):
        answer = await call(tools, "read_file", path="long.py", first_line=first)
        assert len(answer) <= MAX_RESULT_CHARS
        shown, cut, rest = answer.partition("\n… (cut")
        seen += shown + ("\n" if cut else "")
        if not cut:
            break
        first = int(rest.split("first_line=")[1].rstrip(")"))
    assert seen == (root / "long.py").read_text()


async def test_writes_are_staged_and_seen_again(root: Path) -> None:
    tools = box(root)
    await call(tools, "write_file", path="src/new.py", content="x = 1\n")
    await call(tools, "write_file", path="b.py", old_text="c = 2", new_text="c = 3")
    assert not (root / "src" / "new.py").exists()
    assert (root / "b.py").read_bytes() == b"b = 1\r\nc = 2\r\n"
    assert await call(tools, "read_file", path="b.py") == "b = 1\nc = 3\n"
    assert "src/new.py" in await call(tools, "list_files", folder="src")
    assert "src/new.py:1: x = 1" in await call(tools, "search", text="x = 1")
    new, old = tools.changes()
    assert (new.uri, new.document, new.text) == ((root / "src/new.py").as_uri(), None, "x = 1\n")
    assert old.document is not None
    assert (old.document.text[old.start : old.end], old.text) == ("c = 2", "c = 3")


async def test_the_text_in_the_editor_counts_not_the_disk(root: Path) -> None:
    open_ = Document((root / "b.py").as_uri(), "b = 5\n", "python", 7)
    tools = box(root, open_)
    assert await call(tools, "read_file", path="b.py") == "b = 5\n"
    assert await call(tools, "read_file", path="inner.py") == "b = 5\n"
    await call(tools, "write_file", path="b.py", content="b = 6\n")
    (change,) = tools.changes()
    assert change.document is open_


async def test_writing_what_is_there_is_no_change(root: Path) -> None:
    tools = box(root)
    await call(tools, "write_file", path="b.py", content="b = 1\nc = 2\n")
    assert tools.changes() == ()


async def test_broken_files_are_named(root: Path) -> None:
    tools = box(root)
    await call(tools, "write_file", path="b.py", content="b = (\n")
    assert tools.verdict().faults[0].startswith("b.py: it does not parse")


TESTS = (
    sys.executable,
    "-c",
    "import b, os; print(b.b, os.environ.get('FAKE_API_KEY'), os.getcwd())",
)


async def test_tests_run_on_a_copy_without_keys(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_API_KEY", "sk-fake")
    tools = box(root, test_command=TESTS)
    await call(tools, "write_file", path="b.py", content="b = 42\n")
    answer = await call(tools, "run_tests")
    assert answer.split() == ["passed", "42", "None", "."]
    assert (root / "b.py").read_bytes() == b"b = 1\r\nc = 2\r\n"


async def test_excluded_files_are_not_in_the_copy(root: Path) -> None:
    command = (sys.executable, "-c", "import os; print(sorted(os.listdir()))")
    answer = await call(box(root, test_command=command), "run_tests")
    assert ".env" not in answer and "run.log" not in answer and "b.py" in answer


async def test_failing_tests_are_told(root: Path) -> None:
    tools = box(root, test_command=(sys.executable, "-c", "print('no'); raise SystemExit(3)"))
    assert await call(tools, "run_tests") == "failed, exit code 3\nno\n"


async def test_tests_that_never_end_are_ended(root: Path) -> None:
    tools = box(
        root, test_command=(sys.executable, "-c", "import time; time.sleep(60)"), test_limit_s=1.0
    )
    assert "longer than 1 seconds" in await call(tools, "run_tests")


async def test_risky_code_is_not_run(root: Path) -> None:
    tools = box(root, test_command=TESTS)
    await call(tools, "write_file", path="b.py", content="import os\nos.system('x')\n")
    assert "the tests are not run, because b.py runs a command" in await call(tools, "run_tests")


async def test_a_command_that_is_not_there_is_told(root: Path) -> None:
    tools = box(root, test_command=("no-such-program-here",))
    assert "cannot be started" in await call(tools, "run_tests")


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize(
    ("was", "written", "becomes"),
    [
        ("b = 1\nc = 2\n", "b = 2", "b = 2\n"),
        ("b = 1\r\nc = 2\r\n", "b = 2\nc = 2", "b = 2\r\nc = 2\r\n"),
        ("b = 1", "b = 2", "b = 2"),
        ("b = 1\n", "", ""),
    ],
)
async def test_a_file_that_is_written_whole_keeps_its_edges(
    root: Path, mark: str, was: str, written: str, becomes: str
) -> None:
    document = Document((root / "b.py").as_uri(), mark + was, "python")
    tools = box(root, document)
    assert (await call(tools, "read_file", path="b.py")) == was.replace("\r\n", "\n")
    await call(tools, "write_file", path="b.py", content=written)
    (change,) = tools.changes()
    after = document.text[: change.start] + change.text + document.text[change.end :]
    assert after == mark + becomes


@pytest.mark.parametrize("written", ["MASKED", "***", ""])
async def test_a_secret_that_is_written_as_another_text_is_a_fault(
    root: Path, written: str
) -> None:
    (root / "b.py").write_text('PASSWORD = "Tr0ub4dor&3x"\n')
    tools = box(root)
    await call(tools, "write_file", path="b.py", content=f'PASSWORD = "{written}"\nx = 1\n')
    (fault,) = tools.verdict().faults
    assert fault.startswith("b.py: ") and "PASSWORD" in fault


async def test_the_user_is_asked_what_would_run(root: Path) -> None:
    questions: list[str] = []
    answers = iter((True, True, False))

    async def allows(question: str) -> bool:
        questions.append(question)
        return next(answers)

    tools = box(root, test_command=(sys.executable, "-c", "print('ran')"), allows=allows)
    assert "ran" in await call(tools, "run_tests")
    assert "the model wrote in: none so far." in questions[0]
    await call(tools, "write_file", path="src/test_a.py", content="import a\n")
    await call(tools, "write_file", path="b.py", content="b = 2\n")
    for _ in range(2):  # The same is not asked twice.
        assert "ran" in await call(tools, "run_tests")
    assert shlex.join([sys.executable, "-c", "print('ran')"]) in questions[1]
    assert "the model wrote in: src/test_a.py, b.py." in questions[1]
    await call(tools, "write_file", path="b.py", content="b = 3\n")
    for _ in range(2):
        assert "did not allow" in await call(tools, "run_tests")
    assert len(questions) == 3


async def test_where_nobody_can_be_asked_no_tests_are_offered(root: Path) -> None:
    tools = box(root, test_command=TESTS, allows=None)
    assert "run_tests" not in [tool.name for tool in tools.tools]
    assert "there is no tool run_tests" in await call(tools, "run_tests")


def test_the_question_says_what_is_not_held_back() -> None:
    everything = {"files", "processes", "network", "ends"}
    assert "It has no network and does not see" in question(("x",), ("a",), everything)
    said = question(("x", "a b"), (), {"ends", "processes"})
    assert "On this system it could read and change your own files and use the network." in said
    assert "x 'a b' would run" in said


async def test_what_no_one_sees_is_not_shown_to_the_model(root: Path) -> None:
    (root / "odd\u200b.py").write_text("x = 1  # \U000e0069\U000e0067\u202e secretly\n")
    toolbox = box(root)
    for tool, arguments in (
        ("read_file", {"path": "odd\u200b.py"}),
        ("search", {"text": "secretly"}),
        ("list_files", {}),
    ):
        answer = await call(toolbox, tool, **arguments)
        assert "secretly" in answer or "odd.py" in answer
        assert not set("\u200b\u202e\U000e0069") & set(answer)
