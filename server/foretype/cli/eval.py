"""``foretype eval``: which model is worth it, on tasks with tests or on your own code."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress

from foretype import __version__
from foretype.cli.eval_models import Dollars, cap_usd, open_contenders
from foretype.cli.eval_options import named_in, refuse_what_is_not_read
from foretype.cli.file_position import project_of
from foretype.cli.report import eval_page, eval_table
from foretype.cli.terminal import BadInput, console
from foretype.core.project import project_root
from foretype.evaluation import tasks as task_list
from foretype.evaluation import tracked_files
from foretype.evaluation.answer_store import AnswerStore, store_file
from foretype.evaluation.attempt import Attempt
from foretype.evaluation.compare import Figures, NotAReport, differences, read_report
from foretype.evaluation.evaluate import Contender, Evaluation, questions
from foretype.evaluation.holes import cut
from foretype.evaluation.observed_model import Cap
from foretype.evaluation.summary import Summary, summaries
from foretype.evaluation.task_checks import announcement
from foretype.evaluation.tasks import Task
from foretype.evaluation.tracked_files import NotTracked
from foretype.privacy.gate import Gate
from foretype.settings.load import config_file, load
from foretype.settings.providers import PromptLayout
from foretype.settings.schema import Settings
from foretype.spending.usage import Usage

LAYOUTS: tuple[PromptLayout, ...] = ("below_first", "natural", "fenced", "continued")
TOKENS_BESIDE = 600
"""Tokens of a request beside the code: a rough count, for the estimate alone."""
CHARS_PER_TOKEN = 4


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What the user asked for."""

    models: tuple[str, ...]
    layouts: tuple[PromptLayout, ...]
    source: Path | None
    n: int
    runs: int
    seed: int
    parallel: int
    run_tests: bool
    max_usd: float | None
    yes: bool
    fresh: bool


@dataclass(frozen=True)
class Project:
    """Where the tasks come from."""

    root: Path
    tasks: list[Task]
    command: tuple[str, ...] = ()
    """The project's own tests; empty for the tasks of the package."""
    tracked: tuple[Path, ...] = ()


@click.command(name="eval")
@click.option("--models", default="", metavar="A,B", help="NAME, NAME@PROVIDER or NAME@URL.")
@click.option("--prompts", default="", metavar="A,B", help=f"Compare {', '.join(LAYOUTS)}.")
@click.option("--from", "source", type=click.Path(path_type=Path), help="Use your own code.")
@click.option(
    "--n",
    default=100,
    show_default=True,
    type=click.IntRange(1, 100_000),
    help="Places of --from, or pauses of --replay.",
)
@click.option(
    "--replay", type=click.Path(path_type=Path), help="Type a file, and count what is in time."
)
@click.option("--run-tests", is_flag=True, help="Judge by tests too: it runs the models' code.")
@click.option("--runs", default=1, show_default=True, type=click.IntRange(1, 100))
@click.option("--seed", default=1, show_default=True, help="Of the holes and of the order.")
@click.option("--parallel", default=1, show_default=True, type=click.IntRange(1, 64))
@click.option("--max-usd", type=Dollars(), help="The most to spend.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--fresh", is_flag=True, help="Forget all answers of earlier evaluations.")
@click.option("--json", "is_json", is_flag=True, help="Print everything as JSON.")
@click.option("--html", type=click.Path(path_type=Path), help="Write a page with charts there.")
@click.option(
    "--compare", type=click.Path(path_type=Path), help="What --json printed at an earlier time."
)
def evaluate(
    models: str,
    prompts: str,
    replay: Path | None,
    is_json: bool,
    html: Path | None,
    compare: Path | None,
    **rest: Any,
) -> int:
    """Compare models: on 20 small tasks with tests, or on holes cut out of your own code.

    Answers are kept in the state folder: what was asked once is not asked again. Ends with 1
    where not everything could be asked.
    """
    refuse_what_is_not_read(click.get_current_context())
    plan = Plan(models=named_in("--models", models), layouts=_layouts(prompts), **rest)
    said = console(stderr=True)
    earlier = _read_report(compare) if compare is not None else None
    if html is not None:
        _check_writable(html)
    store = AnswerStore(store_file(os.environ))
    if not plan.fresh:
        store.load()
    try:
        if replay is not None:
            return _replay(replay, plan, store, is_json=is_json)
        done = asyncio.run(_run(plan, store, said))
    except KeyboardInterrupt:
        said.print("Stopped. What there is so far is kept: the same command goes on from there.")
        raise click.Abort from None
    _publish(plan, done, said, html=html, earlier=earlier, is_json=is_json)
    return _conclude(done, said)


def _publish(
    plan: Plan,
    done: Evaluation,
    said: Console,
    *,
    html: Path | None,
    earlier: Figures | None,
    is_json: bool,
) -> None:
    """Print what was found, and write the page."""
    made = [attempt for _, attempt in done.attempts]
    found = summaries(made)
    changed = differences(earlier, found) if earlier is not None else []
    if earlier is not None and not changed:
        said.print("There is no model in both evaluations.", style="yellow", soft_wrap=True)
    whole = report(plan, found, made)
    if earlier is not None:
        whole["differences"] = [asdict(each) for each in changed]
    if is_json:
        click.echo(json.dumps(whole, indent=1))
    else:
        eval_table.show(found, made, console(), changed)
    if html is not None:
        title = f"{whole['made'][:10]}, {whole['tasks']}, foretype {__version__}"
        text = eval_page.page(
            found, made, deadline_ms=done.deadline_ms, made=title, differences=changed
        )
        _write_page(html, text)
        said.print(f"{html} holds the page.", soft_wrap=True)


def _replay(path: Path, plan: Plan, store: AnswerStore, *, is_json: bool) -> int:
    from foretype.cli.eval_replay import replay

    settings = _settings(project_of(path), console(stderr=True))
    return replay(
        path,
        plan.models,
        settings,
        store,
        n=plan.n,
        seed=plan.seed,
        fresh=plan.fresh,
        max_usd=plan.max_usd,
        yes=plan.yes,
        is_json=is_json,
    )


def _read_report(path: Path) -> Figures:
    """Read what --json printed at an earlier time. Raises BadInput before anything is asked."""
    try:
        return read_report(json.loads(path.read_text(encoding="utf-8")))
    except NotAReport as problem:
        raise BadInput(f"{path} cannot be compared with: {problem}.") from problem
    except OSError as fault:
        raise BadInput(f"{path} cannot be read: {fault.strerror}.") from fault
    except ValueError as fault:
        raise BadInput(f"{path} holds no JSON.") from fault


def _check_writable(path: Path) -> None:
    """Raise BadInput where no page can be written, before anything is paid for."""
    _write_page(path, "", mode="a")


def _write_page(path: Path, text: str, mode: str = "w") -> None:
    try:
        with path.open(mode, encoding="utf-8") as file:
            file.write(text)
    except OSError as fault:
        raise BadInput(f"{path} cannot be written: {fault.strerror}.") from fault


def report(plan: Plan, found: Sequence[Summary], made: Sequence[Attempt]) -> dict[str, Any]:
    """Return all that was found, as ``--json`` prints it and ``--compare`` reads it."""
    return {
        "version": 1,
        "foretype": __version__,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "tasks": "built in" if plan.source is None else str(plan.source),
        "runs": plan.runs,
        "seed": plan.seed,
        "models": [summary.as_json() for summary in found],
        "attempts": [attempt.as_json() for attempt in made],
    }


async def _run(plan: Plan, store: AnswerStore, said: Console) -> Evaluation:
    project = await asyncio.to_thread(_project, plan)
    if not project.tasks:
        raise BadInput("There is no place to cut out: the files are too short, or not code.")
    if plan.run_tests and plan.source is not None and not project.command:
        raise BadInput("--run-tests needs refactor.test_command in your settings.")
    here = project.root if plan.source is not None else project_root([Path.cwd()])
    settings = _settings(here, said)
    opening = open_contenders(plan.models, plan.layouts, settings, project.root, said)
    async with opening as contenders:
        asked = questions(project.tasks, contenders, runs=plan.runs, seed=plan.seed)
        evaluation = Evaluation(asked, store, Cap(0.0), parallel=plan.parallel)
        if plan.run_tests:
            said.print(await announcement(project.command), soft_wrap=True)
            _confirm("Run the tests?", plan)
        _set_cap(evaluation, plan, said)
        if plan.fresh:
            store.forget()
        with Progress(console=said, transient=True, disable=not said.is_terminal) as progress:
            evaluation.on_done = _step(progress, "Asking", len(asked))
            await evaluation.ask()
            await asyncio.to_thread(evaluation.judge)
            if plan.run_tests:
                evaluation.on_done = _step(progress, "Testing", len(evaluation.attempts))
                why_not = await evaluation.run_tests(project.command, project.tracked)
                if why_not:
                    said.print(why_not, style="yellow", soft_wrap=True)
    return evaluation


def _step(progress: Progress, name: str, total: int) -> Callable[[], None]:
    return partial(progress.advance, progress.add_task(name, total=total))


def _layouts(prompts: str) -> tuple[PromptLayout, ...]:
    named = named_in("--prompts", prompts)
    found = tuple(layout for layout in LAYOUTS if layout in named)
    if unknown := set(named) - set(found):
        raise BadInput(f"There is no form {min(unknown)!r}: there are {', '.join(LAYOUTS)}.")
    return found


def _project(plan: Plan) -> Project:
    """Find the tasks. Raises BadInput. Not for the event loop."""
    if plan.source is None:
        # Nothing is written there: the folder only names the files.
        root = Path(tempfile.gettempdir()).resolve() / "foretype-eval"
        return Project(root, task_list.built_in(root))
    if not plan.source.exists():
        raise BadInput(f"There is no file or folder {plan.source}.")
    try:
        root = tracked_files.project_folder(plan.source)
        paths = tracked_files.tracked(plan.source, root)
        everything = tracked_files.tracked(root, root)
    except NotTracked as problem:
        raise BadInput(str(problem)) from problem
    settings = _settings(root)
    gate = Gate(settings, (root,))
    holes = cut(tracked_files.sources(paths, root, gate.excluded), plan.n, plan.seed)
    # Tests run code that a model wrote: what it may not see is not copied either.
    seen = tuple(path for path in everything if gate.excluded(path.as_uri()) is None)
    return Project(root, task_list.of_holes(holes, root), settings.refactor.test_command, seen)


def _settings(root: Path, said: Console | None = None) -> Settings:
    """Load the settings of a project; say what is wrong with them if somebody listens."""
    loaded = load(
        user_file=config_file(os.environ),
        environ=os.environ,
        workspace_files=[root / ".foretype.toml"],
    )
    if said is not None:
        for problem in loaded.problems:
            said.print(problem, style="yellow", soft_wrap=True)
    return loaded.settings


def _set_cap(evaluation: Evaluation, plan: Plan, said: Console) -> None:
    """Say what is asked and what it costs, and set the most to spend."""
    left = evaluation.open_questions
    n_kept = len(evaluation.questions) - len(left)
    kept = f"; {n_kept} more are answered already" if n_kept else ""
    n_models = len({question.contender.label for question in left})
    models = "1 model" if n_models == 1 else f"{n_models} models"
    sentence = f"{len(left)} questions for {models}{kept}."
    said.print(sentence if left else f"All {n_kept} questions are answered already.")
    rough = [_rough_usd(question.task, question.contender) for question in left]
    known = [usd for usd in rough if usd is not None]
    evaluation.cap.max_usd = cap_usd(
        [question.contender for question in left],
        sum(known) if len(known) == len(rough) else None,
        said,
        max_usd=plan.max_usd,
        yes=plan.yes,
    )


def _rough_usd(task: Task, contender: Contender) -> float | None:
    settings = contender.settings
    n_code = min(len(task.document.text) // CHARS_PER_TOKEN, settings.completion.context_tokens)
    n_out = len(task.solution) // CHARS_PER_TOKEN if task.rewrite else 60
    usage = Usage(input_tokens=n_code + TOKENS_BESIDE, output_tokens=n_out)
    return contender.model.price(usage)


def _confirm(question: str, plan: Plan) -> None:
    if plan.yes:
        return
    if not sys.stdin.isatty():
        raise BadInput("Add --yes to run the tests without being asked.")
    if not click.confirm(question, err=True):
        raise click.Abort


def _conclude(done: Evaluation, said: Console) -> int:
    for label, why in done.given_up.items():
        said.print(f"{label} was given up: {why}", style="yellow", soft_wrap=True)
    n_missing = len(done.questions) - len(done.attempts)
    if done.cap.stopped:
        goes_on = "The same command goes on from there."
        sentence = f"{done.cap.stopped} {n_missing} questions were not asked. {goes_on}"
        said.print(sentence, style="yellow", soft_wrap=True)
    return 1 if n_missing else 0
