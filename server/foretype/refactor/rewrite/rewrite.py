"""Rewrite code: ask the model, read and check its answer, retry once, stage the changes.

Applies nothing. Independent of LSP: the caller tracks the document in the meantime, and turns
the staged changes into edits of the then current version.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import PurePosixPath
from urllib.parse import quote, unquote

from foretype.core.text import BYTE_ORDER_MARK
from foretype.core.text_style import line_end_of, with_blank_edges, with_line_ends
from foretype.languages import import_placement
from foretype.languages import refactor_traits as languages
from foretype.models.protocol import COMPLETE, Message
from foretype.refactor.actions.catalogue import max_answer_tokens
from foretype.refactor.actions.offers import Offer
from foretype.refactor.actions.target import without_request
from foretype.refactor.checks import acceptance
from foretype.refactor.checks.comparison import Side
from foretype.refactor.outcome import (
    Change,
    Outcome,
    Progress,
    Refused,
    Staged,
    all_risks,
)
from foretype.refactor.response import Block, Response, bare_code, parse, without_path
from foretype.refactor.rewrite import instructions, manners, patches
from foretype.refactor.rewrite.reindent import reindent
from foretype.refactor.rewrite.secret_placeholders import SecretPlaceholders, find_replaced_secret
from foretype.refactor.risks.find_risks import Risk
from foretype.refactor.work import Answer, Work


async def rewrite(work: Work, names: tuple[str, ...] = (), base_uri: str = "") -> Outcome:
    """Execute a refactoring whose answer is code or new files.

    ``names`` are those of the new files, relative to the folder whose URI is ``base_uri``.
    """
    offer = work.offer
    secrets = SecretPlaceholders(offer.spot.document.text)
    conversation = instructions.first_messages(offer, work.path, names, secrets)
    limit = max_answer_tokens(offer.action, work.settings)
    think = offer.action.answer != "code"
    place = cache(partial(_place, offer))
    # A grammar takes about 30 ms to load, once, and a long file 60 ms to parse: that is done while
    # the model thinks, once the request has left.
    loop = asyncio.get_running_loop()
    preparing = loop.call_later(SENDS_S, loop.run_in_executor, None, place)
    try:
        for attempt in range(2):
            answer = await work.ask(conversation, limit, think=think)
            # Not on the event loop: large files take a while to parse.
            found = await asyncio.to_thread(
                _read_answer, offer, place, answer, names, base_uri, secrets
            )
            if not found.faults:
                return Staged(found.changes, found.risks, work.spent, found.note)
            if not attempt:
                work.on_progress(Progress(stage="asking again: " + found.faults[0]))
            said = Message("assistant", answer.text or "…")
            conversation = (*conversation, said, instructions.retry_message(found.faults))
    finally:
        preparing.cancel()
    return Refused(_refusal(found.faults, answer), work.spent)


SENDS_S = 0.01
"""How long a request takes to leave, in seconds."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """The changes read from an answer, and what is wrong with it."""

    changes: tuple[Change, ...] = ()
    faults: tuple[str, ...] = ()
    """What is wrong with it; if any, there are no changes."""
    risks: tuple[Risk, ...] = ()
    """What the user is asked about."""
    note: str = ""
    """What the user should know of how the answer was read."""


def _read_answer(
    offer: Offer,
    find_place: Callable[[], Side],
    answer: Answer,
    names: tuple[str, ...],
    base_uri: str,
    secrets: SecretPlaceholders,
) -> _Reading:
    """Read the changes from an answer, or what is wrong with it."""
    blocks, fault = _blocks(offer, answer, max(len(names), 1))
    if fault:
        return _Reading(faults=(fault,))
    language, note = offer.spot.language, ""
    if not names:
        place = find_place()
        chosen = manners.choose(Response(blocks, ""), place)
        if chosen.block is None:
            return _Reading(faults=(chosen.fault,))
        blocks, note = (chosen.block,), chosen.note
    wrong = [fault for block in blocks if (fault := acceptance.wrong_language(block, language))]
    if wrong:
        return _Reading(faults=tuple(wrong))
    if names:
        return _new_file_changes(blocks, names, base_uri, secrets)
    return replace(_code_change(offer, place, blocks[0], secrets), note=note)


def _place(offer: Offer) -> Side:
    """The lines to replace, in the text that the model has seen: with plain line ends. Reads all
    that is compared later: not for the event loop."""
    text = with_line_ends(offer.spot.document.text, "\n").removeprefix(BYTE_ORDER_MARK)
    place = Side(text.split("\n"), offer.span.first, offer.span.last, offer.spot.language)
    place.prepare()
    return place


def _blocks(offer: Offer, answer: Answer, n_asked: int) -> tuple[tuple[Block, ...], str]:
    if not answer.text.strip():
        if answer.finish == "length" or answer.reasoned:
            return (), "the model used up its tokens before it answered: raise refactor.max_tokens"
        return (), "the answer is empty"
    if answer.finish == "length":
        return (), "the answer is too long and was cut"
    if answer.finish == "content_filter":
        return (), "the provider's filter stopped the answer"
    found = parse(answer.text)
    # A last fence that is missing in a complete answer was only forgotten.
    if answer.finish not in COMPLETE or (found.cut and n_asked > 1):
        return (), "the answer was cut off in the middle"
    if not found.blocks and n_asked == 1:
        original = offer.spot.code(offer.span)
        if patches.is_patch(answer.text):
            return (Block(answer.text.strip("\n")),), ""
        bare = bare_code(found.prose, original, offer.spot.language)
        return ((bare,), "") if bare else ((), "there is no code in the answer")
    if len(found.blocks) != n_asked and n_asked > 1:
        n_found = _blocks_found(len(found.blocks))
        return (), f"{n_found} in the answer, where {n_asked} were asked for"
    return found.blocks, ""


def _code_change(offer: Offer, place: Side, block: Block, secrets: SecretPlaceholders) -> _Reading:
    document, language = offer.spot.document, offer.spot.language
    begin = int(document.text.startswith(BYTE_ORDER_MARK))
    start, end = (max(offset, begin) for offset in offer.spot.offsets(offer.span))
    above, old = "\n".join([*place.file[: place.first], ""]), place.code
    name = unquote(document.uri.rpartition("/")[2])
    given = without_path(block.code.removeprefix(BYTE_ORDER_MARK), old, name)
    given = manners.extract(given, place)
    moved = import_placement.place_imports(above, old, given, language)
    code = secrets.restore(without_request(reindent(moved.code, old, language), old))
    code = with_blank_edges(code, old)
    if secrets.left(code):
        return _Reading(faults=("a masked secret was changed, so it cannot be put back",))
    if gone := find_replaced_secret(old, code):
        return _Reading(faults=(gone,))
    if moved.added:
        above = moved.above + moved.added
        file = [*above.split("\n")[:-1], *place.file[place.first :]]
        n_added = len(file) - len(place.file)
        place = Side(file, place.first + n_added, place.last + n_added, language)
    verdict = acceptance.judge(place, code, replace(offer.action, instruction=offer.instruction))
    if verdict.faults:
        return _Reading(faults=verdict.faults)
    if moved.added:
        start = max(document.line_start(moved.above.count("\n")), begin)
    code = with_line_ends(moved.added + code, line_end_of(document.text))
    if code == document.text[start:end]:
        return _Reading()
    changes = (Change(document.uri, document, start, end, code),)
    return _Reading(changes, risks=all_risks(changes, verdict.doubts))


def _new_file_changes(
    blocks: tuple[Block, ...], names: tuple[str, ...], base_uri: str, secrets: SecretPlaceholders
) -> _Reading:
    changes: list[Change] = []
    faults: list[str] = []
    doubts: list[str] = []
    for name, block in zip(names, _in_order(blocks, names), strict=True):
        if fault := _outside_workspace(block.name, names):
            faults.append(fault)
            continue
        text = secrets.restore(block.code).strip("\n") + "\n"
        language = languages.of_suffix(PurePosixPath(name).suffix)
        verdict = acceptance.judge_file(None, text, language)
        faults += [f"{name}: {fault}" for fault in verdict.faults]
        doubts += verdict.doubts
        if secrets.left(text):
            faults.append(f"{name}: a masked secret was changed, so it cannot be put back")
        changes.append(Change(f"{base_uri.rstrip('/')}/{quote(name)}", None, 0, 0, text))
    return _Reading(tuple(changes), tuple(faults), all_risks(tuple(changes), doubts))


def _in_order(blocks: tuple[Block, ...], names: tuple[str, ...]) -> tuple[Block, ...]:
    """Sort the blocks by the order of the names; unchanged if they are named differently."""
    by_name = {PurePosixPath(block.name.replace("\\", "/")).name: block for block in blocks}
    wanted = [PurePosixPath(name).name for name in names]
    if len(by_name) == len(blocks) and all(name in by_name for name in wanted):
        return tuple(by_name[name] for name in wanted)
    return blocks


def _outside_workspace(name: str, names: tuple[str, ...]) -> str:
    """Return what is wrong if a model names a file outside of the workspace."""
    if not name or name in names:
        return ""
    parts = re.split(r"[/\\]", name)
    if ".." in parts or parts[0] == "" or re.match(r"[A-Za-z]:", name):
        return f"the file {name} is outside of the workspace"
    return ""


def _refusal(faults: tuple[str, ...], answer: Answer) -> str:
    prose = parse(answer.text).prose if faults and "no code" in faults[0] else ""
    words = " ".join(prose.split())[:160]
    said = f"; the model said: {words}" if words else ""
    return f"the answer could not be used, nothing was changed: {'; '.join(faults)}{said}"


def _blocks_found(number: int) -> str:
    if number == 0:
        return "there is no code"
    return "there is 1 block" if number == 1 else f"there are {number} blocks"
