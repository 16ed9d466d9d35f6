"""How families of languages write comments and strings, and one pattern for each, made of it.

Which family a language belongs to stands in its row of ``table.py``.

A pattern finds the next comment or string. One that ends is matched as a whole; one that does
not, because the text was cut at the cursor, by its beginning, and the group's name is the key to
its scope. Close enough to the languages to find the cursor, and no closer: nested block comments
are taken for plain ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import cache

from foretype.languages import table


class Scope(Enum):
    """What a cursor stands in."""

    CODE = "code"
    COMMENT = "a comment"
    STRING = "a string"


@dataclass(frozen=True, slots=True)
class Family:
    """Languages that write comments and strings alike."""

    pattern: re.Pattern[str]
    within: re.Pattern[str]
    """The same, and braces: for the expressions inside of a template."""
    scopes: dict[str, Scope]
    """What each group of the pattern is the beginning of."""
    holes: dict[str, re.Pattern[str]]
    """For groups whose strings may hold expressions: one that has begun and not ended."""
    preamble: re.Pattern[str] | None
    """What stands at the top and is no code."""


def family_of(language: str) -> Family | None:
    """The family of a language id; None where it is not known. Compiles it when first asked."""
    name = table.of_id(language).family
    return _family(name) if name else None


@cache
def _family(name: str) -> Family:
    preamble = re.compile(_PREAMBLES[name]) if name in _PREAMBLES else None
    return _compiled(_FAMILIES[name], preamble)


@dataclass(frozen=True, slots=True)
class _Span:
    """One way to write a comment or a string. Both patterns begin with one plain character."""

    scope: Scope
    whole: str
    """``NAME`` in it is a group of its own."""
    begun: str = ""
    """The pattern of its beginning; none for what is only passed over as a whole."""
    hole: str = ""


def _compiled(spans: tuple[_Span, ...], preamble: re.Pattern[str] | None) -> Family:
    branches = [_split(_TEMPLATE_BEGUN, "template")] if spans is _FAMILIES["js"] else []
    scopes, holes = {}, {}
    for number, span in enumerate(spans):
        group = f"s{number}"
        branches.append(_split(span.whole.replace("NAME", f"name{number}")))
        if span.begun:
            branches.append(_split(span.begun, group))
            scopes[group] = span.scope
        if span.hole:
            holes[group] = re.compile(span.hole)
    braces = [_split(r"\{", "open"), _split(r"\}", "close")]
    return Family(_any_of(branches), _any_of([*branches, *braces]), scopes, holes, preamble)


def _split(pattern: str, group: str = "") -> tuple[str, str]:
    """A pattern's first character, and a branch for what follows it."""
    length = 2 if pattern[0] == "\\" else 1
    first, rest = pattern[:length], pattern[length:]
    return first, f"(?<={first})" + (f"(?P<{group}>{rest})" if group else rest)


def _any_of(branches: list[tuple[str, str]]) -> re.Pattern[str]:
    # A class of characters in front makes the search five times as fast as the branches alone.
    firsts = "".join(dict.fromkeys(re.escape(first[-1]) for first, _ in branches))
    return re.compile(f"[{firsts}](?:{'|'.join(branch for _, branch in branches)})")


# --- parts of patterns ------------------------------------------------------------------------

_ESCAPE = r"\\(?:\r\n|(?s:.))"
_REST_OF_LINE = r"[^\r\n]*+[\r\n]"
_TEMPLATE_BEGUN = "`"


def _hole(begun: str, end: str) -> str:
    """An expression inside of a string that has begun and not ended, by its brackets."""
    pair = re.escape(begun[-1]), re.escape(end)
    plain = f"[^{pair[0]}{pair[1]}]"
    return rf"{re.escape(begun)}(?>(?:{plain}|{pair[0]}{plain}*+{pair[1]})*)\Z"


_DOLLAR, _HASH_BRACE, _BACKSLASH, _COMMAND = (
    _hole("${", "}"),
    _hole("#{", "}"),
    _hole("\\(", ")"),
    _hole("$(", ")"),
)
# Doubled braces stand for themselves.
_BRACE = r"(?<!\{)(?:\{\{)*\{(?!\{)(?>(?:[^{}]|\{[^{}]*+\})*)\Z"


def _line(begun: str) -> _Span:
    """A comment to the end of its line, where the cursor is still in it."""
    return _Span(Scope.COMMENT, begun + _REST_OF_LINE, begun)


def _block(begun: str, end: str) -> _Span:
    first, rest = re.escape(end[0]), re.escape(end[1:])
    body = rf"[^{first}]*+(?>(?:{first}(?!{rest})[^{first}]*+)*)"
    return _Span(Scope.COMMENT, begun + body + first + rest, begun)


def _short(quote: str, before: str = "", hole: str = "") -> _Span:
    """A string within its line; where its end is missing, it ends with the line."""
    body = rf"[^{quote}\\\r\n]*+(?>(?:{_ESCAPE}[^{quote}\\\r\n]*+)*)"
    return _Span(Scope.STRING, rf"{quote}{before}{body}[{quote}\r\n]", quote + before, hole)


def _long(quote: str, before: str = "", hole: str = "") -> _Span:
    """A string over any number of lines."""
    body = rf"[^{quote}\\]*+(?>(?:{_ESCAPE}[^{quote}\\]*+)*)"
    return _Span(Scope.STRING, quote + before + body + quote, quote + before, hole)


def _raw(quote: str, before: str = "", hole: str = "") -> _Span:
    """A string over any number of lines without escapes, but for a doubled quotation mark."""
    body = rf"(?>(?:[^{quote}]|{quote}{quote})*)"
    return _Span(Scope.STRING, quote + before + body + quote, quote + before, hole)


def _triple(quote: str, before: str = "", hole: str = "") -> _Span:
    body = rf"[^{quote}\\]*+(?>(?:(?:{_ESCAPE}|{quote}(?!{quote * 2}))[^{quote}\\]*+)*)"
    begun = quote * 3 + before
    return _Span(Scope.STRING, begun + body + quote * 3, begun, hole)


def _paired(begun: str, same: str, end: str, scope: Scope = Scope.STRING) -> _Span:
    """A text whose end repeats a part of its beginning, such as the signs in ``[==[``."""
    first, after = begun.split("SAME")
    stop = end.replace("SAME", "(?P=NAME)")
    whole = rf"{first}(?P<NAME>{same}){after}(?s:.*?){stop}"
    return _Span(scope, whole, first + same + after)


def _here(begun: str) -> _Span:
    """A heredoc: from the next line to one that holds only its name."""
    word = r"[A-Za-z_]\w*+"
    first = rf"{begun}[\"']?{word}[\"']?[^\r\n]*+[\r\n]"
    named = first.replace(word, f"(?P<NAME>{word})", 1)
    end = r"[ \t]*+(?P=NAME)\b"
    return _Span(Scope.STRING, rf"{named}(?>(?:(?!{end}){_REST_OF_LINE})*){end}", first)


def _passed(whole: str) -> _Span:
    return _Span(Scope.CODE, whole)


# --- families ---------------------------------------------------------------------------------

_HASH = _line("#")
_LONE_HASH = _line(r"#(?<![^\s;&|(){}\[\],]#)")
"""Inside a word, as in a URL, a ``#`` begins no comment."""
_C = (_line("//"), _block("/[*]", "*/"))
_QUOTES = (_short('"'), _short("'"))
_CHARACTER = _passed(r"'(?:[^'\\\r\n]|\\[^'\r\n]++|\\')'")
_JS_REGEX = _passed(
    r"/(?![/*])(?:(?<=[=(,:;!&|?\[{}+*%^~<>\n-]/)|(?<=[=(,:;!&|?\[{}+*%^~<>-] /)|(?<=return /))"
    r"(?>(?:[^/\\\[\r\n]|\\[^\r\n]|\[(?>(?:[^\]\\\r\n]|\\[^\r\n])*)\])+)/"
)
_F = r'(?:(?<=[fFtT]")|(?<=[fFtT][rR]"))'
_F_TRIPLE = r'(?:(?<=[fFtT]""")|(?<=[fFtT][rR]"""))'
_AFTER_BLANK = r'(?<![^\s,\[{(:]")'


def _single(before: str) -> str:
    return before.replace('"', "'")


_FAMILIES: dict[str, tuple[_Span, ...]] = {
    "python": (
        _HASH,
        _triple('"', _F_TRIPLE, _BRACE),
        _triple("'", _single(_F_TRIPLE), _BRACE),
        _triple('"'),
        _triple("'"),
        _short('"', _F, _BRACE),
        _short("'", _single(_F), _BRACE),
        *_QUOTES,
    ),
    "js": (*_C, _JS_REGEX, *_QUOTES),
    "go": (*_C, _raw("`"), *_QUOTES),
    "rust": (
        *_C,
        _paired('#(?<=r#)SAME"', "#*+", '"#SAME'),
        _raw('"', r'(?:(?<=\br")|(?<=\b[bc]r"))'),
        _long('"'),
        _CHARACTER,
    ),
    "c": (
        *_C,
        _paired(r'"(?<=R")SAME\(', r"[^()\\\s]{0,16}+", r'\)SAME"'),
        _short('"'),
        _short("'", r"(?<!\d')"),
    ),
    "java": (*_C, _triple('"'), *_QUOTES),
    "kotlin": (*_C, _triple('"', hole=_DOLLAR), _short('"', hole=_DOLLAR), _CHARACTER),
    "dart": (
        *_C,
        *(_triple(quote, hole=_DOLLAR) for quote in "\"'"),
        *(_short(quote, hole=_DOLLAR) for quote in "\"'"),
    ),
    "swift": (*_C, _triple('"', hole=_BACKSLASH), _short('"', hole=_BACKSLASH)),
    "csharp": (
        *_C,
        _triple('"', r'(?<=\$""")', _BRACE),
        _triple('"'),
        _raw('"', r'(?:(?<=\$@")|(?<=@\$"))', _BRACE),
        _raw('"', r'(?<=@")'),
        _short('"', r'(?<=\$")', _BRACE),
        *_QUOTES,
    ),
    "ruby": (
        _block(r"=begin\b(?<![^\r\n]=begin)", "\n=end"),
        _LONE_HASH,
        _here(r"<<(?:[-~]|(?=[\"'A-Z]))"),
        # Within their line: what a regular expression may hold of quotation marks is not read.
        _short('"', hole=_HASH_BRACE),
        _short("'"),
    ),
    "elixir": (
        _LONE_HASH,
        *(_triple(quote, hole=_HASH_BRACE) for quote in "\"'"),
        *(_short(quote, hole=_HASH_BRACE) for quote in "\"'"),
    ),
    "perl": (
        _block(r"=(?<![^\r\n]=)[a-z]", "\n=cut"),
        _LONE_HASH,
        _here(r"<<(?:~|(?=[\"'A-Z]))"),
        *_QUOTES,
    ),
    "php": (
        _passed(r"\?>[^<]*+(?>(?:<(?!\?)[^<]*+)*)(?:<\?(?:php|=)?)?"),
        *_C,
        _line(r"#(?!\[)"),
        _here("<<<[ \t]*+"),
        _long('"', hole=_hole("{$", "}")),
        _long("'"),
    ),
    "shell": (
        _passed(r"\\" + "(?s:.)"),
        _LONE_HASH,
        _here(r"<<(?<!<<<)(?<!\d<<)(?!<)-?[ \t]*+"),
        _long('"', hole=f"{_COMMAND}|{_DOLLAR}"),
        _raw("'"),
    ),
    "powershell": (
        _block("<#", "#>"),
        _LONE_HASH,
        _passed("`(?s:.)"),
        _raw('"', hole=_COMMAND),
        _raw("'"),
    ),
    "sql": (_line("--"), _block("/[*]", "*/"), _raw("'")),
    "html": (
        _block("<!--", "-->"),
        _long('"', r'(?<==")'),
        _long("'", r"(?<==')"),
    ),
    "css": (_block("/[*]", "*/"), *_QUOTES),
    "scss": (_line(r"//(?<![^\s;{}]//)"), _block("/[*]", "*/"), *_QUOTES),
    "yaml": (_LONE_HASH, _short('"', _AFTER_BLANK), _short("'", _single(_AFTER_BLANK))),
    "toml": (_HASH, _triple('"'), _triple("'"), *_QUOTES),
    "lua": (
        _paired(r"--\[SAME\[", "=*+", r"\]SAME\]", Scope.COMMENT),
        _line("--"),
        _paired(r"\[SAME\[", "=*+", r"\]SAME\]"),
        *_QUOTES,
    ),
    "json": (*_C, _short('"')),
    "hcl": (_HASH, *_C, _here("<<-?"), _short('"', hole=_DOLLAR)),
    "hash": (_LONE_HASH, *_QUOTES),
    "julia": (_block("#=", "=#"), _LONE_HASH, _triple('"'), _short('"'), _CHARACTER),
    "graphql": (_HASH, _triple('"'), _short('"')),
    "haskell": (_block(r"\{-", "-}"), _line("--(?![!#$%&*+./<=>?@^|~])"), _short('"'), _CHARACTER),
    "ocaml": (_block(r"\([*]", "*)"), _line("//"), _triple('"'), _short('"'), _CHARACTER),
    "lisp": (_passed(r"\\" + "(?s:.)"), _line(";"), _long('"')),
    "percent": (_line(r"%(?<!\\%)"),),
    "dashes": (_line("--"), _short('"')),
    "zig": (_line("//"), _short('"'), _CHARACTER),
}

_PREAMBLES = {"php": r"[^<]*+(?>(?:<(?!\?)[^<]*+)*)(?:<\?(?:php|=)?)?"}
