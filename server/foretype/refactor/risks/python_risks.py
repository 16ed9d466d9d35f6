"""Find risky Python code by what its names refer to rather than by spelling.

``python_names.py`` resolves the names. None of the code is executed.
"""

from __future__ import annotations

import ast
import re
import textwrap
import unicodedata
from collections.abc import Iterator

from foretype.refactor.checks import older_python
from foretype.refactor.checks.python_names import Names, constant_text, parse_python
from foretype.refactor.risks.risk_patterns import (
    EVAL,
    LOADS,
    PROGRAM,
    SHELL,
    TLS,
    Found,
    runs_download,
    skips_tls,
)


def may_be_risky(code: str, around: str) -> bool:
    """Whether the code, or an import, contains any word without which nothing would be found.

    Most code has none, which saves parsing it.
    """
    imports = "\n".join(found[0] for found in _IMPORT.finditer(around))
    return bool(_WORDS.search(unicodedata.normalize("NFKC", f"{code}\n{imports}")))


def find_python_risks(code: str, around: str = "") -> Found | None:
    """Return the lines of each risk; None if the code does not parse on its own."""
    # Newer syntax than this Python's hides nothing.
    tree = older_python.parsed(textwrap.dedent(code))
    if tree is None:
        return None
    names = Names()
    for statement in _IMPORT.finditer(around):
        if (imported := parse_python(statement[0].strip())) is not None:
            names.learn(imported)
    names.learn(tree)
    lines: Found = {}
    for node in ast.walk(tree):
        for reason in _reasons(node, names):
            lines.setdefault(reason, []).append(getattr(node, "lineno", 1))
    return {reason: sorted(of_reason) for reason, of_reason in lines.items()}


def _reasons(node: ast.AST, names: Names) -> Iterator[str]:
    match node:
        case ast.Name(ctx=ast.Load()) | ast.Attribute() | ast.Subscript():
            if id(node) not in names.compared:
                yield from _of_name(names.of(node))
        case ast.ImportFrom(module=str(module), names=imported, level=0):
            for one in imported:
                yield from _of_name(f"{module}.{one.name}")
        case ast.Call():
            yield from _of_name(names.of(node))
            yield from _of_call(node, names)
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _of_assignment(target, value, names)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield from _of_assignment(target, value, names)
        case ast.AugAssign(target=target, op=ast.BitOr(), value=value):
            yield from _of_assignment(target, value, names)
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            yield from _of_command(elements)
        case ast.Constant(str()) | ast.JoinedStr() if id(node) not in names.prose:
            text = constant_text(node)
            if skips_tls(text):
                yield TLS
            if runs_download(text):
                yield SHELL


def _of_name(name: str) -> Iterator[str]:
    if reason := _NAMES.get(name):
        yield reason
    elif _PROGRAMS.fullmatch(name):
        yield PROGRAM


def _of_call(call: ast.Call, names: Names) -> Iterator[str]:
    function = names.of(call.func)
    for keyword in call.keywords:
        if keyword.arg is not None:
            yield from _of_option(keyword.arg, keyword.value, names, function)
        elif isinstance(keyword.value, ast.Dict):
            yield from _of_options(keyword.value, names)
    yield from _of_command(call.args)
    match call:
        case ast.Call(func=ast.Attribute(owner, "setdefault"), args=[key, value]):
            if names.of(owner) in names.unpacked:
                yield from _of_option(constant_text(key), value, names)
        case ast.Call(func=ast.Attribute(owner, "update"), args=[ast.Dict() as options]):
            if names.of(owner) in names.unpacked:
                yield from _of_options(options, names)
        case ast.Call(func=ast.Name(id="setattr")) if names.of(call) == _CONTEXT_MAKER:
            yield TLS
        case ast.Call(func=ast.Call(ast.Name(id="getattr"), args=[owner, *_]) as found):
            if names.of(owner) in _LOOKED_UP and not names.of(found):
                yield "calls what it looks up by a computed name"
    if function in ("yaml.load", "yaml.load_all") and not _is_safe(call, names):
        yield LOADS


def _of_option(name: str, value: ast.AST, names: Names, function: str = "") -> Iterator[str]:
    values = names.values(value)
    if name == "shell":
        # A shell that is used depending on the system counts too.
        depends = function.startswith("subprocess.") and not values
        if any(values) or (depends and not isinstance(value, (ast.Name, ast.Attribute))):
            yield SHELL
    if name in _SWITCHED_OFF and any(one == 0 for one in values):
        yield TLS
    if name in _SWITCHED_ON and any(one == 1 for one in values):
        yield TLS
    if name == "cert_reqs" and values & {"CERT_NONE", "none", 0}:
        yield TLS
    if name == "allow_pickle" and any(one == 1 for one in values):
        yield LOADS


def _of_options(options: ast.Dict, names: Names) -> Iterator[str]:
    for key, value in zip(options.keys, options.values, strict=True):
        yield from _of_option(constant_text(key), value, names)


def _of_assignment(target: ast.AST, value: ast.AST, names: Names) -> Iterator[str]:
    if names.of(target) == _CONTEXT_MAKER:
        yield TLS
    match target:
        case ast.Attribute(attr=name) if name != "ssl":
            yield from _of_option(name, value, names)
        case ast.Subscript(value=owner, slice=key) if names.of(owner) in names.unpacked:
            yield from _of_option(constant_text(key), value, names)
    if isinstance(value, ast.Dict) and names.of(target) in names.unpacked:
        yield from _of_options(value, names)


def _of_command(arguments: list[ast.expr]) -> Iterator[str]:
    """Return the risk of a program and its arguments, given as a sequence."""
    words = [constant_text(argument) for argument in arguments]
    program = re.split(r"[/\\]", words[0])[-1].lower().removesuffix(".exe") if words else ""
    if program in _SHELLS and words[1:2] and words[1].lower() in ("-c", "-lc", "-ec", "/c"):
        yield SHELL
    if program in ("curl", "wget") and skips_tls(" ".join(word or "x" for word in words)):
        yield TLS


def _is_safe(call: ast.Call, names: Names) -> bool:
    """Whether ``yaml.load`` is called with a loader that only creates plain data."""
    given = [*call.args[1:], *(keyword.value for keyword in call.keywords)]
    return any(names.of(loader).endswith(("SafeLoader", "BaseLoader")) for loader in given)


def _named(reason: str, names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), reason)


_NAMES = {
    "eval": EVAL,
    "exec": "runs text as code (exec)",
    "__import__": "imports a module by a computed name",
    **_named("runs text as code (exec)", "runpy.run_path runpy.run_module"),
    **_named(
        SHELL,
        "os.system os.popen posix.system nt.system pty.spawn subprocess.getoutput"
        " subprocess.getstatusoutput asyncio.create_subprocess_shell"
        " asyncio.subprocess.create_subprocess_shell",
    ),
    **_named(
        TLS,
        "ssl._create_unverified_context ssl.CERT_NONE"
        " ssl.VerifyMode.CERT_NONE OpenSSL.SSL.VERIFY_NONE",
    ),
    **_named("accepts any host's key", "paramiko.AutoAddPolicy paramiko.client.AutoAddPolicy"),
    **_named(
        LOADS,
        "pickle.load pickle.loads pickle.Unpickler _pickle.load _pickle.loads marshal.load"
        " marshal.loads shelve.open dill.load dill.loads cloudpickle.load cloudpickle.loads"
        " joblib.load yaml.unsafe_load yaml.unsafe_load_all pandas.read_pickle"
        " jsonpickle.decode",
    ),
}
"""Risky names of Python's libraries, and the risk of each."""

_CONTEXT_MAKER = "ssl._create_default_https_context"
"""The factory of the TLS contexts of the whole standard library."""
_PROGRAMS = re.compile(r"(?:os|posix|nt)\.(?:exec[lv]p?e?|spawn[lv]p?e?|posix_spawnp?|startfile)")
_SWITCHED_OFF = {
    *("verify", "verify_ssl", "verify_certs", "verify_mode", "verify_peer", "ssl_verify", "ssl"),
    *("check_hostname", "assert_hostname", "validate_certs", "ssl_assert_hostname"),
}
_SWITCHED_ON = {
    *("tlsAllowInvalidCertificates", "tlsAllowInvalidHostnames", "tlsInsecure"),
    *("insecure_skip_verify", "allow_invalid_certificates", "ignore_https_errors"),
}
_LOOKED_UP = {"os", "posix", "subprocess", "builtins", "__builtins__", "pickle"}
_SHELLS = {"sh", "bash", "zsh", "dash", "ksh", "cmd", "powershell", "pwsh"}
_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+[\w.]+[ \t]+import[ \t]+(?:\([^()]*\)|[^\n(;#]+)|import[ \t]+[^\n;#]+)",
    re.M,
)
_WORDS = re.compile(
    r"eval|exec|__import__|__builtins__|builtins|run_path|run_module|system|popen|spawn|startfile"
    r"|getoutput|getstatusoutput|shell|pickle|marshal|shelve|dill|joblib|yaml|verif"
    r"|_create_|CERT_NONE|VERIFY_NONE|check_hostname|assert_hostname|validate_certs|\bssl\b"
    r"|AutoAddPolicy|nsecure|InvalidCert|InvalidHost|invalid_cert|cert_reqs|ignore_https|curl|wget"
    r"|SSL_NO_VERIFY|HTTPSVERIFY|[\"'](?:-[le]?c|/[cC])[\"']"
    r"|\b(?:getattr|vars)\s*\(\s*(?:os|subprocess|posix)\b|modules\[|import_module|__dict__"
)
