"""Find risky code by a table of patterns: each kind of risk, in the spellings of all languages.

Comments are ignored, and so are strings unless a rule asks for them. What a script imports under
another name, or accesses by a constant name in brackets, counts too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache, partial

from foretype.languages.blanking import blanked
from foretype.languages.table import Language

Found = dict[str, list[int]]
"""The lines, from 1, of each risk."""

SQL = "builds SQL from text"
JWT = "reads a token without verifying it"
OPENS = "gives everyone access to a file"
EVAL = "evaluates text as code (eval)"
SHELL = "runs a command through a shell"
PROGRAM = "runs another program"
TLS = "disables the verification of TLS certificates"
LOADS = "loads data that can run code"
HTML = "puts text into a page as HTML"
COMPUTED = "loads code by a computed name or path"
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
    return {reason: sorted(of_reason) for reason, of_reason in lines.items()}


_DOCSTRING = re.compile(
    r"(?s)(?:(?<=:\n)|\A)[ \t]*[rRuU]?(?P<q>\"\"\"|\'\'\')(?:(?!(?P=q)).)*(?P=q)[ \t]*(?=\n|\Z)"
)


def _only_lines(found: re.Match[str]) -> str:
    return "\n" * found[0].count("\n")


_SCRIPTS = "JavaScript TypeScript"
_NAMES = r"(?P<names>\([^()]*\)|\{[^{}]*\}|[^\n(;#{=]+?)"
_ALIASES = {
    "Python": re.compile(
        rf"^[ \t]*(?:from[ \t]+(?P<module>[\w.]+)[ \t]+)?import[ \t]+{_NAMES}\s*(?:[;#\n]|\Z)", re.M
    ),
    **dict.fromkeys(
        _SCRIPTS.split(),
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
        is_whole = language.name in _SCRIPTS.split() and not found["names"].startswith("{")
        for one in re.split(r"\s*,\s*", found["names"].strip("(){} \n")):
            name, _, local = re.sub(r"\s+as\s+|\s*:\s*", " ", one.strip()).partition(" ")
            full = f"{found['module']}.{name}" if found["module"] and not is_whole else name
            full = found["module"] if is_whole else full
            if re.fullmatch(r"\w+", local or name) and full != (local or name):
                known[local or name] = full
    return known


def _brackets_to_dots(code: str) -> str:
    """Rewrite member access by a constant name in brackets to a dot, keeping the length."""
    return re.sub(r"(?<=[\w)\]])(?:\?\.)?\[\s*([\"'`])(\w+)\1\s*\]", _with_dot, code)


def _with_dot(found: re.Match[str]) -> str:
    return f".{found[2]}".ljust(len(found[0])) if "\n" not in found[0] else found[0]


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[str]
    reason: str
    languages: frozenset[str]
    """Those that it is for; all if empty."""
    in_strings: bool


def _rule(reason: str, languages: str, *patterns: str, in_strings: bool = False) -> _Rule:
    pattern = re.compile("|".join(patterns), re.M)
    return _Rule(pattern, reason, frozenset(languages.split()), in_strings)


_quoted = partial(_rule, in_strings=True)
"""A rule for what is in strings, too."""

_DOWNLOADS = r"\b(?:curl|wget)\b[^\n;|]{0,400}"
_SHELL_WORD = r"[\"'`](?:[\w/\\:.]*[/\\])?(?:(?:ba|z|da|k)?sh|cmd|powershell|pwsh)(?:\.exe)?[\"'`]"
_SQL = (
    r"(?:SELECT\b[^\"'`\n]*\bFROM|INSERT\s+INTO|REPLACE\s+INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM"
    r"|DROP\s+TABLE|ALTER\s+TABLE)\b"
)
# fmt: off
_RULES = (
    _quoted(
        EVAL, _SCRIPTS,
        r"\b(?:window|globalThis|self|global)\s*\??\.\s*eval\s*\(|,\s*eval\s*\)\s*\(",
        r"\$\{[^}$\n]*(?<![.\w])eval\s*\(|=\s*eval\s*[;\n,]|\bReflect\.apply\s*\(\s*eval\b",
        r"(?<![.\w])set(?:Timeout|Interval|Immediate)\s*\(\s*[\"'`]|\bvm\s*\.\s*run\w+\s*\("),
    _rule(EVAL, "", r"(?<![.\w])eval\s*\("),
    _quoted(
        EVAL, "Python",
        r"\bf[\"'][^\n]*\{[^{}\n]*(?<![.\w])eval\s*\(|(?:__builtins__|globals\(\))\W+eval\b"),
    _rule(EVAL, "Python", r"=\s*eval\s*$|\bmap\(\s*eval\b|\bbuiltins\.eval\b"),
    _rule(EVAL, "Java Kotlin", r"\bgetEngineBy(?:Name|Extension)\s*\("),
    _rule(
        EVAL, "Ruby", r"(?<![.\w])eval\s+\w",
        r"\b(?:public_)?send\s*\(?\s*(?![:\"'(])[a-z_]\w*\s*[,)\n]"),
    _rule(EVAL, "shell", r"(?<![.\w-])eval\s"),
    _rule("runs text as code (exec)", "Python", r"(?<![.\w])exec\s*\(|\brunpy\.run_\w+\s*\("),
    _quoted(
        "runs a command, or text as code", "Ruby",
        r"(?<![.\w])(?:exec|spawn)\s*[( ]\s*[\"']|(?:instance|class)_eval\b|%x[({\[]",
        r"\bKernel\s*\.\s*(?:system|exec|spawn|eval)\b",
        r"\b(?:public_)?send\s*\(?\s*:(?:system|exec|spawn|eval)\b"),
    _rule(
        "runs text or a command", "Lua",
        r"\b(?:load(?:string|file)?|dofile)\s*\(|\bos\.execute\s*\(|\bio\.popen\s*\("),
    _rule(FUNCTION, _SCRIPTS, r"\bnew\s+Function\s*\(|(?<![.\w])Function\s*\("),
    _quoted(
        FUNCTION, _SCRIPTS,
        r"(?:\.|\b)(?:globalThis|window|self|global)\s*\??\.\s*Function\s*\(",
        r"\.\s*constructor\s*\(\s*[\"'`]"),
    _quoted(
        SQL, "",
        rf"(?i:\bf[rR]?(?:\"\"\"|[\"'])[^\"\n]*?{_SQL}[^\n]*?\{{\w|`[^`]*?{_SQL}[^`]*?\$\{{"
        rf"|\$@?\"[^\"\n]*{_SQL}[^\"\n]*\{{|\"[^\"\n]*{_SQL}[^\"\n]*#\{{"
        rf"|\"[^\"\n]*{_SQL}[^\"\n]*\"\s*(?:\+|\.\.|%|<<|\.\s*\$|\.format\(|\.concat)"
        rf"|'[^'\n]*{_SQL}[^'\n]*'\s*(?:\+|\.\.|%|\.\s*\$|\.format\()"
        rf"|\"[^\"\n]*{_SQL}[^\"\n]*\$[A-Za-z_]"
        rf"|(?:Sprintf|format!?|asprintf|formatted)\s*\(\s*[\"'`][^\"'`\n]*{_SQL})"),
    _quoted(
        SQL, "Ruby",
        r"\b(?:where|order|having|joins|group|pluck|find_by_sql|execute|exec_query|select_all)\b"
        r"\s*\(?\s*\"[^\"\n]*#\{"),
    _quoted(SQL, "Python", r"\.objects\.raw\s*\(\s*f|\.extra\s*\(\s*where|\bRawSQL\s*\(\s*f"),
    _rule(
        "extracts an archive, whose paths may lead elsewhere", "",
        r"\.extractall\s*\(|\bunpack_archive\s*\(|\bExtractToDirectory\s*\(|\.extractAllTo\s*\(",
        r"\bunzipper\.Extract\s*\(|\bextractTo\s*\("),
    _quoted(
        JWT, "",
        r"[\"']?verify_signature[\"']?\s*(?:\]\s*=|[:=]|=>)\s*(?:False|false)",
        r"\bjwt\.decode\s*\([^()\n]*\bverify\s*=\s*False|\bJWT\.decode\s*\([^()\n]*,\s*false",
        r"\bParseUnverified\s*\(|\bparseClaimsJwt\s*\(|\bWithoutClaimsValidation\b",
        r"\binsecure_(?:disable_signature|decode)\w*|\bdangerous_insecure_decode",
        r"algorithms?[\"']?\s*[:=]\s*\[?\s*[\"']none[\"']",
        r"\b(?:ValidateIssuerSigningKey|ValidateLifetime|RequireSignedTokens|ValidateAudience"
        r"|ValidateIssuer)\s*=\s*false"),
    _rule(JWT, _SCRIPTS, r"\bjwt(?:Decode|_decode|\.decode)\s*\("),
    _quoted(
        "deletes folders with all that is in them", "",
        r"\brmtree\s*\(|\brm(?:dir)?Sync\s*\([^()\n]*recursive",
        r"\brm\s*\([^()\n]*recursive\s*:\s*true|\brimraf\b\s*\(?|\bos\.RemoveAll\s*\(",
        r"\bremove_dir_all\s*\(|\bremove_all\s*\(|\bdeleteDirectory\s*\(|\bdeleteRecursively\s*\(",
        r"\bFileUtils\.(?:rm_rf|rm_r|remove_dir|remove_entry)",
        r"\bDirectory\.Delete\s*\([^()\n]*,\s*true|\brm\s+-\w*[rR]\w*[fF]?\b"),
    _quoted(
        OPENS, "",
        r"\bchmod(?:Sync)?\s*\([^()\n]*(?:0o?|[\"'])[0-7]?7[0-7]?[2367]\b",
        r"\bChmod\s*\([^()\n]*0o?777|\bchmod\s+(?:-R\s+)?(?:0?777|a\+rwx)",
        r"\bfrom_mode\s*\(\s*0o[67]{3}"),
    _rule(
        OPENS, "",
        r"\bset(?:e?[ug]id|uid)\s*\(\s*0|\bSetuid\s*\(\s*0|\bumask\s*\(\s*0o?0*\s*\)",
        r"\bWORLD_(?:READ|WRIT)ABLE\b|\bset(?:Read|Writ)able\s*\(\s*true\s*,\s*false",
        r"\bModePerm\b"),
    _rule(
        HTML, "Python Ruby C# Go Java Kotlin JavaScript TypeScript",
        r"\bMarkup\s*\(|\bmark_safe\s*\(|\brender_template_string\s*\(|\|\s*safe\b|\.html_safe\b",
        r"(?<![.\w])raw\s*\(|\bHtml\.Raw\s*\(|\btemplate\.(?:HTML|JS|URL|JSStr|CSS|HTMLAttr)\s*\(",
        r"\bv-html\s*=|\bbypassSecurityTrust\w+\s*\(|\bsetJavaScriptEnabled\s*\(\s*true",
        r"\baddJavascriptInterface\s*\(|\bautoescape\s*=\s*False|\bexecuteJavaScript\s*\("),
    _quoted(
        HTML, f"{_SCRIPTS} Java Kotlin",
        r"\$\([^()\n]*\)\.(?:html|append|prepend|after|before)\s*\(\s*(?![\"'`)])",
        r"\blocation(?:\.href)?\s*=\s*(?![\"'`])[^\n;]*\b(?:get|params|query)\b",
        r"\.(?:inner|outer)HTML\s*\+?=(?!=)(?!\s*(?:\"[^\"\n]*\"|'[^'\n]*'|``)\s*(?:;|$|\n))",
        r"\.insertAdjacentHTML\s*\(|\bdocument\s*\.\s*write(?:ln)?\s*\(",
        r"\bdangerouslySetInnerHTML\b|\bloadUrl\s*\(\s*\"javascript:"),
    _rule(HTML, "Ruby", r"\bERB\.new\b|\brender\s*\(?\s*inline:|(?<![.\w])raw\s+\w"),
    _rule(
        "copies without a bound", "C C++",
        r"\b(?:strcpy|strcat|sprintf|vsprintf|gets|mktemp|alloca)\s*\("),
    _quoted(
        "uses cryptography that is broken (MD5, SHA-1, DES, RC4, ECB, old TLS)", "",
        r"(?i:(?<![a-z_])(?<!def )(?:md5|sha_?1|des(?:ede3?)?|rc4)(?![a-z0-9-])\s*"
        r"(?:\.(?:new|sum|digest|hexdigest|update|newcipher|compute\w*)"
        r"|::(?:new|hexdigest|digest|compute)|\s*\()"
        r"|MODE_ECB|[/\"'_-]ecb[/\"'_-]|EVP_(?:des|rc4|md5|sha1)\w*|\bDigest::(?:MD5|SHA1)\b"
        r"|(?:hash|hmac|getInstance|cipher\w*|\bnew|algorithm)\W{1,3}"
        r"(?:md5|sha-?1|des|des-[\w-]+|rc4)[\"'])",
        r"\bVersionTLS1[01]\b|\bPROTOCOL_(?:SSLv\d|TLSv1)\b"),
    _quoted(
        "opens a door to other sites or machines", "",
        r"Access-Control-Allow-Origin[\"']?\]?\s*[,:=]\s*[\"']\*|\bcors\(\s*\)",
        r"\bcsrf_exempt\b|\bcsrf\(\)\.disable|skip_(?:before_action|forgery_protection)\b",
        r"\bpermit!|\bpostMessage\s*\([^\n]*,\s*[\"']\*[\"']|\bnodeIntegration\W{1,3}\s*true\b",
        r"\b(?:httpOnly|use_ssl|force_ssl|SESSION_COOKIE_SECURE)\W{1,3}(?:false|False)\b",
        r"\b(?:host|bind|[Ll]isten\w*)\b[^\n]{0,20}0\.0\.0\.0|\bsecure\s*:\s*false\b",
        r"\bsetAllow\w*File\w*\s*\(\s*true"),
    _quoted(
        "accepts any host's key", "",
        r"\bInsecureIgnoreHostKey\b|\b(?:WarningPolicy|AutoAddPolicy)\b",
        r"\bStrictHostKeyChecking\W+no\b"),
    _quoted(
        COMPUTED, "",
        r"\bimport_module\s*\(\s*(?![\"'])\w|\bClass\.forName\s*\(\s*(?!\")\w|\bURLClassLoader\s*\(",
        r"\b(?:dlopen|LoadLibrary\w*|CDLL|WinDLL|System\.load|plugin\.Open|Library::new)\s*\("
        r"\s*(?![\"'])\w",
        r"\bsys\.path\.(?:insert|append)\s*\(|\bAssembly\.Load\w*\s*\(|\bconstantize\b",
        r"\bconst_get\b\s*+\(?+\s*+(?![:\"'])"),
    _rule(COMPUTED, _SCRIPTS, r"\b(?:require|import)\s*\(\s*(?![\"'`])\w+\s*\)"),
    _rule("imports a module by a computed name", "Python", r"(?<![.\w])__import__\s*\("),
    _quoted(
        "names a schema that the editor fetches", "",
        r"[\"']\$schema[\"']\s*:\s*[\"']\w+://"),
    _quoted(
        "lets XML read other files", "",
        r"\bresolve_entities\s*=\s*True|disallow-doctype-decl[\"']\s*,\s*false|\bNOENT\b",
        r"\bDtdProcessing\.Parse\b"),
    _quoted(
        "goes around the checks of types or bounds", "C C++ Go Rust C#",
        r"\breinterpret_cast\s*<|\bconst_cast\s*<|\bunsafe\.Pointer\b|\w_unchecked\s*\(",
        r"\bmem::(?:forget|zeroed)\b|\bstatic\s+mut\b|\bscanf\s*\(\s*\"%s|\btmpnam\s*\(",
        r"(?<!\w)printf\s*\(\s*(?!\")\w+\s*\)|\bmemcpy\s*\([^()\n]*\bstrlen\b"),
    _rule("is not checked by the compiler", "Rust", r"\btransmute\b|\bget_unchecked\w*\s*\("),
    _rule("is marked unsafe", "Rust", r"\bunsafe\b\s*(?:\{|fn\b|impl\b)"),
    _rule("is marked unsafe", "C#", r"\bunsafe\s*\{|\bunsafe\s+\w"),
    _rule(
        "changes what all objects share", _SCRIPTS,
        r"\.__proto__\b|\b(?:Object|Array|String|Function|Promise)\.prototype\.\w+\s*=(?!=)"),
    _rule("sends passwords unencrypted", "Python", r"\btelnetlib\b"),
    _rule(
        "names a temporary file that others can take", "Python", r"\btempfile\.mktemp\s*\("),
    _rule(
        "turns on debugging, which runs code that is sent", "Python",
        r"\b(?:debug|DEBUG)\s*=\s*True\b"),
    _quoted(
        PROGRAM, "",
        r"\bexec\.Command(?:Context)?\s*\((?:\s*\w+\s*,)?\s*(?!ctx\b)[a-z]\w*\s*[,)]",
        r"\bProcessBuilder\s*\(\s*(?!\")\w|\bCommand\s*::\s*new\s*\(\s*(?!\")&?\w",
        r"\bShellExecute\w*\s*\(|\bCreateProcess\w*\s*\(|\bOpen3\.\w+\s*\(?\s*\"[^\"\n]*#\{"),
    _rule(PROGRAM, "Java Kotlin", r"\bgetRuntime\s*\(\s*\)\s*\.\s*exec\s*\("),
    _rule(PROGRAM, "C#", r"\bProcess\s*\.\s*Start\s*\("),
    _rule(
        SHELL, "Python",
        r"[(,]\s*shell\s*=\s*(?!False\b|None\b|0\b|shell\b)\w|\bpty\.spawn\s*\(",
        r"\bos\.(?:system|popen|exec[lv]p?e?|spawn[lv]p?e?|startfile)\b",
        r"^[ \t]*+from\s+(?:os|posix|nt)\b[^\n]*\b(?:system|popen)\b",
        r"\b(?:subprocess\.)?(?:getoutput|getstatusoutput)\s*\(|\bcreate_subprocess_shell\b",
        r"[])]\.(?:system|popen)\s*\("),
    _quoted(
        SHELL, "Python",
        r"\bgetattr\(\s*(?:os|subprocess|builtins)\s*,\s*+"
        r"(?:[\"'](?:sys|popen|exec|spawn|eval|run|call)|(?![\"'])\w)",
        rf"[\[(]\s*{_SHELL_WORD}\s*,\s*[\"']-\w*c\b"),
    _quoted(
        SHELL, _SCRIPTS,
        r"\bexecSync\s*\(|\bchild_process\b[^\n]*\bexec\b|(?<![.\w])exec\s*\(|\bcp\.exec\s*\(",
        r"[\"']?\bshell\b[\"']?\s*:\s*(?:true\b|!0|[\"'`])",
        rf"\b(?:spawn|execFile)(?:Sync)?\s*\(\s*{_SHELL_WORD}"),
    _quoted(
        SHELL, "",
        rf"\b(?:CommandContext|Command|ProcessBuilder)\s*\([^()\n]*?{_SHELL_WORD}",
        rf"\bCommand\s*::\s*new\s*\(\s*{_SHELL_WORD}|\bsyscall\.Exec\s*\(",
        rf"(?:\blaunchPath\s*=|\bfileURLWithPath\s*:)\s*{_SHELL_WORD}",
        rf"\bexec[lv]p?e?\s*\(\s*{_SHELL_WORD}"),
    _rule(SHELL, "C C++ PHP Ruby Lua", r"(?<![.\w])(?:system|popen)\s*\("),
    _rule(SHELL, "PHP", r"(?<![>\w:])(?:shell_exec|exec|passthru|proc_open|pcntl_exec)\s*\("),
    _quoted(SHELL, "PHP", r"`[^`\n]*\$[^`\n]*`"),
    _rule(
        SHELL, "Ruby",
        r"(?<!\.)(?:\bsystem|\bexec|\bspawn|\binstance_eval|\bclass_eval)\s*\(?\s*\w",
        r"\bIO\s*\.\s*popen\b"),
    _quoted(
        SHELL, "Ruby",
        r"(?<![.\w])system\s+[\"']|`[^`\n]*#\{|\bKernel\.open\b|(?<![.\w])open\s*\(?\s*[\"']\|"),
    _rule(SHELL, "shell", r"(?<![.\w-])(?:ba|z|da|k)?sh\s+-\w*c\b"),
    _quoted(SHELL, "", rf"{_DOWNLOADS}\|\s*(?:sudo\s+)?(?:ba|z|da|k)?sh\b"),
    _rule("runs what it downloads or computes", "shell", r"\|\s*(?:sudo\s+)?(?:ba|z)?sh\b"),
    _quoted(
        LOADS, "",
        r"\bserialize\.unserialize\s*\(|\bnode-serialize\b|\bXStream\s*\(|\bUnsafeLoader\b",
        r"\benableDefaultTyping\s*\(|\bTypeNameHandling\.(?:All|Auto|Objects)\b|\bOj\.load\b",
        r"\bnew\s+XMLDecoder\b"),
    _rule(
        LOADS, "",
        r"\bgob\.NewDecoder\s*\(\s*conn|\bObjectInputStream\s*\(|\bMarshal\s*\.\s*load\b",
        r"\b(?:BinaryFormatter|NetDataContractSerializer|LosFormatter)\b",
        r"\bYAML\s*\.\s*(?:unsafe_)?load\b"),
    _rule(
        LOADS, "Python",
        r"\b(?:c?[pP]ickle|marshal|dill|cloudpickle|joblib)\.(?:loads?|Unpickler)\b",
        r"\byaml\.(?:unsafe_load\w*|load(?:_all)?)\s*\((?![^()\n]*(?:Safe|Base)Loader)",
        r"\btorch\.load\s*\((?![^()\n]*weights_only\s*=\s*True)|\bread_pickle\s*\(",
        r"\ballow_pickle\s*=\s*True|\bjsonpickle\.decode\s*\(|\bshelve\.open\s*\("),
    _rule(LOADS, "PHP", r"(?<![>\w:])unserialize\s*\("),
    _rule(
        TLS, "",
        r"\bInsecureSkipVerify\s*[:=]\s*true\b|\bdanger_accept_invalid_(?:certs|hostnames)\s*\(\s*true",
        r"\bdisable_warnings\s*\(|\bhandler\.proceed\s*\(",
        r"\b(?:SSL_CTX_set_verify|SSL_set_verify)\s*\([^()\n]*VERIFY_NONE"),
    _quoted(
        TLS, "",
        rf"{_DOWNLOADS}[\s\"',](?:-[A-Za-z]*k[A-Za-z]*|--insecure|--no-check-certificate)(?![\w-])",
        r"\bhttp\.ssl[vV]erify\s*[= ]\s*(?:false|0)\b",
        r"\b(?:GIT_SSL_NO_VERIFY|PYTHONHTTPSVERIFY|NODE_TLS_REJECT_UNAUTHORIZED)\b"),
    _quoted(
        TLS, "Python",
        r"(?<![\w.])\.?verify\s*=\s*(?:False|0)\b|\.verify\s*=\s*False\b",
        r"\*\*\s*\{[^}\n]*[\"']verify[\"']\s*:\s*False\b|(?<![.\w])ssl\s*=\s*False\b",
        r"\b(?:verify_ssl|verify_certs|check_hostname|assert_hostname|validate_certs)\s*=\s*False\b",
        r"\b(?:verify_mode|cert_reqs)\s*=\s*\S*CERT_NONE|\b_create_unverified_context\b",
        r"_create_default_https_context[\"']?\s*[=,](?!=)",
        r"\b(?:tlsAllowInvalid\w+|tlsInsecure|ignore_https_errors)\s*=\s*True"),
    _quoted(
        TLS, _SCRIPTS,
        r"[\"']?\b(?:rejectUnauthorized|strictSSL)\b[\"']?\s*[:=]\s*(?:false\b|0\b|!1)",
        r"\bcheckServerIdentity\s*[:=(]"),
    _quoted(
        TLS, "PHP C C++",
        r"CURLOPT_SSL_VERIFY(?:PEER|HOST)\W{1,4}(?:false|FALSE|0)",
        r"[\"']verify(?:_peer(?:_name)?)?[\"']\s*=>\s*(?:false|FALSE|0)\b"),
    _rule(TLS, "Ruby", r"\bVERIFY_NONE\b|\bverify(?:_ssl)?\s*(?:=|=>|:)\s*false\b"),
    _rule(
        "replaces the verification of TLS certificates", "C# Java Kotlin",
        r"\bServerCertificate(?:Custom)?ValidationCallback\b|\bDangerousAcceptAny\w*|\bTrustAll\w*",
        r"\bX509TrustManager\b|\bNoopHostnameVerifier\b|\bALLOW_ALL_HOSTNAME_VERIFIER\b",
        r"\bsetHostnameVerifier\s*\("),
)
# fmt: on
"""Every risk in the spellings of all languages that have it, a rule for each way to look for it."""
