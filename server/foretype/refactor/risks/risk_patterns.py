"""Find risky code with a table of patterns, for languages that are not parsed.

Comments are ignored, and so are strings unless a rule asks for them. What a script imports under
another name, or accesses by a constant name in brackets, counts too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from foretype.languages.blanking import blanked
from foretype.languages.table import Language

Found = dict[str, list[int]]
"""The lines, from 1, of each risk."""

SQL = "builds SQL from text"
ARCHIVE = "extracts an archive, whose paths may lead elsewhere"
JWT = "reads a token without verifying it"
DELETES = "deletes folders with all that is in them"
OPENS = "gives everyone access to a file"
COPIES = "copies without a bound"
EVAL = "evaluates text as code (eval)"
SHELL = "runs a command through a shell"
PROGRAM = "runs another program"
TLS = "disables the verification of TLS certificates"
LOADS = "loads data that can run code"
HTML = "puts text into a page as HTML"
FUNCTION = "makes a function from text (new Function)"


def find_pattern_risks(code: str, language: Language, around: str = "") -> Found:
    """Return the lines of each risk. ``around`` has the imports that the code's names come from."""
    if language.name == "Python":
        code = _DOCSTRING.sub(_only_lines, code)
    code = _with_full_names(code, around, language)
    without_comments = _brackets_to_dots(blanked(code, language, strings=False))
    # Only rules meant for strings are applied to strings.
    quiet = blanked(code, language)
    lines: Found = {}
    for rule in _RULES:
        if rule.languages and language.name not in rule.languages:
            continue
        text = without_comments if rule.in_strings else quiet
        for hit in rule.pattern.finditer(text):
            lines.setdefault(rule.reason, []).append(text.count("\n", 0, hit.start()) + 1)
    for reason, offset in _in_commands(without_comments):
        line = without_comments.count("\n", 0, offset) + 1
        lines.setdefault(reason, []).append(line)
    return {reason: sorted(of_reason) for reason, of_reason in lines.items()}


_DOCSTRING = re.compile(
    r"(?s)(?:(?<=:\n)|\A)[ \t]*[rRuU]?(?P<q>\"\"\"|\'\'\')(?:(?!(?P=q)).)*(?P=q)[ \t]*(?=\n|\Z)"
)


def _only_lines(found: re.Match[str]) -> str:
    return "\n" * found[0].count("\n")


_SCRIPTS = ("JavaScript", "TypeScript")
_NAMES = r"(?P<names>\([^()]*\)|\{[^{}]*\}|[^\n(;#{=]+?)"
_ALIASES = {
    "Python": re.compile(
        rf"^[ \t]*(?:from[ \t]+(?P<module>[\w.]+)[ \t]+)?import[ \t]+{_NAMES}\s*(?:[;#\n]|\Z)", re.M
    ),
    **dict.fromkeys(
        _SCRIPTS,
        re.compile(
            rf"(?:import\s+|(?:const|let|var)\s+){_NAMES}\s*(?:from|=\s*(?:await\s+)?"
            r"(?:require|import)\s*\()\s*[\"'](?:node:)?(?P<module>child_process|vm)[\"']"
        ),
    ),
}


def _with_full_names(code: str, around: str, language: Language) -> str:
    """Code in which what is imported under a name of its own has its full one."""
    known = {**_full_names(around, language), **_full_names(code, language)}
    if not known:
        return code
    names = "|".join(map(re.escape, known))
    return re.sub(
        rf"(?m)^[ \t]*(?:from|import)\b.*|(?<![.\w])({names})(?=\s*[.(,)\[]|$)",
        lambda found: known[found[1]] if found[1] else found[0],
        code,
    )


@lru_cache(8)
def _full_names(code: str, language: Language) -> dict[str, str]:
    """The names that code imports under another one, with their full ones."""
    known: dict[str, str] = {}
    aliases = _ALIASES.get(language.name)
    for found in aliases.finditer(code) if aliases else ():
        is_whole = language.name in _SCRIPTS and not found["names"].startswith("{")
        for one in re.split(r"\s*,\s*", found["names"].strip("(){} \n")):
            name, _, local = re.sub(r"\s+as\s+|\s*:\s*", " ", one.strip()).partition(" ")
            full = f"{found['module']}.{name}" if found["module"] and not is_whole else name
            full = found["module"] if is_whole else full
            if re.fullmatch(r"\w+", local or name) and full != (local or name):
                known[local or name] = full
    return known


def _in_commands(text: str) -> Iterator[tuple[str, int]]:
    """Yield the risks of shell commands in a text, with offsets. Each command is read once."""
    for found in _SWITCHES.finditer(text):
        yield TLS, found.start()
    for command in _DOWNLOADS.finditer(text):
        if _UNVERIFIED.search(re.split("[|;]", command[0])[0]):
            yield TLS, command.start()
        if _INTO_A_SHELL.search(command[0]):
            yield SHELL, command.start()


_DOWNLOADS = re.compile(r"\b(?:curl|wget)\b[^\n;]*")
_UNVERIFIED = re.compile(
    r"[\s\"',](?:-[A-Za-z]*k[A-Za-z]*|--insecure)(?![\w-])|--no-check-certificate\b"
)
_INTO_A_SHELL = re.compile(r"\|\s*(?:sudo\s+)?(?:ba|z|da|k)?sh\b")
_SWITCHES = re.compile(
    r"\bhttp\.ssl[vV]erify\s*[= ]\s*(?:false|0)\b"
    r"|\b(?:GIT_SSL_NO_VERIFY|PYTHONHTTPSVERIFY|NODE_TLS_REJECT_UNAUTHORIZED)\b"
)


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[str]
    reason: str
    languages: tuple[str, ...] = ()
    in_strings: bool = False


def _rule(pattern: str, reason: str, *names: str, in_strings: bool = False) -> _Rule:
    return _Rule(re.compile(pattern, re.M), reason, names, in_strings)


def _brackets_to_dots(code: str) -> str:
    """Rewrite member access by a constant name in brackets to a dot, keeping the length."""
    return re.sub(r"(?<=[\w)\]])(?:\?\.)?\[\s*([\"'`])(\w+)\1\s*\]", _with_dot, code)


def _with_dot(found: re.Match[str]) -> str:
    return f".{found[2]}".ljust(len(found[0])) if "\n" not in found[0] else found[0]


_SHELL_WORD = r"[\"'`](?:[\w/\\:.]*[/\\])?(?:(?:ba|z|da|k)?sh|cmd|powershell|pwsh)(?:\.exe)?[\"'`]"

_SQL = (
    r"(?:SELECT\b[^\"'`\n]*\bFROM|INSERT\s+INTO|REPLACE\s+INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM"
    r"|DROP\s+TABLE|ALTER\s+TABLE)\b"
)
_BROAD = (
    _rule(
        rf"(?i:\bf[rR]?(?:\"\"\"|[\"'])[^\"\n]*?{_SQL}[^\n]*?\{{\w|`[^`]*?{_SQL}[^`]*?\$\{{"
        rf"|\$@?\"[^\"\n]*{_SQL}[^\"\n]*\{{|\"[^\"\n]*{_SQL}[^\"\n]*#\{{"
        rf"|\"[^\"\n]*{_SQL}[^\"\n]*\"\s*(?:\+|\.\.|%|<<|\.\s*\$|\.format\(|\.concat)"
        rf"|'[^'\n]*{_SQL}[^'\n]*'\s*(?:\+|\.\.|%|\.\s*\$|\.format\()"
        rf"|\"[^\"\n]*{_SQL}[^\"\n]*\$[A-Za-z_]"
        rf"|(?:Sprintf|format!?|asprintf|formatted)\s*\(\s*[\"'`][^\"'`\n]*{_SQL})",
        SQL,
        in_strings=True,
    ),
    _rule(
        r"\b(?:where|order|having|joins|group|pluck|find_by_sql|execute|exec_query|select_all)\b"
        r"\s*\(?\s*\"[^\"\n]*#\{",
        SQL,
        "Ruby",
        in_strings=True,
    ),
    _rule(
        r"\.extractall\s*\(|\bunpack_archive\s*\(|\bExtractToDirectory\s*\(|\.extractAllTo\s*\("
        r"|\bunzipper\.Extract\s*\(|\bextractTo\s*\(",
        ARCHIVE,
    ),
    _rule(
        r"[\"']?verify_signature[\"']?\s*(?:\]\s*=|[:=]|=>)\s*(?:False|false)|\bjwt\.decode\s*\([^()\n]*"
        r"\bverify\s*=\s*False|\bJWT\.decode\s*\([^()\n]*,\s*false|\bParseUnverified\s*\("
        r"|\bparseClaimsJwt\s*\(|\bWithoutClaimsValidation\b|\binsecure_(?:disable_signature|decode)\w*"
        r"|algorithms?[\"']?\s*[:=]\s*\[?\s*[\"']none[\"']|\b(?:ValidateIssuerSigningKey|ValidateLifetime"
        r"|RequireSignedTokens|ValidateAudience|ValidateIssuer)\s*=\s*false|\bdangerous_insecure_decode",
        JWT,
        in_strings=True,
    ),
    _rule(r"\bjwt(?:Decode|_decode|\.decode)\s*\(", JWT, *_SCRIPTS),
    _rule(
        r"\brmtree\s*\(|\brm(?:dir)?Sync\s*\([^()\n]*recursive|\brm\s*\([^()\n]*recursive\s*:\s*true"
        r"|\brimraf\b\s*\(?|\bos\.RemoveAll\s*\(|\bremove_dir_all\s*\(|\bremove_all\s*\("
        r"|\bFileUtils\.(?:rm_rf|rm_r|remove_dir|remove_entry)|\bdeleteDirectory\s*\(|\bdeleteRecursively\s*\("
        r"|\bDirectory\.Delete\s*\([^()\n]*,\s*true|\brm\s+-\w*[rR]\w*[fF]?\b",
        DELETES,
        in_strings=True,
    ),
    _rule(
        r"\bchmod(?:Sync)?\s*\([^()\n]*(?:0o?|[\"'])[0-7]?7[0-7]?[2367]\b|\bChmod\s*\([^()\n]*0o?777"
        r"|\bchmod\s+(?:-R\s+)?(?:0?777|a\+rwx)|\bfrom_mode\s*\(\s*0o777",
        OPENS,
        in_strings=True,
    ),
    _rule(
        r"\bMarkup\s*\(|\bmark_safe\s*\(|\brender_template_string\s*\(|\|\s*safe\b|\.html_safe\b"
        r"|(?<![.\w])raw\s*\(|\bHtml\.Raw\s*\(|\btemplate\.(?:HTML|JS|URL)\s*\(|\bv-html\s*="
        r"|\bbypassSecurityTrust\w+\s*\(|\bsetJavaScriptEnabled\s*\(\s*true|\baddJavascriptInterface\s*\("
        r"|\bautoescape\s*=\s*False",
        HTML,
        *("Python", "Ruby", "C#", "Go", "Java", "Kotlin", "JavaScript", "TypeScript"),
    ),
    _rule(
        r"\b(?:strcpy|strcat|sprintf|vsprintf|gets|mktemp|alloca)\s*\(",
        COPIES,
        *("C", "C++"),
    ),
    _rule(
        r"(?i:(?<![a-z_])(?<!def )(?:md5|sha_?1|des(?:ede3?)?|rc4)(?![a-z0-9-])\s*"
        r"(?:\.(?:new|sum|digest|hexdigest|update|newcipher|compute\w*)|::(?:new|hexdigest|digest|compute)|\s*\()"
        r"|MODE_ECB|[/\"'_-]ecb[/\"'_-]|EVP_(?:des|rc4|md5|sha1)\w*|\bDigest::(?:MD5|SHA1)\b"
        r"|(?:hash|hmac|getInstance|cipher\w*|\bnew|algorithm)\W{1,3}(?:md5|sha-?1|des|des-[\w-]+|rc4)[\"'])"
        r"|\bVersionTLS1[01]\b|\bPROTOCOL_(?:SSLv\d|TLSv1)\b",
        "uses cryptography that is broken (MD5, SHA-1, DES, RC4, ECB, old TLS)",
        in_strings=True,
    ),
    _rule(
        r"Access-Control-Allow-Origin[\"']?\]?\s*[,:=]\s*[\"']\*|\bcsrf_exempt\b|\bcsrf\(\)\.disable"
        r"|skip_(?:before_action|forgery_protection)\b|\bpermit!|\bpostMessage\s*\([^\n]*,\s*[\"']\*[\"']"
        r"|\bcors\(\s*\)|\b(?:httpOnly|use_ssl|force_ssl|SESSION_COOKIE_SECURE)\W{1,3}(?:false|False)\b"
        r"|\b(?:host|bind|[Ll]isten\w*)\b[^\n]{0,20}0\.0\.0\.0|\bsecure\s*:\s*false\b|\bnodeIntegration\W{1,3}\s*true\b|\bsetAllow\w*File\w*\s*\(\s*true",
        "opens a door to other sites or machines",
        in_strings=True,
    ),
    _rule(
        r"\bInsecureIgnoreHostKey\b|\b(?:WarningPolicy|AutoAddPolicy)\b|\bStrictHostKeyChecking\W+no\b",
        "accepts any host's key",
        in_strings=True,
    ),
    _rule(
        r"\bimport_module\s*\(\s*(?![\"'])\w|\b(?:dlopen|LoadLibrary\w*|CDLL|WinDLL|System\.load|plugin\.Open|Library::new)\s*\(\s*(?![\"'])\w"
        r"|\bClass\.forName\s*\(\s*(?!\")\w|\bURLClassLoader\s*\(|\bsys\.path\.(?:insert|append)\s*\("
        r"|\bconstantize\b|\bconst_get\b\s*+\(?+\s*+(?![:\"'])|\bAssembly\.Load\w*\s*\(",
        "loads code by a computed name or path",
        in_strings=True,
    ),
    _rule(
        r"\b(?:require|import)\s*\(\s*(?![\"'`])\w+\s*\)",
        "loads code by a computed name or path",
        *_SCRIPTS,
    ),
    _rule(
        r"\bset(?:e?[ug]id|uid)\s*\(\s*0|\bSetuid\s*\(\s*0|\bumask\s*\(\s*0o?0*\s*\)|\bWORLD_(?:READ|WRIT)ABLE\b"
        r"|\bset(?:Read|Writ)able\s*\(\s*true\s*,\s*false|\bModePerm\b|\bfrom_mode\s*\(\s*0o[67]{3}",
        OPENS,
    ),
    _rule(
        r"\bresolve_entities\s*=\s*True|disallow-doctype-decl[\"']\s*,\s*false|\bNOENT\b|\bDtdProcessing\.Parse\b",
        "lets XML read other files",
        in_strings=True,
    ),
    _rule(
        r"\breinterpret_cast\s*<|\bconst_cast\s*<|\bunsafe\.Pointer\b|\w_unchecked\s*\(|\bmem::(?:forget|zeroed)\b"
        r"|\bstatic\s+mut\b|\bscanf\s*\(\s*\"%s|\btmpnam\s*\(|(?<!\w)printf\s*\(\s*(?!\")\w+\s*\)"
        r"|\bmemcpy\s*\([^()\n]*\bstrlen\b",
        "goes around the checks of types or bounds",
        *("C", "C++", "Go", "Rust", "C#"),
        in_strings=True,
    ),
    _rule(
        r"\.__proto__\b|\b(?:Object|Array|String|Function|Promise)\.prototype\.\w+\s*=(?!=)",
        "changes what all objects share",
        *_SCRIPTS,
    ),
    _rule(
        r"\$\([^()\n]*\)\.(?:html|append|prepend|after|before)\s*\(\s*(?![\"'`)])|\bexecuteJavaScript\s*\("
        r"|\bloadUrl\s*\(\s*\"javascript:|\bERB\.new\b|\brender\s*\(?\s*inline:|(?<![.\w])raw\s*\(?\s*\w"
        r"|\blocation(?:\.href)?\s*=\s*(?![\"'`])[^\n;]*\b(?:get|params|query)\b|\btemplate\.(?:JSStr|CSS|HTMLAttr)\s*\(",
        HTML,
        *("JavaScript", "TypeScript", "Java", "Kotlin", "Ruby", "Go"),
        in_strings=True,
    ),
    _rule(
        r"\.objects\.raw\s*\(\s*f|\.extra\s*\(\s*where|\bRawSQL\s*\(\s*f",
        SQL,
        "Python",
        in_strings=True,
    ),
    _rule(
        r"\bdisable_warnings\s*\(|\bhandler\.proceed\s*\(",
        TLS,
        "Python",
        "Java",
        "Kotlin",
    ),
    _rule(r"\btelnetlib\b", "sends passwords unencrypted", "Python"),
    _rule(r"\bos\.popen\s*\(", SHELL, "Python"),
    _rule(
        r"\bexec\.Command(?:Context)?\s*\((?:\s*\w+\s*,)?\s*(?!ctx\b)[a-z]\w*\s*[,)]"
        r"|\bProcessBuilder\s*\(\s*(?!\")\w|\bCommand\s*::\s*new\s*\(\s*(?!\")&?\w|\bShellExecute\w*\s*\("
        r"|\bOpen3\.\w+\s*\(?\s*\"[^\"\n]*#\{|\bCreateProcess\w*\s*\(",
        PROGRAM,
        in_strings=True,
    ),
    _rule(r"\bgob\.NewDecoder\s*\(\s*conn|\bnewInstance\s*\(\s*\)", LOADS, "Go"),
    _rule(r"\bKernel\.open\b|(?<![.\w])open\s*\(?\s*[\"']\|", SHELL, "Ruby", in_strings=True),
    _rule(
        r"\b(?:public_)?send\s*\(?\s*(?![:\"'(])[a-z_]\w*\s*[,)\n]|\bYAML\.unsafe_load",
        EVAL,
        "Ruby",
    ),
    _rule(r"\btempfile\.mktemp\s*\(", "names a temporary file that others can take", "Python"),
    _rule(
        r"\bdebug\s*=\s*True\b|\bDEBUG\s*=\s*True\b|\bapp\.debug\s*=\s*True",
        "turns on debugging, which runs code that is sent",
        "Python",
    ),
    _rule(
        r"\bserialize\.unserialize\s*\(|\bnode-serialize\b|\bXStream\s*\(|\benableDefaultTyping\s*\("
        r"|\bTypeNameHandling\.(?:All|Auto|Objects)\b|\bnew\s+XMLDecoder\b|\bOj\.load\b|\bUnsafeLoader\b",
        LOADS,
        in_strings=True,
    ),
    _rule(r"\b(?:SSL_CTX_set_verify|SSL_set_verify)\s*\([^()\n]*VERIFY_NONE", TLS, "C", "C++"),
    _rule(r"\btransmute\b|\bget_unchecked\w*\s*\(", "is not checked by the compiler", "Rust"),
    _rule(
        r"(?<!\.)(?:\bsystem|\bexec|\bspawn|\binstance_eval|\bclass_eval)\s*\(?\s*\w", SHELL, "Ruby"
    ),
)
"""What is risky under much the same names in many languages."""

_RULES = (
    _rule(
        r"\b(?:window|globalThis|self|global)\s*\??\.\s*eval\s*\(|,\s*eval\s*\)\s*\("
        r"|\$\{[^}$\n]*(?<![.\w])eval\s*\(|=\s*eval\s*[;\n,]|\bReflect\.apply\s*\(\s*eval\b"
        r"|(?<![.\w])set(?:Timeout|Interval|Immediate)\s*\(\s*[\"'`]"
        r"|\bvm\s*\.\s*run\w+\s*\(",
        EVAL,
        *_SCRIPTS,
        in_strings=True,
    ),
    _rule(r"(?<![.\w])eval\s*\(", EVAL),
    *_BROAD,
    _rule(r"(?<![.\w])exec\s*\(", "runs text as code (exec)", "Python"),
    _rule(r"(?<![.\w])__import__\s*\(", "imports a module by a computed name", "Python"),
    _rule(r"\brunpy\.run_\w+\s*\(", "runs text as code (exec)", "Python"),
    _rule(r"=\s*eval\s*$|\bmap\(\s*eval\b|\bbuiltins\.eval\b", EVAL, "Python"),
    _rule(
        r"\bf[\"'][^\n]*\{[^{}\n]*(?<![.\w])eval\s*\(|(?:__builtins__|globals\(\))\W+eval\b",
        EVAL,
        "Python",
        in_strings=True,
    ),
    _rule(
        r"[(,]\s*shell\s*=\s*(?!False\b|None\b|0\b|shell\b)\w|\bos\.(?:system|popen|exec[lv]p?e?|spawn[lv]p?e?|startfile)\b"
        r"|^[ \t]*+from\s+(?:os|posix|nt)\b[^\n]*\b(?:system|popen)\b|\bpty\.spawn\s*\("
        r"|\b(?:subprocess\.)?(?:getoutput|getstatusoutput)\s*\(|\bcreate_subprocess_shell\b"
        r"|[])]\.(?:system|popen)\s*\(",
        SHELL,
        "Python",
    ),
    _rule(
        r"\bgetattr\(\s*(?:os|subprocess|builtins)\s*,\s*+"
        r"(?:[\"'](?:sys|popen|exec|spawn|eval|run|call)|(?![\"'])\w)"
        rf"|[\[(]\s*{_SHELL_WORD}\s*,\s*[\"']-\w*c\b",
        SHELL,
        "Python",
        in_strings=True,
    ),
    _rule(r"(?<![.\w])(?:system|popen)\s*\(", SHELL, *("C", "C++", "PHP", "Ruby", "Lua")),
    _rule(
        r"\b(?:c?[pP]ickle|marshal|dill|cloudpickle|joblib)\.(?:loads?|Unpickler)\b"
        r"|\byaml\.(?:unsafe_load\w*|load(?:_all)?)\s*\((?![^()\n]*(?:Safe|Base)Loader)|\bshelve\.open\s*\("
        r"|\btorch\.load\s*\((?![^()\n]*weights_only\s*=\s*True)|\bread_pickle\s*\(|\ballow_pickle\s*=\s*True"
        r"|\bjsonpickle\.decode\s*\(",
        LOADS,
        "Python",
    ),
    _rule(
        r"(?<![\w.])\.?verify\s*=\s*(?:False|0)\b|\.verify\s*=\s*False\b|\*\*\s*\{[^}\n]*[\"']verify[\"']\s*:\s*False\b"
        r"|\b(?:verify_ssl|verify_certs|check_hostname|assert_hostname|validate_certs)\s*=\s*False\b"
        r"|(?<![.\w])ssl\s*=\s*False\b|\b_create_unverified_context\b|\bverify_mode\s*=\s*\S*CERT_NONE"
        r"|\bcert_reqs\s*=\s*\S*CERT_NONE|_create_default_https_context[\"']?\s*[=,](?!=)"
        r"|\b(?:tlsAllowInvalid\w+|tlsInsecure|ignore_https_errors)\s*=\s*True",
        TLS,
        "Python",
        in_strings=True,
    ),
    _rule(
        r"[\"']?\b(?:rejectUnauthorized|strictSSL)\b[\"']?\s*[:=]\s*(?:false\b|0\b|!1)"
        r"|\bcheckServerIdentity\s*[:=(]",
        TLS,
        *_SCRIPTS,
        in_strings=True,
    ),
    _rule(r"\bnew\s+Function\s*\(|(?<![.\w])Function\s*\(", FUNCTION, *_SCRIPTS),
    _rule(
        r"(?:\.|\b)(?:globalThis|window|self|global)\s*\??\.\s*Function\s*\("
        r"|\.\s*constructor\s*\(\s*[\"'`]",
        FUNCTION,
        *_SCRIPTS,
        in_strings=True,
    ),
    _rule(
        r"\bexecSync\s*\(|\bchild_process\b[^\n]*\bexec\b|(?<![.\w])exec\s*\(|\bcp\.exec\s*\("
        r"|[\"']?\bshell\b[\"']?\s*:\s*(?:true\b|!0|[\"'`])"
        rf"|\b(?:spawn|execFile)(?:Sync)?\s*\(\s*{_SHELL_WORD}",
        SHELL,
        *_SCRIPTS,
        in_strings=True,
    ),
    _rule(
        r"\.(?:inner|outer)HTML\s*\+?=(?!=)(?!\s*(?:\"[^\"\n]*\"|'[^'\n]*'|``)\s*(?:;|$|\n))"
        r"|\.insertAdjacentHTML\s*\(|\bdocument\s*\.\s*write(?:ln)?\s*\("
        r"|\bdangerouslySetInnerHTML\b",
        HTML,
        *_SCRIPTS,
        in_strings=True,
    ),
    _rule(r"\bInsecureSkipVerify\s*[:=]\s*true\b", TLS, "Go"),
    _rule(
        rf"\bCommand(?:Context)?\s*\([^()\n]*?{_SHELL_WORD}|\bsyscall\.Exec\s*\(",
        SHELL,
        "Go",
        in_strings=True,
    ),
    _rule(r"\bdanger_accept_invalid_(?:certs|hostnames)\s*\(\s*true", TLS, "Rust"),
    _rule(rf"\bCommand\s*::\s*new\s*\(\s*{_SHELL_WORD}", SHELL, "Rust", in_strings=True),
    _rule(r"\bunsafe\b\s*(?:\{|fn\b|impl\b)", "is marked unsafe", "Rust"),
    _rule(r"\bunsafe\s*\{|\bunsafe\s+\w", "is marked unsafe", "C#"),
    _rule(r"\bgetRuntime\s*\(\s*\)\s*\.\s*exec\s*\(", PROGRAM, "Java", "Kotlin"),
    _rule(
        rf"\bProcessBuilder\s*\([^()\n]*?{_SHELL_WORD}", SHELL, "Java", "Kotlin", in_strings=True
    ),
    _rule(r"\bObjectInputStream\s*\(", LOADS, "Java", "Kotlin"),
    _rule(r"\bgetEngineBy(?:Name|Extension)\s*\(", EVAL, "Java", "Kotlin"),
    _rule(r"\b(?:BinaryFormatter|NetDataContractSerializer|LosFormatter)\b", LOADS, "C#"),
    _rule(rf"\bexec[lv]p?e?\s*\(\s*{_SHELL_WORD}", SHELL, "C", "C++", in_strings=True),
    _rule(
        rf"(?:\blaunchPath\s*=|\bfileURLWithPath\s*:)\s*{_SHELL_WORD}",
        SHELL,
        "Swift",
        in_strings=True,
    ),
    _rule(r"\bProcess\s*\.\s*Start\s*\(", PROGRAM, "C#"),
    _rule(
        r"\bServerCertificate(?:Custom)?ValidationCallback\b|\bDangerousAcceptAny\w*|\bTrustAll\w*"
        r"|\bX509TrustManager\b|\bNoopHostnameVerifier\b|\bALLOW_ALL_HOSTNAME_VERIFIER\b"
        r"|\bsetHostnameVerifier\s*\(",
        "replaces the verification of TLS certificates",
        *("C#", "Java", "Kotlin"),
    ),
    _rule(
        r"(?<![>\w:])(?:shell_exec|exec|passthru|proc_open|pcntl_exec)\s*\(",
        SHELL,
        "PHP",
    ),
    _rule(
        r"CURLOPT_SSL_VERIFY(?:PEER|HOST)\W{1,4}(?:false|FALSE|0)"
        r"|[\"']verify(?:_peer(?:_name)?)?[\"']\s*=>\s*(?:false|FALSE|0)\b",
        TLS,
        *("PHP", "C", "C++"),
        in_strings=True,
    ),
    _rule(r"\bVERIFY_NONE\b|\bverify(?:_ssl)?\s*(?:=|=>|:)\s*false\b", TLS, "Ruby"),
    _rule(
        r"(?<![.\w])(?:exec|spawn)\s*[( ]\s*[\"']|(?:instance|class)_eval\b|%x[({\[]"
        r"|\bKernel\s*\.\s*(?:system|exec|spawn|eval)\b"
        r"|\b(?:public_)?send\s*\(?\s*:(?:system|exec|spawn|eval)\b",
        "runs a command, or text as code",
        "Ruby",
        in_strings=True,
    ),
    _rule(r"\bIO\s*\.\s*popen\b", SHELL, "Ruby"),
    _rule(r"(?<![.\w])system\s+[\"']|`[^`\n]*#\{", SHELL, "Ruby", in_strings=True),
    _rule(r"(?<![.\w])eval\s+\w", EVAL, "Ruby"),
    _rule(r"\bMarshal\s*\.\s*load\b|\bYAML\s*\.\s*(?:unsafe_)?load\b", LOADS, "Ruby"),
    _rule(r"(?<![>\w:])unserialize\s*\(", LOADS, "PHP"),
    _rule(r"`[^`\n]*\$[^`\n]*`", SHELL, "PHP", in_strings=True),
    _rule(
        r"\b(?:load(?:string|file)?|dofile)\s*\(|\bos\.execute\s*\(|\bio\.popen\s*\(",
        "runs text or a command",
        "Lua",
    ),
    _rule(r"\|\s*(?:sudo\s+)?(?:ba|z)?sh\b", "runs what it downloads or computes", "shell"),
    _rule(r"(?<![.\w-])eval\s", EVAL, "shell"),
    _rule(r"(?<![.\w-])(?:ba|z|da|k)?sh\s+-\w*c\b", SHELL, "shell"),
)
