"""Do no harm: the exact continuation of real code comes out unchanged, or cut at a whole line."""

from __future__ import annotations

import inspect
import json
import re

import pytest
from helpers.completion_places import context_at
from helpers.examples import examples
from helpers.marks import cursor as drawn
from helpers.real_holes import MODULES
from hypothesis import assume, given
from hypothesis import strategies as st

from foretype.completion.postprocess import complete_text
from foretype.completion.postprocess.readings import MAX_TOKENS
from foretype.core.cursor import Cursor
from foretype.core.text import Document

TOKEN = re.compile(r"\w+|[^\w\s]+")
TEXTS = [inspect.getsource(module) for module in (*MODULES, json)]
OTHERS = {
    "javascript": "function add(a, b) {\n  const sum = a + b\n  if (sum > 9) {\n    log(sum)\n  }\n"
    "  return items.map((x) => x * sum)\n}\n\nmodule.exports = { add }\n",
    "go": "func Sum(xs []int) (n int) {\n\tfor _, x := range xs {\n\t\tif x < 0 {\n\t\t\tcontinue\n"
    "\t\t}\n\t\tn += x\n\t}\n\treturn n\n}\n",
    "lua": "local function add(a, b)\n  local sum = a + b -- both\n  if sum > 9 then\n"
    "    print(sum)\n  end\n  return sum\nend\n",
    "shellscript": 'case "$1" in\n    start)\n        run "$2"\n        ;;\n    *)\n'
    "        exit 1\n        ;;\nesac\n",
}
"""Files in other languages, with what they have and Python has not."""
FILES = [*(("python", text) for text in TEXTS), *OTHERS.items()]


def repeats(before: str, truth: str, after: str) -> bool:
    """Whether the truth begins with what stands before the cursor, or ends with what follows it.

    Then both readings exist; how often the wrong one is taken is measured (``benches.exact``).
    """
    line = before.rsplit("\n", 1)[-1]
    above = [each.strip() for each in before.split("\n")[:-1] if each.strip()][-1:]
    below = [each.strip() for each in (line + after).split("\n")[1:] if each.strip()][:1]
    lines = [each.strip() for each in truth.split("\n") if each.strip()]
    whole = (line + truth.partition("\n")[0]).strip()
    stands, comes = TOKEN.findall(line), TOKEN.findall(truth)
    return (
        any(stands[-n:] == comes[:n] for n in range(1, MAX_TOKENS + 1))
        or (line[-1:] == truth[:1] and not truth[:1].isalnum())
        or bool({lines[0], whole, lines[-1]} & {*above, *below})
    )


@examples(300)
@given(st.integers(0, len(FILES) - 1), st.floats(0, 1), st.integers(1, 400), st.booleans())
def test_the_exact_continuation_is_never_altered_moved_or_refused(
    number: int, share: float, length: int, to_line_end: bool
) -> None:
    language, text = FILES[number]
    start = int(share * (len(text) - 1))
    end = min(len(text), start + length)
    if to_line_end:
        end = text.find("\n", end) if "\n" in text[end:] else len(text)
    before, truth, after = text[:start], text[start:end], text[end:]
    assume(re.search(r"\w", truth) and not repeats(before, truth, after))
    # Cursors stand at the edges of words.
    assume(not re.match(r"\w\w", text[max(0, start - 1) : start + 1]))
    assume(not re.match(r"\w\w", text[end - 1 : end + 1]))
    uri = f"file:///a.{language}"
    cursor = Cursor(Document(uri, before + after, language), start)
    shown = complete_text(truth, context_at(cursor), cursor).extent
    rest = truth[len(shown.text) :]
    is_whole = shown.text.rstrip() == truth.rstrip()
    is_cut = truth.startswith(shown.text) and rest.lstrip(" \t").startswith("\n")
    assert shown.text.strip(), (before[-80:], truth)
    assert is_whole or is_cut or not rest.strip(), (before[-80:], truth, shown.text)


EDGES = {
    "html": ["<b>x</b>", "<CODE>x</CODE>", "<Answer/>", "</section>", "<br>"],
    "javascriptreact": ["<List><Item /></List>", "<></>", "</Item>", "<Output value={x} />"],
    "markdown": ["<kbd>x</kbd>", "[link](url)", "[X]", "```js\nf()\n```", "> quoted"],
    "rust": ["<T>", "<T: Clone>(x: T)", "|x| x + 1", "||", "<Vec<_>>()", "#[derive(Debug)]", "[N]"],
    "typescript": ["<T>(x: T) => x", "<string>", "<K extends keyof T>", "[key]", "[MAX]"],
    "python": ["[MAX]", "[i]", "[a:b]", "| b", "[NAMES[0]]", "@ b"],
}
PLACES = {
    "html": "<ul>\n  ‸\n</ul>\n",
    "javascriptreact": "return (\n  ‸\n)\n",
    "markdown": "# Title\n\n‸\n",
    "rust": "let v = first‸;\n",
    "typescript": "const f = first‸\n",
    "python": "v = first‸\n",
}


@pytest.mark.parametrize(
    ("language", "edge"), [(language, edge) for language in EDGES for edge in EDGES[language]]
)
@pytest.mark.parametrize("form", ["{0}", "{0}\nend_of(it)", "{0}.rest({0})", "{0}{0}"])
def test_what_the_language_has_survives_at_either_edge(language: str, edge: str, form: str) -> None:
    place = drawn(PLACES[language], language=language)
    answer = form.format(edge)
    shown = complete_text(answer, context_at(place), place).extent.text
    first = answer.partition("\n")[0]
    assert shown and (answer.startswith(shown) or shown.startswith(first)), (answer, shown)
