"""How many examples a property is tried with."""

from __future__ import annotations

import os

from hypothesis import settings

MORE = int(os.environ.get("FORETYPE_EXAMPLES", "1"))
"""How many times the usual number: other than 1, the examples are new ones in each run."""


def examples(n: int) -> settings:
    """Try a property with other than the usual number of examples."""
    return settings(max_examples=n * MORE)
