"""Keep a proposal while its document changes: it moves with the text, and is typed through."""

from __future__ import annotations

from dataclasses import replace

from foretype.core.text import Document, Edit, common_head, common_tail
from foretype.next_edit.bursts import Place
from foretype.next_edit.proposal import Proposal


def rebased(proposal: Proposal, new: Document, edit: Edit) -> Proposal | None:
    """The proposal for a document after an edit; None where the edit contradicts it, or is it.

    What was typed agrees where the rest of the proposal is one insertion.
    """
    wanted = proposal.edit
    if proposal.document.text == new.text:
        return replace(proposal, document=new)
    moved = Place(wanted.start, wanted.end).after(edit)
    # What is typed where something is to be inserted is the beginning of it, or contradicts it.
    is_at_insertion = wanted.start == wanted.end == edit.start
    if moved is not None and not is_at_insertion:
        return replace(proposal, document=new, edit=Edit(moved.start, moved.end, wanted.text))
    if edit.start < wanted.start or edit.end > wanted.end:
        return None
    end = wanted.end + len(edit.text) - (edit.end - edit.start)
    there = new.text[wanted.start : end]
    head = common_head(there, wanted.text)
    tail = common_tail(there, wanted.text, min(len(there), len(wanted.text)) - head)
    rest = wanted.text[head : len(wanted.text) - tail]
    if head + tail < len(there) or not rest:
        return None
    at = wanted.start + head
    return replace(proposal, document=new, edit=Edit(at, at, rest))
