"""Replace secrets in the code by placeholders for the model, and restore them in its answer.

The privacy gate masks every outgoing prompt in any case. But a masked secret would come back as
a mask, and the user's secret would be lost; so each gets a numbered placeholder here. A secret
may stay, or be replaced by code that reads it from elsewhere, but by no other text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from foretype.privacy import masking


@dataclass
class SecretPlaceholders:
    """The secrets found so far, each with its placeholder."""

    text: str
    """The document, which must not contain the placeholders."""
    masks: dict[str, str] = field(default_factory=dict)

    def hide(self, text: str) -> str:
        """Replace every secret by a numbered placeholder."""
        pieces, at = [], 0
        for start, end in masking.spans(text):
            pieces += [text[at:start], self._mask(text[start:end])]
            at = end
        return "".join([*pieces, text[at:]])

    def restore(self, text: str) -> str:
        """Replace the placeholders by their secrets."""
        for secret, mask in self.masks.items():
            escaped = secret.replace("\\", r"\\")
            text = re.sub(rf"(?<!\w){mask}(?!\w)", escaped, text)
        return text

    def left(self, text: str) -> bool:
        """Whether a text contains a placeholder without a secret."""
        if masking.MASK not in text:
            return False
        known = re.findall(rf"\b{masking.MASK}\d*\b", self.text)
        return any(mask not in known for mask in re.findall(rf"\b{masking.MASK}\d*\b", text))

    def _mask(self, secret: str) -> str:
        if secret not in self.masks:
            number = len(self.masks) + 1
            while f"{masking.MASK}{number}" in self.text or (
                f"{masking.MASK}{number}" in self.masks.values()
            ):
                number += 1
            self.masks[secret] = f"{masking.MASK}{number}"
        return self.masks[secret]


def find_replaced_secret(old: str, new: str) -> str:
    """Return what is wrong if another text replaces a secret; otherwise ""."""
    secrets = [old[start:end] for start, end in masking.spans(old)]
    gone = [secret for secret in secrets if new.count(secret) < old.count(secret)]
    known: dict[tuple[str, bool, bool], set[str]] = {}
    for place, value in _literals(old) if gone or _STANDS_FOR_A_SECRET.search(new) else ():
        known.setdefault(place, set()).add(value)
    for place, value in _literals(new) if known else ():
        had, name, is_quoted = known.get(place, set()), place[0], place[2]
        if not any(had) or value in had or any(secret in value for secret in secrets):
            continue
        if any(_is_in_place(value, one, secret) for one in had for secret in gone):
            return f"the secret of {name} was replaced by another text: leave it as it is"
        is_mask = is_quoted and _STANDS_FOR_A_SECRET.fullmatch(value.strip())
        if is_mask and _SECRET_NAME.search(name):
            return f"the value of {name} was replaced by {value[:20]}: leave it as it is"
    masks = (one["value"] for one in _MASK.finditer(new) if one[0] not in old)
    if gone and not any(one in new for one in secrets) and (mask := next(masks, "")):
        return f"a secret was replaced by {mask[:20]}: leave it as it is"
    return ""


def _literals(text: str) -> Iterator[tuple[tuple[str, bool, bool], str]]:
    """Values with their places: the name before, whether it is a list's, and whether quoted."""
    for found in _LITERAL.finditer(text):
        place = found["name"], bool(found["listed"]), bool(found["quote"])
        yield place, found["value"] or found["plain"] or ""


def _is_in_place(value: str, old: str, secret: str) -> bool:
    """Whether a literal has another text where an old one had a secret, and no code that reads it
    from elsewhere."""
    lead, found, _ = old.partition(secret)
    rest = value[len(lead) :]
    return bool(found) and value.startswith(lead) and not _READ_FROM_ELSEWHERE.match(rest)


_LITERAL = re.compile(
    r"(?P<name>[\w-]{1,60})[\"'`]?\]?\s{0,8}(?::[^=\n\"'`]{0,60}=|:=|=>|={1,3}|:|(?P<listed>[(,]))[\s(]{0,8}(?="
    r"[A-Za-z]{0,2}(?P<quote>[\"'`])(?P<value>(?:(?!(?P=quote))[^\\\n]|\\.){0,400})(?P=quote)"
    r"|(?P<plain>(?!\w+[.(\[])[^\s\"'`][^\s\"'`]{0,400}))"
)
"""A name, and the literal or the plain value that is assigned or given to it."""
_STANDS_FOR_A_SECRET = re.compile(
    r"[*•●█…xX.#_-]{3,}|[<\[({]*\s*(?:masked|redacted|hidden|removed|omitted|secret|placeholder"
    r"|change[ _-]?me|your[ _-][\w -]{1,40}|\w{1,30}[ _-]here)\d*\s*[>\])}]*",
    re.IGNORECASE,
)
_MASK = re.compile(
    r"(?P<quote>[\"'`])(?P<value>(?:[*•●█…xX]{3,}|[<\[]\s*(?:masked|redacted|hidden|removed|omitted"
    r"|secret|your[ _-][\w -]{1,40})\d*\s*[>\]]|redacted|masked\d*))(?P=quote)",
    re.IGNORECASE,
)
"""What models put in the place of a secret, as a literal by itself."""
_SECRET_NAME = re.compile(r"passw|passphrase|pwd|secret|token|api[_-]?key|credential|auth", re.I)
_READ_FROM_ELSEWHERE = re.compile(r"\$|\{|#\{|%[(s{]")
