"""Characters that no one sees: what a terminal would obey, and what hides or reorders text.

Code that does not look like what it is has no place in ghost text, however it came there.
"""

from __future__ import annotations

import re

from foretype.completion.cleanup.base import CompletionContext, Flow

# The control characters but for tab, line ends and form feed; then what Unicode 16 calls
# Default_Ignorable_Code_Point: what reorders text, joins, fills, varies or tags it.
_VARIATIONS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
    # One variation of a character is seen, as in an emoji; a chain of them is not.
    f"|(?<![^\\s{_VARIATIONS}])[{_VARIATIONS}]"
)
JOINER = "\u200d"
BEFORE_JOINER = re.compile("[\u2190-\u2bff\U0001f000-\U0001faff\ufe0f]")
AFTER_JOINER = re.compile("[\u2190-\u2bff\U0001f000-\U0001faff]")
FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")
"""A region's flag: a black flag, the region's letters as tags, and the tag that ends them."""
_FLAG_BEGUN = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}")


def stop_at_unseen(flow: Flow, ctx: CompletionContext) -> Flow:
    """End at a character that no one sees, where the file does not have it around the cursor."""
    text, passed = flow.text, 0
    for unseen in UNSEEN.finditer(text):
        at = unseen.start()
        if at < passed or ctx.holds(text[at]):
            continue
        if text[at] == JOINER and at and BEFORE_JOINER.match(text[at - 1]):
            if at + 1 == len(text) and not flow.final:
                return flow.now(text[:at])
            if AFTER_JOINER.match(text, at + 1):
                continue
        if flag := FLAG.match(text, max(0, at - 1)):
            passed = flag.end()
            continue
        if not flow.final and _FLAG_BEGUN.fullmatch(text, max(0, at - 1)):
            return flow.now(text[:at])
        return flow.end(text[:at])
    return flow
