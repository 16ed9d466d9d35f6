"""Where the tasks of ``foretype eval`` come from: the package, or the user's own code."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from foretype.cli.terminal import BadInput
from foretype.evaluation import tasks as task_list
from foretype.evaluation import tracked_files
from foretype.evaluation.holes import cut
from foretype.evaluation.tasks import Task
from foretype.evaluation.tracked_files import NotTracked
from foretype.privacy.gate import Gate
from foretype.settings.load import config_file, load
from foretype.settings.schema import Settings


@dataclass(frozen=True)
class Project:
    """The tasks, and the project that they are in."""

    root: Path
    tasks: list[Task]
    command: tuple[str, ...] = ()
    """The project's own tests; empty for the tasks of the package."""
    tracked: tuple[Path, ...] = ()


def of_package() -> Project:
    """Return the tasks that come with foretype. Reads files."""
    # Nothing is written there: the folder only names the files.
    root = Path(tempfile.gettempdir()).resolve() / "foretype-eval"
    return Project(root, task_list.built_in(root))


def of_source(source: Path, n: int, seed: int) -> Project:
    """Cut so many tasks out of tracked files. Raises BadInput. Not for the event loop."""
    if not source.exists():
        raise BadInput(f"There is no file or folder {source}.")
    try:
        root = tracked_files.project_folder(source)
        paths = tracked_files.tracked(source, root)
        everything = tracked_files.tracked(root, root)
    except NotTracked as problem:
        raise BadInput(str(problem)) from problem
    settings = settings_of(root)
    gate = Gate(settings, (root,))
    holes = cut(tracked_files.sources(paths, root, gate.excluded, seed), n, seed)
    tasks = task_list.of_holes(holes, root)
    if not tasks:
        raise BadInput("There is no place to cut out: the files are too short, or not code.")
    # Tests run code that a model wrote: what it may not see is not copied either.
    seen = tuple(path for path in everything if gate.excluded(path.as_uri()) is None)
    return Project(root, tasks, settings.refactor.test_command, seen)


def settings_of(root: Path, said: Console | None = None) -> Settings:
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
