"""The answers that the bench of refactorings makes: good ones in many manners, and bad ones."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest

from benches.refactor_cases import SETS, Case, Group, Rewrite, functions
from benches.refactor_manners import MANNERS, ODD_MANNERS, good_cases
from benches.refactor_mutations import MUTATIONS, ODD_MUTATIONS, bad_cases
from benches.refactor_snippets import MORE_RISKS

PYTHON = """\
from __future__ import annotations
import asyncio, logging

__all__ = ["Store"]


class Store(dict):
    limit = 10

    # Reads one.
    async def read(self, key, most=3):
        def slow(text):
            text = text.strip()
            return text

        count = 0  # of all
        logging.info("read")
        try:
            value = await asyncio.sleep(most)
        except ValueError:
            raise KeyError(key)
        self.close()
        if key < most:
            count += 1
        else:
            count = 2
        yield slow(value), count
"""
GO = """\
package shop

func (s *Store) Read(name string) (int, error) {
	s.mu.Lock()
	value, err := s.load(name)
	if err != nil {
		return 0, err
	}
	s.count(value)
	switch value {
	case 1:
		value = 2
	default:
		value = 3
	}
	return value, nil
}
"""
JAVA = """\
package shop;

class Store {
    enum Kind {
        FIRST,
        SECOND,
        THIRD,
    }

    int read(String name) {
        int value = 0;
        try {
            value = load(name);
        } catch (IOException e) {
            log(e);
        }
        return value;
    }
}
"""
GROUPS: tuple[Group, ...] = ("usual", "odd")
LANGUAGES = {"python": PYTHON, "go": GO, "java": JAVA}


def rewrite_of(language: str, text: str | None = None) -> Rewrite:
    """A function that becomes what it is already, so that a mutation is all that changes."""
    text = text or LANGUAGES[language]
    function = functions(text, language)[0]
    code = "\n".join(text.split("\n")[function.first : function.last + 1])
    return Rewrite(language, f"store.{language}", text, function, code, function.header)


def file_with(rewrite: Rewrite, made: Case | str) -> str:
    """The file with a mutation's code in the place of what it answers."""
    if isinstance(made, str):
        return rewrite.with_code(made)
    lines = made.text.split("\n")
    first, last = made.selected or (rewrite.old.first, rewrite.old.last)
    lines[first : last + 1] = made.answer.split("\n")[1:-1]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("language", "kind", "was", "now"),
    [
        ("python", "await dropped", "value = await asyncio.sleep", "value = asyncio.sleep"),
        ("python", "handler widened", "except ValueError:", "except Exception:"),
        ("python", "error swallowed", "raise KeyError(key)\n", "pass\n"),
        ("python", "constant condition", "if key < most:", "if False:"),
        ("python", "trailing comments gone", "count = 0  # of all", "count = 0"),
        ("python", "call dropped", '        logging.info("read")\n', ""),
        ("python", "branch dropped", "        else:\n            count = 2\n", ""),
        ("python", "binding dropped", "        count = 0  # of all\n", ""),
        ("python", "generator no more", "yield slow", "return slow"),
        ("python", "default changed", "most=3", "most=7"),
        ("python", "receiver changed", "(self, key", "(key"),
        ("python", "base class dropped", "class Store(dict):", "class Store:"),
        ("python", "field dropped", "    limit = 10\n", ""),
        ("python", "export dropped", '__all__ = ["Store"]\n', ""),
        ("python", "import dropped", "import asyncio, logging\n", ""),
        ("python", "head line dropped", "from __future__ import annotations\n", ""),
        ("go", "clean-up dropped", "\ts.mu.Lock()\n", ""),
        ("go", "case dropped", "\tcase 1:\n\t\tvalue = 2\n", ""),
        ("go", "receiver changed", "(s *Store)", "(s Store)"),
        ("go", "error swallowed", "err := s.load(name)\n\tif err != nil {\n\t\treturn 0, err\n\t}",
         "_ := s.load(name)"),
        ("java", "enumerator dropped", "        FIRST,\n", ""),
        ("java", "handler widened", "catch (IOException e)", "catch (Throwable e)"),
    ],
)  # fmt: skip
def test_a_mutation_changes_one_place(language: str, kind: str, was: str, now: str) -> None:
    rewrite = rewrite_of(language)
    made = ODD_MUTATIONS[kind](rewrite, random.Random(0))
    assert was in rewrite.text
    assert made and file_with(rewrite, made) == rewrite.text.replace(was, now, 1)


def test_every_kind_of_bad_answer_can_be_made() -> None:
    """Of a function that has what the kinds take away, all are made but for another's language."""
    found = [rewrite_of(language) for language in LANGUAGES]
    kinds = Counter(case.group for case in bad_cases(found, "odd"))
    assert set(ODD_MUTATIONS) == set(kinds)
    assert max(kinds.values()) <= 3
    assert not set(ODD_MUTATIONS) & set(MUTATIONS)


def test_a_bad_answer_has_no_truth_and_is_made_anew_the_same() -> None:
    found = [rewrite_of("python")]
    cases = list(bad_cases(found, "odd"))
    assert cases == list(bad_cases(found, "odd"))
    assert not any(case.truth for case in cases)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_good_answer_holds_the_code_in_every_manner(language: str) -> None:
    plain = rewrite_of(language)
    rewrite = replace(plain, new=plain.new.replace("value", "worth"))
    for group in GROUPS:
        cases = list(good_cases([rewrite], group))
        assert len({case.group for case in cases}) == len(cases)
        assert all(case.truth == rewrite.truth and "worth" in case.answer for case in cases)
    assert not set(MANNERS) & set(ODD_MANNERS)


def test_a_diff_without_numbers_still_says_what_changes() -> None:
    rewrite = rewrite_of("go")
    rewrite = replace(rewrite, new=rewrite.new.replace("= 3", "= 4"))
    answer = ODD_MANNERS["diff without numbers"](rewrite)
    assert "@@ ... @@" in answer
    assert "-\t\tvalue = 3\n+\t\tvalue = 4" in answer
    patch = ODD_MANNERS["apply_patch"](rewrite)
    assert patch.startswith("*** Begin Patch\n*** Update File: src/store.go\n@@\n")
    assert patch.endswith("\n*** End Patch")


def test_no_package_is_in_two_sets_of_a_language() -> None:
    for language in {language for packages in SETS.values() for language in packages}:
        names = [
            package.split()[1]
            for packages in SETS.values()
            for package in packages.get(language, ())
        ]
        assert len(set(names)) == len(names), language


def test_every_language_has_risks_of_its_own() -> None:
    assert all(len(risks) == len(set(risks)) >= 6 for risks in MORE_RISKS.values())
