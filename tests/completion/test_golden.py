"""Every oddity that a model has shown, one file each in ``golden/``; see its README."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.completion_places import context_at
from helpers.golden_cases import FILES, Case, cuts, read
from helpers.marks import cursor as drawn

from foretype.completion.complete_text import complete_text
from foretype.completion.postprocess import Postprocessor
from foretype.completion.postprocess.extent import Shaped
from foretype.core.cursor import Cursor
from foretype.settings.schema import CompletionSettings

CHANGED = {
    "closer-angle-is-own-at-end": "a name said again with its bracket is an echo more often",
    "closer-angle-is-own": "a name said again with its bracket is an echo more often",
    "closer-junk": "a lone closer may close what a string or a pattern above hides: do no harm",
    "diff-fence-marked": "the fence is dropped and the added line shown: better than nothing",
    "echo-blank-lines": "two blank lines more: an answer's own blank lines stay",
    "echo-brackets-tuple-is-meant": "brackets in brackets: either is meant, an echo more often",
    "echo-call-is-nested": "a call said again is an echo more often than nested",
    "echo-hole-braces": "stays in its braces: not worth a rule",
    "echo-hole-string": "stays as it is: not worth a rule",
    "echo-hole": "a file without another hole does not tell that its braces are said again",
    "echo-letter-is-new": "`p` becomes `print(p)` rather than `pprint(p)`: as good",
    "echo-line-is-last-said": "an answer that only repeats the line is cut off inside it",
    "echo-list-brackets": "brackets in brackets: either is meant",
    "echo-list-of-names-is-meant": "brackets in brackets: either is meant, an echo more often",
    "echo-quotes-content": "what a string holds is said again in part: not worth a rule",
    "echo-tag-is-new": "the same tag below a tag is the line above said again more often",
    "indent-after-deeper-line": "blanks like the cursor's may be meant: a deeper line, do no harm",
    "indent-again-in-comment": "blanks like the cursor's may be meant; one too many in a comment",
    "indent-blank-in-hole": "a blank inside braces is harmless",
    "indent-dedent-is-meant": "a body at the margin is likelier than a line that leaves two blocks",
    "indent-in-string": "the text of a string may begin with blanks",
    "indent-namespace": "one line below a namespace does not tell that its body is flat",
    "join-assignment": "a short file does not tell that the word is whole",
    "join-block-do": "a short file does not tell that nothing follows the bar",
    "join-call": "a short file does not tell that the word is whole",
    "join-end": "a short file does not tell that the word is whole",
    "join-not-condition": "the statement stands below the condition: still right code",
    "join-not-inline-object": "the object begins below its brace: still right code",
    "join-not-shell": "a word behind a quote in a shell: no rule for one language",
    "join-quote": "a short file does not tell that the word is whole",
    "join-word": "a short file does not tell that the word is whole",
}
"""By the file's name: why another outcome is as good, or the case not worth what it costs."""


def shown(case: Case, cursor: Cursor, pieces: list[str]) -> Shaped:
    """What the product shows in the end of an answer in pieces."""
    settings = CompletionSettings(multiline=case.multiline)  # type: ignore[arg-type]
    raw = "".join(pieces)
    stream = Postprocessor(context_at(cursor, case.multiline))
    for piece in pieces:
        stream.feed(piece)
    is_cut = case.finish == "length"
    completion = complete_text(raw, cursor, settings, is_cut=is_cut, after_accept=case.after_accept)
    assert stream.feed("", final=True) == completion.text, pieces
    return completion.extent


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.stem))
def test_shows(path: Path) -> None:
    case = read(path)
    cursor = drawn(case.text, language=case.language, uri=f"file:///project/{case.language}")
    for pieces in cuts(case):
        extent = shown(case, cursor, pieces)
        holds = (extent.whole_lines, extent.replaces) == (case.shows, case.replaces)
        assert holds or path.stem in CHANGED, (case.description, pieces, extent)
        if holds and path.stem in CHANGED:
            pytest.fail(f"{path.stem} holds again: take it off the list")


def test_the_list_names_cases_only() -> None:
    assert CHANGED.keys() <= {path.stem for path in FILES}


def test_the_cases_are_told_apart_and_of_many_languages() -> None:
    cases = [read(path) for path in FILES]
    assert len({case.description for case in cases}) == len(cases)
    assert len({case.language for case in cases}) >= 12
    assert all(case.description.strip() for case in cases)
