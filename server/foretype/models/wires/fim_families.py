"""Fill-in-the-middle prompt formats of model families.

Needed for servers that take one prompt and no suffix. Chosen by the model's name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A family's prompt format and stop sequences."""

    name: str
    models: str
    """A regular expression searched for in a model's lower-case name."""
    prompt: str
    """The prompt template with ``{prefix}`` and ``{suffix}``."""
    stops: tuple[str, ...]
    """At most four, the likeliest first. Text is cut at these if a server emits them."""

    def write(self, prefix: str, suffix: str) -> str:
        """Build the prompt for a prefix and a suffix."""
        # Not str.format: code is full of braces.
        parts = re.split(r"(\{prefix\}|\{suffix\})", self.prompt)
        places = {"{prefix}": prefix, "{suffix}": suffix}
        return "".join(places.get(part, part) for part in parts)


FAMILIES = (
    Family(
        name="qwen",
        models=r"qwen.*coder|codeqwen|qwen-?2\.5|qwen3",
        prompt="<|fim_prefix|>{prefix}<|fim_suffix|>{suffix}<|fim_middle|>",
        stops=("<|endoftext|>", "<|fim_pad|>", "<|file_sep|>", "<|im_end|>"),
    ),
    Family(
        name="codellama",
        models=r"code-?llama",
        prompt="<PRE> {prefix} <SUF>{suffix} <MID>",
        stops=("<EOT>", "</s>"),
    ),
    Family(
        name="deepseek",
        models=r"deepseek-?coder|deepseek-?v[23]",
        prompt="<｜fim▁begin｜>{prefix}<｜fim▁hole｜>{suffix}<｜fim▁end｜>",
        stops=("<｜end▁of▁sentence｜>", "<|EOT|>", "<｜fim▁begin｜>"),
    ),
    Family(
        name="starcoder",
        models=r"starcoder|stable-?code|refact|granite-?(?:\d+b-)?code|granite-?(?:code|3)|yi-coder",
        prompt="<fim_prefix>{prefix}<fim_suffix>{suffix}<fim_middle>",
        stops=("<|endoftext|>", "<file_sep>", "<fim_pad>", "<fim_prefix>"),
    ),
    Family(
        name="granite4",
        models=r"granite-?4",
        prompt="<|fim_prefix|>{prefix}<|fim_suffix|>{suffix}<|fim_middle|>",
        stops=("<|end_of_text|>", "<|fim_pad|>", "<|fim_prefix|>"),
    ),
    Family(
        name="codegemma",
        models=r"code-?gemma",
        prompt="<|fim_prefix|>{prefix}<|fim_suffix|>{suffix}<|fim_middle|>",
        stops=("<|file_separator|>", "<end_of_turn>", "<eos>", "<|fim_prefix|>"),
    ),
    Family(
        name="codestral",
        models=r"codestral|mamba-?codestral|devstral",
        prompt="[SUFFIX]{suffix}[PREFIX]{prefix}",
        stops=("</s>", "[SUFFIX]", "[PREFIX]"),
    ),
    Family(
        name="seed",
        models=r"seed-?coder",
        prompt="<[fim-suffix]>{suffix}<[fim-prefix]>{prefix}<[fim-middle]>",
        stops=("<[end▁of▁sentence]>", "<[fim-suffix]>"),
    ),
)


def family_of(model: str) -> Family | None:
    """Return the family of a model by its name; None if unknown."""
    name = model.lower()
    return next((family for family in FAMILIES if re.search(family.models, name)), None)
