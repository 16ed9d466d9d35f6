"""Answers that leave code out, and honest ones that look like them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from helpers.verdicts import faults, faults_of_file

from foretype.languages import refactor_traits as languages
from foretype.refactor.actions.catalogue import BY_NAME

AREA = "def area(w, h):\n    if w < 0:\n        raise ValueError\n    return w * h"
SCRIPT = "function area(w, h) {\n  return w * h;\n}"


def check(
    old: str, new: str, language: str = "python", action: str = "simplify", told: str = ""
) -> list[str]:
    row = BY_NAME[action]
    row = replace(row, instruction=told or row.instruction)
    return faults(old, 0, len(old), new, languages.of_id(language), row)


@pytest.mark.parametrize(
    "new",
    [
        "def area(w, h):\n    ...",
        "def area(w, h): pass",
        "def area(w, h):\n    raise NotImplementedError",
        'def area(w, h):\n    """The area."""\n    ...',
        "def area(w, h):\n    # ... existing code ...\n    return w * h",
        "def area(w, h):\n    # ...\n    return w * h",
        "def area(w, h):\n    # The rest of the function remains unchanged.\n    return w * h",
        "def area(w, h):\n    # (unchanged)\n    return w * h",
        "def area(w, h):\n    # same as before\n    return w * h",
        "def area(w, h):\n    ...\n    return w * h",
        "def area(w, h):\n    if w < 0:\n        ...\n    return w * h",
        "def product(w, h): ...\n\ndef area(w, h):\n    return product(w, h)",
    ],
)
def test_code_that_is_left_out_is_seen(new: str) -> None:
    (said,) = check(AREA, new)
    assert "left out" in said


@pytest.mark.parametrize(
    ("language", "comment"),
    [
        ("javascript", "// ... existing code ..."),
        ("javascript", "/* omitted for brevity */"),
        ("unheard-of", "// rest of the code"),
        ("css", "/* … rest of the styles … */"),
    ],
)
def test_a_comment_for_code_is_seen_in_every_language(language: str, comment: str) -> None:
    (said,) = check(SCRIPT, f"function area(w, h) {{\n  {comment}\n}}", language)
    assert "left out" in said


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("def f(): ...\nx = 1", "def f(): ...\nx = 2"),
        ("x = a[0]", "x = a[..., 0]"),
        ("# ...\nx = 1", "# ...\nx = 2"),
        (AREA, f"class E(Exception):\n    pass\n\n{AREA}"),
        (AREA, f"class Shape(Protocol):\n    def area(self): ...\n\n{AREA}"),
        (AREA, f"@overload\ndef area(w: int, h: int) -> int: ...\n{AREA}"),
        (AREA, f"class A:\n    @abstractmethod\n    def g(self): ...\n\n{AREA}"),
        (AREA, f"{AREA}  # unchanged"),
        (AREA, AREA.replace("    if", "    # The rest of the list is sorted.\n    if")),
        (AREA, AREA.replace("    if", "    # Same as before, but for zero.\n    if")),
        (AREA, AREA.replace("    if", '    """\n    # ...\n    """\n    if')),
        (AREA, f"try:\n    import x\nexcept ImportError:\n    ...\n{AREA}"),
    ],
)
def test_what_is_no_gap_passes(old: str, new: str) -> None:
    assert check(old, new) == []


def test_headings_and_lists_of_prose_are_no_gaps() -> None:
    new = "# Rest of the code\n\n* ... and other parts"
    assert check("# A", new, "markdown", "instruct", "rename") == []
    assert check("# A", "# A\n\n<!-- ... rest ... -->", "markdown", "instruct", "shorten")


def test_where_a_stub_is_asked_for_it_may_come() -> None:
    new = "def area(w, h):\n    ..."
    assert check(AREA, new, action="instruct", told="make it a stub") == []
    assert check(AREA, new, action="instruct", told="make it faster")


def test_a_whole_file_may_not_leave_code_out_either() -> None:
    python = languages.of_id("python")
    assert faults_of_file(AREA, "# ... existing code ...\nx = 1\n", python)
    assert faults_of_file(AREA, f"{AREA}\n", python) == []
