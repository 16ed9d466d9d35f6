"""What the demo types: the shipped files and stretches of the user's own."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretype.cli.demo import scenes
from foretype.cli.demo.typist import Scene
from foretype.cli.terminal import BadInput


def whole(scene: Scene) -> str:
    return scene.before + scene.truth + scene.after


@pytest.mark.parametrize("seed", range(40))
def test_any_seed_chooses_real_code_that_is_typed_in_time(seed: int) -> None:
    chosen = scenes.library_scenes(seed)
    assert len(chosen) == scenes.N_SCENES
    assert chosen == scenes.library_scenes(seed)
    for scene in chosen:
        assert 20 < len(scene.truth) <= scenes.MAX_SCENE_CHARS
        assert scene.before.endswith("\n") and scene.language == "python"
        assert scene.truth == scene.truth.strip("\n ")
        ast.parse(whole(scene))


def test_a_line_is_where_typing_begins(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"one\r\ntwo\r\nthree\r\n")
    scene = scenes.scene_from_file(path, 2)
    assert (scene.before, scene.truth, scene.after) == ("one\r\n", "two\r\nthree", "\r\n")
    assert path.read_bytes() == b"one\r\ntwo\r\nthree\r\n"


def test_typing_begins_with_a_block_of_the_second_half(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    blocks = [f"def f{n}(x):\n    y = x + {n}\n\n    return y\n" for n in range(40)]
    path.write_text("\n\n".join(blocks))
    scene = scenes.scene_from_file(path)
    assert scene.truth.startswith("def f2") and len(scene.before) >= len(whole(scene)) / 2
    assert len(scene.truth) <= scenes.MAX_SCENE_CHARS
    assert sum(bool(line.strip()) for line in scene.truth.split("\n")) <= scenes.MAX_SCENE_LINES


@given(
    st.text(alphabet="ab\n\r\t }é", min_size=1, max_size=900).filter(lambda text: text.strip()),
    st.integers(0, 6),
)
def test_any_text_has_a_stretch(
    tmp_path_factory: pytest.TempPathFactory, text: str, n: int
) -> None:
    path = tmp_path_factory.mktemp("own") / "a.txt"
    text = text * (1 + n * n)
    path.write_bytes(text.encode())
    scene = scenes.scene_from_file(path)
    assert whole(scene) == text
    assert 0 < len(scene.truth) <= scenes.MAX_SCENE_CHARS and scene.truth.strip()


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        ("", None, "is empty"),
        (" \n\n", None, "is empty"),
        ("a\nb\n", 9, "has no line 9: it ends with line 3"),
        ("a\nb\n", 0, "has no line 0"),
        ("a\nb\n", 3, "nothing to type from line 3"),
    ],
)
def test_says_why_there_is_nothing_to_type(
    tmp_path: Path, content: str, line: int | None, says: str
) -> None:
    path = tmp_path / "a.py"
    path.write_text(content)
    with pytest.raises(BadInput) as fault:
        scenes.scene_from_file(path, line)
    assert says in fault.value.message
