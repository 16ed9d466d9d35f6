"""``foretype models``: what the endpoint lists, and what is proposed."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from helpers.raw_upstream import serving, whole

from foretype.cli import main
from foretype.models.model_list import OfferedModel, proposal

NEW = "microsoft/mai-code-1.1-flash"


@pytest.fixture(autouse=True)
def no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "foretype.toml").write_text("")
    monkeypatch.setenv("FORETYPE_CONFIG", str(tmp_path / "foretype.toml"))
    monkeypatch.delenv("OPENROUTER_API_KEY", raising=False)


async def run(monkeypatch: pytest.MonkeyPatch, *names: str, options: str = "") -> int:
    async with serving(whole("a")) as up:
        up.models = names
        monkeypatch.setenv("FORETYPE_BASE_URL", up.url)
        code = await asyncio.to_thread(main.main, ["models", *options.split()])
        assert not up.requests, "no model is asked"
    return code


async def test_lists_with_prices_and_proposes_the_newer_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run(monkeypatch, "mai-code-1-flash", NEW, "gpt-x") == 0
    out, err = capsys.readouterr()
    old, new, other = (
        next(line for line in out.splitlines() if line.startswith(name))
        for name in ("mai-code-1-flash", NEW, "gpt-x")
    )
    assert "0.75" in old and "in use" in old
    assert "0.2" in new and "1.2" in new
    assert "-" in other
    assert f"{NEW} is of the same family and not dearer" in err


async def test_gives_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run(monkeypatch, NEW, options="--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["model"] == "mai-code-1-flash"
    assert told["models"][0]["id"] == NEW and told["models"][0]["price_input"] == 0.2


async def test_a_long_list_is_shortened_to_what_is_near(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [f"vendor/other-{n}" for n in range(60)]
    assert await run(monkeypatch, *names, NEW) == 0
    out, err = capsys.readouterr()
    assert NEW in out and len(out.splitlines()) < 10
    assert "60 more: --all lists them." in err
    assert await run(monkeypatch, *names, options="--all") == 0
    assert len(capsys.readouterr().out.splitlines()) > 60


async def test_an_empty_list_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run(monkeypatch) == 1
    assert "lists no models" in capsys.readouterr().err


def test_without_an_endpoint_it_says_what_to_set(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["models"]) == 2
    assert "FORETYPE_BASE_URL" in capsys.readouterr().err


def test_nothing_is_proposed_where_the_model_is_there_and_no_newer_one() -> None:
    assert proposal("a", [OfferedModel("a"), OfferedModel("b")]) == ""
    assert "such as gpt-4o" in proposal("gpt-4", [OfferedModel("gpt-4o"), OfferedModel("b")])
