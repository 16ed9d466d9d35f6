"""Secrets in the code to be changed: hidden from the model, put back into what it returns.

The gate masks every prompt on its way out, whatever this module does. But a masked secret would
come back as a mask, and the user's own would be lost; so each gets a mask of its own here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from foretype import masking


@dataclass
class Secrets:
    """The secrets met so far, each with the mask that stands for it."""

    text: str
    """The document: masks are chosen that do not occur in it."""
    masks: dict[str, str] = field(default_factory=dict)

    def hide(self, text: str) -> str:
        """The text with a numbered mask for every secret."""
        pieces, at = [], 0
        for start, end in masking.spans(text):
            pieces += [text[at:start], self._mask(text[start:end])]
            at = end
        return "".join([*pieces, text[at:]])

    def restore(self, text: str) -> str:
        """The text with the secrets in the place of their masks."""
        for secret, mask in self.masks.items():
            escaped = secret.replace("\\", r"\\")
            text = re.sub(rf"(?<!\w){mask}(?!\w)", escaped, text)
        return text

    def left(self, text: str) -> bool:
        """Whether a mask stands in a text for which there is no secret."""
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
