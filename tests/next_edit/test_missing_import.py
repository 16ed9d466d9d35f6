"""A name is used that nothing binds: it is imported as the other open files import it."""

from __future__ import annotations

import pytest
from helpers.next_edits import NextEditEditor

from foretype.core.text import Document

SHOP = '"""A shop."""\n\nimport os\n\n\ndef total(prices):\n    return prices\n'
ONE = "from pathlib import Path\nfrom shop.money import Money, rounded\n"
OTHER = "import os\nfrom shop.money import Money\nfrom pathlib import Path\n"


def proposed(
    text: str, old: str, new: str, *others: str, language: str = "python", folder: str = "/a"
) -> str | None:
    """The line of the import that is proposed once one text is replaced by another."""
    suffix = "py" if language == "python" else "ts"
    editor = NextEditEditor(text, language, f"file:///a/shop.{suffix}")
    editor.others = [
        Document(f"file://{folder}/other{n}.{suffix}", text, language)
        for n, text in enumerate(others)
    ]
    editor.replace(old, new)
    found = editor.proposed()
    return found.edit.text.strip() if found else None


def test_it_is_imported_as_two_other_files_do() -> None:
    assert proposed(SHOP, "return prices", "return Path(prices)", ONE, OTHER) == (
        "from pathlib import Path"
    )
    assert proposed(SHOP, "return prices", "return Money(prices)", ONE, OTHER) == (
        "from shop.money import Money"
    )


def test_it_is_imported_in_typescript() -> None:
    text = 'import { a } from "./a";\n\nexport const one = 1;\n'
    other = 'import { Money, b } from "./money";\n'
    found = proposed(text, "one = 1", "one = Money(1)", other, other, language="typescript")
    assert found == 'import { Money } from "./money";'
    far = proposed(
        text, "one = 1", "one = Money(1)", other, other, language="typescript", folder="/b"
    )
    assert far is None


@pytest.mark.parametrize(
    ("new", "others"),
    [
        ("return Path(prices)", [ONE]),  # Only one other file.
        ("return Path(prices)", [ONE, OTHER, "from shop.paths import Path\n"]),
        ("return rounded(prices)", [ONE, OTHER]),
        ("return prices.Path", [ONE, OTHER]),
        ("return f(Path=prices)", [ONE, OTHER]),
        ("Path = prices", [ONE, OTHER]),
        ("return 'Path'  # Path", [ONE, OTHER]),
        ("return os.path", [ONE, OTHER]),
    ],
)
def test_nothing_is_imported_where(new: str, others: list[str]) -> None:
    assert proposed(SHOP, "return prices", new, *others) is None
