"""Imports above a function, taken to those of the file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretype.languages import refactor_traits as languages
from foretype.languages.import_placement import PlacedImports, place_imports

PYTHON = languages.of_id("python")
OLD = "def f(a):\n    return a"
NEW = "def f(a: Any) -> Any:\n    return a"
ANY = "from typing import Any"


def move(above: str, code: str, old: str = OLD) -> PlacedImports:
    return place_imports(above, old, code, PYTHON)


@pytest.mark.parametrize(
    ("above", "expected"),
    [
        ("import os\n\n\n", f"import os\n{ANY}\n\n\n"),
        ("from os import (\n", f"{ANY}\n\nfrom os import (\n"),
        ("from os import (\n  a,\n)\nX = 1\n", f"from os import (\n  a,\n)\n{ANY}\nX = 1\n"),
        ("import os  # (sic\nclass A:\n", f"import os  # (sic\n{ANY}\nclass A:\n"),
        ("import os\ndef g():\n    import re\n", f"import os\n{ANY}\ndef g():\n    import re\n"),
        ('X = """\nimport os\n"""\n', f'{ANY}\n\nX = """\nimport os\n"""\n'),
        ("X = 1\n\n", f"{ANY}\n\nX = 1\n\n"),
        ("def g(): ...\n\n\n", f"{ANY}\n\n\ndef g(): ...\n\n\n"),
        ('#!/bin/python\n"""It\nis."""\n\n\n', f'#!/bin/python\n"""It\nis."""\n\n{ANY}\n\n\n'),
        ("# A.\n", f"# A.\n\n{ANY}\n\n\n"),
        ("import os\nfrom typing import Any, List\n", "import os\nfrom typing import Any, List\n"),
    ],
)
def test_a_new_import_stands_below_those_of_the_file(above: str, expected: str) -> None:
    done = move(above, f"{ANY}\n\n\n{NEW}")
    assert (done.above + done.added or above, done.code) == (expected, NEW)


def test_what_comes_from_the_future_comes_first() -> None:
    done = move('"""Doc."""\nimport os\n', f"{ANY}\nfrom __future__ import annotations\n{NEW}")
    expected = f'"""Doc."""\nfrom __future__ import annotations\n{ANY}\nimport os\n'
    assert done.above + done.added == expected


@pytest.mark.parametrize(
    ("above", "old", "code"),
    [
        ("", OLD, f"{ANY}\n\n{NEW}"),
        ("import os\n", "    x = 1", "import re\n    x = 1"),
        ("import os\n", OLD, ANY),
        ("import os\n", OLD, f"import os; run()\n{NEW}"),
        ("import os\n", OLD, f"import os, \\\n{NEW}"),
        ("import os\n", OLD, NEW),
        ("import os\n", OLD, f"X = 1\n{ANY}\n{NEW}"),
    ],
)
def test_what_is_plainly_no_import_above_a_function_stays(above: str, old: str, code: str) -> None:
    assert move(above, code, old) == PlacedImports(above, "", code)


LINES = [
    "import os",
    "import os, \\",
    "from a import (",
    "  b,",
    ")",
    '"""',
    "x = 1",
    "def g():",
    "  y",
    "",
    "# c",
]


@given(st.lists(st.sampled_from(LINES)), st.lists(st.sampled_from([ANY, *LINES])))
def test_nothing_of_the_file_or_the_answer_is_lost(file: list[str], answer: list[str]) -> None:
    above = "".join(f"{line}\n" for line in file)
    code = "\n".join([*answer, NEW])
    done = move(above, code)
    assert above.startswith(done.above) and done.code.endswith(NEW)
    if done.added:
        assert done.added.endswith(above[len(done.above) :])
        for line in code.removesuffix(done.code).strip().split("\n"):
            assert line in above or line in done.added
