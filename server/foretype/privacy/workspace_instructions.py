"""A workspace's own instructions for ghost text, which enter prompts: read only where they may.

The user's file asks for them, the editor reports that the workspace is trusted, the file is not
excluded, and no link leads out of the workspace. Anything hidden in it refuses it as a whole.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from foretype.privacy.gate import Gate
from foretype.settings.load import EDITOR, READ_TIMEOUT_S, FileRead, Loaded
from foretype.settings.schema import MAX_INSTRUCTIONS_CHARS
from foretype.settings.validate import fault_of_visible

FILE = ".foretype/instructions.md"
NOT_TRUSTED = "the editor has not reported that the workspace is trusted"
_MAX_BYTES = 4 * MAX_INSTRUCTIONS_CHARS + 4
"""What so many characters may take, and a byte order mark."""


class _Refused(Exception):
    """Why a file is not used, completing "is not used:"."""


def with_workspace_instructions(loaded: Loaded, roots: tuple[Path, ...]) -> Loaded:
    """Add the instructions of the workspace's folders to the user's own, where they may be read.

    Reads files, for two seconds at most; not for the event loop. What is not used is reported.
    """
    completion = loaded.settings.completion
    if not completion.workspace_instructions:
        return loaded
    texts, problems = [completion.instructions], list(loaded.problems)
    gate = Gate(loaded.settings, roots)
    readings = [(root, _begin(root)) for root in dict.fromkeys(roots)]
    end = time.monotonic() + READ_TIMEOUT_S
    for root, reading in readings:
        try:
            text = _text_of(reading, end, gate, is_trusted=_is_trusted(loaded))
        except FileNotFoundError:
            continue
        except _Refused as why:
            problems.append(f"{FILE} is not used: {why}. It lies in {root}.")
            continue
        texts.append(text)
    whole = replace(completion, instructions="\n\n".join(_distinct(texts)))
    settings = replace(loaded.settings, completion=whole)
    return replace(loaded, settings=settings, problems=tuple(problems))


def _begin(root: Path) -> FileRead:
    return FileRead(root / FILE, _MAX_BYTES, inside=root)


def _text_of(reading: FileRead, end: float, gate: Gate, *, is_trusted: bool) -> str:
    """Return the file's text. Raises FileNotFoundError where there is none, and _Refused."""
    try:
        text = reading.data(end).decode("utf-8-sig")
    except FileNotFoundError:
        raise
    except UnicodeDecodeError:
        raise _Refused("it is not UTF-8") from None
    except (OSError, ValueError) as fault:
        raise _Refused(getattr(fault, "strerror", None) or str(fault)) from None
    text = text.replace("\r\n", "\n").strip()
    if not is_trusted:
        raise _Refused(NOT_TRUSTED)
    if rule := gate.excluded(str(reading.path)):
        raise _Refused(f"it is excluded by {rule}")
    if wrong := fault_of_visible(text, MAX_INSTRUCTIONS_CHARS):
        raise _Refused(f"it must be {wrong}")
    return text


def _is_trusted(loaded: Loaded) -> bool:
    """Whether the client itself reported trust, rather than nothing."""
    is_editors = loaded.origins.get("refactor.trusted") == EDITOR
    return is_editors and loaded.settings.refactor.trusted is True


def _distinct(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(text for text in texts if text))
