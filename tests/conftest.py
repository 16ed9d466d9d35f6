"""For all tests: hypothesis looks for wrong outcomes, and leaves time to virtual time.

Its own limits are of the wall clock, which a busy machine breaks.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("foretype", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("foretype")
