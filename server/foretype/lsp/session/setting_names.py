"""Settings in messages, by the names that the user of an editor knows them by.

A message names a setting as the user's file does, in backticks: `completion.deadline_ms`. VS Code
lists it as foretype.completion.deadlineMs, and shows no Markdown in a message.
"""

from __future__ import annotations

import functools
import re

_IN_BACKTICKS = re.compile(r"`([a-z_]+(?:\.[a-z_]+)*)`")


def named_for(prefix: str, message: str) -> str:
    """Return a message that names settings as an extension declares them, below a prefix.

    Empty for a client that declares none. What only the user's file may set keeps its name.
    """
    if not prefix or "`" not in message:
        return message

    def spelled(found: re.Match[str]) -> str:
        name = _declared().get(found[1])
        return found[0] if name is None else prefix + name

    return _IN_BACKTICKS.sub(spelled, message)


@functools.cache
def _declared() -> dict[str, str]:
    """The settings that an extension declares, each with its spelling there."""
    from foretype.settings.schema import EDITOR_SETTINGS, SECRET_SETTINGS, USER_FILE_SETTINGS
    from foretype.settings.validate import camel_case, setting_paths

    others = SECRET_SETTINGS | EDITOR_SETTINGS | USER_FILE_SETTINGS
    return {path: camel_case(path) for path in setting_paths() if path not in others}
