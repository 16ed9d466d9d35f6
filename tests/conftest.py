"""For all tests: nothing is entered in a ledger, and hypothesis leaves time to virtual time.

Hypothesis' own limits are of the wall clock, which a busy machine breaks.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile("foretype", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("foretype")

os.environ["FORETYPE_LEDGER"] = ":memory:"
