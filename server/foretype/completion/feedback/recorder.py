"""The answers that were given: counted, and the last ones kept."""

from __future__ import annotations

from collections import Counter, OrderedDict

from foretype.completion.suggestion import Answer, NoSuggestion, Reason, Suggestion

MAX_IMPORTING = 20
"""Suggestions that are kept until one of them is accepted."""


class AnswerRecorder:
    """The one record of a session's answers, for ``foretype.why`` and ``foretype.stats``."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        """How often each kind of answer was given."""
        self.sources: Counter[str] = Counter()
        """Where the suggestions came from."""
        self.last: Answer | None = None
        self.last_suggestion: Suggestion | None = None
        self.importing: OrderedDict[str, Suggestion] = OrderedDict()
        """The latest suggestions of a model, by their ids: imports may still come with them."""

    def record(self, answer: Answer) -> None:
        """Count an answer, and keep it unless the client has moved on."""
        if isinstance(answer, Suggestion):
            self.counts["shown"] += 1
            self.sources[answer.source.value] += 1
            self.last = self.last_suggestion = answer
            if answer.stream is not None:
                self.importing[answer.id] = answer
                while len(self.importing) > MAX_IMPORTING:
                    self.importing.popitem(last=False)
            return
        self.counts[answer.reason.name.lower()] += 1
        if not answer.reason.is_outdated:
            self.last = answer

    def record_unknown_document(self) -> None:
        """Record a request for a document that is not open."""
        self.counts["requests"] += 1
        self.record(NoSuggestion(Reason.NO_DOCUMENT))
