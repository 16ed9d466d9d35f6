"""Code that asks for the user's yes: what it does that the old code did not, and where.

A model is gated like a junior contractor: it may propose to evaluate text, run a shell or switch
off the verification of certificates, but not without being seen.
"""

from __future__ import annotations

import ast
import re
import textwrap
import unicodedata
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from foretype.refactor.languages import Language
from foretype.refactor.lexing import blanked


@dataclass(frozen=True, slots=True)
class Risk:
    """Code that asks for the user's yes. ``reason`` ends a sentence that begins "The code"."""

    reason: str
    line: int
    """In the new code, from 1."""


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
    if language.name == "Python":
        known = {risk.reason for risk in found}
        found += [risk for risk in _in_tree(old, new) if risk.reason not in known]
    return found


def _in_tree(old: str, new: str) -> list[Risk]:
    """What patterns do not see in Python: another name for ``eval``, a call in an f-string."""
    # Few codes hold such a word, and to parse them takes time.
    if not _WORDS.search(unicodedata.normalize("NFKC", new)):
        return []
    before, after = _calls(old), _calls(new)
    return [
        Risk(reason, lines[-1])
        for reason, lines in after.items()
        if len(lines) > len(before.get(reason, ()))
    ]


def _calls(code: str) -> dict[str, list[int]]:
    """The lines of each risk in Python code; none where it does not parse."""
    found: dict[str, list[int]] = {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(textwrap.dedent(code))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return found
    for node in ast.walk(tree):
        for reason in _reasons(node):
            found.setdefault(reason, []).append(getattr(node, "lineno", 1))
    return found


def _reasons(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name) | ast.Attribute(ast.Name("builtins" | "__builtins__"), name):
            if name in _BUILTINS:
                yield _BUILTINS[name]
        case ast.Call(args=args, keywords=keywords):
            for keyword in keywords:
                match keyword:
                    case ast.keyword("shell", ast.Constant(value)) if value:
                        yield "runs a command through a shell (shell=True)"
                    case ast.keyword("verify", ast.Constant(0)):
                        yield "disables the verification of TLS certificates"
            match args:
                case [ast.List([ast.Constant(str(program)), ast.Constant(str(flag)), *_]), *_]:
                    if _SHELL.search(program) and flag in ("-c", "-lc", "/c", "/C"):
                        yield "runs a command through a shell"


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


_BUILTINS = {
    "eval": "evaluates text as code (eval)",
    "exec": "runs text as code (exec)",
    "__import__": "imports a module by a computed name",
}
_WORDS = re.compile(r"eval|exec|__import__|shell|verify|[\"'](?:-l?c|/[cC])[\"']")
_SHELL = re.compile(r"(?:^|[/\\])(?:(?:ba|z|da|k)?sh|cmd|powershell|pwsh)(?:\.exe)?$", re.I)
_UNSEEN = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\U000e0000-\U000e007f]")
_RUN_BY_ITSELF = re.compile(
    r"package\.json|setup\.py|conftest\.py|makefile|justfile|\.envrc|\.pre-commit-config\.yaml"
    r"|dockerfile|\.gitattributes|\.gitmodules|\.foretype\.toml|sitecustomize\.py|build\.rs"
    r"|\.npmrc|noxfile\.py|tox\.ini|.*\.pth|.*\.service"
)
_FOLDERS_RUN = {".github", ".gitlab", ".circleci", ".vscode", ".idea", ".husky", ".devcontainer"}


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
    _rule(
        r"\b(?:window|globalThis|self|global)\s*\??\.\s*eval\s*\(|,\s*eval\s*\)\s*\("
        r"|\$\{[^}\n]*(?<![.\w])eval\s*\(",
        "evaluates text as code (eval)",
        *_SCRIPTS,
        in_strings=True,
    ),
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
