"""What code does no longer, or hides: calls, waits, branches and errors, by the tree's nodes."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from typing import Any

from foretype.languages.definitions import COMMENTS, word_set
from foretype.refactor.checks.comparison import (
    Comparison,
    Finding,
    Side,
    first_new,
    text_of,
    words_of,
)

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
_LOCKS = re.compile(r"\b(?:lock_guard|unique_lock|scoped_lock|shared_lock)\b")
_BUILDS = re.compile(
    r"(?:append|assign|concat|copy|extend|add|push|insert|update|set|put|for_?each|each|require"
    r"|include|super|print)\w*",
    re.I,
)
"""Calls that other syntax replaces: a comprehension, a loop, a literal, an import."""


def calls_gone(change: Comparison) -> Iterator[Finding]:
    """Functions that were called for what they do, and guards, where nothing came instead."""
    was, now = change.both(_called)
    if now.keys() - was.keys():
        return
    words = change.after.words - Counter(d.name for d in change.after.definitions)
    # A helper within the code may be written out where it was called.
    known = {d.name for d in change.before.definitions if d.local}
    gone = [
        name
        for name, alone in was.items()
        if alone and not words[name] and name not in known and not _BUILDS.fullmatch(name)
    ]
    held, holds = change.both(_guards)
    if gone:
        yield Finding(f"no longer calls {', '.join(gone)[:60]}")
    elif (lost := held - holds) and not holds - held:
        yield Finding(f"no longer has {next(iter(lost))} around its code")


def _called(side: Side) -> dict[str, bool]:
    """The functions that are called, and whether for what they do alone."""
    found: dict[str, bool] = {}
    for node in side.nodes:
        if node.type in _CALLS and (name := _callee(node)):
            holder = node.parent
            while holder is not None and holder.type in _AROUND_CALLS:
                holder = holder.parent
            alone = holder is not None and holder.type in _STATEMENTS
            found[name] = found.get(name, False) or alone
    return found


def _callee(node: Any) -> str:
    named = map(node.child_by_field_name, ("function", "method", "name", "macro"))
    part = next((each for each in named if each is not None), None)
    words = re.findall(r"\w+", text_of(part)) if part is not None else []
    return words[-1] if words else ""


def _guards(side: Side) -> Counter[str]:
    found = Counter(n.type.partition("_")[0] for n in side.nodes if n.type in _GUARDS)
    found.update(_LOCKS.findall(side.quiet))
    return found


def waits_gone(change: Comparison) -> Iterator[Finding]:
    """Calls that are still made, and no longer awaited."""
    was, now = change.both(lambda side: Counter(_awaited(side)))
    called = _called(change.after)
    if (name := next((each for each in was - now if each in called), "")) and not now - was:
        yield Finding(f"no longer waits for {name}")


def _awaited(side: Side) -> Iterator[str]:
    for node in side.nodes:
        if node.type in ("await", "await_expression") and node.named_child_count:
            inner = node.named_children[0]
            if inner.type in _CALLS and node.parent.type != "return_statement":
                yield _callee(inner)


_BRANCHES = word_set(
    "elif_clause elsif case_clause switch_case switch_label expression_case"
    " type_case case_statement when match_arm switch_section switch_block_statement_group"
)


def branches_gone(change: Comparison) -> Iterator[Finding]:
    """What was done otherwise, where the condition is still asked; cases with nothing left."""
    ifs, kept = change.both(_ifs)
    for condition, otherwise in ifs.items():
        if otherwise is not None and condition in kept and kept[condition] is None:
            yield Finding(f"no longer has the branch {words_of(otherwise)[:60]}")
            return
    texts = [text_of(leaf) for leaf in change.before.leaves]
    begins = [leaf.start_byte for leaf in change.before.leaves]
    had, has = Counter(texts), set(map(text_of, change.after.leaves))
    for node in change.before.nodes:
        if node.type in _BRANCHES:
            first, end = (bisect_left(begins, at) for at in (node.start_byte, node.end_byte))
            own = [text for text, n in Counter(texts[first:end]).items() if had[text] == n]
            if own and not has.intersection(own):
                yield Finding(f"no longer has the branch {words_of(node)[:60]}")
                return


def _ifs(side: Side) -> dict[str, Any]:
    """The conditions in the lines, each with what is done otherwise; None where nothing is.

    What follows code that leaves is done otherwise, too: conditions of such are left out.
    """
    found = {}
    for node in side.nodes:
        asked, then, otherwise = map(
            node.child_by_field_name, ("condition", "consequence", "alternative")
        )
        if node.type.startswith(("if", "unless")) and asked is not None:
            then = then or node.child_by_field_name("body")
            if then is None or not _leaves_at_end(then):
                found[f"{node.type[:2]} {words_of(asked)}"] = otherwise
    return found


def _leaves_at_end(block: Any) -> bool:
    parts = [part for part in block.named_children if part.type not in COMMENTS]
    return _leaves(block) or bool(parts) and _leaves_at_end(parts[-1])


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
    was, now = change.both(lambda side: list(_unreached(side)))
    if len(now) > len(was):
        yield Finding("holds code that is never reached", line=first_new(was, now))


def _unreached(side: Side) -> Iterator[tuple[str, int]]:
    for node in side.nodes:
        if node.type in _BLOCKS:
            parts = [part for part in node.named_children if part.type not in COMMENTS]
            for one, other in zip(parts, parts[1:], strict=False):
                if _leaves(one) and other.type not in _MAY_FOLLOW:
                    yield words_of(other), other.start_point[0]
                    break
        elif (asked := node.child_by_field_name("condition")) is not None:
            answer = words_of(asked).strip("() ").lower()
            if answer in _NEVER or answer in _ALWAYS and node.type.startswith(("if", "unless")):
                yield words_of(node), node.start_point[0]


def _leaves(node: Any) -> bool:
    if node.type == "expression_statement" and node.named_child_count == 1:
        node = node.named_children[0]
    return node.type in _LEAVES


_HANDLERS = word_set("except_clause catch_clause rescue except_group_clause")
_BROAD = re.compile(
    r"(?:except|rescue)\s*(?::|$)|\b(?:except|rescue|catch)\b[^:{\n]*(?:\bException\b(?!\s*\w*Error)"
    r"|BaseException|Throwable|StandardError|\.\.\.)"
)
_UNASKED = re.compile(r"^\s*(?:\w+, )*_ :?= (?!range\b)[\w.]+\(|^\s*let _ =|\.ok\(\);", re.M)


def errors_hidden(change: Comparison) -> Iterator[Finding]:
    """Handlers that do nothing, or catch all where they caught some, and errors thrown away."""
    was, now = change.both(_hiding)
    more = now - was
    if (was - now)[_SOME] == 0:
        del more[_ALL]
    del more[_SOME]
    for what in more:
        yield Finding(what)


_SOME, _ALL = "catches some errors", "catches every error"


def _hiding(side: Side) -> Counter[str]:
    found: Counter[str] = Counter()
    for node in side.nodes:
        if node.type in _HANDLERS:
            text = text_of(node)
            is_broad = _BROAD.match(text.partition("\n")[0]) and not _RAISES.search(text)
            found[_ALL if is_broad else _SOME] += 1
            found["catches errors and does nothing"] += not _acts(node)
    if side.language.name in ("Go", "Rust"):
        found["throws errors away"] = len(_UNASKED.findall(side.quiet))
    return +found


_RAISES = re.compile(r"\b(?:raise|throw)\b")


def _acts(node: Any) -> bool:
    if not node.named_child_count:
        return False
    parts = (node.child_by_field_name("body") or node.named_children[-1]).named_children
    return any(p.type not in COMMENTS and p.type not in ("pass_statement", "nil") for p in parts)


_CAUGHT = frozenset(("except", "catch", "rescue", "?", "check", "assert"))
"""What checks or catches, rather than raises, as ``_errors`` names it."""
_NEW_ERROR = re.compile(r"\b(?:errors\.New|fmt\.Errorf)\(")
_CHECKS = re.compile(r"\b\w*[eE]rr\b\s*!=\s*nil|\bErr\(")


def errors_unchecked(change: Comparison) -> Iterator[Finding]:
    """Errors that were raised, caught or checked, and are not any more."""
    was, now = change.both(_errors)
    raises_another = (now - was).keys() - _CAUGHT
    for lost in was - now:
        # Where another error is raised instead, the failure is still told.
        if lost not in _CAUGHT and raises_another:
            continue
        if not now - was or now[lost] == 0:
            what = "an error" if lost in ("?", "check") else lost
            yield Finding(f"no longer raises, catches or checks {what}")
            return


def _errors(side: Side) -> Counter[str]:
    """What is raised, caught or checked, by name, each with how often."""
    found: Counter[str] = Counter()
    for node in side.nodes:
        kind = node.type
        if kind in ("raise_statement", "throw_statement", "throw_expression"):
            # An abstract method says so, in one way or another.
            if (name := _named(text_of(node))) != "NotImplementedError":
                found[name] += 1
        elif kind in _HANDLERS:
            found[kind.partition("_")[0]] += 1
        elif kind == "try_expression":
            found["?"] += 1
        elif kind in _CALLS and _callee(node) in ("raise", "fail", "panic"):
            found[_named(text_of(node))] += 1
        elif kind in ("binary_expression", "comparison_operator") and node.parent.type != kind:
            found["check"] += len(_CHECKS.findall(text_of(node)))
        elif kind == "return_statement" and _NEW_ERROR.search(text_of(node)):
            found["an error"] += 1
        elif kind == "assert_statement":
            found["assert"] += 1
    return +found


def _named(text: str) -> str:
    found = re.match(r"(?:raise|throw|fail)\b\s*\(?\s*(?:new\s+)?([\w.:]+)", text)
    return found[1] if found else "an error"
