"""Text of the prompt that a model says again is never shown; the user's own text like it is."""

from __future__ import annotations

import pytest
from helpers.completion_places import context_at
from helpers.marks import cursor as drawn
from helpers.streaming import streamed

from foretype.completion.context.prompt import EXAMPLE, NO_REPEATING, SYSTEM
from foretype.completion.postprocess import Postprocessor

HEADERS = "File: project/a.py\nLanguage: python\nIndentation: 4 spaces\n"
EXAMPLE_ANSWER = EXAMPLE[-1].content
EXAMPLE_QUESTION = EXAMPLE[0].content
SHOP = "def total_of(items):\n    total, price = 0, 1\n    ‸\n"


def cleaned(text: str, model: str, *, language: str = "python") -> str:
    """What is shown of an answer, which is the same however it was cut."""
    return streamed(model, context_at(drawn(text, language=language)))


@pytest.mark.parametrize(
    ("model", "shows"),
    [
        (HEADERS, ""),
        (HEADERS.rstrip(), ""),
        ("\n" + HEADERS + "\n", ""),
        (HEADERS + "sum(prices)", "sum(prices)"),
        (HEADERS + "\nsum(prices)\n", "sum(prices)\n"),
        (HEADERS + "```python\nsum(prices)\n```", "sum(prices)\n"),
        ("```\n" + HEADERS + "sum(prices)\n```", "sum(prices)\n"),
        (HEADERS + "Before the cursor:\ntotal = sum(prices)", "sum(prices)"),
        (HEADERS + "Before the cursor:\ntotal = <|cursor|>sum(prices)", "sum(prices)"),
        (HEADERS + "After the cursor's line:\n\nprint(total)\n", ""),
        (HEADERS + "Further up:\nimport os\n", ""),
        ("File: shop.py\nLanguage: python\nIndentation: 4 spaces\nsum(prices)", "sum(prices)"),
        ("File: project/a.py\nLanguage: Python\nsum(prices)", "sum(prices)"),
        ("Language: python\nsum(prices)", "sum(prices)"),
        ("Indentation: 2 spaces\nsum(prices)", "sum(prices)"),
        ("Indentation: tabs\n", ""),
        ("File: project/a.py\nLanguage: py", ""),
        ("File: project/a", ""),
        ("File: cart.py\nIndentation: 4 spaces\n", ""),
        (EXAMPLE_QUESTION, ""),
        ("sum(prices)\n" + HEADERS, "sum(prices)\n"),
        ("sum(prices)\nFile: project/a.py\nLang", "sum(prices)\n"),
        ("sum(prices)\nBefore the cursor:\ntotal = ", "sum(prices)\n"),
        (SYSTEM, ""),
        (NO_REPEATING.strip(), ""),
        ("sum(prices)\nWhat belongs at the mark <|cursor|>?", "sum(prices)\n"),
        (SYSTEM.split(". ")[1], ""),
        ("sum(prices)\n" + SYSTEM, "sum(prices)\n"),
        ("Stop where the statement, or the block", ""),
        ("sum(prices)<|cur", "sum(prices)"),
    ],
)
def test_headers_titles_and_instructions_of_the_prompt_are_not_shown(
    model: str, shows: str
) -> None:
    assert cleaned("total = ‸\n", model) == shows


def commented(text: str, leader: str) -> str:
    return "".join(f"{leader} {line}\n" for line in text.rstrip().split("\n"))


@pytest.mark.parametrize(
    ("language", "model", "shows"),
    [
        ("python", commented(HEADERS, "#") + "sum(prices)\n", "sum(prices)\n"),
        ("python", commented(HEADERS, "#"), ""),
        ("python", "# File: project/a.py\n\nsum(prices)\n", "sum(prices)\n"),
        ("python", "sum(prices)\n" + commented(HEADERS, "#"), "sum(prices)\n"),
        ("python", "sum(prices)\n# Before the cursor:\ntotal = ", "sum(prices)\n"),
        ("python", commented(SYSTEM, "#"), ""),
        ("python", commented(EXAMPLE_ANSWER, "#"), ""),
        ("javascript", commented(HEADERS, "//") + "sum(prices)\n", "sum(prices)\n"),
        ("javascript", f"/*\n{commented(HEADERS, ' *')} */\nsum(prices)\n", "sum(prices)\n"),
        ("c", f"/* {HEADERS}*/\nsum(prices)\n", "sum(prices)\n"),
        ("lua", commented(HEADERS, "--") + "sum(prices)\n", "sum(prices)\n"),
        ("html", f"<!-- {HEADERS.rstrip()} -->\n<b>sum</b>\n", "<b>sum</b>\n"),
    ],
)
def test_what_a_model_makes_a_comment_of_the_prompt_is_not_shown(
    language: str, model: str, shows: str
) -> None:
    model = model.replace("Language: python", f"Language: {language}")
    assert cleaned("total = 0\n‸\n", model, language=language) == shows


@pytest.mark.parametrize(
    "text",
    [
        "total = ‸\n",
        "for user in ‸\n",
        "def f(self):\n    ‸\n",
        "# Say ‸\n",
        "total = 0\nfor item in ‸",
    ],
)
@pytest.mark.parametrize(
    "model",
    [
        EXAMPLE_ANSWER,
        EXAMPLE_ANSWER + "\n",
        EXAMPLE_ANSWER + "\nreturn total\n",
        "for item in " + EXAMPLE_ANSWER,
        "```python\n" + EXAMPLE_ANSWER + "\n```",
        HEADERS + EXAMPLE_ANSWER,
        "items:\n",
        "items:\n    total",
        "total += item.price",
        "total += item.price\n",
    ],
)
def test_nothing_of_the_worked_example_is_shown(text: str, model: str) -> None:
    shown = cleaned(text, model)
    assert "items:" not in shown and "item.price" not in shown


@pytest.mark.parametrize("text", ["total = ‸\n", "for user in ‸\n"])
def test_no_half_of_it_is_shown_while_it_streams(text: str) -> None:
    around = context_at(drawn(text))
    for said in (EXAMPLE_ANSWER, HEADERS, SYSTEM):
        for n in range(len(said)):
            assert Postprocessor(around).feed(said[:n]) == "", said[:n]


@pytest.mark.parametrize(
    ("text", "language", "model"),
    [
        ("Name: a\nLanguage: en\n\nName: b\n‸", "yaml", "Language: de\n"),
        ("Name: a\n‸", "yaml", "Language: de\nIndent: 4\n"),
        ("Language: yaml\n---\n‸", "yaml", "Language: yaml\nName: b\n"),
        ("To: me\n‸", "plaintext", "File: report.pdf\nLanguage: English\nHello"),
        ("class A:\n    ‸\n", "python", "File: Path\n    Language: str\n"),
        ("Filename: ‸", "yaml", "File: x\n"),
        ("x = 1\n‸\n", "python", "# File: the one that is read\ny = 2\n"),
        ("FILES = 1\n# File: project/a.py\n‸", "python", "# File: project/b.py\n"),
        ("# Before the cursor:\nx = 1\n\n‸", "python", "# Before the cursor:\ny = 2\n"),
        ("x\n\n‸", "markdown", "# Recent changes:\n"),
        ("# Before the cursor:\nx\n\n‸", "markdown", "# Before the cursor:\ny"),
        ("def f(items):\n    for item in ‸\n", "python", "items:\n        print(item)\n"),
        ("def f(items):\n    for item in ‸\n", "python", "items:"),
        (SHOP, "python", "for item in items:\n        total += item.price\n"),
        (SHOP.replace("‸", "for item in ‸"), "python", "items:\n        total += item.price\n"),
        ("total += item.price\ntotal += item.tax\n‸", "python", "total += item.price\n"),
    ],
)
def test_the_users_own_text_that_is_like_it_is_shown(text: str, language: str, model: str) -> None:
    assert cleaned(text, model, language=language) == model


def test_a_file_that_has_the_prompts_words_goes_on_with_them() -> None:
    text = "BEFORE = '''\nBefore the cursor:\n'''\nAGAIN = '''\n‸"
    assert cleaned(text, "Before the cursor:\n'''\n").startswith("Before the cursor:\n")
