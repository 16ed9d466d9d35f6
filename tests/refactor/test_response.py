from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretype.languages import refactor_traits as languages
from foretype.refactor.response import Block, bare_code, join_continuation, parse

PYTHON = languages.of_id("python")
GO = languages.of_id("go")
PLAIN = languages.of_id("unheard-of")


def code(text: str) -> list[str]:
    return [block.code for block in parse(text).blocks]


def test_prose_around_a_block_is_left_out() -> None:
    reply = parse("Sure! Here it is:\n\n```python\nx = 1\n```\n\nI made it short.")
    assert reply.blocks == (Block("x = 1", "python"),)
    assert reply.prose == "Sure! Here it is:\n\n\nI made it short."


def test_several_blocks_keep_their_order() -> None:
    assert code("```\na\n```\nthen\n```py\nb\n\nc\n```") == ["a", "b\n\nc"]


@pytest.mark.parametrize(
    "text",
    [
        "```python users.py\nx\n```",
        "```users.py\nx\n```",
        "```python:users.py\nx\n```",
        '```python title="users.py"\nx\n```',
        "```python {file=users.py}\nx\n```",
        "**users.py**\n```python\nx\n```",
        "### `users.py`\n\n```python\nx\n```",
        "1. File: users.py\n```python\nx\n```",
        "users.py:\n```\nx\n```",
    ],
)
def test_a_file_name_is_found(text: str) -> None:
    (block,) = parse(text).blocks
    assert block.name == "users.py"
    assert block.code == "x"


def test_a_file_name_in_the_first_line_stays_in_the_code() -> None:
    (block,) = parse("```python\n# users.py\nx = 1\n```").blocks
    assert (block.name, block.code) == ("users.py", "# users.py\nx = 1")


@pytest.mark.parametrize("name", ["../up.py", "/etc/passwd.txt", "C:\\x\\y.py", "a/b/c.py"])
def test_a_name_is_told_as_it_was_said(name: str) -> None:
    assert parse(f"```python {name}\nx\n```").blocks[0].name == name


@pytest.mark.parametrize("line", ["We use requests.get here:", "See x.y and z:", "Done."])
def test_prose_is_no_file_name(line: str) -> None:
    assert parse(f"{line}\n```python\nx\n```").blocks[0].name == ""


def test_a_block_without_an_end_is_cut() -> None:
    reply = parse("```python\nx = 1\ny =")
    assert reply.cut and reply.blocks[0].code == "x = 1\ny ="


def test_a_fence_within_a_docstring_is_part_of_the_code() -> None:
    inner = 'def f():\n    """Use it.\n\n    ```python\n    f()\n    ```\n    """\n    return 1'
    assert code(f"```python\n{inner}\n```") == [inner]


def test_a_longer_fence_holds_shorter_ones() -> None:
    assert code("````md\n```\nx\n```\n````") == ["```\nx\n```"]


def test_two_blocks_of_which_the_first_has_no_end_are_not_nested_by_mistake() -> None:
    assert code("```python\na\n```\n```python\nb\n```") == ["a", "b"]


def test_a_reply_of_nothing_but_fences_holds_no_code() -> None:
    assert parse("```python\n" * 4000).blocks == ()
    assert len(parse("```\nx = 1\n```\n" * 50).blocks) == 50


def test_a_fence_in_a_list_is_indented_with_its_code() -> None:
    assert code("1. So:\n   ```python\n   def f():\n       return 1\n   ```") == [
        "def f():\n    return 1"
    ]


def test_tildes_and_carriage_returns_are_fine() -> None:
    assert code("~~~python\r\na\r\nb\r\n~~~\r\n") == ["a\nb"]


def test_reasoning_in_the_text_is_left_out() -> None:
    assert code("<think>```python\nno\n```</think>\n```python\nyes\n```") == ["yes"]


@pytest.mark.parametrize(
    "thoughts",
    [
        "We should do it.\n</think>\n",
        "We should.\n```python\nno\n```\nThen.</think>\r\n",
        "Perhaps\n```python\nno\n</thinking>\n",
    ],
)
def test_thoughts_without_a_beginning_are_left_out(thoughts: str) -> None:
    reply = parse(f"{thoughts}```python\nyes\n```")
    assert ([block.code for block in reply.blocks], reply.prose) == (["yes"], "")


def test_a_tag_in_the_code_ends_no_thoughts() -> None:
    inner = 'x = """\n</think>\n"""'
    assert code(f"```python\n{inner}\n```\n") == [inner]
    assert code(f"```python\n{inner}\n```\nand\n```\ny\n```") == [inner, "y"]


@given(st.lists(st.text(alphabet="ab =():\n\t", max_size=30), min_size=1, max_size=4))
def test_what_was_fenced_comes_back(codes: list[str]) -> None:
    text = "\nprose\n".join(f"```python\n{code}\n```" for code in codes)
    assert code(text) == codes


@given(st.text(alphabet="`~ \nabc.py/#:*", max_size=80))
def test_any_reply_can_be_taken_apart(text: str) -> None:
    reply = parse(text)
    assert len(reply.blocks) <= text.count("```") + text.count("~~~")


def test_the_first_line_of_code_without_a_fence_stays_as_deep_as_it_is() -> None:
    method = "    def f(self,\n          x):\n        return x"
    assert parse(method).prose == method
    assert bare_code(method, method, PYTHON) == Block(method)


def test_code_without_a_fence_is_taken_where_it_is_plainly_code() -> None:
    original = "def f(x):\n    return x"
    assert bare_code("def f(x):\n    return x + 1", original, PYTHON) is not None
    assert bare_code("I would return x plus one here.", original, PYTHON) is None
    assert bare_code("def f is a function that you wrote.", original, PYTHON) is None
    with_prose = "def f(x):\n    return 1\n\nThis is now much simpler."
    assert bare_code(with_prose, original, PYTHON) == Block("def f(x):\n    return 1")


@pytest.mark.parametrize(
    ("first", "second", "whole"),
    [
        ("```python\nx = [1,", " 2]\n```", "```python\nx = [1, 2]\n```"),
        ("```python\nx = [1,", "```python\n 2]\n```", "```python\nx = [1, 2]\n```"),
        (
            "```python\nvalue = compute(",
            "value = compute(1)\n```",
            "```python\nvalue = compute(1)\n```",
        ),
        ("a\n```", "python\nb\n```", "a\n```python\nb\n```"),
    ],
)
def test_a_continuation_is_joined_at_the_seam(first: str, second: str, whole: str) -> None:
    assert join_continuation(first, second) == whole


def _seconds(text: str) -> float:
    """How long it takes to take a reply apart: the least of several times."""
    times = []
    for _ in range(5):
        begun = time.perf_counter()
        parse(text)
        times.append(time.perf_counter() - begun)
    return min(times)


@pytest.mark.parametrize(
    "hostile",
    [
        lambda n: "-" + " " * n + "!x y\n```python\nx = 1\n```",
        lambda n: "../" * n + "\n```python\nx = 1\n```",
        lambda n: "```python\n#" + " " * n + "a/" * n + "!\n```",
        lambda n: "```" + "a " * n + "!\nx = 1\n```",
        lambda n: "~" * (100 * n) + "`\n",
    ],
    ids=["blanks above", "folders above", "folders inside", "words behind", "tildes"],
)
def test_a_long_line_takes_time_that_grows_no_faster_than_the_line(
    hostile: Callable[[int], str],
) -> None:
    """A reply is read while the whole server waits. With its square this would be 16 times."""
    assert _seconds(hostile(600)) < 8 * _seconds(hostile(150))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("java", "@Override\npublic int area() {\n    return w * h;\n}"),
        ("python", "import math\n\ndef area(w):\n    return math.pi"),
        ("typescript", "// Both sides.\nexport function area<T>(w: T): T {\n  return w;\n}"),
        ("cpp", "template <class T>\nT area(T w) {\n  return w;\n}"),
    ],
)
def test_code_without_a_fence_may_begin_above_its_definition(language: str, text: str) -> None:
    found = bare_code(text, "return w;\n}", languages.of_id(language))
    assert found is not None and found.code == text
    with_prose = f"Here is the code you asked for:\n{text}"
    assert bare_code(with_prose, "", languages.of_id(language)) == found
