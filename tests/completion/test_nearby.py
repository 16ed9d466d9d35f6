"""What the prompt says of other places: found by imports and likeness, and never what must stay."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from helpers.marks import cursor as drawn
from helpers.secret_samples import FORMS, filled
from helpers.virtual import run as run_virtual
from helpers.virtual import virtual

from foretype.completion.context.background import REST, RetrievedContexts
from foretype.completion.context.imports import imports_of
from foretype.completion.context.prompt import MARK, build_prompt
from foretype.completion.context.recent_edits import RecentEdits
from foretype.completion.context.snippets import (
    MAX_FILE_CHARS,
    choose_snippets,
    is_generated,
    pieces,
    read_imported,
    read_similar,
)
from foretype.completion.context.window import gather, short_path
from foretype.core.cursor import Cursor
from foretype.core.text import Document, Edit
from foretype.core.uris import path_of
from foretype.privacy.gate import Gate
from foretype.privacy.masking import mask
from foretype.settings.schema import Settings


def project(folder: Path, files: Mapping[str, str]) -> Path:
    """A repository with some files."""
    (folder / ".git").mkdir()
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def opened(path: Path, language: str) -> Document:
    return Document(path.as_uri(), path.read_text(encoding="utf-8"), language)


def read_names(path: Path, language: str) -> list[str]:
    """The files read for one, by their names within the project."""
    found = read_imported(opened(path, language), lambda _: None, ())
    paths = [path_of(document.uri) for document in found]
    root = next(folder for folder in path.parents if (folder / ".git").exists())
    return [each.relative_to(root).as_posix() for each in paths if each]


IMPORTS = [
    ("python", "app/a.py", "from .shop import (\n    Cart,\n    Item,\n)\n", "app/shop.py"),
    ("python", "app/a.py", "from . import shop\n", "app/shop.py"),
    ("python", "app/sub/a.py", "from ..shop import Cart\n", "app/shop.py"),
    ("python", "app/sub/a.py", "import app.shop\n", "app/shop.py"),
    ("python", "app/a.py", "import os, app.shop as s\n", "app/shop.py"),
    ("python", "a.py", "from app import shop\n", "app/__init__.py"),
    (
        "typescript",
        "src/a.ts",
        'import {\n  Cart,\n  type Item,\n} from "./shop";\n',
        "src/shop.ts",
    ),
    ("typescript", "src/a.ts", 'import { Cart } from "./shop.js";\n', "src/shop.ts"),
    ("typescript", "src/a.ts", 'export * from "../lib";\n', "lib/index.ts"),
    ("javascript", "src/a.js", "const { Cart } = require('./shop');\n", "src/shop.js"),
    ("go", "shop/a.go", "package shop\n", "shop/cart.go"),
    ("rust", "src/main.rs", "mod shop;\n", "src/shop.rs"),
    ("rust", "src/app/a.rs", "use crate::shop::{Cart, Item};\n", "src/shop.rs"),
    ("rust", "src/app/a.rs", "use super::shop::Cart;\n", "src/app/shop/mod.rs"),
    ("java", "src/de/x/A.java", "package de.x;\n\nimport de.y.Cart;\n", "src/de/y/Cart.java"),
    ("c", "src/a.c", '#include <stdio.h>\n#include "shop.h"\n', "src/shop.h"),
    ("cpp", "src/a.cpp", '#include "shop.hpp"\n', "include/shop.hpp"),
    ("ruby", "lib/a.rb", "require 'json'\nrequire_relative 'shop/cart'\n", "lib/shop/cart.rb"),
]


@pytest.mark.parametrize(("language", "name", "text", "meant"), IMPORTS)
def test_the_file_that_an_import_names_is_read(
    tmp_path: Path, language: str, name: str, text: str, meant: str
) -> None:
    root = project(tmp_path, {name: text, meant: "the definitions\n"})
    assert read_names(root / name, language) == [meant]


def test_names_that_are_imported_over_several_lines_are_known() -> None:
    text = "from shop import (\n    Cart,\n    Item as Thing,\n)\n"
    names = imports_of(Document("file:///project/a.py", text, "python")).names
    assert {"Cart", "Item"} <= names


def test_an_unsaved_document_has_names_and_no_files() -> None:
    found = imports_of(Document("untitled:1", "from .shop import Cart\n", "python"))
    assert (found.names, found.files) == (frozenset({"Cart"}), ())


def test_nothing_outside_of_the_project_is_read(tmp_path: Path) -> None:
    (tmp_path / "outside.py").write_text("SECRET = 1\n")
    (tmp_path / "work").mkdir()
    text = "from ..outside import SECRET\nfrom ....outside import SECRET\nimport outside\n"
    root = project(tmp_path / "work", {"app/a.py": text})
    assert read_names(root / "app/a.py", "python") == []
    script = 'import { x } from "../../outside.py";\n'
    (root / "app/a.js").write_text(script)
    assert read_names(root / "app/a.js", "javascript") == []


def test_without_a_project_only_the_own_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "other.py").write_text("x = 1\n")
    (tmp_path / "sub" / "beside.py").write_text("y = 1\n")
    path = tmp_path / "sub" / "a.py"
    path.write_text("import other\nimport beside\n")
    found = read_imported(opened(path, "python"), lambda _: None, ())
    assert [document.uri for document in found] == [(tmp_path / "sub" / "beside.py").as_uri()]


@pytest.mark.parametrize(
    ("name", "rules", "secret"),
    [
        ("kept.py", "", False),
        ("ignored.py", "ignored.py\n", True),
        ("build/made.py", "build/\n", True),
    ],
)
def test_ignored_files_are_not_read(tmp_path: Path, name: str, rules: str, secret: bool) -> None:
    module = name.removesuffix(".py").replace("/", ".")
    files = {"a.py": f"from .{module} import x\n", name: "x = 1\n", ".gitignore": rules}
    root = project(tmp_path, files)
    gate = Gate(Settings(), (root,))
    found = read_imported(opened(root / "a.py", "python"), gate.excluded, ())
    assert bool(found) is not secret


def test_a_link_to_an_excluded_file_is_not_read(tmp_path: Path) -> None:
    root = project(tmp_path, {"a.py": "from .config import x\n", ".env": "KEY=1\n"})
    try:
        (root / "config.py").symlink_to(root / ".env")
    except OSError:
        pytest.skip("no links here")
    gate = Gate(Settings(), (root,))
    assert read_imported(opened(root / "a.py", "python"), gate.excluded, ()) == []


def linked(link: Path, target: Path) -> None:
    try:
        link.symlink_to(target, target_is_directory=target.is_dir())
    except OSError:
        pytest.skip("no links here")


def diary(folder: Path) -> Path:
    """A project in a folder, and beside it what is no part of it."""
    (folder / "private").mkdir()
    for name in ("diary.py", "private/diary.py"):
        (folder / name).write_text("class Diary:\n    def dear(self): return 'secret thoughts'\n")
    (folder / "work").mkdir()
    text = "from .lib import Diary\nfrom .sub.diary import Diary\n"
    return project(folder / "work", {"a.py": text})


LINKS_OUT = {
    "a file": {"lib.py": "../diary.py"},
    "a folder": {"sub": "../private"},
    "a chain": {"lib.py": "one.py", "one.py": "two.py", "two.py": "../diary.py"},
    "a folder, then a file": {"lib.py": "sub/diary.py", "sub": "../private"},
    "a loop": {"lib.py": "one.py", "one.py": "lib.py"},
    "a loop of folders": {"sub": "sub"},
    "nothing": {"lib.py": "../nothing.py"},
}


@pytest.mark.parametrize("links", LINKS_OUT.values(), ids=LINKS_OUT)
def test_a_link_out_of_the_project_is_not_read(tmp_path: Path, links: dict[str, str]) -> None:
    root = diary(tmp_path)
    for link, target in links.items():
        linked(root / link, Path(target))
    assert read_names(root / "a.py", "python") == []


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("javascript", 'import { x } from "./lib.js";\n', "lib.js"),
        ("c", '#include "lib.h"\n', "lib.h"),
        ("go", "package work\n", "lib.go"),
    ],
)
def test_no_language_reads_a_link_out(tmp_path: Path, language: str, text: str, name: str) -> None:
    root = diary(tmp_path)
    at = root / f"a{Path(name).suffix}"
    at.write_text(text)
    linked(root / name, tmp_path / "diary.py")
    assert read_imported(opened(at, language), lambda _: None, ()) == []


def test_a_link_within_the_project_is_read(tmp_path: Path) -> None:
    root = project(tmp_path, {"a.py": "from .lib import x\n", "real/lib.py": "x = 1\n"})
    linked(root / "lib.py", root / "real" / "lib.py")
    assert read_names(root / "a.py", "python") == ["lib.py"]


@pytest.mark.parametrize("is_inside_of_another", [False, True])
def test_a_workspace_that_is_a_link_itself_is_read(
    tmp_path: Path, is_inside_of_another: bool
) -> None:
    (tmp_path / "real").mkdir()
    for name in ("a.py", "lib.py"):
        (tmp_path / "real" / name).write_text("from .lib import x\n")
    (tmp_path / "outer").mkdir()
    (tmp_path / ("outer" if is_inside_of_another else "real") / ".git").mkdir()
    linked(tmp_path / "outer" / "work", tmp_path / "real")
    at = tmp_path / "outer" / "work" / "a.py"
    found = read_imported(opened(at, "python"), lambda _: None, ())
    assert [document.uri for document in found] == [at.with_name("lib.py").as_uri()]


def test_a_link_whose_target_came_to_be_excluded_is_not_read(tmp_path: Path) -> None:
    """The gate may remember what a link led to before."""
    root = project(tmp_path, {"a.py": "from .lib import x\n", "real/lib.py": "x = 1\n"})
    linked(root / "lib.py", root / "real" / "lib.py")
    remembers = {(root / "lib.py").as_uri(): None}
    found = read_imported(opened(root / "a.py", "python"), lambda u: remembers.get(u, "real/"), ())
    assert found == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_a_link_to_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    root = project(tmp_path, {"a.py": "from .lib import x\nfrom .pipe import x\n"})
    os.mkfifo(root / "fifo")
    linked(root / "pipe.py", root / "fifo")
    linked(root / "lib.py", Path("/dev/zero"))
    assert read_names(root / "a.py", "python") == []


@pytest.mark.parametrize(
    "data",
    [b"x = 1\n\0\n", b"\xff\xfe\x00x", b"caf\xe9 = 1\n", b"x = 1\n" * (MAX_FILE_CHARS // 6 + 1)],
    ids=["binary", "utf-16", "latin-1", "huge"],
)
def test_binary_and_huge_files_are_not_read(tmp_path: Path, data: bytes) -> None:
    root = project(tmp_path, {"a.py": "from .other import x\n"})
    (root / "other.py").write_bytes(data)
    assert read_names(root / "a.py", "python") == []


@pytest.mark.parametrize(
    ("name", "text", "generated"),
    [
        ("a.go", "// Code generated by protoc-gen-go. DO NOT EDIT.\n", True),
        ("a.ts", "/** @generated */\n", True),
        ("a.cs", "// <auto-generated>\n", True),
        ("a.py", "# This file was automatically generated by x\n", True),
        ("a.min.js", "x\n", True),
        ("package-lock.json", "{}\n", True),
        ("shop_pb2.py", "x\n", True),
        ("bundle.js", "var a=1;" * 2000, True),
        ("a.py", '"""Makes documentation that is generated by hand."""\n', False),
        ("lock.py", "x = 1\n" * 2000, False),
    ],
)
def test_generated_files_are_known(name: str, text: str, generated: bool) -> None:
    assert is_generated(name, text) is generated
    if generated:
        assert pieces(Document(f"file:///project/{name}", text + "def f(): pass\n" * 9)) == ()


# --- what is chosen ---------------------------------------------------------------------------

CART = "class Cart:\n    def add_item(self, item, count):\n        self.items.append(item)\n"
NOISE = "def unrelated_thing():\n    return some_other_words_entirely\n"


def test_what_an_import_names_comes_before_what_is_alike() -> None:
    at = drawn("from shop import Cart\n\ncart = Cart()\ncart.‸\n")
    alike = "cart = make()\ncart.total = compute(cart)\ncart.save()\n"
    documents = [
        Document("file:///project/other.py", alike, "python"),
        Document("file:///project/shop.py", f"{NOISE}\n\n{CART}", "python"),
    ]
    (chosen,) = choose_snippets(at, documents, tokens=30)
    assert chosen.text.startswith("class Cart")


def test_definitions_of_an_included_file_count_though_no_name_is_imported(tmp_path: Path) -> None:
    header = f"int unrelated(void);\n{'/* words */' * 20}\n\nint cart_add(struct cart *c, int n);\n"
    code = '#include "shop.h"\n\nint f(void) {\n    return cart_add(‸\n'
    root = project(tmp_path, {"shop.h": header})
    at = drawn(code, language="c", uri=(root / "a.c").as_uri())
    read = read_imported(at.document, lambda _: None, ())
    assert "cart_add" in choose_snippets(at, read, tokens=20)[0].text


def test_the_order_does_not_hang_on_what_was_opened_last() -> None:
    at = drawn("cart = Cart()\ncart.add_item(item, count)‸\n")
    documents = [Document(f"file:///project/{n}.py", CART + f"x{n} = 1\n", "python") for n in "zyx"]
    chosen = choose_snippets(at, documents, tokens=500)
    assert [snippet.path for snippet in chosen] == ["project/x.py", "project/y.py", "project/z.py"]
    assert choose_snippets(at, documents[::-1], tokens=500) == chosen


def test_the_document_itself_and_what_is_not_alike_are_left_out() -> None:
    at = drawn("cart = Cart()\ncart.‸\n")
    documents = [at.document, Document("file:///project/noise.py", NOISE, "python")]
    assert choose_snippets(at, documents, tokens=500) == ()


# --- recent changes ---------------------------------------------------------------------------


def test_changes_elsewhere_are_told_as_a_small_diff() -> None:
    recent = RecentEdits()
    text = "price = 1\n" * 20
    old = Document("file:///project/shop.py", text, "python")
    for key in "2 + tax"[::-1]:
        new = old.apply(Edit(8, 9 if key == "x" else 8, key))
        recent.note(old, new, Edit(8, 9 if key == "x" else 8, key))
        old = new
    told = recent.as_diff(without=("file:///project/a.py", range(0)))
    assert told == "project/shop.py:1\n-price = 1\n+price = 2 + tax\n"
    assert recent.as_diff(without=("file:///project/shop.py", range(10))) == ""


def test_files_that_are_alike_are_read_as_far_as_they_may_be_shown(tmp_path: Path) -> None:
    root = project(tmp_path, {"a.py": "", "like.py": CART, "secret.py": CART, "other.go": CART})
    paths = [str(root / name) for name in ("a.py", "like.py", "secret.py", "other.go", "gone.py")]
    rule = lambda uri: "a rule" if "secret" in uri else None  # noqa: E731
    read = read_similar(opened(root / "a.py", "python"), rule, (), paths)
    assert [document.uri for document in read] == [(root / "like.py").as_uri()]


@virtual
async def test_a_similar_file_of_the_workspace_is_shown_to_the_model(tmp_path: Path) -> None:
    root = project(tmp_path, {"a.py": "", "far/shop.py": CART})
    found = [str(root / "far" / "shop.py")]
    backgrounds = RetrievedContexts(lambda _: None, lambda cursor, most: found)
    at = drawn("cart = Cart()\ncart.add(item, price)‸\n", uri=(root / "a.py").as_uri())
    backgrounds.opened(at.document)
    backgrounds.later(at, tokens=2000)
    await asyncio.sleep(REST + 0.1)
    assert "class Cart" in sent(backgrounds, at)
    await backgrounds.close()


# --- in the background ------------------------------------------------------------------------


def sent(backgrounds: RetrievedContexts, at: Cursor) -> str:
    background = backgrounds.ready(at.document.uri)
    context = gather(at, tokens=2000, snippets=background.snippets, recent=background.recent)
    return build_prompt(context, mark=MARK, max_tokens=1).messages[-1].content


@virtual
async def test_nearby_code_is_made_once_the_hand_rests_and_kept_until_it_rests_again() -> None:
    backgrounds = RetrievedContexts(lambda _: None)
    backgrounds.opened(Document("file:///project/shop.py", CART, "python"))
    at = drawn("from shop import Cart\n\ncart = Cart()\ncart.‸\n")
    backgrounds.opened(at.document)
    backgrounds.later(at, tokens=2000)
    assert "class Cart" not in sent(backgrounds, at)
    await asyncio.sleep(REST + 0.1)
    assert "From project/shop.py:\nclass Cart" in sent(backgrounds, at)
    backgrounds.opened(Document("file:///project/shop.py", "CHANGED = 1\n", "python"))
    assert "class Cart" in sent(backgrounds, at)
    await backgrounds.close()


@virtual
async def test_an_excluded_document_is_told_of_nowhere() -> None:
    backgrounds = RetrievedContexts(lambda uri: ".env" if uri.endswith(".env") else None)
    old = Document("file:///project/.env", CART, "python")
    backgrounds.opened(old)
    edit = Edit(0, 0, "KEY = cart_secret\n")
    new = old.apply(edit)
    backgrounds.edited(old, Cursor(new, 18), edit, tokens=2000)
    at = drawn("from shop import Cart\n\ncart = Cart()\ncart.‸\n")
    backgrounds.opened(at.document)
    backgrounds.later(at, tokens=2000)
    await asyncio.sleep(REST + 0.1)
    assert "cart_secret" not in sent(backgrounds, at)
    assert "class Cart" not in sent(backgrounds, at)
    await backgrounds.close()


SAVED, UNSAVED = "price = 2  # saved\n", "price = 3  # never_saved\n"


@pytest.mark.parametrize(
    ("ending", "shown"),
    [
        ("open", "never_saved"),
        ("closed", "# saved"),
        ("untitled", ""),
        ("deleted", ""),
        ("excluded", ""),
    ],
)
def test_what_was_discarded_or_deleted_is_told_of_nowhere(
    tmp_path: Path, ending: str, shown: str
) -> None:
    root = project(tmp_path, {"a.py": "", "shop.py": CART})
    excluded = False

    async def main() -> str:
        nonlocal excluded
        backgrounds = RetrievedContexts(lambda uri: "x" if excluded and "shop" in uri else None)
        uri = "untitled:Untitled-1" if ending == "untitled" else (root / "shop.py").as_uri()
        old = Document(uri, CART, "python")
        cursor = drawn("cart = Cart()\ncart.‸\n", uri=(root / "a.py").as_uri())
        for text in (SAVED, UNSAVED):
            edit = Edit(0, 0, text)
            new = old.apply(edit)
            backgrounds.edited(old, Cursor(new, edit.end), edit, tokens=2000)
            old = new
        backgrounds.opened(cursor.document)
        backgrounds.later(cursor, tokens=2000)
        await asyncio.sleep(REST + 0.1)
        (root / "shop.py").write_text(SAVED + CART)
        if ending == "deleted":
            (root / "shop.py").unlink()
        if ending != "open":
            backgrounds.closed(uri)
            assert "never_saved" not in sent(backgrounds, cursor), "at once"
        excluded = ending == "excluded"
        backgrounds.later(cursor, tokens=2000)
        await asyncio.sleep(REST + 0.1)
        told = sent(backgrounds, cursor)
        await backgrounds.close()
        return told

    told = run_virtual(main())
    assert shown in told and ("never_saved" in told) == (ending == "open")
    assert ("class Cart" in told) == (ending in ("open", "closed"))


@pytest.mark.parametrize("form", FORMS)
def test_no_secret_leaves_with_recent_changes(tmp_path: Path, form: str) -> None:
    text, secret = filled(form)

    async def main() -> str:
        backgrounds = RetrievedContexts(lambda _: None)
        old = Document((tmp_path / "shop.py").as_uri(), f"{CART}\n\n{text}\n", "python")
        at = drawn("cart = Cart()\ncart.‸\n", uri=(tmp_path / "a.py").as_uri())
        for place, new in ((old.text.index(secret), secret[:1]), (0, "price = 2\n")):
            edit = Edit(place, place + (new != "price = 2\n"), new)
            before = old.apply(Edit(place, place + 1, "")) if new == secret[:1] else old
            backgrounds.edited(before, Cursor(old.apply(edit), edit.end), edit, tokens=2000)
            old = old.apply(edit)
        backgrounds.opened(at.document)
        backgrounds.later(at, tokens=2000)
        await asyncio.sleep(REST + 0.1)
        told = sent(backgrounds, at)
        await backgrounds.close()
        return told

    told = run_virtual(main())
    assert "+price = 2" in told and secret[1:] not in mask(told)


HIDDEN = "\u200b\u202e\U000e0041\U000e0042\x1b"


@virtual
async def test_what_no_one_sees_is_not_sent_from_other_files(tmp_path: Path) -> None:
    backgrounds = RetrievedContexts(lambda _: None)
    old = Document((tmp_path / "shop.py").as_uri(), f"{CART}# {HIDDEN} ❤️\n", "python")
    edit = Edit(0, 0, f"price{HIDDEN} = 2\n")
    at = drawn("cart = Cart()\ncart.‸\n", uri=(tmp_path / "a.py").as_uri())
    backgrounds.edited(old, Cursor(old.apply(edit), edit.end), edit, tokens=2000)
    backgrounds.opened(at.document)
    backgrounds.later(at, tokens=2000)
    await asyncio.sleep(REST + 0.1)
    told = sent(backgrounds, at)
    assert "+price = 2" in told and "class Cart" in told and not set(HIDDEN) & set(told)
    await backgrounds.close()


def beside(root: Path, name: str, at: str = "a.py") -> str:
    """What a prompt for one file of a project says of another open one, and of a change in it."""

    async def main() -> str:
        backgrounds = RetrievedContexts(lambda _: None)
        cursor = drawn(
            "from lib import Diary\n\ndiary = Diary()\ndiary.dear(‸\n", uri=(root / at).as_uri()
        )
        old = opened(root / name, "python")
        edit = Edit(0, 0, "changed = Diary\n")
        backgrounds.opened(cursor.document)
        backgrounds.edited(old, Cursor(old.apply(edit), edit.end), edit, tokens=2000)
        backgrounds.later(cursor, tokens=2000)
        await asyncio.sleep(REST + 0.1)
        said = sent(backgrounds, cursor)
        await backgrounds.close()
        return said

    return run_virtual(main())


@pytest.mark.parametrize(
    ("link", "target", "name"),
    [("lib.py", "diary.py", "lib.py"), ("sub", "private", "sub/diary.py")],
)
def test_an_open_document_reached_by_a_link_out_of_the_project_is_told_of_nowhere(
    tmp_path: Path, link: str, target: str, name: str
) -> None:
    root = diary(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    project(tmp_path / "elsewhere", {"a.py": ""})
    linked(root / link, tmp_path / target)
    said = beside(root, name)
    assert "secret thoughts" not in said and "changed = " not in said
    if link == "lib.py":
        assert "secret thoughts" not in beside(root, name, "../elsewhere/a.py")


def test_open_documents_of_a_workspace_that_is_a_link_are_told_of(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    project(tmp_path / "real", {"a.py": "", "lib.py": "class Diary:\n    def dear(self): pass\n"})
    linked(tmp_path / "work", tmp_path / "real")
    said = beside(tmp_path / "work", "lib.py")
    assert "def dear" in said and "+changed = Diary" in said


@pytest.mark.parametrize(
    ("uri", "short"),
    [
        ("file:///project/till/shop.py", "till/shop.py"),
        ("file:///project/a%20b/c.py?x#y", "a b/c.py"),
        ("http://[::1", ""),
        ("file://[::1/x.py", "[::1/x.py"),
        ("http://\u2100/x.py", "/x.py"),
        ("untitled:Untitled-1", "Untitled-1"),
    ],
)
def test_any_uri_has_a_short_path(uri: str, short: str) -> None:
    assert short_path(uri) == short


def test_a_uri_with_half_a_host_is_no_file() -> None:
    assert path_of("file://[::1/x.py") is None
