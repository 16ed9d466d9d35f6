"""A name was used that nothing binds here: it is imported as other files import it.

At least two of them have to, and all in the same way. Reads the files that it is given, no disk.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from posixpath import dirname

from foretype.core.text import Document
from foretype.languages import table
from foretype.languages.needed_imports import import_edit, is_relative, names_of
from foretype.next_edit.bursts import Burst
from foretype.next_edit.names import Occurrence, declaration, occurrences
from foretype.next_edit.proposal import Proposal
from foretype.next_edit.token_diff import is_name, tokens

MIN_FILES = 2
"""Other files that import a name in the same way, at least."""
MIN_NAME_CHARS = 3
"""A shorter name is too often another one."""
HEAD_CHARS = 20_000
"""Characters of a file in which its imports are looked for."""

_BUILTIN = frozenset(dir(builtins))
_FROM = re.compile(r"from\s+(\S+)\s+import\s+(.+)$")
_BRACED = re.compile(r"(import(?:\s+type)?|const|let|var)\s*\{(.+)\}(.+)$")


def imports_to_add(
    document: Document, burst: Burst, bursts: Sequence[Burst], others: Sequence[Document]
) -> list[Proposal]:
    """The import of the first name that a burst has added and nothing binds; none in doubt.

    ``others``: further files of the same language.
    """
    for name in _new_names(document, burst):
        line = _agreed(name, document, others)
        if line is None or not _is_unbound(document, name, burst):
            continue
        edit = import_edit(document, (line,), burst.place.start)
        if edit is not None:
            return [Proposal(document, edit, "import", f"import {name}")]
    return []


def _new_names(document: Document, burst: Burst) -> list[str]:
    """The names that a burst has added and that stand nowhere else in its file."""
    language = table.of_id(document.language)
    known = {token.text for token in tokens(burst.before)} | set(language.keywords.split())
    known |= _BUILTIN if language.name == "Python" else frozenset()
    names = dict.fromkeys(t.text for t in tokens(burst.after) if is_name(t.text))
    return [
        name
        for name in names
        if len(name) >= MIN_NAME_CHARS
        and name not in known
        and document.text.count(name) == burst.after.count(name)
    ]


def _agreed(name: str, document: Document, others: Iterable[Document]) -> str | None:
    """The line by which other files import a name; None unless enough agree, and none differs."""
    found: list[str] = []
    for other in others:
        line = _imports(other.text[:HEAD_CHARS], other.language).get(name)
        if line is None:
            continue
        # What is relative means something else in another folder.
        if is_relative(line, other.language) and dirname(other.uri) != dirname(document.uri):
            return None
        found.append(line)
    return found[0] if len(found) >= MIN_FILES and len(set(found)) == 1 else None


@lru_cache(512)
def _imports(head: str, language: str) -> Mapping[str, str]:
    """The names that a file imports, each with a line that imports it alone."""
    found = {}
    for raw in head.splitlines():
        line = " ".join(raw.split())
        if raw[:1].isspace():
            continue
        for name in names_of(line, language):
            found[name] = _alone(line, name)
    return found


def _alone(line: str, name: str) -> str:
    """An import of one name, out of a line that may import several."""
    if listed := _FROM.match(line):
        return f"from {listed[1]} import {_part(listed[2], name)}"
    if braced := _BRACED.match(line):
        return f"{braced[1]} {{ {_part(braced[2], name)} }}{braced[3]}"
    return line


def _part(listed: str, name: str) -> str:
    parts = [part.strip() for part in listed.split(",")]
    return next(part for part in parts if re.split(r"\s+as\s+|\s*:\s*", part)[-1] == name)


def _is_unbound(document: Document, name: str, burst: Burst) -> bool:
    """Whether a burst uses a name that it does not bind itself."""
    found = occurrences(document, name, burst.place.start, burst.place.end)
    is_bound = any(declaration(document, each) for each in found)
    return not is_bound and any(_is_use(each) for each in found)


def _is_use(place: Occurrence) -> bool:
    """Whether a place reads a name; not a member, nor the name of an argument or a field."""
    follows = place.after.lstrip()
    named = follows[:1] == "=" and follows[:2] not in ("==", "=>")
    return not place.is_member and not named and follows[:1] != ":"
