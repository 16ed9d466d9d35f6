"""Decide which files stay on this machine, by name, ignore files and the user's patterns.

Implements the rules of ``.gitignore``; reads ignore files and resolves links, so it is called off
the hot path. ``gate.py`` caches the answers.
"""

from __future__ import annotations

import math
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import translate
from functools import cache
from itertools import islice
from pathlib import Path
from stat import S_ISREG
from typing import NamedTuple

from foretype.core.project import nearest_with
from foretype.core.read_file import read_file
from foretype.core.uris import path_text
from foretype.privacy.git_excludes import git_ignore_files
from foretype.privacy.ignore_lines import IgnorePattern, Undecided, WorkBudget, parse_pattern

SECRET_FILE_NAMES = (
    *(".env*", "*.env", ".dev.vars*", ".flaskenv", "foretype.toml"),
    *("*.pem", "*.key", "*.p12", "*.pfx", "*.p8", "*.jks", "*.jceks", "*.bks", "*.keystore"),
    *("*.truststore", "*.ppk", "*.gpg", "*.pgp", "*.age", "*.agekey", "*.keychain*"),
    *("id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", "*_rsa", "*_ed25519", "ssh_host_*_key"),
    *(
        "*.crt",
        "*.cer",
        "*.cert",
        "*.der",
        "*.csr",
        "*.p7b",
        "*.p7c",
        "*.ovpn",
        "*.mobileprovision",
    ),
    *("credentials*", "*credentials.json", ".credentials*", "client_secret*", "service-account*"),
    *(
        "service_account*",
        "*firebase-adminsdk*",
        "google-services.json",
        "googleservice-info.plist",
    ),
    *("secrets.*", "secret.*", ".secrets*", "*.secret", "*.secrets", "*.token", "auth.json"),
    *("*.tfvars", "*.tfvars.json", "*.tfstate*", ".terraformrc", "terraform.rc"),
    *(".netrc", "_netrc", ".npmrc", ".yarnrc.yml", ".pypirc", ".pgpass", "pgpass.conf", ".my.cnf"),
    *(
        ".mylogin.cnf",
        ".git-credentials",
        ".htpasswd",
        ".dockercfg",
        ".s3cfg",
        ".boto",
    ),
    *("*.kdb", "*.kdbx", "*.agilekeychain", "kubeconfig*", "*.kubeconfig", ".vault-token"),
    *(".vault_pass*", "vault_pass*", "keystore.properties", "key.properties", "wp-config.php"),
    *("local.settings.json", "appsettings.*.json", ".*_history", "shadow"),
)
"""Lower-case names of files that hold keys. Users can allow a file with ``exclude = ["!name"]``."""

SECRET_FILE_PATHS = (
    *(".docker/config.json", ".git/config", "gh/hosts.yml", ".cargo/credentials.toml"),
    *("gcloud/*", ".kube/config", ".config/foretype/*"),
)
"""Files that hold keys, identified by their folder."""

SECRET_FOLDERS = frozenset(
    {".env", ".ssh", ".aws", ".gnupg", ".gpg", ".kube", ".azure", ".gcp", ".secrets"}
)
"""Folders of which all files are excluded."""

MAX_IGNORE_BYTES = 500_000
MAX_LINES = 5000
"""The largest ignore file that is read. A larger one cannot be evaluated, so its whole folder is
excluded."""
MAX_PATH_CHARS = 8192
MAX_WORK = 50_000_000
"""Maximum work to decide about one file, in pattern characters times path characters: less than a
second. A large repository's ignore files need a hundredth of it."""
MAX_TOLD = 20
"""Maximum number of such faults that the user is told of."""
MAX_COPY_SUFFIXES = 20
"""Maximum suffixes of copies, such as ``~``, that are removed from a name."""
GIT_FILES_AGE_S = 2.0
"""Seconds for which the places of Git's own ignore files are taken as known."""
IGNORE_FILES = (".gitignore", ".foretypeignore")
"""The later one may re-include what the earlier one excludes."""

_DRIVE = re.compile(r"^/?([A-Za-z]):(?=/|$)")
_COPY = re.compile(r"(?:~|\.(?:bak|backup|old|orig|save|sw[a-p]|tmp|copy)\d*)$")
_FOLDS_CASE = sys.platform in ("win32", "darwin")


def secret_file_rule(path: str) -> str | None:
    """Return the rule by which a file's name alone indicates that it holds keys."""
    *folders, name = [part.rstrip(". ") or part for part in path.lower().split("/")]
    name = name.partition("::")[0]  # a stream of NTFS
    for _ in range(MAX_COPY_SUFFIXES):
        if (shorter := _COPY.sub("", name)) in (name, ""):
            break
        name = shorter
    else:
        return f"a name that ends in {MAX_COPY_SUFFIXES} marks of a copy"
    for folder in folders:
        if folder in SECRET_FOLDERS:
            return f"{folder}/"
    if match := _any_of(SECRET_FILE_NAMES).match(name):
        return SECRET_FILE_NAMES[int(str(match.lastgroup)[1:])]
    if match := _any_of(SECRET_FILE_PATHS).match("/".join([*folders[-2:], name])):
        return SECRET_FILE_PATHS[int(str(match.lastgroup)[1:])]
    return None


@cache
def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(
        "|".join(
            f"(?P<n{number}>{'(?:.*/)?' if '/' in pattern else ''}{translate(pattern)})"
            for number, pattern in enumerate(patterns)
        )
    )


@dataclass(frozen=True, slots=True)
class Patterns:
    """The lines of one ignore file, or of the setting ``exclude``."""

    lines: tuple[IgnorePattern, ...]
    fold: bool = _FOLDS_CASE
    fault: str = ""
    """Why they cannot be evaluated; empty if they can."""

    @classmethod
    def read(cls, lines: Iterable[str], *, fold: bool = _FOLDS_CASE) -> Patterns | None:
        """Parse lines into patterns; None if there are none."""
        read = list(islice(lines, MAX_LINES + 1))
        if len(read) > MAX_LINES:
            return cls((), fold, f"more than {MAX_LINES} lines")
        kept = tuple(line for text in read if (line := parse_pattern(text, fold=fold)))
        return cls(kept, fold) if kept else None

    def says(self, path: str, work: WorkBudget) -> tuple[bool | None, str]:
        """Whether a line matches a relative path itself (re-included: False), and which line.

        A folder's path ends with a slash. Raises Undecided if it would take too much work.
        """
        is_folder = path.endswith("/")
        path = self._spelled(path)
        for line in reversed(self.lines):
            if line.names(path, work, is_folder=is_folder):
                return not line.takes_back, line.text
        return None, ""

    def says_within(self, path: str, work: WorkBudget) -> tuple[bool | None, str]:
        """Like ``says``, but a line may also match a folder above the file.

        A line that matches the file itself takes precedence.
        """
        parts = self._spelled(path).split("/")
        above = ["/".join(parts[:end]) for end in range(1, len(parts))]
        by_folder: IgnorePattern | None = None
        for line in reversed(self.lines):
            if line.names("/".join(parts), work, is_folder=False):
                return not line.takes_back, line.text
            if by_folder is None and any(line.names(f, work, is_folder=True) for f in above):
                by_folder = line
        return (not by_folder.takes_back, by_folder.text) if by_folder else (None, "")

    def _spelled(self, path: str) -> str:
        if self.fault:
            raise Undecided(self.fault)
        return (path.lower() if self.fold else path).removesuffix("/")


@dataclass(slots=True)
class _Place:
    """A folder, as the ignore files of its repository see it."""

    top: Path | None
    """The folder from which ignore files apply; None if none do."""
    parts: tuple[str, ...]
    """The parts of the folder's path below it."""
    ignores: _Ignores | None = None
    """What they say; looked up when first needed."""


class _Ignores(NamedTuple):
    """What ignore files say of a folder."""

    rule: str | None
    """The rule that excludes the folder itself, and so all that is in it."""
    files: Sequence[tuple[int, str, Patterns]] = ()
    """Those that count for its files, the weakest first: how deep each is, and its name."""


@dataclass(slots=True)
class Exclusions:
    """The rules for the files of some workspace roots."""

    roots: tuple[Path, ...]
    exclude: tuple[str, ...] = ()
    respect_gitignore: bool = True
    tell: Callable[[str], None] = lambda sentence: None
    """Tells the user what keeps files from being decided about, each thing once."""
    _told: set[str] = field(default_factory=set)
    _user: tuple[Patterns | None, Patterns | None] | None = None
    _files: dict[Path, tuple[tuple[int, int, int], Patterns | None]] = field(default_factory=dict)
    _git: dict[Path, tuple[float, tuple[Path, ...]]] = field(default_factory=dict)
    _work: WorkBudget = field(default_factory=lambda: WorkBudget(MAX_WORK))

    def rule(self, uri_or_path: str) -> str | None:
        """Return the rule that excludes a file, in a few words; None if it may leave.

        Reads ignore files that changed. A link is checked by its own name and by its target. What
        would take too much work to decide is excluded.
        """
        if len(uri_or_path) > MAX_PATH_CHARS:
            return f"a path of more than {MAX_PATH_CHARS} characters"
        path = path_text(uri_or_path)
        self._work = WorkBudget(MAX_WORK)
        try:
            for candidate in dict.fromkeys((path, *self._resolved(path))):
                if rule := self._rule_of(candidate, *self._place(candidate)):
                    return rule
        except Undecided as what:
            return self._undecided(str(what))
        except OSError as fault:
            return self._undecided(_not_looked_into(fault))
        return None

    def rules_in(self, folder: str, names: Iterable[str]) -> Iterator[str | None]:
        """Yield what ``rule`` returns for files of a folder that are no links.

        Looks at the folder once, and at none of the files.
        """
        path = path_text(folder)
        try:
            folders = dict.fromkeys((path, *self._resolved(path)))
            places = [(each, self._place(f"{each}/name")[0]) for each in folders]
        except OSError as fault:
            rule = self._undecided(_not_looked_into(fault))
            yield from (rule for _ in names)
            return
        for name in names:
            # To ``rule``, a backslash is a slash.
            is_plain = "\\" not in name
            yield self._rule_at(places, name) if is_plain else self.rule(f"{folder}/{name}")

    def _rule_at(self, places: Iterable[tuple[str, _Place]], name: str) -> str | None:
        self._work = WorkBudget(MAX_WORK)
        try:
            rules = (self._rule_of(f"{folder}/{name}", place, name) for folder, place in places)
            return next(filter(None, rules), None)
        except Undecided as what:
            return self._undecided(str(what))
        except OSError as fault:
            return self._undecided(_not_looked_into(fault))

    def _undecided(self, rule: str) -> str:
        if rule not in self._told and len(self._told) < MAX_TOLD:
            self._told.add(rule)
            self.tell(f"Files stay on this machine because of {rule}.")
        return rule

    def _resolved(self, path: str) -> Iterator[str]:
        file = Path(path)
        if not file.is_absolute() and self.roots and not _DRIVE.match(path):
            file = self.roots[0] / path
        if not file.is_absolute():
            return
        yield file.as_posix()
        try:
            yield file.resolve().as_posix()
        except (OSError, ValueError, RuntimeError):
            return  # such a path cannot be read either

    def _rule_of(self, path: str, place: _Place, name: str) -> str | None:
        named, line = self._user_says("/".join((*place.parts, name)), path)
        if named:
            return f"`{line}` of the setting `exclude`"
        if named is False and not re.search(r"[*?\[]", line):
            return None  # the user re-includes this very file
        if rule := secret_file_rule(path):
            return f"`{rule}`, a kind of file that holds keys"
        if place.top is None or not name:
            return None
        if place.ignores is None:
            place.ignores = self._ignores(place.top, place.parts)
        rule, files = place.ignores
        return rule or self._ignored(files, (*place.parts, name), "")

    def _place(self, path: str) -> tuple[_Place, str]:
        """Return the place of a file, and its name."""
        file = Path(path)
        if not file.is_absolute():
            names = [part for part in path.split("/") if part not in ("", ".", "..")]
            return _Place(None, tuple(names[:-1])), "".join(names[-1:])
        inside = [root for root in self.roots if file.is_relative_to(root)]
        start = max(inside, key=lambda root: len(root.parts), default=file.parent)
        above = (start, *start.parents)
        # Git's own, also where a project begins within it: its ignore files count there, too.
        top = nearest_with((".git",), above) or start
        parts = file.relative_to(top).parts
        return _Place(top, parts[:-1]), "".join(parts[-1:])

    def _user_says(self, relative: str, path: str) -> tuple[bool | None, str]:
        if not self.exclude:
            return None, ""
        if self._user is None:
            lines = [_expand_home(line) for line in self.exclude]
            lines = [line.replace("\\", "/") if _is_windows_path(line) else line for line in lines]
            anchored = [line for line in lines if line.lstrip("!").startswith("/")]
            anchored += ["/" + line for line in lines if _DRIVE.match(line)]
            self._user = (Patterns.read(lines, fold=True), Patterns.read(anchored, fold=True))
        for patterns, target in zip(self._user, (relative, path.lstrip("/")), strict=True):
            try:
                said = patterns.says_within(target, self._work) if patterns else (None, "")
            except Undecided as what:
                raise Undecided(f"{what} in the setting `exclude`") from None
            if said[0] is not None:
                return said
        return None, ""

    def _ignores(self, top: Path, parts: tuple[str, ...]) -> _Ignores:
        """Apply ignore files to a folder like Git: nothing inside an ignored folder can be
        re-included. An undecided folder is excluded."""
        try:
            files = [(0, str(file), patterns) for file, patterns in self._git_files(top)]
            for depth in range(len(parts) + 1):
                folder = top.joinpath(*parts[:depth])
                files += [
                    (depth, "/".join((*parts[:depth], name)), patterns)
                    for name, patterns in self._ignore_files(folder)
                ]
                if depth < len(parts) and (rule := self._ignored(files, parts[: depth + 1], "/")):
                    return _Ignores(rule)
        except Undecided as what:
            return _Ignores(self._undecided(str(what)))
        return _Ignores(None, files)

    def _ignored(
        self, files: Sequence[tuple[int, str, Patterns]], parts: tuple[str, ...], slash: str
    ) -> str | None:
        """Return the rule by which ignore files exclude a path; the last one that names it wins."""
        for depth, shown, patterns in reversed(files):
            try:
                named, line = patterns.says("/".join(parts[depth:]) + slash, self._work)
            except Undecided as what:
                raise Undecided(f"{what} in {shown}") from None
            if named:
                return f"`{line}` in {shown}"
            if named is False:
                break
        return None

    def _git_files(self, top: Path) -> Iterator[tuple[Path, Patterns]]:
        """Yield the patterns that Git has for a repository beside its ignore files, the weakest
        first."""
        if not self.respect_gitignore:
            return
        found_at, files = self._git.get(top, (-math.inf, ()))
        if time.monotonic() - found_at > GIT_FILES_AGE_S:
            files = tuple(git_ignore_files(top))
            self._git[top] = time.monotonic(), files
        for file in files:
            if patterns := self._read(file):
                yield file, patterns

    def _ignore_files(self, folder: Path) -> Iterator[tuple[str, Patterns]]:
        names = IGNORE_FILES if self.respect_gitignore else IGNORE_FILES[1:]
        for name in names:
            if patterns := self._read(folder / name):
                yield name, patterns

    def _read(self, file: Path) -> Patterns | None:
        """Return a file's patterns; None if there is no file. Raises Undecided: unreadable."""
        try:
            stat = os.stat(file)
        except (FileNotFoundError, NotADirectoryError, ValueError):
            if not file.is_symlink():
                return None
            raise Undecided(f"{file}, a link that leads nowhere") from None
        except OSError as fault:
            raise Undecided(f"{file}, which cannot be read ({fault.strerror})") from None
        state = stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size
        known = self._files.get(file)
        if known is None or known[0] != state:
            known = self._files[file] = state, Patterns.read(_lines(file, stat.st_mode))
        return known[1]


def _not_looked_into(fault: OSError) -> str:
    return f"a folder that cannot be looked into ({fault.strerror})"


def _lines(file: Path, mode: int) -> list[str]:
    """Return a file's lines. Raises Undecided if it is no file, unreadable, or not in UTF-8."""
    if not S_ISREG(mode):
        raise Undecided(f"{file}, which is no file")
    try:
        data = read_file(file, MAX_IGNORE_BYTES + 1)
    except OSError as fault:
        raise Undecided(f"{file}, which cannot be read ({fault.strerror})") from None
    if len(data) > MAX_IGNORE_BYTES:
        raise Undecided(f"more than {MAX_IGNORE_BYTES} bytes in {file.name}")
    try:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        raise Undecided(f"{file}, which is not in UTF-8") from None
    return text.split("\n")


def _expand_home(pattern: str) -> str:
    """Expand ``~/`` at the beginning of a pattern; unchanged for a user without a home."""
    taken_back, rest = pattern.startswith("!"), pattern.removeprefix("!")
    if not rest.startswith("~/"):
        return pattern
    try:
        home = Path.home().as_posix()
    except RuntimeError:
        return pattern
    return f"{'!' * taken_back}{home}{rest[1:]}"


def _is_windows_path(pattern: str) -> bool:
    return bool(re.match(r"^[A-Za-z]:\\", pattern))
