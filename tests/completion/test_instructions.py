"""The user's own instructions: at the head of each prompt, and never in the document."""

from __future__ import annotations

from dataclasses import replace

import pytest
from helpers.completion_places import context_at
from helpers.marks import cursor as drawn
from helpers.service_editor import editor
from helpers.streaming import streamed
from helpers.virtual import virtual

from foretype.completion.context.prompt import INSTRUCTIONS
from foretype.completion.suggestion import Suggestion, Trigger
from foretype.models.scripted import Script, ScriptedModel

OWN = """\
Write comments in British English.
- Use type hints, and no abbreviations.
1. Never call print; log instead

Begin each module like this:
```python
from __future__ import annotations
```
    logger = get_logger(__name__)
import numpy as np
"""


def shown(model: str, *, text: str = "total = 0\n‸\n", language: str = "python") -> str:
    at = context_at(drawn(text, language=language))
    own = replace(at.context, instructions=OWN)
    return streamed(model, replace(at, context=own))


@pytest.mark.parametrize(
    "said",
    [
        "Write comments in British English.\n",
        "# Write comments in British English.\n",
        "- Use type hints, and no abbreviations.\n",
        "Use type hints, and no abbreviations.\n",
        "// and no abbreviations.\n",
        "1. Never call print; log instead\n",
        "Never call print; log instead\n",
        "Begin each module like this:\n",
        f"{INSTRUCTIONS}\n",
        f"# {INSTRUCTIONS}\n# Write comments in British English.\n",
        OWN,
    ],
)
def test_what_the_user_asks_for_is_not_suggested(said: str) -> None:
    assert shown(said) == ""
    assert shown(f"total = 1\n{said}") == "total = 1\n"
    if not said.startswith(("#", "//")):  # In Markdown these are a heading and text.
        assert shown(said, language="markdown") == ""


@pytest.mark.parametrize(
    "said",
    [
        "from __future__ import annotations\n",
        "logger = get_logger(__name__)\n",
        "import numpy as np\n",
        "total = sum(prices)\n",
        "# Use the total.\n",
    ],
)
def test_code_that_they_show_is_what_they_ask_for(said: str) -> None:
    assert shown(said) == said


def test_what_the_file_has_itself_may_be_written_again() -> None:
    line = "# Write comments in British English.\n"
    assert shown(line, text=f"{line}total = 0\n‸\n") == line


@virtual
async def test_they_stand_at_the_head_of_each_prompt_which_stays_the_same() -> None:
    model = ScriptedModel(*[Script(["?!\n"], first=0.01)] * 9)
    e = editor("‸\n", model, instructions="Write British English.")
    for key in ("total = ", "sum(", "prices"):
        e.type(key)
        await e.ask(Trigger.INVOKED)
    heads = {prompt.messages[0].content for prompt in model.prompts}
    assert len(model.prompts) >= 3 and len(heads) == 1
    assert heads.pop().endswith(f"{INSTRUCTIONS}\nWrite British English.")
    assert not any("British" in m.content for p in model.prompts for m in p.messages[1:])


@virtual
async def test_none_leave_the_prompt_as_it_was() -> None:
    model = ScriptedModel("sum(prices)\n")
    e = editor("total = ‸\n", model)
    await e.ask(Trigger.INVOKED)
    assert INSTRUCTIONS not in model.prompts[0].messages[0].content


@pytest.mark.parametrize(
    ("takes_messages", "line"),
    [
        (True, "Your instructions were sent with it: 22 characters."),
        (False, "Your instructions were not sent: this endpoint takes only code."),
    ],
)
@virtual
async def test_an_explained_answer_tells_whether_they_were_sent(
    takes_messages: bool, line: str
) -> None:
    model = ScriptedModel("sum(prices)\n")
    model.takes_messages = takes_messages  # type: ignore[attr-defined]
    e = editor("total = ‸\n", model, instructions="Write British English.")
    assert isinstance(await e.ask(Trigger.INVOKED), Suggestion)
    assert line in e.service.why("the model")
