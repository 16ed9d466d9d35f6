"""Uses in other open files of what was renamed, or given another parameter, in this one.

A file counts only where it imports the name from this one, and binds it in no other way. So do
its calls and uses: what is read off something else may be anything.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from posixpath import basename, splitext

from foretype.core.text import Document
from foretype.next_edit.bursts import Burst
from foretype.next_edit.names import Occurrence, declaration, occurrences
from foretype.next_edit.parameter import adapted, changed_parameter
from foretype.next_edit.proposal import Proposal
from foretype.next_edit.rename import by_lines, renamed_for_others

MAX_FILES = 50
"""Other files that are looked at, at most."""
HEAD_CHARS = 20_000
"""Characters of a file in which its imports are looked for."""
_INDEX = ("__init__", "index", "mod", "lib")
"""Files that are named by their folder."""


def uses_elsewhere(
    document: Document, burst: Burst, latest: str, others: Sequence[Document]
) -> list[Proposal]:
    """Proposals for other files, all for what one burst has changed in its own.

    ``latest``: the text of the last burst of all. Who has gone on to something else has finished.
    """
    # Most files import nothing of this one: their first lines tell, at little cost.
    module = _module(document.uri)
    alike = [o for o in others if o.uri != document.uri and o.language == document.language]
    near = [other for other in alike[:MAX_FILES] if module in other.text[:HEAD_CHARS]]
    if not near:
        return []
    found: list[Proposal] = []
    renamed = renamed_for_others(document, burst)
    change = changed_parameter(document, burst)
    if renamed is not None and renamed[1] not in latest:
        return []
    if renamed is None and (
        change is None or change.function not in latest or not _is_at_margin(document, change.at)
    ):
        return []
    for other in near:
        name = renamed[0] if renamed else change.function if change else ""
        uses = _imported_uses(other, name, module)
        if renamed is not None and not _binds(other, renamed[1]):
            # The import comes last: it tells that the name is that of this file.
            inner = [each for each in uses if declaration(other, each) is None]
            found += by_lines(other, inner or uses, *renamed)
        elif renamed is None and change is not None:
            calls = [each for each in uses if declaration(other, each) != "import"]
            found += adapted(other, calls, change)
    return found


def _binds(other: Document, name: str) -> bool:
    return any(declaration(other, each) for each in occurrences(other, name))


def _is_at_margin(document: Document, offset: int) -> bool:
    line = document.line(document.line_of(offset))
    return bool(line) and not line[0].isspace()


def _imported_uses(other: Document, name: str, module: str) -> list[Occurrence]:
    """Where a file uses a name that it imports from another one; none where that is unclear."""
    if name not in other.text:
        return []
    found = occurrences(other, name)
    kinds = {declaration(other, each) for each in found}
    imports = [each for each in found if declaration(other, each) == "import"]
    if kinds - {None, "import"} or len(imports) != 1:
        return []
    line = other.line(other.line_of(imports[0].start))
    if not re.search(rf"(?<!\w){re.escape(module)}(?!\w)", line) or " as " in line:
        return []
    return [each for each in found if not each.is_member]


def _module(uri: str) -> str:
    """The name by which other files import a file."""
    stem = splitext(basename(uri))[0]
    return basename(uri.rpartition("/")[0]) if stem in _INDEX else stem
