"""The table of languages: properties of all rows, and what the readers make of them."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import PurePath

import pytest

from foretype.completion.context import imports
from foretype.languages import lexical, refactor_traits, table
from foretype.languages.table import LANGUAGES, MARKDOWN, PLAIN, Language


def each_row(rows: tuple[Language, ...] = LANGUAGES) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", rows, ids=[row.ids[0] or "unnamed" for row in rows])


def test_each_id_suffix_and_file_name_belongs_to_one_row() -> None:
    for values in (
        [id_ for row in LANGUAGES for id_ in row.ids],
        [suffix for row in LANGUAGES for suffix in row.suffixes],
        [name for row in LANGUAGES for name in row.filenames],
    ):
        assert [value for value, count in Counter(values).items() if count > 1] == []


@each_row()
def test_a_row_is_found_by_each_of_its_names(row: Language) -> None:
    assert row.ids
    assert all(table.of_id(id_) is row for id_ in row.ids)
    assert all(table.of_file(PurePath("src", f"a{end.upper()}")) is row for end in row.suffixes)
    assert all(table.of_file(PurePath("src", name)) is row for name in row.filenames)
    assert all(end.startswith(".") and end == end.lower() for end in row.suffixes)


@each_row()
def test_one_step_of_indentation_is_a_tab_or_blanks(row: Language) -> None:
    assert re.fullmatch(r"\t| {2,8}", row.indentation)


@each_row()
def test_keywords_are_words_and_import_lines_are_patterns(row: Language) -> None:
    words = row.keywords.split()
    assert len(words) == len(set(words))
    assert all(word.isidentifier() for word in words)
    for pattern in row.import_lines:
        assert re.compile(pattern).match("") is None


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("python", "from a.b import c"),
        ("javascript", "const a = require('a')"),
        ("typescript", "import { a } from './a'"),
        ("go", "package main"),
        ("rust", "use crate::a;"),
        ("rust", "mod a;"),
        ("java", "import a.B;"),
        ("c", "#include <a.h>"),
        ("cpp", "using namespace a;"),
        ("csharp", "using A.B;"),
        ("php", "use A\\B;"),
        ("ruby", "require_relative 'a'"),
        ("lua", "require('a')"),
        ("haskell", "module A.B where"),
    ],
)
def test_a_row_knows_the_lines_that_import(language: str, line: str) -> None:
    assert any(re.match(pattern, line) for pattern in table.of_id(language).import_lines)


@each_row(tuple(row for row in LANGUAGES if row.shape))
def test_a_row_whose_blocks_are_known_says_all_that_a_refactoring_needs(row: Language) -> None:
    assert row.name and row.comment and row.family and row.functions
    assert "{stem}" in row.tests and row.framework
    for pattern in (row.literals, *row.functions, *row.types):
        re.compile(pattern)
    assert all(re.compile(pattern).groups == 1 for pattern in (*row.functions, *row.types))


@each_row(tuple(row for row in LANGUAGES if not row.shape and row is not MARKDOWN))
def test_a_row_whose_blocks_are_not_known_is_refactored_as_plain_text(row: Language) -> None:
    assert not (row.comment or row.block_comment or row.literals or row.functions or row.types)
    assert not (row.tests or row.framework or row.tags or row.grammars)
    assert refactor_traits.of_id(row.ids[0]) is PLAIN


@each_row(tuple(row for row in LANGUAGES if row.checks_syntax))
def test_completions_are_checked_only_where_a_grammar_is_named(row: Language) -> None:
    assert row.grammars


@each_row(tuple(row for row in LANGUAGES if row.embeds_scripts))
def test_what_embeds_scripts_is_scanned_as_markup(row: Language) -> None:
    assert row.is_markup and row.family == "html"


@each_row(tuple(row for row in LANGUAGES if row.is_document))
def test_a_document_is_prose_with_lists(row: Language) -> None:
    assert row.is_prose and row.has_lists


def test_every_family_is_there_and_is_used() -> None:
    assert {row.family for row in LANGUAGES if row.family} == set(lexical._FAMILIES)
    for row in LANGUAGES:
        assert (lexical.family_of(row.ids[0]) is None) == (not row.family)


def test_every_style_of_imports_has_a_reader() -> None:
    assert {row.imports for row in LANGUAGES if row.imports} == set(imports._READERS)


def test_the_tags_of_fences_belong_to_one_name() -> None:
    names: dict[str, str] = {}
    for row in LANGUAGES:
        for tag in (*row.ids, *row.tags) if row.shape else ():
            assert names.setdefault(tag, row.name) == row.name
            found = refactor_traits.of_tag(tag.upper())
            assert found is not None and found.name == row.name


@pytest.mark.parametrize(
    ("spellings", "tag"),
    [
        (("shellscript", "sh", "bash", "zsh"), "sh"),
        (("javascriptreact", "jsx"), "jsx"),
        (("typescriptreact", "tsx"), "tsx"),
        (("markdown", "quarto", "rmd"), None),
        (("latex", "tex"), None),
        (("makefile", "make"), None),
    ],
)
def test_how_an_editor_spells_an_id_makes_no_difference(
    spellings: tuple[str, ...], tag: str | None
) -> None:
    rows = {table.of_id(id_) for id_ in spellings}
    assert len(rows) == 1
    if tag is not None:
        assert refactor_traits.of_tag(tag) in rows


def test_what_is_not_listed_is_plain() -> None:
    assert table.of_id("brainfuck") is PLAIN is table.of_suffix(".bf")
    assert refactor_traits.of_id("brainfuck") is PLAIN
    assert refactor_traits.of_tag("brainfuck") is None
