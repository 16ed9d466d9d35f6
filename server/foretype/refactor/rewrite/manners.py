"""The code that is asked for, in whatever manner a model gives it.

It may come as a diff or as search and replace, as the whole file or with its class around it,
beside other blocks, before and after, or in several alternatives. The outline finds the
definition that was asked for. Judges nothing.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

from foretype.languages import import_placement
from foretype.languages import refactor_traits as languages
from foretype.languages.definitions import Definition, outermost, outline_of
from foretype.languages.table import Language
from foretype.refactor.checks.comparison import Side
from foretype.refactor.response import Block, Response
from foretype.refactor.rewrite import patches


@dataclass(frozen=True, slots=True)
class Chosen:
    """One block of an answer, or what is wrong."""

    block: Block | None = None
    fault: str = ""
    note: str = ""
    """What the user should know of the choice."""


_TALK = re.compile(
    r"(?:ba|z|fi|k)?sh|shell|console|terminal|text|txt|plaintext|output|log|cmd|powershell|ps1?"
    r"|bat|markdown|md|json|yaml|toml|http|none",
    re.I,
)
"""Tags of blocks that stand beside the code: commands, plans, outputs."""


def choose(found: Response, place: Side) -> Chosen:
    """The block that holds the code: the only one, or the first that defines what was asked for."""
    for block in found.blocks:
        if patches.is_patch(block.code, block.tag):
            return _patched(found.blocks, place)
    blocks = [block for block in found.blocks if not _is_beside(block, place.language)]
    blocks = blocks or list(found.blocks)
    old = _same(place.code)
    changed = [block for block in blocks if _same(block.code) != old]
    blocks = changed or blocks[:1]
    blocks = list({_same(block.code): block for block in reversed(blocks)}.values())[::-1]
    if len(blocks) > 1 and place.target is not None:
        name = re.compile(rf"(?<!\w){re.escape(place.target.name)}(?!\w)")
        defining = [block for block in blocks if _defines(block.code, place)]
        blocks = defining or [block for block in blocks if name.search(block.code)] or blocks
        if defining:
            note = f"the first of {len(defining)} alternatives was taken" if defining[1:] else ""
            return Chosen(defining[0], note=note)
    if len(blocks) == 1:
        return Chosen(blocks[0])
    return Chosen(fault=f"there are {len(blocks)} blocks in the answer, where one was asked for")


def extract(code: str, place: Side) -> str:
    """The definition that was asked for, out of the whole file or of the class around it.

    The imports that the answer begins with stay, for ``import_placement.py``.
    """
    if place.target is None:
        return code
    imports, rest = import_placement.split_imports(code, place.language)
    plain = _defined(textwrap.dedent(rest), place, place.target)
    if plain is None:
        return code
    return "\n".join([*imports, "", plain]) if imports else plain


def _defined(code: str, place: Side, target: Definition) -> str | None:
    """The target in a piece of code, and what is new beside it; None where all of it is meant."""
    outline = outline_of(code, place.language)
    mine = _best(target, outline.definitions, place)
    if mine is None or outline.root is None:
        return None
    lines, file = code.split("\n"), place.file
    around = {".".join(target.parents[: n + 1]) for n in range(len(target.parents))}
    edge = outermost([d for d in outline.definitions if d.kind != "value"])
    others = [d for d in edge if d.path != mine.path]
    # All names of a long file take a while to find.
    alone = mine in edge and not others
    whole = () if alone else outline_of(place.text, place.language).definitions
    known = {d.path for d in whole}
    if mine in edge and not any(d.path in known and d.path not in around for d in others):
        first = mine.first if _stand_in(lines[: mine.first], file[: place.first]) else 0
        is_echo = _stand_in(lines[mine.last + 1 :], file[place.last + 1 :])
        last = mine.last + 1 if is_echo else len(lines)
        return "\n".join(lines[first:last]) if (first, last) != (0, len(lines)) else None
    level = [
        d
        for d in outline.definitions
        if d.parents == mine.parents and d.kind != "value" and (d is mine or d.path not in known)
    ]
    return "\n\n".join("\n".join(lines[_top(lines, d, mine, place) : d.last + 1]) for d in level)


def _stand_in(some: list[str], file: list[str]) -> bool:
    """Whether each of some lines stands in a file, blanks around it aside."""
    wanted = {line.strip() for line in some} - {""}
    return not wanted or wanted <= {line.strip() for line in file}


def _top(lines: list[str], each: Definition, mine: Definition, place: Side) -> int:
    """The first line of a definition; that of a new one with the comment above it."""
    first = each.first
    marks = (place.language.comment, "/*", "*")
    while each is not mine and first and lines[first - 1].strip().startswith(marks):
        first -= 1
    return first


def _best(target: Definition, found: Iterable[Definition], place: Side) -> Definition | None:
    """The definition that stands for the target: of its name and place, or else most like it."""
    named = [d for d in found if d.name == target.name and d.kind != "value"]
    if len(named) > 1:
        file = outline_of(place.text, place.language).definitions
        there = [d.header for d in file if d.name == target.name and d.kind != "value"]
        if len(there) == len(named):
            return named[there.index(target.header)]
    texts = [p.text for p in target.parameters]

    def likeness(d: Definition) -> tuple[bool, bool, bool, bool]:
        parents = d.parents == target.parents, d.parents[-1:] == target.parents[-1:]
        return (*parents, [p.text for p in d.parameters] == texts, d.has_body)

    return max(named, key=likeness, default=None)


def _defines(code: str, place: Side) -> bool:
    target = place.target
    if target is None:
        return False
    plain = textwrap.dedent(code)
    if _best(target, outline_of(plain, place.language).definitions, place) is not None:
        return True
    # A method by itself may not parse; its first line then tells.
    lines = list(place.file)
    head = lines[target.header].strip()[: max(len(target.name) + 4, 12)]
    return any(line.strip().startswith(head) for line in plain.split("\n"))


def _is_beside(block: Block, language: Language) -> bool:
    """Whether a block is not in the file's language, by its tag."""
    known = languages.of_tag(block.tag) if block.tag else None
    if known is not None and known.name == language.name:
        return False
    return bool(block.tag and _TALK.fullmatch(block.tag)) and bool(language.shape)


def _same(code: str) -> str:
    return "\n".join(line.strip() for line in code.split("\n") if line.strip())


def _patched(blocks: tuple[Block, ...], place: Side) -> Chosen:
    text = place.text
    for block in blocks:
        if patches.is_patch(block.code, block.tag):
            done = patches.apply(text, block.code)
            if done is None:
                return Chosen(fault="the changes do not fit the file: give the whole code instead")
            text = done
    old, new = place.file, text.split("\n")
    tail = len(old) - place.last - 1
    end = len(new) - tail
    if old[: place.first] != new[: place.first] or old[place.last + 1 :] != new[end:]:
        return Chosen(fault="lines were changed that were not asked for: give the whole code")
    return Chosen(Block("\n".join(new[place.first : end])))
