"""C and C++ read without their macros: what is found in files that no grammar can read whole."""

from __future__ import annotations

import re

import pytest
from helpers.spots import spot
from hypothesis import given
from hypothesis import strategies as st

from foretype.languages import refactor_traits
from foretype.languages.definitions import outline_of
from foretype.languages.grammars import best_tree
from foretype.languages.macros import without_macros

CPP = refactor_traits.of_id("cpp")


@pytest.mark.parametrize(
    ("drawn", "function"),
    [
        # Before what they say something of.
        ("LIB_INLINE A::A(int x)\n    : x_(x)\n    , y_(0)\n{\n    g(‸x);\n}", "A"),
        ("class LIB_API A : public B {\n public:\n  A()\n      : x_(0), y_(1) {\n    ‸}\n};", "A"),
        ("template <class T> static LIB_INLINE\nT f(T &x)\n{\n    return ‸x;\n}", "f"),
        ("class LIB_API A {\npublic:\n  A() : x_(0) {}\n  void f() {\n    ‸g();\n  }\n};", "f"),
        # Lines of their own.
        ("LIB_DECLARE(A)\n\ninline void f(int a)\n{\n    g(‸a);\n}", "f"),
        ("LIB_BEGIN\n\nvoid f(int a)\n{\n    g(‸a);\n}\n\nLIB_END", "f"),
        (
            "struct A {\n    LIB_PROPERTY(bool on READ on WRITE setOn)\n"
            "    void f() {\n        ‸g();\n    }\n};",
            "f",
        ),
        # Behind parameters, and behind enumerators.
        (
            "struct A {\n    A(A &&a) LIB_NOEXCEPT : x(a.x),\n      y(a.y)\n    {\n        ‸}\n};",
            "A",
        ),
        (
            'struct A {\n    enum B { C LIB_OLD("D") = 1 };\n'
            "    int f() {\n        return ‸1;\n    }\n};",
            "f",
        ),
        # Heads of blocks, and parts of classes.
        (
            "void f() {\n    LIB_TRY\n    {\n        ‸g();\n    }\n    LIB_CATCH(x)\n    h();\n}",
            "f",
        ),
        ("class A {\npublic LIB_SLOTS:\n    void f() {\n        ‸g();\n    }\n};", "f"),
        # Directives within a function, and branches that each begin the same block.
        (
            "void f(A *a)\n{\n#ifdef X\n    if (a->b() &&\n        a->c()) {\n#else\n"
            "    if (a->b()) {\n#endif\n        g(‸a);\n    } else {\n        h();\n    }\n}",
            "f",
        ),
        ("A::A(int x)\n#ifdef X\n    : x(g(x))\n#else\n    : x(x)\n#endif\n{\n    h(‸x);\n}", "A"),
        ('inline int f(int a)\n#line 1 "a.y"\n{\n    return ‸a;\n}\n', "f"),
        # What is whole in each branch stays.
        ("#ifdef X\nvoid f() {\n    g();\n}\n#else\nLIB_API void h() {\n    ‸g();\n}\n#endif", "h"),
    ],
)
def test_functions_are_found_beside_macros(drawn: str, function: str) -> None:
    here = spot(f"LIB_EXPORT_ALL(a, b)\nstruct X;\n{drawn}\n", "cpp")
    assert here.function is not None
    assert here.function.name == function
    assert here.code(here.function).endswith("}")
    assert not best_tree(here.document.text, "C++").root_node.has_error


def test_names_of_types_and_tests_stay() -> None:
    code = "DWORD x = MAX_SIZE;\nHANDLE h;\nTEST(A, b)\n{\n    RUN(A::B);\n}\n"
    assert without_macros(code, CPP) == code


def test_macros_are_still_in_the_text_of_what_they_stand_in() -> None:
    code = "LIB_API int f(int a) LIB_NOEXCEPT {\n    return a;\n}\n"
    (found,) = outline_of(code, CPP).definitions
    assert (found.name, found.result) == ("f", "int")
    assert b"LIB_NOEXCEPT" in found.node.text


_PIECES = [
    *("LIB_API ", "A_B(é, (c))", "#if X\n", "#else\n", "#endif\n", "# define A_B {\\\n é\n", "\n"),
    *("void f(", ") ", "{", "}", ";", '"é', '"', "/* A_B é", "*/", "// A_B\n", "é", "\r\n", ": "),
]


@given(st.lists(st.sampled_from(_PIECES), max_size=40))
def test_every_byte_stays_where_it_is(pieces: list[str]) -> None:
    code = "".join(pieces)
    before, after = (each.encode() for each in (code, without_macros(code, CPP)))
    assert len(before) == len(after)
    assert [m.start() for m in re.finditer(rb"[\r\n]", before)] == [
        m.start() for m in re.finditer(rb"[\r\n]", after)
    ]
    assert all(now in (was, ord(" ")) for was, now in zip(before, after, strict=True))
