"""What path a document's URI names: to be opened, and to be judged."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretype.core.uris import elsewhere, path_of, path_text

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="paths of POSIX")
WINDOWS = pytest.mark.skipif(sys.platform != "win32", reason="paths of Windows")


@POSIX
@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///w/a.py", "/w/a.py"),
        ("FILE:///w/a.py", "/w/a.py"),
        ("file:/w/a.py", "/w/a.py"),
        ("file://localhost/w/a.py", "/w/a.py"),
        ("file:///w/a%20b%C3%A9.py", "/w/a bé.py"),
        # Decoded once: the file's name is 100%25.py.
        ("file:///w/100%2525.py", "/w/100%25.py"),
        ("file:///w/a%23b%3Fc;d.py", "/w/a#b?c;d.py"),
        ("file:///w/a.py?x=1#L3", "/w/a.py"),
        ("file:///w/./x/../a.py", "/w/a.py"),
        # A name may have a backslash here.
        ("file:///w/a%5Cb.py", "/w/a\\b.py"),
    ],
)
def test_a_files_uri_names_a_path(uri: str, path: str) -> None:
    assert path_of(uri) == Path(path)


@WINDOWS
@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///C:/w/a.py", "c:\\w\\a.py"),
        ("file:///c%3A/w/a.py", "c:\\w\\a.py"),
        ("file://host/share/a.py", "\\\\host\\share\\a.py"),
    ],
)
def test_a_files_uri_names_a_path_of_windows(uri: str, path: str) -> None:
    assert path_of(uri) == Path(path)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "a.py",
        "/w/a.py",
        "file:a.py",
        "file:",
        "file:///%00",
        "untitled:Untitled-1",
        "untitled:/w/a.py",
        "vscode-notebook-cell:/w/a.ipynb#W0",
        "git:/w/a.py?ref=HEAD",
        "https://example.org/a.py",
    ],
)
def test_what_is_no_file_has_no_path(uri: str) -> None:
    assert path_of(uri) is None


@POSIX
def test_a_path_of_another_system_is_none_here() -> None:
    assert path_of("file:///C:/w/a.py") is None
    assert path_text("file:///C:/w/a.py") == path_text("C:\\w\\a.py") == "c:/w/a.py"


@pytest.mark.parametrize(
    ("uri", "text"),
    [
        ("untitled:/w/a.py", "/w/a.py"),
        ("vscode-notebook-cell:/w/a.ipynb#W0", "/w/a.ipynb"),
        ("vscode-remote://ssh-remote%2Bbox/w/a.py", "/w/a.py"),
        ("file://host/share/a.py", "//host/share/a.py"),
        ("\\\\host\\share\\a.py", "//host/share/a.py"),
        ("src/x/../a.py", "src/a.py"),
    ],
)
def test_any_uri_names_a_path_to_be_judged(uri: str, text: str) -> None:
    assert path_text(uri) == text


@given(st.text(max_size=60))
def test_any_text_is_read_as_some_uri(text: str) -> None:
    for uri in (text, f"file:{text}", f"file:///{text}"):
        path_text(uri)
        path = path_of(uri)
        assert path is None or path.is_absolute()


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1))
def test_a_paths_own_uri_leads_back_to_it(name: str) -> None:
    if name in (".", "..") or (sys.platform == "win32" and set(name) & set('<>:"|?*\\')):
        return
    path = Path.cwd() / "folder" / name
    found = path_of(path.as_uri())
    assert found is not None and found.as_posix().lower() == path.as_posix().lower()


@pytest.mark.parametrize(
    ("uri", "place"),
    [
        ("file:///home/me/cart.py", ""),
        ("file://localhost/home/me/cart.py", ""),
        ("untitled:Untitled-1", ""),
        ("git:/home/me/cart.py", ""),
        ("vscode-vfs://github/owner/shop/cart.py", "vscode-vfs://github"),
        ("VSCODE-remote://wsl%2BUbuntu/home/cart.py", "vscode-remote://wsl+Ubuntu"),
        ("/home/me/cart.py", ""),
        ("", ""),
    ],
)
def test_where_a_file_is_that_is_not_on_this_machine(uri: str, place: str) -> None:
    assert elsewhere(uri) == place
