"""``foretype complete`` as a process: exit codes, and what stands on which stream."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from helpers.complete_command import CODE, complete

from foretype.cli.complete import write_text
from foretype.upstream import ScriptedUpstream

REST = 'raise ValueError("there are no värtues")'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mean.py"
    path.write_bytes(CODE.encode())
    return path


@pytest.fixture
def many(tmp_path: Path) -> Path:
    path = tmp_path / "many.py"
    path.write_bytes((CODE * 6 + "def mean(values):\n    if not").encode())
    return path


async def test_prints_the_models_text_and_nothing_else(file: Path, tmp_path: Path) -> None:
    async with ScriptedUpstream(text=REST) as up:
        done = await complete(
            f"{file}:3:9", home=tmp_path, FORETYPE_BASE_URL=up.url, FORETYPE_API_KEY="not-a-key"
        )
        assert len(up.log.requests) == 1
    assert (done.code, done.out.decode(), done.err) == (0, REST, "")


async def test_prints_utf_8_whatever_the_locale(file: Path, tmp_path: Path) -> None:
    async with ScriptedUpstream(text=REST) as up:
        done = await complete(
            f"{file}:3:9",
            home=tmp_path,
            FORETYPE_BASE_URL=up.url,
            PYTHONIOENCODING="ascii",
            LC_ALL="C",
            PYTHONUTF8="0",
        )
    assert (done.code, done.out.decode("utf-8")) == (0, REST)


async def test_explains_that_instructions_were_sent(file: Path, tmp_path: Path) -> None:
    (tmp_path / "foretype.toml").write_text("completion.instructions = 'Write British English.'")
    async with ScriptedUpstream(text=REST) as up:
        done = await complete(f"{file}:3:9", "--explain", home=tmp_path, FORETYPE_BASE_URL=up.url)
        [sent] = up.log.requests
    assert "Your instructions were sent with it: 22 characters." in done.err
    assert sent.body["messages"][0]["content"].endswith("Write British English.")


async def test_explains_on_standard_error(file: Path, tmp_path: Path) -> None:
    async with ScriptedUpstream(text=REST, first_ms=20) as up:
        done = await complete(f"{file}:3:9", "--explain", home=tmp_path, FORETYPE_BASE_URL=up.url)
    assert (done.code, done.out.decode()) == (0, REST)
    for said in ("model asked", "first token", "answer", "the model", "tokens", " in, ", "cost"):
        assert said in done.err, done.err


async def test_the_embedded_engine_serves_without_a_key(tmp_path: Path) -> None:
    block = (
        'def f{0}(x):\n    if not x:\n        raise ValueError("there is no x")\n    return x\n\n'
    )
    path = tmp_path / "many.py"
    text = "".join(block.format(n) for n in range(6))
    path.write_text(text + "def f9(x):\n    if not x:\n        raise")
    done = await complete(f"{path}:33:14", "--timings", home=tmp_path)
    assert done.code == 0, done.err
    right = ' ValueError("there is no x")\n    return x\n'
    assert right.startswith(done.out.decode()) and done.out.strip()
    assert "the embedded engine" in done.err and "nothing left this machine" in done.err


async def test_says_why_there_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("x")
    done = await complete(f"{path}:1:2", home=tmp_path)
    assert (done.code, done.out) == (1, b"")
    assert done.err.startswith("No suggestion: the embedded engine was not sure enough.")


async def test_says_what_the_provider_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("x = ")
    async with ScriptedUpstream(fault="401") as up:
        done = await complete(
            f"{path}:1:5", home=tmp_path, FORETYPE_BASE_URL=up.url, FORETYPE_API_KEY="not-a-key"
        )
    assert (done.code, done.out) == (1, b"")
    assert "No suggestion: the model could not be reached (" in done.err
    assert "Traceback" not in done.err and "not-a-key" not in done.err


async def test_says_so_where_the_embedded_engine_fills_in(many: Path, tmp_path: Path) -> None:
    async with ScriptedUpstream(fault="401") as up:
        done = await complete(f"{many}:26:11", home=tmp_path, FORETYPE_BASE_URL=up.url)
    assert done.code == 0 and done.out.strip()
    assert "The embedded engine answers." in done.err and "Traceback" not in done.err


async def test_refuses_an_excluded_file(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("KEY=x\n")
    async with ScriptedUpstream(text="y") as up:
        done = await complete(f"{path}:1:5", home=tmp_path, FORETYPE_BASE_URL=up.url)
        assert not up.log.requests
    assert (done.code, done.out) == (2, b"")
    assert "excluded" in done.err and "nothing of it leaves this machine" in done.err


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ("{file}", "names no place"),
        ("{file}:9:1", "there is no line 9"),
        ("{file}:1:99", "there is no column 99"),
        ("{file}.none:1:1", "There is no file"),
    ],
)
async def test_a_place_that_is_none_ends_with_2(
    file: Path, tmp_path: Path, where: str, says: str
) -> None:
    done = await complete(where.format(file=file), home=tmp_path)
    assert (done.code, done.out) == (2, b"")
    assert says in done.err and "Traceback" not in done.err


async def test_settings_that_cannot_work_end_with_2(file: Path, tmp_path: Path) -> None:
    done = await complete(f"{file}:3:9", home=tmp_path, FORETYPE_PROVIDER="opnrouter")
    assert (done.code, done.out) == (2, b"")
    assert "Did you mean openrouter?" in done.err


async def test_an_unknown_setting_is_named_and_the_rest_applies(file: Path, tmp_path: Path) -> None:
    (tmp_path / "foretype.toml").write_text('[completion]\nlocl = "off"\n')
    async with ScriptedUpstream(text=REST) as up:
        done = await complete(f"{file}:3:9", home=tmp_path, FORETYPE_BASE_URL=up.url)
    assert (done.code, done.out.decode()) == (0, REST)
    assert "locl" in done.err and "local" in done.err


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\tb\r\nc\nd\re", "a\tb\nc\nd\ne"),
        ('"\x1b[31mred"', '"\\x1b[31mred"'),
        ("a\x9b\u202e\u200b é🙂", "a\\x9b\\u202e\\u200b é🙂"),
    ],
)
def test_a_terminal_is_shown_what_it_would_obey(
    text: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", Terminal())
    write_text(text)
    assert isinstance(sys.stdout, Terminal)
    assert sys.stdout.getvalue() == shown
