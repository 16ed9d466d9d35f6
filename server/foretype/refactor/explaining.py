"""Explain code in an answer of its own, which changes nothing.

Independent of LSP: the caller shows the text by the editor's own means.
"""

from __future__ import annotations

from foretype.refactor.outcome import Outcome, Refused, Staged
from foretype.refactor.rewrite import instructions
from foretype.refactor.rewrite.secret_placeholders import SecretPlaceholders
from foretype.refactor.work import Work

MAX_TOKENS = 800
"""Tokens of an explanation at most."""


async def explain(work: Work) -> Outcome:
    """Have the model explain code; the text stands in the outcome, which has no changes."""
    secrets = SecretPlaceholders(work.offer.spot.document.text)
    conversation = instructions.first_messages(work.offer, work.path, (), secrets)
    answer = await work.ask(conversation, min(work.settings.max_tokens, MAX_TOKENS))
    text = answer.text.strip()
    if not text:
        return Refused("the answer is empty", work.spent)
    return Staged((), (), work.spent, text=f"{text} …" if answer.finish == "length" else text)
