"""Imports that a model wrote beside a text: which are needed, and where they go."""

from __future__ import annotations

import pytest
from helpers.marks import cursor as drawn

from foretype.languages.needed_imports import (
    import_edit,
    is_relative,
    is_standard,
    names_of,
    needed,
)


@pytest.mark.parametrize(
    ("language", "line", "names", "standard"),
    [
        ("python", "import math", ("math",), True),
        ("python", "import os.path", ("os",), True),
        ("python", "import os, sys", ("os", "sys"), True),
        ("python", "import numpy as np", ("np",), False),
        ("python", "import os, numpy", ("os", "numpy"), False),
        ("python", "from typing import List, Any as A", ("List", "A"), True),
        ("python", "from .shop import Cart", ("Cart",), False),
        ("python", "from shop import (", (), False),
        ("python", "from shop import *", (), False),
        ("javascript", 'import fs from "node:fs"', ("fs",), True),
        (
            "javascript",
            "import { readFile, join as j } from 'fs/promises';",
            ("readFile", "j"),
            True,
        ),
        ("typescript", 'import type { Cart } from "./shop";', ("Cart",), False),
        ("typescript", 'import * as path from "path";', ("path",), True),
        ("javascript", 'const { join: j } = require("path");', ("j",), True),
        ("javascript", 'const axios = require("axios")', ("axios",), False),
        ("java", "import java.util.List;", ("List",), True),
        ("java", "import java.util.*;", (), False),
        ("java", "import org.shop.Cart;", ("Cart",), False),
        ("rust", "use std::collections::HashMap;", ("HashMap",), True),
        ("rust", "use std::fs::{self, File};", ("self", "File"), True),
        ("rust", "use serde::Serialize;", ("Serialize",), False),
        ("go", 'import "math"', (), False),
        ("python", "import math; evil()", (), False),
        ("python", "x = 1", (), False),
    ],
)
def test_what_an_import_brings(
    language: str, line: str, names: tuple[str, ...], standard: bool
) -> None:
    assert names_of(line, language) == names
    assert is_standard(line, language) is standard


@pytest.mark.parametrize(
    ("file", "text", "wanted"),
    [
        ("def area(r):\n    ‸\n", "return math.pi * r", True),
        ("def area(r):\n    ‸\n", "return r.math", False),
        ("def area(r):\n    ‸\n", "return mathematics", False),
        ("import math\n\n\ndef area(r):\n    ‸\n", "return math.pi", False),
        ("math = 3\n‸\n", "print(math)", False),
        ("def math():\n    pass\n\n\n‸\n", "math()", False),
    ],
)
def test_only_what_is_used_and_not_there_is_needed(file: str, text: str, wanted: bool) -> None:
    found = needed(["import math", "import math"], text, drawn(file).document)
    assert found == (("import math",) if wanted else ())


def added(drawn_text: str, *imports: str, language: str = "python") -> str:
    at = drawn(drawn_text, language=language)
    edit = import_edit(at.document, imports, at.offset)
    return at.document.text if edit is None else at.document.apply(edit, 2).text


@pytest.mark.parametrize(
    ("language", "file", "line", "after"),
    [
        ("python", "x = 1\n‸", "import math", "import math\n\nx = 1\n"),
        ("python", "‸", "import math", "import math\n"),
        ("python", "import os\n\n\ndef f():\n    ‸\n", "import math",
         "import os\nimport math\n\n\ndef f():\n    \n"),
        ("python", '"""Doc."""\n\n\ndef f():\n    ‸\n', "import math",
         '"""Doc."""\n\nimport math\n\n\ndef f():\n    \n'),
        ("python", "import math\n\nx = ‸\n", "import math", "import math\n\nx = \n"),
        ("python", "import os\r\n\r\nx = ‸\r\n", "import math",
         "import os\r\nimport math\r\n\r\nx = \r\n"),
        ("javascript", 'import a from "a";\n\nf(‸);\n', 'import b from "b";',
         'import a from "a";\nimport b from "b";\n\nf();\n'),
        ("java", "package shop;\n\nclass A {\n    ‸\n}\n", "import java.util.List;",
         "package shop;\n\nimport java.util.List;\n\nclass A {\n    \n}\n"),
        ("rust", "use std::fs;\n\nfn f() {\n    ‸\n}\n", "use std::io;",
         "use std::fs;\nuse std::io;\n\nfn f() {\n    \n}\n"),
    ],
)  # fmt: skip
def test_an_import_goes_to_those_of_the_file(
    language: str, file: str, line: str, after: str
) -> None:
    assert added(file, line, language=language) == after


def test_relative_imports_are_known() -> None:
    assert is_relative("from .shop import Cart", "python")
    assert is_relative('import { Cart } from "../shop";', "typescript")
    assert not is_relative("from shop import Cart", "python")
