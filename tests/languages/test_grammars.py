"""Long texts, parsed from the tree of the one before."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foretype.languages import grammars
from foretype.languages.definitions import children_in
from foretype.languages.grammars import LONG, best_tree, new_parsers

FUNCTIONS = {
    "Python": "def f(a):\n    b = [a, 'é']\n    return g(b)\n\n\n",
    "JavaScript": "function f (a) {\n  const b = [a, 'é']\n  return g(b)\n}\n\n",
    "Rust": "fn f(a: u8) -> u8 {\n    let b = [a, 1];\n    g(b)\n}\n\n",
    "Java": "class A {\n    int f(int a) {\n        return g(a);\n    }\n}\n\n",
}
each_language = pytest.mark.parametrize("language", FUNCTIONS)


def shape(tree: Any) -> str:
    """A tree, written out, with the lines that its parts begin at."""
    return f"{tree.root_node} {[child.start_point[0] for child in tree.root_node.named_children]}"


@each_language
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_the_tree_is_the_one_of_a_text_that_is_parsed_alone(
    language: str, data: st.DataObject
) -> None:
    if not grammars.has_grammar(language):
        pytest.skip("there is no grammar for this platform")
    lines = (FUNCTIONS[language] * (LONG // len(FUNCTIONS[language]) + 9)).split("\n")
    before = "\n".join(lines)
    first = data.draw(st.integers(0, len(lines) - 1))
    last = data.draw(st.integers(first, min(first + 12, len(lines))))
    new = data.draw(st.lists(st.sampled_from(FUNCTIONS[language].split("\n")), max_size=6))
    after = "\n".join([*lines[:first], *new, *lines[last:]])
    best_tree(before, language)
    (parser, *_) = new_parsers(language)
    assert shape(best_tree(after, language)) == shape(parser.parse(after.encode()))


@each_language
def test_the_parts_in_some_lines_are_found_among_many(language: str) -> None:
    if not grammars.has_grammar(language):
        pytest.skip("there is no grammar for this platform")
    root = best_tree(FUNCTIONS[language] * 300, language).root_node
    size = FUNCTIONS[language].count("\n")
    for first, last in ((0, 0), (size * 150, size * 152), (size * 299, size * 400)):
        wanted = [n for n in root.named_children if n.end_point[0] >= first]
        wanted = [n for n in wanted if n.start_point[0] <= last]
        assert wanted and list(children_in(root, first, last)) == wanted
