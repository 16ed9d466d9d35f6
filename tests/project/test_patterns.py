"""Patterns mean the same in every Python that is supported.

Before Python 3.11.5 (Debian 12 has 3.11.2) a group that is repeated possessively, such as
``(?:ab|c)*+``, may match too little or nothing. An atomic group, ``(?>(?:ab|c)*)``, is right.
"""

from __future__ import annotations

import json
import subprocess
import sys

# Every pattern that is compiled while all modules are imported, by what Python makes of it.
SCRIPT = """
import contextlib, importlib, json, pkgutil, re
from re import _compiler, _constants, _parser

SINGLE = {_constants.LITERAL, _constants.NOT_LITERAL, _constants.ANY, _constants.IN}
parse, seen, wrong = _parser.parse, set(), set()

def has_group(value):
    if isinstance(value, (_parser.SubPattern, list, tuple)):
        if value and value[0] is _constants.POSSESSIVE_REPEAT:
            item = value[1][2]
            if len(item) != 1 or item[0][0] not in SINGLE:
                return True
        return any(map(has_group, value))
    return False

def noting(pattern, *arguments, **options):
    parsed = parse(pattern, *arguments, **options)
    seen.add(pattern)
    if has_group(parsed):
        wrong.add(pattern)
    return parsed

_compiler._parser.parse = noting
re.compile("(?:ab|c)*+")
assert wrong == {"(?:ab|c)*+"}
wrong.clear()
import foretype
for module in pkgutil.walk_packages(foretype.__path__, "foretype."):
    if not module.name.endswith("__main__"):
        with contextlib.suppress(ImportError):
            importlib.import_module(module.name)
print(json.dumps([len(seen), sorted(map(str, wrong))]))
"""


def test_no_group_is_repeated_possessively() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True
    )
    n_seen, wrong = json.loads(done.stdout)
    assert n_seen > 300
    assert wrong == []
