"""``foretype eval``: which model is worth it, on tasks with tests or on your own code."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from foretype.cli import eval_output, eval_project
from foretype.cli.eval_models import Dollars, cap_usd, open_contenders
from foretype.cli.eval_options import Plan, named_in, refuse_what_is_not_read
from foretype.cli.file_position import project_of
from foretype.cli.terminal import BadInput, console, counted
from foretype.core.project import project_root
from foretype.evaluation.answer_store import AnswerStore, StoreUnreadable, store_file
from foretype.evaluation.evaluate import Contender, Evaluation, questions
from foretype.evaluation.observed_model import Cap
from foretype.evaluation.task_checks import announcement
from foretype.evaluation.tasks import Task
from foretype.settings.providers import PromptLayout
from foretype.spending.usage import Usage

LAYOUTS: tuple[PromptLayout, ...] = ("below_first", "natural", "fenced", "continued")
TOKENS_BESIDE = 600
"""Tokens of a request beside the code: a rough count, for the estimate alone."""
CHARS_PER_TOKEN = 4


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
    source: Path | None,
    n: int,
    replay: Path | None,
    run_tests: bool,
    runs: int,
    seed: int,
    parallel: int,
    max_usd: float | None,
    yes: bool,
    fresh: bool,
    is_json: bool,
    html: Path | None,
    compare: Path | None,
) -> int:
    """Compare models: on 20 small tasks with tests, or on holes cut out of your own code.

    Answers are kept in the state folder: what was asked once is not asked again. Ends with 1
    where not everything was answered.
    """
    refuse_what_is_not_read(click.get_current_context())
    plan = Plan(
        models=named_in("--models", models),
        layouts=_layouts(prompts),
        source=source,
        n=n,
        replay=replay,
        run_tests=run_tests,
        runs=runs,
        seed=seed,
        parallel=parallel,
        max_usd=max_usd,
        yes=yes,
        fresh=fresh,
        is_json=is_json,
        html=html,
        compare=compare,
    )
    said = console(stderr=True)
    try:
        return _evaluate(plan, said)
    except KeyboardInterrupt:
        said.print("Stopped. What there is so far is kept: the same command goes on from there.")
        raise click.Abort from None


def _evaluate(plan: Plan, said: Console) -> int:
    earlier = eval_output.figures_of(plan.compare) if plan.compare is not None else None
    if plan.html is not None:
        eval_output.check_writable(plan.html)
    store = AnswerStore(store_file(os.environ))
    if not plan.fresh:
        try:
            store.load()
        except StoreUnreadable as problem:
            raise BadInput(str(problem)) from problem
    if plan.replay is not None:
        from foretype.cli.eval_replay import replay

        settings = eval_project.settings_of(project_of(plan.replay), said)
        return replay(plan.replay, plan, settings, store)
    done = asyncio.run(_run(plan, store, said))
    eval_output.publish(plan, done, said, earlier)
    return eval_output.conclude(done, said)


async def _run(plan: Plan, store: AnswerStore, said: Console) -> Evaluation:
    if plan.source is None:
        project = await asyncio.to_thread(eval_project.of_package)
        here = project_root([Path.cwd()])
    else:
        project = await asyncio.to_thread(eval_project.of_source, plan.source, plan.n, plan.seed)
        here = project.root
        if plan.run_tests and not project.command:
            raise BadInput("--run-tests needs refactor.test_command in your settings.")
    settings = eval_project.settings_of(here, said)
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


def _set_cap(evaluation: Evaluation, plan: Plan, said: Console) -> None:
    """Say what is asked and what it costs, and set the most to spend."""
    left = evaluation.open_questions
    n_kept = len(evaluation.questions) - len(left)
    kept = f"; {n_kept} more are answered already" if n_kept else ""
    models = counted(len({question.contender.label for question in left}), "model")
    sentence = f"{counted(len(left), 'question')} for {models}{kept}."
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
