"""What all tests of models need."""

from __future__ import annotations

import pytest

from foretype.models import capability_file


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test finds out about an endpoint is unknown to the next."""
    monkeypatch.setattr(capability_file, "known_capabilities", {})
