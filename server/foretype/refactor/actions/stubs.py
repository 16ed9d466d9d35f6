"""Whether something is left to be written: a body that is a stub, or a TODO."""

from __future__ import annotations

import re

from foretype.languages.blanking import blanked
from foretype.languages.table import Language
from foretype.refactor.actions.target import Spot

MOST_LINES = 40
"""Lines of a function beyond which it is none."""

_TODO = re.compile(r"(?:#|//|--|/\*)\s*(?:TODO|FIXME)\b", re.I)
_STUB = re.compile(
    r"\.\.\.|pass|raise NotImplementedError\b.*|todo!\(.*\);?|unimplemented!\(.*\);?"
    r"|throw new \w*(?:Error|Exception|NotImplemented\w*)\(.*(?:implement|TODO).*\);?"
    r"|panic\(.*(?:implement|TODO).*\)|TODO\(.*\)|fatalError\(.*\)",
    re.I,
)


def is_unwritten(spot: Spot) -> bool:
    """Whether the function has no body yet, or there is a TODO in the selected lines."""
    if any(_TODO.search(spot.line(line)) for line in spot.first_lines):
        return True
    function = spot.function
    if function is None or (spot.lines if spot.selected else function).n_lines > MOST_LINES:
        return False
    return _is_stub(spot.peek(function), spot.language)


def _is_stub(code: str, language: Language) -> bool:
    """Whether a function has no body yet."""
    if language.shape == "braces":
        start, end = blanked(code, language).find("{"), code.rfind("}")
        body = code[start + 1 : end] if 0 <= start < end else "…"
    elif language.shape == "end":
        body = "\n".join(code.split("\n")[1:-1])
    else:
        return _is_python_stub(blanked(code, language))
    lines = blanked(body, language, strings=False).split("\n")
    lines = [line.strip() for line in lines if line.strip()]
    return not lines or (len(lines) == 1 and bool(_STUB.fullmatch(lines[0])))


def _is_python_stub(code: str) -> bool:
    lines = [line.strip() for line in code.split("\n") if line.strip()]
    last = lines.pop()
    one_liner = re.sub(r"^.*:\s*(?=pass$|\.\.\.$)", "", last)
    if one_liner != last:
        return all(line.startswith("@") for line in lines)
    headers = [line for line in lines if line.endswith(":")]
    docstring_only = last.endswith(":") and not headers
    stub = bool(_STUB.fullmatch(last)) and len(headers) == 1 and lines[-1:] == headers
    return docstring_only or stub
