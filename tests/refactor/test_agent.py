from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from helpers.virtual import virtual

from foretype.core.deadline import Deadline
from foretype.core.text import Document
from foretype.models.gated_model import GatedModel
from foretype.models.protocol import Chunk, ModelUnavailable, ToolCall
from foretype.models.scripted import Script, ScriptedModel
from foretype.privacy.gate import Gate
from foretype.refactor.actions.offers import Offer, find_offer
from foretype.refactor.actions.target import Spot
from foretype.refactor.agent.loop import (
    MAX_PLAN_CHARS,
    PLANNING_SHARE,
    rewrite_across_files,
)
from foretype.refactor.agent.toolbox import Toolbox
from foretype.refactor.agent.workspace import Workspace, documents_by_path
from foretype.refactor.outcome import Outcome, Progress, Refused, Staged
from foretype.refactor.work import Work
from foretype.sandbox import confined_tests
from foretype.settings.schema import RefactorSettings, Settings
from foretype.spending.usage import Usage

SETTINGS = RefactorSettings(max_rounds=6)


def calls(*pairs: tuple[str, object]) -> Script:
    """An answer that asks for tools."""
    made = tuple(
        ToolCall(f"c{n}", name, args if isinstance(args, str) else json.dumps(args))
        for n, (name, args) in enumerate(pairs)
    )
    return Script([Chunk(tool_calls=made)])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "a.py").write_text("def old():\n    return 1\n")
    (tmp_path / "b.py").write_text("from a import old\n\nprint(old())\n")
    (tmp_path / ".env").write_text("KEY=1")
    return tmp_path


async def across(root: Path, model: ScriptedModel, **options: object) -> Outcome:
    settings = options.pop("settings", SETTINGS)
    assert isinstance(settings, RefactorSettings)
    document = Document((root / "a.py").as_uri(), (root / "a.py").read_text(), "python", 1)
    found = find_offer(Spot(document, 0, 0), settings, "across-files", "rename old to new")
    assert isinstance(found, Offer), found
    gate = Gate(Settings(), (root,))
    toolbox = Toolbox(Workspace(root, gate.excluded, documents_by_path(iter([document]))))
    planner: Any = options.pop("planner", None)
    work = Work(
        offer=found,
        model=GatedModel(model, gate),
        settings=settings,
        path="a.py",
        deadline=Deadline.after_ms(settings.deadline_s * 1000),
        **options,  # type: ignore[arg-type]
    )
    return await work.within_deadline(
        lambda limit: rewrite_across_files(work, limit, toolbox, planner)
    )


NEW_A = {"path": "a.py", "content": "def new():\n    return 1\n"}
NEW_B = {"path": "b.py", "content": "from a import new\n\nprint(new())\n"}


async def test_the_guides_tool_loop(root: Path) -> None:
    usage = Usage(input_tokens=400, output_tokens=80)
    model = ScriptedModel(
        calls(("read_file", {"path": "a.py"}), ("search", {"text": "old"})),
        calls(("write_file", NEW_A), ("write_file", NEW_B)),
        Script(["Renamed in two files.", Chunk(usage=usage)]),
    )
    progress: list[Progress] = []
    outcome = await across(root, model, on_progress=progress.append)
    assert isinstance(outcome, Staged)
    assert {Path(change.uri).name: change.text for change in outcome.changes} == {
        "a.py": "def new():",
        "b.py": "from a import new\n\nprint(new())",
    }
    assert outcome.note == "Renamed in two files."
    assert outcome.spent.n_tokens == 480 and outcome.spent.requests == 3
    second = model.prompts[1].messages
    assert [message.role for message in second] == ["system", "user", "assistant", "tool", "tool"]
    assert second[3].tool_call_id == second[2].tool_calls[0].id
    assert "b.py:1: from a import old" in second[4].content
    assert any(p.stage.startswith("read_file") for p in progress)
    assert (root / "a.py").read_text().startswith("def old")


async def test_every_schema_names_what_it_needs(root: Path) -> None:
    model = ScriptedModel("done")
    await across(root, model)
    for tool in model.prompts[0].tools:
        assert "required" in tool.parameters and not tool.parameters["additionalProperties"]
        assert set(tool.parameters["required"]) <= set(tool.parameters["properties"])


async def test_a_model_that_changes_nothing_says_why(root: Path) -> None:
    outcome = await across(root, ScriptedModel("There is nothing\nto rename."))
    assert isinstance(outcome, Staged) and outcome.changes == ()
    assert outcome.note == "There is nothing to rename."


def message(outcome: Outcome) -> str:
    assert isinstance(outcome, Refused), outcome
    return outcome.message


async def test_an_endless_loop_of_the_same_read_is_ended(root: Path) -> None:
    model = ScriptedModel(calls(("read_file", {"path": "a.py"})))
    assert "repeated itself; nothing was changed" in message(await across(root, model))
    assert len(model.prompts) == 3
    assert "had this result before" in model.prompts[2].messages[-1].content


async def test_a_model_that_repeats_itself_after_writing_is_done(root: Path) -> None:
    outcome = await across(root, ScriptedModel(calls(("write_file", NEW_A))))
    assert isinstance(outcome, Staged) and len(outcome.changes) == 1


async def test_an_endless_loop_of_different_reads_is_ended(root: Path) -> None:
    (root / "long.py").write_text("x = 1\n" * 100)
    rounds = [calls(("read_file", {"path": "long.py", "first_line": n + 1})) for n in range(50)]
    model = ScriptedModel(*rounds)
    assert "not done after 6 rounds" in message(await across(root, model))
    assert len(model.prompts) == 6


async def test_work_that_takes_too_many_tokens_is_ended(root: Path) -> None:
    usage = Usage(input_tokens=200_000)
    big = Script([*calls(("list_files", {})).says, Chunk(usage=usage)])
    assert "more than 150,000 tokens" in message(await across(root, ScriptedModel(big)))


async def test_work_that_takes_too_long_is_ended(root: Path) -> None:
    model = ScriptedModel(Script(["hm"], stall=True))
    settings = replace(SETTINGS, deadline_s=1)
    said = message(await across(root, model, settings=settings))
    assert "longer than 1 seconds" in said
    assert model.running == 0


async def test_a_wrong_call_is_answered_and_the_work_goes_on(root: Path) -> None:
    model = ScriptedModel(
        calls(
            ("delete_everything", {}), ("read_file", "{no json"), ("read_file", {"path": "../x"})
        ),
        calls(("write_file", NEW_A)),
        "Done.",
    )
    outcome = await across(root, model)
    assert isinstance(outcome, Staged) and len(outcome.changes) == 1
    answers = [m.content for m in model.prompts[1].messages if m.role == "tool"]
    assert "there is no tool" in answers[0]
    assert "no JSON" in answers[1]
    assert "outside of the workspace" in answers[2]


async def test_an_excluded_file_cannot_be_read_or_written(root: Path) -> None:
    model = ScriptedModel(
        calls(("read_file", {"path": ".env"}), ("write_file", {"path": ".env", "content": "x"})),
        "Done.",
    )
    outcome = await across(root, model)
    assert isinstance(outcome, Staged) and outcome.changes == ()
    assert "KEY=1" not in str(model.prompts)


async def test_a_file_that_does_not_parse_is_told_once(root: Path) -> None:
    bad = {"path": "a.py", "content": "def new(:\n"}
    model = ScriptedModel(
        calls(("write_file", bad)), "Done.", calls(("write_file", NEW_A)), "Done."
    )
    outcome = await across(root, model)
    assert isinstance(outcome, Staged) and outcome.changes[0].text == "def new():"
    assert "a.py: it does not parse" in model.prompts[2].messages[-1].content


async def test_a_file_that_does_not_parse_twice_is_refused(root: Path) -> None:
    bad = {"path": "a.py", "content": "def new(:\n"}
    model = ScriptedModel(calls(("write_file", bad)), "Done.")
    assert "a.py: it does not parse" in message(await across(root, model))


async def test_risky_code_is_named(root: Path) -> None:
    risky = {"path": "a.py", "content": "def old():\n    return eval('1')\n"}
    outcome = await across(root, ScriptedModel(calls(("write_file", risky)), "Done."))
    assert isinstance(outcome, Staged)
    assert outcome.risks[0].reason == "evaluates text as code (eval)"


def renames() -> ScriptedModel:
    return ScriptedModel(calls(("write_file", NEW_A), ("write_file", NEW_B)), "Done.")


async def test_a_planner_plans_and_the_model_executes(root: Path) -> None:
    planner, model = ScriptedModel("1. Rename in a.py."), renames()
    outcome = await across(root, model, planner=planner)
    assert planner.prompts[0].tools == ()
    task = model.prompts[0].messages[1].content
    assert "1. Rename in a.py." in task and "follow the\ntask" in task
    assert isinstance(outcome, Staged) and outcome.spent.requests == 3


@pytest.mark.parametrize(
    "planner",
    [
        pytest.param(ScriptedModel(Script([ModelUnavailable("no planner")])), id="fails"),
        pytest.param(ScriptedModel(Script(["1. Ren", ModelUnavailable("cut")])), id="breaks off"),
        pytest.param(ScriptedModel(" \n"), id="empty"),
    ],
)
async def test_without_a_plan_the_work_goes_on(root: Path, planner: ScriptedModel) -> None:
    model = renames()
    outcome = await across(root, model, planner=planner)
    assert "Plan" not in model.prompts[0].messages[1].content
    assert isinstance(outcome, Staged) and len(outcome.changes) == 2


@virtual
async def test_a_plan_that_takes_too_long_is_not_waited_for() -> None:
    with TemporaryDirectory() as made:
        root = Path(made)
        (root / "a.py").write_text("def old():\n    return 1\n")
        planner, model = ScriptedModel(Script(["1. Rename."], first=31)), renames()
        outcome = await across(root, model, planner=planner)
        assert asyncio.get_running_loop().time() == SETTINGS.deadline_s * PLANNING_SHARE
        assert planner.running == 0 and isinstance(outcome, Staged)


async def test_a_plan_is_passed_on_as_far_as_there_is_room_for_it(root: Path) -> None:
    model = renames()
    await across(root, model, planner=ScriptedModel("x" * 100_000))
    assert model.prompts[0].messages[1].content.count("x" * MAX_PLAN_CHARS) == 1
    assert len(model.prompts[0].messages[1].content) < MAX_PLAN_CHARS + 1000


async def test_a_plan_that_leads_outside_changes_nothing_there(root: Path) -> None:
    outside = {"path": "../outside.py", "content": "x = 1\n"}
    model = ScriptedModel(calls(("write_file", outside), ("write_file", NEW_A)), "Done.")
    outcome = await across(root, model, planner=ScriptedModel("1. Write ../outside.py."))
    assert isinstance(outcome, Staged)
    assert [Path(change.uri).name for change in outcome.changes] == ["a.py"]
    assert "outside of the workspace" in model.prompts[1].messages[-2].content


async def test_a_fault_of_the_provider_is_told(root: Path) -> None:
    model = ScriptedModel(calls(("write_file", NEW_A)), Script([ModelUnavailable("it is down")]))
    assert message(await across(root, model)) == "it is down"


@pytest.mark.parametrize("finish", ["length", "abort", "content_filter", ""])
@pytest.mark.parametrize("calls", [(), (ToolCall("c1", "list_files", "{}"),)])
async def test_a_cut_answer_ends_the_work(
    root: Path, finish: str, calls: tuple[ToolCall, ...]
) -> None:
    class Cut(ScriptedModel):
        async def stream(self, prompt):  # type: ignore[no-untyped-def]
            yield Chunk(text="I will", tool_calls=calls, finish=finish)

    assert "cut" in message(await across(root, Cut("")))


async def test_a_cancel_ends_the_stream(root: Path) -> None:
    model = ScriptedModel(calls(("read_file", {"path": "a.py"})), Script(["hm"], stall=True))
    answering = asyncio.Event()

    def on_progress(progress: Progress) -> None:
        if progress.text:
            answering.set()

    task = asyncio.ensure_future(across(root, model, on_progress=on_progress))
    await answering.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert model.running == 0


async def test_the_time_of_a_question_does_not_count(root: Path) -> None:
    settings = replace(SETTINGS, test_command=(sys.executable, "-c", "print('ran')"))

    async def allows(question: str) -> bool:
        await asyncio.sleep(1.5)
        return False

    model = ScriptedModel(calls(("run_tests", {})), "Done.")
    document = Document((root / "a.py").as_uri(), (root / "a.py").read_text(), "python", 1)
    found = find_offer(Spot(document, 0, 0), settings, "across-files", "rename old to new")
    assert isinstance(found, Offer), found
    gate = Gate(Settings(), (root,))
    toolbox = Toolbox(
        Workspace(root, gate.excluded, {}), test_command=settings.test_command, allows=allows
    )
    await confined_tests.available_confinement()
    work = Work(
        offer=found,
        model=GatedModel(model, gate),
        settings=settings,
        path="a.py",
        deadline=Deadline.after_ms(1000),
    )
    outcome = await work.within_deadline(lambda limit: rewrite_across_files(work, limit, toolbox))
    assert isinstance(outcome, Staged)
