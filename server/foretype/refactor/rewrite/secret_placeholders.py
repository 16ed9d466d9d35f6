"""Replace secrets in the code by placeholders for the model, and restore them in its answer.

The privacy gate masks every outgoing prompt in any case. But a masked secret would come back as
a mask, and the user's secret would be lost; so each gets a numbered placeholder here. A secret
may stay, or be replaced by code that reads it from elsewhere, but by no other text.
"""

from __future__ import annotations

import re
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
    secrets = [(start, old[start:end]) for start, end in masking.spans(old)]
    values = tuple(value for _, value in secrets)
    for start, value in secrets:
        if new.count(value) >= old.count(value):
            continue
        if (place := _literal_context(old, start)) and _holds_another(place, old, new, values):
            return f"the secret of {place.name} was replaced by another text: leave it as it is"
        if not any(one in new for one in values) and (mask := _new_mask(old, new)):
            return f"a secret was replaced by {mask[:20]}: leave it as it is"
    for found in _NAMED_LITERAL.finditer(new):
        name, value = found["name"], found["value"]
        if not _STANDS_FOR_A_SECRET.fullmatch(value.strip()) or not _SECRET_NAME.search(name):
            continue
        was = {one["value"] for one in _NAMED_LITERAL.finditer(old) if one["name"] == name}
        if any(was) and value not in was:
            return f"the value of {name} was replaced by {value[:20]}: leave it as it is"
    return ""


_ASSIGNMENT = r"(?::[^=\n\"'`]{0,60}=|:=|=>|={1,3}|:)"
_NAMED_LITERAL = re.compile(
    rf"(?P<name>[\w-]{{1,60}})[\"'`]?\]?[ \t]{{0,8}}{_ASSIGNMENT}[\s(]{{0,8}}"
    r"[A-Za-z]{0,2}(?P<quote>[\"'`])(?P<value>(?:(?!(?P=quote))[^\\\n]|\\.){0,400})(?P=quote)"
)
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
_LITERAL_CONTEXT = re.compile(
    rf"(?P<name>[\w-]{{1,60}})[\"'`]?\]?\s{{0,8}}(?:{_ASSIGNMENT}|(?P<listed>[(,]))[\s(]{{0,8}}"
    r"(?P<quote>[A-Za-z]{0,2}[\"'`])?(?P<lead>[^\"'`\n]{0,200})\Z"
)
_READ_FROM_ELSEWHERE = re.compile(r"\$|\{|#\{|%[(s{]")


@dataclass(frozen=True, slots=True)
class _LiteralContext:
    """The context of a literal: what it is assigned to, and how it begins before the secret."""

    name: str
    listed: bool
    quoted: bool
    lead: str

    @property
    def pattern(self) -> re.Pattern[str]:
        between = "[(,]" if self.listed else _ASSIGNMENT
        quote = r"[A-Za-z]{0,2}[\"'`]" if self.quoted else ""
        return re.compile(
            rf"(?<![\w-]){re.escape(self.name)}[\"'`]?\]?\s{{0,8}}{between}[\s(]{{0,8}}"
            rf"{quote}{re.escape(self.lead)}(?P<rest>[^\"'`\n]*)"
        )


def _literal_context(text: str, start: int) -> _LiteralContext | None:
    found = _LITERAL_CONTEXT.search(text[max(start - 400, 0) : start])
    if found is None:
        return None
    return _LiteralContext(
        found["name"], bool(found["listed"]), bool(found["quote"]), found["lead"]
    )


def _new_mask(old: str, new: str) -> str:
    """A mask that stands in the new text and not in the old one; empty where there is none."""
    return next((one["value"] for one in _MASK.finditer(new) if one[0] not in old), "")


def _holds_another(place: _LiteralContext, old: str, new: str, secrets: tuple[str, ...]) -> bool:
    """Whether a literal is new, not a secret, and not code that reads the secret from elsewhere."""
    had = {found["rest"] for found in place.pattern.finditer(old)}
    for found in place.pattern.finditer(new):
        rest = found["rest"]
        if rest in had or rest.startswith(secrets) or _READ_FROM_ELSEWHERE.match(rest):
            continue
        if place.quoted or not re.match(r"\w+[.(\[]", rest):
            return True
    return False
