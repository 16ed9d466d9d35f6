"""The contract of the clean-up: a longer stream only extends what a shorter one gave."""

from __future__ import annotations

from collections.abc import Callable

from foretype.completion.cleanup import Flow


def check_stream(raw: str, cleaned: Callable[[str, bool], Flow]) -> None:
    """Each beginning of a stream gives a beginning of what a longer one gives."""
    given = Flow("")
    for n in range(len(raw) + 1):
        flow, ended = cleaned(raw[:n], False), cleaned(raw[:n], True)
        assert flow.text.startswith(given.text), (raw[:n], given.text, flow.text)
        if given.done:
            assert (flow.text, flow.done) == (given.text, True), (raw[:n], given.text, flow.text)
        assert ended.text.startswith(flow.text), (raw[:n], flow.text, ended.text)
        if flow.done:
            assert ended.text == flow.text, (raw[:n], flow.text, ended.text)
        given = flow
