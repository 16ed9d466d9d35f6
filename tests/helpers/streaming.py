"""The contract of postprocessing: a longer stream only extends what a shorter one gave."""

from __future__ import annotations

from foretype.completion.postprocess import CompletionContext, Postprocessor


def streamed(raw: str, ctx: CompletionContext) -> str:
    """What an answer becomes, character by character: each piece only extends what was given."""
    whole = Postprocessor(ctx).feed(raw, final=True)
    stream, given = Postprocessor(ctx), ""
    for character in raw:
        text = stream.feed(character)
        assert text.startswith(given), (raw, given, text)
        given = text
    assert stream.feed("", final=True) == whole, raw
    assert whole.startswith(given), (raw, given, whole)
    return whole
