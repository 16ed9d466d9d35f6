"""Refactorings that a workspace brings along, and what real provider faults look like to a run."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.spots import spot

from foretype.core.deadline import Deadline
from foretype.models.open_model import open_model
from foretype.privacy.gate import Gate
from foretype.refactor.actions.offers import Offer, find_offer, offers
from foretype.refactor.outcome import Refused
from foretype.refactor.rewrite.rewrite import rewrite
from foretype.refactor.work import Work
from foretype.settings.load import load
from foretype.settings.schema import RefactorSettings, Settings
from foretype.spending.budget import Budget
from foretype.upstream import ScriptedUpstream, refused_url
from foretype.upstream.failures import FAULTS

OWN = """
[[refactor.actions]]
title = "Use our logger"
instruction = "Log."
"""
THEIRS = """
[[refactor.actions]]
title = "Add a header"
instruction = "Add the license."
scope = "file"
model = "expensive"
"""
CODE = "def f(x):\n    return ‸x"


def test_a_workspaces_refactorings_say_so_in_the_menu(tmp_path: Path) -> None:
    (tmp_path / "user.toml").write_text(OWN)
    (tmp_path / "workspace.toml").write_text(THEIRS)
    loaded = load(
        user_file=tmp_path / "user.toml",
        environ={},
        workspace_files=[tmp_path / "workspace.toml"],
        workspace_config={
            "refactor": {"actions": [{"title": "Use our logger", "instruction": "Log."}]}
        },
    )
    found = offers(spot(CODE), loaded.settings.refactor)
    titles = [offer.title for offer in found[:3]]
    assert titles[:2] == ["Use our logger", "Add a header (workspace)"]
    assert "logger" not in titles[2]
    theirs = found[1].action
    assert (theirs.scope, theirs.model) == ("selection", ""), "a workspace chooses no model"


@pytest.mark.parametrize("fault", sorted(FAULTS))
async def test_every_fault_of_a_provider_is_a_sentence(fault: str) -> None:
    found = find_offer(spot(CODE), RefactorSettings(), "simplify")
    assert isinstance(found, Offer)
    async with ScriptedUpstream(text="```python\ndef f(x): return 1\n```", fault=fault) as up:
        await check(found, up.url)


async def test_a_provider_that_cannot_be_reached_is_a_sentence() -> None:
    found = find_offer(spot(CODE), RefactorSettings(), "simplify")
    assert isinstance(found, Offer)
    await check(found, refused_url())


async def check(offer: Offer, url: str) -> None:
    settings = Settings(base_url=url, provider="custom", model="scripted")
    model = open_model(settings, {"NO_PROXY": "*"}, Gate(settings), Budget())
    assert model is not None
    try:
        work = Work(
            offer=offer,
            model=model,
            settings=RefactorSettings(deadline_s=1),
            path="a.py",
            deadline=Deadline.after_ms(1000),
        )
        outcome = await work.within_deadline(lambda _: rewrite(work))
    finally:
        await model.close()
    assert isinstance(outcome, Refused)
    assert len(outcome.message.split()) > 3 and len(outcome.message) < 400
    for secret in ("Traceback", "<html", "Authorization", "object at 0x"):
        assert secret not in outcome.message
