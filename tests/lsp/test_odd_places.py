"""Documents in odd places: virtual and remote file systems, links, several folders, spellings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from helpers.rawclient import RawClient, environment, eventually, running
from helpers.upstream_thread import Upstream

CODE = "total = "
AT = {"line": 0, "character": len(CODE)}


@contextmanager
def client(up: Upstream, *roots: Path | str) -> Iterator[RawClient]:
    up.says("sum(prices)")
    uris = [root.as_uri() if isinstance(root, Path) else root for root in roots]
    folders = [{"uri": uri, "name": uri.rpartition("/")[2]} for uri in uris]
    with running(env=environment(FORETYPE_API_KEY="sk-fake-key-for-tests")) as started:
        started.initialize(
            capabilities={
                "textDocument": {"inlineCompletion": {}},
                "workspace": {"applyEdit": True},
            },
            workspaceFolders=folders or None,
            initializationOptions={
                "baseUrl": up.url,
                "model": "scripted",
                "completion": {"local": "off", "headStart": False},
            },
        )
        open_document(started, "file:///warm.py")
        # The model's library is loaded by then.
        assert eventually(lambda: ask(started, "file:///warm.py") != [])
        up.says("sum(prices)")
        yield started
        assert started.stop() == 0


def open_document(client: RawClient, uri: str) -> None:
    document = {"uri": uri, "languageId": "python", "version": 1, "text": CODE}
    client.notify("textDocument/didOpen", {"textDocument": document})


def ask(client: RawClient, uri: str) -> list[str]:
    asked = {"textDocument": {"uri": uri}, "position": AT, "context": {"triggerKind": 1}}
    answer = client.request("textDocument/inlineCompletion", asked)
    return [item["insertText"] for item in answer or []]


def sent(up: Upstream) -> str:
    return "".join(str(message["content"]) for message in up.log.requests[-1].body["messages"])


@pytest.mark.parametrize(
    ("uri", "named"),
    [
        ("untitled:Untitled-1", "Untitled-1"),
        ("vscode-vfs://github/owner/shop/src/cart.py", "src/cart.py"),
        ("vscode-remote://ssh-remote%2Bhost/home/me/shop/cart.py", "shop/cart.py"),
        ("vscode-vfs://github/owner/shop/src/cart.py?ref=main#L1", "src/cart.py"),
        ("file://server/share/shop/cart.py", "shop/cart.py"),
        ("inmemory://model/1", "/1"),
        ("git:/home/me/shop/cart.py?%7B%22ref%22%3A%22~%22%7D", "shop/cart.py"),
        ("jdt://contents/java.base/java.util/List.class", "java.util/List.class"),
        ("output:tasks", "tasks"),
    ],
)
def test_what_is_on_no_disk_is_completed_from_its_own_text(
    uri: str, named: str, up: Upstream, shared: RawClient
) -> None:
    up.says("sum(prices)")
    open_document(shared, uri)
    assert ask(shared, uri) == ["sum(prices)"]
    assert f"File: {named}\n" in sent(up)


def messages(client: RawClient) -> list[str]:
    return [each["message"] for each in client.notifications("window/showMessage")]


@pytest.mark.parametrize(
    ("uri", "place"),
    [
        ("untitled:Untitled-1", ""),
        ("git:/home/me/shop/cart.py?%7B%22ref%22%3A%22~%22%7D", ""),
        ("vscode-notebook-cell:/home/me/shop/cart.ipynb#W0", ""),
        ("vscode-vfs://github/owner/shop/cart.py", "vscode-vfs://github"),
        ("vscode-remote://ssh-remote%2Bhost/home/cart.py", "vscode-remote://ssh-remote+host"),
    ],
)
def test_what_cannot_be_done_elsewhere_is_said_once_a_place(
    uri: str, place: str, up: Upstream
) -> None:
    with client(up) as started:
        for each in (uri, uri.replace("cart", "order")):
            open_document(started, each)
            assert ask(started, each) == ["sum(prices)"]
        told = messages(started)
    assert len(told) == bool(place)
    assert all(f"files of {place} cannot be read" in message for message in told)


def test_a_folder_that_is_elsewhere_is_said_with_the_others_at_the_start(
    up: Upstream, tmp_path: Path
) -> None:
    (tmp_path / ".foretypeignore").write_text("private.py\n")
    uris = [tmp_path.as_uri(), "vscode-vfs://github/owner/shop"]
    with client(up, *uris) as started:
        found = []
        for name in ("private.py", "cart.py"):
            open_document(started, (tmp_path / name).as_uri())
            found.append(ask(started, (tmp_path / name).as_uri()))
        told = messages(started)
    assert found == [[], ["sum(prices)"]]
    assert [message.partition("://github")[0] for message in told] == [
        "foretype: files of vscode-vfs"
    ]


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("untitled:Untitled-1", "save the file first"),
        ("vscode-vfs://github/owner/shop/cart.py", "open a copy on this machine"),
    ],
)
def test_work_across_files_says_why_it_cannot_be_done(uri: str, why: str, up: Upstream) -> None:
    with client(up) as started:
        open_document(started, uri)
        argument = {
            "action": "across-files",
            "instruction": "split it",
            "uri": uri,
            "version": 1,
            "range": {"start": AT, "end": AT},
        }
        params = {"command": "foretype.refactor", "arguments": [argument]}
        started.request("workspace/executeCommand", params)
        assert eventually(lambda: any(why in message for message in messages(started)))
        assert up.log.requests == []


@pytest.fixture(scope="module")
def shared(up: Upstream) -> Iterator[RawClient]:
    with client(up) as started:
        yield started


@pytest.mark.parametrize(
    "uri",
    [
        "vscode-vfs://github/owner/shop/.env",
        "vscode-remote://ssh-remote%2Bhost/home/me/.ssh/id_rsa",
        "untitled:/home/me/shop/.env",
        "vscode-vfs://github/owner/shop/%2Eenv",
    ],
)
def test_what_holds_keys_stays_here_wherever_it_is(
    uri: str, up: Upstream, shared: RawClient
) -> None:
    up.says("sum(prices)")
    open_document(shared, uri)
    assert ask(shared, uri) == []
    assert up.log.requests == []


def link(at: Path, target: Path) -> None:
    try:
        at.symlink_to(target, target_is_directory=target.is_dir())
    except OSError:
        pytest.skip("links cannot be made here")


def test_a_file_opened_through_a_link_is_judged_by_both_names(up: Upstream, tmp_path: Path) -> None:
    project, notes = tmp_path / "project", tmp_path / "notes"
    for folder in (project, notes):
        folder.mkdir()
    (notes / ".gitignore").write_text("private.py\n")
    (notes / "private.py").write_text(CODE)
    (notes / "public.py").write_text(CODE)
    (project / ".foretypeignore").write_text("hidden.py\n")
    link(project / "a.py", notes / "private.py")
    link(project / "b.py", notes / "public.py")
    link(project / "hidden.py", notes / "public.py")
    with client(up, project, notes) as started:
        found = {}
        for name in ("a.py", "b.py", "hidden.py"):
            uri = (project / name).as_uri()
            open_document(started, uri)
            found[name] = ask(started, uri)
    assert found == {"a.py": [], "b.py": ["sum(prices)"], "hidden.py": []}


def test_each_of_several_folders_has_rules_of_its_own(up: Upstream, tmp_path: Path) -> None:
    names = ("one", "two")
    for name in names:
        (tmp_path / name).mkdir()
    (tmp_path / "one" / ".gitignore").write_text("draft.py\n")
    (tmp_path / "two" / ".foretypeignore").write_text("cart.py\n")
    with client(up, *(tmp_path / name for name in names)) as started:
        found: dict[str, Any] = {}
        for name in names:
            for file in ("draft.py", "cart.py"):
                uri = (tmp_path / name / file).as_uri()
                open_document(started, uri)
                found[f"{name}/{file}"] = bool(ask(started, uri))
    assert found == {
        "one/draft.py": False,
        "one/cart.py": True,
        "two/draft.py": True,
        "two/cart.py": False,
    }


@pytest.mark.parametrize(
    ("opened", "asked"),
    [
        ("file:///c%3A/shop/cart.py", "file:///c:/shop/cart.py"),
        ("file:///D:/shop/cart.py", "file:///d%3A/shop/cart.py"),
        ("file:///project/my%20cart.py", "file:///project/my cart.py"),
    ],
)
def test_a_document_is_the_same_in_another_spelling(
    opened: str, asked: str, up: Upstream, shared: RawClient
) -> None:
    up.says("sum(prices)")
    open_document(shared, opened)
    assert ask(shared, asked) == ["sum(prices)"]
