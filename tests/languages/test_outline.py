"""Functions and classes of a text, in many languages and unfinished."""

from __future__ import annotations

import pytest

from foretype.languages.outline import enclosing, header


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("def f(a):", ("f", "function")),
        ("    async def f(a):", ("f", "function")),
        ("class A(B):", ("A", "class")),
        ("export default function f(a) {", ("f", "function")),
        ("export const f = async (a) => {", ("f", "function")),
        ("  render(a) {", ("render", "function")),
        ("func (s *Server) Run(ctx Context) error {", ("Run", "function")),
        ("pub(crate) fn new() -> Self {", ("new", "function")),
        ("impl<T> Stack<T> {", ("Stack", "class")),
        ("  public static int sum(int[] a) {", ("sum", "function")),
        ("static int f(int a) {", ("f", "function")),
        ("  def empty?", ("empty?", "function")),
        ("local function f(a)", ("f", "function")),
        ("    if (a) {", None),
        ("    for (const x of f(a)) {", None),
        ("    } else if (f(a)) {", None),
        ("    return f(a)", None),
        ("    match f(a) {", None),
        ("    if f(a) {", None),
        ("x = f(a)", None),
    ],
)
def test_a_header_is_known_by_its_line(line: str, expected: tuple[str, str] | None) -> None:
    assert header(line) == expected


def test_what_is_around_a_place_is_found_from_the_lines_above_it() -> None:
    lines = ["class A:", "    def f(self):", "        pass", "    def g(self):", "        if x:"]
    assert [d.name for d in enclosing(lines, 12)] == ["A", "g"]
    assert [d.name for d in enclosing(lines, 4)] == ["A"]
    assert enclosing(lines, 0) == []
