"""The schemas of the model's tools, and the validation of tool call arguments.

Invalid calls are answered with a sentence, so that the model can correct them.
"""

from __future__ import annotations

import json
import re
from typing import Any

from foretype.models.protocol import Tool

MAX_RESULT_CHARS = 4000
"""Maximum characters of one tool result."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
"""Lone surrogates, which JSON can hold but no file can."""

_PATH = {"type": "string", "description": "A path relative to the workspace, such as src/a.py"}
_TEXT = {"type": "string"}
_NUMBER = {"type": "integer", "minimum": 1}


def _tool(name: str, what: str, *required: str, **properties: object) -> Tool:
    parameters = {"properties": properties, "required": [*required], "additionalProperties": False}
    return Tool(name, what, {"type": "object", **parameters})


READ = _tool(
    "read_file",
    f"Read a text file. At most {MAX_RESULT_CHARS} characters come back: ask for later lines by "
    "first_line.",
    *("path",),
    path=_PATH,
    first_line=_NUMBER,
)
LIST = _tool(
    "list_files",
    "List the files of the workspace, or of a folder, whose paths match a pattern such as *.py.",
    folder=_PATH,
    pattern=_TEXT,
)
SEARCH = _tool(
    "search",
    "Find the lines that hold a text, letter by letter, in files whose paths match a pattern.",
    *("text",),
    text=_TEXT,
    pattern=_TEXT,
)
WRITE = _tool(
    "write_file",
    "Write a file: give content for the whole file, or old_text, which must occur exactly once, "
    "and new_text to put in its place.",
    *("path",),
    path=_PATH,
    content=_TEXT,
    old_text=_TEXT,
    new_text=_TEXT,
)
RUN_TESTS = _tool("run_tests", "Run the project's tests with what you have written so far.")


class ToolError(Exception):
    """An invalid tool call, described in a sentence for the model."""


def read_arguments(arguments: str, tool: Tool) -> dict[str, Any]:
    """Parse the arguments of a call and validate them against the tool's schema."""
    try:
        given = json.loads(arguments or "{}")
    except (ValueError, RecursionError):
        raise ToolError("the arguments are no JSON: send one JSON object") from None
    if not isinstance(given, dict):
        raise ToolError("the arguments must be one JSON object")
    known: dict[str, Any] = tool.parameters["properties"]
    for name in given:
        if name not in known:
            raise ToolError(f"{tool.name} knows no {name[:40]}; it knows {', '.join(known)}")
    read = {name: value for name, value in given.items() if value is not None}
    for name in tool.parameters["required"]:
        if name not in read:
            raise ToolError(f"{tool.name} needs {name}")
    for name, value in read.items():
        if known[name] is _NUMBER:
            if type(value) is not int or value < 1:
                raise ToolError(f"{name} must be a whole number from 1 on")
        elif not isinstance(value, str):
            raise ToolError(f"{name} must be a string")
        elif _LONE_SURROGATE.search(value):
            raise ToolError(f"{name} holds half of a character: write it whole")
    return read


def cut(text: str) -> str:
    """Truncate a tool result to its maximum length."""
    return text if len(text) <= MAX_RESULT_CHARS else f"{text[: MAX_RESULT_CHARS - 20]}\n… (cut)"
