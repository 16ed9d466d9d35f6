"""What changed lines no longer do, though all that they define is there: rules of the table.

Each reads what stands in the lines before and after, by the tree's kinds of nodes: calls,
handlers, cases, statements that are never reached, names that nothing binds, and comments that
tools read.
"""

from __future__ import annotations

import builtins
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from foretype.languages.blanking import blanked
from foretype.languages.definitions import COMMENTS, outline_of, word_set
from foretype.privacy import masking
from foretype.refactor.checks.comparison import Comparison, Finding, Side, text_of, words_of
from foretype.refactor.import_placement import imports_in

_CALLS = word_set(
    "call call_expression method_invocation invocation_expression macro_invocation"
    " function_call_expression member_call_expression scoped_call_expression"
)
_AROUND_CALLS = word_set(
    "await await_expression try_expression parenthesized_expression as_pattern reference_expression"
)
_STATEMENTS = word_set(
    "expression_statement defer_statement go_statement with_item body_statement then do else"
    " block_body ensure using_statement"
)
"""What holds a call whose value nobody uses, or a guard."""
_GUARDS = word_set(
    "finally_clause ensure with_item synchronized_statement lock_statement using_statement"
    " defer_statement"
)
_BUILDS = re.compile(
    r"(?:append|assign|concat|copy|extend|add|push|insert|update|set|put|for_?each|each|require"
    r"|include|super|print)\w*",
    re.I,
)
"""Calls that other syntax replaces: a comprehension, a loop, a literal, an import."""


def _callee(node: Any) -> str:
    named = (node.child_by_field_name(place) for place in ("function", "method", "name", "macro"))
    part = next((each for each in named if each is not None), None)
    words = re.findall(r"\w+", text_of(part)) if part is not None else []
    return words[-1] if words else ""


def _holder(node: Any) -> Any:
    above = node.parent
    while above is not None and above.type in _AROUND_CALLS:
        above = above.parent
    return above


def _called(side: Side) -> dict[str, bool]:
    """The functions that are called, and whether for what they do alone."""
    found: dict[str, bool] = {}
    for node in side.nodes:
        if node.type in _CALLS and (name := _callee(node)):
            holder = _holder(node)
            alone = holder is not None and holder.type in _STATEMENTS
            found[name] = found.get(name, False) or alone
    return found


def calls_gone(change: Comparison) -> Iterator[Finding]:
    """Functions that were called for what they do, and guards, where nothing came instead."""
    was, now = _called(change.before), _called(change.after)
    words = Counter(re.findall(r"\w+", change.after.quiet))
    words.subtract(Counter(d.name for d in change.after.definitions))
    gone = [
        name
        for name, alone in was.items()
        if alone and words[name] <= 0 and not _BUILDS.fullmatch(name)
    ]
    instead = [name for name, alone in now.items() if alone and name not in was]
    if len(gone) > len(instead):
        yield Finding(f"no longer calls {', '.join(gone)[:60]}")
        return
    held, holds = (_guards(side) for side in (change.before, change.after))
    if (lost := held - holds) and not holds - held:
        yield Finding(f"no longer has {next(iter(lost))} around its code")


def _guards(side: Side) -> Counter[str]:
    found = Counter(n.type.partition("_")[0] for n in side.nodes if n.type in _GUARDS)
    found.update(_LOCKS.findall(side.quiet))
    return found


_LOCKS = re.compile(r"\b(?:lock_guard|unique_lock|scoped_lock|shared_lock)\b")


def waits_gone(change: Comparison) -> Iterator[Finding]:
    """Calls that are still made, and no longer awaited."""
    was, now = (Counter(_awaited(side)) for side in (change.before, change.after))
    for name in was - now:
        if name in _called(change.after) and not now - was:
            yield Finding(f"no longer waits for {name}")
            return


def _awaited(side: Side) -> Iterator[str]:
    for node in side.nodes:
        if node.type in ("await", "await_expression") and node.named_child_count:
            inner = node.named_children[0]
            if inner.type in _CALLS and node.parent.type != "return_statement":
                yield _callee(inner)


_BRANCHES = word_set(
    "else_clause elif_clause else elsif case_clause switch_case switch_label expression_case"
    " type_case case_statement when match_arm switch_section switch_block_statement_group"
)
_DECISIONS = _BRANCHES | word_set(
    "if_statement if_expression if unless if_modifier unless_modifier conditional_expression"
    " ternary_expression conditional boolean_operator"
)
_MARK = re.compile(r"[A-Za-z_]\w{2,}|\"[^\"\n]+\"|'[^'\n]+'|\b\d+\b")


def branches_gone(change: Comparison) -> Iterator[Finding]:
    """Branches and cases of which nothing is left, where fewer are there than before."""
    was, now = (
        sum(n.type in _DECISIONS for n in side.nodes) for side in (change.before, change.after)
    )
    if now >= was:
        return
    had, has = (Counter(_MARK.findall(side.code)) for side in (change.before, change.after))
    for node in change.before.nodes:
        if node.type not in _BRANCHES and not _is_alternative(node):
            continue
        own = {word for word, n in Counter(_MARK.findall(text_of(node))).items() if had[word] == n}
        own -= {"else", "elif", "elsif", "case", "when"}
        if own and not any(has[word] for word in own):
            yield Finding(f"no longer has the branch {words_of(node)[:60]}")
            return


def _is_alternative(node: Any) -> bool:
    return node.parent is not None and node.parent.child_by_field_name("alternative") == node


_LEAVES = word_set(
    "return_statement throw_statement raise_statement break_statement continue_statement"
    " return_expression break_expression continue_expression return break next"
)
_MAY_FOLLOW = COMMENTS | word_set(
    "function_declaration class_declaration generator_function_declaration break_statement"
    " labeled_statement empty_statement function_item case_statement access_specifier else when"
    " rescue ensure ERROR"
)
_BLOCKS = word_set(
    "block statement_block compound_statement statement_list body_statement then case_statement"
    " switch_case switch_block_statement_group"
)
_NEVER = frozenset(("false", "0", "nil", "null", "none", "nullptr"))
_ALWAYS = frozenset(("true", "1"))


def never_reached(change: Comparison) -> Iterator[Finding]:
    """Statements behind a ``return``, or below a condition that is no question."""
    was, now = (list(_unreached(side)) for side in (change.before, change.after))
    if len(now) > len(was):
        yield Finding(
            "holds code that is never reached", line=min(set(now) - set(was), default=now[-1])
        )


def _unreached(side: Side) -> Iterator[int]:
    for node in side.nodes:
        if node.type in _BLOCKS:
            parts = [part for part in node.named_children if part.type not in COMMENTS]
            for one, other in zip(parts, parts[1:], strict=False):
                if _leaves(one) and other.type not in _MAY_FOLLOW:
                    yield other.start_point[0]
                    break
        elif (asked := node.child_by_field_name("condition")) is not None:
            answer = words_of(asked).strip("() ").lower()
            if answer in _NEVER or answer in _ALWAYS and node.type.startswith(("if", "unless")):
                yield node.start_point[0]


def _leaves(node: Any) -> bool:
    if node.type == "expression_statement" and node.named_child_count == 1:
        node = node.named_children[0]
    return node.type in _LEAVES


def commented_out(change: Comparison) -> Iterator[Finding]:
    """Lines of code that became comments."""
    was, now = (list(_code_in_comments(side)) for side in (change.before, change.after))
    if len(now) > len(was):
        known = {text for text, _ in was}
        line = next((line for text, line in now if text not in known), now[-1][1])
        yield Finding("turns code into a comment", line=line)


def _code_in_comments(side: Side) -> Iterator[tuple[str, int]]:
    for text, _, line in side.comments:
        is_own_line = side.file[line].strip() == text and len(text) <= MAX_COMMENT_CHARS
        if is_own_line and _IS_CODE.fullmatch(text.strip("#/*- \t")):
            yield text, line


MAX_COMMENT_CHARS = 300
"""Longer ones are no statement, and would take long to look at."""


_IS_CODE = re.compile(
    r"(?:(?:let|const|var|auto|mut|[\w:<>]+)[ *&]+)?[\w.*&\[\]>@$-]+(?:, [\w.]+)*\s*"
    r"(?:[-+*/|&]|:)?=[^=>].*"
    r"|[\w.@:>-]+\(.*\)(?:;|\s*[{:])?|(?:if|for|while|return|throw|raise)\b.*(?:[;{:]|\))"
)


_HANDLERS = word_set("except_clause catch_clause rescue except_group_clause")
_BROAD = re.compile(
    r"(?:except|rescue)\s*(?::|$)|\b(?:except|rescue|catch)\b[^:{\n]*(?:\bException\b(?!\s*\w*Error)"
    r"|BaseException|Throwable|StandardError|\.\.\.)"
)
_UNASKED = re.compile(r"^\s*(?:\w+, )*_ :?= (?!range\b)[\w.]+\(|^\s*let _ =|\.ok\(\);", re.M)


def errors_hidden(change: Comparison) -> Iterator[Finding]:
    """Handlers that do nothing, or catch all there is, and errors that are thrown away."""
    was, now = (_hiding(side) for side in (change.before, change.after))
    for what in now - was:
        yield Finding(what)


def _hiding(side: Side) -> Counter[str]:
    found: Counter[str] = Counter()
    for node in side.nodes:
        if node.type in _HANDLERS:
            head = text_of(node).partition("\n")[0]
            found["catches every error"] += bool(_BROAD.match(head))
            found["catches errors and does nothing"] += not _acts(node)
    if side.language.name in ("Go", "Rust"):
        found["throws errors away"] = len(_UNASKED.findall(side.quiet))
    return +found


def _acts(node: Any) -> bool:
    if not node.named_child_count:
        return False
    parts = (node.child_by_field_name("body") or node.named_children[-1]).named_children
    return any(p.type not in COMMENTS and p.type not in ("pass_statement", "nil") for p in parts)


_DEBUGGING = re.compile(
    r"\b(?:breakpoint|set_trace|print_stack|PrintStack|printStackTrace|__debugbreak|DebugBreak)\s*\("
    r"|^\s*debugger\b|\bbinding\.(?:pry|irb|break)\b|^\s*byebug\b|\bdbg!\s*\(|\bconsole\.(?:log|debug|"
    r"trace|dir|table)\s*\(|\bSystem\.(?:out|err)\.print|\bfmt\.Print(?:ln|f)?\s*\(|\be?println?!\s*\("
    r"|\bConsole\.Write|^\s*(?:puts|pp|p)\s+\S|(?<![\w.])print\s*\(|\b(?:cout|cerr)\s*<<"
    r"|(?<![\w.])(?:printf|var_dump|print_r)\s*\(|\b(?:Debug|NSLog)\.?(?:Print|Log|Write)?\w*\s*\(",
    re.M,
)


def debugging_left(change: Comparison) -> Iterator[Finding]:
    """What writes to the console, or stops in a debugger, and was not there."""
    was, now = (list(_DEBUGGING.finditer(side.quiet)) for side in (change.before, change.after))
    known = {found[0] for found in was}
    for found in now if len(now) > len(was) else ():
        if found[0] not in known:
            line = change.after.first + change.after.quiet.count("\n", 0, found.end())
            yield Finding("prints, or stops in a debugger", line=line)
            return


_TOOL = re.compile(
    r"\b(?:noqa|type:\s*ignore)\b.*|\b(?:pylint|pyright|mypy|ruff|flake8|rubocop|jshint|jslint"
    r"|isort|pragma|coverage|cspell|tslint|stylelint)\s*:\s*\w+.*|\bno ?sec\b|\beslint-\w+.*"
    r"|@ts-\w+|@flow\b|\b(?:istanbul|c8|v8) ignore|\bprettier-ignore|\bNOLINT\w*.*"
    r"|\bclang-format (?:off|on)|\bnolint\b.*|\bNOSONAR\b|\bnoinspection\b.*|\bCHECKSTYLE\b"
    r"|:nocov:|\bbiome-ignore|\bdeno-lint|\bgo:\w+.*|\+build\b.*|\bfmt:\s*(?:off|skip)"
    r"|\bfrozen_string_literal\b|-\*-"
)
"""What a comment says to a tool."""
_SILENCES = re.compile(
    r"(?:noqa|type:\s*ignore)\s*$|@ts-(?!check)|no ?sec|eslint-\w+(?:-\w+)*\s*(?:\*/)?$|NOLINT"
    r"\w*\s*$|nolint\s*$|NOSONAR|noinspection|CHECKSTYLE|:nocov:|(?:pylint|rubocop|pyright|mypy)\W"
    r"*(?:disable|ignore).*\ball\b|clang-format off|fmt:|istanbul|c8|v8|#!?\[(?:allow|expect)"
)
"""What turns off checks at large; one that is named is a judgment that a reader sees."""
_HEAD = re.compile(
    r"^(?:#!.*|\s*#!?\[(?:allow|deny|forbid|warn|expect|no_std|feature).*\]|[\"']use \w+[\"'];?"
    r"|\s*#[ \t]*(?:pragma|if\w*|else|elif|endif|define|undef|error|include)\b.*|package [\w.]+;?"
    r"|from __future__ .*)$",
    re.M,
)
"""Lines that tell a compiler or a loader how to read a file."""


def tool_lines(change: Comparison) -> Iterator[Finding]:
    """Comments and lines that tools read: checks that are turned off, and what is lost."""
    was, now = (list(_for_tools(side)) for side in (change.before, change.after))
    had, has = (Counter(text for text, _, _ in each) for each in (was, now))
    for text, _, line in now:
        if has[text] > had[text] and _SILENCES.match(text):
            yield Finding(f"turns off a check: {text[:60]}", line=line)
            return
    code = {" ".join(line.split()) for _, line, _ in change.after.comments}
    code |= {" ".join(line.split()) for line in change.after.lines}
    for text, beside, _ in was:
        if has[text] < had[text] and (not beside or " ".join(beside.split()) in code):
            yield Finding(f"drops a line that tools read: {text[:60]}")
            return


def _for_tools(side: Side) -> Iterator[tuple[str, str, int]]:
    """What tools read, each with the code on its line."""
    for text, beside, line in side.comments:
        if hit := _TOOL.search(text):
            yield hit[0], beside, line
    for hit in _HEAD.finditer(side.code):
        yield hit[0].strip(), "", side.first + side.code.count("\n", 0, hit.start())


def secrets_added(change: Comparison) -> Iterator[Finding]:
    """Passwords and keys that the file did not have."""
    code, had = change.after.code, change.before.text
    for start, end in masking.spans(code):
        if code[start:end] not in had:
            line = change.after.first + code.count("\n", 0, start)
            yield Finding("holds a password or a key", line=line)
            return


_EXPORTS = re.compile(
    r"^[ \t]*(?:module\.exports\b|exports\.\w+\s*=|export\s*[{*]|export default \w+;"
    r"|pub (?:use|mod)\b)[^;\n]*(?:\{[^{}]*\})?",
    re.M,
)


def exports_gone(change: Comparison) -> Iterator[Finding]:
    """Names that were handed on to other files."""
    was, now = (
        {
            word
            for each in _EXPORTS.findall(side.quiet)
            if not re.search(r"=>|\(|\bfunction\b", each)
            for word in re.findall(r"\w+", each)
        }
        for side in (change.before, change.after)
    )
    if was - now and not now - was:
        yield Finding(f"no longer exports {', '.join(sorted(was - now))[:60]}")


def unbound(change: Comparison) -> Iterator[Finding]:
    """Names that are used, and whose assignment or import is gone."""
    was, now = set(_bound(change.before)), set(_bound(change.after))
    uses: dict[str, bool] = {}
    for node in change.after.nodes:
        if node.type in _NAMES:
            name = text_of(node)
            uses[name] = uses.get(name, True) and _is_use(node)
    old = set(re.findall(r"\w+", change.before.code))
    # A new helper or module may be anywhere.
    dots = "" if change.language.name in ("C++", "C", "Rust", "Ruby") else "."
    called = set(re.findall(rf"(\w+)(?:!?[({dots}]|::)", change.after.code))
    for name, is_certain in uses.items():
        is_new = name not in old and name not in called and len(now) < len(was)
        is_lost = is_certain and name not in now and (name in was or is_new)
        if is_lost and name[:1].islower() and not _is_elsewhere(name, change):
            yield Finding(f"uses {name}, and nothing defines it any more")
            return
    for name in sorted(_imported(change.before) - _imported(change.after)):
        if _word(name).search(blanked(change.after.text, change.language)) and not (
            _is_elsewhere(name, change) or name in now
        ):
            yield Finding(f"uses {name}, and no longer imports it")
            return


def _word(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.$@]){re.escape(name)}(?!\w)")


def _is_elsewhere(name: str, change: Comparison) -> bool:
    """Whether something else in the file defines a name, or imports it; or Python itself does."""
    if change.language.name == "Python" and hasattr(builtins, name):
        return True
    imported = (
        rf"^[ \t]*(?:from|import|use|using|export|require|#\s*define)\s.*\b{re.escape(name)}\b"
    )
    imported = rf"{imported}|\brequire\b.*\b{re.escape(name)}\b"
    if re.search(imported, change.after.text, re.M):
        return True
    found = outline_of(change.after.text, change.language).definitions
    return any(d.name == name and not d.local for d in found)


_NAMES = word_set("identifier constant shorthand_property_identifier_pattern")
_USED_AS = word_set(
    "value right condition operand object function argument arguments receiver path consequence"
)
_USES = word_set(
    "argument_list arguments binary_expression binary_operator comparison_operator return_statement"
    " boolean_operator not_operator unary_expression parenthesized_expression list dictionary"
    " expression_statement interpolation template_substitution await await_expression array"
    " reference_expression binary subscript element_reference body_statement then"
)


def _is_use(node: Any) -> bool:
    """Whether a name is plainly read here, rather than given a value or declared."""
    above = node.parent
    if above is None or above.type in ("pair_pattern", "object_assignment_pattern"):
        return False
    if above.type in ("token_tree", "keyword_argument"):
        return True
    return above.type in _USES or any(above.child_by_field_name(p) == node for p in _USED_AS)


_BINDERS = word_set(
    "assignment variable_declarator init_declarator let_declaration function_definition"
    " function_declaration var_spec const_spec local_variable_declaration function_declarator"
)
_DECLARATORS = word_set("pointer_declarator reference_declarator array_declarator")


def _bound(side: Side) -> Iterator[str]:
    """The names that statements in the lines declare, or assign where that declares."""
    for node in side.nodes:
        if node.type not in _NAMES:
            continue
        part, above = node, node.parent
        while above is not None and above.type in _DECLARATORS:
            part, above = above, above.parent
        if above is None:
            continue
        places = ("left", "pattern", "declarator", "name")
        is_named = any(above.child_by_field_name(place) == part for place in places)
        in_list = above.type in _LISTS and above.parent.child_by_field_name("left") == above
        if is_named and above.type in _BINDERS or in_list:
            yield text_of(node)


_LISTS = word_set("expression_list pattern_list left_assignment_list")


def _imported(side: Side) -> set[str]:
    """The names that imports in the lines bind, as far as they tell."""
    found: set[str] = set()
    for statement in imports_in(side.code, side.language):
        quiet = blanked(statement, side.language)
        if side.language.name == "Go":
            found |= {re.split(r"[/\"]", each)[-2] for each in re.findall(r"\"[^\"]+\"", statement)}
            continue
        if side.language.name == "Python":
            quiet = quiet.partition("import")[2]
        parts = re.split(r"[,{}();]|\bfrom\b", re.sub(r"[\w.*]+\s+as\s+", "", quiet))
        found |= {words[-1] for each in parts if (words := re.findall(r"\w+", each))}
    return found - {"self", "import", "require", "use", "static"}
