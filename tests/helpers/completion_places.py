"""Places and streams for the tests of postprocessing: what a model may answer, and where."""

from __future__ import annotations

from helpers.marks import cursor as drawn
from hypothesis import strategies as st

from foretype.completion.complete_text import completion_context
from foretype.completion.context.prompt import headers, titles
from foretype.completion.context.window import gather
from foretype.completion.postprocess import CompletionContext
from foretype.core.cursor import Cursor

PLACES = {
    "python body": drawn(
        "import os\n\n\ndef total(items):\n    result = 0\n    for item in items:\n        ‸\n"
        "    return result\n\n\nclass Shop:\n    pass\n"
    ),
    "python line": drawn("class A:\n    def f(self):\n        return self.‸\n\n    def g(self):\n"),
    "python word": drawn("def f(items):\n    i‸\n    return items\n"),
    "python comment": drawn("# Sure, ‸\nx = 1\n"),
    "python docstring": drawn('def f():\n    """Say it.\n\n    ```\n    ‸\n    ```\n    """\n'),
    "python brackets": drawn("def f():\n    print(‸)\n    return 1\n"),
    "python middle": drawn("x = call(‸, other=2)\ny = 3\n"),
    "python margin": drawn("def f(a):\n‸\n\n\ndef g(a):\n    return a\n"),
    "python end": drawn("def f(a):\n    return a\n\n\n‸"),
    "empty": drawn("‸"),
    "javascript": drawn(
        "function f(a) {\n\tconst b = a.map(‸);\n\treturn b;\n}\n\nf([1]);\n", language="javascript"
    ),
    "go": drawn("func f() error {\n\tif err != nil {\n\t\t‸\n\t}\n}\n", language="go"),
    "c": drawn("int f(int a)\n{\n    if (a)\n        ‸\n    return 0;\n}\n", language="c"),
    "html": drawn("<ul>\n  <li>‸</li>\n</ul>\n", language="html"),
    "markdown": drawn("# Title\n\n1. one\n2. ‸\n", language="markdown"),
    "markdown fence": drawn("Text\n\n```python\nx = ‸\n```\n", language="markdown"),
    "numbers": drawn("1\n2\n3\n‸\n", language="plaintext"),
    "crlf": drawn("def f():\r\n    x = ‸\r\n    return x\r\n"),
    "unseen": drawn('BLANK = "\u200b"\nFAMILY = "‸"\n'),
    "diff": drawn("--- a\n+++ b\n@@ -1 +1 @@\n-x\n+‸\n", language="diff"),
}

WORDS = (
    " ", "  ", "    ", "\t", "\n", "\n\n", "\r\n", "\r", "x", "return", "result", "def f():", "if",
    "x = 1", "(", ")", "]", "}", "{", '"', "'", '"""', ":", ";", ",", "```", "```python\n", "\n```",
    "~~~", "`", "``", "<think>", "</think>", "<thin", "<THINK>", "\n</think>\n\n", "<|cursor|>",
    "<|cur", "<|im_end|>", "<|fim_middle|>", "<|", "<", "</s>", "[/INST]", "[", "<code>", "</code>",
    "Sure", "Sure, here is the code:\n", "Here is", "Here", "The code is already complete.",
    "Okay, so", "We need to return the sum.\n", "This adds the items to the list.\n", "the code",
    "No completion needed.", "I'm sorry", "Option 1:\n", "1", "4", "7: ", "8: ", "7", "3. ", "12\t",
    "+", "-", "@@ -1 @@\n", "--- a\n", "+++ b\n", "+ ", "# ", "// ", "...", "é", "🙂", "pass",
    "self.", "a.map(", "item", "items", "for item in items:", "if err != nil {\n", "\n    return 1",
    "x = ", "    result = 0\n", "        ", "\n}\n", "else:", "label:", "#if", "\f", "\u2028",
    "\0", "\x1b[31m", "\u200b", "\u200d", "\u202e", "\ufe0f", "\u2764", "\U0001f3f4",
    "\U000e0067", "\U000e007f", "items:\n", "    total += item.price", "for item in ", "File: ",
    "Language: en\n", "Indentation: 2 spaces\n", "You complete code in an editor.", "Stop where",
)  # fmt: skip


def context_at(cursor: Cursor, multiline: str = "auto") -> CompletionContext:
    """What postprocessing knows of a place, as the product makes it."""
    context = gather(cursor, tokens=2000)
    return completion_context(cursor, context, multiline)  # type: ignore[arg-type]


def pieces_of(cursor: Cursor) -> list[str]:
    """What a model that repeats the file would say."""
    text, offset = cursor.document.text, cursor.offset
    lines = [line for line in text.splitlines(keepends=True) if line.strip()] or ["x"]
    context = gather(cursor, tokens=2000)
    return [
        *(f"{line}\n" for line in (*headers(context), *titles(context))),
        *lines,
        cursor.before,
        cursor.before.strip(),
        cursor.after,
        text[max(0, offset - 40) : offset],
        text[offset : offset + 40],
    ]


@st.composite
def streams(draw: st.DrawFn) -> tuple[str, str]:
    """The name of a place, and what a model says there."""
    name = draw(st.sampled_from(sorted(PLACES)))
    piece = st.one_of(st.sampled_from(WORDS), st.sampled_from(pieces_of(PLACES[name])))
    return name, "".join(draw(st.lists(piece, max_size=8)))
