"""The environment for programs that foretype starts: without the keys of models."""

from __future__ import annotations

import re
from collections.abc import Mapping

_KEY_VARIABLE = re.compile(r".*_API_KEY|AZURE_INFERENCE_CREDENTIAL", re.IGNORECASE)


def without_keys(environ: Mapping[str, str], *named: str) -> dict[str, str]:
    """Return the environment without models' keys, and without variables that hold others.

    >>> without_keys({"PATH": "/bin", "FORETYPE_API_KEY": "k", "MY_KEY": "k"}, "MY_KEY")
    {'PATH': '/bin'}
    """
    return {
        name: value
        for name, value in environ.items()
        if name not in named and not _KEY_VARIABLE.fullmatch(name)
    }
