"""Match ``.gitignore`` patterns with a bounded amount of work.

A workspace controls its ignore files, and could make them take forever. No pattern here
backtracks: one match costs at most the length of the pattern times that of the path. The caller
sets how much all matches together may cost. Does not access files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

MAX_PATTERN_CHARS = 512
"""Maximum length of a pattern with wildcards, because one match cannot be interrupted. File names
have at most 255 characters."""

_CLASSES = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": " \\t",
    "cntrl": "\\x00-\\x1f\\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": "!-/:-@\\[-`{-~",
    "space": "\\s",
    "upper": "A-Z",
    "xdigit": "0-9a-fA-F",
}
_SPECIAL = re.compile(r"[*?\[\\]")
_STARS = re.compile(r"\*+")
_CLASS = re.compile(r"\[:([^\]]*):\]")


class Undecided(Exception):
    """Deciding whether a path matches would take too much work; the text says why."""


@dataclass(slots=True)
class WorkBudget:
    """The remaining work for matching, in pattern characters times path characters."""

    left: int

    def take(self, amount: int) -> None:
        self.left -= amount
        if self.left < 0:
            raise Undecided("patterns that take too long to match")


@dataclass(slots=True)
class IgnorePattern:
    """One pattern."""

    text: str
    """The line as written."""
    pattern: str
    takes_back: bool
    folders_only: bool
    is_name: bool
    """Whether it matches a name at any depth, not a path from the file's folder."""
    plain: str
    """The part before the first wildcard; usually the whole pattern."""
    _regex: re.Pattern[str] | None = field(default=None)

    def names(self, path: str, work: WorkBudget, *, is_folder: bool) -> bool:
        """Whether it matches this very path, not only a folder above. Raises Undecided."""
        work.take(1)
        if self.folders_only and not is_folder:
            return False
        target = _as_bytes(path.rpartition("/")[2] if self.is_name else path)
        if len(self.plain) == len(self.pattern):
            return target == self.plain
        if not target.startswith(self.plain):
            return False
        if len(self.pattern) > MAX_PATTERN_CHARS:
            raise Undecided(f"a pattern of more than {MAX_PATTERN_CHARS} characters")
        work.take(len(self.pattern) * len(target))
        if self._regex is None:
            self._regex = _compiled(self.pattern)
        return self._regex.match(target) is not None


def parse_pattern(line: str, *, fold: bool) -> IgnorePattern | None:
    """Parse a line of an ignore file; None if it is not a pattern. ``fold``: ignore case."""
    text = line.partition("\0")[0].removesuffix("\r")
    while text.endswith(" ") and not text.endswith("\\ "):
        text = text[:-1]
    pattern = text.lower() if fold else text
    takes_back = pattern.startswith("!")
    if pattern.startswith("#"):
        return None
    pattern = pattern.removeprefix("!")
    folders_only = pattern.endswith("/")
    pattern = pattern.removesuffix("/")
    is_name = "/" not in pattern
    pattern = pattern.removeprefix("/")
    if not pattern:
        return None
    pattern = _as_bytes(pattern)
    special = _SPECIAL.search(pattern)
    plain = pattern[: special.start()] if special else pattern
    return IgnorePattern(text.strip(), pattern, takes_back, folders_only, is_name, plain)


def _as_bytes(text: str) -> str:
    """Return a character for each byte: to Git, an accented letter is two."""
    return text if text.isascii() else text.encode("utf-8", "surrogatepass").decode("latin-1")


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(_translated(pattern), re.DOTALL)
    except (ValueError, KeyError, re.error):
        return re.compile(r"(?!)")  # as in Git, an invalid pattern matches nothing


def _translated(pattern: str) -> str:
    """Translate to a regular expression that never backtracks behind a wildcard.

    That is correct, since what follows a ``*`` may always match at its first possible position.
    Raises ValueError or KeyError.
    """
    pattern = re.sub(r"\\(.)", lambda pair: "/" if pair[1] == "/" else pair[0], pattern)
    first = _SPECIAL.search(pattern)
    plain = first.start() if first else len(pattern)
    parts: list[str] = []
    in_stars = in_folders = False
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "*":
            end = _end_of_stars(pattern, at)
            # Git removes the part before the first wildcard, and so has a boundary there.
            is_deep = end - at > 1 and (at == plain or pattern[at - 1] == "/")
            if is_deep and pattern[end : end + 1] in ("", "/"):
                parts += [")" * in_stars + ")" * in_folders]
                is_last = end == len(pattern)
                parts += [".*" if is_last else "(?>(?:[^/]*/)*?"]
                in_stars, in_folders = False, not is_last
                at = end + 1
                continue
            parts += [")" * in_stars, "(?>[^/]*?"]
            in_stars = True
            at = end
            continue
        if char == "[":
            one, at = _bracket(pattern, at)
        elif char == "?":
            one, at = "[^/]", at + 1
        else:
            at += char == "\\"
            if at == len(pattern):
                raise ValueError("a backslash at the end")
            one, at = re.escape(pattern[at]), at + 1
        parts.append(one)
    return "".join([*parts, r"\Z", ")" * in_stars, ")" * in_folders])


def _end_of_stars(pattern: str, at: int) -> int:
    stars = _STARS.match(pattern, at)
    return stars.end() if stars else at


def _bracket(pattern: str, at: int) -> tuple[str, int]:
    """Parse a character set; return where the pattern goes on. Raises ValueError or KeyError."""
    at += 1
    negated = pattern[at : at + 1] in ("!", "^") and pattern[at : at + 1] != ""
    at += negated
    items: list[str] = []
    before = ""
    """The character that may begin a range."""
    is_first = True
    while is_first or pattern[at : at + 1] != "]":
        is_first = False
        if named := _CLASS.match(pattern, at):
            items.append(_CLASSES[named[1]])
            before, at = "", named.end()
            continue
        is_range = pattern[at : at + 1] == "-" and before and pattern[at + 1 : at + 2] != "]"
        one, at = _one_of(pattern, at + bool(is_range))
        if is_range:
            if before <= one:
                items.append(f"{re.escape(before)}-{re.escape(one)}")
            before = ""
        else:
            items.append(re.escape(one))
            before = one
    inside = "".join(items)
    if not inside:
        return ("[^/]" if negated else "(?!)"), at + 1
    return f"(?!/)[{'^' * negated}{inside}]", at + 1


def _one_of(pattern: str, at: int) -> tuple[str, int]:
    at += pattern[at : at + 1] == "\\"
    if at >= len(pattern):
        raise ValueError("a set that does not end")
    return pattern[at], at + 1
