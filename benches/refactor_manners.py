"""Good answers in many manners: what models write around, above and in place of the code asked for.

The usual manners are those that were first looked at; the odd ones came later, and are measured on
packages that nothing was made for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from difflib import unified_diff
from itertools import takewhile
from textwrap import dedent, indent

from benches.refactor_cases import Case, Group, Rewrite, answer_case, fence
from benches.refactor_snippets import TESTS, USES
from foretype.languages import refactor_traits
from foretype.languages.definitions import outline_of

ODD_REWRITES = 3
"""Rewrites of a language that are given in every odd manner."""
Manner = Callable[[Rewrite], str]
"""Writes an answer; "" where the manner makes no sense for the rewrite."""


def good_cases(found: list[Rewrite], group: Group) -> Iterator[Case]:
    """Rewrites as answers in every manner of a group that makes sense for them."""
    for rewrite in found if group == "usual" else found[:ODD_REWRITES]:
        plain = answer_case(rewrite, "", "")
        for name, manner in (MANNERS if group == "usual" else ODD_MANNERS).items():
            if answer := manner(rewrite):
                yield replace(plain, group=name, answer=answer)


def _fenced(rewrite: Rewrite) -> str:
    return fence(rewrite, rewrite.new)


def _whole(rewrite: Rewrite) -> str:
    return fence(rewrite, rewrite.truth.strip("\n"))


def _with_class(rewrite: Rewrite, above: tuple[str, ...] = ()) -> str:
    """The class's first line, what is to stand above the code, the code, and the class's end."""
    outline = outline_of(rewrite.text, refactor_traits.of_id(rewrite.language))
    first = rewrite.old.first
    around = [d for d in outline.around(first, rewrite.old.last) if d.kind == "type"]
    if not around or rewrite.language in ("go", "cpp") or around[-1].first == first:
        return ""
    header = rewrite.lines[around[-1].first : around[-1].header + 1]
    if rewrite.language in ("javascript", "typescript", "java", "csharp", "rust"):
        if not header[-1].rstrip().endswith("{"):
            return ""
        end = ["}"]
    else:
        end = ["end"] if rewrite.language == "ruby" else []
    depth = _indentation(header[0])
    body = [*above, rewrite.new, *(depth + each for each in end)]
    return fence(rewrite, "\n".join([*header, *body]))


_IMPORT = re.compile(
    r"(?:import\b.*[\"';]?|from .* import .*|(?:const|var|let) .*= require\(.*|use .*;|using .*;"
    r"|require(?:_relative)? .*|#include .*)$"
)


def _with_imports(rewrite: Rewrite) -> str:
    found = _imports(rewrite)[:3]
    return fence(rewrite, "\n".join([*found, "", rewrite.new])) if found else ""


def _imports(rewrite: Rewrite) -> list[str]:
    lines = rewrite.lines[: rewrite.old.first]
    return [line for line in lines if _IMPORT.match(line) and not re.search(r"[({]$", line)]


def _diff(rewrite: Rewrite) -> str:
    return fence(rewrite, "\n".join(_diff_lines(rewrite)), tag="diff")


def _diff_lines(rewrite: Rewrite) -> list[str]:
    new = rewrite.truth.split("\n")
    names = f"a/{rewrite.name}", f"b/{rewrite.name}"
    return list(unified_diff(rewrite.lines, new, *names, lineterm=""))


def _comment(rewrite: Rewrite) -> str:
    return refactor_traits.of_id(rewrite.language).comment


def _search_replace(rewrite: Rewrite) -> str:
    return f"<<<<<<< SEARCH\n{rewrite.code}\n=======\n{rewrite.new}\n>>>>>>> REPLACE"


MANNERS: dict[str, Manner] = {
    "exact fence": _fenced,
    "prose around": lambda r: f"Here is the new code:\n\n{_fenced(r)}\n\nIt is simpler now.",
    "no tag": lambda r: f"```\n{r.new}\n```",
    "CRLF": lambda r: _fenced(r).replace("\n", "\r\n"),
    "reasoning": lambda r: f"<think>\nLet me see.\n</think>\n{_fenced(r)}",
    "tildes": lambda r: fence(r, r.new, mark="~~~"),
    "blank lines": lambda r: f"\n\n{fence(r, chr(10) + r.new + chr(10))}\n\n",
    "in a list": lambda r: f"1. The new code:\n\n{indent(_fenced(r), '   ')}\n",
    "bare": lambda r: r.new,
    "whole file": _whole,
    "class around": _with_class,
    "imports above": _with_imports,
    "path as comment": lambda r: fence(r, f"{_comment(r)} src/{r.name}\n{r.new}"),
    "diff": _diff,
    "search and replace": lambda r: fence(r, _search_replace(r)),
    "two alternatives": lambda r: (
        f"Option 1:\n\n{_fenced(r)}\n\nOption 2:\n\n{fence(r, _alternative(r))}"
    ),
    "before and after": lambda r: f"Before:\n\n{fence(r, r.code)}\n\nAfter:\n\n{_fenced(r)}",
    "shell block beside": lambda r: f"{_fenced(r)}\n\nRun the tests:\n\n```bash\nmake test\n```",
    "text block beside": lambda r: f"The plan:\n\n```text\n1. read\n2. write\n```\n\n{_fenced(r)}",
    "fence forgotten": lambda r: f"```{r.language}\n{r.new}\n",
}


def _alternative(rewrite: Rewrite) -> str:
    lines = rewrite.new.split("\n")
    return "\n".join([*lines[:-1], lines[-1].rstrip() + f"  {_comment(rewrite)} or so"])


def _indentation(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _elided(rewrite: Rewrite, what: str) -> str:
    return f"{_comment(rewrite)} ... {what} ..."


def _class_elided(rewrite: Rewrite) -> str:
    note = _indentation(rewrite.new) + _elided(rewrite, "existing code")
    return _with_class(rewrite, (note, ""))


def _file_elided(rewrite: Rewrite) -> str:
    if rewrite.old.parents:
        return ""
    above, below = (
        _elided(rewrite, what) for what in ("existing imports", "rest of the file unchanged")
    )
    return fence(rewrite, f"{above}\n\n{rewrite.new}\n\n{below}")


def _without_numbers(lines: list[str], mark: str) -> str:
    return "\n".join(mark if line.startswith("@@") else line for line in lines)


def _patch(rewrite: Rewrite) -> str:
    changes = _without_numbers(_diff_lines(rewrite)[2:], "@@")
    return f"*** Begin Patch\n*** Update File: src/{rewrite.name}\n{changes}\n*** End Patch"


def _without_headers(rewrite: Rewrite) -> str:
    lines = [line for line in _diff_lines(rewrite) if not line.startswith(("---", "+++"))]
    return fence(rewrite, "\n".join(lines), tag="diff")


def _documentation_repeated(rewrite: Rewrite) -> str:
    over = reversed(rewrite.lines[: rewrite.old.first])
    above = list(takewhile(re.compile(r"\s*(?://|/\*|\*|#(?!\[|!))").match, over))
    return fence(rewrite, "\n".join([*reversed(above), rewrite.new])) if above else ""


def _imports_apart(rewrite: Rewrite) -> str:
    if not (found := _imports(rewrite)[:2]):
        return ""
    imports = fence(rewrite, "\n".join(found))
    return f"First, the imports:\n\n{imports}\n\nThen the function:\n\n{_fenced(rewrite)}"


def _filled(rewrite: Rewrite, templates: dict[str, str]) -> str:
    """A snippet of the rewrite's language with the function's name, in a fence."""
    name = re.sub(r"\W", "_", rewrite.old.name)
    return fence(rewrite, templates[rewrite.language].replace("NAME", name))


def _tabbed(rewrite: Rewrite) -> str:
    if "    " not in rewrite.new or rewrite.language in ("python", "go", "ruby"):
        return ""
    return fence(rewrite, re.sub(r"(?m)^(?: {4})+", lambda m: "\t" * (len(m[0]) // 4), rewrite.new))


def _numbered(rewrite: Rewrite) -> str:
    lines = enumerate(rewrite.new.split("\n"), start=rewrite.old.first + 1)
    return fence(rewrite, "\n".join(f"{number:4} | {line}" for number, line in lines))


def _both_in_one(rewrite: Rewrite) -> str:
    mark = _comment(rewrite)
    return fence(rewrite, f"{mark} Before:\n{rewrite.code}\n\n{mark} After:\n{rewrite.new}")


_EXTENSIONS = {
    "python": "py", "javascript": "js", "typescript": "ts", "rust": "rs", "ruby": "rb",
    "cpp": "c++", "csharp": "cs",
}  # fmt: skip
_DONE = "This version is easier to read."
ODD_MANNERS: dict[str, Manner] = {
    "whole file, prose, no tag": lambda r: (
        f"Here is the updated file:\n\n```\n{r.truth.strip(chr(10))}\n```\n\n"
        "I only changed one function."
    ),
    "whole file, CRLF": lambda r: _whole(r).replace("\n", "\r\n"),
    "whole file, fence forgotten": lambda r: _whole(r).removesuffix("```"),
    "class around, elided": _class_elided,
    "file elided": _file_elided,
    "diff without numbers": lambda r: fence(
        r, _without_numbers(_diff_lines(r), "@@ ... @@"), tag="diff"
    ),
    "diff without headers": _without_headers,
    "diff under the language's tag": lambda r: fence(r, "\n".join(_diff_lines(r))),
    "diff without fence": lambda r: "\n".join(_diff_lines(r)),
    "apply_patch": _patch,
    "apply_patch fenced": lambda r: f"```\n{_patch(r)}\n```",
    "search/replace without fence": _search_replace,
    "search/replace with path": lambda r: f"src/{r.name}\n{fence(r, _search_replace(r))}",
    "documentation above repeated": _documentation_repeated,
    "imports in a block": _imports_apart,
    "tests in a block": lambda r: f"{_fenced(r)}\n\nAnd a test:\n\n{_filled(r, TESTS)}",
    "use in a block": lambda r: f"{_fenced(r)}\n\nExample usage:\n\n{_filled(r, USES)}",
    "use in a block first": lambda r: (
        f"It is used like this:\n\n{_filled(r, USES)}\n\n{_fenced(r)}"
    ),
    "three alternatives, one the old": lambda r: (
        f"Original:\n{fence(r, r.code)}\n\nOption A:\n{_fenced(r)}\n\n"
        f"Option B:\n{fence(r, _alternative(r))}"
    ),
    "same block twice": lambda r: f"{_fenced(r)}\n\nFull code again:\n\n{_fenced(r)}",
    "four backticks": lambda r: fence(r, r.new, mark="````"),
    "path at the tag": lambda r: fence(r, r.new, tag=f"{r.language}:src/{r.name}"),
    "title at the tag": lambda r: fence(r, r.new, tag=f'{r.language} title="src/{r.name}"'),
    "fence closes on last line": lambda r: f"```{r.language}\n{r.new}```",
    "fence opens behind prose": lambda r: f"Here is the code: {_fenced(r)}",
    "prose above, no fence": lambda r: f"Here is the simplified function:\n\n{r.new}",
    "prose around, no fence": lambda r: f"Here is the simplified function:\n\n{r.new}\n\n{_DONE}",
    "closing fence forgotten, prose": lambda r: (
        f"```{r.language}\n{r.new}\n\n{_DONE.removesuffix('.')} and does the same."
    ),
    "opening fence forgotten": lambda r: f"{r.new}\n```",
    "tag <code>": lambda r: f"<code>\n{r.new}\n</code>",
    "tag <answer> around fence": lambda r: f"<answer>\n{_fenced(r)}\n</answer>",
    "line numbers": _numbered,
    "tabs": _tabbed,
    "left edge": lambda r: fence(r, dedent(r.new)),
    "eight deeper": lambda r: fence(r, indent(r.new, "        ")),
    "before and after in one": _both_in_one,
    "inline list of changes": lambda r: (
        f"{_fenced(r)}\n\n**Changes:**\n- `x` is simpler\n- removed `y`\n\n"
        "> Note: `make test` passes."
    ),
    "BOM": lambda r: "\ufeff" + _fenced(r),
    "quoted": lambda r: indent(_fenced(r), "> ", lambda line: True),
    "tag of the extension": lambda r: fence(r, r.new, tag=_EXTENSIONS.get(r.language, r.language)),
    "explained old lines": lambda r: (
        f"The line\n\n{fence(r, r.code.split(chr(10))[-2])}\n\nis not needed:\n\n{_fenced(r)}"
    ),
}
