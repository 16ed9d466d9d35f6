"""Watch one answer to a completion, and record what it shows of the endpoint."""

from __future__ import annotations

from dataclasses import dataclass, field

from foretype.core.deadline import now
from foretype.core.tokens import CHARS_PER_TOKEN
from foretype.models.measured import Measured
from foretype.models.protocol import Chunk, Prompt


@dataclass(slots=True)
class AnswerObserver:
    """Records the time to the first token, and tokens of reasoning. For completions only: other
    prompts are longer, and wait and reason for longer."""

    measured: Measured
    prompt: Prompt
    sent_at: float = field(default_factory=now)
    """When the request was sent, on the event loop's clock."""
    _n_reasoning_chars: int = 0
    _n_counted: int | None = None
    """Tokens of reasoning as the provider counts them."""
    _heard: bool = False
    _had_text: bool = False
    _finish: str = ""

    def sent(self) -> None:
        """The request is sent, maybe again in another variant."""
        self.sent_at = now()

    def saw(self, chunk: Chunk) -> None:
        """Take a chunk into account."""
        if not self._is_completion:
            return
        if not self._heard and (chunk.text or chunk.reasoning or chunk.finish):
            self._heard = True
            self.measured.saw_first_token(now() - self.sent_at)
        if chunk.text and not self._had_text:
            self._had_text = True
            self.measured.saw_first_text(now() - self.sent_at)
        self._n_reasoning_chars += len(chunk.reasoning)
        if chunk.usage is not None:
            self._n_counted = chunk.usage.reasoning_tokens or None
            if chunk.finish and not self._had_text and chunk.finish == "length":
                # Some neither show nor count their reasoning.
                self._n_counted = max(self._n_counted or 0, chunk.usage.output_tokens)
        self._finish = self._finish or chunk.finish

    def ended(self, *, aborted: bool) -> None:
        """The stream is over; ``aborted`` if the caller closed it."""
        if not self._is_completion:
            return
        if not self._heard:
            if aborted:
                self.measured.waited(now() - self.sent_at)
            return
        tokens = max(self._n_reasoning_chars / CHARS_PER_TOKEN, self._n_counted or 0)
        is_cut = self._finish == "length" and not self._had_text
        if is_cut:
            self.measured.saw_thought(max(tokens, self.prompt.max_tokens), ended_inside=True)
        elif self._had_text or self._finish or tokens > self.measured.tokens_before_text:
            self.measured.saw_thought(tokens)

    @property
    def _is_completion(self) -> bool:
        return bool(self.prompt.text_tokens)
