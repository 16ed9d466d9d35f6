"""``foretype eval`` as a process, and its reports."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import click
import pytest
from helpers.evaluated import contenders, good, wrong
from rich.console import Console

from foretype.cli.eval import evaluate
from foretype.cli.eval_options import HOLES, READ_BY, TASKS, TYPING
from foretype.cli.report import eval_page, eval_table
from foretype.cli.terminal import BadInput
from foretype.evaluation.attempt import Attempt
from foretype.evaluation.compare import NotAReport, differences, read_report
from foretype.evaluation.summary import summaries
from foretype.upstream import ScriptedUpstream
from foretype.upstream.question import Question

SPOILED = '<script src="https://evil.example/x.js">alert(1)</script>'


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


async def start(home: Path, *options: str, **variables: str) -> asyncio.subprocess.Process:
    config = home / "foretype.toml"
    if not config.exists():
        config.write_text("")
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "foretype", "eval", *options),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=home,
        env={
            **os.environ,
            "COLUMNS": "200",
            "HOME": str(home),
            "FORETYPE_CONFIG": str(config),
            "FORETYPE_LEDGER": str(home / "state" / "ledger.sqlite3"),
            **variables,
        },
    )


async def evaluated(home: Path, *options: str, **variables: str) -> Done:
    process = await start(home, *options, **variables)
    out, err = await process.communicate()
    assert process.returncode is not None
    return Done(process.returncode, out.decode(), err.decode("utf-8", "replace"))


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    code = "def add(first, second):\n    total = first + second\n    return total\n\n\n"
    (folder / "add.py").write_text(code + code.replace("add", "sub").replace("+", "-") * 3)
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    return folder


async def test_a_killed_evaluation_goes_on_where_it_was(tmp_path: Path) -> None:
    async with ScriptedUpstream(answer=good(), first_ms=30) as up:
        model = f"good@{up.url}"
        process = await start(tmp_path, "--models", model)
        await up.until(lambda log: len(log.requests) >= 5)
        process.send_signal(signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
        await process.communicate()
        n_first = len(up.log.requests)
        kept = (tmp_path / "state" / "evaluations.jsonl").read_text().count('"key"')
        done = await evaluated(tmp_path, "--models", model, "--json")
        assert len(up.log.requests) - n_first == 20 - kept and kept >= n_first - 1
        report = json.loads(done.out)
        assert (done.code, len(report["attempts"]), report["models"][0]["n_tasks"]) == (0, 20, 20)
        again = await evaluated(tmp_path, "--models", model)
        assert len(up.log.requests) - n_first == 20 - kept
    assert "All 20 questions are answered already" in again.err and "100 %" in again.out


async def test_holes_of_the_users_own_code_are_filled(tmp_path: Path, project: Path) -> None:
    text = (project / "add.py").read_text()
    async with ScriptedUpstream(truth={"add.py": text}) as up:
        done = await evaluated(
            tmp_path, "--models", f"a@{up.url}", "--from", str(project), "--n", "5", "--json"
        )
        [sent] = {
            record.body["messages"][-1]["content"].count("add.py") > 0 for record in up.log.requests
        }
    report = json.loads(done.out)
    assert sent and len(report["attempts"]) == 5
    assert {row["kind"] for row in report["attempts"]} <= {"end of a line", "block", "arguments"}
    assert all(row["outcome"] and row["passed"] is None for row in report["attempts"])


async def test_the_projects_own_tests_judge_where_they_are_set(
    tmp_path: Path, project: Path
) -> None:
    (project / "check.py").write_text("from add import add\nassert add(2, 3) == 5\n")
    git(project, "add", "-A")
    command = json.dumps([sys.executable, "check.py"])
    (tmp_path / "foretype.toml").write_text(f"[refactor]\ntest_command = {command}\n")
    async with ScriptedUpstream(text="0") as up:
        options = ("--from", str(project / "add.py"), "--n", "4", "--run-tests", "--json")
        refused = await evaluated(tmp_path, "--models", f"a@{up.url}", *options)
        assert refused.code == 2 and "Add --yes" in refused.err and not up.log.requests
        done = await evaluated(tmp_path, "--models", f"a@{up.url}", *options, "--yes")
    assert "runs `" in done.err and "temporary copy" in done.err
    rows = json.loads(done.out)["attempts"]
    assert [row["passed"] for row in rows if row["becomes"]]
    # Nothing tests `sub`: some of its places can be left out.
    unjudged = [row["test_output"] for row in rows if row["passed"] is None]
    assert len(unjudged) < 4 and set(unjudged) <= {"the tests pass without it as well"}
    assert bool(unjudged) == ("of the places say nothing" in done.err)


async def test_money_is_not_spent_without_being_asked(tmp_path: Path) -> None:
    async with ScriptedUpstream(answer=good()) as up:
        (tmp_path / "foretype.toml").write_text(
            f'base_url = "{up.url}"\nmodel = "a"\n[budget]\nprice_input = 1\nprice_output = 4\n'
        )
        done = await evaluated(tmp_path)
        assert not up.log.requests
    assert done.code == 2 and "roughly $" in done.err and "--max-usd" in done.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--prompts", "sideways"), "no form 'sideways'"),
        (("--from", "nowhere"), "no file or folder nowhere"),
        (("--replay", "a.py", "--run-tests"), "--run-tests goes with"),
        (("--replay", "a.py"), "There is no file a.py"),
        (("--compare", "nowhere.json"), "nowhere.json cannot be read"),
        (("--html", "nowhere/page.html"), "page.html cannot be written"),
        (("--max-usd", "nan"), "nan is no amount"),
        (("--models", ","), "--models names none"),
        ((), "No model is set"),
    ],
)
async def test_bad_input_is_named(tmp_path: Path, options: tuple[str, ...], said: str) -> None:
    clean = {name: "" for name in os.environ if name.endswith(("_API_KEY", "_BASE_URL"))}
    done = await evaluated(tmp_path, *options, **clean)
    assert done.code == 2 and said in done.err


ON = {TASKS: (), HOLES: ("--from", "."), TYPING: ("--replay", "a.py")}


@pytest.mark.parametrize("what", ON)
@pytest.mark.parametrize("option", evaluate.params, ids=lambda option: option.name)
def test_an_option_that_would_be_ignored_is_refused(
    option: click.Parameter, what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert option.name is not None
    if what in READ_BY[option.name] or option.name in ("source", "replay") and what == TASKS:
        return
    monkeypatch.chdir(tmp_path)
    flag = option.opts[0]
    value = () if isinstance(option, click.Option) and option.is_flag else ("1",)
    with pytest.raises(BadInput, match=f"^{flag}|^--from") as refused:
        evaluate.main([*ON[what], flag, *value], standalone_mode=False)
    assert " goes with " in refused.value.message
    assert not any(tmp_path.iterdir())


async def test_answers_are_forgotten_only_where_new_ones_are_asked(tmp_path: Path) -> None:
    kept = tmp_path / "state" / "evaluations.jsonl"
    kept.parent.mkdir()
    kept.write_text("{}")
    done = await evaluated(tmp_path, "--fresh", "--from", "nowhere")
    assert done.code == 2 and kept.exists()
    async with ScriptedUpstream(answer=good()) as up:
        await evaluated(tmp_path, "--fresh", "--models", f"a@{up.url}")
    assert "{}" not in kept.read_text().splitlines()


async def test_a_file_that_is_no_report_is_named_before_anything_is_asked(tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text('{"models": [{"model": "a"}]}')
    async with ScriptedUpstream(answer=good()) as up:
        done = await evaluated(tmp_path, "--models", f"a@{up.url}", "--compare", "old.json")
        assert not up.log.requests
    assert done.code == 2 and "old.json cannot be compared with" in done.err


async def test_a_model_that_is_named_twice_is_asked_once(tmp_path: Path) -> None:
    async with ScriptedUpstream(answer=good()) as up:
        named = f"a@{up.url}, a@{up.url}/"
        done = await evaluated(tmp_path, "--models", named, "--json")
    assert len(json.loads(done.out)["attempts"]) == 20
    assert done.err.startswith("20 questions")


async def test_forms_of_the_prompt_are_compared_on_request(tmp_path: Path) -> None:
    async with ScriptedUpstream(answer=wrong()) as up:
        done = await evaluated(
            tmp_path, "--models", f"a@{up.url}", "--prompts", "natural,below_first", "--json"
        )
        asked = [r.body["messages"][-1]["content"] for r in up.log.requests]
    names = {row["model"] for row in json.loads(done.out)["models"]}
    assert names == {"a · natural", "a · below_first"}
    assert sum("Around the cursor:" in text for text in asked) == 10


# --- the reports, without processes -----------------------------------------------------------


def made(model: str, n: int, *, good_until: int, **figures: Any) -> list[Attempt]:
    return [
        Attempt(
            key=f"{model}{at}",
            model=model,
            task=f"t{at}",
            kind="completion",
            language="python",
            run=1,
            shown="x",
            raw=(SPOILED,),
            outcome="exact" if at < good_until else "wrong",
            passed=at < good_until,
            test_output="" if at < good_until else f"AssertionError: {SPOILED}",
            first_token_ms=100.0 + at,
            first_line_ms=200.0 + at,
            in_time=True,
            **{"output_tokens": 30 + at, "cost_usd": 0.001, **figures},
        )
        for at in range(n)
    ]


class Tags(HTMLParser):
    """What a page would load or run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "link", "img", "iframe", "object"):
            self.found.append(tag)
        self.found += [
            name for name, value in attrs if name in ("src", "href") and value != "#content"
        ]


def test_the_page_loads_nothing_and_shows_answers_as_text() -> None:
    attempts = [*made("good", 9, good_until=9), *made("<b>bad", 9, good_until=1)]
    text = eval_page.page(summaries(attempts), attempts, deadline_ms=400, made="today")
    tags = Tags()
    tags.feed(text)
    assert tags.found == []
    assert "url(" not in text and "@import" not in text
    assert "&lt;script src=" in text and "&lt;b&gt;bad" in text
    assert text.count("<circle") == 2 and "Cost of 1,000 right characters" in text
    assert text.count("<details>") == 1 + 8


def test_better_models_stand_higher_and_wordier_ones_further_right() -> None:
    attempts = [
        *made("good", 9, good_until=9),
        *made("wordy", 9, good_until=9, output_tokens=400),
        *made("bad", 9, good_until=1),
    ]
    text = eval_page.page(summaries(attempts), attempts, deadline_ms=400, made="today")
    places = re.findall(r'<circle class="c\d" cx="([\d.]+)%" cy="([\d.]+)%"', text)
    (x1, y1), (x2, y2), (_, y3) = [(float(x), float(y)) for x, y in places]
    assert x1 < x2 and y1 == y2 < y3


def test_the_table_says_what_the_intervals_do_not_settle() -> None:
    attempts = [*made("one", 9, good_until=9), *made("two", 9, good_until=8)]
    with open(os.devnull, "w") as nothing:
        out = Console(width=200, record=True, file=nothing)
        eval_table.show(summaries(attempts), attempts, out)
    said = out.export_text()
    assert "one and two cannot be told apart by 9 tasks." in said
    assert "two · t8 · AssertionError" in said


async def test_names_and_answers_that_are_no_text_do_not_cost_the_report(
    tmp_path: Path, project: Path
) -> None:
    half = "\ud800"
    (project / "add.py").rename(project / "line\nend.py")
    git(project, "add", "-A")
    async with ScriptedUpstream(text=f"first {half}") as up:
        page, options = tmp_path / "page.html", ("--models", f"a@{up.url}", "--from", str(project))
        done = await evaluated(tmp_path, *options, "--n", "3", "--html", str(page))
    assert done.code == 0 and done.out.count("\n") < 12 and "line\\nend.py" in done.out
    assert page.read_text(encoding="utf-8").rstrip().endswith("</html>")


async def test_what_was_not_answered_is_counted(tmp_path: Path) -> None:
    right, is_well = good(), False

    def answer(question: Question) -> Any:
        fails = not is_well and "roman" in question.before
        return {"fault": "500"} if fails else right(question)

    async with ScriptedUpstream(answer=answer) as up:
        done = await evaluated(tmp_path, "--models", f"a@{up.url}")
        is_well = True
        again = await evaluated(tmp_path, "--models", f"a@{up.url}")
    assert done.code == 1 and "No answer to 1 question:" in done.err
    assert again.code == 0 and "1 question for 1 model" in again.err


def test_commands_to_the_terminal_are_shown_as_text() -> None:
    [attempt] = made("one", 1, good_until=0)
    [line] = eval_table.failures([replace(attempt, test_output="\x1b]0;owned\x07")])
    assert line == "one · t0 · \\x1b]0;owned\\x07"


@pytest.mark.parametrize("width", [70, 200])
def test_the_table_fits_the_terminal(width: int) -> None:
    attempts = [*made("one", 9, good_until=9), *made("two", 9, good_until=8)]
    with open(os.devnull, "w") as nothing:
        out = Console(width=width, record=True, file=nothing)
        out.print(eval_table.table(summaries(attempts), width))
    lines = out.export_text().splitlines()
    assert max(map(len, lines)) <= width
    head = lines[0].split()
    assert head[:2] == (["model", "one"] if width == 70 else ["model", "tests"])
    # Every figure stands on one line, with its interval.
    assert any("100 % (70–100)" in line for line in lines)


def test_an_earlier_report_is_compared_by_intervals() -> None:
    old = summaries(made("a", 40, good_until=4))
    report = {"models": [json.loads(json.dumps(summary.as_json())) for summary in old]}
    new = summaries(made("a", 40, good_until=36))
    found = {each.figure: each.verdict for each in differences(read_report(report), new)}
    assert found["tests passed"] == "better"
    assert found["tokens out"] == "the intervals overlap"
    assert {each.verdict for each in differences(read_report(report), old)} == {
        "the intervals overlap"
    }
    backward = differences(read_report({"models": [summary.as_json() for summary in new]}), old)
    assert {each.figure: each.verdict for each in backward}["tests passed"] == "worse"


FIGURE = {"value": "x", "low": 0, "high": 1, "n": 3}
NO_FIGURE = {"model": "a", "passed": 1, "right": None, "output_tokens": None, "in_time": None}


@pytest.mark.parametrize(
    "nonsense",
    [
        None,
        [],
        {"models": [{"model": "a"}]},
        {"models": 3},
        {"models": [NO_FIGURE]},
        {"models": [{**NO_FIGURE, "passed": FIGURE}]},
    ],
)
def test_what_is_no_report_is_refused(nonsense: Any) -> None:
    with pytest.raises(NotAReport):
        read_report(nonsense)


async def test_a_contender_names_what_its_answers_depend_on() -> None:
    async with ScriptedUpstream() as up, contenders(("a", up), ("b", up)) as (one, other):
        assert one.identity != other.identity
