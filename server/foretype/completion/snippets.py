"""What nearby code is worth showing to the model, found while the user rests.

Pieces of the open documents and of the files that imports name, ranked by the words they share
with the place. Reads files only in a worker thread, and only those that the gate lets pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from foretype.completion.budget import CHARS_PER_TOKEN
from foretype.completion.context import Snippet, short_path
from foretype.completion.suggestion import Place
from foretype.text import Document

MAX_LINES = 24
"""Lines of one piece."""
MAX_FILE = 200_000
"""Characters; a larger file is data, or generated."""
MAX_PIECES = 3
LEAST_SCORE = 0.08
"""Below this, two pieces share no more words than any two do."""
NAMED = 0.5
"""What it is worth that a piece defines a name which the file imports."""
AROUND = 30
"""Lines around the cursor whose words count."""

_WORD = re.compile(r"[^\W\d]\w{2,}")
_DEFINES = re.compile(
    r"^\s*(?:export\s+)?(?:default\s+)?(?:async\s+)?(?:pub\s+)?"
    r"(?:def|class|function|const|let|type|interface|enum|func|fn|struct|trait)\s+\*?\s*(\w+)",
    re.MULTILINE,
)
_PYTHON_IMPORT = re.compile(
    r"^\s*(?:from\s+([.\w]+)\s+import\s+(.+)|import\s+([.\w]+))", re.MULTILINE
)
_SCRIPT_IMPORT = re.compile(r"import\s+(?:type\s+)?(.+?)\s+from\s+['\"](\.[^'\"]+)['\"]")
_SCRIPT_ENDINGS = (".ts", ".tsx", ".js", ".jsx", ".mjs", "/index.ts", "/index.js")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a document, by what it says and defines."""

    uri: str
    line: int
    text: str
    words: frozenset[str]
    defines: frozenset[str]


def choose_snippets(
    place: Place, documents: Iterable[Document], *, tokens: int
) -> tuple[Snippet, ...]:
    """The pieces of other documents most like a place, within a budget, in a stable order."""
    here = _words_around(place)
    imported = imported_names(place.document)
    scored = [
        (_score(piece, here, imported), piece)
        for document in documents
        if document.uri != place.document.uri
        for piece in pieces(document)
    ]
    best = sorted(scored, key=lambda each: (-each[0], each[1].uri, each[1].line))[:MAX_PIECES]
    chosen: list[Piece] = []
    room = tokens * CHARS_PER_TOKEN
    for score, piece in best:
        if score >= LEAST_SCORE and len(piece.text) <= room:
            chosen.append(piece)
            room -= len(piece.text)
    chosen.sort(key=lambda piece: (piece.uri, piece.line))
    return tuple(Snippet(short_path(piece.uri), piece.text) for piece in chosen)


@lru_cache(maxsize=64)
def pieces(document: Document) -> tuple[Piece, ...]:
    """A document in stretches that begin at lines without indentation after a blank line."""
    if len(document.text) > MAX_FILE:
        return ()
    lines = document.text.splitlines()
    found: list[Piece] = []
    start = 0
    for number in range(1, len(lines) + 1):
        at_end = number == len(lines)
        fresh = not at_end and not lines[number - 1].strip() and lines[number][:1].strip()
        if not (at_end or fresh or number - start >= MAX_LINES):
            continue
        text = "\n".join(lines[start:number]).strip("\n")
        if len(text.strip()) > 20:
            words = frozenset(_WORD.findall(text))
            found.append(Piece(document.uri, start, text, words, frozenset(_DEFINES.findall(text))))
        start = number
    return tuple(found)


def imported_names(document: Document) -> frozenset[str]:
    """The names that a file's imports bring in."""
    head = document.text[:20_000]
    named = [m.group(2) or m.group(3) for m in _PYTHON_IMPORT.finditer(head)]
    named += [m.group(1) for m in _SCRIPT_IMPORT.finditer(head)]
    return frozenset(word for names in named for word in _WORD.findall(names))


def imported_files(document: Document) -> list[Path]:
    """The files beside a document that its imports may mean. They need not exist."""
    parts = urlsplit(document.uri)
    if parts.scheme != "file":
        return []
    folder = Path(url2pathname(unquote(parts.path))).parent
    head = document.text[:20_000]
    found: list[Path] = []
    for match in _PYTHON_IMPORT.finditer(head):
        found.extend(_python_files(folder, match.group(1) or match.group(3)))
    for match in _SCRIPT_IMPORT.finditer(head):
        name = match.group(2)
        found.extend(folder / (name + ending) for ending in _SCRIPT_ENDINGS)
        found.append(folder / name)
    return found[:60]


def read_imported(
    document: Document, is_excluded: Callable[[str], str | None], known: Sequence[str]
) -> list[Document]:
    """The documents that the imports name, as far as they are there and may be shown.

    Reads files: not for the event loop.
    """
    documents = []
    for path in imported_files(document):
        uri = path.as_uri() if path.is_absolute() else ""
        if not uri or uri in known or is_excluded(uri) is not None:
            continue
        text = _read(path)
        if text is not None:
            documents.append(Document(uri, text, document.language))
        if len(documents) == 8:
            break
    return documents


def _read(path: Path) -> str | None:
    try:
        if not path.is_file() or path.stat().st_size > MAX_FILE:
            return None
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
    return None if "\0" in text else text


def _python_files(folder: Path, module: str) -> list[Path]:
    dots = len(module) - len(module.lstrip("."))
    names = module.lstrip(".").split(".")
    bases = (
        [folder.parents[dots - 2] if dots > 1 else folder]
        if dots
        else [folder, *folder.parents[:3]]
    )
    stems = [base.joinpath(*[name for name in names if name]) for base in bases]
    return [path for stem in stems for path in (stem.with_suffix(".py"), stem / "__init__.py")]


def _score(piece: Piece, here: frozenset[str], imported: frozenset[str]) -> float:
    shared = len(piece.words & here)
    like = shared / (len(piece.words | here) or 1)
    return like + NAMED * bool(piece.defines & imported & here)


def _words_around(place: Place) -> frozenset[str]:
    document = place.document
    line = document.line_of(place.offset)
    start = document.line_start(max(0, line - AROUND))
    end = document.line_end(min(document.n_lines - 1, line + AROUND))
    return frozenset(_WORD.findall(document.text[start:end][:20_000]))
