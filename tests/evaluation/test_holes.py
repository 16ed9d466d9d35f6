"""Holes cut by the syntax tree."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from foretype.evaluation import tracked_files
from foretype.evaluation.holes import KINDS, Hole, Source, cut
from foretype.evaluation.judging import adds_no_error, outcome, similarity
from foretype.languages.grammars import has_grammar

PYTHON = '''\
def greet(name, loud):
    """Greet somebody — politely."""
    words = "hello " + name
    if loud:
        words = words.upper(
        )
        words += "!"
    print(words, len(name))
    return words
'''
TYPESCRIPT = """\
export class Counter {
  private n = 0;
  add(by: number): number {
    this.n += by;
    return this.n;
  }
}
console.log(new Counter().add(17));
"""


def found(text: str, language: str) -> dict[str, set[str]]:
    source = Source("a", language, text)
    holes = list(cut([source], 200, seed=1))
    return {kind: {hole.truth for hole in holes if hole.kind == kind} for kind in KINDS}


def test_holes_of_python() -> None:
    if not has_grammar("Python"):
        pytest.skip("no grammar")
    holes = found(PYTHON, "python")
    assert '\n        words = words.upper(\n        )\n        words += "!"' in holes["block"]
    assert holes["arguments"] == {"words, len(name)", "name"}
    assert '"hello " + name' in holes["end of a line"]
    for truths in holes.values():
        assert all(truth in PYTHON for truth in truths)


def test_holes_of_typescript() -> None:
    if not has_grammar("TypeScript"):
        pytest.skip("no grammar")
    holes = found(TYPESCRIPT, "typescript")
    assert "\n    this.n += by;\n    return this.n;" in holes["block"]
    assert "new Counter().add(17)" in holes["arguments"]


def test_the_same_seed_cuts_the_same_holes() -> None:
    sources = [Source("a.py", "python", PYTHON), Source("b.ts", "typescript", TYPESCRIPT)]
    assert list(cut(sources, 8, seed=3)) == list(cut(sources, 8, seed=3))
    assert list(cut(sources, 8, seed=3)) != list(cut(sources, 8, seed=4))


def test_nothing_is_cut_out_of_a_file_that_does_not_parse_or_nobody_wrote() -> None:
    assert list(cut([Source("a.py", "python", "def (((:\n  x = 1\n" * 5)], 5, seed=1)) == []
    assert list(cut([Source("a.py", "python", f"x = {'1' * 400}\n")], 5, seed=1)) == []
    assert list(cut([], 5, seed=1)) == []


def test_similarity_counts_edits() -> None:
    assert similarity("abc", "abc") == 1 == similarity("", " ")
    assert similarity("abc", "abd") == pytest.approx(2 / 3)
    assert similarity("", "abc") == 0


def test_what_adds_a_syntax_error() -> None:
    assert adds_no_error("x = 1\n", "x = (1\n", "python") is False
    assert adds_no_error("x = (1\n", "x = (1\n", "python") is True
    assert adds_no_error("x", "y", "no-such-language") is None


def test_an_answer_that_replaces_closers_is_judged_by_what_the_file_becomes() -> None:
    hole = Hole(Source("a.py", "python", "print(abc)\n"), "arguments", 6, 9)
    assert outcome(hole, ("abc)", "print(abc)\n")) == "exact"
    assert outcome(hole, None) == "silent"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "a.py").write_text(PYTHON)
    (folder / "new.py").write_text(PYTHON)
    (folder / "secret.py").write_text(PYTHON)
    (folder / "notes.txt").write_text("words " * 100)
    marker = tmp_path / "ran"
    git(folder, "init", "-q")
    git(folder, "add", "a.py", "notes.txt", "secret.py")
    git(folder, "config", "core.fsmonitor", f"touch {marker}; false")
    return folder


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def test_holes_come_from_tracked_code_that_is_not_excluded(repository: Path) -> None:
    root = tracked_files.project_folder(repository / "a.py")
    paths = tracked_files.tracked(repository, root)
    assert [path.name for path in paths] == ["a.py", "notes.txt", "secret.py"]

    def excluded(uri: str) -> str | None:
        return "a rule" if uri.endswith("secret.py") else None

    read = tracked_files.sources(paths, root, excluded, 1)
    assert [source.name for source in read] == ["a.py"]
    assert not (repository.parent / "ran").exists(), "the repository's own command ran"


def test_code_with_line_ends_of_windows_is_read_with_those_of_unix(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"\xef\xbb\xbf" + b"value = 1\r\n" * 30)
    [read] = tracked_files.sources([tmp_path / "a.py"], tmp_path, lambda uri: None, 1)
    assert read.text == "value = 1\n" * 30


def test_of_very_many_files_the_same_are_read_for_the_same_seed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracked_files, "MAX_FILES", 4)
    paths = [tmp_path / f"{n}.py" for n in range(9)]
    for path in paths:
        path.write_text("value = 1\n" * 30)

    def names(seed: int) -> list[str]:
        return [s.name for s in tracked_files.sources(paths, tmp_path, lambda uri: None, seed)]

    assert names(1) == names(1) == sorted(names(1)) and len(names(1)) == 4
    assert len({tuple(names(seed)) for seed in range(5)}) > 1


def test_a_repository_that_names_another_folder_is_refused(
    repository: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "home"
    elsewhere.mkdir()
    git(repository, "config", "core.worktree", str(elsewhere))
    with pytest.raises(tracked_files.NotTracked, match="elsewhere"):
        tracked_files.project_folder(repository)


def test_a_folder_outside_of_git_is_named(tmp_path: Path) -> None:
    with pytest.raises(tracked_files.NotTracked, match="git tracks"):
        tracked_files.project_folder(tmp_path)
