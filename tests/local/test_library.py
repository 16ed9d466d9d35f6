"""What a file imports: which lines the engine learns from, and what it completes with them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from helpers.bounded import exhaust
from helpers.marks import cursor

from foretype.core.text import Document
from foretype.local.engine import Engine, Guess
from foretype.local.library.module_names import outline_python, outline_script
from foretype.local.library.modules import Modules, site_packages
from foretype.local.library.usage_lines import depends_on, usage
from foretype.local.library.uses import Uses, count_uses

CLIENT = '''
"""A client."""

class Base:
    def closed(self): ...

class Session(Base):
    retries: int = 3

    def __init__(self, url: str, timeout=None):
        self.headers = {}

    def fetch(self, path, *, params=None, **more) -> "Reply": ...

    def _private(self): ...

class Reply:
    def decoded(self): ...

def connect(url, retries=3) -> Session:
    inner = 1
'''


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def lines(root: Path, text: str, path: str = "here.py", **options: bool) -> set[str]:
    """The lines that a file's imports teach, without those that only differ by a space."""
    language = "python" if path.endswith(".py") else "typescript"
    document = Document((root / path).as_uri(), text, language)
    found = usage(document, Modules([root], lambda path: None, **options))  # type: ignore[arg-type]
    return {line for line in found.splitlines() if not line.startswith("= ")}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path, {".venv/lib/python3.11/site-packages/client/__init__.py": CLIENT})
    return tmp_path


# --- Python -------------------------------------------------------------------------------------


def test_knows_the_members_of_a_module(root: Path) -> None:
    assert {"client.connect(url, retries=)", "client.Session"} <= lines(root, "import client\n")


def test_knows_what_a_module_is_called_here(root: Path) -> None:
    assert "c.connect(url, retries=)" in lines(root, "import client as c\n")


def test_knows_what_can_be_imported(root: Path) -> None:
    assert "from client import Session" in lines(root, "from client import \n")


@pytest.mark.parametrize(
    "text",
    [
        "from client import Session\nsession = Session('x')\n",
        "from client import Session as S\nasync with S('x') as session:\n    pass\n",
        "import client\nsession = client.Session('x')\n",
        "import client\nsession = client.connect('x')\n",
        "from client import connect\nsession = await connect('x')\n",
        "from client import Session\ndef use(session: Session) -> None:\n    pass\n",
        "from client import Session\ndef use(session: Session | None = None) -> None:\n    pass\n",
    ],
)
def test_knows_what_a_variable_is(text: str, root: Path) -> None:
    found = lines(root, text)
    assert {"session.fetch(path, params=)", "session.headers", "session.retries"} <= found
    assert "session.closed()" in found
    assert not any("_private" in line for line in found)


def test_follows_what_a_module_passes_on(root: Path) -> None:
    packages = next(site_packages(root))
    write(packages, {"front/__init__.py": "from .inner import *\n", "front/inner.py": CLIENT})
    found = lines(root, "from front import Session\nsession = Session()\n")
    assert {"session.fetch(path, params=)", "from front import connect"} <= found


@pytest.mark.parametrize(
    ("old", "new", "is_same"),
    [
        ("import a\nx = 1\n", "import a\nx = 1\nprint(x)\n", True),
        ("import a\n", "import a, b\n", False),
        ("import a\n", "import a\ny = a.B()\n", False),
    ],
)
def test_reads_anew_when_imports_or_variables_change(old: str, new: str, is_same: bool) -> None:
    one, other = (depends_on(Document("file:///a.py", text, "python")) for text in (old, new))
    assert (one == other) == is_same


def test_prefers_a_stub(root: Path) -> None:
    write(next(site_packages(root)), {"client/__init__.pyi": "def typed() -> int: ...\n"})
    assert "client.typed()" in lines(root, "import client\n")


def test_knows_the_environment_that_is_activated(root: Path, tmp_path: Path) -> None:
    document = Document((tmp_path / "apart" / "a.py").as_uri(), "import client\n", "python")
    modules = Modules([tmp_path / "apart"], lambda path: None, activated=[root / ".venv"])
    assert "client.connect(url, retries=)" in usage(document, modules)


def test_knows_the_standard_library() -> None:
    found = lines(Path("/nowhere"), "import json, math\n")
    assert any(line.startswith("json.dumps(obj, ") for line in found)


def test_reads_nothing_that_is_installed_if_it_may_not(root: Path) -> None:
    write(root, {"own.py": "def mine(): ...\n"})
    found = lines(root, "import client, own\n", reads_installed=False)
    assert found == {"own.mine()"}


def test_reads_no_excluded_file_of_the_project(root: Path) -> None:
    write(root, {"own.py": "def mine(): ...\n"})
    document = Document((root / "here.py").as_uri(), "import own\n", "python")
    assert usage(document, Modules([root], lambda path: "a rule")) == ""


def test_follows_no_link_out_of_the_project(tmp_path: Path) -> None:
    write(tmp_path, {"elsewhere.py": "def hidden(): ...\n", "root/here.py": ""})
    try:
        (tmp_path / "root" / "own.py").symlink_to(tmp_path / "elsewhere.py")
    except OSError:
        pytest.skip("this user may not make links")
    assert lines(tmp_path / "root", "import own\n") == set()


def test_ends_where_modules_pass_each_other_on(root: Path) -> None:
    circle = {
        "a.py": "from b import *\nfrom b import x\n",
        "b.py": "from a import *\nfrom a import x\n",
    }
    write(root, circle)
    assert lines(root, "from a import x\nx.y\n") == {"from a import x"}


# --- TypeScript -----------------------------------------------------------------------------------

TYPES = """
export declare class Store {
    constructor(name: string);
    load(key: string, options?: { deep: boolean }): Promise<void>;
    readonly size: number;
}
export declare function open(name: string, mode?: number): Store;
export * from './more';
export interface Options {
    depth: number;
}
"""


def test_knows_a_package_of_node(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "node_modules/store/package.json": '{"types": "dist/index.d.ts"}',
            "node_modules/store/dist/index.d.ts": TYPES,
            "node_modules/store/dist/more.d.ts": "export const extra: number;\n",
        },
    )
    text = (
        "import { open, Store } from 'store';\nconst one = open('x');\nconst two = new Store();\n"
    )
    found = lines(tmp_path, text, "src/here.ts")
    assert {"open(name, mode)", "one.load(key, options)", "two.size"} <= found
    assert "import { extra, extra } from 'store'" in found


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
def test_waits_for_no_pipe_in_the_place_of_a_package(tmp_path: Path) -> None:
    (tmp_path / "node_modules" / "store").mkdir(parents=True)
    os.mkfifo(tmp_path / "node_modules" / "store" / "package.json")
    os.mkfifo(tmp_path / "other.ts")
    text = "import { open } from 'store';\nimport { x } from './other';\n"
    assert lines(tmp_path, text, "here.ts") == set()


def test_knows_what_a_module_exports_by_assigning() -> None:
    text = "exports.one = 1;\nmodule.exports.two = 2;\n"
    assert outline_script(text).names.keys() == {"one", "two"}
    assert outline_script("module.exports = { three, four: 4 };").names.keys() >= {"three"}


# --- what is usual --------------------------------------------------------------------------------


def test_counts_what_the_installed_packages_use(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"a.py": "json.loads(x)\njson.loads(y)\njson.dump(z)\n" + "x = json.loads(y)\n" * 3},
    )
    write(tmp_path, {"b.py": "from os import path, sep\n" * 2})
    expected: Uses = {
        ("member", "json"): {" loads": 2, "= loads": 3},
        ("import", "os"): {"path": 2, "sep": 2},
    }
    assert count_uses([tmp_path]) == expected


def ask(root: Path, drawn: str, uses: Uses) -> Guess | None:
    engine = Engine(threshold=0.2)
    modules = Modules([root], lambda path: None, uses_of=lambda *key: uses.get(key, {}))
    engine.use(None, modules)
    here = cursor(drawn, uri=(root / "here.py").as_uri())
    engine.opened(here.document)
    exhaust(lambda: engine.idle(1000))
    return engine.predict(here)


def test_completes_the_usual_member(root: Path) -> None:
    uses: Uses = {("member", "client"): {" Reply": 2, " connect": 300}}
    guess = ask(root, "import client\n\nclient.‸", uses)
    assert guess and guess.text.startswith("connect")


def test_an_outline_of_anything_ends() -> None:
    for text in ("def f(", "class A(B", "def f(a=(1, [2", "x: \n", "export class A {"):
        assert outline_python(text) and outline_script(text)
