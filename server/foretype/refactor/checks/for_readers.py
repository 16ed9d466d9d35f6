"""What tools and people read in code: comments, directives, output, secrets, tests."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from foretype.privacy import masking
from foretype.refactor.checks import bodies
from foretype.refactor.checks.comparison import Comparison, Finding, Side, first_new, text_of

_LICENSE = re.compile(r"licen[sc]e|copyright|SPDX|all rights reserved", re.I)


def comments_gone(change: Comparison) -> Iterator[Finding]:
    """Comments whose code is still there, docstrings, and licenses."""
    kept = {text for text, _, _ in change.after.comments}
    licensed = [text for text, _, _ in change.before.comments if _LICENSE.search(text)]
    gone = [text for text in licensed if text not in kept]
    if gone:
        yield Finding(f"drops a license: {gone[0][:60]}")
    above = {code for _, code, _ in change.after.comments}
    lines = {line.strip() for line in change.after.lines}
    said = [
        (text, code) for text, code, _ in change.before.comments
        if text not in gone and (code in lines or not code) and re.search(r"\w{2}", text)
        and not _TOOL.search(text)
        and not re.search(r"\bforetype\s*:", text, re.I)  # it asked for the change
    ]  # fmt: skip
    told = set(re.findall(r"\w{3,}", " ".join(kept).lower()))
    lost = [
        text for text, code in said
        if text not in kept and code not in above and not _is_told(text, told)
    ]  # fmt: skip
    if len(lost) * 2 >= max(len(said), 1) and not gone:
        yield Finding(f"drops comments, such as {lost[0][:60]}")
    undocumented = bodies.documented(change.before) - bodies.documented(change.after)
    names = sorted(undocumented & change.after.by_path.keys())
    if names:
        yield Finding(f"drops the documentation of {', '.join(names)}")


def _is_told(comment: str, told: set[str]) -> bool:
    """Whether most words of a comment are in others: it moved, or says the same otherwise."""
    words = set(re.findall(r"\w{3,}", comment.lower()))
    return len(words & told) * 2 >= len(words) > 0


MAX_COMMENT_CHARS = 300
"""Longer ones are no statement, and would take long to look at."""
_IS_CODE = re.compile(
    r"(?:(?:let|const|var|auto|mut|[\w:<>]+)[ *&]+)?[\w.*&\[\]>@$-]+(?:, [\w.]+)*\s*"
    r"(?:[-+*/|&]|:)?=[^=>].*"
    r"|[\w.@:>-]+\(.*\)(?:;|\s*[{:])?|(?:if|for|while|return|throw|raise)\b.*(?:[;{:]|\))"
)


def commented_out(change: Comparison) -> Iterator[Finding]:
    """Lines of code that became comments."""
    was, now = change.both(lambda side: list(_code_in_comments(side)))
    if len(now) > len(was):
        yield Finding("turns code into a comment", line=first_new(was, now))


def _code_in_comments(side: Side) -> Iterator[tuple[str, int]]:
    for text, _, line in side.comments:
        is_own_line = side.file[line].strip() == text and len(text) <= MAX_COMMENT_CHARS
        if is_own_line and _IS_CODE.fullmatch(text.strip("#/*- \t")):
            yield text, line


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
    was, now = change.both(
        lambda side: [(hit[0], side.line_at(hit.end())) for hit in _DEBUGGING.finditer(side.quiet)]
    )
    if len(now) > len(was) and {text for text, _ in now} - {text for text, _ in was}:
        yield Finding("prints, or stops in a debugger", line=first_new(was, now))


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
    was, now = change.both(lambda side: list(_for_tools(side)))
    had, has = (Counter(text for text, _, _ in each) for each in (was, now))
    for text, _, line in now:
        if has[text] > had[text] and _SILENCES.match(text):
            yield Finding(f"turns off a check: {text[:60]}", line=line)
            return
    code = {" ".join(line.split()) for line in change.after.lines}
    code |= {" ".join(line.split()) for _, line, _ in change.after.comments}
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
        yield hit[0].strip(), "", side.line_at(hit.start())


def secrets_added(change: Comparison) -> Iterator[Finding]:
    """Passwords and keys that the file did not have."""
    code, had = change.after.code, change.before.text
    for start, end in masking.spans(code):
        if code[start:end] not in had:
            yield Finding("holds a password or a key", line=change.after.line_at(start))
            return


_TEST_NAME = re.compile(r"test_|test$|Test|should|it_")
_ASSERTS = re.compile(
    r"\b(?:assert\w*!?|expect|EXPECT_\w+|ASSERT_\w+|require\.\w+|t\.\w*(?:Error|Fatal)\w*|should"
    r"|must_\w+)\b"
)
_CALLED_TEST = re.compile(
    r"(?:it|test|describe|context|specify)\b(?:\.(?!skip|todo)\w+)?\s*\(?\s*([\"'`].{1,80}?[\"'`])"
)


def tests_gone(change: Comparison) -> Iterator[Finding]:
    """Tests that are gone, and assertions in them."""
    was, now = change.both(_tests)
    if gone := [name for name in was if name not in now]:
        yield Finding(f"drops the test {gone[0][:60]}")
    elif less := [name for name, count in was.items() if now[name] < count]:
        yield Finding(f"asserts less in the test {less[0][:60]}")


def _tests(side: Side) -> Counter[str]:
    """Tests in the lines, by name, each with the number of its assertions."""
    found: Counter[str] = Counter()
    for each in side.definitions:
        named = _TEST_NAME.match(each.name)
        marked = any(re.search(r"\btest\b|\bTest\b|Fact\b|Theory\b", d) for d in each.decorators)
        if each.kind == "function" and (named or marked) and each.node is not None:
            found[each.name] = len(_ASSERTS.findall(text_of(each.node)))
    for node in side.nodes:
        is_call = node.type in ("call_expression", "call")
        if is_call and (head := _CALLED_TEST.match(text_of(node))):
            found[head[1]] = len(_ASSERTS.findall(text_of(node)))
    return found
