"""Code for the tests in real editors: what is in the file, and what the model says."""

from __future__ import annotations

from pathlib import Path

FIRST = Path(__file__).parents[2] / "editors" / "first.py"
EXAMPLES = Path(__file__).parents[1] / "refactor" / "examples"
"""The file that the guides have a newcomer type an `e` into."""

BEGUN = """\
def area(width, height):
    return width * height


def volume(width, height, depth):
    """
"""Ends where the next line is to be written."""
BASE = "base = area(width, height)"
BODY = BASE + "\n    return base * depth"
OTHERS = ("face = width * depth\n    return face * height", "return area(width, height) * depth")
"""What the model says where it is asked for something else."""
WHOLE = BEGUN + BODY + "\n\n\ndef weight(volume, density):\n    return volume * density\n"

UNTYPED = BEGUN.partition("\n\n\n")[0]
TYPED = "def area(width: float, height: float) -> float:\n    return width * height"

TRUTH = """\
def is_true(x):
    if x == True:
        return True
    return False


y = 1
"""
TRUTH_DONE = """\
def is_true(x):
    return x == True


y = 1
"""
TRUTH_REPLY = "```python\ndef is_true(x):\n    return x == True\n```"

FLASK, FASTAPI, FASTAPI_TESTS = (
    (Path(__file__).parents[1] / "refactor" / "examples" / f"{name}.py.txt").read_text(
        encoding="utf-8"
    )
    for name in ("users", "users_fastapi", "test_users")
)
FLASK_REPLY = (
    f"```python users_fastapi.py\n{FASTAPI}```\n\n```python test_users.py\n{FASTAPI_TESTS}```\n"
)
