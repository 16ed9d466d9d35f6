"""What to show at this moment: the one decision between text that is there and waiting on.

Pure: it gets the generations that fit and what is visible, and gives what to show now, or None to
wait for more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from foretype.completion.generation.generation import Generation
from foretype.completion.postprocess.extent import Shaped, shape
from foretype.completion.suggestion import NoSuggestion, Reason
from foretype.core.cursor import Cursor
from foretype.settings.schema import Multiline


@dataclass(frozen=True, slots=True)
class Choice:
    """Text to show now, and the generation it is from; None where it was visible already."""

    shaped: Shaped
    generation: Generation | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A generation that fits a cursor, and what of it would be shown there."""

    generation: Generation
    rest: str
    """What of its text is not typed yet."""
    shaped: Shaped

    @property
    def is_bare(self) -> bool:
        """Whether no whole line of it is there."""
        return not self.shaped.settled and not self.shaped.whole_lines

    @property
    def is_spent(self) -> bool:
        """Whether nothing of it can ever be shown here.

        It ended before a whole line came, or all of its text stands before the cursor, but for a
        line that was cut.
        """
        generation = self.generation
        if generation.running:
            return False
        if generation.complete:
            typed = len(generation.text) - len(self.rest) - len(generation.lead)
            is_cut = _cut_in_line(generation) and self.is_bare
            return typed > 0 and (is_cut or not self.rest.strip())
        return not self.shaped.whole_lines

    @property
    def is_empty(self) -> bool:
        """Whether it ended with nothing to show here, or with no whole line."""
        shaped = self.shaped
        if shaped.settled:
            return not shaped.text
        return not self.generation.running and not shaped.whole_lines


def candidates(
    fits: Sequence[tuple[Generation, str]],
    cursor: Cursor,
    *,
    multiline: Multiline,
    after_accept: bool,
) -> list[Candidate]:
    """What each fitting generation would show at a cursor, the best first."""
    shaped = [
        Candidate(
            generation,
            rest,
            shape(
                rest,
                cursor,
                finished=generation.complete and not _cut_in_line(generation),
                multiline=multiline,
                after_accept=after_accept,
            ),
        )
        for generation, rest in fits
    ]
    return [candidate for candidate in shaped if not candidate.is_spent]


def choose(ready: Sequence[Candidate], visible: Shaped, *, impatient: bool) -> Choice | None:
    """The text to show now, or None where waiting may bring more.

    What is visible stays: only a text that extends it takes its place. ``impatient``: whole
    lines are enough, the end of the suggestion need not have come.
    """
    for candidate in ready:
        shaped = candidate.shaped
        if visible.text and not shaped.text.startswith(visible.text):
            continue
        text = shaped.text if shaped.settled else shaped.whole_lines
        if not text.strip():
            continue
        if shaped.settled or impatient or (visible.text and len(text) >= len(visible.text)):
            return Choice(Shaped(text, shaped.settled, shaped.replaces), candidate.generation)
    if visible.text.strip():
        return Choice(visible, None)
    return None


def why_no_text(ready: Sequence[Candidate]) -> NoSuggestion | None:
    """Why there is nothing to show, once every generation that fits has ended with nothing."""
    if not ready or not all(candidate.is_empty for candidate in ready):
        return None
    generation = ready[0].generation
    if generation.is_thinking:
        return NoSuggestion(Reason.REASONING)
    if _cut_in_line(generation):
        return NoSuggestion(Reason.CUT)
    if generation.raw.strip():
        return NoSuggestion(Reason.FILTERED, generation.refused)
    return NoSuggestion(Reason.EMPTY)


def _cut_in_line(generation: Generation) -> bool:
    # The answer was cut in the middle of a line, unless the end was ours.
    return generation.cut_short and not generation.text.endswith(("\n", "\r"))
