"""An answer that fits is inserted as it is: real code, and what only looks like packaging."""

from __future__ import annotations

import pytest
from helpers.completion_places import context_at
from helpers.marks import cursor as drawn
from helpers.real_holes import Hole, holes, tokens

from foretype.completion.postprocess import Postprocessor, complete_text
from foretype.core.cursor import Cursor


def shown_at(drawing: str, answer: str, language: str = "python") -> str:
    place = drawn(drawing, language=language)
    return complete_text(answer, context_at(place), place).extent.text


def becomes(place: Cursor, answer: str) -> str:
    return complete_text(answer, context_at(place), place).extent.text


def test_the_truth_of_real_holes_is_left_as_it_is() -> None:
    n_whole, tried = 0, list(holes())
    for hole in tried:
        shown = becomes(hole.cursor, hole.truth)
        assert hole.truth.startswith(shown) and shown, (hole.cursor.before, hole.truth, shown)
        rest = hole.truth[len(shown) :]
        assert not rest.strip() or rest.lstrip(" ").startswith("\n"), (hole.truth, shown)
        n_whole += not rest.strip()
    assert n_whole >= 0.97 * len(tried)


def test_a_single_line_ends_the_stream_at_its_end() -> None:
    for hole in _of_one_line():
        stream = Postprocessor(context_at(hole.cursor))
        for token in tokens(hole.truth + hole.after[:400]):
            stream.feed(token)
            if stream.done:
                break
        assert stream.text.count("\n") <= 1, (hole.truth, stream.text)


def _of_one_line() -> list[Hole]:
    found = (hole for hole in holes() if "\n" not in hole.truth)
    return [hole for hole in found if context_at(hole.cursor).single_line]


@pytest.mark.parametrize(
    ("drawing", "answer", "language"),
    [
        ("<ul>\n  ‸\n</ul>\n", "<li>one</li>", "html"),
        ("<p>‸</p>\n", "<code>x</code>", "html"),
        ("<div>\n  ‸\n", "</div>", "html"),
        ("return (\n  ‸\n);\n", "<List>\n    <Item />\n  </List>", "javascriptreact"),
        ("# Title\n\n‸\n", "```js\nf()\n```", "markdown"),
        ("# Title\n\n‸\n", "- **one**\n- two", "markdown"),
        ("let v: Vec‸ = x;\n", "<T>", "rust"),
        ("let n = v.iter().collect::‸;\n", "<Vec<_>>()", "rust"),
        ("let f = ‸;\n", "|x| x + 1", "rust"),
        ("const f = ‸\n", "<T>(x: T) => x", "typescript"),
        ("const m: Map‸ = x;\n", "<string, number>", "typescript"),
        ("x = rows‸\n", "[MAX]", "python"),
        ("x = rows[‸]\n", "MAX_ROWS", "python"),
        ("x = a ‸\n", "| b", "python"),
        ("MARKS = [‸]\n", '"<|im_end|>"', "python"),
        ('TAG = "‸"\n', "<COMPLETION>", "python"),
        ("def f(n):\n    return ‸\n", "n % 2 == 0", "python"),
    ],
)
def test_what_the_language_has_at_an_edge_survives(
    drawing: str, answer: str, language: str
) -> None:
    if "<|im_end|>" in answer or answer == "<COMPLETION>":
        # The file has such a thing already.
        drawing = drawing + f"# {answer}\n"
    assert shown_at(drawing, answer, language) == answer


@pytest.mark.parametrize(
    ("drawing", "answer", "language"),
    [
        # Blanks that align go on with blanks.
        ("  let id:    u8,\n  let scale:   ‸\n", " u32,", "rust"),
        # An empty line of a comment.
        ("# What it is.\n‸\n# What it gives.\n", "#", "ruby"),
        # The text below stands at the margin, too.
        ("/*********\n‸\n* All rights reserved.\n", "* By somebody", "cpp"),
        ("@each ‸\n", "$color in $list {", "scss"),
        ("$x = 'a '.‸\n", "\n     'b';", "perl"),
        ("f(T, B, A, C)\nf(‸)\n", "T, P, const, A, B", "cpp"),
        # Half of a comment's sign, and of a comparison.
        ("local a = 1\n\t-‸\n", "- the first", "lua"),
        ("int a;\n    /‸\n", "/ the first", "java"),
        ("if (options =‸\n", "= null)", "java"),
    ],
)
def test_what_only_looks_like_a_habit_is_left_as_it_is(
    drawing: str, answer: str, language: str
) -> None:
    assert shown_at(drawing, answer, language) == answer


def test_blanks_stay_where_a_file_indents_every_other_step_by_a_tab() -> None:
    file = "proc f {} {\n    if {1} {\n\tset x 1\n\tset y 2\n    }\n    ‸\n    set z 3\n}\n"
    answer = "if {2} {\n    }\n    set z 2"
    assert shown_at(file, answer, "tcl") == answer


@pytest.mark.parametrize(
    "answer",
    [
        "a + 1<|mid|>",
        "[CURSOR]\na + 1[/CURSOR]",
        "a + 1\n[/CURSOR]",
        *(
            form.format(name)
            for name in ("CURSOR", "FILL_ME", "COMPLETION")
            for form in ("<{0}>\na + 1</{0}>", "<{0}>a + 1</{0}>", "a + 1\n</{0}>")
        ),
    ],
)
def test_a_placeholder_around_an_answer_is_no_part_of_it(answer: str) -> None:
    assert shown_at("def f(a):\n    return ‸\n", answer) == "a + 1"


@pytest.mark.parametrize(
    "answer",
    ["N/A", "None needed.", "(no completion)", "#", "# Nothing to add", "No changes required.",
     "There is nothing to complete here.", "```\n```", "The code is already complete."],
)  # fmt: skip
def test_the_word_that_nothing_is_to_be_added_adds_nothing(answer: str) -> None:
    assert shown_at("def f(a):\n    return a\n    ‸\n", answer) == ""


METHOD = '''\
class Shop:
    """Sells things."""

    def total(self, items):
        """Add the prices up.

        :return: the sum
        """
        ‸

    def close(self):
        pass
'''
BODY = """\
result = 0
        for item in items:
            result += item.price
        return result"""


@pytest.mark.parametrize(
    "answer",
    [
        # The docstring is another one; the method stands at the margin.
        'def total(self, items):\n    """Sum."""\n    result = 0\n    for item in items:\n'
        "        result += item.price\n    return result\n",
        # Prose, a heading, imports, the class, other methods, and an example of use.
        "### Approach\n\nWe add the prices up:\n\n1. **Begin** at zero.\n2. Add.\n\n```python\n"
        "import math\nfrom typing import List\n\n\nclass Shop:\n    def __init__(self):\n"
        "        self.open = True\n\n    def total(self, items: List) -> float:\n"
        "        result = 0\n        for item in items:\n            result += item.price\n"
        "        return result\n\n    def close(self):\n        self.open = False\n\n\n"
        "shop = Shop()\nprint(shop.total([]))\n"
        "```\n\nThis works.\n",
        # How it is used comes first.
        "You call it like this:\n\n```python\nprint(Shop().total(items))\n```\n\n"
        "Here is the method:\n\n```python\n    def total(self,items):\n        result = 0\n"
        "        for item in items:\n            result += item.price\n        return result\n```",
        # The body alone, at the margin.
        "```python\nresult = 0\nfor item in items:\n    result += item.price\nreturn result\n```",
        "<think>\nA sum. `def total` …\n</think>\n\nresult = 0\n        for item in items:\n"
        "            result += item.price\n        return result",
    ],
)
def test_of_a_method_written_anew_what_belongs_behind_the_cursor_is_shown(answer: str) -> None:
    assert shown_at(METHOD, answer) == BODY
    at_cursor = drawn(METHOD)
    imports = complete_text(answer, context_at(at_cursor), at_cursor).imports
    assert imports == (("import math", "from typing import List") if "import" in answer else ())


def test_a_body_that_is_begun_goes_on_where_it_ends() -> None:
    drawing = "def area(a, b):\n    check(a)\n    size = ‸\n    return size\n"
    answer = 'def area(a,b):\n  """The area."""\n  check( a )\n  size = a * b\n  return size\n'
    assert shown_at(drawing, answer) == "a * b"


def test_a_method_that_is_not_the_cursors_is_not_shown() -> None:
    answer = "def close(self):\n    self.open = False\n"
    assert shown_at(METHOD, answer) == ""
