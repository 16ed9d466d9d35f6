"""Bad answers, made from real functions: each kind is one mutation of a good answer.

A mutation changes what the file defines, what it does when it is loaded, or what a reader
relies on. Changes of meaning alone, which no rule can know, are left out.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from benches.refactor_cases import Case, Group, Rewrite
from benches.refactor_lines import Mutation, case_of, function_in, inserted, statements
from benches.refactor_mutations_inside import INSIDE
from benches.refactor_mutations_outside import OUTSIDE
from benches.refactor_snippets import (
    DECORATORS,
    EFFECTS,
    FOREIGN,
    RISKS,
    SECRETS,
    STUBS,
    TODOS,
    UNSEEN,
)
from foretype.languages import refactor_traits
from foretype.languages.definitions import outline_of

PER_KIND: dict[Group, int] = {"usual": 5, "odd": 3}
"""Bad answers of one kind in one language."""
SURPLUS = ("code twice", "next function repeated", "code that runs at load")
"""Kinds that are good answers and something more, which may be left out."""


def bad_cases(found: list[Rewrite], group: Group) -> Iterator[Case]:
    """Bad answers of every kind of a group, the same ones each time."""
    for kind, mutation in (MUTATIONS if group == "usual" else ODD_MUTATIONS).items():
        count = 0
        for rewrite in found:
            if count == PER_KIND[group]:
                break
            made = mutation(rewrite, random.Random(f"{kind}{rewrite.name}{rewrite.old.path}"))
            if made is None or made == rewrite.new:
                continue
            count += 1
            case = made if isinstance(made, Case) else case_of(rewrite, made)
            yield replace(
                case, group=kind, truth="", mended=rewrite.truth if kind in SURPLUS else ""
            )


def _cut(rewrite: Rewrite, dice: random.Random) -> str:
    lines = rewrite.new.split("\n")
    return "\n".join(lines[: max(len(lines) // 2, 2)])


def _foreign(rewrite: Rewrite, dice: random.Random) -> Case:
    tag, code = FOREIGN["go" if rewrite.language == "python" else "python"]
    return replace(case_of(rewrite, ""), answer=f"```{tag}\n{code}\n```")


def _prose(rewrite: Rewrite, dice: random.Random) -> Case:
    text = "I cannot see enough of the code to change it. Could you share the rest?"
    return replace(case_of(rewrite, ""), answer=text)


def _twice(rewrite: Rewrite, dice: random.Random) -> str:
    return f"{rewrite.new}\n\n{rewrite.new}"


def _renamed(rewrite: Rewrite, dice: random.Random) -> str | None:
    name = rewrite.old.name
    if not re.fullmatch(r"[A-Za-z]\w+", name) or name in ("constructor", "initialize"):
        return None
    return re.sub(rf"\b{name}\b", f"{name}V2", rewrite.new, count=1)


def _parameters(change: Callable[[list[str], random.Random], list[str] | None]) -> Mutation:
    def mutate(rewrite: Rewrite, dice: random.Random) -> str | None:
        found = function_in(rewrite, rewrite.code)
        if found is None or not rewrite.keeps_header:
            return None
        texts = [p.text for p in found[0].parameters]
        # A receiver is no parameter to a caller.
        kept = [t for t in texts if t not in ("self", "cls", "this")]
        listed = ", ".join(kept)
        if not kept or listed not in rewrite.code or (changed := change(kept, dice)) is None:
            return None
        return rewrite.new.replace(listed, ", ".join(changed), 1)

    return mutate


def _name_changed(texts: list[str], dice: random.Random) -> list[str] | None:
    found = re.search(r"([A-Za-z_]\w*)(?=\W*$|\s*[:=])", texts[-1])
    if not found or len(found[1]) < 2:
        return None
    return [*texts[:-1], texts[-1].replace(found[1], f"new_{found[1]}", 1)]


def _without_comments(rewrite: Rewrite, dice: random.Random) -> str | None:
    mark = refactor_traits.of_id(rewrite.language).comment
    kept, gone = [], 0
    for line in rewrite.new.split("\n"):
        alone = line.strip().startswith(mark) and line.strip() in rewrite.code
        gone += alone
        kept += [] if alone else [line]
    return "\n".join(kept) if gone >= 2 else None


def _without_docs(rewrite: Rewrite, dice: random.Random) -> Case | str | None:
    if rewrite.language == "python":
        code = re.sub(r'(?s)(:\n)\s+r?"""(?:(?!""").)*"""\n', r"\1", rewrite.new, count=1)
        return code if code != rewrite.new and '"""' in rewrite.code else None
    row = rewrite.old.first
    while row and re.match(r"\s*(?://|/\*|\*|#(?!\[))", rewrite.lines[row - 1]):
        row -= 1
    if row == rewrite.old.first:
        return None
    return replace(case_of(rewrite, rewrite.new), selected=(row, rewrite.old.last))


def _without_licence(rewrite: Rewrite, dice: random.Random) -> Case | None:
    mark = refactor_traits.of_id(rewrite.language).comment
    if rewrite.old.first > 150:
        return None
    head = f"{mark} Copyright 2019 The Authors.\n{mark} Licensed under the Apache License 2.0.\n\n"
    case = case_of(rewrite, "\n".join(rewrite.truth.split("\n")[: rewrite.old.first]) + "\n"
                 + rewrite.new)  # fmt: skip
    return replace(case, text=head + rewrite.text, selected=(0, rewrite.old.last + 3))


def _without_end(rewrite: Rewrite, dice: random.Random) -> str | None:
    rows = statements(rewrite, rewrite.new)
    if len(rows) < 3:
        return None
    lines = rewrite.new.split("\n")
    first = rows[-1 - (len(rows) > 4)][0]
    return "\n".join([*lines[:first], *lines[rows[-1][1] + 1 :]])


_SPECIAL = re.compile(
    r"__\w+__|constructor|initialize|String|Error|toString|equals|hashCode|fmt|drop|clone|eq|~\w+"
    r"|operator.+|Dispose|ToString|to_s|method_missing|respond_to.*|default|from|next|deref|index"
)


def _without_special(rewrite: Rewrite, dice: random.Random) -> Case | None:
    outline = outline_of(rewrite.text, refactor_traits.of_id(rewrite.language))
    for each in outline.definitions:
        is_maker = bool(each.parents) and each.name == each.parents[-1]
        if each.kind != "function" or not each.parents or each.local or not each.has_body:
            continue
        if not (is_maker or _SPECIAL.fullmatch(each.name)):
            continue
        around = [d for d in outline.around(each.first, each.last) if d.kind == "type"]
        if not around or around[-1].last - around[-1].first > 150:
            continue
        first, last = around[-1].first, around[-1].last
        lines = rewrite.lines
        rest = [*lines[first : each.first], *lines[each.last + 1 : last + 1]]
        if len([line for line in rest if line.strip()]) < 4:
            continue
        return replace(case_of(rewrite, "\n".join(rest)), selected=(first, last))
    return None


def _with_body(rewrite: Rewrite, body: list[str]) -> str | None:
    rows = statements(rewrite, rewrite.new)
    if len(rows) < 3:
        return None
    lines = rewrite.new.split("\n")
    blanks = re.match(r"\s*", lines[rows[0][0]])
    depth = blanks[0] if blanks else ""
    return "\n".join([*lines[: rows[0][0]], *(depth + b for b in body), *lines[rows[-1][1] + 1 :]])


def _stub(rewrite: Rewrite, dice: random.Random) -> str | None:
    return _with_body(rewrite, [dice.choice(STUBS[rewrite.language])])


def _todo(rewrite: Rewrite, dice: random.Random) -> str | None:
    rows = statements(rewrite, rewrite.new)
    if len(rows) < 3:
        return None
    mark = refactor_traits.of_id(rewrite.language).comment
    lines = rewrite.new.split("\n")
    blanks = re.match(r"\s*", lines[rows[0][0]])
    note = f"{blanks[0] if blanks else ''}{mark} {dice.choice(TODOS)}"
    keep = rows[-1][0] if rewrite.language in ("go", "rust", "java", "csharp") else rows[-1][1] + 1
    return "\n".join([*lines[: rows[1][0]], note, *lines[keep:]])


def _effect(rewrite: Rewrite, dice: random.Random) -> Case | str | None:
    if rewrite.language not in EFFECTS or rewrite.old.parents:
        return None
    effect = dice.choice(EFFECTS[rewrite.language])
    return f"{rewrite.new}\n\n{effect}" if dice.random() < 0.5 else f"{effect}\n\n{rewrite.new}"


def _secret(rewrite: Rewrite, dice: random.Random) -> Case | None:
    template = SECRETS[rewrite.language]
    value = "sk-" + "".join(dice.choices("abcdefghijkmnpqrstuvwxyz23456789", k=40))
    old = inserted(rewrite, rewrite.code, template.replace("VALUE", value))
    mask = dice.choice(["***", "<your key>", "REDACTED", "your-api-key-here", "xxxxxxxx"])
    new = inserted(rewrite, rewrite.new, template.replace("VALUE", mask))
    if old is None or new is None:
        return None
    return replace(case_of(rewrite, new), text=rewrite.with_code(old))


def _unseen(rewrite: Rewrite, dice: random.Random) -> str | None:
    char = dice.choice(UNSEEN)
    places = [found.start() + 1 for found in re.finditer(r"[A-Za-z]{3}", rewrite.new)]
    spots = [p for p in places if _in_text(rewrite.new, p)] or places
    at = dice.choice(spots)
    return rewrite.new[:at] + char + rewrite.new[at:]


def _in_text(code: str, at: int) -> bool:
    line = code[code.rfind("\n", 0, at) + 1 : at]
    return line.count('"') % 2 == 1 or "//" in line or line.lstrip().startswith(("#", "*"))


_LOOKS_LIKE = {"a": "а", "e": "е", "o": "о", "c": "с", "p": "р", "x": "х", "i": "і", "s": "ѕ"}


def _homoglyph(rewrite: Rewrite, dice: random.Random) -> str | None:
    words = re.findall(r"\b[a-z]\w{3,}\b", rewrite.new)
    words = [word for word in words if set(word) & set(_LOOKS_LIKE)]
    if not words:
        return None
    word = dice.choice(words)
    letter = dice.choice([each for each in word if each in _LOOKS_LIKE])
    fake = word.replace(letter, _LOOKS_LIKE[letter], 1)
    return re.sub(rf"\b{word}\b", fake, rewrite.new, count=dice.choice([0, 1]))


def _risk(rewrite: Rewrite, dice: random.Random) -> str | None:
    return inserted(rewrite, rewrite.new, dice.choice(RISKS[rewrite.language]))


def _one_statement(rewrite: Rewrite, dice: random.Random) -> Case | None:
    rows = statements(rewrite, rewrite.new)
    if len(rows) < 3:
        return None
    first, last = dice.choice(rows[:-1])
    if last - first > 4:
        return None
    code = "\n".join(rewrite.new.split("\n")[first : last + 1])
    told = "log what it does before it returns"
    return replace(case_of(rewrite, code), action="instruct", instruction=told)


def _decorator(rewrite: Rewrite, dice: random.Random) -> Case | None:
    made = DECORATORS.get(rewrite.language)
    if made is None or not rewrite.old.parents and rewrite.language == "typescript":
        return None
    first = rewrite.lines[rewrite.old.first]
    depth = first[: len(first) - len(first.lstrip())]
    pair = dice.sample(made, 2)
    old = [depth + pair[0], depth + pair[1], rewrite.code]
    case = case_of(rewrite, f"{depth}{pair[0]}\n{rewrite.new}")
    text = rewrite.with_code("\n".join(old))
    return replace(case, text=text, line=rewrite.line + 2)


_CHECK = re.compile(r"raise|throw|panic|err != nil|Err\(|return .*err\b")


def _unchecked(rewrite: Rewrite, dice: random.Random) -> str | None:
    if rewrite.language == "rust":
        return re.sub(r"\?(?=[;.)])", ".unwrap()", rewrite.new) if "?" in rewrite.code else None
    lines = rewrite.new.split("\n")
    for first, last in statements(rewrite, rewrite.new):
        text = "\n".join(lines[first : last + 1])
        alone = re.match(r"\s*(?:if|unless|raise|throw)\b", text) and last - first <= 3
        if alone and _CHECK.search(text) and text in rewrite.code and "else" not in text:
            return "\n".join([*lines[:first], *lines[last + 1 :]])
    return None


def _documented(rewrite: Rewrite, dice: random.Random) -> Case | None:
    return replace(case_of(rewrite, rewrite.new), action="explain")


def _with_next(rewrite: Rewrite, dice: random.Random) -> str | None:
    outline = outline_of(rewrite.text, refactor_traits.of_id(rewrite.language))
    after = [
        d for d in outline.definitions
        if d.first > rewrite.old.last and d.parents == rewrite.old.parents and d.has_body
        and d.kind == "function" and d.last - d.first < 40
    ]  # fmt: skip
    if not after:
        return None
    code = "\n".join(rewrite.lines[after[0].first : after[0].last + 1])
    return f"{rewrite.new}\n\n{code}"


def _hidden(rewrite: Rewrite, dice: random.Random) -> str | None:
    lines = rewrite.new.split("\n")
    at = rewrite.old.header - rewrite.old.first
    if at >= len(lines):
        return None
    changed = re.sub(r"\b(?:export|pub(?:\(\w+\))?|public|static)\s+", "", lines[at], count=1)
    return "\n".join([*lines[:at], changed, *lines[at + 1 :]])


MUTATIONS: dict[str, Mutation] = {
    "cut off": _cut,
    "wrong language": _foreign,
    "prose": _prose,
    "code twice": _twice,
    "renamed": _renamed,
    "parameter dropped": _parameters(lambda texts, _: texts[:-1]),
    "parameters swapped": _parameters(
        lambda texts, _: [*texts[1:], texts[0]] if len(texts) > 1 else None
    ),
    "parameter renamed": _parameters(_name_changed),
    "comments deleted": _without_comments,
    "documentation deleted": _without_docs,
    "licence deleted": _without_licence,
    "last statements missing": _without_end,
    "special method dropped": _without_special,
    "stub": _stub,
    "TODO in place of code": _todo,
    "code that runs at load": _effect,
    "secret masked": _secret,
    "invisible character": _unseen,
    "look-alike letter": _homoglyph,
    "risk": _risk,
    "one statement": _one_statement,
    "decorator dropped": _decorator,
    "error check dropped": _unchecked,
    "documentation that changes code": _documented,
    "next function repeated": _with_next,
    "visibility changed": _hidden,
}
ODD_MUTATIONS: dict[str, Mutation] = {**INSIDE, **OUTSIDE}
"""Those that came later."""
