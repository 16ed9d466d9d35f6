"""What happens without memory: the process ends, with a message that was made ahead.

Whatever goes on without memory answers some requests and not others.
"""

from __future__ import annotations

import errno
import os
import re

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

CODE = 71
"""The exit code, that of faults of the operating system."""
LIMITS = {"RLIMIT_AS": ("ulimit -v", 1000), "RLIMIT_DATA": ("ulimit -d", 400)}
"""How each limit is set in a shell, and how many MB are enough for work in large files."""
_WORDS = re.compile("can't start new thread|failed to map segment|[Cc]annot allocate memory")


def limits_mb() -> dict[str, int]:
    """The limits that this process runs under, in MB, by their names in ``resource``."""
    if resource is None:
        return {}
    known = {name: getattr(resource, name) for name in LIMITS if hasattr(resource, name)}
    soft = {name: resource.getrlimit(each)[0] for name, each in known.items()}
    return {name: limit >> 20 for name, limit in soft.items() if limit != resource.RLIM_INFINITY}


def advice(limits: dict[str, int]) -> str:
    """Say what limits the memory, and what to do."""
    named = [f"{limit} MB (`{LIMITS[name][0]}`)" for name, limit in limits.items()]
    if named:
        said = f"It may use {' and '.join(named)}. Raise that limit"
    else:
        said = "Raise the limit that it runs under (a container's, for example)"
    return f"{said}, or set index.enabled = false, which needs less."


def scarce() -> str:
    """What to tell at the start where the limits may be too low; else empty.

    A library that is not Python's ends the process without a word of foretype's.
    """
    low = {name: mb for name, mb in limits_mb().items() if mb < LIMITS[name][1]}
    return f"There may be too little memory. {advice(low)}" if low else ""


SENTENCE = f"out of memory, so it ends. {advice(limits_mb())}"
_LINE = f"foretype: {SENTENCE}\n".encode()  # Made ahead: there is no room for it later.


def is_the_cause(fault: BaseException | None) -> bool:
    """Whether a fault, or one that it came from, is that no memory is left."""
    while fault is not None:
        if isinstance(fault, MemoryError) or getattr(fault, "errno", None) == errno.ENOMEM:
            return True
        if isinstance(fault, (RuntimeError, ImportError)) and _WORDS.search(str(fault)):
            return True
        if isinstance(fault, SystemError) and scarce():  # CPython itself lost the MemoryError.
            return True
        # Also what was left out of the trace on purpose.
        fault = fault.__cause__ or fault.__context__
    return False


def end_if(fault: BaseException | None) -> None:
    """End the process at once where a fault means that no memory is left."""
    if is_the_cause(fault):
        os.write(2, _LINE)
        os._exit(CODE)
