"""How much one server may spend before it asks the shared file again.

A request is sent only once its highest possible cost is reserved. The file holds what every server
has reserved, so that all of them together pass no limit by more than one request. A server
reserves a little ahead, so that few requests wait for the file. Pure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

AHEAD_REQUESTS = 8
"""Requests, each as dear as the dearest so far, that are reserved ahead."""
AHEAD_SHARE = 0.1
"""The most that is reserved ahead, as a share of what is left."""
TOLERANCE_USD = 1e-9
"""Sums of prices differ by less for no reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most to spend, in US dollars; 0 for no limit."""

    daily_usd: float = 0.0
    monthly_usd: float = 0.0

    @property
    def exist(self) -> bool:
        return self.daily_usd > 0 or self.monthly_usd > 0

    def left_usd(self, today_usd: float, month_usd: float) -> float:
        """What may still be spent; not above 0 where a limit is reached."""
        pairs = ((self.daily_usd, today_usd), (self.monthly_usd, month_usd))
        return min((limit - spent for limit, spent in pairs if limit > 0), default=math.inf)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a server asks of the budget."""

    limits: Limits = Limits()
    running_usd: float = 0.0
    """Reserved for requests that are under way."""
    wanted_usd: float = 0.0
    """The highest cost of a request that waits; 0 if none does."""
    dearest_usd: float = 0.0
    """The highest cost of any request so far."""


def granted_usd(claim: Claim, *, today_usd: float, month_usd: float, others_usd: float) -> float:
    """Return what a server may spend from now on, the requests under way included.

    A request that waits is granted as long as anything is left, so it may pass the limit; nothing
    is left for another one then. ``others_usd`` is reserved by other servers.
    """
    if not claim.limits.exist:
        return 0.0
    left = claim.limits.left_usd(today_usd, month_usd) - others_usd - claim.running_usd
    if left <= TOLERANCE_USD:
        return claim.running_usd
    beyond = max(0.0, left - claim.wanted_usd)
    ahead = min(AHEAD_REQUESTS * claim.dearest_usd, AHEAD_SHARE * beyond)
    return claim.running_usd + claim.wanted_usd + ahead
