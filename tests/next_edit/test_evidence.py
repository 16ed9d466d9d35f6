"""What a model proposes has to follow from the edits that were made, and is refused otherwise."""

from __future__ import annotations

import pytest
from helpers.next_edits import NextEditEditor
from helpers.next_edits import why_refused as why

from foretype.completion.selection import syntax_check
from foretype.core.text import Document, Edit

POINTS = """\
class Point {
    constructor(
        private readonly x: number,
        private readonly y: number
    ) { }
    getDistance() {
        return Math.sqrt(this.x ** 2 + this.y ** 2);
    }
}

// Reads what was asked
function read(text: string): string {
    return text;
}

log(read("one")); // one
log(other("two")); // two
"""
UNRELATED = "it has nothing to do with what was edited"
MADE_UP = "it puts a name or a text of its own in place of yours"
ANOTHER_HEAD = "it changes what a function takes, of which no edit says anything"
MISFIT = "it calls what was edited in another way than it can be"
BLANKS, MARKS = "it changes only blanks", "it holds marks or prose"
REPEATED, REVERTED = "it repeats the lines around it", "it takes an edit back"
X, Y, Z = (f"        private readonly {name}: number" for name in "xyz")
DISTANCE = POINTS[POINTS.index("    getDistance") : POINTS.index("    }\n}")]


@pytest.fixture
def points() -> NextEditEditor:
    """An editor in which a class was renamed."""
    syntax_check.warm("typescript")
    editor = NextEditEditor(POINTS, "typescript")
    editor.replace("Point", "Point3D")
    return editor


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (f"{Y}\n", f"{Y},\n{Z}\n", None),
        (DISTANCE, DISTANCE.replace(" **", "_ **"), None),
        ("// Reads what was asked\n", "", UNRELATED),
        ("return text", "return other", UNRELATED),
        (DISTANCE, DISTANCE.replace("()", "(z: number)").replace("** 2)", "* z)"), ANOTHER_HEAD),
        (X, f"{X} ", BLANKS),
        (f"{Y}\n", f"{Y}, \n{Z}\n", BLANKS),
        ("    get", f"    constructor(\n{X},\n{Z}\n    ) {{ }}\n    get", REPEATED),
        (" ** 2);\n    }\n", " ** 2);\n", "it adds a syntax error"),
    ],
)
def test_what_does_not_follow_from_a_renamed_class(
    points: NextEditEditor, old: str, new: str, reason: str | None
) -> None:
    assert why(points, old, new) == reason


OLD, ANOTHER = "function read<T>(text: T): T {\n", "function readAll(text: string[]) {\n"
BODY = "    return text;\n}\n"


@pytest.fixture
def reader() -> NextEditEditor:
    """An editor in which a function was renamed, and takes another type."""
    syntax_check.warm("typescript")
    text = POINTS.replace("read(text: string): string", "read<T>(text: T): T")
    editor = NextEditEditor(text, "typescript")
    editor.replace("read<T>(text: T): T", "readText(text: string): string")
    return editor


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('log(read("one"))', 'log(readText("one"))', None),
        ('log(read("one"))', "log(readText(1))", MISFIT),
        ('log(read("one"))', 'log(readText<string>("one"))', MISFIT),
        ('log(read("one"))', 'log(readText("one", text))', MISFIT),
        ('log(read("one"))', "log(readText())", MISFIT),
        ('log(read("one"))', 'log(readText("Hello!"))', MADE_UP),
        ('(read("one")); //', '(readText("one")); // 1 //', MARKS),
        ("\nlog(read", f"\n{OLD}{BODY}\nlog(read", REVERTED),
        ("\nlog(read", f"\n// Reads what was asked\n{ANOTHER}{BODY}\nlog(read", REPEATED),
        ("\nlog(read", f"\n{ANOTHER}{BODY}\nlog(read", None),
    ],
)
def test_what_does_not_follow_from_a_function_that_takes_another_type(
    reader: NextEditEditor, old: str, new: str, reason: str | None
) -> None:
    assert why(reader, old, new) == reason


SHOP = """\
def total(prices):
    return sum(prices)


def report(prices):
    print(total(prices))
    first = values[0]
    return first
"""


def test_a_parameter_that_an_edit_speaks_of_may_be_passed_on() -> None:
    syntax_check.warm("python")
    editor = NextEditEditor(SHOP)
    editor.replace("sum(prices)", "sum(prices, start)")
    assert why(editor, "def report(prices)", "def report(prices, start)") is None
    assert why(editor, "def report(prices)", "def report(prices, width)") == ANOTHER_HEAD


def test_words_of_another_file_that_was_edited_count() -> None:
    editor = NextEditEditor(SHOP)
    editor.replace("sum", "max")
    assert why(editor, "first = values[0]", "first = values[2]") == UNRELATED
    old = Document("file:///other.py", "def f():\n    return values[0]\n", "python", 1)
    new = old.apply(Edit(len(old.text) - 3, len(old.text) - 2, "2"))
    editor.next_edits.edited(old, new, editor.now_s + 5)
    assert why(editor, "first = values[0]", "first = values[2]") is None
