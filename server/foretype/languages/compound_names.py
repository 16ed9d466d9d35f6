"""The parts of compound names: ``read`` and ``text`` of ``readText`` and ``read_text``."""

from __future__ import annotations

import re

_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def parts_of_names(text: str) -> list[str]:
    """Return the words and numbers that the names in a text are made of, in lower case."""
    return [part.lower() for part in _PART.findall(text)]
