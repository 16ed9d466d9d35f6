"""The family of models that foretype is made for: one row a model, as data.

Prices are public list prices in US dollars for a million tokens. A row is a default: what an
endpoint reports, and what the user sets, counts more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars for a million tokens."""

    input: float
    cached: float
    output: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyModel:
    """One model of the family."""

    name: str
    """Its own name, without what a provider puts before it."""
    released: str
    """The day of its release, as ISO 8601."""
    prices: Prices | None = None
    prices_of: str = ""
    """The day of the price list, as ISO 8601."""
    efforts: tuple[str, ...] = ("low", "medium", "high")
    """The efforts of reasoning that it is known to accept, the least first."""


FAMILY = (
    # As quoted for GitHub Copilot, the only public list at the time.
    FamilyModel(
        name="mai-code-1-flash",
        released="2026-06-02",
        prices=Prices(0.75, 0.075, 4.50),
        prices_of="2026-06-02",
    ),
    FamilyModel(
        name="mai-code-1.1-flash",
        released="2026-08-11",
        prices=Prices(0.20, 0.02, 1.20),
        prices_of="2026-08-11",
    ),
)
"""The models, the oldest first. The first is the default of the providers' rows."""

DEFAULT = FAMILY[0]

PRICES: Mapping[str, Prices] = MappingProxyType(
    {model.name: model.prices for model in FAMILY if model.prices is not None}
)
"""Prices by a model's own name."""

_MEMBER = re.compile(r"mai-code-[\d.]+-flash")
_VARIANT = re.compile(r"[:@].*|-\d{4}-?\d{2}-?\d{2}$|-(?:latest|preview|cuda-gpu.*|generic-.*)$")


def own_name(model: str) -> str:
    """Return a model's name without what providers add.

    >>> own_name("accounts/fireworks/models/MAI-Code-1p1-Flash")
    'mai-code-1.1-flash'
    """
    name = _VARIANT.sub("", model.rpartition("/")[2].lower().replace("_", "-"))
    return re.sub(r"(?<=\d)p(?=\d)", ".", name)


def family_model(model: str) -> FamilyModel | None:
    """Return the row of a model by its id at any provider; None if it is not of the family."""
    name = own_name(model)
    return next((row for row in FAMILY if row.name == name), None)


def members(offered: Iterable[str]) -> list[str]:
    """Return the ids of an endpoint that are of the family, known rows or not, in their order."""
    return [model for model in offered if _MEMBER.fullmatch(own_name(model))]


def successor(model: str, offered: Iterable[str]) -> str:
    """Return the id of the newest model of the family that may take the place of ``model``.

    It has a known price that is not higher than the known price of ``model``. Empty if none is
    offered.
    """
    wanted = family_model(model)
    if wanted is None or wanted.prices is None:
        return ""
    rows = [(row, offer) for offer in offered if (row := family_model(offer)) is not None]
    fitting = [
        (row.released, offer)
        for row, offer in rows
        if row.name != wanted.name and row.prices is not None and _no_dearer(row.prices, wanted)
    ]
    return max(fitting, default=("", ""))[1]


def _no_dearer(prices: Prices, wanted: FamilyModel) -> bool:
    most = wanted.prices
    return most is not None and prices.input <= most.input and prices.output <= most.output
