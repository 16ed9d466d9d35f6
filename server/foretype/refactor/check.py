"""Is the new code fit to be applied? Faults are told to the model; risks are told to the user.

Compares the new code with what it replaces: a file that did not parse before need not parse
afterwards, and a call that was there already is no new risk. Runs nothing and imports nothing
of the workspace.
"""

from __future__ import annotations

import ast
import re
import textwrap
import warnings
from dataclasses import dataclass

from foretype.refactor import languages
from foretype.refactor.catalogue import Action
from foretype.refactor.grammars import n_errors
from foretype.refactor.languages import Language
from foretype.refactor.lexing import blanked, only_comments, unbalanced
from foretype.refactor.reply import Block

LARGEST_PARSE = 20_000
"""Characters beyond which only a part is parsed: a parser takes some 10 ms for so many, and
nothing else is answered meanwhile."""


@dataclass(frozen=True, slots=True)
class Risk:
    """Code that asks for the user's yes. ``reason`` ends a sentence that begins "The code"."""

    reason: str
    line: int
    """In the new code, from 1."""


def faults(
    before: str, start: int, end: int, code: str, language: Language, action: Action
) -> list[str]:
    """What is wrong with putting ``code`` in the place of ``before[start:end]``; sentences that
    the model and the user can read."""
    old = before[start:end]
    found = _hollow(old, code, language)
    if found:
        return [found]
    first, last = _window(before, start, end, language)
    was = before[first:last]
    now = before[first:start] + code + before[end:last]
    problem = _syntax(was, now, old, code, language)
    return [problem] if problem else _kept(old, code, language, action)


def faults_of_file(old: str | None, new: str, language: Language) -> list[str]:
    """What is wrong with a whole file; ``old`` is None for a new one."""
    found = _hollow(old or "", new, language)
    if found:
        return [found]
    problem = _syntax(old or "", new, old or "", new, language)
    return [problem] if problem else []


def wrong_language(block: Block, language: Language) -> str:
    """A sentence where a block says that it is in another language; empty where it is not."""
    said = languages.of_tag(block.tag) if block.tag else None
    if said is None or not language.ids or said is language:
        return ""
    families = ({"JavaScript", "TypeScript"}, {"C", "C++"})
    if any(said.name in family and language.name in family for family in families):
        return ""
    return f"the code is in {said.name}, not in {language.name}"


def risks(old: str, new: str, language: Language) -> list[Risk]:
    """What the new code does, and the old did not, that wants a second look."""
    found = _unseen(old, new)
    before, after = (blanked(code, language, strings=False) for code in (old, new))
    # In strings only those are looked for that are meant to be there.
    quiet_before, quiet_after = (blanked(code, language) for code in (old, new))
    for rule in _RISKS:
        if rule.languages and language.name not in rule.languages:
            continue
        was = before if rule.in_strings else quiet_before
        now = after if rule.in_strings else quiet_after
        hits = list(rule.pattern.finditer(now))
        if len(hits) > len(rule.pattern.findall(was)):
            found.append(Risk(rule.reason, now.count("\n", 0, hits[-1].start()) + 1))
    return found


def risk_of_file(path: str) -> Risk | None:
    """The risk of changing a file that other programs run without being asked."""
    parts = path.lower().split("/")
    if _RUN_BY_ITSELF.fullmatch(parts[-1]) or _FOLDERS_RUN.intersection(parts[:-1]):
        return Risk("stands in a file that other programs run by themselves", 1)
    return None


def _unseen(old: str, new: str) -> list[Risk]:
    """Characters that make code read otherwise than it runs."""
    hits = list(_UNSEEN.finditer(new))
    if len(hits) <= len(_UNSEEN.findall(old)):
        return []
    return [Risk("holds invisible characters", new.count("\n", 0, hits[-1].start()) + 1)]


_UNSEEN = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\U000e0000-\U000e007f]")
_RUN_BY_ITSELF = re.compile(
    r"package\.json|setup\.py|conftest\.py|makefile|justfile|\.envrc|\.pre-commit-config\.yaml"
    r"|dockerfile|\.gitattributes|\.gitmodules|\.foretype\.toml|sitecustomize\.py|build\.rs"
    r"|\.npmrc|noxfile\.py|tox\.ini|.*\.pth|.*\.service"
)
_FOLDERS_RUN = {".github", ".gitlab", ".circleci", ".vscode", ".idea", ".husky", ".devcontainer"}


def public_names(code: str, language: Language) -> set[str]:
    """The names that a piece of code gives to others: functions, classes, methods, and in
    Python what a module or class assigns."""
    if language.name == "Python":
        tree = _python_tree(textwrap.dedent(code))
        if tree is not None:
            return {name for name in _python_names(tree.body) if not name.startswith("_")}
    names = set()
    for line in blanked(code, language).split("\n"):
        name = languages.function_name(line, language) or languages.type_name(line, language)
        if name and not name.startswith("_") and not _is_private(line):
            names.add(name)
    return names


_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


def _hollow(old: str, code: str, language: Language) -> str:
    if not code.strip():
        return "the code is empty" if old.strip() else ""
    if _CONTROL.search(code) and not _CONTROL.search(old):
        return "the code holds control characters"
    if _fences(code, language) and not _fences(old, language):
        return "a fence is left in the code"
    hollow_before = bool(old.strip()) and only_comments(old, language)
    if only_comments(code, language) and not hollow_before:
        return "there are only comments and no code"
    return ""


def _fences(code: str, language: Language) -> bool:
    """Whether a Markdown fence stands in the code, outside of strings and comments."""
    plain = code if language.literals.startswith("`") else blanked(code, language)
    return bool(re.search(r"^\s*(?:`{3,}|~{3,})", plain, re.M))


def _window(text: str, start: int, end: int, language: Language) -> tuple[int, int]:
    """The part of a text that is parsed: all of it, or in a long file what stands around the
    range; in Python from one line at the left edge to another."""
    if len(text) - (end - start) <= LARGEST_PARSE:
        return 0, len(text)
    if language.name != "Python":
        return start, end
    first = start
    while first > 0 and text[first : first + 1] in _NO_BEGINNING and start - first < LARGEST_PARSE:
        first = text.rfind("\n", 0, first - 1) + 1
    last = end
    while last < len(text) and text[last + 1 : last + 2] in _NO_BEGINNING:
        last = text.find("\n", last + 1)
        if last < 0 or last - end > LARGEST_PARSE:
            return first, len(text) if last < 0 else end
    return first, last


_NO_BEGINNING = (" ", "\t", "\n", ")", "]", "}", "#", "@")
"""What a line begins with that begins no statement."""


def _syntax(was: str, now: str, old: str, code: str, language: Language) -> str:
    """What is wrong with the text ``now``, which holds ``code``, where nothing was wrong with
    ``was``, which held ``old``."""
    if language.name == "Python":
        return _python_syntax(was, now, old, code)
    errors = n_errors(now, language)
    if errors is not None:
        # Most answers are right: then there is no need to look at what was.
        counted = n_errors(was, language) if errors[0] and was.strip() else (0, 0)
        if counted is not None and errors[0] > counted[0]:
            above = now.count("\n", 0, max(now.find(code), 0))
            return f"it does not parse: see line {max(errors[1] - above, 1)}"
        return ""
    if language.shape != "braces":
        return ""
    bracket = unbalanced(now, language)
    fault = f"a bracket has no partner: {bracket}" if bracket else ""
    return "" if not fault or unbalanced(was, language) else fault


def _python_syntax(was: str, now: str, old: str, code: str) -> str:
    error = _python_error(now)
    if error is None:
        return ""
    alone = _python_error(textwrap.dedent(code))
    if _python_error(was) is None:
        # Where the code is right by itself, its place makes the difference: say so.
        return f"it does not parse: {alone or error}"
    broken_before = old.strip() and _python_error(textwrap.dedent(old)) is not None
    return "" if alone is None or broken_before else f"it does not parse: {alone}"


def _python_error(code: str) -> str | None:
    try:
        _parse(code)
    except SyntaxError as error:
        return f"{error.msg} in line {error.lineno}"
    except (ValueError, RecursionError, MemoryError) as error:
        return str(error) or type(error).__name__
    return None


def _python_tree(code: str) -> ast.Module | None:
    return _parse(code) if _python_error(code) is None else None


def _parse(code: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(code)


def _kept(old: str, code: str, language: Language, action: Action) -> list[str]:
    if action.only_comments and not _same_code(old, code, language):
        return ["the code itself was changed, where only comments were asked for"]
    if not action.keeps_names:
        return []
    lost = sorted(public_names(old, language) - public_names(code, language))
    return [f"public names are gone: {', '.join(lost)}"] if lost else []


def _same_code(old: str, code: str, language: Language) -> bool:
    if language.name == "Python":
        was, now = _python_tree(textwrap.dedent(old)), _python_tree(textwrap.dedent(code))
        if was is not None and now is not None:
            return ast.dump(_undocumented(was)) == ast.dump(_undocumented(now))
    was_code, now_code = (blanked(text, language, strings=False) for text in (old, code))
    return was_code.split() == now_code.split()


def _undocumented(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if not isinstance(body, list):
            continue
        kept = [part for part in body if not _is_docstring(part)]
        node.body = kept  # type: ignore[attr-defined]
    return tree


def _is_docstring(node: ast.AST) -> bool:
    # A stub's "..." goes when a docstring comes, so both count for nothing.
    if isinstance(node, ast.Pass):
        return True
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and (isinstance(node.value.value, str) or node.value.value is ...)
    )


def _python_names(body: list[ast.stmt], prefix: str = "") -> set[str]:
    names: set[str] = set()
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                names.add(prefix + name)
            case ast.ClassDef(name=name, body=inner):
                names.add(prefix + name)
                nested = _python_names(inner)
                names |= {f"{prefix}{name}.{n}" for n in nested if not n.startswith("_")}
            case ast.Assign(targets=targets):
                names |= {prefix + t.id for t in targets if isinstance(t, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(prefix + name)
    return names


def _is_private(line: str) -> bool:
    return bool(re.match(r"\s*(?:private|static\s+(?!.*\bpublic\b)|fileprivate|local)\b", line))


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[str]
    reason: str
    languages: tuple[str, ...] = ()
    in_strings: bool = False


def _rule(pattern: str, reason: str, *names: str, in_strings: bool = False) -> _Rule:
    return _Rule(re.compile(pattern), reason, names, in_strings)


_SCRIPTS = ("JavaScript", "TypeScript")
_RISKS = (
    _rule(r"(?<![.\w])eval\s*\(", "evaluates text as code (eval)"),
    _rule(r"(?<![.\w])exec\s*\(", "runs text as code (exec)", "Python"),
    _rule(r"(?<![.\w])__import__\s*\(", "imports a module by a computed name", "Python"),
    _rule(r"\bshell\s*=\s*True\b", "runs a command through a shell (shell=True)", "Python"),
    _rule(
        r"\bos\s*\.\s*(?:system|popen)\s*\(|(?<![.\w])(?:system|popen)\s*\("
        r"|\bimport\s+[^\n]*\b(?:system|popen)\b|\bcreate_subprocess_shell\s*\("
        r"|\bgetoutput\s*\(|\bgetstatusoutput\s*\(",
        "runs a command through a shell",
        *("Python", "C", "C++", "PHP", "Ruby", "Lua"),
    ),
    _rule(
        r"\bpickle\s*\.\s*loads?\s*\(|\byaml\s*\.\s*(?:unsafe_load|load)\s*\((?![^()]*Safe)"
        r"|\bmarshal\s*\.\s*loads?\s*\(",
        "loads data that can run code (pickle, yaml.load)",
        "Python",
    ),
    _rule(
        r"\bverify\s*=\s*False\b|\bverify_ssl\s*=\s*False\b|\bssl\s*=\s*False\b"
        r"|\b_create_unverified_context\b|\bCERT_NONE\b|\bcheck_hostname\s*=\s*False\b",
        "disables the verification of TLS certificates",
        "Python",
    ),
    _rule(
        r"\brejectUnauthorized\s*:\s*false\b|NODE_TLS_REJECT_UNAUTHORIZED",
        "disables the verification of TLS certificates",
        *_SCRIPTS,
        in_strings=True,
    ),
    _rule(
        r"\bnew\s+Function\s*\(|(?<![.\w])Function\s*\(",
        "makes a function from text (new Function)",
        *_SCRIPTS,
    ),
    _rule(
        r"\bexecSync\s*\(|\bchild_process\b[^\n]*\bexec\b|(?<![.\w])exec\s*\(|\bcp\.exec\s*\("
        r"|\bshell\s*:\s*true\b",
        "runs a command through a shell",
        *_SCRIPTS,
        in_strings=True,
    ),
    _rule(
        r"\bInsecureSkipVerify\s*:\s*true\b", "disables the verification of TLS certificates", "Go"
    ),
    _rule(
        r"\bexec\.Command(?:Context)?\s*\([^()]*[\"`](?:sh|bash|cmd|powershell)(?:\.exe)?[\"`]",
        "runs a command through a shell",
        "Go",
        in_strings=True,
    ),
    _rule(
        r"\bdanger_accept_invalid_(?:certs|hostnames)\s*\(\s*true",
        "disables the verification of TLS certificates",
        "Rust",
    ),
    _rule(
        r"\bCommand::new\s*\(\s*\"(?:sh|bash|cmd|powershell)\"",
        "runs a command through a shell",
        "Rust",
        in_strings=True,
    ),
    _rule(r"\bunsafe\b\s*(?:\{|fn\b|impl\b)", "is marked unsafe", "Rust"),
    _rule(r"\bunsafe\s*\{|\bunsafe\s+\w", "is marked unsafe", "C#"),
    _rule(r"\bgetRuntime\s*\(\s*\)\s*\.\s*exec\s*\(", "runs a command", "Java", "Kotlin"),
    _rule(r"\bProcess\s*\.\s*Start\s*\(", "runs a command", "C#"),
    _rule(
        r"\bServerCertificate(?:Custom)?ValidationCallback\b|\bDangerousAcceptAny\w*|\bTrustAll\w*"
        r"|\bX509TrustManager\b|\bNoopHostnameVerifier\b|\bALLOW_ALL_HOSTNAME_VERIFIER\b",
        "replaces the verification of TLS certificates",
        *("C#", "Java", "Kotlin"),
    ),
    _rule(
        r"(?<![>\w:])(?:shell_exec|exec|passthru|proc_open|pcntl_exec)\s*\(",
        "runs a command through a shell",
        "PHP",
    ),
    _rule(
        r"CURLOPT_SSL_VERIFY(?:PEER|HOST)\W{1,4}(?:false|FALSE|0)",
        "disables the verification of TLS certificates",
        *("PHP", "C", "C++"),
        in_strings=True,
    ),
    _rule(
        r"\bVERIFY_NONE\b|\bverify_ssl\s*(?:=|=>|:)\s*false\b",
        "disables the verification of TLS certificates",
        "Ruby",
    ),
    _rule(
        r"(?<![.\w])(?:exec|spawn)\s*[( ]\s*[\"']|(?:instance|class)_eval\b|%x[({\[]",
        "runs a command, or text as code",
        "Ruby",
        in_strings=True,
    ),
    _rule(
        r"\bload(?:string)?\s*\(|\bos\.execute\s*\(|\bio\.popen\s*\(",
        "runs text or a command",
        "Lua",
    ),
    _rule(
        r"\bcurl\b[^\n|;]*\s(?:-\w*k\w*|--insecure)\b|--no-check-certificate\b",
        "disables the verification of TLS certificates",
        "shell",
        in_strings=True,
    ),
    _rule(r"\|\s*(?:sudo\s+)?(?:ba|z)?sh\b", "runs what it downloads or computes", "shell"),
    _rule(r"(?<![.\w-])eval\s", "evaluates text as code (eval)", "shell"),
    _rule(r"\brm\s+-\w*r\w*f?\b", "deletes folders", "shell"),
)
